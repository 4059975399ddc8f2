/* SPDX-License-Identifier: MIT */
/*
 * Coarse timers on top of high-resolution ones: the slack lets the interrupts of many fall
 * together. Most are stopped before they expire, and stopping one touches no hardware.
 */
#include <kernel/timer.h>
#include <lib/kernel.h>

#define SLACK_SHIFT	4			/* 1/16 of the delay */
#define SLACK_MIN_NS	(1 * NSEC_PER_MSEC)

static enum hrtimer_restart timer_expired(struct hrtimer *hrtimer)
{
	struct timer_list *timer = container_of(hrtimer, struct timer_list, hrtimer);

	timer->function(timer);
	return HRTIMER_NORESTART;
}

void timer_setup(struct timer_list *timer, void (*function)(struct timer_list *timer),
		 unsigned int flags)
{
	hrtimer_init(&timer->hrtimer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	timer->hrtimer.function = timer_expired;
	timer->function = function;
}

bool mod_timer(struct timer_list *timer, u64 expires_ns)
{
	bool was_pending = timer_pending(timer);
	s64 delay = expires_ns - ktime_get_ns();
	u64 slack = delay > 0 ? (u64)delay >> SLACK_SHIFT : 0;

	hrtimer_start_range_ns(&timer->hrtimer, expires_ns, max_t(u64, slack, SLACK_MIN_NS),
			       HRTIMER_MODE_ABS);
	return was_pending;
}

int try_to_del_timer_sync(struct timer_list *timer)
{
	return hrtimer_try_to_cancel(&timer->hrtimer);
}

bool del_timer(struct timer_list *timer)
{
	return hrtimer_try_to_cancel(&timer->hrtimer) > 0;
}

bool del_timer_sync(struct timer_list *timer)
{
	return hrtimer_cancel(&timer->hrtimer) > 0;
}
