/* SPDX-License-Identifier: MIT */
/*
 * Reading the clock: the TSC if it can be trusted, else a reference counter. arch/x86_64/time chooses.
 *
 * What a reader needs lies in one structure that does not change; a change of the clock turns the pointer to another. So a reader never
 * waits, NMIs included.
 */
#include <arch/clock.h>
#include <arch/clock_source.h>
#include <arch/cpu.h>
#include <kernel/atomic.h>
#include <lib/math64.h>

#define NSEC_PER_SEC	1000000000ull

static struct clock_source *source __read_mostly; /* NULL before clock_init() */
static u64 tsc_hz __ro_after_init;

/* The counter's bits above the mask are kept in s->last; it must be read at least once in each half round. */
static u64 extended_count(struct clock_source *s)
{
	u64 last = READ_ONCE(s->last), next;

	do {
		u64 step = (s->counter->read() - last) & s->counter->mask;

		/* A reading that is a little old: another CPU was quicker. */
		if (step > s->counter->mask / 2)
			return last;
		next = last + step;
	} while (!try_cmpxchg(&s->last, &last, next));
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
	struct clock_source *s = READ_ONCE(source);

	if (unlikely(!s))
		return 0;
	if (likely(!s->counter))
		return to_ns(&s->by, rdtsc_ordered());
	return to_ns(&s->by, extended_count(s));
}

bool arch_clock_is_tsc(void)
{
	const struct clock_source *s = READ_ONCE(source);

	return s && !s->counter;
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
	const struct clock_source *s = READ_ONCE(source);

	return s && !s->counter ? s->by : (struct arch_clock_parameters){ 0 };
}

void clock_use(struct clock_source *new)
{
	smp_store_release(&source, new);
}

void clock_set_tsc_rate(u64 hz)
{
	tsc_hz = hz;
}
