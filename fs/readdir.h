/* SPDX-License-Identifier: MIT */
#ifndef FS_READDIR_H
#define FS_READDIR_H

#include <fs/vfs.h>

int iterate_dir(struct file *file, struct dir_context *ctx);
long do_getdents(struct file *file, void __user *buf, unsigned int count, bool wide);

#endif
