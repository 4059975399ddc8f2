/* SPDX-License-Identifier: MIT */
/* Stopping CPUs and the machine. For use when nothing else may work any more: any context, nothing is locked. */
#ifndef ARCH_STOP_H
#define ARCH_STOP_H

#include <kit/types.h>

void __noreturn arch_halt_forever(void); /* this CPU, interrupts off */
/* by IPI, then by NMI; returns when they are stopped or do not answer */
void arch_stop_other_cpus(void);
void arch_delay_ms(unsigned long ms); /* busy wait, works with a dead timer */

/* Resets the machine: as the firmware's tables say, then by the keyboard controller, the chip set, a triple fault. */
void __noreturn arch_reboot(void);

/* Set by those who know how, when they do: arch/x86_64/apic, drivers/acpi. */
extern void (*stop_other_cpus_hook)(void);
extern void (*reset_hook)(void);

#endif
