/* SPDX-License-Identifier: MIT */
/* The operations on paths, for the system calls. Results as system calls give them. */
#ifndef FS_NAMEI_H
#define FS_NAMEI_H

#include <fs/vfs.h>

struct pathname;

long do_mkdirat(int dfd, struct pathname *name, u32 mode);
long do_mknodat(int dfd, struct pathname *name, u32 mode, dev_t_kernel dev);
long do_symlinkat(const char *target, int dfd, struct pathname *name);
long do_linkat(int old_dfd, struct pathname *old_name, int new_dfd, struct pathname *new_name, int flags);
long do_rmdirat(int dfd, struct pathname *name);
long do_unlinkat(int dfd, struct pathname *name);
long do_renameat2(int old_dfd, struct pathname *old_name, int new_dfd, struct pathname *new_name, unsigned int flags);

#endif
