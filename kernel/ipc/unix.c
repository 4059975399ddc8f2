/* SPDX-License-Identifier: MIT */
/*
 * Unix-domain sockets: life, polling, closing, and what is small.
 */
#include "unix.h"

#include <fs/poll.h>
#include <kernel/cred.h>
#include <kernel/process.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/ioctls.h>

struct unix_socket *unix_alloc(int type)
{
	struct unix_socket *u = kzalloc(sizeof(*u), GFP_KERNEL);

	if (!u)
		return NULL;
	refcount_set(&u->refs, 1);
	spin_lock_init(&u->lock, LOCK_RANK_SOCKET);
	mutex_init(&u->read_mutex);
	init_waitqueue_head(&u->wait);
	init_waitqueue_head(&u->space);
	INIT_LIST_HEAD(&u->queue);
	INIT_LIST_HEAD(&u->senders);
	INIT_LIST_HEAD(&u->sender_node);
	INIT_LIST_HEAD(&u->inflight_node);
	u->type = type;
	return u;
}

void unix_put(struct unix_socket *u)
{
	if (!refcount_dec_and_test(&u->refs))
		return;
	unix_address_put(u->address);
	if (u->path.dentry)
		path_put(&u->path);
	kfree(u);
}

struct unix_socket *unix_of(struct file *file)
{
	struct socket *s = socket_of(file);

	return s && s->ops == &unix_operations ? s->private : NULL;
}

struct unix_socket *unix_peer(struct unix_socket *u)
{
	struct unix_socket *peer;

	spin_lock(&u->lock);
	peer = u->peer;
	if (peer)
		unix_get(peer);
	spin_unlock(&u->lock);
	return peer;
}

void unix_wake(struct unix_socket *u)
{
	wake_up_interruptible_all(&u->wait);
	wake_up_interruptible_all(&u->space);
}

void unix_message_free(struct unix_message *m)
{
	if (m->files)
		unix_rights_drop(m);
	unix_address_put(m->from);
	kvfree(m);
}

void unix_current_cred(struct ucred *cred)
{
	cred->pid = current->process->pid->nr;
	cred->uid = current_euid();
	cred->gid = current_cred()->egid;
}

static int unix_create(struct socket *s)
{
	struct unix_socket *u;

	if (s->protocol && s->protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	if (s->type == SOCK_RAW)
		s->type = SOCK_DGRAM;
	if (s->type != SOCK_STREAM && s->type != SOCK_DGRAM && s->type != SOCK_SEQPACKET)
		return -ESOCKTNOSUPPORT;
	u = unix_alloc(s->type);
	if (!u)
		return -ENOMEM;
	s->ops = &unix_operations;
	s->private = u;
	return 0;
}

/* ---- closing ---- */

/* The other end learns of it; unread bytes make it a reset. */
static void tell_peer(struct unix_socket *u, struct unix_socket *peer, bool unread)
{
	if (u->type == SOCK_DGRAM) {
		spin_lock(&peer->lock);
		list_del_init(&u->sender_node);
		spin_unlock(&peer->lock);
		return;
	}
	spin_lock(&peer->lock);
	peer->peer_gone = true;
	peer->shut = UNIX_SHUT_RECEIVE | UNIX_SHUT_SEND;
	if (unread)
		peer->error = ECONNRESET;
	spin_unlock(&peer->lock);
	unix_wake(peer);
}

/* Datagram sockets that were connected to this one. */
static void forget_senders(struct unix_socket *u)
{
	struct unix_socket *sender;

	for (;;) {
		spin_lock(&u->lock);
		sender = list_first_entry_or_null(&u->senders, struct unix_socket, sender_node);
		if (sender) {
			list_del_init(&sender->sender_node);
			unix_get(sender);
		}
		spin_unlock(&u->lock);
		if (!sender)
			return;
		wake_up_interruptible_all(&sender->wait);
		unix_put(sender);
	}
}

static void close_down(struct unix_socket *u);

static void drop_queue(struct list_head *queue)
{
	struct unix_message *m, *next;

	list_for_each_entry_safe(m, next, queue, node) {
		list_del(&m->node);
		if (m->embryo) {
			close_down(m->embryo);
			unix_put(m->embryo);
		}
		unix_message_free(m);
	}
}

static void close_down(struct unix_socket *u)
{
	struct unix_socket *peer;
	LIST_HEAD(unread);

	spin_lock(&u->lock);
	u->state = UNIX_DEAD;
	u->shut = UNIX_SHUT_RECEIVE | UNIX_SHUT_SEND;
	peer = u->peer;
	u->peer = NULL;
	list_splice_init(&u->queue, &unread);
	u->queued = u->nr_queued = 0;
	spin_unlock(&u->lock);
	if (peer) {
		tell_peer(u, peer, !list_empty(&unread));
		unix_put(peer);
	}
	forget_senders(u);
	unix_wake(u);
	drop_queue(&unread);
}

static void unix_release(struct socket *s)
{
	struct unix_socket *u = s->private;

	unix_unbind(u);
	close_down(u);
	unix_rights_closed(u);
	unix_put(u);
}

static int unix_shutdown(struct socket *s, int how)
{
	struct unix_socket *u = s->private, *peer;
	unsigned int mine = how == SHUT_RDWR ? UNIX_SHUT_RECEIVE | UNIX_SHUT_SEND : how + 1, theirs;

	spin_lock(&u->lock);
	u->shut |= mine;
	spin_unlock(&u->lock);
	peer = u->type == SOCK_DGRAM ? NULL : unix_peer(u);
	if (peer) {
		theirs = (mine & UNIX_SHUT_RECEIVE ? UNIX_SHUT_SEND : 0) |
			 (mine & UNIX_SHUT_SEND ? UNIX_SHUT_RECEIVE : 0);
		spin_lock(&peer->lock);
		peer->shut |= theirs;
		spin_unlock(&peer->lock);
		unix_wake(peer);
		unix_put(peer);
	}
	unix_wake(u);
	return 0;
}

/* ---- polling and small questions ---- */

static bool can_send(struct socket *s, struct unix_socket *u)
{
	struct unix_socket *peer = unix_peer(u);
	bool room;

	if (!peer)
		return true;
	room = unix_has_room(peer, s->send_buffer / 2);
	unix_put(peer);
	return room;
}

static u32 unix_poll(struct socket *s, struct poll_table *table)
{
	struct unix_socket *u = s->private;
	unsigned int shut;
	u32 mask = 0;

	poll_wait(s->file, &u->wait, table);
	shut = READ_ONCE(u->shut);
	if (READ_ONCE(u->error))
		mask |= EPOLLERR;
	if (shut == (UNIX_SHUT_RECEIVE | UNIX_SHUT_SEND))
		mask |= EPOLLHUP;
	if (shut & UNIX_SHUT_RECEIVE)
		mask |= EPOLLRDHUP | EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(u->nr_queued))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(u->state) == UNIX_LISTENING)
		return mask;
	if (u->type != SOCK_DGRAM && READ_ONCE(u->state) == UNIX_FREE)
		mask |= EPOLLHUP;
	if (can_send(s, u))
		mask |= EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
	return mask;
}

/* Bytes that can be read: all of a stream, the first datagram. */
static int bytes_queued(struct unix_socket *u)
{
	struct unix_message *m;
	size_t bytes = 0;

	if (READ_ONCE(u->state) == UNIX_LISTENING)
		return -EINVAL;
	spin_lock(&u->lock);
	list_for_each_entry(m, &u->queue, node) {
		bytes += m->length - m->done;
		if (u->type == SOCK_DGRAM)
			break;
	}
	spin_unlock(&u->lock);
	return bytes;
}

static int unix_ioctl(struct socket *s, unsigned int command, unsigned long arg)
{
	struct unix_socket *u = s->private, *peer;
	int bytes;

	switch (command) {
	case SIOCINQ:
		bytes = bytes_queued(u);
		return bytes < 0 ? bytes : put_user(bytes, (int __user *)arg);
	case SIOCOUTQ:
		peer = unix_peer(u);
		bytes = peer ? READ_ONCE(peer->queued) : 0;
		if (peer)
			unix_put(peer);
		return put_user(bytes, (int __user *)arg);
	default: return -ENOTTY;
	}
}

static int take_error(struct unix_socket *u)
{
	int error;

	spin_lock(&u->lock);
	error = u->error;
	u->error = 0;
	spin_unlock(&u->lock);
	return error;
}

static int unix_get_option(struct socket *s, int name, void *value, int *length)
{
	struct unix_socket *u = s->private;

	switch (name) {
	case SO_ERROR:
		*(int *)value = take_error(u);
		*length = sizeof(int);
		return 0;
	case SO_ACCEPTCONN:
		*(int *)value = READ_ONCE(u->state) == UNIX_LISTENING;
		*length = sizeof(int);
		return 0;
	case SO_PEERCRED:
		spin_lock(&u->lock);
		*(struct ucred *)value = u->peer_cred.pid ? u->peer_cred
							  : (struct ucred){ 0, -1, -1 };
		spin_unlock(&u->lock);
		*length = sizeof(struct ucred);
		return 0;
	default: return -ENOPROTOOPT;
	}
}

const struct socket_operations unix_operations = {
	.release = unix_release,
	.bind = unix_bind,
	.connect = unix_connect,
	.pair = unix_pair,
	.listen = unix_listen,
	.accept = unix_accept,
	.name = unix_name,
	.shutdown = unix_shutdown,
	.poll = unix_poll,
	.ioctl = unix_ioctl,
	.send = unix_send,
	.receive = unix_receive,
	.get_option = unix_get_option,
};

static struct socket_family unix_family = { .family = AF_UNIX, .create = unix_create };

void socket_init(void)
{
	socket_register_family(&unix_family);
	netlink_init();
}
