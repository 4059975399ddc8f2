/* SPDX-License-Identifier: MIT */
#ifndef DRIVERS_CHAR_MEM_H
#define DRIVERS_CHAR_MEM_H

#include <fs/vfs.h>

extern const struct file_operations kmsg_fops;
void kmsg_init(void);
ssize_t random_read_to_iter(struct iov_iter *to);
int simple_device_create(const char *class, const char *name, u32 mode, dev_t_kernel dev);

#endif
