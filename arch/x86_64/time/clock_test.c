/* SPDX-License-Identifier: MIT */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <kernel/ktest.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/time.h>
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

KTEST_CASE(agrees_with_the_battery_clock)
{
	s64 first = rtc_read_seconds(), last = first;
	u64 start = 0, end;

	if (first < 0) {
		ktest_skip("no battery clock");
		return;
	}
	KTEST_EXPECT(first > 1577836800);	/* 2020 */
	/* From one change of the second to the second one behind it. */
	while (last < first + 3) {
		s64 now = rtc_read_seconds();

		if (now != last && now == first + 1)
			start = arch_clock_ns();
		last = now;
		msleep(2);
	}
	end = arch_clock_ns();
	KTEST_EXPECT(start && end - start > 1800000000 && end - start < 2400000000);
}

KTEST_CASE(nanoseconds_and_cycles_convert)
{
	KTEST_EXPECT_EQ(arch_clock_ns_to_tsc(1000000000), arch_tsc_hz());
	KTEST_EXPECT_EQ(arch_clock_ns_to_tsc(0), 0);
}
