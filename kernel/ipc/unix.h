/* SPDX-License-Identifier: MIT */
/*
 * Unix-domain sockets.
 *
 * A unix_socket lives as long as its file, its peer, a queue or a look-up holds a reference. A message waits in the queue of whom it
 * is for. Streams are chains of messages that are read in part; whoever reads holds read_mutex, so that a message at the head stays.
 *
 *	I	immutable		L	lock (LOCK_RANK_SOCKET; never two at a time)
 *	R	read_mutex		T	the table's lock (unix_name.c)
 *	P	rights_lock, a mutex (unix_rights.c)
 *
 * Order: read_mutex, rights_lock, lock.
 */
#ifndef KERNEL_IPC_UNIX_H
#define KERNEL_IPC_UNIX_H

#include "socket.h"

#include <kernel/mutex.h>
#include <kernel/refcount.h>
#include <kernel/spinlock.h>
#include <kernel/wait.h>

enum unix_state { UNIX_FREE, UNIX_CONNECTING, UNIX_CONNECTED, UNIX_LISTENING, UNIX_DEAD };

#define UNIX_SHUT_RECEIVE	1
#define UNIX_SHUT_SEND		2

/* Datagrams that may wait for a socket: net.unix.max_dgram_qlen. */
#define UNIX_DATAGRAMS_MAX	10

struct unix_address {
	refcount_t refs;
	int length;		 /* I: with the family */
	struct sockaddr_un name; /* I */
};

struct unix_message {
	struct list_head node;	    /* L of the queue's owner */
	struct unix_socket *embryo; /* in a listener's queue: the connection; reference */
	struct unix_address *from;  /* I: NULL: no name */
	struct ucred cred;	    /* I */
	struct file **files;	    /* P: NULL once they have been received */
	unsigned int nr_files;	    /* P */
	struct user_struct *user;   /* I: who sent the files */
	size_t length, done;	    /* I; R: bytes already read */
	size_t charge;		    /* I: what it counts against the buffer */
	char data[];
};

struct unix_socket {
	refcount_t refs;
	spinlock_t lock;
	int type;		      /* I */
	enum unix_state state;	      /* L */
	unsigned int shut;	      /* L: UNIX_SHUT_*; read without too */
	bool peer_gone;		      /* L: the other end of a connection was closed */
	int error;		      /* L: SO_ERROR */
	struct unix_socket *peer;     /* L: reference */
	struct unix_address *address; /* set once under L */
	struct path path;	      /* I once address is set: of a name in a file system */
	struct hlist_node hash;	      /* T */
	struct ucred cred, peer_cred; /* L */
	struct list_head queue;	      /* L */
	size_t queued;		      /* L; read without: bytes charged */
	unsigned int nr_queued;	      /* L; read without */
	unsigned int backlog;	      /* L */
	struct list_head senders;     /* L: datagram sockets connected to this one ... */
	struct list_head sender_node; /* peer's L: ... by this */
	struct mutex read_mutex;
	/* something to read or accept, an end, room at the peer; poll */
	wait_queue_head_t wait;
	wait_queue_head_t space; /* room in this queue */
	/* P: not a reference; NULL for a connection not yet accepted */
	struct file *file;
	unsigned int inflight;		/* P: how often file is in messages */
	struct list_head inflight_node; /* P */
	bool candidate;			/* P, during a collection: nobody but messages holds file */
	unsigned int internal;		/* P, likewise: references from candidates' queues */
};

/* unix.c */
struct unix_socket *unix_alloc(int type);
void unix_put(struct unix_socket *u);
static inline struct unix_socket *unix_get(struct unix_socket *u)
{
	refcount_inc(&u->refs);
	return u;
}
struct unix_socket *unix_of(struct file *file); /* NULL: not one of these */
/* The peer with a reference; NULL. */
struct unix_socket *unix_peer(struct unix_socket *u);
/* readers, pollers, who waits to send to it */
void unix_wake(struct unix_socket *u);
void unix_message_free(struct unix_message *m);
void unix_current_cred(struct ucred *cred);
extern const struct socket_operations unix_operations;

/* unix_name.c */
int unix_bind(struct socket *s, const struct sockaddr *addr, int length);
int unix_autobind(struct unix_socket *u);
void unix_unbind(struct unix_socket *u);
/* Whom the address names, with a reference; ERR_PTR. */
struct unix_socket *unix_find(const struct sockaddr *addr, int length, int type);
int unix_name(struct socket *s, struct sockaddr *addr, bool of_peer);
void unix_address_put(struct unix_address *a);
static inline struct unix_address *unix_address_get(struct unix_address *a)
{
	if (a)
		refcount_inc(&a->refs);
	return a;
}

/* unix_connect.c */
int unix_connect(struct socket *s, const struct sockaddr *addr, int length, bool nonblock);
int unix_pair(struct socket *a, struct socket *b);
int unix_listen(struct socket *s, int backlog);
int unix_accept(struct socket *s, struct socket *new, bool nonblock);
void unix_disconnect(struct unix_socket *u); /* a datagram socket from its peer */

/* unix_send.c, unix_receive.c */
ssize_t unix_send(struct socket *s, struct socket_message *m);
ssize_t unix_receive(struct socket *s, struct socket_message *m);
/* Is there room in u's queue for one more message? */
bool unix_has_room(struct unix_socket *u, size_t limit);

/* unix_rights.c */
/* takes over the files; -ETOOMANYREFS */
int unix_rights_attach(struct unix_message *m, struct socket_control *c);
/* hands them over */
void unix_rights_detach(struct unix_message *m, struct socket_control *c);
/* more references to them */
int unix_rights_peek(struct unix_message *m, struct socket_control *c);
void unix_rights_drop(struct unix_message *m);
void unix_rights_closed(struct unix_socket *u);

#endif
