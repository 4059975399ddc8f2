/* SPDX-License-Identifier: MIT */
/*
 * Sockets as files: making them, reading, writing, polling and closing them.
 */
#include "socket.h"

#include <fs/poll.h>
#include <kernel/mutex.h>
#include <kernel/process.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <mm/slab.h>
#include <uapi/fcntl.h>
#include <uapi/ioctls.h>
#include <uapi/stat.h>

#define BUFFER_DEFAULT	212992

static DEFINE_MUTEX(families_lock);
static LIST_HEAD(families);

void socket_register_family(struct socket_family *family)
{
	mutex_lock(&families_lock);
	list_add_tail(&family->list, &families);
	mutex_unlock(&families_lock);
}

static struct socket_family *find_family(int number)
{
	struct socket_family *family, *found = NULL;

	mutex_lock(&families_lock);
	list_for_each_entry(family, &families, list)
		if (family->family == number)
			found = family;
	mutex_unlock(&families_lock);
	return found;
}

struct socket *socket_create(int number, int type, int protocol)
{
	struct socket_family *family;
	struct socket *s;
	int error;

	if (number < 0 || number >= AF_MAX)
		return ERR_PTR(-EAFNOSUPPORT);
	if (type <= 0 || type > SOCK_PACKET)
		return ERR_PTR(-EINVAL);
	family = find_family(number);
	if (!family)
		return ERR_PTR(-EAFNOSUPPORT);
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return ERR_PTR(-ENOMEM);
	s->family = number;
	s->type = type;
	s->protocol = protocol;
	s->send_buffer = s->receive_buffer = BUFFER_DEFAULT;
	s->send_timeout_ns = s->receive_timeout_ns = WAIT_FOREVER;
	s->linger_s = -1;
	error = family->create(s);
	if (error) {
		kfree(s);
		return ERR_PTR(error);
	}
	return s;
}

void socket_free(struct socket *s)
{
	s->ops->release(s);
	kfree(s);
}

int socket_wait_error(s64 timeout_ns)
{
	return timeout_ns == WAIT_FOREVER ? -ERESTARTSYS : -EINTR;
}

/* ---- as a file ---- */

static ssize_t socket_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct socket *s = file->private;
	struct socket_message m = { .iter = *to };
	ssize_t done;

	if (!to->count)
		return 0;
	if (file->flags & O_NONBLOCK)
		m.flags |= MSG_DONTWAIT;
	done = s->ops->receive(s, &m);
	control_release(&m.control);
	*to = m.iter;
	return done;
}

static ssize_t socket_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct socket *s = file->private;
	struct socket_message m = { .iter = *from };
	ssize_t done;

	if (file->flags & O_NONBLOCK)
		m.flags |= MSG_DONTWAIT;
	if (s->type == SOCK_SEQPACKET)
		m.flags |= MSG_EOR;
	done = s->ops->send(s, &m);
	*from = m.iter;
	return done;
}

static u32 socket_poll(struct file *file, struct poll_table *table)
{
	struct socket *s = file->private;

	return s->ops->poll(s, table);
}

static long socket_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	struct socket *s = file->private;

	return s->ops->ioctl(s, command, arg);
}

static void socket_release(struct inode *inode, struct file *file)
{
	socket_free(file->private);
}

static const struct file_operations socket_fops = {
	.llseek = no_llseek,
	.read_iter = socket_read,
	.write_iter = socket_write,
	.poll = socket_poll,
	.ioctl = socket_ioctl,
	.release = socket_release,
};

struct socket *socket_of(struct file *file)
{
	return file->ops == &socket_fops ? file->private : NULL;
}

struct file *socket_file(struct socket *s, int flags)
{
	struct inode *inode = anon_new_inode(S_IFSOCK | 0777);
	struct file *file;
	char name[32];

	if (!inode) {
		socket_free(s);
		return ERR_PTR(-ENOMEM);
	}
	snprintf(name, sizeof(name), "socket:[%llu]", inode->ino);
	file = alloc_file_pseudo(inode, name, O_RDWR | (flags & SOCK_NONBLOCK ? O_NONBLOCK : 0),
				 &socket_fops);
	if (IS_ERR(file)) {
		iput(inode);
		socket_free(s);
		return file;
	}
	file->mode |= FMODE_STREAM;
	file->private = s;
	s->file = file;
	return file;
}
