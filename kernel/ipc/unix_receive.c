/* SPDX-License-Identifier: MIT */
/*
 * Receiving on unix-domain sockets. A reader holds read_mutex, so the messages in the queue stay where they are while it copies.
 */
#include "unix.h"

#include <fs/poll.h>
#include <kernel/process.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/string.h>

/* There is room again: for those who wait to send here, and those who poll for it. */
static void tell_senders(struct socket *s, struct unix_socket *u)
{
	struct unix_socket *sender;

	if (!unix_has_room(u, s->send_buffer / 2))
		return;
	if (wq_has_sleeper(&u->space))
		wake_up_interruptible_all(&u->space);
	if (u->type != SOCK_DGRAM) {
		sender = unix_peer(u);
		if (!sender)
			return;
		if (wq_has_sleeper(&sender->wait))
			wake_up_interruptible_poll(&sender->wait, EPOLLOUT | EPOLLWRNORM);
		unix_put(sender);
		return;
	}
	spin_lock(&u->lock);
	list_for_each_entry(sender, &u->senders, sender_node)
		wake_up_interruptible_poll(&sender->wait, EPOLLOUT | EPOLLWRNORM);
	spin_unlock(&u->lock);
}

/* The message behind AFTER, or the first. */
static struct unix_message *next_message(struct unix_socket *u, struct unix_message *after)
{
	struct list_head *node;

	spin_lock(&u->lock);
	node = after ? after->node.next : u->queue.next;
	spin_unlock(&u->lock);
	return node == &u->queue ? NULL : list_entry(node, struct unix_message, node);
}

static void consume(struct unix_socket *u, struct unix_message *message)
{
	spin_lock(&u->lock);
	/* A close that came between has emptied the queue already. */
	if (u->state != UNIX_DEAD) {
		list_del(&message->node);
		WRITE_ONCE(u->queued, u->queued - message->charge);
		WRITE_ONCE(u->nr_queued, u->nr_queued - 1);
	}
	spin_unlock(&u->lock);
	unix_message_free(message);
}

/* Why there is nothing to read: 0 the end, -EAGAIN more may come. */
static int why_empty(struct unix_socket *u)
{
	int result = -EAGAIN;

	spin_lock(&u->lock);
	if (u->error) {
		result = -u->error;
		u->error = 0;
	} else if (u->shut & UNIX_SHUT_RECEIVE) {
		result = 0;
	} else if (u->type != SOCK_DGRAM && u->state != UNIX_CONNECTED) {
		result = u->type == SOCK_STREAM ? -EINVAL : -ENOTCONN;
	}
	spin_unlock(&u->lock);
	return result;
}

static bool worth_looking(struct unix_socket *u)
{
	return READ_ONCE(u->nr_queued) || READ_ONCE(u->shut) & UNIX_SHUT_RECEIVE ||
	       READ_ONCE(u->error);
}

/* Waits with read_mutex let go. 0, or why not. */
static int wait_for_message(struct socket *s, struct unix_socket *u, unsigned int flags, s64 *left)
	__must_hold(&u->read_mutex)
{
	if (flags & MSG_DONTWAIT)
		return -EAGAIN;
	mutex_unlock(&u->read_mutex);
	*left = wait_event_interruptible_timeout(&u->wait, worth_looking(u), *left);
	mutex_lock(&u->read_mutex);
	if (*left > 0)
		return 0;
	return *left ? socket_wait_error(s->receive_timeout_ns) : -EAGAIN;
}

/* What travels beside the bytes of this message. */
static int take_control(struct socket *s, struct unix_message *message, struct socket_message *m)
{
	if (s->pass_cred) {
		m->control.cred = message->cred;
		m->control.has_cred = true;
	}
	if (!message->files)
		return 0;
	if (m->flags & MSG_PEEK)
		return unix_rights_peek(message, &m->control);
	unix_rights_detach(message, &m->control);
	return 0;
}

static void take_name(struct unix_message *message, struct socket_message *m)
{
	if (!message->from)
		return;
	memcpy(&m->name, &message->from->name,
	       min_t(int, message->from->length, sizeof(message->from->name)));
	m->name_length = message->from->length;
}

/* ---- streams ---- */

/* Bytes of different senders, or behind descriptors, are not put together. */
static bool fits_with(struct socket *s, struct unix_message *message, struct socket_message *m,
		      ssize_t done)
{
	if (!done)
		return true;
	if (m->control.nr_files || (message->files && s->pass_cred))
		return false;
	return !s->pass_cred || !memcmp(&message->cred, &m->control.cred, sizeof(message->cred));
}

/* From one message; the bytes, or -EFAULT. */
static ssize_t read_part(struct socket *s, struct unix_message *message, struct socket_message *m,
			 bool first)
{
	size_t n = min(message->length - message->done, m->iter.count), copied;
	int error = 0;

	copied = copy_to_iter(message->data + message->done, n, &m->iter);
	if (!copied && n)
		return -EFAULT;
	if (first || message->files)
		error = take_control(s, message, m);
	if (error)
		return error;
	if (!(m->flags & MSG_PEEK))
		message->done += copied;
	return copied;
}

static ssize_t receive_stream(struct socket *s, struct unix_socket *u, struct socket_message *m)
{
	struct unix_message *message = NULL;
	s64 left = s->receive_timeout_ns;
	ssize_t done = 0, n;
	int why;

	while (m->iter.count) {
		message = next_message(u, m->flags & MSG_PEEK ? message : NULL);
		if (!message) {
			if (done && (!(m->flags & MSG_WAITALL) || m->flags & MSG_PEEK ||
				     m->control.nr_files))
				break;
			why = why_empty(u);
			if (why == -EAGAIN)
				why = wait_for_message(s, u, m->flags, &left);
			else if (!why)
				break;
			if (why)
				return done ?: why;
			continue;
		}
		if (!fits_with(s, message, m, done))
			break;
		n = read_part(s, message, m, !done);
		if (n < 0)
			return done ?: n;
		done += n;
		if (!(m->flags & MSG_PEEK) && message->done == message->length)
			consume(u, message);
		if (m->control.nr_files)
			break;
	}
	return done;
}

/* ---- datagrams and packets ---- */

static ssize_t receive_packet(struct socket *s, struct unix_socket *u, struct socket_message *m)
{
	struct unix_message *message;
	s64 left = s->receive_timeout_ns;
	size_t n, length, copied;
	int why;

	while (!(message = next_message(u, NULL))) {
		why = why_empty(u);
		if (why == -EAGAIN)
			why = wait_for_message(s, u, m->flags, &left);
		else if (!why)
			return 0;
		if (why)
			return why;
	}
	length = message->length;
	n = min(length, m->iter.count);
	copied = copy_to_iter(message->data, n, &m->iter);
	if (n < length)
		m->flags_out |= MSG_TRUNC;
	take_name(message, m);
	why = take_control(s, message, m);
	if (!(m->flags & MSG_PEEK))
		consume(u, message);
	if (copied < n)
		return -EFAULT;
	return why ?: (ssize_t)(m->flags & MSG_TRUNC ? length : n);
}

ssize_t unix_receive(struct socket *s, struct socket_message *m)
{
	struct unix_socket *u = s->private;
	ssize_t done;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (mutex_lock_interruptible(&u->read_mutex))
		return -ERESTARTSYS;
	if (s->type == SOCK_STREAM)
		done = receive_stream(s, u, m);
	else
		done = receive_packet(s, u, m);
	mutex_unlock(&u->read_mutex);
	if (done >= 0 && !(m->flags & MSG_PEEK))
		tell_senders(s, u);
	return done;
}
