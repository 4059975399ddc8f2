/* SPDX-License-Identifier: MIT */
/* Files without a name in any tree. */
#ifndef FS_PSEUDO_H
#define FS_PSEUDO_H

#include <fs/vfs.h>

/* Takes over the caller's reference on the inode when it succeeds. */
struct file *alloc_file_on(struct mount *mount, struct inode *inode, const char *name, int flags,
			   const struct file_operations *ops);

#endif
