/* SPDX-License-Identifier: MIT */
/* Opening and changing files, for the system calls. */
#ifndef FS_OPEN_H
#define FS_OPEN_H

#include <fs/vfs.h>

struct pathname;
struct file *dentry_open(const struct path *path, int flags);

long do_sys_truncate(struct pathname *name, loff_t len);
long do_sys_ftruncate(struct file *file, loff_t len);
long do_fallocate(struct file *file, int mode, loff_t offset, loff_t len);
long do_chmod(const struct path *path, u32 mode);
long do_chown(const struct path *path, u32 uid, u32 gid);
/* times[0] access, [1] modification; UTIME_NOW and UTIME_OMIT as ~0 and ~0 - 1; NULL: both now */
#define TIME_NOW_NS	(~0ull)
#define TIME_OMIT_NS	(~0ull - 1)
long do_utimes(const struct path *path, const u64 *times);
long do_chdir(const struct path *path);
long do_chroot(const struct path *path);

#endif
