/* SPDX-License-Identifier: MIT */
#ifndef DRIVERS_CHAR_MEM_H
#define DRIVERS_CHAR_MEM_H

#include <fs/vfs.h>
#include <kernel/wait.h>

extern const struct file_operations kmsg_fops;
void kmsg_init(void);
void syslog_init(void);
void rtc_device_init(void);
extern wait_queue_head_t kmsg_wait; /* readers of the log */
ssize_t random_read_to_iter(struct iov_iter *to);

#endif
