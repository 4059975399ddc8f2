// SPDX-License-Identifier: MIT
/* System calls, the parts in C: where SYSCALL goes, tracing, arch_prctl, the registers of a new program. */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/entry.h>
#include <arch/gdt.h>
#include <arch/thread.h>
#include <kernel/latency.h>
#include <kernel/lock_graph.h>
#include <kernel/process.h>
#include <kernel/syscalls.h>
#include <kernel/trace_events.h>
#include <lib/string.h>
#include <mm/space.h>
#include <mm/uaccess.h>
#include <uapi/prctl.h>
#include <generated/syscall_table.h>
#include "entry.h"

DEFINE_PER_CPU(unsigned long, syscall_user_rsp); /* between two instructions of the entry */

extern long (*const sys_call_table[])(unsigned long, unsigned long, unsigned long, unsigned long,
				      unsigned long, unsigned long);
extern const char syscall_entry[], syscall_entry_mitigated[], syscall_entry_compat[];

void syscall_init_cpu(void)
{
	wrmsr(MSR_STAR, (u64)USER_CS32 << 48 | (u64)KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (unsigned long)(cpu_has(CPU_FEATURE_USE_LEAVE) ? syscall_entry_mitigated
									: syscall_entry));
	wrmsr(MSR_CSTAR, (unsigned long)syscall_entry_compat);
	/* Off at entry: interrupts, single steps, string direction, alignment checks, nested task, I/O privilege; the arithmetic flags too. */
	wrmsr(MSR_SYSCALL_MASK, 0x257fd5);
}

#ifdef CONFIG_DEBUG_LOCKS
void syscall_check_locks(void)
{
	lock_graph_check_none("at the end of a system call");
}
#endif

#ifdef CONFIG_TRACING
/* The slow way in, while syscall_trace_key is on. The time is that of the call alone, without the records about it. */
void syscall_traced(struct trap_frame *frame)
{
	bool timed = latency_is_on(LATENCY_SYSCALL);
	unsigned int nr;
	u64 begun_ns;

	trace_sys_enter(frame);
	nr = frame->orig_rax;
	begun_ns = timed ? arch_clock_ns() : 0;
	if (nr < NR_SYSCALLS)
		frame->rax = sys_call_table[nr](frame->rdi, frame->rsi, frame->rdx, frame->r10,
						frame->r8, frame->r9);
	else if ((int)nr != -1)
		frame->rax = sys_ni_syscall();
	if (timed)
		latency_note(LATENCY_SYSCALL, nr, arch_clock_ns() - begun_ns);
	trace_sys_exit(frame, nr);
}
#endif

void user_registers_reset(struct trap_frame *frame, unsigned long rip, unsigned long rsp)
{
	memset(frame, 0, sizeof(*frame));
	frame->orig_rax = -1;
	frame->rip = rip;
	frame->rsp = rsp;
	frame->cs = USER_CS;
	frame->ss = USER_DS;
	frame->rflags = RFLAGS_IF;
	thread_set_fs_base(0);
	thread_set_gs_base(0);
	set_thread_flag(current, TF_FULL_RETURN);
}

long sys_arch_prctl(int option, unsigned long arg)
{
	switch (option) {
	case ARCH_SET_FS:
	case ARCH_SET_GS:
		if (arg >= USER_SPACE_END)
			return -EPERM;
		if (option == ARCH_SET_FS)
			thread_set_fs_base(arg);
		else
			thread_set_gs_base(arg);
		return 0;
	case ARCH_GET_FS:
		thread_save_bases();
		return put_user(current->fs_base, (unsigned long __user *)arg);
	case ARCH_GET_GS:
		thread_save_bases();
		return put_user(current->gs_base, (unsigned long __user *)arg);
	case ARCH_GET_CPUID: return 1; /* CPUID is never made to fault */
	case ARCH_SET_CPUID: return -ENODEV;
	}
	return -EINVAL;
}
