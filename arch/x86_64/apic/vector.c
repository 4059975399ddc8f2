/* SPDX-License-Identifier: MIT */
/*
 * Vectors: who is behind each on each CPU, and their allocation to lines.
 *
 * A CPU's table is read by its own interrupt entry without a lock; it is changed under irq_mutex, entry by entry.
 */
#include <arch/apic.h>
#include <arch/barrier.h>
#include <arch/cpu.h>
#include <arch/trap_frame.h>
#include <arch/vectors.h>
#include <kernel/hrtimer.h>
#include <kernel/init.h>
#include <kernel/interrupt.h>
#include <kernel/irq_core.h>
#include <kernel/log.h>
#include <kernel/random.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/trace_events.h>
#include <lib/errno.h>
#include <mm/slab.h>
#include <mm/space.h>
#include "lapic_private.h"

void tlb_shootdown_interrupt(void); /* mm */

static DEFINE_PER_CPU(struct irq_desc *[NR_VECTORS], vector_lines);
static DEFINE_PER_CPU(unsigned int, nr_vectors_used);

/* The interrupts that are no lines, counted for /proc/interrupts. */
enum system_interrupt {
	COUNT_TIMER,
	COUNT_SPURIOUS,
	COUNT_IRQ_WORK,
	COUNT_RESCHEDULE,
	COUNT_CALL_FUNCTION,
	COUNT_TLB,
	COUNT_ERROR,
	NR_SYSTEM_COUNTS,
};

static DEFINE_PER_CPU(u32[NR_SYSTEM_COUNTS], system_counts);

static const struct {
	const char *name, *description;
} system_names[NR_SYSTEM_COUNTS] = {
	[COUNT_TIMER] = { "LOC", "Local timer interrupts" },
	[COUNT_SPURIOUS] = { "SPU", "Spurious interrupts" },
	[COUNT_IRQ_WORK] = { "IWI", "IRQ work interrupts" },
	[COUNT_RESCHEDULE] = { "RES", "Rescheduling interrupts" },
	[COUNT_CALL_FUNCTION] = { "CAL", "Function call interrupts" },
	[COUNT_TLB] = { "TLB", "TLB shootdowns" },
	[COUNT_ERROR] = { "ERR", "Local APIC errors" },
};

const char *irq_system_name(unsigned int index, const char **description)
{
	if (index >= NR_SYSTEM_COUNTS)
		return NULL;
	*description = system_names[index].description;
	return system_names[index].name;
}

u64 irq_system_count(unsigned int index, unsigned int cpu)
{
	return READ_ONCE(per_cpu(system_counts, cpu)[index]);
}

static void stray_interrupt(unsigned int vector)
{
	this_cpu_inc(system_counts[COUNT_SPURIOUS]);
	pr_warn_ratelimited("interrupt on vector %u, which nobody has, on CPU %u\n", vector,
			    smp_processor_id());
	lapic_end_of_interrupt();
}

static void system_interrupt(unsigned int vector)
{
	switch (vector) {
	case VECTOR_TIMER:
		trace_local_timer_entry(vector);
		this_cpu_inc(system_counts[COUNT_TIMER]);
		lapic_end_of_interrupt();
		hrtimer_interrupt();
		trace_local_timer_exit(vector);
		break;
	case VECTOR_RESCHEDULE:
		trace_reschedule_entry(vector);
		this_cpu_inc(system_counts[COUNT_RESCHEDULE]);
		lapic_end_of_interrupt();
		sched_ipi();
		trace_reschedule_exit(vector);
		break;
	case VECTOR_CALL_FUNCTION:
		trace_call_function_entry(vector);
		this_cpu_inc(system_counts[COUNT_CALL_FUNCTION]);
		lapic_end_of_interrupt();
		call_function_interrupt();
		trace_call_function_exit(vector);
		break;
	case VECTOR_TLB_SHOOTDOWN:
		trace_tlb_shootdown_entry(vector);
		this_cpu_inc(system_counts[COUNT_TLB]);
		lapic_end_of_interrupt();
		tlb_shootdown_interrupt();
		trace_tlb_shootdown_exit(vector);
		break;
	case VECTOR_IRQ_WORK:
		trace_irq_work_entry(vector);
		this_cpu_inc(system_counts[COUNT_IRQ_WORK]);
		lapic_end_of_interrupt();
		irq_work_interrupt();
		trace_irq_work_exit(vector);
		break;
	case VECTOR_STOP:
		lapic_end_of_interrupt();
		stop_interrupt();
		break;
	case VECTOR_ERROR:
		trace_error_apic_entry(vector);
		this_cpu_inc(system_counts[COUNT_ERROR]);
		pr_err_ratelimited("local APIC of CPU %u reports error %x\n", smp_processor_id(),
				   lapic_read_errors());
		lapic_end_of_interrupt();
		trace_error_apic_exit(vector);
		break;
	case VECTOR_SPURIOUS:
		trace_spurious_apic_entry(vector);
		/* By definition nothing is in service: no acknowledgement. */
		this_cpu_inc(system_counts[COUNT_SPURIOUS]);
		trace_spurious_apic_exit(vector);
		break;
	default: stray_interrupt(vector);
	}
}

void vector_dispatch(struct trap_frame *frame, unsigned int vector)
{
	struct irq_desc *desc;

	if (vector > VECTOR_DEVICE_LAST) {
		system_interrupt(vector);
		return;
	}
	/* The masked PICs' spurious ones do not pass through the local APIC. */
	if (vector < VECTOR_DEVICE_FIRST) {
		this_cpu_inc(system_counts[COUNT_SPURIOUS]);
		return;
	}
	desc = this_cpu_read(vector_lines[vector]);
	if (likely(desc)) {
		irq_handle(desc);
		add_interrupt_randomness(vector);
	} else {
		stray_interrupt(vector);
	}
}

static void __init map_lapic(void)
{
	void __iomem *registers = NULL;

	if (!cpu_has(CPU_FEATURE_X2APIC)) {
		registers = ioremap(machine_layout.lapic_address, PAGE_SIZE);
		if (!registers)
			panic("no memory to map the local APIC");
	}
	lapic_use(registers);
}

/* The boot CPU's controllers, and the lines: all silent. */
void __init irq_init(void)
{
	pic_init();
	map_lapic();
	lapic_init_cpu();
	ioapic_init();
	ipi_start();
}

static int choose_cpu(const struct cpumask *mask)
{
	unsigned int cpu, best_use = NR_VECTORS;
	int best = -1;

	for_each_online_cpu(cpu) {
		if (cpumask_test_cpu(cpu, mask) && per_cpu(nr_vectors_used, cpu) < best_use) {
			best_use = per_cpu(nr_vectors_used, cpu);
			best = cpu;
		}
	}
	return best;
}

int vector_alloc(struct irq_desc *desc, const struct cpumask *mask, unsigned int *cpu,
		 unsigned int *vector)
{
	int chosen = choose_cpu(mask);

	if (chosen < 0)
		return -ENOSPC;
	for (unsigned int v = VECTOR_DEVICE_FIRST; v <= VECTOR_DEVICE_LAST; v++) {
		struct irq_desc **entry = &per_cpu(vector_lines, chosen)[v];

		if (*entry)
			continue;
		smp_store_release(entry, desc);
		per_cpu(nr_vectors_used, chosen)++;
		*cpu = chosen;
		*vector = v;
		return 0;
	}
	return -ENOSPC;
}

/* On the CPU itself: none waits in its APIC, so none will be taken by this vector any more. */
struct release {
	unsigned int vector;
	bool done;
};

static void try_release(void *info)
{
	struct release *release = info;

	if (lapic_is_requested(release->vector))
		return;
	this_cpu_write(vector_lines[release->vector], NULL);
	release->done = true;
}

void vector_free(unsigned int cpu, unsigned int vector)
{
	struct release release = { .vector = vector };

	while (!release.done && !smp_call_function_single(cpu, try_release, &release, true))
		cpu_relax();
	per_cpu(nr_vectors_used, cpu)--;
}

void irq_msi_message(const struct irq_desc *desc, struct msi_message *message)
{
	*message = (struct msi_message){
		.address = 0xfee00000 | (cpu_apic_id[desc->cpu] & 0xff) << 12,
		.data = desc->vector,
	};
}
