/* SPDX-License-Identifier: MIT */
/*
 * How often and how long: for each member of a set (system calls by number, block requests by
 * operation) a count, the sum of times, the longest, and a histogram by powers of two. Each CPU
 * has its own.
 *
 * Off, whoever measures has one no-op:
 *
 *	if (latency_is_on(LATENCY_BLOCK))
 *		latency_note(LATENCY_BLOCK, operation, ns);
 *
 * Switched on and shown in tracefs (latency/). Any context but NMI.
 */
#ifndef KERNEL_LATENCY_H
#define KERNEL_LATENCY_H

#include <kernel/static_key.h>
#include <lib/types.h>

#define LATENCY_BUCKETS		36	/* bucket n: 2^(n-1) <= ns < 2^n; the last: and above */

enum latency_set { LATENCY_SYSCALL, LATENCY_BLOCK, NR_LATENCY_SETS };

struct latency {
	u64 count, sum_ns, max_ns;
	u64 bucket[LATENCY_BUCKETS];
};

#ifdef CONFIG_TRACING
extern struct static_key latency_keys[NR_LATENCY_SETS];

#define latency_is_on(set)	static_branch_unlikely(&latency_keys[set])
void latency_note(enum latency_set set, unsigned int member, u64 ns);

/* For who shows them. tables[cpu]: nr_members of them, made by the caller before it switches on; kept for ever. */
unsigned int latency_members(enum latency_set set);
void latency_set_table(enum latency_set set, unsigned int cpu, struct latency *table);
bool latency_has_table(enum latency_set set, unsigned int cpu);
/* The sum over all CPUs. */
void latency_sum(enum latency_set set, unsigned int member, struct latency *sum);
void latency_reset(enum latency_set set);
#else
#define latency_is_on(set)	false
static inline void latency_note(enum latency_set set, unsigned int member, u64 ns) { }
#endif

#endif
