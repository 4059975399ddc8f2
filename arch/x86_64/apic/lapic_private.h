/* SPDX-License-Identifier: MIT */
/* Between the parts of the local APIC's driver. */
#ifndef LAPIC_PRIVATE_H
#define LAPIC_PRIVATE_H

#include <lib/types.h>

struct cpumask;

u32 lapic_read(unsigned int offset);
void lapic_write(unsigned int offset, u32 value);
u32 lapic_read_errors(void);

/* ipi.c */
void call_function_interrupt(void);
void irq_work_interrupt(void);
void stop_interrupt(void);

/* where.c: stops those that are not stopped yet, and says in a panic where each was. */
void nmi_stop_others(const struct cpumask *stopped);
void where_init(void);

#endif
