/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks: what happens when the lock is not free.
 *
 * The word: byte 0 is the holder's, the rest names the tail of a queue of waiting CPUs.
 *
 *	31            10 9    8 7        0
 *	[ CPU number + 1 | nest | held 0/1 ]
 *
 * On bare metal waiters form an MCS queue: each spins on a node of its own CPU, so that a contended
 * lock costs one cache line transfer a hand-over, and it is fair. Only the head of the queue looks
 * at the word. A CPU has four nodes, since a waiter may be interrupted by another (thread,
 * interrupt, NMI, machine check).
 *
 * On a hypervisor the next in the queue may be a CPU that is not running now, and everyone behind
 * it would wait for nothing. There waiters take the lock as they find it free. The choice is made
 * once, before a second CPU runs.
 */
#include <arch/percpu.h>
#include <kernel/init.h>
#include <kernel/spinlock.h>

#define WORD_HELD	0x000000ffu
#define WORD_NEST_SHIFT	8
#define WORD_CPU_SHIFT	10
#define NR_NEST		4

struct mcs_node {
	struct mcs_node *next;
	u32 may_go;
};

struct mcs_nodes {
	struct mcs_node node[NR_NEST];
	u32 used;
};

static DEFINE_PER_CPU_ALIGNED(struct mcs_nodes, mcs_nodes);
static bool spin_queued __read_mostly;

void __init spin_lock_use_queues(void)
{
	spin_queued = true;
}

/*
 * Changing this is safe at any time: both kinds of waiter respect each other, if not their places.
 */
bool spin_lock_test_queues(bool on)
{
	return xchg(&spin_queued, on);
}

static void spin_unfair(spinlock_t *lock)
{
	do {
		while (READ_ONCE(lock->word))
			cpu_relax();
	} while (!raw_spin_trylock(lock));
}

static u32 tail_of(unsigned int cpu, unsigned int nest)
{
	return (cpu + 1) << WORD_CPU_SHIFT | nest << WORD_NEST_SHIFT;
}

static struct mcs_node *node_of(u32 tail)
{
	unsigned int cpu = (tail >> WORD_CPU_SHIFT) - 1;

	return &per_cpu(mcs_nodes, cpu).node[tail >> WORD_NEST_SHIFT & (NR_NEST - 1)];
}

/* Puts our tail into the word and returns the one before, 0 if the queue was empty. */
static u32 join_queue(spinlock_t *lock, u32 tail)
{
	u32 old = READ_ONCE(lock->word);

	while (!try_cmpxchg(&lock->word, &old, (old & WORD_HELD) | tail))
		cpu_relax();
	return old & ~WORD_HELD;
}

static void wait_for_turn(struct mcs_node *node, u32 before)
{
	WRITE_ONCE(node_of(before)->next, node);
	while (!smp_load_acquire(&node->may_go))
		cpu_relax();
}

/* Head of the queue: takes the lock, and wakes the next in the queue if there is one. */
static void take_as_head(spinlock_t *lock, struct mcs_node *node, u32 tail)
{
	struct mcs_node *next;
	u32 word;

	while ((word = READ_ONCE(lock->word)) & WORD_HELD)
		cpu_relax();
	if (word == tail && try_cmpxchg(&lock->word, &word, 1))
		return;
	/* Nobody else may set the byte while a queue exists. */
	WRITE_ONCE(*(u8 *)&lock->word, 1);
	smp_mb();
	while (!(next = READ_ONCE(node->next)))
		cpu_relax();
	smp_store_release(&next->may_go, 1);
}

/* Preemption or interrupts are off. `value` is what the fast path found. */
void spin_lock_slow(spinlock_t *lock, u32 value)
{
	struct mcs_nodes *nodes;
	struct mcs_node *node;
	unsigned int nest;
	u32 tail, before;

	nodes = this_cpu_ptr(&mcs_nodes);
	nest = nodes->used;
	if (!spin_queued || nest >= NR_NEST) {
		spin_unfair(lock);
		return;
	}
	WRITE_ONCE(nodes->used, nest + 1);
	barrier();
	node = &nodes->node[nest];
	node->next = NULL;
	node->may_go = 0;
	tail = tail_of(this_cpu_read(cpu_number), nest);
	before = join_queue(lock, tail);
	if (before)
		wait_for_turn(node, before);
	take_as_head(lock, node, tail);
	barrier();
	WRITE_ONCE(nodes->used, nest);
}
