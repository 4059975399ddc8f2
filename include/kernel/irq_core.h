/* SPDX-License-Identifier: MIT */
/* Between interrupt controllers and the core of kernel/irq. */
#ifndef KERNEL_IRQ_CORE_H
#define KERNEL_IRQ_CORE_H

#include <kernel/interrupt.h>

/* Makes the line `irq`, masked, with its usual trigger. 0, -EEXIST or -ENOMEM. While booting. */
int irq_add_line(unsigned int irq, const struct irq_chip *chip, void *chip_data,
		 unsigned int trigger);

/* An interrupt of the line has arrived on this CPU: runs the handlers and ends it at the chip. Interrupts off. */
void irq_handle(struct irq_desc *desc);

#endif
