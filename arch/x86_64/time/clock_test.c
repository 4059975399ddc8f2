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

/* The battery clock has come to a second: not before `after`, and not behind `before`. */
struct second {
	s64 number;
	u64 after, before;
};

static struct second next_second(s64 last)
{
	struct second s;

	do {
		s.after = arch_clock_ns();
		msleep(2);
		s.number = rtc_read_seconds();
		s.before = arch_clock_ns();
	} while (s.number == last);
	return s;
}

/*
 * From the beginning of one second to that of a later one as long as the battery clock says, to a tenth. Each beginning is known as well as this thread
 * was let look: the less well, the longer it goes on.
 */
KTEST_CASE(agrees_with_the_battery_clock)
{
	s64 now = rtc_read_seconds();
	struct second first, last;
	u64 least, most, wanted;

	if (now < 0) {
		ktest_skip("no battery clock");
		return;
	}
	KTEST_EXPECT(now > 1577836800); /* 2020 */
	first = last = next_second(now);
	do {
		last = next_second(last.number);
		KTEST_ASSERT(last.number > first.number);
		wanted = (last.number - first.number) * 1000000000ull;
		least = last.after > first.before ? last.after - first.before : 0;
		most = last.before - first.after;
	} while (last.number < first.number + 2 || most - least > wanted / 10);
	KTEST_EXPECT(least <= wanted + wanted / 10 && most >= wanted - wanted / 10);
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
		u64 before = arch_clock_ns();
		s64 found, passed;

		KTEST_EXPECT_EQ(rtc_set_seconds(dates[i]), 0);
		found = rtc_read_seconds();
		passed = (arch_clock_ns() - before) / 1000000000;
		KTEST_EXPECT(found >= dates[i] && found <= dates[i] + passed + 1);
	}
	KTEST_EXPECT_EQ(rtc_set_seconds(-1), -EINVAL);
	rtc_set_seconds(now + arch_clock_ns() / 1000000000 - start);
}

KTEST_CASE(nanoseconds_and_cycles_convert)
{
	KTEST_EXPECT_EQ(arch_clock_ns_to_tsc(1000000000), arch_tsc_hz());
	KTEST_EXPECT_EQ(arch_clock_ns_to_tsc(0), 0);
}
