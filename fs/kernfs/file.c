/* SPDX-License-Identifier: MIT */
/*
 * Open files of kernfs. Each call goes through here, holds the node active and then calls the owner's operation. What is open when the node is
 * removed gets its release there and then; later calls answer ENODEV.
 */
#include <fs/calls.h>
#include <fs/poll.h>
#include <fs/uio.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <uapi/fcntl.h>

#include "internal.h"

struct kernfs_opener {
	struct list_head node; /* open_lock */
	struct file *file;
	bool released; /* open_lock: the owner's release was called */
};

static DEFINE_MUTEX(open_lock);

static struct kernfs_node *node_of(struct file *file) { return file->inode->private; }

static struct kernfs_node *enter(struct file *file)
{
	struct kernfs_node *node = node_of(file);

	return kernfs_get_active(node) ? node : NULL;
}

static int file_open(struct inode *inode, struct file *file)
{
	struct kernfs_node *node = inode->private;
	const struct file_operations *ops = node->ops;
	struct kernfs_opener *o;
	int error = 0;

	if ((file->mode & FMODE_WRITE) && !ops->write_iter && !(node->mode & 0222))
		return -EACCES;
	o = kmalloc(sizeof(*o), GFP_KERNEL);
	if (!o)
		return -ENOMEM;
	o->file = file;
	o->released = false;
	if (!kernfs_get_active(node)) {
		kfree(o);
		return -ENODEV;
	}
	if (ops->open)
		error = ops->open(inode, file);
	if (!error) {
		mutex_lock(&open_lock);
		list_add(&o->node, &node->openers);
		mutex_unlock(&open_lock);
		if (!ops->llseek)
			file->mode &= ~FMODE_LSEEK;
	} else {
		kfree(o);
	}
	kernfs_put_active(node);
	return error;
}

static void release_locked(struct kernfs_node *node, struct kernfs_opener *o)
{
	if (o->released)
		return;
	o->released = true;
	if (node->ops->release)
		node->ops->release(o->file->inode, o->file);
}

/* The node is inactive, nobody is inside. */
void kernfs_drain_openers(struct kernfs_node *node)
{
	struct kernfs_opener *o;

	if (node->type != KERNFS_FILE)
		return;
	mutex_lock(&open_lock);
	list_for_each_entry(o, &node->openers, node)
		release_locked(node, o);
	mutex_unlock(&open_lock);
}

static void file_release(struct inode *inode, struct file *file)
{
	struct kernfs_node *node = inode->private;
	struct kernfs_opener *o, *tmp;

	mutex_lock(&open_lock);
	list_for_each_entry_safe(o, tmp, &node->openers, node) {
		if (o->file != file)
			continue;
		list_del(&o->node);
		release_locked(node, o);
		kfree(o);
		break;
	}
	mutex_unlock(&open_lock);
}

static ssize_t file_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct kernfs_node *node = enter(file);
	ssize_t n = -ENODEV;

	if (node) {
		n = node->ops->read_iter ? node->ops->read_iter(file, to, pos) : -EINVAL;
		kernfs_put_active(node);
	}
	return n;
}

static ssize_t file_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct kernfs_node *node = enter(file);
	ssize_t n = -ENODEV;

	if (node) {
		n = node->ops->write_iter ? node->ops->write_iter(file, from, pos) : -EINVAL;
		kernfs_put_active(node);
	}
	return n;
}

static u32 file_poll(struct file *file, struct poll_table *table)
{
	struct kernfs_node *node = enter(file);
	u32 mask = EPOLLERR | EPOLLPRI | EPOLLHUP;

	if (node) {
		mask = node->ops->poll ? node->ops->poll(file, table)
				       : EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM;
		kernfs_put_active(node);
	}
	return mask;
}

static long file_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	struct kernfs_node *node = enter(file);
	long r = -ENODEV;

	if (node) {
		r = node->ops->ioctl ? node->ops->ioctl(file, command, arg) : -ENOIOCTLCMD;
		kernfs_put_active(node);
	}
	return r;
}

static int file_mmap(struct file *file, struct vma *vma)
{
	struct kernfs_node *node = enter(file);
	int r = -ENODEV;

	if (node) {
		r = node->ops->mmap ? node->ops->mmap(file, vma) : -ENODEV;
		kernfs_put_active(node);
	}
	return r;
}

static loff_t file_llseek(struct file *file, loff_t offset, int whence)
{
	struct kernfs_node *node = enter(file);
	loff_t r = -ENODEV;

	if (node) {
		r = node->ops->llseek ? node->ops->llseek(file, offset, whence) : -ESPIPE;
		kernfs_put_active(node);
	}
	return r;
}

static int file_splice_wait(struct file *file, bool nonblock)
{
	struct kernfs_node *node = enter(file);
	int r = -ENODEV;

	if (node) {
		r = node->ops->splice_wait ? node->ops->splice_wait(file, nonblock) : 0;
		kernfs_put_active(node);
	}
	return r;
}

const struct file_operations kernfs_file_operations = {
	.open = file_open,
	.release = file_release,
	.read_iter = file_read,
	.write_iter = file_write,
	.poll = file_poll,
	.ioctl = file_ioctl,
	.mmap = file_mmap,
	.llseek = file_llseek,
	.splice_wait = file_splice_wait,
	.fsync = noop_fsync,
};
