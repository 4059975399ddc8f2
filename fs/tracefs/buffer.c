/* SPDX-License-Identifier: MIT */
/*
 * The rings of all CPUs: made when somebody needs them first, resized, switched on and off.
 *
 * Writers are kept out while a ring changes: recording is off, and a grace period has passed, since
 * they write with preemption off.
 */
#include "internal.h"

#include <kernel/rcu.h>
#include <kernel/sched.h>
#include <mm/slab.h>

#define DEFAULT_KIB	1408u
/*
 * A reader of whole pages waits until the ring's end is a block further. Without overwriting, what
 * it has not read leaves room for any record until then if the ring has four blocks: what is not
 * read, the rest of a block that the record does not fit into, and the record; one is kept free.
 */
#define KIB_MIN		(4 * TRACE_BLOCK / 1024)

bool trace_is_on = true;
DECLARE_WAIT_QUEUE_HEAD(trace_wait);

static bool made; /* trace_mutex, like all below */
static bool overwrite = true;
static struct cpumask recorded = { .bits = { [0 ... BITS_TO_LONGS(CONFIG_NR_CPUS) - 1] = ~0ul } };
static u32 kib_of_cpu[CONFIG_NR_CPUS]; /* 0: the default */

static struct trace_ring *ring_of(unsigned int cpu)
{
	return per_cpu_ptr(&trace_rings, cpu);
}

static void wake_readers(struct irq_work *work)
{
	wake_up_all(&trace_wait);
}

/*
 * Has the ring got that far? If not, the writer who passes pos will wake trace_wait: said before
 * the look, and not in place of what another reader waits for earlier. Whoever is woken without
 * need says it again.
 */
static bool has_reached(struct trace_ring *ring, u64 pos)
{
	u64 wanted = READ_ONCE(ring->wanted);

	while ((!wanted || wanted > pos) && !try_cmpxchg(&ring->wanted, &wanted, pos))
		;
	smp_mb(); /* of the writer: in wake_reader() */
	return trace_ring_end(ring) >= pos;
}

static bool any_has_more(void)
{
	bool more = false;
	unsigned int cpu;

	for_each_online_cpu(cpu)
		more |= has_reached(ring_of(cpu), READ_ONCE(ring_of(cpu)->read.pos) + 1);
	return more;
}

static bool has_come(struct trace_ring *ring, u64 pos)
{
	return ring ? has_reached(ring, pos) : any_has_more();
}

int trace_wait_for(struct trace_ring *ring, u64 pos, enum trace_wait how)
{
	if (has_come(ring, pos))
		return 0;
	if (how == TRACE_WAIT_NOT)
		return -EAGAIN;
	return wait_event_interruptible(&trace_wait,
					has_come(ring, pos) || (how == TRACE_WAIT_WHILE_ON &&
								!READ_ONCE(trace_is_on)));
}

/* ---- memory ---- */

static void free_blocks(u8 **blocks, unsigned int nr)
{
	for (unsigned int i = 0; blocks && i < nr; i++)
		free_page((unsigned long)blocks[i]);
	kvfree(blocks);
}

static u8 **alloc_blocks(unsigned int nr)
{
	u8 **blocks = kvzalloc(nr * sizeof(*blocks), GFP_KERNEL);

	for (unsigned int i = 0; blocks && i < nr; i++) {
		blocks[i] = (u8 *)__get_free_page(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
		if (!blocks[i]) {
			free_blocks(blocks, nr);
			return NULL;
		}
	}
	return blocks;
}

static void set_recording(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		struct trace_ring *ring = ring_of(cpu);

		ring->overwrite = overwrite;
		WRITE_ONCE(ring->recording,
			   trace_is_on && ring->blocks && cpumask_test_cpu(cpu, &recorded));
	}
}

/* With recording off and no writer inside. What was in the ring is gone. */
static void set_blocks(struct trace_ring *ring, u8 **blocks, unsigned int nr)
{
	u8 **old = ring->blocks;
	unsigned int nr_old = ring->nr_blocks;

	mutex_lock(&trace_read_mutex);
	ring->head = ring->commit = ALIGN(ring->head, TRACE_BLOCK);
	ring->blocks = blocks;
	ring->nr_blocks = nr;
	ring->wake.func = wake_readers;
	trace_ring_clear(ring);
	mutex_unlock(&trace_read_mutex);
	free_blocks(old, nr_old);
}

static unsigned int blocks_of(unsigned long kib)
{
	return (kib ?: DEFAULT_KIB) / (TRACE_BLOCK / 1024);
}

/* kib 0: what is set for the CPU. */
static unsigned int blocks_for(unsigned int cpu, unsigned long kib)
{
	return blocks_of(kib ?: kib_of_cpu[cpu]);
}

static u8 **fresh[CONFIG_NR_CPUS]; /* blocks of rings that are being made */

static void free_fresh(const struct cpumask *cpus, unsigned long kib, unsigned int end)
{
	unsigned int cpu;

	for_each_cpu(cpu, cpus)
		if (cpu < end)
			free_blocks(fresh[cpu], blocks_for(cpu, kib));
}

/* The rings of all these CPUs or of none. First the memory: behind it nothing can fail. */
static int make_rings(const struct cpumask *cpus, unsigned long kib)
{
	unsigned int cpu;

	for_each_cpu(cpu, cpus) {
		fresh[cpu] = alloc_blocks(blocks_for(cpu, kib));
		if (!fresh[cpu]) {
			free_fresh(cpus, kib, cpu);
			return -ENOMEM;
		}
	}
	for_each_cpu(cpu, cpus)
		WRITE_ONCE(ring_of(cpu)->recording, false);
	synchronize_rcu();
	for_each_cpu(cpu, cpus)
		set_blocks(ring_of(cpu), fresh[cpu], blocks_for(cpu, kib));
	return 0;
}

int trace_buffers_make(void)
{
	int error;

	if (made)
		return 0;
	if (!trace_comms)
		trace_comms = kvzalloc(TRACE_COMMS * sizeof(*trace_comms), GFP_KERNEL);
	if (!trace_comms)
		return -ENOMEM;
	error = make_rings(&cpu_online_mask, 0);
	if (error)
		return error;
	made = true;
	set_recording();
	return 0;
}

/* Of those of the CPUs that have rings of another size. */
static int resize_rings(const struct cpumask *cpus, unsigned long kib)
{
	struct cpumask resized = { 0 };
	unsigned int cpu;
	int error;

	for_each_online_cpu(cpu)
		if (cpumask_test_cpu(cpu, cpus) && ring_of(cpu)->nr_blocks != blocks_of(kib))
			cpumask_set_cpu(cpu, &resized);
	if (cpumask_empty(&resized))
		return 0;
	error = make_rings(&resized, kib);
	set_recording();
	return error;
}

int trace_buffer_resize(void *object, unsigned long kib)
{
	struct cpumask cpus = { 0 };
	unsigned int cpu;
	int error;

	if (!kib)
		return -EINVAL;
	kib = ALIGN(max(kib, (unsigned long)KIB_MIN), TRACE_BLOCK / 1024);
	if (cpu_of_object(object, &cpu))
		cpumask_set_cpu(cpu, &cpus);
	else
		cpumask_copy(&cpus, &cpu_possible_mask);
	error = made ? resize_rings(&cpus, kib) : 0;
	if (error)
		return error;
	for_each_cpu(cpu, &cpus)
		kib_of_cpu[cpu] = kib;
	return 0;
}

unsigned long trace_buffer_kib(unsigned int cpu)
{
	return kib_of_cpu[cpu] ?: DEFAULT_KIB;
}

/* ---- switches ---- */

void trace_set_on(bool on)
{
	WRITE_ONCE(trace_is_on, on);
	set_recording();
	if (!on)
		wake_up_all(&trace_wait);
}

void trace_set_overwrite(bool on)
{
	overwrite = on;
	set_recording();
}

void trace_set_cpus(const struct cpumask *cpus)
{
	cpumask_copy(&recorded, cpus);
	set_recording();
}

void trace_get_cpus(struct cpumask *cpus)
{
	cpumask_and(cpus, &recorded, &cpu_possible_mask);
}

bool trace_overwrites(void)
{
	return overwrite;
}

void trace_clear(void *object)
{
	unsigned int cpu, one;
	bool only_one = cpu_of_object(object, &one);

	mutex_lock(&trace_read_mutex);
	for_each_online_cpu(cpu)
		if (!only_one || cpu == one)
			trace_ring_clear(ring_of(cpu));
	mutex_unlock(&trace_read_mutex);
}
