/* SPDX-License-Identifier: MIT */
/*
 * Connections of unix-domain sockets.
 *
 *	            connect                          accept
 *	UNIX_FREE ----------> CONNECTING -> CONNECTED        (the listener's queue holds the other end until then)
 *	UNIX_FREE -- listen -> LISTENING
 *	any ------- close --> DEAD
 */
#include "unix.h"

#include <kernel/cred.h>
#include <kernel/process.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <mm/slab.h>

/* ---- datagrams: the peer is only where they go by default ---- */

void unix_disconnect(struct unix_socket *u)
{
	struct unix_socket *peer;

	spin_lock(&u->lock);
	peer = u->peer;
	u->peer = NULL;
	if (u->state == UNIX_CONNECTED)
		u->state = UNIX_FREE;
	spin_unlock(&u->lock);
	if (!peer)
		return;
	spin_lock(&peer->lock);
	list_del_init(&u->sender_node);
	spin_unlock(&peer->lock);
	unix_put(peer);
	wake_up_interruptible_all(&u->wait);
}

/* Makes peer, whose reference is taken over, the one u sends to. */
static int set_peer(struct unix_socket *u, struct unix_socket *peer)
{
	int error = 0;

	spin_lock(&peer->lock);
	if (peer->state == UNIX_DEAD)
		error = -ECONNREFUSED;
	else if (list_empty(&u->sender_node))
		list_add(&u->sender_node, &peer->senders);
	spin_unlock(&peer->lock);
	if (error) {
		unix_put(peer);
		return error;
	}
	spin_lock(&u->lock);
	u->peer = peer;
	u->state = UNIX_CONNECTED;
	spin_unlock(&u->lock);
	return 0;
}

/* Somebody who is connected receives from that one alone. */
static bool may_send(struct unix_socket *from, struct unix_socket *to)
{
	struct unix_socket *peer = unix_peer(to);
	bool may = !peer || peer == from;

	if (peer)
		unix_put(peer);
	return may;
}

static int connect_datagram(struct unix_socket *u, const struct sockaddr *addr, int length)
{
	struct unix_socket *peer;

	if (addr->sa_family == AF_UNSPEC) {
		unix_disconnect(u);
		return 0;
	}
	peer = unix_find(addr, length, SOCK_DGRAM);
	if (IS_ERR(peer))
		return PTR_ERR(peer);
	if (!may_send(u, peer)) {
		unix_put(peer);
		return -EPERM;
	}
	unix_disconnect(u);
	return set_peer(u, peer);
}

/* ---- streams ---- */

/* Takes part in a connection from now on: -EISCONN and its kin when it cannot. */
static int begin_connect(struct unix_socket *u)
{
	int error = 0;

	spin_lock(&u->lock);
	switch (u->state) {
	case UNIX_FREE: u->state = UNIX_CONNECTING; break;
	case UNIX_CONNECTING: error = -EALREADY; break;
	case UNIX_CONNECTED: error = -EISCONN; break;
	default: error = -EINVAL;
	}
	spin_unlock(&u->lock);
	return error;
}

/* The end of it: with a peer, whose reference is taken over, or without. */
static void end_connect(struct unix_socket *u, struct unix_socket *peer,
			const struct ucred *peer_cred)
{
	struct unix_socket *unwanted = peer;

	spin_lock(&u->lock);
	if (u->state == UNIX_CONNECTING) {
		u->state = peer ? UNIX_CONNECTED : UNIX_FREE;
		u->peer = peer;
		if (peer)
			u->peer_cred = *peer_cred;
		unwanted = NULL;
	}
	spin_unlock(&u->lock);
	if (unwanted)
		unix_put(unwanted);
}

static void undo_connect(struct unix_socket *u)
{
	struct unix_socket *peer;

	spin_lock(&u->lock);
	peer = u->peer;
	u->peer = NULL;
	if (u->state == UNIX_CONNECTED)
		u->state = UNIX_FREE;
	spin_unlock(&u->lock);
	if (peer)
		unix_put(peer);
}

static bool backlog_has_room(const struct unix_socket *l)
{
	return READ_ONCE(l->state) != UNIX_LISTENING || READ_ONCE(l->shut) & UNIX_SHUT_RECEIVE ||
	       READ_ONCE(l->nr_queued) <= READ_ONCE(l->backlog);
}

/* 0: queued; -EAGAIN: full; else it is over. */
static int enqueue_connection(struct unix_socket *l, struct unix_message *m)
{
	int error = 0;

	spin_lock(&l->lock);
	if (l->state != UNIX_LISTENING || l->shut & UNIX_SHUT_RECEIVE)
		error = -ECONNREFUSED;
	else if (l->nr_queued > l->backlog)
		error = -EAGAIN;
	else {
		list_add_tail(&m->node, &l->queue);
		WRITE_ONCE(l->nr_queued, l->nr_queued + 1);
	}
	spin_unlock(&l->lock);
	if (!error)
		wake_up_interruptible_all(&l->wait);
	return error;
}

/* The end of the connection that will be accepted. */
static struct unix_message *make_connection(struct unix_socket *u, struct unix_socket *l)
{
	struct unix_message *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return NULL;
	m->embryo = unix_alloc(u->type);
	if (!m->embryo) {
		kfree(m);
		return NULL;
	}
	m->embryo->state = UNIX_CONNECTED;
	m->embryo->peer = unix_get(u);
	m->embryo->address = unix_address_get(smp_load_acquire(&l->address));
	unix_current_cred(&m->embryo->peer_cred);
	return m;
}

static int connect_to(struct socket *s, struct unix_socket *u, struct unix_socket *l, bool nonblock)
{
	struct unix_message *m = make_connection(u, l);
	struct ucred listener_cred;
	s64 left = s->send_timeout_ns;
	int error;

	if (!m)
		return -ENOMEM;
	spin_lock(&l->lock);
	listener_cred = l->cred;
	spin_unlock(&l->lock);
	/* Joined first, so that whoever accepts finds both ends whole. */
	end_connect(u, unix_get(m->embryo), &listener_cred);
	while ((error = enqueue_connection(l, m)) == -EAGAIN && !nonblock) {
		left = wait_event_interruptible_timeout(&l->space, backlog_has_room(l), left);
		if (left <= 0) {
			error = left ? socket_wait_error(s->send_timeout_ns) : -EAGAIN;
			break;
		}
	}
	if (!error)
		return 0;
	undo_connect(u);
	unix_put(m->embryo->peer);
	m->embryo->peer = NULL;
	unix_put(m->embryo);
	kfree(m);
	return error;
}

static int connect_stream(struct socket *s, struct unix_socket *u, const struct sockaddr *addr,
			  int length, bool nonblock)
{
	struct unix_socket *l;
	int error;

	l = unix_find(addr, length, u->type);
	if (IS_ERR(l))
		return PTR_ERR(l);
	error = READ_ONCE(l->state) == UNIX_LISTENING ? begin_connect(u) : -ECONNREFUSED;
	if (!error) {
		error = connect_to(s, u, l, nonblock);
		if (error)
			end_connect(u, NULL, NULL);
	}
	unix_put(l);
	return error;
}

int unix_connect(struct socket *s, const struct sockaddr *addr, int length, bool nonblock)
{
	struct unix_socket *u = s->private;

	if (length < (int)sizeof(addr->sa_family))
		return -EINVAL;
	if (s->pass_cred && unix_autobind(u))
		return -ENOMEM;
	if (u->type == SOCK_DGRAM)
		return connect_datagram(u, addr, length);
	return connect_stream(s, u, addr, length, nonblock);
}

int unix_pair(struct socket *first, struct socket *second)
{
	struct unix_socket *a = first->private, *b = second->private;

	unix_current_cred(&a->peer_cred);
	b->peer_cred = a->peer_cred;
	a->peer = unix_get(b);
	b->peer = unix_get(a);
	a->state = b->state = UNIX_CONNECTED;
	if (a->type == SOCK_DGRAM) {
		list_add(&a->sender_node, &b->senders);
		list_add(&b->sender_node, &a->senders);
	}
	return 0;
}

int unix_listen(struct socket *s, int backlog)
{
	struct unix_socket *u = s->private;
	struct ucred cred;
	int error = 0;

	if (u->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	if (!READ_ONCE(u->address))
		return -EINVAL;
	unix_current_cred(&cred);
	spin_lock(&u->lock);
	if (u->state == UNIX_FREE || u->state == UNIX_LISTENING) {
		u->state = UNIX_LISTENING;
		u->backlog = backlog;
		u->cred = u->peer_cred = cred;
	} else {
		error = -EINVAL;
	}
	spin_unlock(&u->lock);
	if (!error)
		wake_up_interruptible_all(&u->space);
	return error;
}

/* ---- accepting ---- */

static struct unix_message *dequeue_connection(struct unix_socket *l, int *error)
{
	struct unix_message *m = NULL;

	spin_lock(&l->lock);
	if (l->state != UNIX_LISTENING)
		*error = -EINVAL;
	else if (!list_empty(&l->queue)) {
		m = list_first_entry(&l->queue, struct unix_message, node);
		list_del(&m->node);
		WRITE_ONCE(l->nr_queued, l->nr_queued - 1);
	} else {
		*error = l->shut & UNIX_SHUT_RECEIVE ? -EINVAL : -EAGAIN;
	}
	spin_unlock(&l->lock);
	return m;
}

int unix_accept(struct socket *s, struct socket *new, bool nonblock)
{
	struct unix_socket *l = s->private, *fresh = new->private;
	struct unix_message *m;
	s64 left = s->receive_timeout_ns;
	int error = 0;

	if (l->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	while (!(m = dequeue_connection(l, &error))) {
		if (error != -EAGAIN || nonblock)
			return error;
		left = wait_event_interruptible_timeout(
			&l->wait,
			READ_ONCE(l->nr_queued) || READ_ONCE(l->state) != UNIX_LISTENING ||
				READ_ONCE(l->shut) & UNIX_SHUT_RECEIVE,
			left);
		if (left <= 0)
			return left ? socket_wait_error(s->receive_timeout_ns) : -EAGAIN;
	}
	wake_up_interruptible_all(&l->space);
	/* The waiting end takes the place of the one the file was made with. */
	m->embryo->file = new->file;
	new->private = m->embryo;
	unix_put(fresh);
	kfree(m);
	return 0;
}
