// SPDX-License-Identifier: MIT
/* mq_open and its kin. */
#include <fs/files.h>
#include <kernel/signal.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <kernel/user_time.h>
#include <lib/err.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/fcntl.h>
#include <uapi/limits.h>
#include <uapi/stat.h>
#include <uapi/time.h>
#include "../internal.h"
#include "../mount.h"
#include "mqueue.h"

/* --- names --- */

static int get_name(char *name, const char __user *uname)
{
	long n = strncpy_from_user(name, uname, NAME_MAX + 2);

	if (n < 0)
		return n;
	if (!n)
		return -ENOENT;
	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	/* The C library has taken the leading slash off; there are no directories. */
	return strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, "..") ? -EACCES : 0;
}

static int check_access(struct inode *inode, int flags)
{
	static const int wanted[] = {
		[O_RDONLY] = MAY_READ, [O_WRONLY] = MAY_WRITE, [O_RDWR] = MAY_READ | MAY_WRITE
	};

	if ((flags & O_ACCMODE) == 3)
		return -EINVAL;
	return inode_permission(inode, wanted[flags & O_ACCMODE]);
}

/* The directory's rwsem is held for writing. */
static int create_queue(struct inode *dir, struct dentry *dentry, u32 mode,
			const struct mq_attr *attr)
{
	struct inode *inode;
	int err = attr ? mqueue_check_attr(attr) : 0;

	if (!err)
		err = inode_permission(dir, MAY_WRITE | MAY_EXEC);
	if (err)
		return err;
	inode = mqueue_new_inode(dir->sb, S_IFREG | (mode & 0777 & ~current->fs->umask), attr);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	err = mqueue_link(dir, dentry, inode);
	if (err) {
		clear_nlink(inode);
		iput(inode);
	}
	return err;
}

static struct file *open_queue(const char *name, int flags, u32 mode, const struct mq_attr *attr)
{
	struct path path = { .mount = mqueue_mount() };
	struct dentry *root = path.mount->root;
	struct file *file;
	int err = 0;

	down_write(&root->inode->rwsem);
	path.dentry = lookup_one_locked(name, root, strlen(name));
	if (IS_ERR(path.dentry)) {
		up_write(&root->inode->rwsem);
		return ERR_CAST(path.dentry);
	}
	if (path.dentry->inode) {
		if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
			err = -EEXIST;
		else
			err = check_access(path.dentry->inode, flags);
	} else {
		err = flags & O_CREAT ? create_queue(root->inode, path.dentry, mode, attr)
				      : -ENOENT;
	}
	up_write(&root->inode->rwsem);
	file = err ? ERR_PTR(err) : dentry_open(&path, flags & (O_ACCMODE | O_NONBLOCK));
	dput(path.dentry);
	return file;
}

long sys_mq_open(const char __user *uname, int flags, unsigned int mode,
		 struct mq_attr __user *uattr)
{
	char name[NAME_MAX + 3];
	struct mq_attr attr;
	struct file *file;
	int fd, err;

	if (uattr && copy_from_user(&attr, uattr, sizeof(attr)))
		return -EFAULT;
	err = get_name(name, uname);
	if (err)
		return err;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = open_queue(name, flags, mode, uattr ? &attr : NULL);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

long sys_mq_unlink(const char __user *uname)
{
	struct dentry *root = mqueue_mount()->root, *dentry;
	char name[NAME_MAX + 3];
	int err = get_name(name, uname);

	if (err)
		return err;
	down_write(&root->inode->rwsem);
	dentry = lookup_one_locked(name, root, strlen(name));
	err = PTR_ERR_OR_ZERO(dentry);
	if (!err) {
		err = dentry->inode ? may_delete(root->inode, dentry, false) : -ENOENT;
		if (!err)
			err = vfs_unlink(root->inode, dentry);
		dput(dentry);
	}
	up_write(&root->inode->rwsem);
	return err;
}

/* --- messages --- */

static struct mqueue *queue_of(struct fd fd, unsigned int mode)
{
	if (!fd.file || fd.file->ops != &mqueue_file_operations || !(fd.file->mode & mode))
		return NULL;
	return &mq_inode(fd.file->inode)->queue;
}

static int send(struct fd fd, const char __user *text, size_t len, unsigned int priority,
		const u64 *expires_ns)
{
	struct mqueue *q = queue_of(fd, FMODE_WRITE);
	struct mq_message *m;
	int err;

	if (!q)
		return -EBADF;
	if (len > (size_t)q->message_size)
		return -EMSGSIZE;
	m = mq_message_alloc(len);
	if (!m)
		return -ENOMEM;
	m->priority = priority;
	if (len && copy_from_user(m->text, text, len))
		err = -EFAULT;
	else
		err = mqueue_send(q, m, fd.file->flags & O_NONBLOCK, expires_ns);
	if (err)
		mq_message_free(m);
	return err;
}

long sys_mq_timedsend(int mqd, const char __user *text, size_t len, unsigned int priority,
		      const struct __kernel_timespec __user *timeout)
{
	u64 expires_ns;
	struct fd fd;
	int err = timeout ? get_user_timespec(timeout, &expires_ns) : 0;

	if (err)
		return err;
	if (priority >= MQ_PRIO_MAX)
		return -EINVAL;
	fd = fd_get(mqd);
	err = send(fd, text, len, priority, timeout ? &expires_ns : NULL);
	fd_put(fd);
	return err;
}

static long receive(struct fd fd, char __user *text, size_t len, unsigned int __user *priority,
		    const u64 *expires_ns)
{
	struct mqueue *q = queue_of(fd, FMODE_READ);
	struct mq_message *m;
	long result;

	if (!q)
		return -EBADF;
	if (len < (size_t)q->message_size)
		return -EMSGSIZE;
	m = mqueue_receive(q, fd.file->flags & O_NONBLOCK, expires_ns);
	if (IS_ERR(m))
		return PTR_ERR(m);
	result = m->size;
	if ((priority && put_user(m->priority, priority)) ||
	    (m->size && copy_to_user(text, m->text, m->size)))
		result = -EFAULT;
	mq_message_free(m);
	return result;
}

long sys_mq_timedreceive(int mqd, char __user *text, size_t len, unsigned int __user *priority,
			 const struct __kernel_timespec __user *timeout)
{
	u64 expires_ns;
	struct fd fd;
	long result = timeout ? get_user_timespec(timeout, &expires_ns) : 0;

	if (result)
		return result;
	fd = fd_get(mqd);
	result = receive(fd, text, len, priority, timeout ? &expires_ns : NULL);
	fd_put(fd);
	return result;
}

/* --- telling and asking --- */

long sys_mq_notify(int mqd, const struct sigevent __user *uevent)
{
	struct sigevent event;
	struct mqueue *q;
	struct fd fd;
	int err;

	if (uevent) {
		if (copy_from_user(&event, uevent, sizeof(event)))
			return -EFAULT;
		/* SIGEV_THREAD comes with a netlink socket, which is not there. */
		if (event.sigev_notify != SIGEV_NONE && event.sigev_notify != SIGEV_SIGNAL)
			return event.sigev_notify == SIGEV_THREAD ? -ENOSYS : -EINVAL;
		if (event.sigev_notify == SIGEV_SIGNAL &&
		    (event.sigev_signo < 0 || event.sigev_signo > SIGRTMAX))
			return -EINVAL;
	}
	fd = fd_get(mqd);
	q = queue_of(fd, FMODE_READ | FMODE_WRITE);
	err = q ? mqueue_set_notify(q, uevent ? &event : NULL) : -EBADF;
	fd_put(fd);
	return err;
}

static void exchange_attr(struct file *file, const struct mq_attr *new, struct mq_attr *old)
{
	struct mqueue *q = &mq_inode(file->inode)->queue;

	*old = (struct mq_attr){ .mq_maxmsg = q->max_messages, .mq_msgsize = q->message_size };
	spin_lock(&q->lock);
	old->mq_curmsgs = q->nr_messages;
	spin_unlock(&q->lock);
	spin_lock(&file->lock);
	old->mq_flags = file->flags & O_NONBLOCK;
	if (new)
		file->flags = (file->flags & ~O_NONBLOCK) | (new->mq_flags &O_NONBLOCK);
	spin_unlock(&file->lock);
}

long sys_mq_getsetattr(int mqd, const struct mq_attr __user *uattr, struct mq_attr __user *uold)
{
	struct mq_attr attr, old;
	struct fd fd;
	bool found;

	if (uattr && copy_from_user(&attr, uattr, sizeof(attr)))
		return -EFAULT;
	if (uattr && attr.mq_flags & ~O_NONBLOCK)
		return -EINVAL;
	fd = fd_get(mqd);
	found = queue_of(fd, FMODE_READ | FMODE_WRITE);
	if (found)
		exchange_attr(fd.file, uattr ? &attr : NULL, &old);
	fd_put(fd);
	if (!found)
		return -EBADF;
	return uold && copy_to_user(uold, &old, sizeof(old)) ? -EFAULT : 0;
}
