/* SPDX-License-Identifier: MIT */
/* The first C code. Runs on the early page tables, with interrupts off. */
#include "boot_private.h"
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/main.h>
#include <arch/boot.h>
#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/extable.h>
#include <arch/gdt.h>
#include <arch/io.h>
#include <arch/lapic_regs.h>
#include <lib/string.h>

extern char __per_cpu_start[], __per_cpu_end[], __per_cpu_pristine[];

extern unsigned long __stack_chk_guard;

void x86_start(u32 protocol, u32 info);

/* This function does not return, so it may change the canary. */
static __always_inline void init_canary(void)
{
	u64 random = 0;

	if (!(cpuid(1, 0).ecx & BIT(30)) || !cpu_random_now(&random))
		random = boot_tsc * 0x9e3779b97f4a7c15ull;
	/* A zero byte stops string functions that would read it. */
	__stack_chk_guard = (__stack_chk_guard ^ random) & ~0xfful;
}

/*
 * UEFI leaves the other CPUs in a loop of its own, in memory that is ours now. INIT stops them until they are started. The local APIC is
 * reached by the early map, or by MSR if the firmware has switched it to x2APIC.
 */
static void __init quiet_other_cpus(void)
{
	const u32 command = COMMAND_OTHERS | COMMAND_ASSERT | COMMAND_INIT;
	u64 base = rdmsr(MSR_APIC_BASE);

	if (base & APIC_BASE_X2APIC)
		wrmsr(MSR_X2APIC_FIRST + LAPIC_COMMAND / 16, command);
	else if (base & APIC_BASE_ENABLE)
		writel(command, (void __iomem __force *)early_address((base & APIC_BASE_ADDRESS) +
								      LAPIC_COMMAND));
}

void __init x86_start(u32 protocol, u32 info)
{
	struct boot_source source = { .loader = "", .command_line = "" };

	boot_tsc = rdtsc();
	/* Before anything writes a per-CPU variable: CPU 0 works on the image itself, the others start from this copy. */
	/* lint: comparePointers: the linker's bounds of one area */
	memcpy(__per_cpu_pristine, __per_cpu_start, __per_cpu_end - __per_cpu_start);

	init_canary();
	gdt_init_cpu(0);
	idt_init();
	extable_init();

	if (protocol == BOOT_BY_MULTIBOOT2)
		multiboot2_read(early_address(info), &source);
	else
		pvh_read(early_address(info), &source);
	boot_params_parse(boot_info_copy(&source));
	boot_info_finish();
	quiet_other_cpus();
	kernel_main();
}
