/* SPDX-License-Identifier: MIT */
/*
 * Kit: work items: a function that a kernel thread calls soon, where it may sleep.
 *
 * One item runs on one CPU at a time; its function may free it. All-zero is an item that was never set up. The core cancels a module's items
 * after its exit, and those in memory of a device (dev_kzalloc) before that is freed, and names them in the log.
 *
 * Unless a comment says otherwise: any context but NMI; never sleeps.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_WORK_H
#define KIT_WORK_H

#include <kit/abi.h>
#include <kit/types.h>

struct work {
	u64 private[24];
};

/* Sets up an item that is neither queued nor running. Any context. Since 0.1. */
void work_setup(struct work *work, void (*function)(struct work *work)) KIT_SYMBOL(work_setup);
/* Has function(work) called soon, by a kernel thread. False when it was queued already. Any context but NMI. Since 0.1. */
bool work_schedule(struct work *work) KIT_SYMBOL(work_schedule);
/* The same after delay_ns. False when it was queued already. Any context but NMI. Since 0.1. */
bool work_schedule_delayed(struct work *work, u64 delay_ns) KIT_SYMBOL(work_schedule_delayed);
/* It neither is queued nor runs when this returns. True when it was queued. Sleeps; not from its own function. Since 0.1. */
bool work_cancel(struct work *work) KIT_SYMBOL(work_cancel);
/* Waits until what was queued has run. Sleeps. Since 0.1. */
void work_flush(struct work *work) KIT_SYMBOL(work_flush);

KIT_TABLE(work);
KIT_HEADER_PLAIN(work, 0);

#endif
