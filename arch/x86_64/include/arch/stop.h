/* SPDX-License-Identifier: MIT */
/* Stopping CPUs and the machine. For use when nothing else may work any more. */
#ifndef ARCH_STOP_H
#define ARCH_STOP_H

#include <kit/types.h>

void __noreturn arch_halt_forever(void);	/* this CPU, interrupts off */
void arch_stop_other_cpus(void);		/* by IPI, then by NMI; returns when they are stopped or do not answer */
void arch_delay_ms(unsigned long ms);		/* busy wait, works with a dead timer */

/* Resets the machine, by the first of the ways that works: ACPI reset register, keyboard controller, port 0xcf9, triple fault. */
void __noreturn arch_reboot(void);

#endif
