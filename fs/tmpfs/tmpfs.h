/* SPDX-License-Identifier: MIT */
/*
 * tmpfs: files in the page cache, names in the dentry cache.
 *
 * Each name holds a reference on its dentry, which so never leaves the cache. A directory keeps an array of its entries by an offset that
 * grows and is never used twice: readdir positions stay true whatever is created and removed meanwhile.
 *
 * Space: pages are counted when they enter the cache (also by faults) against the instance's limit. An instance without limits counts nothing,
 * so that CPUs do not share a line.
 */
#ifndef FS_TMPFS_H
#define FS_TMPFS_H

#include <fs/vfs.h>
#include <lib/xarray.h>

#include "../internal.h"

struct tmpfs_xattr {
	struct list_head node;
	size_t size;
	char *value;
	char name[];
};

struct tmpfs_inode {
	struct inode vfs;
	struct xarray entries;	 /* vfs.rwsem: a directory's, dentries by offset */
	u64 next_offset;	 /* vfs.rwsem */
	unsigned int seals;	 /* vfs.rwsem: F_SEAL_* */
	struct list_head xattrs; /* vfs.rwsem */
	bool by_kernel;		 /* I: a node of devtmpfs that the kernel made */
};

struct tmpfs_super {
	u64 max_blocks, max_inodes; /* umount_lock; 0: no limit */
	atomic64_t blocks, inodes;  /* in use; counted when there is a limit */
	u32 uid, gid, mode;
	bool memory_only; /* ramfs: takes no options but mode */
};

static inline struct tmpfs_inode *tmpfs_i(const struct inode *inode)
{
	return container_of((struct inode *)inode, struct tmpfs_inode, vfs);
}

static inline struct tmpfs_super *tmpfs_s(const struct super_block *sb)
{
	return sb->fs_info;
}

struct inode *tmpfs_new_inode(struct super_block *sb, const struct inode *dir, u32 mode,
			      dev_t_kernel dev);
struct inode *tmpfs_alloc_inode(struct super_block *sb);
void tmpfs_free_inode(struct inode *inode);
void tmpfs_evict_inode(struct inode *inode);
int tmpfs_setattr(struct dentry *dentry, struct iattr *attr);
int tmpfs_fill(struct super_block *sb, void *data, bool silent);
/* adds the name: -ENOMEM */
int tmpfs_dir_link(struct inode *dir, struct dentry *dentry, struct inode *inode);
void tmpfs_cache_init(void);

extern const struct inode_operations tmpfs_dir_inode_operations, tmpfs_file_inode_operations,
	tmpfs_symlink_inode_operations, tmpfs_special_inode_operations;
extern const struct file_operations tmpfs_dir_operations, tmpfs_file_operations;
extern const struct mapping_ops tmpfs_mapping_ops;

ssize_t tmpfs_getxattr(struct inode *inode, const char *name, void *buf, size_t size);
int tmpfs_setxattr(struct inode *inode, const char *name, const void *value, size_t size,
		   int flags);
ssize_t tmpfs_listxattr(struct inode *inode, char *buf, size_t size);
int tmpfs_removexattr(struct inode *inode, const char *name);
void tmpfs_free_xattrs(struct inode *inode);
#define TMPFS_XATTR_OPS .getxattr = tmpfs_getxattr, .setxattr = tmpfs_setxattr, .listxattr = tmpfs_listxattr, .removexattr = tmpfs_removexattr

void shmem_init(void);

#endif
