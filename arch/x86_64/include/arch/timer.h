/* SPDX-License-Identifier: MIT */
/* The machine's one-shot timer, one for each CPU (arch/x86_64/apic). */
#ifndef ARCH_TIMER_H
#define ARCH_TIMER_H

#include <kit/types.h>

/*
 * Has this CPU's timer interrupt once, in delta_ns or a little later; replaces what was set before.
 * Too large values are cut to what the hardware can do, an early interrupt is harmless. Interrupts
 * off. The interrupt calls hrtimer_interrupt().
 */
void arch_timer_program(u64 delta_ns);

#endif
