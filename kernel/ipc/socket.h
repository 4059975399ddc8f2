/* SPDX-License-Identifier: MIT */
/*
 * Sockets: what is common to all families. A socket is an open file whose private is a struct socket; a family registers itself and
 * supplies the operations. All operations may sleep and are called without locks.
 */
#ifndef KERNEL_IPC_SOCKET_H
#define KERNEL_IPC_SOCKET_H

#include <fs/uio.h>
#include <fs/vfs.h>
#include <kernel/socket.h>
#include <lib/list.h>
#include <uapi/socket.h>

struct poll_table;
struct socket;

#define SCM_MAX_FILES	253

/* What travels beside the bytes. */
struct socket_control {
	struct file **files; /* with references; NULL: none */
	unsigned int nr_files;
	struct ucred cred;
	/* sending: given by the program; receiving: to be handed to it */
	bool has_cred;
};

struct socket_message {
	struct iov_iter iter;
	struct __kernel_sockaddr_storage name;
	int name_length;	/* sending: 0: none given; receiving: filled in */
	unsigned int flags;	/* MSG_*, MSG_DONTWAIT from O_NONBLOCK too */
	unsigned int flags_out; /* receiving: MSG_TRUNC, MSG_EOR */
	struct socket_control control;
};

struct socket_operations {
	void (*release)(struct socket *s);
	int (*bind)(struct socket *s, const struct sockaddr *addr, int length);
	int (*connect)(struct socket *s, const struct sockaddr *addr, int length, bool nonblock);
	int (*pair)(struct socket *a, struct socket *b);
	int (*listen)(struct socket *s, int backlog);
	/* Waits for a connection and makes NEW, a fresh socket of the same type, its end. */
	int (*accept)(struct socket *s, struct socket *new, bool nonblock);
	/* length or -errno; room for sockaddr_storage */
	int (*name)(struct socket *s, struct sockaddr *addr, bool of_peer);
	int (*shutdown)(struct socket *s, int how);
	u32 (*poll)(struct socket *s, struct poll_table *table);
	int (*ioctl)(struct socket *s, unsigned int command, unsigned long arg);
	ssize_t (*send)(struct socket *s, struct socket_message *m);
	ssize_t (*receive)(struct socket *s, struct socket_message *m);
	/* SO_ERROR takes the error away; SO_PEERCRED and SO_ACCEPTCONN. -ENOPROTOOPT: not of this family. */
	int (*get_option)(struct socket *s, int name, void *value, int *length);
	/* Numbers of other levels than SOL_SOCKET; NULL: there are none (EOPNOTSUPP). */
	int (*set_level_option)(struct socket *s, int level, int name, int number);
	int (*get_level_option)(struct socket *s, int level, int name, int *number);
};

struct socket {
	const struct socket_operations *ops; /* I */
	int family, type, protocol;	     /* I */
	struct file *file;		     /* I once published; not a reference */
	void *private;			     /* the family's */
	bool pass_cred;			     /* options: whole words, no lock */
	int send_buffer, receive_buffer;
	s64 send_timeout_ns, receive_timeout_ns; /* WAIT_FOREVER */
	int linger_s;				 /* -1: off; kept for the program alone */
	unsigned int kept_flags;		 /* options that only answer what was set */
};

struct socket_family {
	int family;
	/* Sets ops and private. */
	int (*create)(struct socket *s);
	struct list_head list;
};
void socket_register_family(struct socket_family *family);

/* A socket without a file yet. */
struct socket *socket_create(int family, int type, int protocol); /* ERR_PTR */
void socket_free(struct socket *s);
/* Its file; flags: SOCK_NONBLOCK, SOCK_CLOEXEC. On failure the socket is freed. */
struct file *socket_file(struct socket *s, int flags);
struct socket *socket_of(struct file *file); /* NULL: another kind of file */

void netlink_init(void);

/* socket_options.c */
int socket_set_option(struct socket *s, int level, int name, const void __user *value, int length);
int socket_get_option(struct socket *s, int level, int name, void __user *value,
		      int __user *length);

/* socket_message.c */
int control_from_user(struct socket_control *c, const void __user *from, size_t length);
/* Writes what came; *length: room before, what was used after. Installs descriptors. MSG_CTRUNC when something had no room. */
unsigned int control_to_user(struct socket_control *c, void __user *to, size_t *length,
			     unsigned int flags);
void control_release(struct socket_control *c);

/* A wait that was broken off: by a signal, with or without a time limit. */
int socket_wait_error(s64 timeout_ns);

#endif
