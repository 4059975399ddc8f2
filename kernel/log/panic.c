/* SPDX-License-Identifier: MIT */
/* The end of the line: report, stop the other CPUs, wait or reboot. */
#include "log_private.h"
#include <arch/irqflags.h>
#include <arch/layout.h>
#include <arch/stop.h>
#include <arch/trap_frame.h>
#include <kernel/atomic.h>
#include <kernel/backtrace.h>
#include <kernel/detectors.h>
#include <kernel/init.h>
#include <kernel/preempt.h>
#include <lib/parse.h>
#include <lib/printf.h>

bool panic_in_progress;

/* panic=: seconds until the reboot; 0: never, negative: at once. */
int panic_timeout = CONFIG_PANIC_TIMEOUT;
static int panic_cpu = -1;

bool panic_is_here(void)
{
	return READ_ONCE(panic_cpu) == (int)smp_processor_id();
}

static int set_panic(const char *value)
{
	return kstrtoint(value, 0, &panic_timeout);
}
BOOT_PARAM("panic", set_panic);

/* One CPU reports. A panic within the report goes on behind it; other CPUs wait for their stop. */
static void become_panic_cpu(void)
{
	int nobody = -1, me = smp_processor_id();

	if (!try_cmpxchg(&panic_cpu, &nobody, me) && nobody != me)
		arch_halt_forever();
}

static void __noreturn restart_or_halt(void)
{
	if (panic_timeout > 0) {
		pr_emerg("Rebooting in %d seconds..\n", panic_timeout);
		arch_delay_ms(panic_timeout * 1000ul);
	}
	if (panic_timeout)
		arch_reboot();
	arch_halt_forever();
}

/* The others may still run, but print nothing. True the first time: a panic within a panic's report says so and ends. */
static bool begin_panic(void)
{
	static bool begun;
	bool first = !begun;

	local_irq_disable();
	preempt_disable();
	become_panic_cpu();
	begun = true;
	console_panic_begin();
	return first;
}

/* Whatever the report came to, the others stop. What fails on the way ends up here again, and leaves out what has begun. */
static void __noreturn end_panic(const char *reason)
{
	static enum { NOTHING, STOPPING, SAID } begun;

	if (begun == NOTHING) {
		begun = STOPPING;
		arch_stop_other_cpus();
	}
	if (begun == STOPPING) {
		begun = SAID;
		if (kernel_map_offset())
			pr_emerg("Kernel Offset: 0x%lx from 0x%lx\n", kernel_map_offset(),
				 KERNEL_MAP_BASE);
		pr_emerg("---[ end Kernel panic - not syncing: %s ]---\n", reason);
	}
	restart_or_halt();
}

void panic(const char *fmt, ...)
{
	static char reason[256];
	struct trap_frame registers;
	va_list args;
	bool first;

	registers_save(&registers);
	first = begin_panic();
	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	pr_emerg("Kernel panic - not syncing: %s\n", reason);
	if (!first)
		end_panic(reason);
	/* First what can be spared: a screen of 25 rows loses the top. */
	show_register_values(KERN_EMERG, &registers, 0);
	show_who(KERN_EMERG);
	show_backtrace(KERN_EMERG, NULL);
	if (show_modules)
		show_modules(KERN_EMERG);
	end_panic(reason);
}

void panic_after_report(const char *reason)
{
	begin_panic();
	pr_emerg("Kernel panic - not syncing: %s\n", reason);
	end_panic(reason);
}

/* The compiler's canary, the same for every thread; set to a random value before any function that has it can return. */
extern unsigned long __stack_chk_guard;
unsigned long __stack_chk_guard __ro_after_init = 0x595e9fbd94fda766;

void __noreturn __stack_chk_fail(void);

void __noreturn __stack_chk_fail(void)
{
	panic("stack protector: a canary was overwritten in %pS", __builtin_return_address(0));
}
