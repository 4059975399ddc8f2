/* SPDX-License-Identifier: MIT */
/* The per-CPU variables that every floor uses, and the sets of CPUs. */
#include <arch/percpu.h>
#include <kernel/cpumask.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>

unsigned long percpu_offset[CONFIG_NR_CPUS] __ro_after_init;

DEFINE_PER_CPU(unsigned long, this_cpu_offset);
DEFINE_PER_CPU(unsigned int, cpu_number);
DEFINE_PER_CPU(unsigned int, preempt_word) = PREEMPT_NO_RESCHED;
DEFINE_PER_CPU(struct thread *, current_thread);

unsigned int nr_cpu_ids __ro_after_init = 1;
struct cpumask cpu_possible_mask = { .bits = { 1 } };
struct cpumask cpu_present_mask = { .bits = { 1 } };
struct cpumask cpu_online_mask = { .bits = { 1 } };
