/* SPDX-License-Identifier: MIT */
/* Start of the VFS, in order. */
#include <fs/devpts.h>
#include <fs/files.h>
#include <fs/kernfs.h>
#include <fs/proc.h>
#include <fs/sysfs.h>
#include <fs/tmpfs.h>
#include <fs/vfs.h>
#include <kernel/init.h>

#include "internal.h"

void __init vfs_init(void)
{
	dcache_init();			/* names */
	dcache_tree_init();
	inode_init_caches();		/* inodes */
	file_init();			/* open files */
	files_init();			/* descriptor tables */
	tmpfs_init();			/* what the first root is made of */
	mount_init();			/* the tree of mounts: an empty root */
	anon_inode_init();		/* descriptors without names */
	pipe_init();
	shmem_init();			/* shared memory */
	kernfs_init();
	proc_init();			/* /proc: before whoever adds to it */
	sysfs_init();			/* /sys likewise */
	devtmpfs_init();		/* /dev */
	devpts_init();
}
