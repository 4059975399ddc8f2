/* SPDX-License-Identifier: MIT */
/* Times as programs give them. */
#ifndef KERNEL_USER_TIME_H
#define KERNEL_USER_TIME_H

#include <kit/types.h>

struct __kernel_timespec;

/* In nanoseconds; what is too far away sticks at KTIME_MAX. 0, or -EINVAL: negative, or a second and more of nanoseconds. */
int timespec_to_ns(const struct __kernel_timespec *ts, u64 *ns);
/* The same from user memory, or -EFAULT. May sleep. */
int get_user_timespec(const struct __kernel_timespec __user *user, u64 *ns);

#endif
