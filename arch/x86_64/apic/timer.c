/* SPDX-License-Identifier: MIT */
/*
 * Each CPU's one-shot timer: the local APIC's. Where the CPU has the TSC deadline mode (and the clock is the TSC), it compares
 * with the TSC itself; else it counts down a 32-bit register at a rate that clock_init() measured.
 */
#include <arch/apic.h>
#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/lapic_regs.h>
#include <arch/timer.h>
#include <arch/vectors.h>
#include <kernel/init.h>
#include <lib/math64.h>
#include "lapic_private.h"

#define NSEC_PER_SEC	1000000000ull
#define SHIFT		32
/* What both ways can hold: after a minute it is set anew. */
#define MAX_DELTA_NS	(60 * NSEC_PER_SEC)
/* Below, the time has passed before the register is written. */
#define MIN_COUNT	1

static bool use_deadline __ro_after_init;
static u64 count_per_ns __ro_after_init; /* << SHIFT */

void __init lapic_timer_set_frequency(u64 hz)
{
	use_deadline = cpu_has(CPU_FEATURE_TSC_DEADLINE) && arch_clock_is_tsc();
	count_per_ns = (hz << SHIFT) / NSEC_PER_SEC;
}

void lapic_timer_init_cpu(void)
{
	if (use_deadline) {
		lapic_write(LAPIC_LVT_TIMER, LVT_TIMER_DEADLINE | VECTOR_TIMER);
		/* The mode must be there before the first deadline. */
		mb();
		return;
	}
	lapic_write(LAPIC_TIMER_DIVIDE, TIMER_DIVIDE_16);
	lapic_write(LAPIC_LVT_TIMER, LVT_TIMER_ONE_SHOT | VECTOR_TIMER);
}

void __init lapic_timer_start_free(void)
{
	lapic_write(LAPIC_TIMER_DIVIDE, TIMER_DIVIDE_16);
	lapic_write(LAPIC_LVT_TIMER, LVT_MASKED | LVT_TIMER_ONE_SHOT | VECTOR_TIMER);
	lapic_write(LAPIC_TIMER_INITIAL, ~0u);
}

u32 __init lapic_timer_count(void)
{
	return lapic_read(LAPIC_TIMER_CURRENT);
}

void arch_timer_program(u64 delta_ns)
{
	u64 count;

	if (delta_ns > MAX_DELTA_NS)
		delta_ns = MAX_DELTA_NS;
	if (use_deadline) {
		wrmsr(MSR_TSC_DEADLINE, rdtsc() + arch_clock_ns_to_tsc(delta_ns));
		return;
	}
	/* Rounded up: never early by a fraction of a count. */
	count = mul_u64_u64_shr(delta_ns, count_per_ns, SHIFT) + MIN_COUNT;
	lapic_write(LAPIC_TIMER_INITIAL, count < 0xffffffff ? count : 0xffffffff);
}
