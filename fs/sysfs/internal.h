/* SPDX-License-Identifier: MIT */
#ifndef FS_SYSFS_INTERNAL_H
#define FS_SYSFS_INTERNAL_H

#include <fs/sysfs.h>
#include <lib/err.h>
#include <lib/compiler.h>

extern const struct file_operations sysfs_file_operations, sysfs_bin_operations;

#endif
