/* SPDX-License-Identifier: MIT */
/*
 * Sets of CPUs. Sized by CONFIG_NR_CPUS, so they can be embedded; loops run to nr_cpu_ids, the
 * number of CPUs that can ever be there. cpu_online_mask changes only during bring-up and under
 * cpu_hotplug_lock.
 */
#ifndef KERNEL_CPUMASK_H
#define KERNEL_CPUMASK_H

#include <kernel/atomic.h>
#include <lib/bitmap.h>

struct cpumask {
	unsigned long bits[(CONFIG_NR_CPUS + 63) / 64];
};

#define CPUMASK_ONE_WORD	(CONFIG_NR_CPUS <= 64)

extern unsigned int nr_cpu_ids;
extern struct cpumask cpu_possible_mask, cpu_present_mask, cpu_online_mask;

static inline bool cpumask_test_cpu(unsigned int cpu, const struct cpumask *m) { return test_bit(cpu, m->bits); }
static inline void cpumask_set_cpu(unsigned int cpu, struct cpumask *m) { set_bit(cpu, m->bits); }
static inline void cpumask_clear_cpu(unsigned int cpu, struct cpumask *m) { clear_bit(cpu, m->bits); }
static inline bool cpumask_test_and_set_cpu(unsigned int cpu, struct cpumask *m) { return test_and_set_bit(cpu, m->bits); }
static inline bool cpumask_test_and_clear_cpu(unsigned int cpu, struct cpumask *m) { return test_and_clear_bit(cpu, m->bits); }

/*
 * First CPU of the set that is at least `cpu`; nr_cpu_ids when there is none. Sets hold no bits
 * from nr_cpu_ids on.
 */
static inline unsigned int cpumask_next_from(unsigned int cpu, const struct cpumask *m)
{
	unsigned long rest;

	if (!CPUMASK_ONE_WORD)
		return find_next_bit(m->bits, nr_cpu_ids, cpu);
	rest = cpu < 64 ? READ_ONCE(m->bits[0]) >> cpu << cpu : 0;
	return rest ? (unsigned int)__builtin_ctzl(rest) : nr_cpu_ids;
}

static inline unsigned int cpumask_first(const struct cpumask *m) { return cpumask_next_from(0, m); }
static inline unsigned int cpumask_next(int cpu, const struct cpumask *m) { return cpumask_next_from(cpu + 1, m); }
static inline bool cpumask_empty(const struct cpumask *m) { return cpumask_first(m) >= nr_cpu_ids; }
static inline unsigned int cpumask_weight(const struct cpumask *m) { return bitmap_weight(m->bits, nr_cpu_ids); }

static inline void cpumask_clear(struct cpumask *m) { *m = (struct cpumask){ 0 }; }

static inline void cpumask_setall(struct cpumask *m)
{
	cpumask_clear(m);
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		m->bits[cpu / 64] |= 1ul << (cpu % 64);
}

static inline void cpumask_copy(struct cpumask *to, const struct cpumask *from) { *to = *from; }

static inline bool cpumask_and(struct cpumask *to, const struct cpumask *a, const struct cpumask *b)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(to->bits); i++)
		any |= to->bits[i] = a->bits[i] & b->bits[i];
	return any != 0;
}

static inline bool cpumask_equal(const struct cpumask *a, const struct cpumask *b)
{
	unsigned long diff = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(a->bits); i++)
		diff |= a->bits[i] ^ b->bits[i];
	return !diff;
}

static inline bool cpumask_intersects(const struct cpumask *a, const struct cpumask *b)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(a->bits); i++)
		if (a->bits[i] & b->bits[i])
			return true;
	return false;
}

#define for_each_cpu(cpu, mask) \
	for ((cpu) = cpumask_first(mask); (cpu) < nr_cpu_ids; (cpu) = cpumask_next(cpu, mask))
#define for_each_possible_cpu(cpu)	for_each_cpu(cpu, &cpu_possible_mask)
#define for_each_online_cpu(cpu)	for_each_cpu(cpu, &cpu_online_mask)
#define cpu_online(cpu)			cpumask_test_cpu(cpu, &cpu_online_mask)
#define num_online_cpus()		cpumask_weight(&cpu_online_mask)
#define num_possible_cpus()		cpumask_weight(&cpu_possible_mask)

#endif
