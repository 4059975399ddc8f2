/* SPDX-License-Identifier: MIT */
/*
 * Character devices: ranges of device numbers and the operations behind them.
 *
 * Ranges stand in a tree by their first number. Opening a node finds its range under RCU, counts an opener so that the range cannot go, and
 * puts the device's operations into the file. Unregistering hides the range and waits for the opens that are under way; what is open by
 * then is its owner's to cope with (the device core and the kit do).
 */
#include <fs/chrdev.h>
#include <fs/seq_file.h>
#include <fs/vfs.h>
#include <kernel/wait.h>
#include <lib/printf.h>
#include <lib/rbtree.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/stat.h>

#include "internal.h"

struct chrdev {
	struct rb_node node;		   /* chrdev_lock */
	u64 first, end;			   /* I */
	const char *name;		   /* I */
	const struct file_operations *ops; /* I */
	void *private;			   /* I */
	atomic_t opening;
	bool gone; /* chrdev_lock */
};

static DEFINE_SPINLOCK(chrdev_lock, LOCK_RANK_DEVICE);
static struct rb_root chrdevs = RB_ROOT; /* chrdev_lock */
static DECLARE_WAIT_QUEUE_HEAD(chrdev_wait);
/* Autoload: asked when a node without a driver is opened; 0: try again. */
int (*chrdev_request_module)(unsigned int major, unsigned int minor);

static struct chrdev *find(u64 dev)
{
	struct rb_node *n = chrdevs.rb_node;

	while (n) {
		struct chrdev *c = rb_entry(n, struct chrdev, node);

		if (dev < c->first)
			n = n->rb_left;
		else if (dev >= c->end)
			n = n->rb_right;
		else
			return c;
	}
	return NULL;
}

static struct chrdev *find_get(dev_t_kernel dev)
{
	struct chrdev *c;

	spin_lock(&chrdev_lock);
	c = find(dev);
	if (c)
		atomic_inc(&c->opening);
	spin_unlock(&chrdev_lock);
	return c;
}

static void put(struct chrdev *c)
{
	if (atomic_dec_and_test(&c->opening))
		wake_up_all(&chrdev_wait);
}

static int insert(struct chrdev *new)
{
	struct rb_node **p = &chrdevs.rb_node, *parent = NULL;

	while (*p) {
		struct chrdev *c = rb_entry(*p, struct chrdev, node);

		parent = *p;
		if (new->end <= c->first)
			p = &parent->rb_left;
		else if (new->first >= c->end)
			p = &parent->rb_right;
		else
			return -EBUSY;
	}
	rb_link_node(&new->node, parent, p);
	rb_insert_color(&new->node, &chrdevs);
	return 0;
}

int register_chrdev_ops(dev_t_kernel first, unsigned int count, const char *name,
			const struct file_operations *ops, void *private)
{
	struct chrdev *c;
	int error;

	if (!count || (u64)first + count > 1ull << 32)
		return -EINVAL;
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	*c = (struct chrdev){
		.first = first, .end = (u64)first + count, .ops = ops, .private = private
	};
	c->name = kstrdup(name, GFP_KERNEL);
	error = -ENOMEM;
	if (c->name) {
		spin_lock(&chrdev_lock);
		error = insert(c);
		spin_unlock(&chrdev_lock);
	}
	if (error) {
		kfree(c->name);
		kfree(c);
	}
	return error;
}

void unregister_chrdev_ops(dev_t_kernel first, unsigned int count)
{
	struct chrdev *c;

	spin_lock(&chrdev_lock);
	c = find(first);
	if (c && c->first == first)
		rb_erase(&c->node, &chrdevs);
	else
		c = NULL;
	spin_unlock(&chrdev_lock);
	if (!c)
		return;
	wait_event(&chrdev_wait, !atomic_read(&c->opening));
	kfree(c->name);
	kfree(c);
}

/* A major number that nobody has, from 254 down to 234 and then from 511 down, as Linux gives them out. */
int alloc_chrdev_major(void)
{
	int major = -EBUSY;

	spin_lock(&chrdev_lock);
	for (int m = 254; m > 0; m = m == 234 ? 511 : m - 1) {
		bool used = false;

		if (m == 383)
			break;
		for (struct rb_node *n = rb_first(&chrdevs); n && !used; n = rb_next(n)) {
			struct chrdev *c = rb_entry(n, struct chrdev, node);

			used = MAJOR(c->first) <= (u32)m && MAJOR(c->end - 1) >= (u32)m;
		}
		if (!used) {
			major = m;
			break;
		}
	}
	spin_unlock(&chrdev_lock);
	return major;
}

static int chrdev_open(struct inode *inode, struct file *file)
{
	struct chrdev *c = find_get(inode->rdev);
	int error = 0;

	if (!c && chrdev_request_module &&
	    !chrdev_request_module(MAJOR(inode->rdev), MINOR(inode->rdev)))
		c = find_get(inode->rdev);
	if (!c)
		return -ENXIO;
	file->ops = c->ops;
	if (c->ops->open)
		error = c->ops->open(inode, file);
	put(c);
	return error;
}

const struct file_operations def_chr_fops = { .open = chrdev_open, .llseek = noop_llseek };

void *chrdev_private(const struct inode *inode)
{
	void *private = NULL;
	struct chrdev *c;

	spin_lock(&chrdev_lock);
	c = find(inode->rdev);
	if (c)
	private = c->private;
	spin_unlock(&chrdev_lock);
	return private;
}

/* /proc/devices: one line for each major and name. */
void chrdev_show(struct seq_file *m)
{
	u32 last_major = ~0u;
	const char *last_name = "";

	spin_lock(&chrdev_lock);
	for (struct rb_node *n = rb_first(&chrdevs); n; n = rb_next(n)) {
		struct chrdev *c = rb_entry(n, struct chrdev, node);

		if (MAJOR(c->first) == last_major && !strcmp(c->name, last_name))
			continue;
		last_major = MAJOR(c->first);
		last_name = c->name;
		seq_printf(m, "%3u %s\n", last_major, c->name);
	}
	spin_unlock(&chrdev_lock);
}
