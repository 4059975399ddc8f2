/* SPDX-License-Identifier: MIT */
/*
 * Between the parts of kernel/irq.
 *
 * Lock order: irq_mutex (who changes lines), then a line's lock, then its controller's.
 */
#ifndef IRQ_PRIVATE_H
#define IRQ_PRIVATE_H

#include <kernel/interrupt.h>
#include <kernel/mutex.h>

extern struct mutex irq_mutex;

/* Both with desc->lock held. */
void irq_mask_locked(struct irq_desc *desc);
void irq_unmask_locked(struct irq_desc *desc);

/* Gives the line a vector on a CPU of its affinity, masked meanwhile. irq_mutex held. */
int irq_assign_target(struct irq_desc *desc);
/* Takes it away; the line has no actions. irq_mutex held. */
void irq_release_target(struct irq_desc *desc);

#endif
