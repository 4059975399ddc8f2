/* SPDX-License-Identifier: MIT */
/* What the file system calls share. */
#ifndef KERNEL_SYSCALL_FS_H
#define KERNEL_SYSCALL_FS_H

#include <fs/calls.h>
#include <fs/files.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <mm/uaccess.h>
#include <uapi/fcntl.h>
#include <uapi/major.h>
#include <uapi/time.h>

/* A timeout of a call as a deadline in CLOCK_MONOTONIC: KTIME_MAX without one, POLL_NO_WAIT for a zero one. */
u64 deadline_from_ns(s64 timeout_ns);
int deadline_from_timespec(const struct __kernel_timespec __user *user, u64 *deadline);

/* Device numbers cross in the C library's encoding. */
static inline u32 user_dev(dev_t_kernel dev) { return MAKE_USER_DEV(MAJOR(dev), MINOR(dev)); }
static inline dev_t_kernel kernel_dev(u32 dev) { return MKDEV(USER_DEV_MAJOR(dev), USER_DEV_MINOR(dev)); }

#endif
