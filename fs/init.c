/* SPDX-License-Identifier: MIT */
/* Start of the VFS, in order. */
#include <fs/calls.h>
#include <fs/devpts.h>
#include <fs/eventfd.h>
#include <fs/files.h>
#include <fs/kernfs.h>
#include <fs/locks.h>
#include <fs/proc.h>
#include <fs/sysfs.h>
#include <fs/tmpfs.h>
#include <fs/tracefs.h>
#include <fs/vfs.h>
#include <kernel/init.h>
#include <mm/space.h>

#include "internal.h"
#include "notify.h"

void __init vfs_init(void)
{
	dcache_init(); /* names */
	dcache_tree_init();
	inode_init_caches(); /* inodes */
	file_init();	     /* open files */
	files_init();	     /* descriptor tables */
	file_locks_init();
	eventpoll_init();
	inotify_init();
	timerfd_init();
	tmpfs_init();	   /* what the first root is made of */
	mount_init();	   /* the tree of mounts: an empty root */
	anon_inode_init(); /* descriptors without names */
	pipe_init();
	shmem_init(); /* shared memory */
	shared_memory_file = shmem_file_create;
	file_written_hook = file_written_by_mapping;
	kernfs_init();
	proc_init();	 /* /proc: before whoever adds to it */
	sysfs_init();	 /* /sys likewise */
	devtmpfs_init(); /* /dev */
	devpts_init();
	tracefs_init();	    /* /sys/kernel/tracing */
	drop_caches_init(); /* /proc/sys/vm/drop_caches */
}
