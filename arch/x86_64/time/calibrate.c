/* SPDX-License-Identifier: MIT */
/*
 * How fast the TSC and the local APIC's timer run, measured against a counter of known rate.
 *
 * Under emulation any two reads may lie milliseconds apart, because the host ran something else. So a measurement is a point: of many
 * readings of a counter, each between two of the TSC, the one with the least time between those two; that time is the
 * point's uncertainty. Several points are taken over some 25 ms. The rate comes from the pair of points for which uncertainty over distance
 * is the least: a point that was disturbed is not used, and a pause between points does no harm. But a pause in which the reference
 * counts a whole round (the PIT's takes 55 ms) is not seen in its count: pairs across it contradict the median of the neighbours'
 * rates and are left out.
 */
#include <arch/apic.h>
#include <arch/cpu.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/math64.h>
#include "time_private.h"

#define NR_POINTS	6
#define READINGS	16
#define GAP_US		4000
#define PPM		1000000
/* A pair that is worse than this: measure again. */
#define BAD_PPM		2000
/* A pair that differs from the median by one part in so many is wrong. */
#define AGREEMENT	64
#define ROUNDS		4

struct point {
	u64 tsc;
	u64 count;
	u64 uncertainty; /* TSC cycles */
};

static u64 __init read_lapic(void)
{
	return ~lapic_timer_count() & 0xffffffff;
}

static struct point __init take_point(u64 (*read)(void))
{
	struct point best = { .uncertainty = ~0ull };

	for (int i = 0; i < READINGS; i++) {
		u64 before = rdtsc_ordered(), count = read(), after = rdtsc_ordered();

		if (after - before < best.uncertainty)
			best = (struct point){ .tsc = before + (after - before) / 2,
					       .count = count,
					       .uncertainty = after - before };
	}
	return best;
}

static void __init wait_us(const struct reference *reference, u64 us)
{
	u64 start = reference->read(), ticks = reference->hz * us / PPM;

	while (((reference->read() - start) & reference->mask) < ticks)
		cpu_relax();
}

/* Uncertainty over distance of a pair, in parts per million. */
static u64 __init pair_error(const struct point *a, const struct point *b)
{
	/* lint: analyzer-use-of-uninitialized-value: measure() takes all points */
	u64 distance = b->tsc - a->tsc;

	/* lint: analyzer-use-of-uninitialized-value: measure() takes all points */
	return distance ? (a->uncertainty + b->uncertainty) * PPM / distance : ~0ull;
}

static u64 __init scale(u64 value, u64 multiply, u64 divide)
{
	return divide ? mul_u64_u64_div_u64(value, multiply, divide) : 0;
}

/* Counts of the one counter for each million of the TSC. */
static u64 __init rate(const struct point *a, const struct point *b, u64 mask)
{
	/* lint: analyzer-use-of-uninitialized-value: measure() takes all points */
	return scale((b->count - a->count) & mask, PPM, b->tsc - a->tsc);
}

static u64 __init median_rate(const struct point *points, u64 mask)
{
	u64 rates[NR_POINTS - 1];

	for (int i = 0; i < NR_POINTS - 1; i++) {
		u64 value = rate(&points[i], &points[i + 1], mask);
		int at = i;

		/* lint: uninitvar: those in front of i are set */
		for (; at && rates[at - 1] > value; at--)
			rates[at] = rates[at - 1];
		rates[at] = value;
	}
	return rates[(NR_POINTS - 1) / 2];
}

struct pair {
	const struct point *a, *b;
	u64 error_ppm;
};

static struct pair __init best_pair(const struct point *points, u64 mask)
{
	struct pair best = { .a = &points[0], .b = &points[1], .error_ppm = ~0u };
	u64 median = median_rate(points, mask), tolerance = median / AGREEMENT + 1;

	for (int i = 0; i < NR_POINTS; i++) {
		for (int j = i + 1; j < NR_POINTS; j++) {
			u64 error = pair_error(&points[i], &points[j]),
			    found = rate(&points[i], &points[j], mask);

			if (error < best.error_ppm && found + tolerance > median &&
			    found < median + tolerance)
				best = (struct pair){ &points[i], &points[j], error };
		}
	}
	return best;
}

static u64 __init counted(const struct pair *pair, u64 mask)
{
	return (pair->b->count - pair->a->count) & mask;
}

/* True when the result is good. */
static bool __init measure(const struct reference *reference, struct calibration *result)
{
	struct point by_reference[NR_POINTS], by_lapic[NR_POINTS];
	struct pair pair;

	lapic_timer_start_free();
	for (int i = 0; i < NR_POINTS; i++) {
		if (i)
			wait_us(reference, GAP_US);
		by_reference[i] = take_point(reference->read);
		by_lapic[i] = take_point(read_lapic);
	}
	pair = best_pair(by_reference, reference->mask);
	result->tsc_hz = scale(pair.b->tsc - pair.a->tsc, reference->hz,
			       counted(&pair, reference->mask));
	result->error_ppm = pair.error_ppm;
	pair = best_pair(by_lapic, 0xffffffff);
	result->lapic_hz = scale(counted(&pair, 0xffffffff), result->tsc_hz,
				 pair.b->tsc - pair.a->tsc);
	return result->error_ppm + pair.error_ppm < BAD_PPM;
}

/* Rates that the CPU or the hypervisor tells. 0: it does not. */
static u64 __init told_tsc_hz(void)
{
	struct cpuid r;

	if (boot_cpu.max_leaf >= 0x15) {
		r = cpuid(0x15, 0);
		if (r.eax && r.ebx && r.ecx)
			return (u64)r.ecx * r.ebx / r.eax;
	}
	if (cpu_has(CPU_FEATURE_HYPERVISOR) && cpuid(0x40000000, 0).eax >= 0x40000010)
		return cpuid(0x40000010, 0).eax * 1000ull;
	return 0;
}

void __init calibrate(const struct reference *reference, struct calibration *result)
{
	struct calibration attempt;
	u64 told = told_tsc_hz();

	result->error_ppm = ~0u;
	result->by = reference->name;
	for (int round = 0; round < ROUNDS; round++) {
		bool good = measure(reference, &attempt);

		attempt.by = reference->name;
		if (attempt.error_ppm < result->error_ppm)
			*result = attempt;
		if (good)
			break;
	}
	/* What is told must agree with what was seen, within a percent: it has been wrong. */
	if (told && told - told / 100 < result->tsc_hz && result->tsc_hz < told + told / 100) {
		result->lapic_hz = scale(result->lapic_hz, told, result->tsc_hz);
		result->tsc_hz = told;
		result->error_ppm = 0;
		result->by = "CPUID";
	}
}
