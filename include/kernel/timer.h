/* SPDX-License-Identifier: MIT */
/*
 * Coarse timers with Linux's timer_list names (kernel/time/timer.c), for timeouts that mostly do
 * not happen.
 *
 * Times are nanoseconds of CLOCK_MONOTONIC: mod_timer(&t, ktime_get_ns() + 3 * NSEC_PER_SEC). A
 * timer may run up to 1/16 of its delay late (at least 1 ms), so that many share an interrupt, and
 * never early. The function runs in hard-interrupt context; it may restart its timer. Locking as in
 * kernel/hrtimer.h.
 */
#ifndef KERNEL_TIMER_H
#define KERNEL_TIMER_H

#include <kernel/hrtimer.h>

struct timer_list {
	struct hrtimer hrtimer;
	void (*function)(struct timer_list *timer);
};

void timer_setup(struct timer_list *timer, void (*function)(struct timer_list *timer),
		 unsigned int flags);
/* Starts it or moves it; true when it was pending. */
bool mod_timer(struct timer_list *timer, u64 expires_ns);
/* true: was pending. The function may still be running */
bool del_timer(struct timer_list *timer);
/* and it is not running any more; see hrtimer_cancel */
bool del_timer_sync(struct timer_list *timer);
int try_to_del_timer_sync(struct timer_list *timer); /* -1: running now */
static inline bool timer_pending(const struct timer_list *timer) { return hrtimer_is_queued(&timer->hrtimer); }
#define from_timer(var, timer, member)	container_of(timer, __typeof__(*var), member)

#endif
