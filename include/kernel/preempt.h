/* SPDX-License-Identifier: MIT */
/*
 * The preemption count of this CPU.
 *
 *	bits  0-7	nesting of preempt_disable, spinlocks included
 *	bits 16-19	hard interrupt nesting
 *	bits 20-23	NMI nesting
 *	bit  31		set when NO reschedule is wanted, so that "count is zero and a reschedule is wanted" is one test for 0
 *
 * A context may sleep only when preemptible() is true. Deferred work of interrupts runs in kernel
 * threads and work queues; there are no soft interrupts.
 */
#ifndef KERNEL_PREEMPT_H
#define KERNEL_PREEMPT_H

#include <arch/barrier.h>
#include <arch/irqflags.h>
#include <arch/percpu.h>

#define PREEMPT_MASK		0x000000ffu
#define HARDIRQ_OFFSET		0x00010000u
#define HARDIRQ_MASK		0x000f0000u
#define NMI_OFFSET		0x00100000u
#define NMI_MASK		0x00f00000u
#define PREEMPT_NO_RESCHED	0x80000000u

DECLARE_PER_CPU(unsigned int, preempt_word);

static inline unsigned int preempt_count(void)
{
	return this_cpu_read(preempt_word) & ~PREEMPT_NO_RESCHED;
}

#define in_hardirq()	((this_cpu_read(preempt_word) & HARDIRQ_MASK) != 0)
#define in_nmi()	((this_cpu_read(preempt_word) & NMI_MASK) != 0)
#define in_interrupt()	((this_cpu_read(preempt_word) & (HARDIRQ_MASK | NMI_MASK)) != 0)
#define in_atomic()	(preempt_count() != 0)
#define preemptible()	(preempt_count() == 0 && !irqs_disabled())
#define need_resched()	(!(this_cpu_read(preempt_word) & PREEMPT_NO_RESCHED))

/* Sets or clears the wish on this CPU; sched only. */
#define set_need_resched_here()		this_cpu_and(preempt_word, ~PREEMPT_NO_RESCHED)
#define clear_need_resched_here()	this_cpu_or(preempt_word, PREEMPT_NO_RESCHED)

/* kernel/sched: called when the count falls to 0 with a reschedule wanted */
void preempt_schedule(void);

static inline void preempt_disable(void)
{
	this_cpu_add(preempt_word, 1);
	barrier();
}

static inline void preempt_enable_no_resched(void)
{
	barrier();
	this_cpu_sub(preempt_word, 1);
}

static inline void preempt_enable(void)
{
	bool zero;

	barrier();
	asm volatile("decl %%gs:%1" : "=@ccz"(zero), "+m"(preempt_word) : : "memory");
	if (unlikely(zero))
		preempt_schedule();
}

/*
 * A function that may sleep says so first, whether or not it will this time; reported when it is
 * called in atomic context. From might_sleep_begins() on: before, nobody else runs to be kept from it.
 */
#ifdef CONFIG_DEBUG_LOCKS
void might_sleep_check(const char *file, int line);
void might_sleep_begins(void);
#define might_sleep()	might_sleep_check(__FILE__, __LINE__)
#define might_sleep_if(condition) do {								\
	if (condition)										\
		might_sleep();									\
} while (0)
#else
static inline void might_sleep_begins(void) { }
#define might_sleep()	do { } while (0)
#define might_sleep_if(condition)	do { } while (0)
#endif

#define get_cpu()	({ preempt_disable(); smp_processor_id(); })
#define put_cpu()	preempt_enable()

#endif
