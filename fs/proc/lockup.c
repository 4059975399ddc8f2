/* SPDX-License-Identifier: MIT */
/* /proc/sys/kernel: what the detector of CPUs that hang goes by. */
#include <kernel/detectors.h>
#include <kernel/init.h>
#include <lib/kernel.h>

#include "internal.h"

#define NUMBER(p, variable, high, then)                                                  \
	{                                                                                \
		.path = "kernel/" p, .mode = 0644, .type = CTL_INT, .data = &(variable), \
		.max = (high), .changed = (then)                                         \
	}

static const struct ctl_entry entries[] = {
	NUMBER("watchdog_thresh", watchdog_thresh, 60, watchdog_restart),
	NUMBER("soft_watchdog", soft_watchdog, 1, watchdog_restart),
	NUMBER("nmi_watchdog", nmi_watchdog, 1, watchdog_restart),
	NUMBER("softlockup_panic", softlockup_panic, 1, NULL),
	NUMBER("hardlockup_panic", hardlockup_panic, 1, NULL),
	NUMBER("softlockup_all_cpu_backtrace", softlockup_all_cpu_backtrace, 1, NULL),
};

void __init proc_lockup_init(void)
{
	ctl_register(entries, ARRAY_SIZE(entries));
}
