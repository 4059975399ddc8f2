/* SPDX-License-Identifier: MIT */
/*
 * Sending on unix-domain sockets.
 */
#include "unix.h"

#include <fs/poll.h>
#include <kernel/cred.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/slab.h>

#define STREAM_PIECE	32768u		/* bytes of a stream in one message */
#define OVERHEAD	32

bool unix_has_room(struct unix_socket *u, size_t limit)
{
	if (u->type == SOCK_DGRAM && READ_ONCE(u->nr_queued) > UNIX_DATAGRAMS_MAX)
		return false;
	return READ_ONCE(u->queued) <= limit;
}

/* True also when waiting is pointless. */
static bool may_enqueue(struct unix_socket *to, size_t limit)
{
	return READ_ONCE(to->state) == UNIX_DEAD || READ_ONCE(to->shut) & UNIX_SHUT_RECEIVE ||
	       unix_has_room(to, limit);
}

static int wait_for_room(struct socket *s, struct unix_socket *to, unsigned int flags, s64 *left)
{
	if (flags & MSG_DONTWAIT)
		return -EAGAIN;
	*left = wait_event_interruptible_timeout(&to->space, may_enqueue(to, s->send_buffer),
						 *left);
	if (*left > 0)
		return 0;
	return *left ? socket_wait_error(s->send_timeout_ns) : -EAGAIN;
}

/* 0: it is in the queue; -EAGAIN: no room; else it is over. */
static int enqueue(struct unix_socket *to, struct unix_message *m, size_t limit)
{
	int error = 0;

	spin_lock(&to->lock);
	if (to->state == UNIX_DEAD) {
		error = to->type == SOCK_DGRAM ? -ECONNREFUSED : -EPIPE;
	} else if (to->shut & UNIX_SHUT_RECEIVE) {
		error = -EPIPE;
	} else if (!unix_has_room(to, limit)) {
		error = -EAGAIN;
	} else {
		list_add_tail(&m->node, &to->queue);
		WRITE_ONCE(to->queued, to->queued + m->charge);
		WRITE_ONCE(to->nr_queued, to->nr_queued + 1);
	}
	spin_unlock(&to->lock);
	if (!error)
		wake_up_interruptible_sync_poll(&to->wait, EPOLLIN | EPOLLRDNORM | EPOLLRDBAND);
	return error;
}

static int deliver(struct socket *s, struct unix_socket *to, struct unix_message *m,
		   unsigned int flags)
{
	s64 left = s->send_timeout_ns;
	int error;

	while ((error = enqueue(to, m, s->send_buffer)) == -EAGAIN) {
		error = wait_for_room(s, to, flags, &left);
		if (error)
			break;
	}
	return error;
}

/* The next LENGTH bytes as a message. The files of the control part go with it. */
static struct unix_message *make_message(struct unix_socket *u, struct socket_message *m,
					 size_t length)
{
	struct unix_message *message = kvmalloc(sizeof(*message) + length, GFP_KERNEL);
	int error = 0;

	if (!message)
		return ERR_PTR(-ENOMEM);
	memset(message, 0, sizeof(*message));
	message->length = length;
	message->charge = sizeof(*message) + length;
	if (m->control.has_cred)
		message->cred = m->control.cred;
	else
		message->cred = (struct ucred){ current->process->pid->nr, current_uid(),
						current_gid() };
	if (copy_from_iter(message->data, length, &m->iter) != length)
		error = -EFAULT;
	else if (m->control.nr_files)
		error = unix_rights_attach(message, &m->control);
	if (error) {
		unix_message_free(message);
		return ERR_PTR(error);
	}
	message->from = unix_address_get(smp_load_acquire(&u->address));
	return message;
}

/* ---- streams ---- */

static ssize_t broken_pipe(unsigned int flags)
{
	if (!(flags & MSG_NOSIGNAL))
		send_signal_thread(current, SIGPIPE, SEND_SIG_NOINFO);
	return -EPIPE;
}

/* One piece; the bytes of it, or an error. */
static ssize_t send_piece(struct socket *s, struct unix_socket *to, struct socket_message *m)
{
	size_t length = min_t(size_t, m->iter.count,
			      min_t(size_t, STREAM_PIECE, s->send_buffer / 2));
	struct unix_message *piece;
	int error;

	/* Without room there is no point in copying first. */
	if (m->flags & MSG_DONTWAIT && !may_enqueue(to, s->send_buffer))
		return -EAGAIN;
	piece = make_message(s->private, m, length);
	if (IS_ERR(piece))
		return PTR_ERR(piece);
	error = deliver(s, to, piece, m->flags);
	if (!error)
		return length;
	unix_message_free(piece);
	return error;
}

static ssize_t send_stream(struct socket *s, struct socket_message *m)
{
	struct unix_socket *u = s->private, *to = unix_peer(u);
	ssize_t sent = 0, n = 0;

	if (m->name_length) {
		if (to)
			unix_put(to);
		return to ? -EISCONN : -EOPNOTSUPP;
	}
	if (!to)
		return READ_ONCE(u->shut) & UNIX_SHUT_SEND ? broken_pipe(m->flags) : -ENOTCONN;
	while (m->iter.count) {
		n = READ_ONCE(u->shut) & UNIX_SHUT_SEND ? -EPIPE : send_piece(s, to, m);
		if (n < 0)
			break;
		sent += n;
	}
	unix_put(to);
	if (sent)
		return sent;
	return n == -EPIPE ? broken_pipe(m->flags) : n;
}

/* ---- datagrams and packets ---- */

static struct unix_socket *destination(struct unix_socket *u, struct socket_message *m)
{
	struct unix_socket *to;

	if (u->type == SOCK_DGRAM && m->name_length)
		return unix_find((struct sockaddr *)&m->name, m->name_length, SOCK_DGRAM);
	to = unix_peer(u);
	if (!to)
		return ERR_PTR(-ENOTCONN);
	return to;
}

/* A datagram socket that is connected takes from its peer alone. */
static int check_receiver(struct unix_socket *u, struct unix_socket *to)
{
	struct unix_socket *peer;
	int error;

	if (u->type != SOCK_DGRAM)
		return 0;
	peer = unix_peer(to);
	error = peer && peer != u ? -EPERM : 0;
	if (peer)
		unix_put(peer);
	return error;
}

static ssize_t send_packet(struct socket *s, struct socket_message *m)
{
	struct unix_socket *u = s->private, *to;
	struct unix_message *message;
	size_t length = m->iter.count;
	int error;

	if (length > (size_t)s->send_buffer - OVERHEAD)
		return -EMSGSIZE;
	if (READ_ONCE(u->shut) & UNIX_SHUT_SEND)
		return -EPIPE;
	if (s->pass_cred && u->type == SOCK_DGRAM && unix_autobind(u))
		return -ENOMEM;
	to = destination(u, m);
	if (IS_ERR(to))
		return PTR_ERR(to);
	message = make_message(u, m, length);
	error = PTR_ERR_OR_ZERO(message);
	if (!error) {
		error = check_receiver(u, to);
		if (!error)
			error = deliver(s, to, message, m->flags);
		if (error)
			unix_message_free(message);
	}
	if (error == -ECONNREFUSED && !m->name_length)
		unix_disconnect(u);
	unix_put(to);
	return error ?: (ssize_t)length;
}

ssize_t unix_send(struct socket *s, struct socket_message *m)
{
	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	return s->type == SOCK_STREAM ? send_stream(s, m) : send_packet(s, m);
}
