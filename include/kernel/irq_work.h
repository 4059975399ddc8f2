/* SPDX-License-Identifier: MIT */
/*
 * Work for as soon as interrupts are on again: from contexts that hold locks which the work would take, NMIs included. The
 * function runs in hard interrupt context on the same CPU.
 */
#ifndef KERNEL_IRQ_WORK_H
#define KERNEL_IRQ_WORK_H

#include <lib/types.h>

struct irq_work {
	struct irq_work *next;
	void (*func)(struct irq_work *work);
	unsigned int pending; /* atomic: from the queueing until just before the call */
};

#define IRQ_WORK_INIT(function)	{ .func = (function) }

/* False if it was queued already. Any context. */
bool irq_work_queue(struct irq_work *work);
/* Waits until it is not queued and does not run any more. Interrupts on. */
void irq_work_sync(struct irq_work *work);

#endif
