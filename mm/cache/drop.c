/* SPDX-License-Identifier: MIT */
/*
 * Giving everything back: for /proc/sys/vm/drop_caches, and for tests that count what is in use before and after.
 *
 * Freed memory is often not free at once. It waits for a grace period or a worker, lies on a CPU's own stack of objects, pages or kernel stacks,
 * or in an area whose addresses some TLB may still know. mm_settle() waits for the first two and empties the others.
 */
#include <kernel/cpumask.h>
#include <kernel/rcu.h>
#include <kernel/sched.h>
#include <kernel/workqueue.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <mm/zone.h>
#include "cache.h"

#define MAX_ROUNDS	64	/* a cache that others fill meanwhile is never empty */

void shrink_all_caches(void)
{
	/* A round takes from those that were used lately only the mark; and killing a dentry leaves an unused inode. */
	for (unsigned int round = 0, idle = 0; round < MAX_ROUNDS && idle < 2; round++) {
		idle = shrink_caches(0, GFP_KERNEL) ? 0 : idle + 1;
		cond_resched();
	}
}

static long drain_cpu(void *unused)
{
	lru_drain_local();
	table_drain_local();
	stack_drain_local();
	slab_drain_local();
	drain_local_pages();
	return 0;
}

static void wait_for_deferred(void)
{
	/* What a callback of RCU hands to a worker, and the other way round. */
	for (unsigned int i = 0; i < 2; i++) {
		rcu_barrier();
		flush_workqueue(system_highpri_wq);
		flush_workqueue(system_wq);
		flush_workqueue(system_unbound_wq);
	}
	rcu_barrier();
}

static void drain_all(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		work_on_cpu(cpu, drain_cpu, NULL);
	vmalloc_purge();
	slab_shrink_all();
}

void mm_settle(void)
{
	wait_for_deferred();
	drain_all();
	/* Slabs of type-safe caches are freed behind a grace period, and the stacks' areas have been by now. */
	rcu_barrier();
	drain_all();
}
