/* SPDX-License-Identifier: MIT */
/* What stands behind the kit's struct work. */
#ifndef KERNEL_MODULE_KIT_WORK_H
#define KERNEL_MODULE_KIT_WORK_H

#include "kit.h"

#include <kernel/workqueue.h>

struct kit_work {
	union {
		struct {
			struct delayed_work work;
			struct list_head node; /* module->kit_lock */
			struct module *module;
			void (*function)(struct kit_work *work);
			unsigned int due; /* module->kit_lock */
		};
		u64 size[24];
	};
};
_Static_assert(sizeof(struct kit_work) == 192, "kit/work.h: struct work");

void kit_work_setup(struct kit_work *work, void (*function)(struct kit_work *work));
bool kit_work_schedule(struct kit_work *work);
bool kit_work_schedule_delayed(struct kit_work *work, u64 delay_ns);
bool kit_work_cancel(struct kit_work *work);
void kit_work_flush(struct kit_work *work);

#endif
