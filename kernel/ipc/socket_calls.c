/* SPDX-License-Identifier: MIT */
/*
 * The system calls on sockets: fetch and check the arguments, call the family, hand results back.
 */
#include "socket.h"

#include <fs/files.h>
#include <kernel/process.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <kernel/user_time.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/fcntl.h>
#include <uapi/time.h>

#define MESSAGES_MAX	1024		/* of sendmmsg and recvmmsg, as UIO_MAXIOV */
#define FAST_VECTORS	8
#define LENGTH_MAX	0x7ffff000ul

/* The socket behind a descriptor, held by *fd, which the caller puts. */
static struct socket *get_socket(int number, struct fd *fd)
{
	struct socket *s;

	*fd = fd_get(number);
	if (!fd->file)
		return ERR_PTR(-EBADF);
	s = socket_of(fd->file);
	if (!s) {
		fd_put(*fd);
		return ERR_PTR(-ENOTSOCK);
	}
	return s;
}

static bool nonblocking(const struct fd *fd)
{
	return READ_ONCE(fd->file->flags) & O_NONBLOCK;
}

static int address_from_user(struct __kernel_sockaddr_storage *to, const void __user *from,
			     int length)
{
	if (length < 0 || length > (int)sizeof(*to))
		return -EINVAL;
	return length && copy_from_user(to, from, length) ? -EFAULT : 0;
}

/* As much as there is room for; *user_length becomes the true length. */
static int address_to_user(void __user *to, int __user *user_length, const void *from, int length)
{
	int room;

	if (get_user(room, user_length))
		return -EFAULT;
	/* lint: uninitvar: get_user() sets it */
	if (room < 0)
		return -EINVAL;
	if (copy_to_user(to, from, min(room, length)))
		return -EFAULT;
	return put_user(length, user_length);
}

/* ---- making ---- */

static int check_type(int *type, int *flags)
{
	*flags = *type & ~SOCK_TYPE_MASK;
	*type &= SOCK_TYPE_MASK;
	return *flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK) ? -EINVAL : 0;
}

static int fd_flags(int flags)
{
	return flags & SOCK_CLOEXEC ? O_CLOEXEC : 0;
}

long sys_socket(int family, int type, int protocol)
{
	int flags, fd, error = check_type(&type, &flags);
	struct socket *s;
	struct file *file;

	if (error)
		return error;
	s = socket_create(family, type, protocol);
	if (IS_ERR(s))
		return PTR_ERR(s);
	file = socket_file(s, flags);
	if (IS_ERR(file))
		return PTR_ERR(file);
	fd = get_unused_fd_flags(fd_flags(flags));
	if (fd < 0)
		fput(file);
	else
		fd_install(fd, file);
	return fd;
}

/* Two joined sockets as files. */
static int make_pair(int family, int type, int protocol, int flags, struct file *files[2])
{
	struct socket *a = socket_create(family, type, protocol), *b;
	int error;

	if (IS_ERR(a))
		return PTR_ERR(a);
	b = socket_create(family, type, protocol);
	if (IS_ERR(b)) {
		socket_free(a);
		return PTR_ERR(b);
	}
	error = a->ops->pair(a, b);
	if (error) {
		socket_free(a);
		socket_free(b);
		return error;
	}
	files[0] = socket_file(a, flags);
	if (IS_ERR(files[0])) {
		socket_free(b);
		return PTR_ERR(files[0]);
	}
	files[1] = socket_file(b, flags);
	if (IS_ERR(files[1])) {
		fput(files[0]);
		return PTR_ERR(files[1]);
	}
	return 0;
}

long sys_socketpair(int family, int type, int protocol, int __user *fds)
{
	int flags, first, second, error = check_type(&type, &flags);
	struct file *files[2] = { NULL, NULL };

	if (error)
		return error;
	first = get_unused_fd_flags(fd_flags(flags));
	if (first < 0)
		return first;
	second = get_unused_fd_flags(fd_flags(flags));
	error = second < 0 ? second : 0;
	if (error)
		goto put_first;
	error = put_user(first, fds);
	if (!error)
		error = put_user(second, fds + 1);
	if (!error)
		error = make_pair(family, type, protocol, flags, files);
	if (error)
		goto put_second;
	fd_install(first, files[0]);
	fd_install(second, files[1]);
	return 0;
put_second:
	put_unused_fd(second);
put_first:
	put_unused_fd(first);
	return error;
}

/* ---- names and connections ---- */

long sys_bind(int number, struct sockaddr __user *addr, int length)
{
	struct __kernel_sockaddr_storage storage;
	struct fd fd;
	struct socket *s = get_socket(number, &fd);
	int error;

	if (IS_ERR(s))
		return PTR_ERR(s);
	error = address_from_user(&storage, addr, length);
	if (!error)
		error = s->ops->bind(s, (struct sockaddr *)&storage, length);
	fd_put(fd);
	return error;
}

long sys_connect(int number, struct sockaddr __user *addr, int length)
{
	struct __kernel_sockaddr_storage storage;
	struct fd fd;
	struct socket *s = get_socket(number, &fd);
	int error;

	if (IS_ERR(s))
		return PTR_ERR(s);
	error = address_from_user(&storage, addr, length);
	if (!error)
		error = s->ops->connect(s, (struct sockaddr *)&storage, length, nonblocking(&fd));
	fd_put(fd);
	return error;
}

long sys_listen(int number, int backlog)
{
	struct fd fd;
	struct socket *s = get_socket(number, &fd);
	int error;

	if (IS_ERR(s))
		return PTR_ERR(s);
	error = s->ops->listen(s, min_t(unsigned int, backlog, SOMAXCONN));
	fd_put(fd);
	return error;
}

/* The file of a connection that was waited for, and the name of its other end. */
static struct file *accept_file(struct socket *s, bool nonblock, int flags,
				struct sockaddr __user *addr, int __user *user_length)
{
	struct __kernel_sockaddr_storage storage;
	struct socket *new = socket_create(s->family, s->type, s->protocol);
	struct file *file;
	int error;

	if (IS_ERR(new))
		return ERR_CAST(new);
	file = socket_file(new, flags);
	if (IS_ERR(file))
		return file;
	error = s->ops->accept(s, new, nonblock);
	if (!error && addr) {
		int length = new->ops->name(new, (struct sockaddr *)&storage, true);

		error = length < 0 ? -ECONNABORTED
				   : address_to_user(addr, user_length, &storage, length);
	}
	if (!error)
		return file;
	fput(file);
	return ERR_PTR(error);
}

long sys_accept4(int number, struct sockaddr __user *addr, int __user *user_length, int flags)
{
	struct fd fd;
	struct socket *s;
	struct file *file;
	int new_fd;

	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	s = get_socket(number, &fd);
	if (IS_ERR(s))
		return PTR_ERR(s);
	new_fd = get_unused_fd_flags(fd_flags(flags));
	if (new_fd >= 0) {
		file = accept_file(s, nonblocking(&fd), flags, addr, user_length);
		if (IS_ERR(file)) {
			put_unused_fd(new_fd);
			new_fd = PTR_ERR(file);
		} else {
			fd_install(new_fd, file);
		}
	}
	fd_put(fd);
	return new_fd;
}

long sys_accept(int number, struct sockaddr __user *addr, int __user *length)
{
	return sys_accept4(number, addr, length, 0);
}

static long get_name(int number, struct sockaddr __user *addr, int __user *user_length,
		     bool of_peer)
{
	struct __kernel_sockaddr_storage storage;
	struct fd fd;
	struct socket *s = get_socket(number, &fd);
	int length;

	if (IS_ERR(s))
		return PTR_ERR(s);
	length = s->ops->name(s, (struct sockaddr *)&storage, of_peer);
	if (length >= 0)
		length = address_to_user(addr, user_length, &storage, length);
	fd_put(fd);
	return length;
}

long sys_getsockname(int number, struct sockaddr __user *addr, int __user *length)
{
	return get_name(number, addr, length, false);
}

long sys_getpeername(int number, struct sockaddr __user *addr, int __user *length)
{
	return get_name(number, addr, length, true);
}

long sys_shutdown(int number, int how)
{
	struct fd fd;
	struct socket *s = get_socket(number, &fd);
	int error;

	if (IS_ERR(s))
		return PTR_ERR(s);
	error = how < SHUT_RD || how > SHUT_RDWR ? -EINVAL : s->ops->shutdown(s, how);
	fd_put(fd);
	return error;
}

long sys_setsockopt(int number, int level, int name, char __user *value, int length)
{
	struct fd fd;
	struct socket *s = get_socket(number, &fd);
	int error;

	if (IS_ERR(s))
		return PTR_ERR(s);
	error = length < 0 ? -EINVAL : socket_set_option(s, level, name, value, length);
	fd_put(fd);
	return error;
}

long sys_getsockopt(int number, int level, int name, char __user *value, int __user *length)
{
	struct fd fd;
	struct socket *s = get_socket(number, &fd);
	int error;

	if (IS_ERR(s))
		return PTR_ERR(s);
	error = socket_get_option(s, level, name, value, length);
	fd_put(fd);
	return error;
}

/* ---- one buffer ---- */

long sys_sendto(int number, void __user *buffer, size_t length, unsigned int flags,
		struct sockaddr __user *addr, int addr_length)
{
	struct socket_message m = { .flags = flags };
	struct fd fd;
	struct socket *s = get_socket(number, &fd);
	ssize_t done = 0;

	if (IS_ERR(s))
		return PTR_ERR(s);
	if (addr) {
		done = address_from_user(&m.name, addr, addr_length);
		m.name_length = addr_length;
	}
	if (!done) {
		iov_iter_ubuf(&m.iter, true, buffer, min(length, LENGTH_MAX));
		if (nonblocking(&fd))
			m.flags |= MSG_DONTWAIT;
		done = s->ops->send(s, &m);
	}
	fd_put(fd);
	return done;
}

long sys_recvfrom(int number, void __user *buffer, size_t length, unsigned int flags,
		  struct sockaddr __user *addr, int __user *addr_length)
{
	struct socket_message m = { .flags = flags };
	struct fd fd;
	struct socket *s = get_socket(number, &fd);
	ssize_t done;

	if (IS_ERR(s))
		return PTR_ERR(s);
	iov_iter_ubuf(&m.iter, false, buffer, min(length, LENGTH_MAX));
	if (nonblocking(&fd))
		m.flags |= MSG_DONTWAIT;
	done = s->ops->receive(s, &m);
	control_release(&m.control);
	if (done >= 0 && addr) {
		int error = address_to_user(addr, addr_length, &m.name, m.name_length);

		if (error)
			done = error;
	}
	fd_put(fd);
	return done;
}

/* ---- messages ---- */

static ssize_t send_message(struct socket *s, const struct user_msghdr *head, unsigned int flags)
{
	struct socket_message m = { .flags = flags };
	struct iovec fast[FAST_VECTORS], *vectors = fast;
	ssize_t done;

	if (head->msg_name && head->msg_namelen) {
		m.name_length = min_t(int, head->msg_namelen, sizeof(m.name));
		done = address_from_user(&m.name, (void __user *)head->msg_name, m.name_length);
		if (done)
			return done;
	}
	if (head->msg_iovlen > MESSAGES_MAX)
		return -EMSGSIZE;
	done = import_iovec(true, (void __user *)head->msg_iov, head->msg_iovlen, FAST_VECTORS,
			    &vectors, &m.iter);
	if (done >= 0)
		done = control_from_user(&m.control, (void __user *)head->msg_control,
					 head->msg_controllen);
	if (done >= 0)
		done = s->ops->send(s, &m);
	control_release(&m.control);
	kfree(vectors);
	return done;
}

/* Hands back the parts of the header that a receive changes. */
static int put_header(struct user_msghdr __user *to, struct user_msghdr *head,
		      struct socket_message *m, unsigned int flags)
{
	size_t control_length = head->msg_controllen;

	if (head->msg_name && (copy_to_user((void __user *)head->msg_name, &m->name,
					    min(m->name_length, max(head->msg_namelen, 0))) ||
			       put_user(m->name_length, &to->msg_namelen)))
		return -EFAULT;
	m->flags_out |= control_to_user(&m->control, (void __user *)head->msg_control,
					&control_length, flags);
	if (put_user(m->flags_out | (flags & MSG_CMSG_CLOEXEC), &to->msg_flags) ||
	    put_user(control_length, &to->msg_controllen))
		return -EFAULT;
	return 0;
}

static ssize_t receive_message(struct socket *s, struct user_msghdr __user *user,
			       struct user_msghdr *head, unsigned int flags)
{
	struct socket_message m = { .flags = flags };
	struct iovec fast[FAST_VECTORS], *vectors = fast;
	ssize_t done;
	int error;

	if (head->msg_namelen < 0)
		return -EINVAL;
	if (head->msg_iovlen > MESSAGES_MAX)
		return -EMSGSIZE;
	done = import_iovec(false, (void __user *)head->msg_iov, head->msg_iovlen, FAST_VECTORS,
			    &vectors, &m.iter);
	if (done >= 0)
		done = s->ops->receive(s, &m);
	if (done >= 0) {
		error = put_header(user, head, &m, flags);
		if (error)
			done = error;
	}
	control_release(&m.control);
	kfree(vectors);
	return done;
}

static ssize_t pass_message(struct socket *s, struct user_msghdr __user *user, unsigned int flags,
			    bool sending)
{
	struct user_msghdr head;

	if (copy_from_user(&head, user, sizeof(head)))
		return -EFAULT;
	return sending ? send_message(s, &head, flags) : receive_message(s, user, &head, flags);
}

static long one_message(int number, struct user_msghdr __user *user, unsigned int flags,
			bool sending)
{
	struct fd fd;
	struct socket *s = get_socket(number, &fd);
	ssize_t done;

	if (IS_ERR(s))
		return PTR_ERR(s);
	if (nonblocking(&fd))
		flags |= MSG_DONTWAIT;
	done = pass_message(s, user, flags, sending);
	fd_put(fd);
	return done;
}

long sys_sendmsg(int number, struct user_msghdr __user *user, unsigned int flags)
{
	return one_message(number, user, flags, true);
}

long sys_recvmsg(int number, struct user_msghdr __user *user, unsigned int flags)
{
	return one_message(number, user, flags, false);
}

/* One of several; its length goes into the table. */
static ssize_t one_of_many(struct socket *s, struct mmsghdr __user *user, unsigned int flags,
			   bool sending)
{
	ssize_t done = pass_message(s, &user->msg_hdr, flags, sending);

	if (done >= 0 && put_user((unsigned int)done, &user->msg_len))
		return -EFAULT;
	return done;
}

long sys_sendmmsg(int number, struct mmsghdr __user *messages, unsigned int nr, unsigned int flags)
{
	struct fd fd;
	struct socket *s = get_socket(number, &fd);
	ssize_t last = 0;
	unsigned int done = 0;

	if (IS_ERR(s))
		return PTR_ERR(s);
	if (nonblocking(&fd))
		flags |= MSG_DONTWAIT;
	for (nr = min(nr, (unsigned int)MESSAGES_MAX); done < nr; done++) {
		last = one_of_many(s, messages + done, flags, true);
		if (last < 0)
			break;
	}
	fd_put(fd);
	return done ? done : last;
}

static int deadline_from_user(u64 *deadline_ns, const struct __kernel_timespec __user *timeout)
{
	u64 ns;
	int error;

	*deadline_ns = KTIME_MAX;
	if (!timeout)
		return 0;
	error = get_user_timespec(timeout, &ns);
	if (!error)
		*deadline_ns = ktime_add_safe(ktime_get_ns(), ns);
	return error;
}

/* The time limit is looked at between messages, as Linux does. */
long sys_recvmmsg(int number, struct mmsghdr __user *messages, unsigned int nr, unsigned int flags,
		  struct __kernel_timespec __user *timeout)
{
	u64 deadline_ns;
	unsigned int done = 0;
	struct fd fd;
	struct socket *s;
	ssize_t last = deadline_from_user(&deadline_ns, timeout);

	if (last)
		return last;
	s = get_socket(number, &fd);
	if (IS_ERR(s))
		return PTR_ERR(s);
	if (nonblocking(&fd))
		flags |= MSG_DONTWAIT;
	for (nr = min(nr, (unsigned int)MESSAGES_MAX); done < nr;) {
		last = one_of_many(s, messages + done, flags & ~MSG_WAITFORONE, false);
		if (last < 0)
			break;
		done++;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if ((u64)ktime_get_ns() >= deadline_ns)
			break;
	}
	fd_put(fd);
	return done ? done : last;
}
