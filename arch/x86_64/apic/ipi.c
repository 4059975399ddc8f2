/* SPDX-License-Identifier: MIT */
/*
 * Interrupts between CPUs: calls of functions elsewhere, deferred work here, and the stop at the end.
 *
 * Calls to one CPU are queued in its list of call_single_data, without locks; who finds the list empty sends the interrupt.
 *
 * A call to many has no queue: each CPU has one request of its own (call_many), and each CPU has a set of the CPUs whose request it
 * is to carry out. The sender waits for its last request to be done before it writes the next.
 */
#include <arch/apic.h>
#include <arch/irqflags.h>
#include <arch/stop.h>
#include <arch/vectors.h>
#include <kernel/atomic.h>
#include <kernel/hardirq.h>
#include <kernel/irq_work.h>
#include <kernel/log.h>
#include <kernel/smp.h>
#include <lib/errno.h>
#include "lapic_private.h"

void send_ipi_mask(const struct cpumask *mask, unsigned int vector)
{
	unsigned int me = smp_processor_id(), cpu;

	for_each_cpu(cpu, mask)
		if (cpu != me && cpu_online(cpu))
			lapic_send_ipi(cpu_apic_id[cpu], vector);
}

void smp_send_reschedule(unsigned int cpu)
{
	lapic_send_ipi(cpu_apic_id[cpu], VECTOR_RESCHEDULE);
}

void smp_send_tlb_shootdown(const struct cpumask *mask)
{
	send_ipi_mask(mask, VECTOR_TLB_SHOOTDOWN);
}

/* Calls to one CPU. */

static DEFINE_PER_CPU_ALIGNED(struct call_single_data *, call_queue);

static void run_single_calls(void)
{
	struct call_single_data *list = this_cpu_xchg(call_queue, NULL), *in_order = NULL;

	while (list) {
		struct call_single_data *next = list->next;

		list->next = in_order;
		in_order = list;
		list = next;
	}
	while (in_order) {
		struct call_single_data *data = in_order;

		in_order = data->next;
		data->func(data->info);
		smp_store_release(&data->pending, 0);
	}
}

static void queue_call(unsigned int cpu, struct call_single_data *data)
{
	struct call_single_data **queue = per_cpu_ptr(&call_queue, cpu);

	data->next = READ_ONCE(*queue);
	while (!try_cmpxchg(queue, &data->next, data))
		;
	if (!data->next)
		lapic_send_ipi(cpu_apic_id[cpu], VECTOR_CALL_FUNCTION);
}

int smp_call_function_single_async(unsigned int cpu, struct call_single_data *data)
{
	if (cpu >= nr_cpu_ids || !cpu_online(cpu))
		return -ENXIO;
	if (xchg(&data->pending, 1))
		return -EBUSY;
	queue_call(cpu, data);
	return 0;
}

static void wait_for_call(struct call_single_data *data)
{
	while (smp_load_acquire(&data->pending))
		cpu_relax();
}

/* For callers that do not wait: one request of their own for each CPU. */
static DEFINE_PER_CPU(struct call_single_data, own_call);

int smp_call_function_single(unsigned int cpu, smp_call_func_t func, void *info, bool wait)
{
	struct call_single_data on_stack = { .func = func, .info = info, .pending = 1 };
	struct call_single_data *data = &on_stack;
	unsigned long flags;
	int error = 0;

	preempt_disable();
	if (cpu == smp_processor_id()) {
		local_irq_save(flags);
		func(info);
		local_irq_restore(flags);
	} else if (cpu >= nr_cpu_ids || !cpu_online(cpu)) {
		error = -ENXIO;
	} else {
		if (!wait) {
			data = this_cpu_ptr(&own_call);
			wait_for_call(data);
			data->func = func;
			data->info = info;
			data->pending = 1;
		}
		queue_call(cpu, data);
		if (wait)
			wait_for_call(data);
	}
	preempt_enable();
	return error;
}

/* Calls to many. */

struct call_many {
	smp_call_func_t func;
	void *info;
	atomic_t remaining; /* CPUs that have not called it yet */
};

static DEFINE_PER_CPU_ALIGNED(struct call_many, call_many);
static DEFINE_PER_CPU_ALIGNED(struct cpumask, call_many_senders);

static void run_many_calls(void)
{
	struct cpumask *senders = this_cpu_ptr(&call_many_senders);
	unsigned int cpu;

	for_each_cpu(cpu, senders) {
		struct call_many *call = per_cpu_ptr(&call_many, cpu);

		if (!cpumask_test_and_clear_cpu(cpu, senders))
			continue;
		call->func(call->info);
		atomic_dec(&call->remaining);
	}
}

static void wait_for_many(struct call_many *call)
{
	while (atomic_read(&call->remaining))
		cpu_relax();
	barrier();
}

void smp_call_function_many(const struct cpumask *mask, smp_call_func_t func, void *info, bool wait)
{
	struct call_many *call = this_cpu_ptr(&call_many);
	unsigned int me = smp_processor_id(), cpu, nr = 0;
	struct cpumask targets;

	wait_for_many(call);
	cpumask_and(&targets, mask, &cpu_online_mask);
	cpumask_clear_cpu(me, &targets);
	nr = cpumask_weight(&targets);
	if (!nr)
		return;
	call->func = func;
	call->info = info;
	atomic_set(&call->remaining, nr);
	for_each_cpu(cpu, &targets)
		cpumask_set_cpu(me, per_cpu_ptr(&call_many_senders, cpu));
	send_ipi_mask(&targets, VECTOR_CALL_FUNCTION);
	if (wait)
		wait_for_many(call);
}

void on_each_cpu_mask(const struct cpumask *mask, smp_call_func_t func, void *info, bool wait)
{
	unsigned long flags;

	preempt_disable();
	smp_call_function_many(mask, func, info, wait);
	if (cpumask_test_cpu(smp_processor_id(), mask)) {
		local_irq_save(flags);
		func(info);
		local_irq_restore(flags);
	}
	preempt_enable();
}

void on_each_cpu(smp_call_func_t func, void *info, bool wait)
{
	on_each_cpu_mask(&cpu_online_mask, func, info, wait);
}

void call_function_interrupt(void)
{
	run_single_calls();
	run_many_calls();
}

/* Deferred work of this CPU. */

static DEFINE_PER_CPU(struct irq_work *, irq_work_list);
static DEFINE_PER_CPU(struct irq_work *, irq_work_running);
static bool can_interrupt_itself __read_mostly;

bool irq_work_queue(struct irq_work *work)
{
	struct irq_work *first;

	if (xchg(&work->pending, 1))
		return false;
	preempt_disable();
	do {
		first = this_cpu_read(irq_work_list);
		work->next = first;
	} while (!this_cpu_try_cmpxchg(irq_work_list, first, work));
	if (!first && can_interrupt_itself)
		lapic_send_ipi(cpu_apic_id[smp_processor_id()], VECTOR_IRQ_WORK);
	preempt_enable_no_resched();
	return true;
}

void irq_work_interrupt(void)
{
	struct irq_work *list = this_cpu_xchg(irq_work_list, NULL);

	while (list) {
		struct irq_work *work = list;

		list = work->next;
		this_cpu_write(irq_work_running, work);
		smp_store_mb(work->pending, 0);
		work->func(work);
		this_cpu_write(irq_work_running, NULL);
	}
}

void irq_work_sync(struct irq_work *work)
{
	unsigned int cpu;

	while (READ_ONCE(work->pending))
		cpu_relax();
	for_each_online_cpu(cpu)
		while (READ_ONCE(per_cpu(irq_work_running, cpu)) == work)
			cpu_relax();
}

/* The stop: asked for by an interrupt, which lets a CPU leave what it does with interrupts off; a panic asks by NMI (where.c). */

#define STOP_WAIT_MS	200

static struct cpumask stopped;

void stop_interrupt(void)
{
	cpumask_set_cpu(smp_processor_id(), &stopped);
	arch_halt_forever();
}

static bool all_stopped(void)
{
	unsigned int me = smp_processor_id(), cpu;

	for_each_online_cpu(cpu)
		if (cpu != me && !cpumask_test_cpu(cpu, &stopped))
			return false;
	return true;
}

static void stop_other_cpus(void)
{
	if (!panic_in_progress)
		send_ipi_mask(&cpu_online_mask, VECTOR_STOP);
	for (int i = 0; i < STOP_WAIT_MS && !panic_in_progress && !all_stopped(); i++)
		arch_delay_ms(1);
	if (panic_in_progress || !all_stopped())
		nmi_stop_others(&stopped);
}

/* The local APIC works: interrupts may be sent. */
void ipi_start(void)
{
	stop_other_cpus_hook = stop_other_cpus;
	where_init();
	can_interrupt_itself = true;
	if (this_cpu_read(irq_work_list))
		lapic_send_ipi(cpu_apic_id[smp_processor_id()], VECTOR_IRQ_WORK);
}
