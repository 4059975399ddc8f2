/* SPDX-License-Identifier: MIT */
/*
 * Read-copy-update (kernel/sync/rcu.c): readers take no lock and write no shared memory.
 *
 * A read-side section is a region with preemption off; it must not sleep. A grace period has passed
 * when every CPU has been through a context switch, the idle loop or user mode since it began. Idle
 * CPUs are in an extended quiescent state and are never woken for one.
 */
#ifndef KERNEL_RCU_H
#define KERNEL_RCU_H

#include <kernel/preempt.h>
#include <lib/rcupointer.h>

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

#define rcu_read_lock()		preempt_disable()
#define rcu_read_unlock()	preempt_enable()

/*
 * Calls func(head) after a grace period, from a kernel thread with preemption on; it may not sleep
 * long. Any context.
 */
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
/* kfree()s the object in which head lies, after a grace period. */
void kfree_rcu_ptr(struct rcu_head *head, void *object);
#define kfree_rcu(ptr, member)	kfree_rcu_ptr(&(ptr)->member, ptr)

void synchronize_rcu(void); /* waits for a grace period; sleeps */
void rcu_barrier(void);	    /* waits for all callbacks queued before; sleeps */

/* Hooks of the scheduler, the idle loop and interrupts. */
/* quiescent states of this CPU; what follows must be ordered by a full barrier */
DECLARE_PER_CPU(unsigned long, rcu_passes);
DECLARE_PER_CPU(bool, rcu_poked); /* a grace period waits for this CPU */

static inline void rcu_note_context_switch(void)
{
	this_cpu_inc(rcu_passes);
}

/*
 * From an interrupt that found this CPU's code preemptible, so in no read-side section; and from
 * one that did not.
 */
void rcu_interrupted(void);
void rcu_tick(void);	   /* from each CPU's tick: whether the thread is stuck */
void rcu_idle_enter(void); /* interrupts off */
void rcu_idle_exit(void);
void rcu_init(void); /* starts the thread: kthreads are there */

#endif
