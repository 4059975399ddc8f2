/* SPDX-License-Identifier: MIT */
#ifndef FS_STAT_H
#define FS_STAT_H

#include <fs/vfs.h>

struct pathname;

int do_stat(int dfd, struct pathname *name, int flags, u32 mask, struct kstat *stat);
int do_fstat(unsigned int fd, u32 mask, struct kstat *stat);
int do_access(int dfd, struct pathname *name, int mode, int flags);
int do_readlink(int dfd, struct pathname *name, char *buf, int len);
int do_statfs(const struct path *path, struct kstatfs *buf);

#endif
