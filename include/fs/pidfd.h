/* SPDX-License-Identifier: MIT */
/* Descriptors that name processes (fs/exec/pidfd.c). */
#ifndef FS_PIDFD_H
#define FS_PIDFD_H

#include <kit/types.h>

struct file;
struct pid;

struct file *pidfd_file(struct pid *pid, unsigned int o_flags); /* ERR_PTR */
/* with a reference; ERR_PTR(-EBADF). nonblocking may be NULL */
struct pid *pidfd_get_pid(int fd, bool *nonblocking);

#endif
