// SPDX-License-Identifier: MIT
/*
 * What a thread has to do before it goes back to user mode: let others run, take signals, run what was left for it. Also how faults of
 * programs become signals.
 */
#include <arch/cpu.h>
#include <arch/entry.h>
#include <arch/irqflags.h>
#include <arch/traps.h>
#include <arch/vectors.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <mm/uaccess.h>
#include "entry.h"

static void resume_work(struct trap_frame *frame)
{
	struct thread *t = current;

	clear_thread_flag(t, TF_NOTIFY_RESUME);
	/* A new thread's number, written in its own memory. */
	if (t->set_child_tid) {
		(void)put_user((u32)t->tid, t->set_child_tid);
		t->set_child_tid = NULL;
	}
	run_resume_work();
	rseq_handle_notify_resume(frame);
}

void exit_to_user_mode_loop(struct trap_frame *frame)
{
	struct thread *t = current;
	unsigned long work;

	while ((work = READ_ONCE(t->flags) & TF_USER_WORK)) {
		local_irq_enable();
		if (work & (1ul << TF_NEED_RESCHED))
			schedule();
		if (work & (1ul << TF_SIGNAL_PENDING | 1ul << TF_NOTIFY_SIGNAL))
			arch_do_signal(frame);
		if (work & (1ul << TF_NOTIFY_RESUME))
			resume_work(frame);
		local_irq_disable();
	}
}

/* Interrupts off, as the frame's owner leaves a system call with flags set. The caller goes on to return_to_user, which does the work. */
void syscall_exit_work(struct trap_frame *frame)
{
	if (test_thread_flag(current, TF_FULL_RETURN))
		clear_thread_flag(current, TF_FULL_RETURN);
}

/* --- faults --- */

/* Which of the unmasked floating-point exceptions it was. */
static int fpu_code(unsigned int exceptions)
{
	if (exceptions & 0x01)
		return FPE_FLTINV;
	if (exceptions & 0x04)
		return FPE_FLTDIV;
	if (exceptions & 0x08)
		return FPE_FLTOVF;
	if (exceptions & 0x12) /* denormal operands too */
		return FPE_FLTUND;
	return exceptions & 0x20 ? FPE_FLTRES : 0;
}

static int x87_code(void)
{
	u16 status, control;

	asm volatile("fnstsw %0; fnstcw %1" : "=m"(status), "=m"(control));
	return fpu_code(status & ~control);
}

static int sse_code(void)
{
	u32 mxcsr;

	asm volatile("stmxcsr %0" : "=m"(mxcsr));
	return fpu_code(~(mxcsr >> 7) & mxcsr & 0x3f);
}

#define DR6_STEP	0x4000ul
#define DR6_BREAKPOINTS	0xful

static int debug_code(unsigned long dr6)
{
	if (dr6 & DR6_STEP)
		return TRAP_TRACE;
	return dr6 & DR6_BREAKPOINTS ? TRAP_HWBKPT : TRAP_BRKPT;
}

/* A code of 0 means that nothing is known but that the kernel says so. */
static void fault_signal(int sig, int code, unsigned long address)
{
	if (code)
		force_sig_fault(sig, code, (void __user *)address);
	else
		force_sig(sig);
}

void trap_signal(struct trap_frame *frame, unsigned int vector, unsigned long error_code,
		 unsigned long address)
{
	int code;

	current->trap_number = vector;
	current->trap_error = error_code;
	switch (vector) {
	case VECTOR_DE: fault_signal(SIGFPE, FPE_INTDIV, frame->rip); break;
	case VECTOR_DB: fault_signal(SIGTRAP, debug_code(address), frame->rip); break;
	case VECTOR_BP: fault_signal(SIGTRAP, 0, 0); break;
	case VECTOR_UD: fault_signal(SIGILL, ILL_ILLOPN, frame->rip); break;
	case VECTOR_MF:
	case VECTOR_XF:
		/* None pending any more: it was handled in between, the instruction is tried again. */
		code = vector == VECTOR_MF ? x87_code() : sse_code();
		if (code)
			fault_signal(SIGFPE, code, frame->rip);
		break;
	case VECTOR_AC: force_sig_fault(SIGBUS, BUS_ADRALN, NULL); break;
	case VECTOR_NP:
	case VECTOR_SS: fault_signal(SIGBUS, 0, 0); break;
	default: fault_signal(SIGSEGV, 0, 0);
	}
}
