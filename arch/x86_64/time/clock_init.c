/* SPDX-License-Identifier: MIT */
/*
 * Choosing the clock.
 *
 * The TSC is trusted if the CPU promises that its rate is constant, or under a hypervisor, which sees to that, and as long as no CPU shows
 * another value than the others (tsc_check.c). tsc=reliable takes it in any case, tsc=unstable never.
 */
#define pr_fmt(fmt) "clock: " fmt

#include <arch/apic.h>
#include <arch/clock.h>
#include <arch/cpu.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/errno.h>
#include <lib/math64.h>
#include <lib/string.h>
#include "time_private.h"

#define NSEC_PER_SEC	1000000000ull

static struct clock_source by_tsc, by_reference;
static const struct reference *reference __ro_after_init;

void (*arch_clock_changed)(void);

enum { TSC_BY_ITSELF, TSC_RELIABLE, TSC_UNSTABLE };
static int tsc_choice __ro_after_init;

static int __init set_tsc(const char *value)
{
	if (!strcmp(value, "reliable"))
		tsc_choice = TSC_RELIABLE;
	else if (!strcmp(value, "unstable"))
		tsc_choice = TSC_UNSTABLE;
	else
		return -EINVAL;
	return 0;
}
BOOT_PARAM("tsc", set_tsc);

static u64 multiplier(u64 hz)
{
	return mul_u64_u64_div_u64(NSEC_PER_SEC, 1ull << ARCH_CLOCK_SHIFT, hz);
}

/* Starts the reference as a clock that says now_ns now. */
static void start_reference_clock(u64 now_ns)
{
	by_reference.counter = reference;
	by_reference.last = reference->read();
	by_reference.by = (struct arch_clock_parameters){
		.base_cycles = by_reference.last,
		.base_ns = now_ns,
		.multiplier = multiplier(reference->hz),
	};
	clock_use(&by_reference);
}

/* The PIT counts one round in 55 ms: nobody could read it that often. */
static bool reference_can_be_clock(void)
{
	return reference->mask >= 0xffffff;
}

void clock_leave_tsc(void)
{
	if (!arch_clock_is_tsc() || tsc_choice == TSC_RELIABLE)
		return;
	if (!reference_can_be_clock()) {
		pr_warn("the TSC differs between CPUs, and there is no other clock\n");
		return;
	}
	pr_notice("the TSC differs between CPUs: now by %s\n", reference->name);
	start_reference_clock(arch_clock_ns());
	if (arch_clock_changed)
		arch_clock_changed();
}

static bool __init tsc_is_trusted(void)
{
	if (tsc_choice != TSC_BY_ITSELF)
		return tsc_choice == TSC_RELIABLE;
	return cpu_has(CPU_FEATURE_INVARIANT_TSC) || cpu_has(CPU_FEATURE_HYPERVISOR) ||
	       !reference_can_be_clock();
}

void __init clock_init(void)
{
	struct calibration calibration;

	reference = reference_find();
	calibrate(reference, &calibration);
	if (!calibration.tsc_hz)
		panic("the TSC does not count");
	clock_set_tsc_rate(calibration.tsc_hz);
	by_tsc.by = (struct arch_clock_parameters){ .base_cycles = boot_tsc,
						    .multiplier = multiplier(calibration.tsc_hz) };
	clock_use(&by_tsc);
	if (!tsc_is_trusted())
		start_reference_clock(arch_clock_ns());
	lapic_timer_set_frequency(calibration.lapic_hz);

	pr_info("TSC at %llu.%03llu MHz, APIC timer at %llu.%03llu MHz, by %s within %u ppm\n",
		calibration.tsc_hz / 1000000, calibration.tsc_hz / 1000 % 1000,
		calibration.lapic_hz / 1000000, calibration.lapic_hz / 1000 % 1000, calibration.by,
		calibration.error_ppm);
	pr_info("time is read from the %s\n", arch_clock_is_tsc() ? "TSC" : reference->name);
}
