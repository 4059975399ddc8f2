// SPDX-License-Identifier: MIT
/* Timers of modules: none is armed that the module's end would not find. */
#include "timer.h"
#include "../internal.h"

#include <kernel/ktest.h>
#include <kernel/time.h>

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
