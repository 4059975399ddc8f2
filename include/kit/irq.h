/* SPDX-License-Identifier: MIT */
/*
 * Kit: interrupts of a device.
 *
 * A device has interrupts numbered from 0. Without more ado those are its lines: number 0 is the INTx pin of a PCI device.
 * irq_vectors_alloc() replaces them by messages (MSI, MSI-X), where the device and the machine have them.
 *
 * The handler runs with interrupts off on any CPU, never twice at once for one number, and does not sleep. It answers whether its device wanted
 * something; on a shared level-triggered line the core keeps the line masked until it has answered.
 *
 * Unless a comment says otherwise: any context; never sleeps.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_IRQ_H
#define KIT_IRQ_H

#include <kit/abi.h>
#include <kit/types.h>

struct device;

enum kit_irq_constants {
	/* Answers of handlers. */
	KIT_IRQ_NONE = 0, /* not from this device */
	KIT_IRQ_HANDLED = 1,
	/* Kinds of interrupts. */
	KIT_IRQ_LINE = 0x1,
	KIT_IRQ_MSI = 0x2,
	KIT_IRQ_MSIX = 0x4,
	KIT_IRQ_ANY = 0x7,
};

/*
 * Chooses the kind of interrupts: the best of kinds (MSI-X, then MSI, then the line) that gives at least min, and of it at most max (MSI and
 * the line give one). How many it got, or -ENXIO (no kind gives that many), -EBUSY (some are connected, or were allocated before), -EINVAL,
 * -ENOMEM. The device's until it lets go. Sleeps. Since 0.1.
 */
int irq_vectors_alloc(struct device *device, u32 min, u32 max, u32 kinds)
	KIT_SYMBOL(irq_vectors_alloc) __must_check;
/* Back to the line, before its time; all are disconnected. Sleeps. Since 0.1. */
void irq_vectors_free(struct device *device) KIT_SYMBOL(irq_vectors_free);
/* The kind that is in use: KIT_IRQ_LINE, KIT_IRQ_MSI or KIT_IRQ_MSIX. Since 0.1. */
u32 irq_kind(const struct device *device) KIT_SYMBOL(irq_kind);

/*
 * Connects the device's interrupt number index (0 for the first). The device's until it lets go: then it is off and drained. 0, -ENXIO (no
 * such interrupt), -EBUSY, -ENOMEM, -ENOSPC (the CPUs' vectors are used up). Sleeps. Since 0.1.
 */
int irq_connect(struct device *device, u32 index, u32 (*handler)(void *data), void *data)
	KIT_SYMBOL(irq_connect) __must_check;
/* Off and drained before its time. Sleeps. Since 0.1. */
void irq_disconnect(struct device *device, u32 index) KIT_SYMBOL(irq_disconnect);
/* Waits until no handler of it runs. Sleeps. Since 0.1. */
void irq_drain(struct device *device, u32 index) KIT_SYMBOL(irq_drain);

/*
 * Keeps a connected interrupt away: irq_mask waits for a running handler, so it is not called from the handler. They nest, and what comes
 * meanwhile comes afterwards. Who shares the line gets nothing meanwhile either; disconnecting undoes what is left. Sleeps. Since 0.1.
 */
void irq_mask(struct device *device, u32 index) KIT_SYMBOL(irq_mask);
/* Undoes one irq_mask. Sleeps. Since 0.1. */
void irq_unmask(struct device *device, u32 index) KIT_SYMBOL(irq_unmask);

/*
 * Where a connected interrupt may arrive: a bitmap of nr_cpus CPUs; cpu_count() in kit/cpu.h says how many there are. 0, -ENXIO, -EINVAL (none
 * of them is there), -ENOSPC. Sleeps. Since 0.1.
 */
int irq_set_cpus(struct device *device, u32 index, const u64 *cpus, u32 nr_cpus)
	KIT_SYMBOL(irq_set_cpus) __must_check;
/* The same for one CPU. 0, -ENXIO, -EINVAL, -ENOSPC. Sleeps. Since 0.1. */
int irq_set_cpu(struct device *device, u32 index, u32 cpu) KIT_SYMBOL(irq_set_cpu) __must_check;

KIT_HEADER(irq, 0);

#endif
