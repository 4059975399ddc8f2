/* SPDX-License-Identifier: MIT */
/*
 * The idle loop.
 *
 * No wake-up is lost between the look and the halt: interrupts are off from the look on, a wake-up
 * from another CPU is an interrupt, and STI lets none in before the HLT behind it.
 */
#include <arch/idle.h>
#include "sched_private.h"

static void wait_for_interrupt(void)
{
	local_irq_disable();
	if (!need_resched()) {
		rcu_idle_enter();
		arch_idle();
		rcu_idle_exit();
	}
	local_irq_enable();
}

void idle_loop(void)
{
	unsigned int cpu = smp_processor_id();

	while (!need_resched()) {
		/* Who takes the hint away looks then whether this CPU is idle: it must see that, or we that the hint is gone. */
		smp_mb();
		if (sched_nr_cpus > 1 && !cpumask_test_cpu(cpu, &sched_idle_mask))
			cpumask_set_cpu(cpu, &sched_idle_mask);
		wait_for_interrupt();
	}
}
