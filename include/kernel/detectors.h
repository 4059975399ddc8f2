/* SPDX-License-Identifier: MIT */
/*
 * Detectors of what does not come to an end: CPUs (kernel/sched/lockup.c), threads
 * (kernel/sched/hung.c). The numbers stand in /proc/sys/kernel under these names
 * (fs/proc/detectors.c), as Linux has them.
 */
#ifndef KERNEL_DETECTORS_H
#define KERNEL_DETECTORS_H

#include <lib/types.h>

/* Panic at the first report of a kind; seconds until the reboot after a panic, 0: never. */
extern int panic_on_warn, panic_on_oops, panic_on_rcu_stall;
extern int oops_all_cpu_backtrace; /* an oops shows where the other CPUs are, too */
extern int panic_timeout;

#ifdef CONFIG_LOCKUP_DETECTOR
extern int watchdog_thresh;		/* seconds; 0: no detector */
extern int soft_watchdog, nmi_watchdog; /* 1: on */
extern int softlockup_panic, hardlockup_panic, softlockup_all_cpu_backtrace;
void watchdog_restart(void); /* the numbers have changed, or boot has come so far. Sleeps */
#else
static inline void watchdog_restart(void)
{
}
#endif

#ifdef CONFIG_DETECT_HUNG_TASK
extern int hung_task_timeout_secs; /* 0: no detector */
extern int hung_task_warnings;	   /* reports that are left; -1: no limit */
extern int hung_task_panic;
void hung_task_restart(void); /* the numbers have changed */
void hung_task_init(void);
#else
static inline void hung_task_init(void)
{
}
#endif

#endif
