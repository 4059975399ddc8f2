/* SPDX-License-Identifier: MIT */
/*
 * The clock that everything reads: the TSC if it can be trusted, else the reference counter.
 *
 * The TSC is trusted if the CPU promises that its rate is constant, or under a hypervisor, which sees to that, and as long as no CPU shows
 * another value than the others (tsc_check.c). tsc=reliable takes it in any case, tsc=unstable never.
 *
 * What a reader needs lies in one constant structure; a change makes a new one and turns the pointer. So a reader never waits, NMIs
 * included.
 */
#define pr_fmt(fmt) "clock: " fmt

#include <arch/apic.h>
#include <arch/clock.h>
#include <arch/cpu.h>
#include <kernel/atomic.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/errno.h>
#include <lib/math64.h>
#include <lib/string.h>
#include "time_private.h"

#define NSEC_PER_SEC	1000000000ull

struct clock {
	const struct reference *reference;	/* NULL: the TSC */
	struct arch_clock_parameters by;
	u64 last;		/* atomic: the reference's count, extended to 64 bits */
};

extern u64 boot_tsc;		/* boot/start.c: when the kernel was entered */

static struct clock tsc_clock, reference_clock;
static struct clock *clock __read_mostly;	/* NULL before clock_init() */
static const struct reference *reference __ro_after_init;
static u64 tsc_hz __ro_after_init;

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

/* The counter's bits above the mask are kept in c->last; it must be read at least once in each half round. */
static u64 extended_count(struct clock *c)
{
	u64 last = READ_ONCE(c->last), next;

	do {
		u64 step = (c->reference->read() - last) & c->reference->mask;

		/* A reading that is a little old: another CPU was quicker. */
		if (step > c->reference->mask / 2)
			return last;
		next = last + step;
	} while (!try_cmpxchg(&c->last, &last, next));
	return next;
}

static u64 to_ns(const struct arch_clock_parameters *by, u64 cycles)
{
	u64 passed = cycles - by->base_cycles;

	/* A CPU whose counter is a trifle behind the one that set the base. */
	if (unlikely((s64)passed < 0))
		return by->base_ns;
	return by->base_ns + mul_u64_u64_shr(passed, by->multiplier, ARCH_CLOCK_SHIFT);
}

u64 arch_clock_ns(void)
{
	struct clock *c = READ_ONCE(clock);

	if (unlikely(!c))
		return 0;
	if (likely(!c->reference))
		return to_ns(&c->by, rdtsc_ordered());
	return to_ns(&c->by, extended_count(c));
}

bool arch_clock_is_tsc(void)
{
	const struct clock *c = READ_ONCE(clock);

	return c && !c->reference;
}

u64 arch_tsc_hz(void)
{
	return tsc_hz;
}

u64 arch_clock_ns_to_tsc(u64 ns)
{
	return mul_u64_u64_div_u64(ns, tsc_hz, NSEC_PER_SEC);
}

struct arch_clock_parameters arch_clock_parameters(void)
{
	if (arch_clock_is_tsc())
		return tsc_clock.by;
	return (struct arch_clock_parameters){ 0 };
}

static u64 multiplier(u64 hz)
{
	return mul_u64_u64_div_u64(NSEC_PER_SEC, 1ull << ARCH_CLOCK_SHIFT, hz);
}

/* Starts the reference as a clock that says now_ns now. */
static void start_reference_clock(u64 now_ns)
{
	reference_clock.reference = reference;
	reference_clock.last = reference->read();
	reference_clock.by = (struct arch_clock_parameters){
		.base_cycles = reference_clock.last,
		.base_ns = now_ns,
		.multiplier = multiplier(reference->hz),
	};
	smp_store_release(&clock, &reference_clock);
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
	return cpu_has(CPU_FEATURE_INVARIANT_TSC) || cpu_has(CPU_FEATURE_HYPERVISOR) || !reference_can_be_clock();
}

void __init clock_init(void)
{
	struct calibration calibration;

	reference = reference_find();
	calibrate(reference, &calibration);
	tsc_hz = calibration.tsc_hz;
	if (!tsc_hz)
		panic("the TSC does not count");

	tsc_clock.by = (struct arch_clock_parameters){ .base_cycles = boot_tsc, .multiplier = multiplier(tsc_hz) };
	smp_store_release(&clock, &tsc_clock);
	if (!tsc_is_trusted())
		start_reference_clock(arch_clock_ns());
	lapic_timer_set_frequency(calibration.lapic_hz);

	pr_info("TSC at %llu.%03llu MHz, APIC timer at %llu.%03llu MHz, by %s within %u ppm\n", tsc_hz / 1000000,
		tsc_hz / 1000 % 1000, calibration.lapic_hz / 1000000, calibration.lapic_hz / 1000 % 1000, calibration.by,
		calibration.error_ppm);
	pr_info("time is read from the %s\n", arch_clock_is_tsc() ? "TSC" : reference->name);
}
