/* SPDX-License-Identifier: MIT */
/*
 * Looking at another CPU by an NMI: kernel/cpu_look.h. The NMI writes what it finds into its CPU's
 * memory and prints nothing; whoever asked prints it, in its own context.
 */
#include <arch/apic.h>
#include <arch/irqflags.h>
#include <arch/percpu.h>
#include <arch/trap_frame.h>
#include <arch/traps.h>
#include <kernel/atomic.h>
#include <kernel/backtrace.h>
#include <kernel/cpu_look.h>
#include <kernel/cpumask.h>
#include <kernel/log.h>
#include "lapic_private.h"

enum look_state { LOOK_NONE, LOOK_ASKED, LOOK_ANSWERED };

struct look_slot {
	unsigned int state;   /* atomic: enum look_state */
	struct cpu_look look; /* valid when answered */
};

static DEFINE_PER_CPU_ALIGNED(struct look_slot, look_slot);

static bool look_nmi(struct trap_frame *frame)
{
	struct look_slot *slot = this_cpu_ptr(&look_slot);

	if (READ_ONCE(slot->state) != LOOK_ASKED)
		return false;
	slot->look.user = frame_is_user(frame);
	slot->look.irqs_off = !(frame->rflags & RFLAGS_IF);
	slot->look.nr = backtrace_save(frame, slot->look.addresses, CPU_LOOK_DEPTH);
	smp_store_release(&slot->state, LOOK_ANSWERED);
	return true;
}

static struct nmi_handler look_handler = {.handle = look_nmi};

void cpu_look_init(void)
{
	nmi_handler_register(&look_handler);
}

void cpu_look_ask(unsigned int cpu)
{
	WRITE_ONCE(per_cpu(look_slot, cpu).state, LOOK_ASKED);
	smp_mb();
	lapic_send_nmi(cpu_apic_id[cpu]);
}

bool cpu_look_answer(unsigned int cpu, struct cpu_look *look)
{
	struct look_slot *slot = per_cpu_ptr(&look_slot, cpu);

	if (smp_load_acquire(&slot->state) != LOOK_ANSWERED)
		return false;
	*look = slot->look;
	return true;
}

void cpu_look_show(const char *level, unsigned int cpu, const struct cpu_look *look)
{
	if (look->user) {
		printk("%sCPU %u is in user mode\n", level, cpu);
		return;
	}
	printk("%sCPU %u is at %pS, interrupts %s\n", level, cpu, (void *)look->addresses[0],
	       look->irqs_off ? "off" : "on");
	for (size_t i = 1; i < look->nr; i++)
		printk("%s  %pS\n", level, (void *)(look->addresses[i] - 1));
}
