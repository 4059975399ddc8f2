/* SPDX-License-Identifier: MIT */
/*
 * Is the TSC the same on a CPU that starts as on the one that starts it?
 *
 * Both take turns under a lock: read the TSC, compare with what the other read before. A value below that one means that time would go
 * back for a thread that changes the CPU; the largest step back is the warp.
 */
#define pr_fmt(fmt) "clock: " fmt

#include <arch/clock.h>
#include <arch/cpu.h>
#include <kernel/atomic.h>
#include <kernel/log.h>
#include "time_private.h"

#define ROUNDS		2000
/* The starter does not wait for a partner that does not come. */
#define PATIENCE_NS	200000000ull

static u32 turn_lock;
static u64 last_tsc; /* turn_lock */
static u64 max_warp; /* turn_lock */
static atomic_t ready, finished;

static void take_turns(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		u64 now;

		while (xchg(&turn_lock, 1))
			cpu_relax();
		now = rdtsc_ordered();
		if (now < last_tsc && last_tsc - now > max_warp)
			max_warp = last_tsc - now;
		last_tsc = now;
		smp_store_release(&turn_lock, 0);
	}
}

static bool wait_for_other(atomic_t *count)
{
	u64 start = arch_clock_ns();

	atomic_inc(count);
	while (atomic_read(count) < 2) {
		if (arch_clock_ns() - start > PATIENCE_NS)
			return false;
		cpu_relax();
	}
	return true;
}

static void check(void)
{
	if (!wait_for_other(&ready))
		return;
	take_turns();
	wait_for_other(&finished);
}

void clock_check_source(unsigned int cpu)
{
	if (!arch_clock_is_tsc())
		return;
	last_tsc = 0;
	max_warp = 0;
	check();
	if (max_warp) {
		pr_notice("TSC of CPU %u is up to %llu cycles off\n", cpu, max_warp);
		clock_leave_tsc();
	}
	atomic_set(&ready, 0);
	atomic_set(&finished, 0);
}

void clock_check_target(void)
{
	if (arch_clock_is_tsc())
		check();
}
