/* SPDX-License-Identifier: MIT */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <kernel/ktest.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/time.h>
#include <lib/errno.h>
#include "time_private.h"

KTEST_SUITE("clock");

KTEST_CASE(never_goes_back)
{
	u64 last = arch_clock_ns();

	for (int i = 0; i < 100000; i++) {
		u64 now = arch_clock_ns();

		KTEST_ASSERT(now >= last);
		last = now;
	}
}

static void read_clock(void *info)
{
	*(u64 *)info = arch_clock_ns();
}

/* A reading on another CPU lies between two that enclose it here. */
KTEST_CASE(is_the_same_on_all_cpus)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		for (int i = 0; i < 20; i++) {
			u64 before = arch_clock_ns(), there = 0, after;

			KTEST_EXPECT_EQ(smp_call_function_single(cpu, read_clock, &there, true), 0);
			after = arch_clock_ns();
			KTEST_EXPECT(before <= there && there <= after);
		}
	}
}

/* When the battery clock came to a second: between two looks, which the host may draw apart. */
struct change {
	u64 after, before;
};

KTEST_CASE(agrees_with_the_battery_clock)
{
	u64 look, previous = arch_clock_ns();
	s64 last = rtc_read_seconds(), began = 0;
	struct change start = { 0 }, end = { 0 };

	if (last < 0) {
		ktest_skip("no battery clock");
		return;
	}
	KTEST_EXPECT(last > 1577836800); /* 2020 */
	/* From one change of the second to the second one behind it, or a later one. */
	while (!began || last < began + 2) {
		s64 now;

		look = arch_clock_ns();
		now = rtc_read_seconds();
		if (now != last) {
			end = (struct change){ .after = previous, .before = arch_clock_ns() };
			if (!began) {
				start = end;
				began = now;
			}
		}
		last = now;
		previous = look;
		msleep(2);
	}
	KTEST_EXPECT(end.before - start.after > (last - began) * 900000000);
	KTEST_EXPECT(end.after - start.before < (last - began) * 1200000000);
}

/* Dates at the ends of months, of a leap year and of a century: what is written is what is read. */
KTEST_CASE(the_battery_clock_keeps_dates)
{
	static const s64 dates[] = { 1709164799, 1709164800, 1709251200,
				     1735689599, 1735689600, 4102444799 };
	s64 now = rtc_read_seconds(), start = arch_clock_ns() / 1000000000;

	if (now < 0) {
		ktest_skip("no battery clock");
		return;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(dates); i++) {
		s64 found;

		KTEST_EXPECT_EQ(rtc_set_seconds(dates[i]), 0);
		found = rtc_read_seconds();
		KTEST_EXPECT(found == dates[i] || found == dates[i] + 1);
	}
	KTEST_EXPECT_EQ(rtc_set_seconds(-1), -EINVAL);
	rtc_set_seconds(now + arch_clock_ns() / 1000000000 - start);
}

KTEST_CASE(nanoseconds_and_cycles_convert)
{
	KTEST_EXPECT_EQ(arch_clock_ns_to_tsc(1000000000), arch_tsc_hz());
	KTEST_EXPECT_EQ(arch_clock_ns_to_tsc(0), 0);
}
