// SPDX-License-Identifier: MIT
/*
 * Netlink (RFC 3549, 2): datagrams between the kernel and programs, and between programs. A socket has a port, unique within its protocol, and
 * listens to groups. Here are NETLINK_KOBJECT_UEVENT, to whose group 1 the kernel sends what happens to devices, and NETLINK_USERSOCK.
 *
 * A message is one block shared by all who get it. Who does not read loses messages: the queue is bounded by the receive buffer, and the next
 * read says ENOBUFS once. Then nothing more is queued until the queue was emptied.
 *
 * Locks: table_lock (mutex) guards the list of sockets, ports and groups; socket->lock (LOCK_RANK_SOCKET) its queue. Table before socket.
 */
#include "socket.h"

#include <drivers/device.h>
#include <fs/poll.h>
#include <kernel/cred.h>
#include <kernel/mutex.h>
#include <kernel/process.h>
#include <kernel/refcount.h>
#include <kernel/wait.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/ioctls.h>
#include <uapi/netlink.h>

#define NR_GROUPS		32
#define UEVENT_GROUP		1
#define CHARGE_OVERHEAD		512	/* what a message counts beside its bytes, as programs that size buffers expect */
#define SEND_RESERVE		32
#define FIRST_SPARE_PORT	(-4097)	/* for second sockets of a process: negative, so that they are no process's number */

struct netlink_message {
	refcount_t refs;
	size_t length;
	u32 from_port, group; /* group: 0: sent to a port */
	struct ucred cred;
	char data[];
};

struct netlink_entry {	       /* a message in one queue */
	struct list_head node; /* socket->lock */
	struct netlink_message *message;
};

struct netlink_socket {
	refcount_t refs;
	struct list_head node;	/* table_lock */
	int protocol;		/* immutable */
	struct socket *socket;	/* table_lock; NULL when closed */
	bool bound;		/* table_lock */
	u32 port, groups;	/* table_lock */
	u32 to_port, to_groups; /* table_lock: connected */
	u32 options;		/* table_lock: bits by number of option */
	spinlock_t lock;
	struct list_head queue; /* lock */
	size_t queued;		/* lock: charge */
	bool congested;		/* lock: until the queue is empty */
	int error;		/* lock: positive, reported once */
	wait_queue_head_t wait, space;
};

static DEFINE_MUTEX(table_lock);
static LIST_HEAD(sockets); /* table_lock */

/* ---- messages and queues ---- */

static void put_message(struct netlink_message *message)
{
	if (refcount_dec_and_test(&message->refs))
		kfree(message);
}

static struct netlink_message *new_message(size_t length)
{
	struct netlink_message *message = kzalloc(sizeof(*message) + length, GFP_KERNEL);

	if (message) {
		refcount_set(&message->refs, 1);
		message->length = length;
	}
	return message;
}

static void put_socket(struct netlink_socket *n)
{
	if (refcount_dec_and_test(&n->refs))
		kfree(n);
}

/* Appends; -ENOBUFS: it is full, -ENOMEM. The message gets a reference of its own. table_lock held, so that the socket is open. */
static int enqueue(struct netlink_socket *n, struct netlink_message *message, bool broadcast)
{
	struct netlink_entry *entry = kmalloc(sizeof(*entry), GFP_KERNEL);
	size_t charge = message->length + CHARGE_OVERHEAD;
	int error = 0;

	if (!entry)
		return -ENOMEM;
	entry->message = message;
	spin_lock(&n->lock);
	if (n->congested || (n->queued && n->queued + charge > (size_t)n->socket->receive_buffer)) {
		error = -ENOBUFS;
	} else {
		refcount_inc(&message->refs);
		list_add_tail(&entry->node, &n->queue);
		n->queued += charge;
	}
	if (error && broadcast && !(n->options & 1u << NETLINK_NO_ENOBUFS)) {
		n->congested = true;
		n->error = ENOBUFS;
	}
	spin_unlock(&n->lock);
	if (error)
		kfree(entry);
	if (!error || broadcast)
		wake_up_interruptible_poll(&n->wait, error ? EPOLLERR : EPOLLIN | EPOLLRDNORM);
	return error;
}

/* To all of a group but its sender. 0, -ESRCH: nobody listens, -ENOBUFS: somebody did not get it and the sender wants to know. */
static int broadcast(int protocol, struct netlink_message *message,
		     const struct netlink_socket *sender)
{
	struct netlink_socket *n;
	int result = -ESRCH, error;

	mutex_lock(&table_lock);
	/* lint: clang-analyzer-core.NullDereference: lists are circular */
	list_for_each_entry(n, &sockets, node) {
		if (n == sender || n->protocol != protocol ||
		    !(n->groups & 1u << (message->group - 1)))
			continue;
		error = enqueue(n, message, true);
		if (result == -ESRCH)
			result = 0;
		if (error && n->options & 1u << NETLINK_BROADCAST_ERROR)
			result = -ENOBUFS;
	}
	mutex_unlock(&table_lock);
	return result;
}

/* ---- ports ---- */

/* table_lock held. */
static struct netlink_socket *find_port(int protocol, u32 port)
{
	struct netlink_socket *n;

	assert_mutex_held(&table_lock);
	list_for_each_entry(n, &sockets, node)
		if (n->bound && n->protocol == protocol && n->port == port)
			return n;
	return NULL;
}

/* table_lock held. The process's number, or one that is no process's. */
static void autobind(struct netlink_socket *n)
{
	u32 port = current->process->pid->nr;
	s32 spare = FIRST_SPARE_PORT;

	if (n->bound)
		return;
	while (find_port(n->protocol, port))
		port = spare--;
	n->port = port;
	n->bound = true;
}

static bool is_open_to_all(int protocol)
{
	return protocol == NETLINK_KOBJECT_UEVENT || protocol == NETLINK_USERSOCK;
}

static int check_address(const struct sockaddr *addr, int length)
{
	if (length < (int)sizeof(struct sockaddr_nl))
		return -EINVAL;
	return addr->sa_family == AF_NETLINK ? 0 : -EINVAL;
}

static int netlink_bind(struct socket *s, const struct sockaddr *addr, int length)
{
	const struct sockaddr_nl *name = (const struct sockaddr_nl *)addr;
	struct netlink_socket *n = s->private;
	int error = check_address(addr, length);

	if (error)
		return error;
	mutex_lock(&table_lock);
	if (n->bound && name->nl_pid != n->port) {
		error = -EINVAL;
	} else if (!n->bound && name->nl_pid) {
		if (find_port(n->protocol, name->nl_pid))
			error = -EADDRINUSE;
		else
			n->port = name->nl_pid;
		n->bound = !error;
	} else {
		autobind(n);
	}
	if (!error)
		n->groups = name->nl_groups;
	mutex_unlock(&table_lock);
	return error;
}

static bool may_send(const struct socket *s)
{
	return s->protocol == NETLINK_USERSOCK || capable(CAP_NET_ADMIN);
}

static int netlink_connect(struct socket *s, const struct sockaddr *addr, int length, bool nonblock)
{
	const struct sockaddr_nl *name = (const struct sockaddr_nl *)addr;
	struct netlink_socket *n = s->private;
	bool leave = length >= (int)sizeof(addr->sa_family) && addr->sa_family == AF_UNSPEC;
	int error = leave ? 0 : check_address(addr, length);

	if (error)
		return error;
	if (!leave && (name->nl_groups || name->nl_pid) && !may_send(s))
		return -EPERM;
	mutex_lock(&table_lock);
	n->to_port = leave ? 0 : name->nl_pid;
	n->to_groups = leave ? 0 : name->nl_groups;
	if (!leave)
		autobind(n);
	mutex_unlock(&table_lock);
	return 0;
}

static int netlink_name(struct socket *s, struct sockaddr *addr, bool of_peer)
{
	struct sockaddr_nl *name = (struct sockaddr_nl *)addr;
	struct netlink_socket *n = s->private;

	mutex_lock(&table_lock);
	*name = (struct sockaddr_nl){
		.nl_family = AF_NETLINK,
		.nl_pid = of_peer ? n->to_port : n->port,
		.nl_groups = of_peer ? n->to_groups : n->groups,
	};
	mutex_unlock(&table_lock);
	return sizeof(*name);
}

/* ---- sending ---- */

/* Where a message goes: the address given, or what the socket is connected to. */
static int destination(struct socket *s, const struct socket_message *m, u32 *port, u32 *groups)
{
	const struct sockaddr_nl *name = (const struct sockaddr_nl *)&m->name;
	struct netlink_socket *n = s->private;

	if (m->name_length) {
		if (check_address((const struct sockaddr *)name, m->name_length))
			return -EINVAL;
		*port = name->nl_pid;
		*groups = name->nl_groups;
		if ((*port || *groups) && !may_send(s))
			return -EPERM;
	}
	mutex_lock(&table_lock);
	if (!m->name_length) {
		*port = n->to_port;
		*groups = n->to_groups;
	}
	autobind(n);
	mutex_unlock(&table_lock);
	return 0;
}

/* An open socket with that port, or NULL; with a reference. */
static struct netlink_socket *get_port(int protocol, u32 port)
{
	struct netlink_socket *n;

	mutex_lock(&table_lock);
	n = find_port(protocol, port);
	if (n)
		refcount_inc(&n->refs);
	mutex_unlock(&table_lock);
	return n;
}

static bool has_room(struct netlink_socket *n, const struct netlink_message *message)
{
	bool room;

	mutex_lock(&table_lock);
	spin_lock(&n->lock);
	room = !n->socket || !n->queued ||
	       n->queued + message->length + CHARGE_OVERHEAD <= (size_t)n->socket->receive_buffer;
	spin_unlock(&n->lock);
	mutex_unlock(&table_lock);
	return room;
}

static int try_deliver(struct netlink_socket *n, struct netlink_message *message)
{
	int error;

	mutex_lock(&table_lock);
	error = n->socket ? enqueue(n, message, false) : -ECONNREFUSED;
	mutex_unlock(&table_lock);
	return error;
}

/* Waits for room, by the sender's limit. */
static int unicast(struct socket *s, u32 port, struct netlink_message *message, unsigned int flags)
{
	struct netlink_socket *n = port ? get_port(s->protocol, port) : NULL;
	s64 left = s->send_timeout_ns;
	int error;

	if (!n)
		return -ECONNREFUSED; /* the kernel listens to neither protocol */
	while ((error = try_deliver(n, message)) == -ENOBUFS) {
		error = -EAGAIN;
		if (flags & MSG_DONTWAIT || !left)
			break;
		left = wait_event_interruptible_timeout(&n->space, has_room(n, message), left);
		if (left < 0)
			error = socket_wait_error(s->send_timeout_ns);
		if (left <= 0)
			break;
	}
	put_socket(n);
	return error;
}

static struct netlink_message *message_of(struct socket *s, struct socket_message *m, size_t length)
{
	struct netlink_message *message = new_message(length);

	if (!message)
		return ERR_PTR(-ENOBUFS);
	message->cred = m->control.has_cred ? m->control.cred
					    : (struct ucred){ current->process->pid->nr,
							      current_uid(), current_gid() };
	message->from_port = ((struct netlink_socket *)s->private)->port;
	if (copy_from_iter(message->data, length, &m->iter) == length)
		return message;
	put_message(message);
	return ERR_PTR(-EFAULT);
}

static ssize_t netlink_send(struct socket *s, struct socket_message *m)
{
	size_t length = m->iter.count;
	struct netlink_message *message;
	u32 port = 0, groups = 0;
	int error;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (!length)
		return -ENODATA;
	error = destination(s, m, &port, &groups);
	if (error)
		return error;
	if (length > (size_t)max(s->send_buffer - SEND_RESERVE, 0))
		return -EMSGSIZE;
	message = message_of(s, m, length);
	if (IS_ERR(message))
		return PTR_ERR(message);
	if (groups) {
		message->group = __builtin_ctz(groups) + 1;
		broadcast(s->protocol, message, s->private);
	}
	error = unicast(s, port, message, m->flags);
	put_message(message);
	return error ?: (ssize_t)length;
}

/* ---- receiving ---- */

/* The first entry, taken off unless it is only looked at (then with a reference of its own). An error that waits comes first. */
static struct netlink_message *take(struct netlink_socket *n, bool peek, int *error)
{
	struct netlink_entry *entry;
	struct netlink_message *message = NULL;

	spin_lock(&n->lock);
	*error = -n->error;
	n->error = 0;
	entry = list_first_entry_or_null(&n->queue, struct netlink_entry, node);
	if (!*error && entry) {
		message = entry->message;
		if (peek) {
			refcount_inc(&message->refs);
			entry = NULL;
		} else {
			list_del(&entry->node);
			n->queued -= message->length + CHARGE_OVERHEAD;
			if (list_empty(&n->queue))
				n->congested = false;
		}
	} else {
		entry = NULL;
	}
	spin_unlock(&n->lock);
	kfree(entry);
	return message;
}

static bool worth_looking(struct netlink_socket *n)
{
	return !list_empty(&n->queue) || READ_ONCE(n->error);
}

static struct netlink_message *wait_for_message(struct socket *s, unsigned int flags, int *error)
{
	struct netlink_socket *n = s->private;
	s64 left = s->receive_timeout_ns;
	struct netlink_message *message;

	while (!(message = take(n, flags & MSG_PEEK, error)) && !*error) {
		if (flags & MSG_DONTWAIT)
			*error = -EAGAIN;
		else
			left = wait_event_interruptible_timeout(&n->wait, worth_looking(n), left);
		if (left < 0)
			*error = socket_wait_error(s->receive_timeout_ns);
		else if (!left)
			*error = -EAGAIN;
		if (*error)
			return NULL;
	}
	if (message && !(flags & MSG_PEEK) && wq_has_sleeper(&n->space))
		wake_up_interruptible_all(&n->space);
	return message;
}

static ssize_t netlink_receive(struct socket *s, struct socket_message *m)
{
	struct netlink_message *message;
	struct sockaddr_nl *name = (struct sockaddr_nl *)&m->name;
	size_t n, length;
	int error;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	message = wait_for_message(s, m->flags, &error);
	if (!message)
		return error;
	length = message->length;
	n = min(length, m->iter.count);
	if (copy_to_iter(message->data, n, &m->iter) < n) {
		put_message(message);
		return -EFAULT;
	}
	if (n < length)
		m->flags_out |= MSG_TRUNC;
	*name = (struct sockaddr_nl){
		.nl_family = AF_NETLINK,
		.nl_pid = message->from_port,
		.nl_groups = message->group ? 1u << (message->group - 1) : 0,
	};
	m->name_length = sizeof(*name);
	m->control.cred = message->cred;
	m->control.has_cred = s->pass_cred;
	put_message(message);
	return m->flags & MSG_TRUNC ? length : n;
}

static u32 netlink_poll(struct socket *s, struct poll_table *table)
{
	struct netlink_socket *n = s->private;

	poll_wait(s->file, &n->wait, table);
	return (READ_ONCE(n->error) ? EPOLLERR : 0) |
	       (list_empty(&n->queue) ? 0 : EPOLLIN | EPOLLRDNORM) | EPOLLOUT | EPOLLWRNORM |
	       EPOLLWRBAND;
}

/* ---- options ---- */

static int set_membership(struct netlink_socket *n, int group, bool join)
{
	if (group < 1 || group > NR_GROUPS)
		return -EINVAL;
	if (join)
		n->groups |= 1u << (group - 1);
	else
		n->groups &= ~(1u << (group - 1));
	return 0;
}

static bool is_flag(int name)
{
	return name == NETLINK_PKTINFO || name == NETLINK_BROADCAST_ERROR ||
	       name == NETLINK_NO_ENOBUFS;
}

static int netlink_set_option(struct socket *s, int level, int name, int number)
{
	struct netlink_socket *n = s->private;
	int error = 0;

	if (level != SOL_NETLINK)
		return -ENOPROTOOPT;
	mutex_lock(&table_lock);
	if (name == NETLINK_ADD_MEMBERSHIP || name == NETLINK_DROP_MEMBERSHIP)
		error = set_membership(n, number, name == NETLINK_ADD_MEMBERSHIP);
	else if (!is_flag(name))
		error = -ENOPROTOOPT;
	else
		n->options = number ? n->options | 1u << name : n->options & ~(1u << name);
	mutex_unlock(&table_lock);
	if (!error && name == NETLINK_NO_ENOBUFS && number) {
		spin_lock(&n->lock);
		n->congested = false;
		spin_unlock(&n->lock);
		wake_up_interruptible_all(&n->space);
	}
	return error;
}

static int netlink_get_level_option(struct socket *s, int level, int name, int *number)
{
	struct netlink_socket *n = s->private;

	if (level != SOL_NETLINK || !is_flag(name))
		return -ENOPROTOOPT;
	*number = READ_ONCE(n->options) >> name & 1;
	return 0;
}

static int netlink_get_option(struct socket *s, int name, void *value, int *length)
{
	struct netlink_socket *n = s->private;

	*length = sizeof(int);
	switch (name) {
	case SO_ERROR:
		spin_lock(&n->lock);
		*(int *)value = n->error;
		n->error = 0;
		spin_unlock(&n->lock);
		return 0;
	case SO_ACCEPTCONN: *(int *)value = 0; return 0;
	default: return -ENOPROTOOPT;
	}
}

/* ---- what datagrams do not have ---- */

static int no_pair(struct socket *a, struct socket *b)
{
	return -EOPNOTSUPP;
}

static int no_listen(struct socket *s, int backlog)
{
	return -EOPNOTSUPP;
}

static int no_accept(struct socket *s, struct socket *new, bool nonblock)
{
	return -EOPNOTSUPP;
}

static int no_shutdown(struct socket *s, int how)
{
	return -EOPNOTSUPP;
}

static int no_ioctl(struct socket *s, unsigned int command, unsigned long arg)
{
	return -ENOTTY;
}

/* ---- life ---- */

static void netlink_release(struct socket *s)
{
	struct netlink_socket *n = s->private;
	struct netlink_message *message;
	int error;

	mutex_lock(&table_lock);
	list_del(&n->node);
	n->bound = false;
	n->socket = NULL;
	mutex_unlock(&table_lock);
	do {
		message = take(n, false, &error);
		if (message)
			put_message(message);
	} while (message || error);
	wake_up_interruptible_all(&n->space);
	put_socket(n);
}

static const struct socket_operations netlink_operations = {
	.release = netlink_release,
	.bind = netlink_bind,
	.connect = netlink_connect,
	.pair = no_pair,
	.listen = no_listen,
	.accept = no_accept,
	.name = netlink_name,
	.shutdown = no_shutdown,
	.poll = netlink_poll,
	.ioctl = no_ioctl,
	.send = netlink_send,
	.receive = netlink_receive,
	.get_option = netlink_get_option,
	.set_level_option = netlink_set_option,
	.get_level_option = netlink_get_level_option,
};

static int netlink_create(struct socket *s)
{
	struct netlink_socket *n;

	if (s->type != SOCK_RAW && s->type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	if (s->protocol < 0 || s->protocol >= MAX_LINKS || !is_open_to_all(s->protocol))
		return -EPROTONOSUPPORT;
	n = kzalloc(sizeof(*n), GFP_KERNEL);
	if (!n)
		return -ENOMEM;
	refcount_set(&n->refs, 1);
	n->protocol = s->protocol;
	n->socket = s;
	spin_lock_init(&n->lock, LOCK_RANK_SOCKET);
	INIT_LIST_HEAD(&n->queue);
	init_waitqueue_head(&n->wait);
	init_waitqueue_head(&n->space);
	s->ops = &netlink_operations;
	s->private = n;
	mutex_lock(&table_lock);
	list_add_tail(&n->node, &sockets);
	mutex_unlock(&table_lock);
	return 0;
}

/* An event of a device, as text with zeros between the lines. */
static void carry_uevent(const char *text, size_t length)
{
	struct netlink_message *message = new_message(length);

	if (!message)
		return;
	memcpy(message->data, text, length);
	message->group = UEVENT_GROUP;
	broadcast(NETLINK_KOBJECT_UEVENT, message, NULL);
	put_message(message);
}

static struct socket_family netlink_family = { .family = AF_NETLINK, .create = netlink_create };

void netlink_init(void)
{
	socket_register_family(&netlink_family);
	uevent_hook = carry_uevent;
}
