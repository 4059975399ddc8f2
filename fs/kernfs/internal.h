/* SPDX-License-Identifier: MIT */
#ifndef FS_KERNFS_INTERNAL_H
#define FS_KERNFS_INTERNAL_H

#include <fs/kernfs.h>

#include "../internal.h"

extern struct rw_semaphore kernfs_lock; /* the trees: names, parents, children */

/* kernfs_lock */
struct kernfs_node *kernfs_child(struct kernfs_node *dir, const char *name, size_t len);
struct inode *kernfs_inode(struct super_block *sb, struct kernfs_node *node);
void kernfs_drain_openers(struct kernfs_node *node);

extern const struct inode_operations kernfs_dir_inode_operations, kernfs_file_inode_operations,
	kernfs_link_inode_operations;
extern const struct file_operations kernfs_dir_operations, kernfs_file_operations;
extern const struct dentry_operations kernfs_dentry_operations;

#endif
