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
#include <arch/entry.h>
#include <arch/mitigations.h>
#include <arch/stop.h>
#include <arch/traps.h>
#include <drivers/block.h>
#include <drivers/device.h>
#include <drivers/tty.h>
#include <fs/calls.h>
#include <fs/chrdev.h>
#include <fs/debugfs.h>
#include <fs/exec.h>
#include <fs/vfs.h>
#include <kernel/acpi.h>
#include <kernel/boot.h>
#include <kernel/cpu_look.h>
#include <kernel/detectors.h>
#include <kernel/init.h>
#include <kernel/interrupt.h>
#include <kernel/ipc.h>
#include <kernel/kcov.h>
#include <kernel/ktest.h>
#include <kernel/log.h>
#include <kernel/main.h>
#include <kernel/module.h>
#include <kernel/process.h>
#include <kernel/power.h>
#include <kernel/random.h>
#include <kernel/rcu.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/socket.h>
#include <kernel/static_key.h>
#include <kernel/sysrq.h>
#include <kernel/time.h>
#include <kernel/vdso.h>
#include <kernel/workqueue.h>
#include <lib/err.h>
#include <mm/init.h>
#include <mm/kernel_map.h>
#include <mm/page.h>
#include <mm/slab.h>

static void __init print_memory_map(void)
{
	for (size_t i = 0; i < boot_info.nr_memory; i++) {
		const struct boot_memory *entry = &boot_info.memory[i];

		pr_debug("memory: %016llx-%016llx type %u\n", entry->start,
			 entry->start + entry->size - 1, entry->type);
	}
}

static void __init print_cpu(void)
{
	pr_info("cpu: %s, family %u model %u stepping %u\n",
		boot_cpu.model_name[0] ? boot_cpu.model_name : boot_cpu.vendor, boot_cpu.family,
		boot_cpu.model, boot_cpu.stepping);
}

/* The time of day, from the battery-backed clock. */
static void __init set_time_of_day(void)
{
	s64 seconds = rtc_read_seconds();

	if (seconds < 0)
		pr_warn("no battery-backed clock: the time of day starts in 1970\n");
	else
		timekeeping_set_boot_time(seconds * NSEC_PER_SEC);
}

/*
 * What the boot loader brought becomes the first root; its memory goes back. Its end may lie beyond what the firmware calls RAM: QEMU and
 * SeaBIOS differ about how much room ACPI tables need.
 */
static void __init unpack_initramfs(void)
{
	for (size_t i = 0; i < boot_info.nr_modules; i++) {
		const struct boot_module *module = &boot_info.modules[i];

		void *archive = memremap(module->start, module->size);

		if (!archive)
			panic("no memory to read the archive at %llx\n", module->start);
		populate_rootfs(archive, module->size);
		memunmap(archive);
		free_boot_range(module->start, module->size);
	}
}

/* The second half of the list, in a thread: here one may sleep. */
static void __init boot_in_thread(void)
{
	rcu_init();	  /* grace periods */
	workqueue_init(); /* work in threads */
	reclaim_init();	  /* memory is made free when it runs low */
	random_init();	  /* random numbers from interrupts */
	set_time_of_day();
	process_early_init(); /* what processes, users and signals are made of */
	sysrq_init();	      /* what the machine tells when asked by a key */
	smp_start_all();      /* the other CPUs */
	cpu_look_init();      /* where they are, asked by NMIs */
	watchdog_restart();   /* CPUs that hang */
	hung_task_init();     /* threads that wait for ever */
	vdso_init();	      /* clocks that programs read by themselves */

	/* names, inodes, mounts, an empty root; /proc, /sys, /dev */
	vfs_init();
	debugfs_init();	    /* files for debugging */
	kmemleak_init();    /* memory to which nothing points */
	kcov_init();	    /* what code system calls run */
	socket_init();	    /* sockets between processes */
	mqueue_init();	    /* POSIX message queues */
	sysvipc_init();	    /* System V semaphores, shared memory, message queues */
	power_init();	    /* off and on */
	exec_init();	    /* running programs */
	device_core_init(); /* devices, buses, /sys/devices */
	module_core_init(); /* the module loader */
	mem_devices_init(); /* /dev/null and its like, /dev/kmsg */
	misc_init();	    /* character devices of drivers */
	char_core_init();
	block_core_init();	 /* disks */
	filesystem_class_init(); /* what is on them: file systems as modules */
	input_core_init();	 /* keyboards and mice as /dev/input/event* */
	tty_init();		 /* terminals: line discipline, job control */
	pty_init();
	vt_init();     /* on the screen */
	serial_init(); /* on serial lines */
	/* what the bus driver needs of the machine; /proc/bus/pci */
	pci_host_init();
	legacy_devices_init(); /* what every PC has and no bus reports */
	acpi_devices_init();   /* what the firmware described */

	unpack_initramfs();    /* the first files */
	module_init_builtin(); /* drivers that are part of the image */
	ktest_run_if_asked();  /* the argument ktest: tests instead of user space */
	process_start_init();  /* the first process */
}

static int boot_thread(void *unused)
{
	boot_in_thread();
	mm_free_init_memory(); /* this list, for one */
	wx_check();	       /* nothing is writable and executable */
	return 0;
}

static void __init start_boot_thread(void)
{
	if (IS_ERR(kthread_run(boot_thread, NULL, "boot")))
		panic("no memory for the first thread");
}

void __init kernel_main(void)
{
	early_console_init(); /* from here on messages are seen */
	pr_notice("Mortise %s\n", CONFIG_RELEASE);
	pr_info("boot: by %s, command line: %s\n", boot_info.loader, boot_info.command_line);
	print_memory_map();
	cpu_features_init(); /* what the processor can do, switched on */
	print_cpu();
	machine_check_init_cpu(); /* hardware errors are reported */
	mitigations_choose();	  /* what is done about its faults */
	mitigations_init_cpu();
	alternatives_apply(); /* the instructions that fit it */
	if (!cpu_is_virtual())
		spin_lock_use_queues(); /* waiters may queue: every CPU runs all the time */
	/* random numbers, as good as the CPU's own */
	random_init_early(boot_info.command_line);
	/* where vmalloc and modules begin, if the image was moved too */
	vm_choose_places(get_random_u64());
	/* page tables, page frames, slab, vmalloc: what allocates works from here on */
	mm_init();
	text_patch_init();	 /* code can be changed while it runs */
	acpi_tables_init();	 /* what the firmware says of the machine */
	smp_init_possible();	 /* CPUs and interrupt controllers */
	percpu_init(nr_cpu_ids); /* each CPU's own data */
	space_init();		 /* address spaces of programs */
	page_cache_init();	 /* pages of files */
	irq_init();		 /* interrupt controllers and lines, all silent */
	clock_init();		 /* how fast the counters run; time begins */
	lapic_timer_init_cpu();	 /* this CPU's timer, not set */
	fpu_init();		 /* the program's registers */
	syscall_init_cpu();	 /* where system calls enter */
	thread_cache_init();
	sched_init(); /* this flow of control becomes the idle thread of CPU 0 */
	start_boot_thread();
	cpu_startup_entry();
}
