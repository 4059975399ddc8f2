/* SPDX-License-Identifier: MIT */
/*
 * Other CPUs: starting them, and having them do things (arch/x86_64/apic).
 *
 * Functions that are called on other CPUs run in hard interrupt context there and must be quick. The callers that wait must have
 * interrupts on (two that wait for each other would hang) and hold no lock that an interrupt handler takes.
 */
#ifndef KERNEL_SMP_H
#define KERNEL_SMP_H

#include <kernel/cpumask.h>
#include <kernel/preempt.h>

typedef void (*smp_call_func_t)(void *info);

/* A request that is queued to a CPU; the caller's until it was run. */
struct call_single_data {
	struct call_single_data *next;
	smp_call_func_t func;
	void *info;
	unsigned int pending; /* atomic: 1 from the queueing until the function was called */
};

/* On one CPU; itself too. -ENXIO: it is not online. wait: until the function has returned. */
int smp_call_function_single(unsigned int cpu, smp_call_func_t func, void *info, bool wait);
/* Without waiting; from any context but NMI. The data must not be pending (-EBUSY). */
int smp_call_function_single_async(unsigned int cpu, struct call_single_data *data);
/* On all online CPUs of the mask but this one; preemption off. */
void smp_call_function_many(const struct cpumask *mask, smp_call_func_t func, void *info,
			    bool wait);
/* On all online CPUs, this one too (with interrupts off). */
void on_each_cpu(smp_call_func_t func, void *info, bool wait);
void on_each_cpu_mask(const struct cpumask *mask, smp_call_func_t func, void *info, bool wait);

/*
 * Calls func while no other CPU does anything, and no interrupt comes on this one: for what the whole machine may not be seen in the middle of. It must be
 * short, takes no lock that may be held with interrupts on, and does not print. Sleeps before. 0 or -ENOMEM. (kernel/sched/alone.c)
 */
int run_alone(void (*func)(void *data), void *data);

void smp_send_reschedule(unsigned int cpu); /* calls sched_ipi() there */
/* calls tlb_shootdown_interrupt() (mm) there; not to this CPU */
void smp_send_tlb_shootdown(const struct cpumask *mask);

/*
 * Boot, in this order: smp_init_possible() reads from the MADT which CPUs there are and sets nr_cpu_ids; smp_start_all() starts
 * them, from a thread, when everything a CPU needs can be allocated.
 */
void smp_init_possible(void);
void smp_start_all(void);

#endif
