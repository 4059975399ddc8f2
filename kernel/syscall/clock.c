// SPDX-License-Identifier: MIT
/* Reading and setting clocks. */
#include <kernel/cred.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <kernel/vdso.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/time.h>
#include "clock.h"

/* The timezone that programs store in the kernel, which itself counts in UTC alone. */
static struct timezone system_timezone;

int any_clock_read(clockid_t clock, u64 *ns)
{
	return clock_is_cpu(clock) ? cpu_clock_read(clock, ns) : clock_read_ns(clock, ns);
}

long sys_clock_gettime(int clock, struct __kernel_timespec __user *tp)
{
	struct __kernel_timespec ts;
	u64 ns;
	int err = any_clock_read(clock, &ns);

	if (err)
		return err;
	ts.tv_sec = ns / NSEC_PER_SEC;
	ts.tv_nsec = ns % NSEC_PER_SEC;
	return copy_to_user(tp, &ts, sizeof(ts)) ? -EFAULT : 0;
}

static int resolution(clockid_t clock, long *ns)
{
	u64 now;

	if (clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE) {
		*ns = COARSE_RESOLUTION_NS;
		return 0;
	}
	*ns = 1;
	return any_clock_read(clock, &now);
}

long sys_clock_getres(int clock, struct __kernel_timespec __user *tp)
{
	struct __kernel_timespec ts = {};
	long ns;
	int err = resolution(clock, &ns);

	if (err)
		return err;
	ts.tv_nsec = ns;
	return tp && copy_to_user(tp, &ts, sizeof(ts)) ? -EFAULT : 0;
}

static int set_time(const struct timespec64 *ts)
{
	if (!timespec64_valid(ts) || ts->tv_sec > KTIME_SEC_MAX)
		return -EINVAL;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	return do_settimeofday64(ts);
}

long sys_clock_settime(int clock, const struct __kernel_timespec __user *tp)
{
	struct __kernel_timespec ts;
	struct timespec64 ts64;

	if (clock != CLOCK_REALTIME)
		return -EINVAL;
	if (copy_from_user(&ts, tp, sizeof(ts)))
		return -EFAULT;
	ts64 = (struct timespec64){ .tv_sec = ts.tv_sec, .tv_nsec = ts.tv_nsec };
	return set_time(&ts64);
}

long sys_gettimeofday(struct __kernel_old_timeval __user *tv, struct timezone __user *tz)
{
	if (tv) {
		u64 ns = ktime_get_real_ns();
		struct __kernel_old_timeval out = { .tv_sec = ns / NSEC_PER_SEC,
						    .tv_usec = ns % NSEC_PER_SEC / NSEC_PER_USEC };

		if (copy_to_user(tv, &out, sizeof(out)))
			return -EFAULT;
	}
	return tz && copy_to_user(tz, &system_timezone, sizeof(*tz)) ? -EFAULT : 0;
}

long sys_settimeofday(struct __kernel_old_timeval __user *tv, struct timezone __user *tz)
{
	struct __kernel_old_timeval in;
	struct timezone zone;
	struct timespec64 ts;

	if (tv) {
		if (copy_from_user(&in, tv, sizeof(in)))
			return -EFAULT;
		if ((unsigned long)in.tv_usec >= USEC_PER_SEC)
			return -EINVAL;
		ts = (struct timespec64){ .tv_sec = in.tv_sec,
					  .tv_nsec = in.tv_usec * NSEC_PER_USEC };
	}
	if (tz && copy_from_user(&zone, tz, sizeof(zone)))
		return -EFAULT;
	if (tv && !timespec64_valid(&ts))
		return -EINVAL;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	if (tz) {
		if (zone.tz_minuteswest > 15 * 60 || zone.tz_minuteswest < -15 * 60)
			return -EINVAL;
		system_timezone = zone;
		vdso_set_timezone(zone.tz_minuteswest, zone.tz_dsttime);
	}
	return tv ? set_time(&ts) : 0;
}

long sys_time(long __user *seconds)
{
	long now = ktime_get_real_seconds();

	return seconds && put_user(now, seconds) ? -EFAULT : now;
}

static long user_ticks(u64 ns)
{
	return ns / NSEC_PER_USER_TICK;
}

long sys_times(struct tms __user *buf)
{
	struct process *p = current->process;
	struct process_times times;
	struct tms tms;

	if (buf) {
		process_times(p, &times);
		tms.tms_utime = user_ticks(times.user_ns);
		tms.tms_stime = user_ticks(times.system_ns);
		spin_lock_irq(&p->siglock);
		tms.tms_cutime = user_ticks(p->child_user_ns);
		tms.tms_cstime = user_ticks(p->child_system_ns);
		spin_unlock_irq(&p->siglock);
		if (copy_to_user(buf, &tms, sizeof(tms)))
			return -EFAULT;
	}
	return user_ticks(ktime_get_ns());
}
