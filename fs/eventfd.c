/* SPDX-License-Identifier: MIT */
/* eventfd(2): a counter to wait on. The wait queue's lock guards it. */
#include <fs/eventfd.h>
#include <fs/files.h>
#include <fs/poll.h>
#include <fs/seq_file.h>
#include <fs/uio.h>
#include <fs/vfs.h>
#include <kernel/sched.h>
#include <lib/err.h>
#include <mm/slab.h>
#include <uapi/eventfd.h>
#include <uapi/fcntl.h>

struct eventfd {
	wait_queue_head_t wait;
	u64 count;	/* wait.lock; the largest value is ~0 - 1 */
	bool semaphore; /* I */
};

static const struct file_operations eventfd_fops;

static u32 eventfd_poll(struct file *file, struct poll_table *table)
{
	struct eventfd *e = file->private;
	u32 mask = 0;
	u64 count;

	poll_wait(file, &e->wait, table);
	count = READ_ONCE(e->count);
	if (count > 0)
		mask |= EPOLLIN;
	if (count == ~0ull)
		mask |= EPOLLERR;
	if (count < ~0ull - 1)
		mask |= EPOLLOUT;
	return mask;
}

static ssize_t eventfd_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct eventfd *e = file->private;
	u64 value;
	int error = 0;

	if (to->count < sizeof(value))
		return -EINVAL;
	spin_lock_irq(&e->wait.lock);
	if (!e->count) {
		if (file->flags & O_NONBLOCK)
			error = -EAGAIN;
		else
			error = wait_event_interruptible_locked_irq(&e->wait, e->count);
	}
	if (error) {
		spin_unlock_irq(&e->wait.lock);
		return error;
	}
	value = e->semaphore ? 1 : e->count;
	e->count -= value;
	if (waitqueue_active(&e->wait))
		__wake_up_locked_key(&e->wait, WAKE_NORMAL, 1, (void *)(unsigned long)EPOLLOUT);
	spin_unlock_irq(&e->wait.lock);
	return copy_to_iter(&value, sizeof(value), to) == sizeof(value) ? (ssize_t)sizeof(value)
									: -EFAULT;
}

static ssize_t eventfd_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct eventfd *e = file->private;
	int error = 0;
	u64 value;

	if (from->count < sizeof(value))
		return -EINVAL;
	if (copy_from_iter(&value, sizeof(value), from) != sizeof(value))
		return -EFAULT;
	if (value == ~0ull)
		return -EINVAL;
	spin_lock_irq(&e->wait.lock);
	if (~0ull - e->count <= value) {
		if (file->flags & O_NONBLOCK)
			error = -EAGAIN;
		else
			error = wait_event_interruptible_locked_irq(&e->wait,
								    ~0ull - e->count > value);
	}
	if (!error) {
		e->count += value;
		if (waitqueue_active(&e->wait))
			__wake_up_locked_key(&e->wait, WAKE_NORMAL, 1,
					     (void *)(unsigned long)EPOLLIN);
	}
	spin_unlock_irq(&e->wait.lock);
	return error ?: (ssize_t)sizeof(value);
}

static void eventfd_release(struct inode *inode, struct file *file)
{
	struct eventfd *e = file->private;

	wake_up_poll(&e->wait, EPOLLHUP);
	kfree(e);
}

static void eventfd_fdinfo(struct seq_file *m, struct file *file)
{
	struct eventfd *e = file->private;

	seq_printf(m, "eventfd-count: %16llx\n", (unsigned long long)READ_ONCE(e->count));
}

static const struct file_operations eventfd_fops = {
	.read_iter = eventfd_read,
	.write_iter = eventfd_write,
	.poll = eventfd_poll,
	.release = eventfd_release,
	.show_fdinfo = eventfd_fdinfo,
	.llseek = noop_llseek,
};

void eventfd_signal(struct file *file, u64 n)
{
	struct eventfd *e = file->private;
	unsigned long flags;

	spin_lock_irqsave(&e->wait.lock, flags);
	e->count = ~0ull - e->count < n ? ~0ull : e->count + n;
	if (waitqueue_active(&e->wait))
		__wake_up_locked_key(&e->wait, WAKE_NORMAL, 1, (void *)(unsigned long)EPOLLIN);
	spin_unlock_irqrestore(&e->wait.lock, flags);
}

struct file *eventfd_fget(unsigned int fd)
{
	struct file *file = fget(fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->ops == &eventfd_fops)
		return file;
	fput(file);
	return ERR_PTR(-EINVAL);
}

long do_eventfd(unsigned int count, int flags)
{
	struct eventfd *e;
	int fd;

	if (flags & ~(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK))
		return -EINVAL;
	e = kmalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return -ENOMEM;
	init_waitqueue_head(&e->wait);
	e->count = count;
	e->semaphore = flags & EFD_SEMAPHORE;
	fd = anon_inode_fd("[eventfd]", &eventfd_fops, e,
			   O_RDWR | (flags & (O_NONBLOCK | O_CLOEXEC)));
	if (fd < 0)
		kfree(e);
	return fd;
}
