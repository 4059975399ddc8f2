/* SPDX-License-Identifier: MIT */
/*
 * Kit: interrupts of a device.
 *
 * The handler runs with interrupts off on any CPU, never twice at once for one line, and does not sleep. It answers whether its device wanted
 * something; on a shared level-triggered line the core keeps the line masked until it has answered.
 *
 * State: draft.
 */
#ifndef KIT_IRQ_H
#define KIT_IRQ_H

#include <kit/abi.h>
#include <kit/types.h>

struct device;

enum kit_irq_result {
	KIT_IRQ_NONE = 0,		/* not from this device */
	KIT_IRQ_HANDLED = 1,
};

/*
 * Connects the device's interrupt number index (0 for the first). The device's until it lets go: then it is off and drained. 0, -ENXIO (no
 * such interrupt), -EBUSY, -ENOMEM. Sleeps. Since 0.1.
 */
int irq_connect(struct device *device, u32 index, u32 (*handler)(void *data), void *data) KIT_SYMBOL(irq_connect) __must_check;
/* Waits until no handler of it runs. Sleeps. Since 0.1. */
void irq_drain(struct device *device, u32 index) KIT_SYMBOL(irq_drain);

#endif
