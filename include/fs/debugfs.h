/* SPDX-License-Identifier: MIT */
/*
 * debugfs: files for people who look into the kernel, without any promise of their shape unless
 * somebody else made it (kcov). Mounted by hand: mount -t debugfs none /sys/kernel/debug. The tree
 * is there, mounted or not.
 */
#ifndef FS_DEBUGFS_H
#define FS_DEBUGFS_H

#include <fs/kernfs.h>

#ifdef CONFIG_DEBUG_FS
/* parent NULL: the root. ERR_PTR on error. */
struct kernfs_node *debugfs_create_dir(struct kernfs_node *parent, const char *name);
struct kernfs_node *debugfs_create_file(struct kernfs_node *parent, const char *name, u16 mode,
					const struct file_operations *ops, void *private);
void debugfs_init(void);
#else
static inline void debugfs_init(void) { }
#endif

#ifdef CONFIG_DEBUG_KMEMLEAK
void kmemleak_init(void); /* the file kmemleak */
#else
static inline void kmemleak_init(void) { }
#endif

#endif
