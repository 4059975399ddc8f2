/* SPDX-License-Identifier: MIT */
/* fcntl(2), the generic part of ioctl(2), and who is told of I/O by SIGIO. */
#include <fs/calls.h>
#include <fs/fasync.h>
#include <fs/files.h>
#include <fs/locks.h>
#include <fs/pipe.h>
#include <fs/tmpfs.h>
#include <fs/vfs.h>
#include <kernel/cred.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <lib/kernel.h>
#include <lib/list.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/fcntl.h>
#include <uapi/fs.h>
#include <uapi/ioctls.h>
#include <uapi/poll.h>
#include <uapi/signal.h>
#include <uapi/stat.h>

#include "internal.h"

#define SETFL_MASK	(O_APPEND | O_NONBLOCK | O_NDELAY | O_DIRECT | O_NOATIME | FASYNC)

/* --- flags --- */

static int set_async(unsigned int fd, struct file *file, bool on)
{
	if (!on == !(file->flags & FASYNC))
		return 0;
	return file->ops->fasync ? file->ops->fasync(fd, file, on) : 0;
}

static long set_flags(unsigned int fd, struct file *file, unsigned int flags)
{
	struct inode *inode = file->inode;
	int error;

	if (!(flags & O_APPEND) && (inode->flags & S_APPEND))
		return -EPERM;
	if ((flags & O_NOATIME) && !(file->flags & O_NOATIME) && !inode_owner_or_capable(inode))
		return -EPERM;
	if ((flags & O_DIRECT) && S_ISREG(inode->mode) &&
	    !(inode->sb->type->flags & FS_ALLOW_DIRECT))
		return -EINVAL;
	error = set_async(fd, file, flags & FASYNC);
	if (error < 0)
		return error;
	spin_lock(&file->lock);
	file->flags = (flags & SETFL_MASK) | (file->flags & ~SETFL_MASK);
	spin_unlock(&file->lock);
	return 0;
}

/* --- owners --- */

struct file_owner {
	spinlock_t lock;
	struct pid *pid; /* lock: with a reference; NULL: nobody */
	int type;	 /* lock: F_OWNER_* */
	u32 uid, euid;	 /* lock: of who set it */
	int signal;	 /* F_SETSIG; 0: SIGIO */
};

static struct file_owner *owner_of(struct file *file)
{
	struct file_owner *o = READ_ONCE(file->owner), *old = NULL;

	if (o)
		return o;
	o = kzalloc(sizeof(*o), GFP_KERNEL);
	if (!o)
		return NULL;
	spin_lock_init(&o->lock, LOCK_RANK_SOCKET + 1); /* within a list of fasync_tell */
	if (try_cmpxchg(&file->owner, &old, o))
		return o;
	kfree(o);
	return old;
}

void fcntl_free_owner(struct file *file)
{
	put_pid(file->owner->pid);
	kfree(file->owner);
	file->owner = NULL;
}

static void set_owner_pid(struct file_owner *o, struct pid *pid, int type)
{
	struct pid *old;
	unsigned long irq;

	spin_lock_irqsave(&o->lock, irq);
	old = o->pid;
	o->pid = pid;
	o->type = type;
	o->uid = current_cred()->uid;
	o->euid = current_cred()->euid;
	spin_unlock_irqrestore(&o->lock, irq);
	put_pid(old);
}

static long set_owner(struct file *file, int who, int type)
{
	struct file_owner *o = owner_of(file);
	struct pid *pid = NULL;

	if (!o)
		return -ENOMEM;
	if (who) {
		pid = find_get_pid(who);
		if (!pid)
			return -ESRCH;
	}
	set_owner_pid(o, pid, type);
	return 0;
}

long file_set_owner(struct file *file, int who)
{
	if (who == INT_MIN)
		return -EINVAL;
	return set_owner(file, who < 0 ? -who : who, who < 0 ? F_OWNER_PGRP : F_OWNER_PID);
}

static int get_owner(struct file *file, int *type)
{
	struct file_owner *o = READ_ONCE(file->owner);
	unsigned long irq;
	int who;

	*type = F_OWNER_PID;
	if (!o)
		return 0;
	spin_lock_irqsave(&o->lock, irq);
	who = pid_nr(o->pid);
	*type = o->type;
	spin_unlock_irqrestore(&o->lock, irq);
	return who;
}

static long owner_ex(struct file *file, unsigned int command, struct f_owner_ex __user *user)
{
	struct f_owner_ex ex;

	if (command == F_GETOWN_EX) {
		ex.pid = get_owner(file, &ex.type);
		return copy_to_user(user, &ex, sizeof(ex)) ? -EFAULT : 0;
	}
	if (copy_from_user(&ex, user, sizeof(ex)))
		return -EFAULT;
	if (ex.type != F_OWNER_TID && ex.type != F_OWNER_PID && ex.type != F_OWNER_PGRP)
		return -EINVAL;
	return set_owner(file, ex.pid, ex.type);
}

static bool may_signal(const struct file_owner *o, struct thread *t)
{
	const struct credentials *c = rcu_dereference(t->cred);

	return !o->euid || o->euid == c->suid || o->euid == c->uid || o->uid == c->suid ||
	       o->uid == c->uid;
}

static void signal_one(const struct file_owner *o, struct thread *t, int fd, int band, int sig)
{
	siginfo_t info = { .si_signo = sig, .si_code = POLL_IN };

	if (!may_signal(o, t))
		return;
	info.si_code = band & EPOLLIN ? POLL_IN : band & EPOLLOUT ? POLL_OUT : POLL_ERR;
	info.si_band = band;
	info.si_fd = fd;
	if (o->type == F_OWNER_TID)
		send_signal_thread(t, sig, o->signal ? &info : SEND_SIG_PRIV);
	else if (t->process)
		send_signal_process(t->process, sig, o->signal ? &info : SEND_SIG_PRIV);
}

/* Tells the file's owner; any context but NMI. */
void send_sigio(struct file *file, int fd, int band)
{
	struct file_owner *o = READ_ONCE(file->owner);
	struct file_owner copy;
	unsigned long irq;
	struct pid *pid;

	if (!o)
		return;
	spin_lock_irqsave(&o->lock, irq);
	copy = *o;
	pid = get_pid(o->pid);
	spin_unlock_irqrestore(&o->lock, irq);
	if (!pid)
		return;
	if (copy.type == F_OWNER_PGRP) {
		kill_pgrp(pid, copy.signal ?: SIGIO, SEND_SIG_PRIV);
	} else {
		struct thread *t;

		rcu_read_lock();
		t = READ_ONCE(pid->thread);
		if (t && refcount_inc_not_zero(&t->refs)) {
			signal_one(&copy, t, fd, band, copy.signal ?: SIGIO);
			put_thread(t);
		}
		rcu_read_unlock();
	}
	put_pid(pid);
}

/* --- lists of files that want SIGIO --- */

struct fasync_entry {
	struct list_head node; /* list->lock */
	struct file *file;
	int fd;
};

void fasync_list_init(struct fasync_list *list)
{
	spin_lock_init(&list->lock, LOCK_RANK_SOCKET);
	INIT_LIST_HEAD(&list->entries);
}

int fasync_change(struct fasync_list *list, int fd, struct file *file, bool on)
{
	struct fasync_entry *new = on ? kmalloc(sizeof(*new), GFP_KERNEL) : NULL, *e, *found = NULL;
	unsigned long irq;

	if (on && !new)
		return -ENOMEM;
	spin_lock_irqsave(&list->lock, irq);
	list_for_each_entry(e, &list->entries, node) {
		if (e->file == file) {
			found = e;
			break;
		}
	}
	if (on && found) {
		found->fd = fd;
		found = NULL;
	} else if (on) {
		new->file = file;
		new->fd = fd;
		list_add(&new->node, &list->entries);
		new = NULL;
	} else if (found) {
		list_del(&found->node);
	}
	spin_unlock_irqrestore(&list->lock, irq);
	kfree(found);
	kfree(new);
	return 0;
}

void fasync_tell(struct fasync_list *list, int band)
{
	struct fasync_entry *e;
	unsigned long irq;

	if (list_empty(&list->entries))
		return;
	spin_lock_irqsave(&list->lock, irq);
	list_for_each_entry(e, &list->entries, node)
		send_sigio(e->file, e->fd, band);
	spin_unlock_irqrestore(&list->lock, irq);
}

/* --- fcntl --- */

static long lock_command(unsigned int fd, struct file *file, unsigned int command,
			 struct flock __user *user)
{
	bool ofd = command == F_OFD_GETLK || command == F_OFD_SETLK || command == F_OFD_SETLKW;
	struct flock f;
	long error;

	if (copy_from_user(&f, user, sizeof(f)))
		return -EFAULT;
	if (command == F_GETLK || command == F_OFD_GETLK) {
		error = fcntl_getlk(file, &f, ofd);
		return error ?: copy_to_user(user, &f, sizeof(f)) ? -EFAULT : 0;
	}
	return fcntl_setlk(fd, file, &f, ofd, command == F_SETLKW || command == F_OFD_SETLKW);
}

static long path_command(unsigned int fd, struct file *file, unsigned int command,
			 unsigned long arg)
{
	switch (command) {
	case F_DUPFD: return do_dupfd(arg, file, 0);
	case F_DUPFD_CLOEXEC: return do_dupfd(arg, file, O_CLOEXEC);
	case F_GETFD: return fd_get_cloexec(fd) ? FD_CLOEXEC : 0;
	case F_SETFD: fd_set_cloexec(fd, arg & FD_CLOEXEC); return 0;
	case F_GETFL: return file->flags;
	default: return -EBADF;
	}
}

static long command_of(unsigned int fd, struct file *file, unsigned int command, unsigned long arg)
{
	int type, who;

	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
	case F_GETFD:
	case F_SETFD:
	case F_GETFL: return path_command(fd, file, command, arg);
	case F_SETFL: return set_flags(fd, file, arg);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW: return lock_command(fd, file, command, (struct flock __user *)arg);
	case F_GETOWN: who = get_owner(file, &type); return type == F_OWNER_PGRP ? -who : who;
	case F_SETOWN: return file_set_owner(file, arg);
	case F_GETOWN_EX:
	case F_SETOWN_EX: return owner_ex(file, command, (struct f_owner_ex __user *)arg);
	case F_GETSIG: return READ_ONCE(file->owner) ? file->owner->signal : 0;
	case F_SETSIG:
		if (arg > 64)
			return -EINVAL;
		if (!owner_of(file))
			return -ENOMEM;
		WRITE_ONCE(file->owner->signal, arg);
		return 0;
	case F_SETPIPE_SZ:
	case F_GETPIPE_SZ: return pipe_fcntl(file, command, arg);
	case F_ADD_SEALS:
	case F_GET_SEALS: return shmem_fcntl(file, command, arg);
	default: return -EINVAL;
	}
}

long do_fcntl(unsigned int nr, unsigned int command, unsigned long arg)
{
	struct fd fd = fd_get_raw(nr);
	long r;

	if (!fd.file)
		return -EBADF;
	if (unlikely(fd.file->mode & FMODE_PATH))
		r = path_command(nr, fd.file, command, arg);
	else
		r = command_of(nr, fd.file, command, arg);
	fd_put(fd);
	return r;
}

/* --- ioctl --- */

static long set_nonblock(struct file *file, int __user *user)
{
	int on;

	if (get_user(on, user))
		return -EFAULT;
	spin_lock(&file->lock);
	/* lint: uninitvar: get_user() sets it */
	file->flags = on ? file->flags | O_NONBLOCK : file->flags & ~O_NONBLOCK;
	spin_unlock(&file->lock);
	return 0;
}

static long ioctl_async(unsigned int fd, struct file *file, int __user *user)
{
	int on, error;

	if (get_user(on, user))
		return -EFAULT;
	if (!file->ops->fasync)
		/* lint: uninitvar: get_user() sets it */
		return on ? -ENOTTY : 0;
	error = set_async(fd, file, on);
	if (error < 0)
		return error;
	spin_lock(&file->lock);
	file->flags = on ? file->flags | FASYNC : file->flags & ~FASYNC;
	spin_unlock(&file->lock);
	return 0;
}

long do_ioctl(unsigned int nr, unsigned int command, unsigned long arg)
{
	struct fd fd = fd_get(nr);
	struct inode *inode;
	long r = -ENOIOCTLCMD;

	if (!fd.file)
		return -EBADF;
	inode = fd.file->inode;
	switch (command) {
	case FIOCLEX:
	case FIONCLEX:
		fd_set_cloexec(nr, command == FIOCLEX);
		r = 0;
		break;
	case FIONBIO: r = set_nonblock(fd.file, (int __user *)arg); break;
	case FIOASYNC: r = ioctl_async(nr, fd.file, (int __user *)arg); break;
	case FIOQSIZE:
		r = S_ISREG(inode->mode) || S_ISDIR(inode->mode) || S_ISLNK(inode->mode)
			    ? put_user((loff_t)inode->size, (loff_t __user *)arg)
			    : -ENOTTY;
		break;
	case FIONREAD:
		if (S_ISREG(inode->mode)) {
			r = put_user((int)(inode->size - fd.file->pos), (int __user *)arg);
			break;
		}
		fallthrough;
	default:
		if (fd.file->ops->ioctl)
			r = fd.file->ops->ioctl(fd.file, command, arg);
		break;
	}
	if (r == -ENOIOCTLCMD)
		r = -ENOTTY;
	fd_put(fd);
	return r;
}
