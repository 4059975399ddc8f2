/* SPDX-License-Identifier: MIT */
/* Counts and histograms of latencies (kernel/latency.h). */
#include <arch/irqflags.h>
#include <arch/percpu.h>
#include <kernel/cpumask.h>
#include <kernel/latency.h>
#include <lib/bitops.h>
#include <lib/compiler.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <generated/syscall_table.h>

#define NR_BLOCK_OPERATIONS	5

struct static_key latency_keys[NR_LATENCY_SETS];

static const unsigned int nr_members[NR_LATENCY_SETS] = {
	[LATENCY_SYSCALL] = NR_SYSCALLS,
	[LATENCY_BLOCK] = NR_BLOCK_OPERATIONS,
};

static DEFINE_PER_CPU(struct latency *[NR_LATENCY_SETS], latency_tables);

unsigned int latency_members(enum latency_set set)
{
	return nr_members[set];
}

bool latency_has_table(enum latency_set set, unsigned int cpu)
{
	return per_cpu(latency_tables, cpu)[set];
}

void latency_set_table(enum latency_set set, unsigned int cpu, struct latency *table)
{
	smp_store_release(&per_cpu(latency_tables, cpu)[set], table);
}

/* Interrupts are off meanwhile: the end of a block request is noted where it comes, in an interrupt or in a thread. */
void latency_note(enum latency_set set, unsigned int member, u64 ns)
{
	struct latency *table, *l;
	unsigned int bits = ns ? 64 - __builtin_clzl(ns) : 0;
	unsigned int bucket = min(bits, LATENCY_BUCKETS - 1u);
	unsigned long flags;

	local_irq_save(flags);
	table = this_cpu_read(latency_tables[set]);
	if (table && member < nr_members[set]) {
		l = &table[member];
		l->count++;
		l->sum_ns += ns;
		l->max_ns = max(l->max_ns, ns);
		l->bucket[bucket]++;
	}
	local_irq_restore(flags);
}

void latency_sum(enum latency_set set, unsigned int member, struct latency *sum)
{
	unsigned int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_online_cpu(cpu) {
		const struct latency *table = per_cpu(latency_tables, cpu)[set];

		if (!table)
			continue;
		sum->count += READ_ONCE(table[member].count);
		sum->sum_ns += READ_ONCE(table[member].sum_ns);
		sum->max_ns = max(sum->max_ns, READ_ONCE(table[member].max_ns));
		for (unsigned int i = 0; i < LATENCY_BUCKETS; i++)
			sum->bucket[i] += READ_ONCE(table[member].bucket[i]);
	}
}

/* What is being noted at the same time may survive in part. */
void latency_reset(enum latency_set set)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		struct latency *table = per_cpu(latency_tables, cpu)[set];

		if (table)
			memset(table, 0, nr_members[set] * sizeof(*table));
	}
}
