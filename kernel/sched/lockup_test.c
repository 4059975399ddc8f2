/* SPDX-License-Identifier: MIT */
/* The detector of CPUs that hang, itself. What it finds: tools/testing/detectors. */
#include <kernel/detectors.h>
#include <kernel/ktest.h>
#include <kernel/smp.h>
#include <kernel/time.h>

KTEST_SUITE("lockup");

static void nothing(void *unused)
{
}

/* Between the writing of 0 and the stop of the timers lie beats: none may start the next one at once. */
KTEST_CASE(a_beat_may_find_the_detector_switched_off)
{
	int before = watchdog_thresh;

	watchdog_thresh = 1;
	watchdog_restart();
	WRITE_ONCE(watchdog_thresh, 0);
	msleep(500); /* a beat of each CPU: they have 400 ms */
	on_each_cpu(nothing, NULL, true);
	watchdog_thresh = before;
	watchdog_restart();
}
