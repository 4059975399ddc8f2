/* SPDX-License-Identifier: MIT */
#include <kernel/time.h>
#include <kernel/user_time.h>
#include <lib/errno.h>
#include <mm/uaccess.h>
#include <uapi/time.h>

int timespec_to_ns(const struct __kernel_timespec *ts, u64 *ns)
{
	struct timespec64 ts64 = { .tv_sec = ts->tv_sec, .tv_nsec = ts->tv_nsec };

	if (!timespec64_valid(&ts64))
		return -EINVAL;
	*ns = timespec64_to_ns(&ts64);
	return 0;
}

int get_user_timespec(const struct __kernel_timespec __user *user, u64 *ns)
{
	struct __kernel_timespec ts;

	return copy_from_user(&ts, user, sizeof(ts)) ? -EFAULT : timespec_to_ns(&ts, ns);
}
