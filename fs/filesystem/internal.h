/* SPDX-License-Identifier: MIT */
/*
 * The filesystem class: between the VFS and a driver of kit/filesystem.h.
 *
 *	class.c		registration, mounting, cached blocks
 *	inode.c		inodes: attributes, extents, eviction
 *	names.c		directories
 *	file.c		reading and writing
 *
 * Every change of an inode's attributes is handed to the driver at once, which puts it into a cached block: so there is no list of dirty inodes,
 * and write-back of the device writes them. Lock order: VFS locks (see fs/vfs.h), page lock, class_inode.map_lock, the driver's own.
 */
#ifndef FS_FILESYSTEM_INTERNAL_H
#define FS_FILESYSTEM_INTERNAL_H

#include <drivers/block.h>
#include <fs/calls.h>
#include <fs/extent.h>
#include <fs/vfs.h>
#include <kernel/module.h>
#include <kernel/sched.h>
#include <kit/filesystem.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/page.h>
#include <mm/slab.h>

#include "../internal.h"

struct filesystem_class {
	struct file_system_type type;
	struct filesystem_operations ops; /* a copy */
	struct owned_resource resource;
	char name[];
};

struct filesystem_mount {
	struct super_block *sb;
	const struct filesystem_operations *ops;
	struct filesystem_info info;
	bool live; /* the driver's mount succeeded */
};

struct class_inode {
	struct inode inode;
	/* map of this inode: shared for reading, exclusive for allocation, truncate and write_inode */
	struct rw_semaphore map_lock;
};

static inline struct filesystem_mount *mount_of(const struct inode *inode) { return inode->sb->fs_info; }
static inline struct class_inode *class_inode(const struct inode *inode)
{
	return container_of((struct inode *)inode, struct class_inode, inode);
}

/* Around calls of the driver: memory allocation does not come back to file systems. */
#define CALL(fs, operation, ...) ({						\
	bool scope_ = thread_scope_enter(TF_NO_FS);						\
	int result_ = (fs)->ops->operation(fs, ##__VA_ARGS__);			\
	thread_scope_leave(TF_NO_FS, scope_);							\
	result_;								\
})

struct inode *class_iget(struct super_block *sb, u64 number); /* ERR_PTR */
int class_write_inode(struct inode *inode);		      /* its attributes as they are now */
/* size and room of a directory that was changed */
int class_refresh(struct inode *inode);
void class_touch(struct inode *inode); /* modified and changed: now; and written */
int class_setattr(struct dentry *dentry, struct iattr *attr);
int class_update_time(struct inode *inode, unsigned int which);
int class_fsync(struct file *file, loff_t start, loff_t end, bool datasync);
extern const struct super_operations class_super_operations;
extern const struct inode_operations class_dir_operations, class_file_inode_operations,
	class_link_operations;
extern const struct file_operations class_file_operations, class_dir_file_operations;
int class_sync(struct super_block *sb, bool wait);

#endif
