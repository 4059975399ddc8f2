/* SPDX-License-Identifier: MIT */
/*
 * Lock statistics (CONFIG_LOCK_STAT, kernel/sync/spin/lock_stat.c), read in /proc/lock_stat.
 *
 * A class is the name that locks were initialised by. Counters are each CPU's own, so counting adds
 * no line that CPUs share: a lock that nobody else wants is not made contended by being counted.
 */
#ifndef KERNEL_LOCK_STAT_H
#define KERNEL_LOCK_STAT_H

#include <lib/types.h>

enum lock_kind { LOCK_KIND_SPIN, LOCK_KIND_MUTEX, LOCK_KIND_READ, LOCK_KIND_WRITE, NR_LOCK_KINDS };

#define LOCK_STAT_DEPTH 24

/* Locks that are held, of a CPU (spinlocks) or a thread (sleeping ones). */
struct lock_stat_stack {
	unsigned int depth;
	struct {
		const void *lock;
		u64 since_ns;
		u16 class;
	} held[LOCK_STAT_DEPTH];
};

struct lock_counts {
	u64 acquired;
	u64 contended; /* of these, those that had to wait */
	u64 wait_ns, wait_max_ns;
	u64 hold_ns, hold_max_ns;
};

#ifdef CONFIG_LOCK_STAT
/* Of a sleeping lock. waited_ns 0: it was free. class is the lock's own memory of its class. */
void lock_stat_taken(struct lock_stat_stack *stack, const void *lock, u16 *class, const char *name,
		     enum lock_kind kind, u64 waited_ns);
void lock_stat_release(struct lock_stat_stack *stack, const void *lock);
/* The n-th class with its sums over all CPUs; false behind the last. A class nobody took has 0. */
bool lock_stat_read(unsigned int n, const char **name, enum lock_kind *kind,
		    struct lock_counts *sum);
void lock_stat_reset(void);
unsigned long lock_stat_missed(void); /* acquisitions for which there was no room */
#endif

#endif
