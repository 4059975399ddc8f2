/* SPDX-License-Identifier: MIT */
/*
 * Where every CPU is: asked by NMI, which reaches those too that have interrupts off.
 *
 * A CPU that is asked writes its own answer (cpu_answer) and sets its bit in `answered`; the asker
 * waits, then prints all answers, so that they do not mix. It goes on, or in a panic stops for ever.
 * Who asks outside a panic is alone (asking); a panic asks over anybody's head: the CPU whose
 * question is cut short stops like the others.
 *
 *	asked		set by the asker, cleared by who was asked, in the NMI
 *	cpu_answer	the asked CPU's until its bit in answered is set, then the asker's
 */
#include <arch/apic.h>
#include <arch/barrier.h>
#include <arch/clock.h>
#include <arch/stop.h>
#include <arch/traps.h>
#include <kernel/atomic.h>
#include <kernel/backtrace.h>
#include <kernel/hardirq.h>
#include <kernel/log.h>
#include <kernel/smp.h>
#include <kernel/thread.h>
#include <lib/printf.h>
#include <lib/string.h>
#include "lapic_private.h"

/* An emulated CPU stands still while the host is busy; nothing is lost by waiting longer but for
 * one that is really dead. */
#define ANSWER_WAIT_MS 3000
#define ANSWER_DEPTH   24

struct cpu_answer {
	pid_t tid;
	char name[16];
	bool idle, user;
	u64 rip, rsp, rflags;
	size_t nr;
	unsigned long addresses[ANSWER_DEPTH];
};

static DEFINE_PER_CPU(struct cpu_answer, cpu_answer);
static struct cpumask asked, answered;
static int stopper = -1; /* the CPU that all others stop for once they have answered */
static bool asking;

static void answer(const struct trap_frame *frame)
{
	struct cpu_answer *a = this_cpu_ptr(&cpu_answer);
	const struct thread *thread = this_cpu_read(current_thread);

	a->tid = thread ? thread->tid : 0;
	strscpy(a->name, thread ? thread->name : "none", sizeof(a->name));
	a->idle = this_cpu_read(cpu_in_idle) && !this_cpu_read(irq_frame);
	a->user = frame_is_user(frame);
	a->rip = frame->rip;
	a->rsp = frame->rsp;
	a->rflags = frame->rflags;
	a->nr = backtrace_save(frame, a->addresses, ANSWER_DEPTH);
}

static bool where_nmi(struct trap_frame *frame)
{
	unsigned int me = smp_processor_id();

	if (!cpumask_test_and_clear_cpu(me, &asked))
		return false;
	answer(frame);
	cpumask_set_cpu(me, &answered);
	if (READ_ONCE(stopper) >= 0 && READ_ONCE(stopper) != (int)me)
		arch_halt_forever();
	return true;
}

static void ask(const struct cpumask *cpus)
{
	unsigned int cpu;

	for_each_cpu(cpu, cpus) {
		cpumask_clear_cpu(cpu, &answered);
		cpumask_set_cpu(cpu, &asked);
		lapic_send_nmi(cpu_apic_id[cpu]);
	}
}

static bool all_answered(const struct cpumask *cpus)
{
	unsigned int cpu;

	for_each_cpu(cpu, cpus)
		if (!cpumask_test_cpu(cpu, &answered))
			return false;
	smp_rmb();
	return true;
}

static void ask_and_wait(const struct cpumask *cpus)
{
	ask(cpus);
	for (int i = 0; i < ANSWER_WAIT_MS && !all_answered(cpus); i++)
		arch_delay_ms(1);
}

static void show_answer(const char *level, unsigned int cpu)
{
	const struct cpu_answer *a = per_cpu_ptr(&cpu_answer, cpu);

	printk("%sCPU: %u PID: %d Comm: %s %s\n", level, cpu, a->tid, a->name,
	       a->user ? "in user mode" : "in the kernel");
	if (a->user || !a->nr) {
		printk("%s RIP: %016llx RSP: %016llx EFLAGS: %08llx\n", level, a->rip, a->rsp,
		       a->rflags);
		return;
	}
	printk("%s RIP: %pS RSP: %016llx EFLAGS: %08llx\n", level, (void *)a->addresses[0], a->rsp,
	       a->rflags);
	for (size_t i = 1; i < a->nr; i++)
		printk("%s  %pS\n", level, (void *)(a->addresses[i] - 1));
}

/* "name: 1 5 7", nothing for an empty set. */
static void show_set(const char *level, const char *name, const struct cpumask *cpus)
{
	char line[CONFIG_NR_CPUS * 4 + 1] = "";
	size_t length = 0;
	unsigned int cpu;

	for_each_cpu(cpu, cpus)
		length += scnprintf(line + length, sizeof(line) - length, " %u", cpu);
	if (length)
		printk("%s%s:%s\n", level, name, line);
}

/* A CPU in the idle loop has nothing to tell but that. */
static void show_answers(const char *level, const struct cpumask *cpus)
{
	struct cpumask idle = { 0 }, silent = { 0 };
	unsigned int cpu;

	for_each_cpu(cpu, cpus) {
		if (!cpumask_test_cpu(cpu, &answered))
			cpumask_set_cpu(cpu, &silent);
		else if (per_cpu(cpu_answer, cpu).idle)
			cpumask_set_cpu(cpu, &idle);
		else
			show_answer(level, cpu);
	}
	show_set(level, "CPUs that are idle", &idle);
	show_set(level, "CPUs that do not answer", &silent);
}

static void others(struct cpumask *cpus)
{
	cpumask_copy(cpus, &cpu_online_mask);
	cpumask_clear_cpu(smp_processor_id(), cpus);
}

bool show_other_cpus(const char *level)
{
	struct cpumask cpus;

	if (xchg(&asking, true))
		return false;
	preempt_disable();
	others(&cpus);
	ask_and_wait(&cpus);
	show_answers(level, &cpus);
	preempt_enable();
	smp_store_release(&asking, false);
	return true;
}

void nmi_stop_others(const struct cpumask *stopped)
{
	struct cpumask cpus;
	unsigned int cpu;

	others(&cpus);
	for_each_cpu(cpu, stopped)
		cpumask_clear_cpu(cpu, &cpus);
	WRITE_ONCE(stopper, smp_processor_id());
	ask_and_wait(&cpus);
	if (panic_in_progress)
		show_answers(KERN_EMERG, &cpus);
}

static struct nmi_handler where_handler = {.handle = where_nmi};

void where_init(void)
{
	nmi_handler_register(&where_handler);
	show_cpus = show_other_cpus;
}
