/* SPDX-License-Identifier: MIT */
/* What stands behind the kit's struct timer. */
#ifndef KERNEL_MODULE_KIT_TIMER_H
#define KERNEL_MODULE_KIT_TIMER_H

#include "kit.h"

#include <kernel/hrtimer.h>

struct kit_timer {
	union {
		struct {
			struct hrtimer hrtimer;
			struct list_head node; /* module->kit_lock */
			struct module *module;
			void (*callback)(struct kit_timer *timer);
		};
		u64 size[20];
	};
};
_Static_assert(sizeof(struct kit_timer) == 160, "kit/time.h: struct timer");

void kit_timer_setup(struct kit_timer *timer, void (*callback)(struct kit_timer *timer));
void kit_timer_arm(struct kit_timer *timer, u64 delay_ns);
bool kit_timer_cancel(struct kit_timer *timer);

#endif
