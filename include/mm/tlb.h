/* SPDX-License-Identifier: MIT */
/*
 * Flushing TLBs (arch/x86_64/mm/tlb.c for the kernel's half, mm/space/tlb.c for address spaces).
 *
 * A shoot-down sends an interrupt to the CPUs that may hold old entries and waits for them; the caller has interrupts on and holds no
 * lock that an interrupt handler takes. Before the other CPUs are up, and on one CPU, everything is local.
 */
#ifndef MM_TLB_H
#define MM_TLB_H

#include <kernel/cpumask.h>
#include <kit/types.h>

struct address_space;

/* Ranges of more pages than this are flushed whole. */
#define TLB_FLUSH_CEILING	33

void tlb_flush_local_all(void); /* everything, global entries too */
void tlb_flush_local_kernel(unsigned long start, unsigned long end);
void tlb_flush_kernel(unsigned long start, unsigned long end); /* on all CPUs */

/*
 * Runs func(arg) on those of the CPUs that are online, but this one, with interrupts off, and waits until all are done. Preemption is off,
 * interrupts are on.
 */
void tlb_call_cpus(const struct cpumask *cpus, void (*func)(void *arg), void *arg);

/* the interrupt that smp_send_tlb_shootdown() raises; interrupts off */
void tlb_shootdown_interrupt(void);

#endif
