/* SPDX-License-Identifier: MIT */
/* Block special files: what bdev.c, bdev_file.c and bdev_ioctl.c share. */
#ifndef FS_BDEV_H
#define FS_BDEV_H

#include <fs/vfs.h>

extern const struct file_operations bdev_fops;
long bdev_ioctl(struct file *file, unsigned int command, unsigned long arg);

#endif
