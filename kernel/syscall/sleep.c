// SPDX-License-Identifier: MIT
/* nanosleep and clock_nanosleep. A relative sleep is one until an absolute time, so that a restart goes on where it was. */
#include <kernel/hrtimer.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <kernel/user_time.h>
#include <mm/uaccess.h>
#include <uapi/sched.h>
#include <uapi/time.h>
#include "clock.h"

static u64 slack(void)
{
	struct thread *t = current;

	return t->policy == SCHED_FIFO || t->policy == SCHED_RR ? 0 : t->timer_slack_ns;
}

/* 0 or -EINTR. */
static int sleep_by_clock(clockid_t clock, u64 expires_ns)
{
	while (!signal_pending(current)) {
		set_current_state(THREAD_INTERRUPTIBLE);
		if (signal_pending(current))
			break;
		if (!schedule_hrtimeout_range(expires_ns, slack(), HRTIMER_MODE_ABS, clock))
			return 0;
	}
	__set_current_state(THREAD_RUNNING);
	return -EINTR;
}

/* CPU time of a process cannot run faster than its threads: sleep as long as they would need together, look again. */
static int sleep_by_cpu_clock(clockid_t clock, u64 expires_ns)
{
	unsigned int threads = 1;
	struct process *p;
	struct thread *t;
	u64 now;
	int err;

	p = cpu_clock_process(clock, &t);
	if (!p)
		return -EINVAL;
	if (t)
		put_thread(t);
	else
		threads = max(atomic_read(&p->nr_live), 1);
	put_process(p);
	for (;;) {
		err = cpu_clock_read(clock, &now);
		if (err || now >= expires_ns)
			return err;
		err = sleep_by_clock(CLOCK_MONOTONIC,
				     ktime_get_ns() + max_t(u64, (expires_ns - now) / threads,
							    NSEC_PER_MSEC));
		if (err)
			return err;
	}
}

static int sleep_until(clockid_t clock, u64 expires_ns)
{
	return clock_is_cpu(clock) ? sleep_by_cpu_clock(clock, expires_ns)
				   : sleep_by_clock(clock, expires_ns);
}

static int put_left(const struct restart_block *block)
{
	struct __kernel_timespec left = {};
	u64 now;

	if (!block->nanosleep.left)
		return 0;
	if (!any_clock_read(block->nanosleep.clock, &now) && now < block->nanosleep.expires_ns) {
		u64 ns = block->nanosleep.expires_ns - now;

		left.tv_sec = ns / NSEC_PER_SEC;
		left.tv_nsec = ns % NSEC_PER_SEC;
	}
	return copy_to_user(block->nanosleep.left, &left, sizeof(left)) ? -EFAULT : 0;
}

static long sleep_restartably(struct restart_block *block)
{
	int err = sleep_until(block->nanosleep.clock, block->nanosleep.expires_ns);

	if (err != -EINTR)
		return err;
	if (put_left(block))
		return -EFAULT;
	return set_restart_fn(sleep_restartably);
}

static long sleep_relative(clockid_t clock, u64 ns, struct __kernel_timespec __user *left)
{
	struct restart_block *block = &current->restart;
	u64 now;
	int err = any_clock_read(clock, &now);

	if (err)
		return err;
	block->nanosleep.clock = clock;
	block->nanosleep.left = left;
	block->nanosleep.expires_ns = ktime_add_safe(now, ns);
	return sleep_restartably(block);
}

long sys_nanosleep(struct __kernel_timespec __user *request, struct __kernel_timespec __user *left)
{
	u64 ns;
	int err = get_user_timespec(request, &ns);

	return err ?: sleep_relative(CLOCK_MONOTONIC, ns, left);
}

/* Which clock to sleep by; a relative sleep is not moved when the time is set. */
static int sleeping_clock(clockid_t clock, bool absolute)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_TAI: return absolute ? CLOCK_REALTIME : CLOCK_MONOTONIC;
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_PROCESS_CPUTIME_ID: return clock;
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM: return -EOPNOTSUPP;
	}
	return -EINVAL;
}

long sys_clock_nanosleep(int clock, int flags, const struct __kernel_timespec __user *request,
			 struct __kernel_timespec __user *left)
{
	bool absolute = flags & TIMER_ABSTIME;
	u64 ns;
	int err;

	if (!clock_is_cpu(clock) || clock == CLOCK_THREAD_CPUTIME_ID ||
	    clock == CLOCK_PROCESS_CPUTIME_ID) {
		clock = sleeping_clock(clock, absolute);
		if (clock < 0)
			return clock;
	}
	err = get_user_timespec(request, &ns);
	if (err)
		return err;
	if (!absolute)
		return sleep_relative(clock, ns, left);
	err = sleep_until(clock, ns);
	return err == -EINTR ? -ERESTARTNOHAND : err;
}

long sys_restart_syscall(void)
{
	struct restart_block *block = &current->restart;

	return block->fn ? block->fn(block) : -EINTR;
}
