/* SPDX-License-Identifier: MIT */
/* Hooks by which the VFS tells inotify what happened. Free of cost while nobody watches anything. */
#ifndef FS_NOTIFY_H
#define FS_NOTIFY_H

#include <fs/vfs.h>
#include <uapi/inotify.h>

extern int notify_watches; /* how many there are, roughly: read without a lock */

void notify_dirent_slow(struct inode *dir, u32 mask, const struct qstr *name, u32 cookie);
void notify_dentry_slow(struct dentry *dentry, u32 mask);
void notify_inode_slow(struct inode *inode, u32 mask);
void notify_inode_gone(struct inode *inode); /* removed: IN_DELETE_SELF, IN_IGNORED */
void notify_unmount(struct super_block *sb);
void notify_free_list(struct inode *inode); /* the inode is being destroyed */
u32 notify_cookie(void);
void inotify_init(void);

/* Something happened to a name in dir. */
static inline void notify_dirent(struct inode *dir, u32 mask, const struct qstr *name, u32 cookie)
{
	if (unlikely(READ_ONCE(notify_watches)))
		notify_dirent_slow(dir, mask, name, cookie);
}

/* Something happened to a file: those who watch it, and those who watch its directory. */
static inline void notify_dentry(struct dentry *dentry, u32 mask)
{
	if (unlikely(READ_ONCE(notify_watches)))
		notify_dentry_slow(dentry, mask);
}

static inline void notify_file(struct file *file, u32 mask)
{
	if (unlikely(READ_ONCE(notify_watches)) && !(file->mode & FMODE_NONOTIFY))
		notify_dentry_slow(file->path.dentry, mask);
}

static inline void notify_inode(struct inode *inode, u32 mask)
{
	if (unlikely(READ_ONCE(notify_watches)))
		notify_inode_slow(inode, mask);
}

#endif
