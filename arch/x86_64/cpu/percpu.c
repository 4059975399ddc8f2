/* SPDX-License-Identifier: MIT */
/* Variables that every floor uses: the per-CPU ones, the sets of CPUs, and what boot found out. Their owners fill them. */
#include <arch/clock.h>
#include <arch/percpu.h>
#include <kernel/boot.h>
#include <kernel/cpumask.h>
#include <kernel/hardirq.h>
#include <kernel/preempt.h>

struct thread;

unsigned long percpu_offset[CONFIG_NR_CPUS] __ro_after_init;

DEFINE_PER_CPU(unsigned long, this_cpu_offset);
DEFINE_PER_CPU(unsigned int, cpu_number);
DEFINE_PER_CPU(unsigned int, preempt_word) = PREEMPT_NO_RESCHED;
/* lint: sparse: declared two floors above, in kernel/thread.h */
DEFINE_PER_CPU(struct thread *, current_thread);
DEFINE_PER_CPU(struct trap_frame *, irq_frame);
DEFINE_PER_CPU(bool, cpu_in_idle);

unsigned int nr_cpu_ids __ro_after_init = 1;
struct cpumask cpu_possible_mask = { .bits = { 1 } };
struct cpumask cpu_present_mask = { .bits = { 1 } };
struct cpumask cpu_online_mask = { .bits = { 1 } };

struct boot_info boot_info __ro_after_init; /* arch/x86_64/boot */
u64 boot_tsc __ro_after_init;
