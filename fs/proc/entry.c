/* SPDX-License-Identifier: MIT */
/* Entries that subsystems add. */
#include <fs/seq_file.h>
#include <fs/uio.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/space.h>

#include "internal.h"

/* What a node carries: who registered it looks at private alone. */
struct proc_data {
	int (*show)(struct seq_file *m, void *v);
	const struct seq_operations *seq;
	void *private;
};

static struct proc_data *data_of(const struct inode *inode)
{
	return inode_kernfs(inode)->private;
}

void *proc_private(const struct inode *inode)
{
	return data_of(inode)->private;
}

static int single_entry_open(struct inode *inode, struct file *file)
{
	struct proc_data *d = data_of(inode);

	return single_open(file, d->show, d->private);
}

static const struct file_operations single_entry_fops = {
	.open = single_entry_open,
	.read_iter = seq_read_iter,
	.llseek = seq_lseek,
	.release = single_release,
};

static int seq_entry_open(struct inode *inode, struct file *file)
{
	struct proc_data *d = data_of(inode);
	int error = seq_open(file, d->seq);

	if (!error)
		((struct seq_file *)file->private)->private = d->private;
	return error;
}

static const struct file_operations seq_entry_fops = {
	.open = seq_entry_open,
	.read_iter = seq_read_iter,
	.llseek = seq_lseek,
	.release = seq_release,
};

static void free_data(struct kernfs_node *node)
{
	kfree(node->private);
}

/* The folder of path, made as needed; *name is the last part. With a reference. */
static struct kernfs_node *folder_of(const char *path, const char **name)
{
	struct kernfs_node *dir = proc_root_node, *next;
	const char *slash;

	kernfs_get(dir);
	while ((slash = strchr(path, '/'))) {
		char *part = kstrndup(path, slash - path, GFP_KERNEL);

		if (!part) {
			kernfs_put(dir);
			return NULL;
		}
		next = kernfs_find_get(dir, part);
		if (!next) {
			next = kernfs_create_dir(dir, part, 0555, NULL);
			if (IS_ERR(next))
				/* somebody else was quicker */
				next = kernfs_find_get(dir, part);
			else
				kernfs_get(next);
		}
		kfree(part);
		kernfs_put(dir);
		if (!next)
			return NULL;
		dir = next;
		path = slash + 1;
	}
	*name = path;
	return dir;
}

static struct proc_entry *create(const char *path, u32 mode, const struct file_operations *ops,
				 const struct proc_data *data)
{
	struct proc_data *d = kmemdup(data, sizeof(*data), GFP_KERNEL);
	struct kernfs_node *dir, *node;
	const char *name;

	if (!d)
		return NULL;
	dir = folder_of(path, &name);
	node = dir ? kernfs_create_file(dir, name, mode ?: 0444, 0, ops, d) : ERR_PTR(-ENOMEM);
	if (dir)
		kernfs_put(dir);
	if (IS_ERR(node)) {
		kfree(d);
		return NULL;
	}
	node->free = free_data;
	return (struct proc_entry *)node;
}

struct proc_entry *proc_create(const char *path, u32 mode, const struct file_operations *ops,
			       void *private)
{
	return create(path, mode, ops, &(struct proc_data){ .private = private });
}

struct proc_entry *proc_create_single(const char *path, u32 mode,
				      int (*show)(struct seq_file *m, void *v), void *private)
{
	return create(path, mode, &single_entry_fops,
		      &(struct proc_data){ .show = show, .private = private });
}

struct proc_entry *proc_create_seq(const char *path, u32 mode, const struct seq_operations *ops,
				   void *private)
{
	return create(path, mode, &seq_entry_fops,
		      &(struct proc_data){ .seq = ops, .private = private });
}

struct proc_entry *proc_mkdir(const char *path)
{
	const char *name;
	struct kernfs_node *dir = folder_of(path, &name), *node;

	if (!dir)
		return NULL;
	node = kernfs_create_dir(dir, name, 0555, NULL);
	kernfs_put(dir);
	return IS_ERR(node) ? NULL : (struct proc_entry *)node;
}

struct proc_entry *proc_symlink(const char *path, const char *target)
{
	const char *name;
	struct kernfs_node *dir = folder_of(path, &name), *node;

	if (!dir)
		return NULL;
	node = kernfs_create_text_link(dir, name, target);
	kernfs_put(dir);
	return IS_ERR(node) ? NULL : (struct proc_entry *)node;
}

void proc_remove(struct proc_entry *entry)
{
	kernfs_remove((struct kernfs_node *)entry);
}
