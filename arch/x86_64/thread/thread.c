/* SPDX-License-Identifier: MIT */
/*
 * The machine's part of a thread: its first stack frame, and what a switch moves besides the stack:
 * the user's segment bases and FPU registers, the stack for traps from user mode.
 *
 * With FSGSBASE programs change their bases without telling, so they are read at the switch;
 * without, only arch_prctl changes them, and thread->fs_base and gs_base always hold the truth. The
 * user's %gs base is in the inactive register while the kernel runs.
 */
#include <arch/cpu.h>
#include <arch/gdt.h>
#include <arch/thread.h>
#include <kernel/sched.h>

struct thread *switch_stacks(struct thread *prev, struct thread *next);
extern const char thread_start[];

/* In the order in which switch_stacks pops. */
struct switch_frame {
	u64 r15, r14, r13, r12, rbx, rbp;
	u64 rip;
	u64 alignment; /* with the trap frame above: calls from thread_start are aligned */
};

static void setup(struct thread *t, u64 function, u64 frame_pointer)
{
	struct switch_frame *frame = (struct switch_frame *)thread_frame(t) - 1;

	*frame = (struct switch_frame){
		.r12 = function,
		.rbp = frame_pointer,
		.rip = (u64)thread_start,
	};
	t->kernel_rsp = (unsigned long)frame;
}

/* When entry returns, the thread enters user mode through its trap frame, which it has filled. */
void arch_thread_setup_kernel(struct thread *t, void (*entry)(void))
{
	*thread_frame(t) = (struct trap_frame){ 0 };
	setup(t, (u64)entry, 0);
}

void arch_thread_setup_user(struct thread *t)
{
	setup(t, 0, (u64)thread_frame(t) + 1);
}

/* ---- segment bases ---- */

static unsigned long read_fs_base(void)
{
	unsigned long base;

	asm volatile("rdfsbase %0" : "=r"(base));
	return base;
}

static void write_fs_base(unsigned long base)
{
	if (cpu_has(CPU_FEATURE_FSGSBASE))
		asm volatile("wrfsbase %0" : : "r"(base));
	else
		wrmsr(MSR_FS_BASE, base);
}

/* Interrupts off: between the two SWAPGS the kernel has no per-CPU data. */
static unsigned long read_user_gs_base(void)
{
	unsigned long base;

	asm volatile("swapgs; rdgsbase %0; swapgs" : "=r"(base) : : "memory");
	return base;
}

static void write_user_gs_base(unsigned long base)
{
	if (cpu_has(CPU_FEATURE_FSGSBASE))
		asm volatile("swapgs; wrgsbase %0; swapgs" : : "r"(base) : "memory");
	else
		wrmsr(MSR_KERNEL_GS_BASE, base);
}

static void save_bases(struct thread *t)
{
	if (!cpu_has(CPU_FEATURE_FSGSBASE))
		return;
	t->fs_base = read_fs_base();
	t->gs_base = read_user_gs_base();
}

void thread_save_bases(void)
{
	unsigned long flags;

	local_irq_save(flags);
	save_bases(current);
	local_irq_restore(flags);
}

void thread_set_fs_base(unsigned long base)
{
	unsigned long flags;

	local_irq_save(flags);
	current->fs_base = base;
	write_fs_base(base);
	local_irq_restore(flags);
}

void thread_set_gs_base(unsigned long base)
{
	unsigned long flags;

	local_irq_save(flags);
	current->gs_base = base;
	write_user_gs_base(base);
	local_irq_restore(flags);
}

/* ---- the switch ---- */

struct thread *arch_switch_to(struct thread *prev, struct thread *next)
{
	if (prev->space)
		save_bases(prev);
	fpu_switch(prev, next);
	if (next->space) {
		write_fs_base(next->fs_base);
		write_user_gs_base(next->gs_base);
	}
	/* Also of kernel threads: one may become a user thread by exec, without a switch. */
	tss_set_kernel_stack(next->stack_top);
	this_cpu_write(current_thread, next);
	return switch_stacks(prev, next);
}
