/* SPDX-License-Identifier: MIT */
/* /proc/sys/kernel: what the detector of threads that wait for ever goes by. */
#include <kernel/detectors.h>
#include <kernel/init.h>
#include <lib/kernel.h>

#include "internal.h"

#define NUMBER(p, variable, low, high, then)                                             \
	{                                                                                \
		.path = "kernel/" p, .mode = 0644, .type = CTL_INT, .data = &(variable), \
		.min = (low), .max = (high), .changed = (then)                           \
	}

static const struct ctl_entry entries[] = {
	NUMBER("hung_task_timeout_secs", hung_task_timeout_secs, 0, INT_MAX, hung_task_restart),
	NUMBER("hung_task_warnings", hung_task_warnings, -1, INT_MAX, NULL),
	NUMBER("hung_task_panic", hung_task_panic, 0, 1, NULL),
};

void __init proc_hung_init(void)
{
	ctl_register(entries, ARRAY_SIZE(entries));
}
