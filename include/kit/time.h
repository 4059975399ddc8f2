/* SPDX-License-Identifier: MIT */
/*
 * Kit: clocks, delays and timers.
 *
 * All-zero is a timer that was never armed. The core cancels a module's timers after its exit, and those in memory of a device (dev_kzalloc) before that is
 * freed, and names them in the log.
 *
 * Unless a comment says otherwise: any context but NMI; never sleeps.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_TIME_H
#define KIT_TIME_H

#include <kit/abi.h>
#include <kit/types.h>

/* Nanoseconds since boot, never set back. Any context. Since 0.1. */
u64 ktime_get_ns(void) KIT_SYMBOL(ktime_get_ns);
/* Nanoseconds since 1970-01-01 UTC. Any context. Since 0.1. */
u64 ktime_get_real_ns(void) KIT_SYMBOL(ktime_get_real_ns);
/* Sleeps at least ms milliseconds. Since 0.1. */
void msleep(u32 ms) KIT_SYMBOL(msleep);
/* Spins for at least us microseconds, at most 1000. Any context. Since 0.1. */
void udelay(u32 us) KIT_SYMBOL(udelay);

struct timer {
	u64 private[20];
};

/* Sets up a timer that is not armed. Its callback runs in interrupt context and may not wait; it may arm its timer again. Any context. Since 0.1. */
void timer_setup(struct timer *timer, void (*callback)(struct timer *timer))
	KIT_SYMBOL(timer_setup);
/* Runs the callback once, delay_ns from now; a timer that is armed already is moved. Any context but NMI. Since 0.1. */
void timer_arm(struct timer *timer, u64 delay_ns) KIT_SYMBOL(timer_arm);
/* It neither is armed nor runs when this returns. True when it was armed. Not from its own callback; may sleep. Since 0.1. */
bool timer_cancel(struct timer *timer) KIT_SYMBOL(timer_cancel);

KIT_TABLE(timer);
KIT_HEADER_PLAIN(time, 0);

#endif
