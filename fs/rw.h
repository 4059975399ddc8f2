/* SPDX-License-Identifier: MIT */
#ifndef FS_RW_H
#define FS_RW_H

#include <fs/vfs.h>

struct iovec;
ssize_t vfs_read(struct file *file, char __user *buf, size_t count, loff_t *pos);
ssize_t vfs_write(struct file *file, const char __user *buf, size_t count, loff_t *pos);
ssize_t vfs_readv(struct file *file, const struct iovec __user *vec, unsigned long nr, loff_t *pos, unsigned int rwf);
ssize_t vfs_writev(struct file *file, const struct iovec __user *vec, unsigned long nr, loff_t *pos, unsigned int rwf);
loff_t generic_file_llseek_size(struct file *file, loff_t offset, int whence, loff_t max, loff_t eof);
int vfs_fsync_range(struct file *file, loff_t start, loff_t end, bool datasync);
int noop_fsync(struct file *file, loff_t start, loff_t end, bool datasync);
void do_sync(void);
int do_syncfs(struct file *file);
int file_remove_privs(struct file *file);

#endif
