/* SPDX-License-Identifier: MIT */
/*
 * Oops: the kernel did something that it must not. The report goes out, the guilty thread ends, the system goes on; in an interrupt,
 * in the idle thread or with oops=panic there is nobody to end, and it is a panic.
 */
#include "log_private.h"
#include <arch/irqflags.h>
#include <arch/traps.h>
#include <kernel/atomic.h>
#include <kernel/backtrace.h>
#include <kernel/bug.h>
#include <kernel/detectors.h>
#include <kernel/init.h>
#include <kernel/preempt.h>
#include <kernel/spinlock.h>
#include <kernel/taint.h>
#include <kernel/thread.h>
#include <lib/errno.h>
#include <lib/string.h>

void (*show_modules)(const char *level);
bool (*show_cpus)(const char *level);

int panic_on_oops;
int oops_all_cpu_backtrace = 1;
static atomic_t oops_count;
static int reporting_cpu = -1;

static int set_oops(const char *value)
{
	if (strcmp(value, "panic"))
		return -EINVAL;
	panic_on_oops = 1;
	return 0;
}
BOOT_PARAM("oops", set_oops);

/* Reports of several CPUs come one after another; an oops while reporting goes on at once. */
static bool begin_report(void)
{
	int nobody = -1, me = smp_processor_id();

	while (!try_cmpxchg(&reporting_cpu, &nobody, me)) {
		if (nobody == me)
			return false;
		nobody = -1;
		cpu_relax();
	}
	return true;
}

static void end_report(void)
{
	smp_store_release(&reporting_cpu, -1);
}

void show_who(const char *level)
{
	const struct thread *thread = this_cpu_read(current_thread);
	char taints[TAINT_LETTERS];

	taint_letters(taints);
	printk("%sCPU: %u PID: %d Comm: %s %s%s%s%s\n", level, smp_processor_id(),
	       thread ? thread->tid : 0, thread ? thread->name : "none", *taints ? "Tainted: " : "",
	       taints, *taints ? " " : "", CONFIG_RELEASE);
}

static void show_what(const struct trap_frame *frame, const char *what, unsigned long error_code)
{
	const char *file;
	unsigned int line;

	if (bug_location(frame->rip, &file, &line))
		pr_emerg("kernel BUG at %s:%u!\n", file, line);
	pr_emerg("Oops: %s: %04lx [#%d]\n", what, error_code, atomic_inc_return(&oops_count));
	show_who(KERN_EMERG);
	taint_add(TAINT_DIE);
}

/*
 * Nobody to end: no thread yet, or the idle one, which is neither of a process nor a function's. Nor the thread that reports a panic:
 * the panic goes on.
 */
static bool is_hopeless(void)
{
	const struct thread *thread = this_cpu_read(current_thread);

	return panic_on_oops || panic_in_progress || in_interrupt() || !thread ||
	       (!thread->process && !thread->kthread_func);
}

static void __noreturn end_thread(void)
{
	unsigned int count = preempt_count();

	if (count)
		pr_notice("note: %s[%d] ends with preempt count %u\n", current->name, current->tid,
			  count);
	this_cpu_and(preempt_word, PREEMPT_NO_RESCHED);
	spin_forget_held();
	local_irq_enable();
	thread_exit_on_clean_stack();
}

void oops(struct trap_frame *frame, const char *what, unsigned long error_code,
	  unsigned long address)
{
	bool first, hopeless;

	local_irq_disable();
	hopeless = is_hopeless();
	first = begin_report();
	console_verbose();
	show_what(frame, what, error_code);
	show_registers(KERN_EMERG, frame, address);
	if (!first)
		panic("oops within the report of an oops");
	show_backtrace(KERN_EMERG, frame);
	if (show_modules)
		show_modules(KERN_EMERG);
	/* A panic shows where the others are by itself. */
	if (!hopeless && oops_all_cpu_backtrace && show_cpus)
		show_cpus(KERN_EMERG);
	pr_emerg("---[ end trace ]---\n");
	if (hopeless)
		panic_after_report(in_interrupt() ? "oops in an interrupt" : "fatal oops");
	end_report();
	end_thread();
}
