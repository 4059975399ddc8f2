// SPDX-License-Identifier: MIT
/*
 * Kit: clocks, delays, timers (kit/time.h).
 *
 * Armed timers of a module stand on its list (kit_lock), so that unloading, or freeing memory of a device, finds and ends them all. A timer of the image
 * belongs to nobody: it never goes.
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

	if (!timer->module)
		return;
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
	rcu_read_lock();
	timer->module = module_at((unsigned long)callback);
	if (timer->module)
		WRITE_ONCE(timer->module->kit_used, true);
	rcu_read_unlock();
}

void kit_timer_arm(struct kit_timer *timer, u64 delay_ns)
{
	struct module *module = timer->module;
	unsigned long flags;

	if (!module) {
		hrtimer_start(&timer->hrtimer, delay_ns, HRTIMER_MODE_REL);
		return;
	}
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

	if (!timer->callback)
		return false; /* all-zero */
	/* A callback that arms its timer again is waited for, and the timer taken off again. */
	while (hrtimer_active(&timer->hrtimer))
		was_armed |= hrtimer_cancel(&timer->hrtimer) > 0;
	unlist(timer);
	return was_armed;
}

bool kit_may_start(const struct module *module, const void *object)
{
	const struct kit_range *range;

	list_for_each_entry(range, &module->kit_ranges, node)
		if (kit_in_range(range, object))
			return false;
	return !module->kit_closed;
}

struct list_head *kit_take(struct module *module, struct list_head *list,
			   const struct kit_range *range)
{
	struct list_head *node, *found = NULL;

	spin_lock_irq(&module->kit_lock);
	module->kit_closed |= !range;
	list_for_each(node, list) {
		if (kit_in_range(range, node)) {
			found = node;
			list_del_init(node);
			break;
		}
	}
	spin_unlock_irq(&module->kit_lock);
	return found;
}

unsigned int kit_cancel_timers(struct module *module, const struct kit_range *range)
{
	struct list_head *node;
	unsigned int n = 0;

	while ((node = kit_take(module, &module->kit_timers, range))) {
		hrtimer_cancel(&list_entry(node, struct kit_timer, node)->hrtimer);
		n++;
	}
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
