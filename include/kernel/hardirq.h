/* SPDX-License-Identifier: MIT */
/*
 * Entering and leaving a hard interrupt; what the interrupt entry calls around handlers, interrupts
 * off.
 *
 *	old = irq_enter(frame); handler(); irq_exit(old);
 *	if (frame_is_user(frame)) ... the ways back to user mode test thread->flags
 *	else if (!this_cpu_read(preempt_word) && !irqs_disabled_flags(frame->rflags)) preempt_schedule_irq();
 *
 * preempt_word is 0 exactly when a reschedule is wanted and nothing forbids it.
 */
#ifndef KERNEL_HARDIRQ_H
#define KERNEL_HARDIRQ_H

#include <arch/trap_frame.h>
#include <kernel/preempt.h>

/* what the running interrupt interrupted; NULL outside */
DECLARE_PER_CPU(struct trap_frame *, irq_frame);
/* the idle loop waits and RCU ignores this CPU */
DECLARE_PER_CPU(bool, cpu_in_idle);

void rcu_irq_enter_idle(void);
void rcu_irq_exit_idle(void);

static inline struct trap_frame *irq_enter(struct trap_frame *frame)
{
	struct trap_frame *old = this_cpu_read(irq_frame);

	this_cpu_add(preempt_word, HARDIRQ_OFFSET);
	this_cpu_write(irq_frame, frame);
	if (this_cpu_read(cpu_in_idle))
		rcu_irq_enter_idle();
	return old;
}

static inline void irq_exit(struct trap_frame *old)
{
	if (this_cpu_read(cpu_in_idle))
		rcu_irq_exit_idle();
	this_cpu_write(irq_frame, old);
	this_cpu_sub(preempt_word, HARDIRQ_OFFSET);
}

static inline struct trap_frame *get_irq_frame(void) { return this_cpu_read(irq_frame); }

/* NMIs: no RCU inside, and they never reschedule. */
#define nmi_enter()	this_cpu_add(preempt_word, NMI_OFFSET)
#define nmi_exit()	this_cpu_sub(preempt_word, NMI_OFFSET)

#endif
