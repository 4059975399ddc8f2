// SPDX-License-Identifier: MIT
/* Timers of modules: none is armed that the module's end would not find. */
#include "timer.h"
#include "../internal.h"

#include <kernel/ktest.h>
#include <kernel/smp.h>
#include <kernel/time.h>
#include <lib/string.h>

KTEST_SUITE("kit_timer");

static struct module module;

static void nothing(struct kit_timer *timer)
{
}

/* The interrupt of one CPU has taken it from the queue, another CPU arms it anew, and then the first one comes to its callback. */
KTEST_CASE(one_that_is_armed_anew_is_found_at_the_end)
{
	struct kit_timer timer = { 0 };

	module_set_up(&module);
	module.kit_closed = false;
	kit_timer_setup(&timer, nothing);
	timer.module = &module;
	kit_timer_arm(&timer, 3600 * NSEC_PER_SEC);
	timer.hrtimer.function(&timer.hrtimer);
	KTEST_EXPECT(!list_empty(&module.kit_timers));
	KTEST_EXPECT_EQ(kit_cancel_timers(&module, NULL), 1);
	KTEST_EXPECT(!hrtimer_active(&timer.hrtimer));
	kit_timer_cancel(&timer);
}

KTEST_CASE(one_that_has_run_is_not_found)
{
	struct kit_timer timer = { 0 };

	module_set_up(&module);
	module.kit_closed = false;
	kit_timer_setup(&timer, nothing);
	timer.module = &module;
	kit_timer_arm(&timer, 1);
	while (hrtimer_active(&timer.hrtimer))
		cpu_relax();
	KTEST_EXPECT(list_empty(&module.kit_timers));
	KTEST_EXPECT(!kit_timer_cancel(&timer));
	KTEST_EXPECT_EQ(kit_cancel_timers(&module, NULL), 0);
}

/* ---- a callback that frees its timer ---- */

static struct {
	struct kit_timer timer;
	enum hrtimer_restart (*expired)(struct hrtimer *hrtimer);
	bool is_here, is_listed;
} late;

static void go_away(struct kit_timer *timer)
{
	if (late.is_listed)
		memset(timer, 0xcc, sizeof(*timer));
}

/* The interrupt, slow between the moment at which it has taken the timer from the queue and the callback: it goes on when all are cancelled. */
static enum hrtimer_restart come_late(struct hrtimer *hrtimer)
{
	bool cancelled;

	WRITE_ONCE(late.is_here, true);
	do {
		spin_lock(&module.kit_lock);
		cancelled = module.kit_closed;
		late.is_listed = !list_empty(&late.timer.node);
		spin_unlock(&module.kit_lock);
	} while (!cancelled);
	return late.expired(hrtimer);
}

static void arm_late(void *unused)
{
	kit_timer_arm(&late.timer, 1);
}

KTEST_CASE(one_that_frees_itself_is_not_touched_afterwards)
{
	unsigned int other;

	if (num_online_cpus() == 1) {
		ktest_skip("interrupts are over before anything is cancelled");
		return;
	}
	module_set_up(&module);
	module.kit_closed = false;
	kit_timer_setup(&late.timer, go_away);
	late.timer.module = &module;
	late.expired = late.timer.hrtimer.function;
	late.timer.hrtimer.function = come_late;
	late.is_here = false;
	/* Never on the CPU that does not get on before this thread has cancelled it. */
	ktest_stay_on(0);
	other = 1;
	smp_call_function_single(other, arm_late, NULL, true);
	while (!READ_ONCE(late.is_here))
		cpu_relax();
	KTEST_EXPECT_EQ(kit_cancel_timers(&module, NULL), 0);
	KTEST_EXPECT(late.is_listed);
	KTEST_EXPECT(list_empty(&module.kit_timers));
}
