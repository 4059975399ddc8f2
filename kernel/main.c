/* SPDX-License-Identifier: MIT */
/*
 * Boot, as a list: one line a subsystem, in the order in which they need each other. There are no hidden init levels.
 *
 * On entry: CPU 0, interrupts off, early page tables, boot_info and the boot parameters there. Nothing may sleep before
 * sched_init() has made this flow of control a thread.
 */
#include <arch/alternative.h>
#include <arch/apic.h>
#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/stop.h>
#include <fs/exec.h>
#include <kernel/acpi.h>
#include <kernel/boot.h>
#include <kernel/init.h>
#include <kernel/interrupt.h>
#include <kernel/ktest.h>
#include <kernel/log.h>
#include <kernel/main.h>
#include <kernel/process.h>
#include <kernel/random.h>
#include <kernel/rcu.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/vdso.h>
#include <kernel/workqueue.h>
#include <lib/err.h>
#include <mm/init.h>

static void __init print_memory_map(void)
{
	for (size_t i = 0; i < boot_info.nr_memory; i++) {
		const struct boot_memory *entry = &boot_info.memory[i];

		pr_debug("memory: %016llx-%016llx type %u\n", entry->start, entry->start + entry->size - 1, entry->type);
	}
}

static void __init print_cpu(void)
{
	pr_info("cpu: %s, family %u model %u stepping %u\n", boot_cpu.model_name[0] ? boot_cpu.model_name : boot_cpu.vendor,
		boot_cpu.family, boot_cpu.model, boot_cpu.stepping);
}

/* The second half of the list, in a thread: here one may sleep. */
static int __init boot_main(void *unused)
{
	rcu_init();			/* grace periods */
	workqueue_init();		/* work in threads */
	reclaim_init();			/* memory is made free when it runs low */
	random_init();			/* and better ones from interrupts */
	process_early_init();		/* what processes, users and signals are made of */
	smp_start_all();		/* the other CPUs */
	vdso_init();			/* clocks that programs read by themselves */
	exec_init();			/* running programs */
	ktest_run_if_asked();		/* the argument ktest: tests instead of user space */
	process_start_init();		/* the first process */
	return 0;
}

static void __init start_boot_thread(void)
{
	if (IS_ERR(kthread_run(boot_main, NULL, "init")))
		panic("no memory for the first thread");
}

void __init kernel_main(void)
{
	early_console_init();		/* from here on messages are seen */
	pr_notice("Mortise %s\n", CONFIG_RELEASE);
	pr_info("boot: by %s, command line: %s\n", boot_info.loader, boot_info.command_line);
	print_memory_map();
	cpu_features_init();		/* what the processor can do, switched on */
	print_cpu();
	alternatives_apply();		/* the instructions that fit it */
	if (!cpu_is_virtual())
		spin_lock_use_queues();	/* waiters may queue: every CPU runs all the time */
	random_init_early(boot_info.command_line);	/* random numbers, as good as the CPU's own */
	mm_init();			/* page tables, page frames, slab, vmalloc: what allocates works from here on */
	acpi_tables_init();		/* what the firmware says of the machine */
	smp_init_possible();		/* CPUs and interrupt controllers */
	percpu_init(nr_cpu_ids);	/* each CPU's own data */
	space_init();			/* address spaces of programs */
	page_cache_init();		/* pages of files */
	irq_init();			/* interrupt controllers and lines, all silent */
	clock_init();			/* how fast the counters run; time begins */
	lapic_timer_init_cpu();		/* this CPU's timer, not set */
	fpu_init();			/* the program's registers */
	thread_cache_init();
	sched_init();			/* this flow of control becomes the idle thread of CPU 0 */
	start_boot_thread();
	cpu_startup_entry();
}
