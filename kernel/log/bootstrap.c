/* SPDX-License-Identifier: MIT */
/* Weak stand-ins for what other folders supply, so that the image links before they are there. Removed with the last of them. */
#include <lib/compiler.h>
#include <lib/types.h>
#include <kernel/log.h>
#include <kernel/preempt.h>
#include <arch/clock.h>
#include <arch/stop.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

void __weak preempt_schedule(void) { }
void __weak dump_stack(void) { }
u64 __weak arch_clock_ns(void) { return 0; }
void __weak arch_stop_other_cpus(void) { }
void __weak arch_delay_ms(unsigned long ms) { }
void __weak arch_reboot(void) { arch_halt_forever(); }

long __weak sys_ni_syscall(void) { return -38; }
