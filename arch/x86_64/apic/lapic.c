/* SPDX-License-Identifier: MIT */
/* The local APIC: by memory, or by MSRs where the CPU has x2APIC. Always used with interrupts off or by one instruction. */
#include <arch/apic.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <arch/lapic_regs.h>
#include <arch/irqflags.h>
#include <arch/vectors.h>
#include <kernel/init.h>
#include <kernel/preempt.h>
#include "lapic_private.h"

static void __iomem *registers __ro_after_init;
static bool x2apic __ro_after_init;

u32 cpu_apic_id[CONFIG_NR_CPUS] __ro_after_init;

#define SEND_TRIES	1000000

u32 lapic_read(unsigned int offset)
{
	if (x2apic)
		return rdmsr(MSR_X2APIC_FIRST + offset / 16);
	return readl((char __iomem *)registers + offset);
}

void lapic_write(unsigned int offset, u32 value)
{
	if (x2apic)
		wrmsr(MSR_X2APIC_FIRST + offset / 16, value);
	else
		writel(value, (char __iomem *)registers + offset);
}

void __init lapic_use(void __iomem *mapped)
{
	registers = mapped;
	x2apic = !mapped;
}

static void enable(void)
{
	u64 base = rdmsr(MSR_APIC_BASE) | APIC_BASE_ENABLE;

	wrmsr(MSR_APIC_BASE, base);
	if (x2apic)
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
}

/* Interrupts that firmware or a kernel before us left in service would hold back ours. */
static void end_leftovers(void)
{
	for (unsigned int vector = 0; vector < NR_VECTORS; vector++)
		if (lapic_read(LAPIC_IN_SERVICE + vector / 32 * 16) >> (vector % 32) & 1)
			lapic_write(LAPIC_EOI, 0);
}

void lapic_init_cpu(void)
{
	unsigned int max_lvt;

	enable();
	max_lvt = VERSION_MAX_LVT(lapic_read(LAPIC_VERSION));
	lapic_write(LAPIC_TASK_PRIORITY, 0);
	lapic_write(LAPIC_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
	lapic_write(LAPIC_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
	lapic_write(LAPIC_LVT_LINT0, LVT_MASKED);
	/* NMIs of the board arrive at the boot CPU. */
	lapic_write(LAPIC_LVT_LINT1, smp_processor_id() == 0 ? LVT_NMI : LVT_NMI | LVT_MASKED);
	if (max_lvt >= 4)
		lapic_write(LAPIC_LVT_PERFORMANCE, LVT_MASKED | LVT_NMI);
	if (max_lvt >= 3) {
		lapic_write(LAPIC_ERROR_STATUS, 0);
		lapic_write(LAPIC_LVT_ERROR, VECTOR_ERROR);
	}
	end_leftovers();
}

void lapic_end_of_interrupt(void)
{
	lapic_write(LAPIC_EOI, 0);
}

bool lapic_is_requested(unsigned int vector)
{
	return lapic_read(LAPIC_REQUESTED + vector / 32 * 16) >> (vector % 32) & 1;
}

/*
 * Two writes without x2APIC: nothing may come between. NMIs that send IPIs would, so the old high half is put back. Each access to a
 * register is slow, in a virtual machine very much so: nothing is read that is not needed.
 */
static void send_command(u32 apic_id, u32 command)
{
	unsigned long flags;
	u32 old = 0;

	if (x2apic) {
		/* Unlike the memory interface, the MSR does not wait for earlier stores. */
		mb();
		wrmsr(MSR_X2APIC_FIRST + LAPIC_COMMAND / 16, (u64)apic_id << 32 | command);
		return;
	}
	local_irq_save(flags);
	for (int i = 0; i < SEND_TRIES && lapic_read(LAPIC_COMMAND) & COMMAND_PENDING; i++)
		cpu_relax();
	if (in_nmi())
		old = lapic_read(LAPIC_COMMAND_HIGH);
	lapic_write(LAPIC_COMMAND_HIGH, apic_id << 24);
	lapic_write(LAPIC_COMMAND, command);
	if (in_nmi())
		lapic_write(LAPIC_COMMAND_HIGH, old);
	local_irq_restore(flags);
}

void lapic_send_ipi(u32 apic_id, unsigned int vector)
{
	send_command(apic_id, COMMAND_ASSERT | vector);
}

void lapic_send_nmi(u32 apic_id)
{
	send_command(apic_id, COMMAND_ASSERT | COMMAND_NMI);
}

void lapic_send_init(u32 apic_id)
{
	send_command(apic_id, COMMAND_ASSERT | COMMAND_INIT);
}

void lapic_send_startup(u32 apic_id, u64 address)
{
	send_command(apic_id, COMMAND_ASSERT | COMMAND_STARTUP | (u32)(address >> 12));
}

/* What the error register holds since it was read last; reading wants a write first. */
u32 lapic_read_errors(void)
{
	lapic_write(LAPIC_ERROR_STATUS, 0);
	return lapic_read(LAPIC_ERROR_STATUS);
}
