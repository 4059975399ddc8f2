/* SPDX-License-Identifier: MIT */
/* System calls: eventfd, timerfd, signalfd, inotify. */
#include <fs/eventfd.h>
#include <kernel/signal.h>
#include <kernel/user_time.h>

#include "fs.h"

long sys_eventfd2(unsigned int count, int flags) { return do_eventfd(count, flags); }
long sys_eventfd(unsigned int count) { return do_eventfd(count, 0); }

long sys_timerfd_create(int clock, int flags) { return do_timerfd_create(clock, flags); }

static int put_itimer(struct __kernel_itimerspec __user *user, u64 value, u64 interval)
{
	struct __kernel_itimerspec t = {
		.it_value = { .tv_sec = value / NSEC_PER_SEC, .tv_nsec = value % NSEC_PER_SEC },
		.it_interval = { .tv_sec = interval / NSEC_PER_SEC,
				 .tv_nsec = interval % NSEC_PER_SEC },
	};

	return copy_to_user(user, &t, sizeof(t)) ? -EFAULT : 0;
}

long sys_timerfd_settime(int fd, int flags, const struct __kernel_itimerspec __user *user,
			 struct __kernel_itimerspec __user *old)
{
	struct __kernel_itimerspec t;
	u64 value, interval, old_value, old_interval;
	long error;

	if (copy_from_user(&t, user, sizeof(t)))
		return -EFAULT;
	if (timespec_to_ns(&t.it_value, &value) || timespec_to_ns(&t.it_interval, &interval))
		return -EINVAL;
	error = do_timerfd_settime(fd, flags, value, interval, &old_value, &old_interval);
	if (!error && old)
		error = put_itimer(old, old_value, old_interval);
	return error;
}

long sys_timerfd_gettime(int fd, struct __kernel_itimerspec __user *user)
{
	u64 value, interval;
	long error = do_timerfd_gettime(fd, &value, &interval);

	return error ?: put_itimer(user, value, interval);
}

long sys_signalfd4(int fd, sigset_t __user *user, size_t size, int flags)
{
	sigset_t mask;

	if (size != sizeof(mask))
		return -EINVAL;
	if (copy_from_user(&mask, user, sizeof(mask)))
		return -EFAULT;
	return do_signalfd(fd, &mask, flags);
}

long sys_signalfd(int fd, sigset_t __user *mask, size_t size) { return sys_signalfd4(fd, mask, size, 0); }

long sys_inotify_init1(int flags) { return do_inotify_init(flags); }
long sys_inotify_init(void) { return do_inotify_init(0); }
long sys_inotify_add_watch(int fd, const char __user *path, unsigned int mask) { return do_inotify_add_watch(fd, path, mask); }
long sys_inotify_rm_watch(int fd, int wd) { return do_inotify_rm_watch(fd, wd); }
