// SPDX-License-Identifier: MIT
/*
 * Kit: clocks, delays, timers (kit/time.h).
 *
 * Armed timers of a module stand on its list (kit_lock), so that unloading, or freeing memory of a device, finds and ends them all.
 *
 * A timer leaves the list in front of its callback, under kit_lock. So one that is found there, with the lock held, is not freed by its callback yet;
 * without the lock it may be.
 */
#include "timer.h"
#include "../internal.h"

#include <arch/clock.h>
#include <kernel/time.h>
#include <kernel/wait.h>

u64 kit_ktime_get_ns(void);
u64 kit_ktime_get_real_ns(void);
void kit_msleep(u32 ms);
void kit_udelay(u32 us);

u64 kit_ktime_get_ns(void)
{
	return ktime_get_ns();
}

u64 kit_ktime_get_real_ns(void)
{
	return ktime_get_real_ns();
}

void kit_msleep(u32 ms)
{
	s64 left = (s64)ms * NSEC_PER_MSEC;

	might_sleep();
	while (left > 0) {
		set_current_state(THREAD_UNINTERRUPTIBLE);
		left = schedule_timeout_ns(left);
	}
}

void kit_udelay(u32 us)
{
	u64 end = ktime_get_ns() + min(us, 1000u) * NSEC_PER_USEC;

	while (ktime_get_ns() < end)
		cpu_relax();
}

/* Unless it is armed: another CPU may do that anew while its callback is about to run here, or it is being cancelled. */
static void unlist(struct kit_timer *timer)
{
	unsigned long flags;

	spin_lock_irqsave(&timer->module->kit_lock, flags);
	if (!hrtimer_is_queued(&timer->hrtimer))
		list_del_init(&timer->node);
	spin_unlock_irqrestore(&timer->module->kit_lock, flags);
}

static enum hrtimer_restart expired(struct hrtimer *hrtimer)
{
	struct kit_timer *timer = container_of(hrtimer, struct kit_timer, hrtimer);

	unlist(timer);
	timer->callback(timer); /* may arm it again, or free it */
	return HRTIMER_NORESTART;
}

void kit_timer_setup(struct kit_timer *timer, void (*callback)(struct kit_timer *timer))
{
	hrtimer_init(&timer->hrtimer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	timer->hrtimer.function = expired;
	timer->callback = callback;
	INIT_LIST_HEAD(&timer->node);
	timer->module = kit_owner((const void *)callback);
}

void kit_timer_arm(struct kit_timer *timer, u64 delay_ns)
{
	struct module *module = timer->module;
	unsigned long flags;

	spin_lock_irqsave(&module->kit_lock, flags);
	if (kit_may_start(module, timer)) {
		list_move(&timer->node, &module->kit_timers);
		hrtimer_start(&timer->hrtimer, delay_ns, HRTIMER_MODE_REL);
	}
	spin_unlock_irqrestore(&module->kit_lock, flags);
}

bool kit_timer_cancel(struct kit_timer *timer)
{
	bool was_armed = false;

	might_sleep();
	if (!timer->callback)
		return false; /* all-zero */
	/* A callback that arms its timer again is waited for, and the timer taken off again. */
	while (hrtimer_active(&timer->hrtimer))
		was_armed |= hrtimer_cancel(&timer->hrtimer) > 0;
	unlist(timer);
	return was_armed;
}

struct module kit_image = {
	.kit_lock = SPINLOCK_INIT("kit_image", LOCK_RANK_KIT_CORE),
	.kit_timers = LIST_HEAD_INIT(kit_image.kit_timers),
	.kit_works = LIST_HEAD_INIT(kit_image.kit_works),
	.kit_running = LIST_HEAD_INIT(kit_image.kit_running),
	.kit_ranges = LIST_HEAD_INIT(kit_image.kit_ranges),
};

struct module *kit_owner(const void *function)
{
	struct module *module;

	rcu_read_lock();
	module = module_at((unsigned long)function) ?: &kit_image;
	WRITE_ONCE(module->kit_used, true);
	rcu_read_unlock();
	return module;
}

bool kit_may_start(const struct module *module, const void *object)
{
	const struct kit_range *range;

	list_for_each_entry(range, &module->kit_ranges, node)
		if (kit_in_range(range, object))
			return false;
	return !module->kit_closed;
}

/* False: callbacks of some run now. What these arm anew, and do not free, is found on the list afterwards. */
static bool cancel_armed(struct module *module, const struct kit_range *range, unsigned int *n)
{
	struct kit_timer *timer, *next;
	bool all = true;

	spin_lock_irq(&module->kit_lock);
	module->kit_closed |= !range;
	list_for_each_entry_safe(timer, next, &module->kit_timers, node) {
		int was_armed;

		if (!kit_in_range(range, timer))
			continue;
		was_armed = hrtimer_try_to_cancel(&timer->hrtimer);
		if (was_armed < 0) {
			all = false;
			continue;
		}
		list_del_init(&timer->node);
		if (was_armed)
			kit_say_cancelled(module, "timer", timer->callback, (*n)++);
	}
	spin_unlock_irq(&module->kit_lock);
	return all;
}

unsigned int kit_cancel_timers(struct module *module, const struct kit_range *range)
{
	unsigned int n = 0;

	while (!cancel_armed(module, range, &n))
		cpu_relax(); /* callbacks are interrupts of other CPUs */
	/* A callback that had left the list runs with interrupts off: it is over when every CPU has been through a quiet state. */
	synchronize_rcu();
	return n;
}

EXPORT_KIT_CORE(ktime_get_ns, 0, 1);
EXPORT_KIT_CORE(ktime_get_real_ns, 0, 1);
EXPORT_KIT_CORE(msleep, 0, 1);
EXPORT_KIT_CORE(udelay, 0, 1);
EXPORT_KIT_CORE(timer_setup, 0, 1);
EXPORT_KIT_CORE(timer_arm, 0, 1);
EXPORT_KIT_CORE(timer_cancel, 0, 1);
