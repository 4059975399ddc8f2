/* SPDX-License-Identifier: MIT */
/* Sleeping for a time, and spinning for one. */
#include <kernel/hrtimer.h>
#include <kernel/sched.h>
#include <kernel/wait.h>

struct sleeper {
	struct hrtimer timer;
	struct thread *thread; /* NULL: the time has come */
};

static enum hrtimer_restart wake_sleeper(struct hrtimer *timer)
{
	struct sleeper *sleeper = container_of(timer, struct sleeper, timer);
	struct thread *thread = sleeper->thread;

	WRITE_ONCE(sleeper->thread, NULL);
	/* hrtimer_cancel in the sleeper waits for the end of this function. */
	wake_up_thread(thread);
	return HRTIMER_NORESTART;
}

/* The timer runs in `sleeper` until it is over or current is woken. True: it is over. */
static bool sleep_until(struct sleeper *sleeper, u64 time_ns, u64 slack_ns, enum hrtimer_mode mode)
{
	sleeper->timer.function = wake_sleeper;
	sleeper->thread = current;
	hrtimer_start_range_ns(&sleeper->timer, time_ns, slack_ns, mode);
	schedule();
	hrtimer_cancel(&sleeper->timer);
	__set_current_state(THREAD_RUNNING);
	return !READ_ONCE(sleeper->thread);
}

int schedule_hrtimeout_range(u64 time_ns, u64 slack_ns, enum hrtimer_mode mode, clockid_t clock)
{
	struct sleeper sleeper;

	if (time_ns >= (u64)KTIME_MAX) {
		schedule();
		return -EINTR;
	}
	hrtimer_init(&sleeper.timer, clock, mode);
	return sleep_until(&sleeper, time_ns, slack_ns, mode) ? 0 : -EINTR;
}

s64 schedule_timeout_ns(s64 timeout_ns)
{
	struct sleeper sleeper;
	u64 end;

	if (timeout_ns == WAIT_FOREVER) {
		schedule();
		return WAIT_FOREVER;
	}
	if (timeout_ns <= 0) {
		might_sleep();
		__set_current_state(THREAD_RUNNING);
		return 0;
	}
	end = ktime_add_safe(ktime_get_ns(), timeout_ns);
	hrtimer_init(&sleeper.timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	if (sleep_until(&sleeper, end, 0, HRTIMER_MODE_ABS))
		return 0;
	return max_t(s64, end - ktime_get_ns(), 0);
}

void msleep(u64 ms)
{
	s64 left = ms * NSEC_PER_MSEC;

	while (left > 0) {
		set_current_state(THREAD_UNINTERRUPTIBLE);
		left = schedule_timeout_ns(left);
	}
}

void usleep_range(u64 min_us, u64 max_us)
{
	u64 end = ktime_get_ns() + min_us * NSEC_PER_USEC;

	do {
		set_current_state(THREAD_UNINTERRUPTIBLE);
	} while (schedule_hrtimeout_range(end, (max_us - min_us) * NSEC_PER_USEC, HRTIMER_MODE_ABS,
					  CLOCK_MONOTONIC));
}

void ndelay(u64 ns)
{
	u64 start = arch_clock_ns();

	while (arch_clock_ns() - start < ns)
		cpu_relax();
}

void udelay(u64 us)
{
	ndelay(us * NSEC_PER_USEC);
}
