/* SPDX-License-Identifier: MIT */
/*
 * Kit: waiting for an event, in init, exit, probe, remove and work items only, and always with a limit: a class callback never waits for a
 * device (see the classes: they answer -EAGAIN and call when the device is ready).
 *
 * All-zero is a completion that has not happened.
 *
 * Unless a comment says otherwise: any context but NMI; never sleeps.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_WAIT_H
#define KIT_WAIT_H

#include <kit/abi.h>
#include <kit/types.h>

struct completion {
	u64 private[8];
};

/* It has happened: lets one waiter through, the present or the next. Any context but NMI. Since 0.1. */
void complete(struct completion *c) KIT_SYMBOL(complete);
/* Lets all waiters through, also later ones. Any context but NMI. Since 0.1. */
void complete_all(struct completion *c) KIT_SYMBOL(complete_all);
/* Forgets what has happened; nobody may be waiting. Any context. Since 0.1. */
void reinit_completion(struct completion *c) KIT_SYMBOL(reinit_completion);
/* Waits for it. Sleeps: 0, or -ETIMEDOUT after timeout_ms milliseconds. Since 0.1. */
int completion_wait(struct completion *c, u32 timeout_ms) KIT_SYMBOL(completion_wait) __must_check;

KIT_TABLE(completion);
KIT_HEADER_PLAIN(wait, 0);

#endif
