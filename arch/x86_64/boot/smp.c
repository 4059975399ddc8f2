/* SPDX-License-Identifier: MIT */
/*
 * Starting the other CPUs (Intel SDM volume 3, "Multiple-Processor Initialization").
 *
 * One after the other: a CPU that waits for its turn would spin, and under emulation take the time of the one that works. The
 * steps of a CPU and its starter:
 *
 *	starter					CPU
 *	INIT, start-up message			trampoline, ap_entry
 *	waits for alive				tables, features, APIC; alive
 *	clock_check_source()			clock_check_target()
 *	waits for online			timer; online; idle loop
 */
#define pr_fmt(fmt) "smp: " fmt

#include <arch/apic.h>
#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/mitigations.h>
#include <arch/entry.h>
#include <arch/fpu.h>
#include <arch/gdt.h>
#include <arch/pgtable.h>
#include <arch/stop.h>
#include <arch/traps.h>
#include <kernel/boot.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <lib/errno.h>
#include <lib/parse.h>
#include <lib/string.h>
#include <mm/init.h>
#include <mm/page.h>
#include <mm/slab.h>

/* As trampoline.S has it. */
struct trampoline_parameters {
	u64 entry;
	u32 cr3;
	u32 efer;
	u32 far_offset;
	u16 far_selector;
	u16 gdt_limit;
	u32 gdt_base;
} __packed;

extern const char trampoline_start[], trampoline_parameters[], trampoline_end[];

void ap_start(void);

enum ap_state { AP_OFF, AP_ALIVE, AP_ONLINE };

static DEFINE_PER_CPU(unsigned int, ap_state); /* by the CPU, read by its starter */
/* lint: sparse: trampoline.S uses it */
DEFINE_PER_CPU(unsigned long, ap_stack);

/* A CPU may be held up by a busy host; but one that is broken must not hold up the boot for ever. */
#define PATIENCE_NS	10000000000ull
/* Old processors miss the first start-up message; the second is harmless to those that have not. */
#define SECOND_TRY_NS	20000000ull

static unsigned int max_cpus __initdata = CONFIG_NR_CPUS;

static int __init set_max_cpus(const char *value)
{
	return kstrtouint(value, 0, &max_cpus);
}
BOOT_PARAM("maxcpus", set_max_cpus);

static void __init fill_trampoline(void)
{
	u32 page = boot_info.trampoline;
	char *copy = __va(page);
	/* lint: comparePointers: the linker's bounds of one area */
	struct trampoline_parameters *parameters = (void *)(copy + (trampoline_parameters -
								    trampoline_start));

	/* lint: comparePointers: the linker's bounds of one area */
	memcpy(copy, trampoline_start, trampoline_end - trampoline_start);
	parameters->cr3 = mm_trampoline_tables();
	parameters->efer = rdmsr(MSR_EFER) & (EFER_LME | EFER_NX | EFER_SCE);
	parameters->far_offset += page;
	parameters->gdt_base += page;
}

/* The first C code of a further CPU, on its idle thread's stack. */
void ap_start(void)
{
	unsigned int cpu = smp_processor_id();

	gdt_init_cpu(cpu);
	idt_load();
	cpu_setup_control();
	mitigations_init_cpu();
	write_cr3(__pa(kernel_pgd));
	tss_set_kernel_stack(this_cpu_read(ap_stack));
	machine_check_init_cpu();
	fpu_init_cpu();
	syscall_init_cpu();
	lapic_init_cpu();
	smp_store_release(per_cpu_ptr(&ap_state, cpu), AP_ALIVE);

	clock_check_target();
	lapic_timer_init_cpu();
	sched_cpu_online();
	smp_store_release(per_cpu_ptr(&ap_state, cpu), AP_ONLINE);
	cpu_startup_entry();
}

static bool __init wait_for_state(unsigned int cpu, enum ap_state state, u64 patience_ns)
{
	u64 start = arch_clock_ns();

	while (smp_load_acquire(per_cpu_ptr(&ap_state, cpu)) < state) {
		if (arch_clock_ns() - start > patience_ns)
			return false;
		cpu_relax();
	}
	return true;
}

static bool __init send_start(unsigned int cpu)
{
	u32 apic_id = cpu_apic_id[cpu];

	lapic_send_init(apic_id);
	/* Processors of this century are ready at once; the specification's 10 ms are for older ones. */
	arch_delay_ms(cpu_has(CPU_FEATURE_HYPERVISOR) ? 0 : 10);
	lapic_send_startup(apic_id, boot_info.trampoline);
	if (wait_for_state(cpu, AP_ALIVE, SECOND_TRY_NS))
		return true;
	lapic_send_startup(apic_id, boot_info.trampoline);
	return wait_for_state(cpu, AP_ALIVE, PATIENCE_NS);
}

static int __init start_cpu(unsigned int cpu)
{
	void *ist_stacks = vmalloc(NR_IST * IST_STACK_SIZE);

	if (!ist_stacks)
		return -ENOMEM;
	ist_stacks_set(cpu, ist_stacks);
	sched_init_cpu(cpu);
	per_cpu(ap_stack, cpu) = idle_thread(cpu)->stack_top;
	if (!send_start(cpu))
		return -ETIMEDOUT;
	clock_check_source(cpu);
	return wait_for_state(cpu, AP_ONLINE, PATIENCE_NS) ? 0 : -ETIMEDOUT;
}

void __init smp_start_all(void)
{
	unsigned int cpu;

	if (nr_cpu_ids == 1 || max_cpus <= 1)
		return;
	if (!boot_info.trampoline) {
		pr_warn("no page below 1 MiB is free: only one CPU\n");
		return;
	}
	fill_trampoline();
	for_each_cpu(cpu, &cpu_present_mask) {
		int error;

		if (cpu_online(cpu) || num_online_cpus() >= max_cpus)
			continue;
		error = start_cpu(cpu);
		if (error)
			pr_err("CPU %u (APIC %u) does not start: %d\n", cpu, cpu_apic_id[cpu],
			       error);
	}
	mm_trampoline_release();
	pr_info("%u CPUs\n", num_online_cpus());
}
