/* SPDX-License-Identifier: MIT */
/*
 * Attributes. An open file of a text attribute keeps a page: the first read at position 0 fills it by show(), later reads take from it, so
 * that short reads see one consistent text.
 */
#include <fs/calls.h>
#include <fs/poll.h>
#include <fs/sysfs.h>
#include <fs/uio.h>
#include <kernel/wait.h>
#include <lib/kernel.h>
#include <lib/list.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <uapi/fcntl.h>
#include <uapi/fs.h>

#include "internal.h"

/* What sysfs_notify wakes; made by the first poll of a node, kept as long as the attribute. */
struct attribute_events {
	atomic_t count;
	wait_queue_head_t wait;
};

/* Between the node and the caller's attribute, which it must not be changed for. */
struct attribute_node {
	const struct sysfs_attribute *text;
	const struct sysfs_bin_attribute *bin;
	struct attribute_events events;
};

struct open_attribute {
	struct mutex lock;
	char *page;  /* lock; PAGE_SIZE + 1 */
	ssize_t len; /* lock; -1: show() must be asked */
	int seen;    /* lock: events.count when it was shown */
};

static struct attribute_node *attribute_of(const struct file *file) { return inode_kernfs(file->inode)->private; }
static void *object_of(const struct file *file) { return inode_kernfs(file->inode)->parent->private; }

/* What nobody may do by its mode, root may not either: a driver does not expect it. */
static bool may_open(const struct attribute_node *a, u16 mode, const struct file *file)
{
	bool can_read = a->text ? a->text->show != NULL : a->bin->read || a->bin->mmap;
	bool can_write = a->text ? a->text->store != NULL : a->bin->write || a->bin->mmap;

	if ((file->mode & FMODE_READ) && (!(mode & 0444) || !can_read))
		return false;
	return !(file->mode & FMODE_WRITE) || ((mode & 0222) && can_write);
}

static int attribute_open(struct inode *inode, struct file *file)
{
	struct attribute_node *a = inode_kernfs(inode)->private;
	struct open_attribute *o;

	if (!may_open(a, inode->mode, file))
		return -EACCES;
	o = kzalloc(sizeof(*o), GFP_KERNEL);
	if (!o)
		return -ENOMEM;
	mutex_init(&o->lock);
	o->len = -1;
	o->seen = atomic_read(&a->events.count);
	file->private = o;
	return 0;
}

static void attribute_release(struct inode *inode, struct file *file)
{
	struct open_attribute *o = file->private;

	kfree(o->page);
	kfree(o);
}

/* lock held */
static int get_page_locked(struct open_attribute *o)
{
	if (!o->page)
		o->page = kmalloc(PAGE_SIZE + 1, GFP_KERNEL);
	return o->page ? 0 : -ENOMEM;
}

static ssize_t text_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct open_attribute *o = file->private;
	struct attribute_node *a = attribute_of(file);
	ssize_t n;

	mutex_lock(&o->lock);
	n = get_page_locked(o);
	if (!n && (o->len < 0 || !*pos)) {
		o->seen = atomic_read(&a->events.count);
		n = a->text->show(object_of(file), a->text, o->page);
		if (n >= (ssize_t)PAGE_SIZE)
			n = PAGE_SIZE - 1;
		if (n >= 0) {
			o->len = n;
			n = 0;
		}
	}
	if (!n && *pos < o->len) {
		size_t want = min((size_t)(o->len - *pos), to->count);

		n = copy_to_iter(o->page + *pos, want, to);
		if (!n && want)
			n = -EFAULT;
		else
			*pos += n;
	}
	mutex_unlock(&o->lock);
	return n;
}

static ssize_t text_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct attribute_node *a = attribute_of(file);
	size_t count = min(from->count, (size_t)PAGE_SIZE - 1);
	char *text = kmalloc(count + 1, GFP_KERNEL);
	ssize_t n;

	if (!text)
		return -ENOMEM;
	n = -EFAULT;
	if (copy_from_iter(text, count, from) == count) {
		text[count] = 0;
		n = a->text->store(object_of(file), a->text, text, count);
		if (n > 0)
			*pos += n;
	}
	kfree(text);
	return n;
}

static u32 text_poll(struct file *file, struct poll_table *table)
{
	struct open_attribute *o = file->private;
	struct attribute_node *a = attribute_of(file);
	u32 mask = EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM;

	poll_wait(file, &a->events.wait, table);
	if (o->seen != atomic_read(&a->events.count))
		mask |= EPOLLERR | EPOLLPRI;
	return mask;
}

static loff_t text_llseek(struct file *file, loff_t offset, int whence)
{
	return generic_file_llseek_size(file, offset, whence, S64_MAX, PAGE_SIZE);
}

const struct file_operations sysfs_file_operations = {
	.open = attribute_open,
	.release = attribute_release,
	.read_iter = text_read,
	.write_iter = text_write,
	.poll = text_poll,
	.llseek = text_llseek,
};

/* --- binary --- */

static ssize_t bin_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	const struct sysfs_bin_attribute *b = attribute_of(file)->bin;
	size_t count = min(to->count, (size_t)PAGE_SIZE);
	char *buf;
	ssize_t n;

	if (!b->read)
		return -EIO;
	if (b->size) {
		if (*pos >= b->size)
			return 0;
		count = min(count, (size_t)(b->size - *pos));
	}
	buf = kmalloc(count ?: 1, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	n = b->read(object_of(file), b, buf, *pos, count);
	if (n > 0) {
		n = copy_to_iter(buf, n, to) ?: -EFAULT;
		if (n > 0)
			*pos += n;
	}
	kfree(buf);
	return n;
}

static ssize_t bin_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	const struct sysfs_bin_attribute *b = attribute_of(file)->bin;
	size_t count = min(from->count, (size_t)PAGE_SIZE);
	char *buf;
	ssize_t n;

	if (!b->write)
		return -EIO;
	if (b->size) {
		if (*pos >= b->size)
			return -EFBIG;
		count = min(count, (size_t)(b->size - *pos));
	}
	buf = kmalloc(count ?: 1, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	n = -EFAULT;
	if (copy_from_iter(buf, count, from) == count) {
		n = b->write(object_of(file), b, buf, *pos, count);
		if (n > 0)
			*pos += n;
	}
	kfree(buf);
	return n;
}

static int bin_mmap(struct file *file, struct vma *vma)
{
	const struct sysfs_bin_attribute *b = attribute_of(file)->bin;

	return b->mmap ? b->mmap(object_of(file), b, file, vma) : -ENODEV;
}

static loff_t bin_llseek(struct file *file, loff_t offset, int whence)
{
	return generic_file_llseek_size(file, offset, whence, S64_MAX,
					attribute_of(file)->bin->size);
}

const struct file_operations sysfs_bin_operations = {
	.open = attribute_open,
	.release = attribute_release,
	.read_iter = bin_read,
	.write_iter = bin_write,
	.mmap = bin_mmap,
	.llseek = bin_llseek,
};

/* --- making --- */

static void free_attribute(struct kernfs_node *node)
{
	kfree(node->private);
}

static int create(sysfs_dir_t *dir, const char *name, u16 mode, loff_t size,
		  const struct file_operations *ops, const struct sysfs_attribute *text,
		  const struct sysfs_bin_attribute *bin)
{
	struct attribute_node *a = kzalloc(sizeof(*a), GFP_KERNEL);
	struct kernfs_node *node;

	if (!a)
		return -ENOMEM;
	a->text = text;
	a->bin = bin;
	init_waitqueue_head(&a->events.wait);
	node = kernfs_create_file(dir ?: sysfs_root, name, mode, size, ops, a);
	if (IS_ERR(node)) {
		kfree(a);
		return PTR_ERR(node);
	}
	node->free = free_attribute;
	return 0;
}

int sysfs_create_file(sysfs_dir_t *dir, const struct sysfs_attribute *attr)
{
	return create(dir, attr->name, attr->mode, PAGE_SIZE, &sysfs_file_operations, attr, NULL);
}

int sysfs_create_files(sysfs_dir_t *dir, const struct sysfs_attribute *const *attrs)
{
	for (unsigned int i = 0; attrs[i]; i++) {
		int error = sysfs_create_file(dir, attrs[i]);

		if (error) {
			while (i--)
				sysfs_remove_file(dir, attrs[i]->name);
			return error;
		}
	}
	return 0;
}

int sysfs_create_bin_file(sysfs_dir_t *dir, const struct sysfs_bin_attribute *attr)
{
	return create(dir, attr->name, attr->mode, attr->size, &sysfs_bin_operations, NULL, attr);
}

void sysfs_notify(sysfs_dir_t *dir, const char *attribute)
{
	struct kernfs_node *node = kernfs_find_get(dir ?: sysfs_root, attribute);

	if (!node)
		return;
	if (node->type == KERNFS_FILE && kernfs_get_active(node)) {
		struct attribute_node *a = node->private;

		atomic_inc(&a->events.count);
		wake_up_interruptible_poll(&a->events.wait, EPOLLERR | EPOLLPRI);
		kernfs_put_active(node);
	}
	kernfs_put(node);
}

int sysfs_emit_at(char *buf, int at, const char *fmt, ...)
{
	va_list args;
	int n;

	if (at < 0 || at >= (int)PAGE_SIZE)
		return 0;
	va_start(args, fmt);
	n = vscnprintf(buf + at, PAGE_SIZE - at, fmt, args);
	va_end(args);
	return n;
}

int sysfs_emit(char *buf, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vscnprintf(buf, PAGE_SIZE, fmt, args);
	va_end(args);
	return n;
}
