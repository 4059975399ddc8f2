// SPDX-License-Identifier: MIT
/*
 * Calls of programs for a driver's character device. The driver never waits: on -EAGAIN this file sleeps until the driver has said
 * that something changed. The count of events is read before the driver is asked, so that none between its answer and the sleep is lost.
 */
#include "internal.h"

#include <fs/poll.h>
#include <fs/uio.h>
#include <kernel/log.h>
#include <kernel/module.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/fcntl.h>

#define STACK_BUFFER	256u
#define LARGEST_CHUNK	(64u << 10)

/* ---- Around each call of the driver ---- */

int char_begin_call(struct char_file *file) __acquires(&file->lock)
{
	mutex_lock(&file->lock);
	current->char_call = file;
	if (file->died)
		return -EIO;
	return READ_ONCE(file->device->gone) ? -ENODEV : 0;
}

void char_end_call(struct char_file *file) __releases(&file->lock)
{
	current->char_call = NULL;
	mutex_unlock(&file->lock);
}

/* The call ended in an oops. Others have the file too, or take it away: they shall not wait for a lock that nobody gives back. */
/* lint: context: the call that ended took it */
void char_caller_died(struct thread *t)
{
	struct char_file *file = t->char_call;

	if (likely(!file))
		return;
	pr_err("%s: a call died in its driver, whose module stays in memory\n",
	       file->device->device.name);
	WRITE_ONCE(file->died, true);
	wake_up_all(&file->wait);
	char_end_call(file);
}

/* ---- Open and close ---- */

void char_file_put(struct char_file *file)
{
	struct char_device *cdev = file->device;
	bool last;

	spin_lock_irq(&cdev->files_lock);
	last = !--file->users;
	if (last)
		list_del(&file->node);
	spin_unlock_irq(&cdev->files_lock);
	if (!last)
		return;
	put_device(&cdev->device);
	kfree(file);
}

static int enlist(struct char_file *file)
{
	struct char_device *cdev = file->device;
	int error = 0;

	spin_lock_irq(&cdev->files_lock);
	if (cdev->ops.flags & CHAR_EXCLUSIVE && cdev->nr_open) {
		error = -EBUSY;
	} else {
		list_add_tail(&file->node, &cdev->files);
		cdev->nr_open++;
	}
	spin_unlock_irq(&cdev->files_lock);
	return error;
}

static void count_close(struct char_device *cdev)
{
	spin_lock_irq(&cdev->files_lock);
	cdev->nr_open--;
	spin_unlock_irq(&cdev->files_lock);
}

static int call_open(struct char_file *file)
{
	struct char_device *cdev = file->device;
	int error = char_begin_call(file);

	if (!error && cdev->ops.open)
		error = cdev->ops.open(file);
	file->opened = !error;
	char_end_call(file);
	return error;
}

/* With a reference of the module, which is the file's from here on. */
static int open_device(struct char_device *cdev, struct file *f)
{
	struct char_file *file = kzalloc(sizeof(*file), GFP_KERNEL);
	int error;

	if (!file) {
		module_put(cdev->module);
		return -ENOMEM;
	}
	file->device = cdev;
	file->mode = f->mode;
	file->users = 1;
	file->holds_module = true;
	mutex_init(&file->lock);
	init_waitqueue_head(&file->wait);
	error = enlist(file);
	if (error) {
		module_put(cdev->module);
		kfree(file);
		return error;
	}
	error = call_open(file);
	if (error) {
		char_file_put_module(file);
		count_close(cdev);
		get_device(&cdev->device); /* the caller drops its own */
		char_file_put(file);
		return error;
	}
	f->private = file;
	return 0;
}

static int char_open(struct inode *inode, struct file *f)
{
	struct char_device *cdev = char_find(inode->rdev);
	int error;

	if (!cdev)
		return -ENXIO;
	if (!try_module_get(cdev->module)) {
		put_device(&cdev->device);
		return -ENODEV;
	}
	if (!(cdev->ops.flags & CHAR_SEEKABLE))
		stream_open(inode, f);
	if (cdev->ops.map)
		f->ops = &char_mapped_fops;
	error = open_device(cdev, f);
	if (error)
		put_device(&cdev->device);
	return error;
}

/* Also of a device that is gone: that is what the driver is told by. */
void char_file_close(struct char_file *file)
{
	bool died = char_begin_call(file) == -EIO;

	if (!died && file->opened && file->device->ops.close)
		file->device->ops.close(file);
	file->opened = false;
	char_end_call(file);
}

/*
 * At the file's end or the device's, whichever is first: a program that keeps the file of a device that is gone keeps no module, which may even be freed
 * under it when its init has failed. A call that died keeps it for good: what the driver has begun nobody knows.
 */
void char_file_put_module(struct char_file *file)
{
	bool holds;

	mutex_lock(&file->lock);
	holds = file->holds_module && !file->died;
	file->holds_module &= file->died;
	mutex_unlock(&file->lock);
	if (holds)
		module_put(file->device->module);
}

static void char_release(struct inode *inode, struct file *f)
{
	struct char_file *file = f->private;

	char_caller_died(current); /* the end of its files may come first */
	char_file_close(file);
	char_file_put_module(file);
	count_close(file->device);
	char_file_put(file);
}

/* ---- Reading and writing ---- */

struct transfer {
	struct char_file *file;
	struct file *f;
	struct iov_iter *iter;
	u8 *buffer;
	size_t room; /* of the buffer */
	bool write;
};

/* Asks the driver once. */
static ssize_t call_driver(struct transfer *t, size_t length, u64 position)
{
	const struct char_operations *ops = &t->file->device->ops;
	ssize_t n = char_begin_call(t->file);

	if (!n && t->write)
		n = ops->write ? ops->write(t->file, t->buffer, length, position) : -EINVAL;
	else if (!n)
		n = ops->read ? ops->read(t->file, t->buffer, length, position) : -EINVAL;
	char_end_call(t->file);
	return n > (ssize_t)length ? -EIO : n;
}

/* The same, sleeping while the driver says -EAGAIN. */
static ssize_t move(struct transfer *t, size_t length, u64 position, bool may_wait)
{
	struct char_file *file = t->file;
	unsigned int seen;
	ssize_t n;
	int error;

	for (;;) {
		seen = __atomic_load_n(&file->ready_count, __ATOMIC_SEQ_CST);
		n = call_driver(t, length, position);
		if (n != -EAGAIN || !may_wait || t->f->flags & O_NONBLOCK)
			return n;
		error = wait_event_interruptible(&file->wait,
						 READ_ONCE(file->ready_count) != seen ||
							 READ_ONCE(file->device->gone) ||
							 READ_ONCE(file->died));
		if (error)
			return error;
	}
}

static ssize_t read_chunk(struct transfer *t, u64 position, bool may_wait)
{
	size_t wanted = min(t->iter->count, t->room);
	ssize_t n = move(t, wanted, position, may_wait);

	if (n > 0 && copy_to_iter(t->buffer, n, t->iter) < (size_t)n)
		return -EFAULT;
	return n;
}

static ssize_t write_chunk(struct transfer *t, u64 position, bool may_wait)
{
	size_t length = copy_from_iter(t->buffer, min(t->iter->count, t->room), t->iter);
	ssize_t n;

	if (!length)
		return -EFAULT;
	n = move(t, length, position, may_wait);
	iov_iter_revert(t->iter, length - max(n, (ssize_t)0));
	return n;
}

/* Chunk by chunk; only the first one waits, a short one ends the call. */
static ssize_t transfer(struct transfer *t, loff_t *pos)
{
	ssize_t done = 0, n;
	size_t wanted;

	do {
		wanted = min(t->iter->count, t->room);
		n = t->write ? write_chunk(t, *pos, !done) : read_chunk(t, *pos, !done);
		if (n <= 0)
			break;
		*pos += n;
		done += n;
	} while (n == (ssize_t)wanted && t->iter->count);
	return done ?: n;
}

static ssize_t char_io(struct file *f, struct iov_iter *iter, loff_t *pos, bool write)
{
	struct transfer t = { .file = f->private, .f = f, .iter = iter, .write = write };
	u8 small[STACK_BUFFER];
	ssize_t n;

	if (!iter->count)
		return 0;
	t.room = clamp(iter->count, (size_t)STACK_BUFFER, (size_t)LARGEST_CHUNK);
	t.buffer = t.room == STACK_BUFFER ? small : kvzalloc(t.room, GFP_KERNEL);
	if (!t.buffer)
		return -ENOMEM;
	if (t.buffer == small)
		/* a driver that claims more than it wrote shows no stack */
		memset(small, 0, sizeof(small));
	n = transfer(&t, pos);
	if (t.buffer != small)
		kvfree(t.buffer);
	return n;
}

static ssize_t char_read_iter(struct file *f, struct iov_iter *to, loff_t *pos)
{
	return char_io(f, to, pos, false);
}

static ssize_t char_write_iter(struct file *f, struct iov_iter *from, loff_t *pos)
{
	return char_io(f, from, pos, true);
}

static loff_t char_llseek(struct file *f, loff_t offset, int whence)
{
	struct char_file *file = f->private;

	return file->device->ops.flags & CHAR_SEEKABLE ? generic_file_llseek(f, offset, whence)
						       : -ESPIPE;
}

static u32 char_poll(struct file *f, struct poll_table *table)
{
	struct char_file *file = f->private;
	struct char_device *cdev = file->device;
	u32 mask = EPOLLIN | EPOLLOUT;

	poll_wait(f, &file->wait, table);
	if (char_begin_call(file))
		mask = EPOLLERR | EPOLLHUP;
	else if (cdev->ops.poll)
		mask = cdev->ops.poll(file);
	char_end_call(file);
	return mask | (mask & EPOLLIN ? EPOLLRDNORM : 0) | (mask & EPOLLOUT ? EPOLLWRNORM : 0);
}

/* ---- Commands ---- */

static s64 run_command(struct char_file *file, const struct char_command *c, void *argument,
		       u64 value)
{
	s64 result = char_begin_call(file);

	if (!result)
		result = c->run(file, argument, value);
	char_end_call(file);
	return result;
}

static long command(struct char_file *file, const struct char_command *c, unsigned long arg)
{
	size_t size = max(c->bytes_in, c->bytes_out);
	void *buffer;
	s64 result;

	if (!size)
		return run_command(file, c, NULL, arg);
	buffer = kzalloc(size, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	if (copy_from_user(buffer, (const void __user *)arg, c->bytes_in)) {
		result = -EFAULT;
	} else {
		result = likely(!c->nr_nested) ? run_command(file, c, buffer, 0)
					       : char_run_nested(file, c, buffer);
		if (result >= 0 && copy_to_user((void __user *)arg, buffer, c->bytes_out))
			result = -EFAULT;
	}
	kfree(buffer);
	return result;
}

static long char_ioctl(struct file *f, unsigned int number, unsigned long arg)
{
	struct char_file *file = f->private;
	const struct char_device *cdev = file->device;

	if (READ_ONCE(cdev->gone))
		return -ENODEV;
	for (u32 i = 0; i < cdev->ops.nr_commands; i++)
		if (cdev->commands[i].command == number)
			return command(file, &cdev->commands[i], arg);
	return -ENOTTY;
}

#define OPERATIONS						\
	.llseek = char_llseek, .read_iter = char_read_iter,	\
	.write_iter = char_write_iter, .poll = char_poll,	\
	.ioctl = char_ioctl, .open = char_open,			\
	.release = char_release

const struct file_operations char_fops = { OPERATIONS };
/* Of devices that show something to mmap. */
const struct file_operations char_mapped_fops = {
	OPERATIONS,
	.mmap_prepare = char_mmap_prepare,
	.mmap_cancel = char_mmap_cancel,
	.mmap = char_mmap,
};

/* ---- What drivers ask about an open file ---- */

struct char_device *char_file_device(const struct char_file *file)
{
	return file->device;
}

void char_file_set_data(struct char_file *file, void *data)
{
	file->data = data;
}

void *char_file_data(const struct char_file *file)
{
	return file->data;
}

bool char_file_readable(const struct char_file *file)
{
	return file->mode & FMODE_READ;
}

bool char_file_writable(const struct char_file *file)
{
	return file->mode & FMODE_WRITE;
}

EXPORT_KIT(char_register, 0, 1);
EXPORT_KIT(char_unregister, 0, 1);
EXPORT_KIT(char_ready, 0, 1);
EXPORT_KIT(char_file_ready, 0, 1);
EXPORT_KIT(char_data, 0, 1);
EXPORT_KIT(char_file_device, 0, 1);
EXPORT_KIT(char_file_set_data, 0, 1);
EXPORT_KIT(char_file_data, 0, 1);
EXPORT_KIT(char_file_readable, 0, 1);
EXPORT_KIT(char_file_writable, 0, 1);
