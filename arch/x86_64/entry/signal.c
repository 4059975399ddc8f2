// SPDX-License-Identifier: MIT
/*
 * Signal handlers on the user's stack, in the layout that Linux programs and debuggers know:
 *
 *	higher	FPU state as XSAVE writes it, 64-byte aligned (fpu_sigframe_size)
 *		struct siginfo
 *		struct ucontext: altstack, registers, mask
 *	%rsp	return address: the restorer, which calls rt_sigreturn; the handler starts with the stack as after a call
 *
 * Also the end of interrupted system calls: answered by EINTR or made to run again.
 */
#include <arch/cpu.h>
#include <arch/fpu.h>
#include <arch/gdt.h>
#include <arch/signal_frame.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <kernel/syscalls.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include "entry.h"

#define RED_ZONE	128ul	/* below %rsp, a leaf function's own by the ABI */
#define RFLAGS_USER	0x50dd5ul	/* what rt_sigreturn may set: AC RF OF DF TF SF ZF AF PF CF */

static void save_registers(struct sigcontext *to, const struct trap_frame *frame)
{
	const struct thread *t = current;

	*to = (struct sigcontext){
		.r8 = frame->r8,
		.r9 = frame->r9,
		.r10 = frame->r10,
		.r11 = frame->r11,
		.r12 = frame->r12,
		.r13 = frame->r13,
		.r14 = frame->r14,
		.r15 = frame->r15,
		.rdi = frame->rdi,
		.rsi = frame->rsi,
		.rbp = frame->rbp,
		.rbx = frame->rbx,
		.rdx = frame->rdx,
		.rax = frame->rax,
		.rcx = frame->rcx,
		.rsp = frame->rsp,
		.rip = frame->rip,
		.eflags = frame->rflags,
		.cs = frame->cs,
		.ss = frame->ss,
		.err = t->trap_error,
		.trapno = t->trap_number,
		.cr2 = t->fault_address,
	};
}

static void restore_registers(struct trap_frame *frame, const struct sigcontext *from,
			      bool strict_ss)
{
	frame->r8 = from->r8;
	frame->r9 = from->r9;
	frame->r10 = from->r10;
	frame->r11 = from->r11;
	frame->r12 = from->r12;
	frame->r13 = from->r13;
	frame->r14 = from->r14;
	frame->r15 = from->r15;
	frame->rdi = from->rdi;
	frame->rsi = from->rsi;
	frame->rbp = from->rbp;
	frame->rbx = from->rbx;
	frame->rdx = from->rdx;
	frame->rax = from->rax;
	frame->rcx = from->rcx;
	frame->rsp = from->rsp;
	frame->rip = from->rip;
	frame->cs = from->cs | 3;
	frame->ss = strict_ss ? from->ss | 3 : USER_DS;
	frame->rflags = (frame->rflags & ~RFLAGS_USER) | (from->eflags & RFLAGS_USER) | RFLAGS_IF;
	frame->orig_rax = -1; /* the interrupted context is no system call to restart */
}

/* --- building a frame --- */

/* Where it goes; 0: the alternate stack has no room for it. */
static unsigned long frame_place(const struct ksignal *ks, const struct trap_frame *frame,
				 unsigned long *fpu)
{
	unsigned long sp = frame->rsp - RED_ZONE;
	bool nested = on_sig_stack(frame->rsp), entering = false;

	if (ks->action.flags & SA_ONSTACK && current->sigaltstack_size && !nested) {
		sp = sigaltstack_top(current);
		entering = true;
	}
	*fpu = ALIGN_DOWN(sp - fpu_sigframe_size(), 64);
	sp = ALIGN_DOWN(*fpu - sizeof(struct signal_frame), 16) - 8;
	if ((nested || entering) && !(sp > current->sigaltstack_sp &&
				      sp - current->sigaltstack_sp <= current->sigaltstack_size))
		return 0;
	return sp;
}

static int build_frame(struct ksignal *ks, struct trap_frame *frame)
{
	const sigset_t *mask = test_thread_flag(current, TF_RESTORE_SIGMASK)
				       ? &current->saved_sigmask
				       : &current->blocked;
	struct signal_frame __user *uframe;
	struct ucontext uc = { .uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS };
	unsigned long fpu, sp = frame_place(ks, frame, &fpu);

	uframe = (struct signal_frame __user *)sp;
	if (!sp || !access_ok(uframe, sizeof(*uframe)) || !(ks->action.flags & SA_RESTORER))
		return -EFAULT;
	if (fpu_save_to_user((void __user *)fpu))
		return -EFAULT;
	if (cpu_has(CPU_FEATURE_XSAVE))
		uc.uc_flags |= UC_FP_XSTATE;
	save_registers(&uc.uc_mcontext, frame);
	uc.uc_mcontext.oldmask = mask->sig[0];
	uc.uc_mcontext.fpstate = (void *)fpu;
	uc.uc_sigmask = *mask;
	if (copy_to_user(&uframe->uc, &uc, sizeof(uc)) || save_altstack(&uframe->uc.uc_stack) ||
	    put_user((unsigned long)ks->action.restorer, (unsigned long __user *)&uframe->restorer))
		return -EFAULT;
	if (ks->action.flags & SA_SIGINFO && copy_siginfo_to_user(&uframe->info, &ks->info))
		return -EFAULT;
	frame->rdi = ks->sig;
	frame->rsi = (unsigned long)&uframe->info;
	frame->rdx = (unsigned long)&uframe->uc;
	frame->rax = 0;
	frame->rip = (unsigned long)ks->action.handler;
	frame->rsp = sp;
	frame->cs = USER_CS;
	frame->ss = USER_DS;
	return 0;
}

/* --- interrupted system calls --- */

#define SYSCALL_LENGTH	2	/* of the instruction */

static void run_again(struct trap_frame *frame, unsigned long nr)
{
	frame->rax = nr;
	frame->rip -= SYSCALL_LENGTH;
}

/* A handler is about to run (its flags), or none (NULL). */
static void finish_interrupted_call(struct trap_frame *frame, const unsigned long *handler_flags)
{
	if ((long)frame->orig_rax < 0)
		return;
	switch ((long)frame->rax) {
	case -ERESTART_RESTARTBLOCK:
		if (handler_flags)
			frame->rax = -EINTR;
		else
			run_again(frame, SYSCALL_RESTART);
		break;
	case -ERESTARTNOHAND:
		if (handler_flags)
			frame->rax = -EINTR;
		else
			run_again(frame, frame->orig_rax);
		break;
	case -ERESTARTSYS:
		if (handler_flags && !(*handler_flags & SA_RESTART))
			frame->rax = -EINTR;
		else
			run_again(frame, frame->orig_rax);
		break;
	case -ERESTARTNOINTR: run_again(frame, frame->orig_rax); break;
	default: return;
	}
	frame->orig_rax = -1;
}

static void handle_signal(struct ksignal *ks, struct trap_frame *frame)
{
	bool stepping = frame->rflags & RFLAGS_TF, failed;

	current->restart.fn = NULL; /* whoever calls restart_syscall now is answered EINTR */
	finish_interrupted_call(frame, &ks->action.flags);
	rseq_signal_deliver(ks, frame);
	failed = build_frame(ks, frame);
	/* Handlers start with a clean slate; single steps go on into them. */
	if (!failed)
		frame->rflags &= ~(RFLAGS_DF | RFLAGS_RF | RFLAGS_TF);
	signal_setup_done(failed, ks, stepping && test_thread_flag(current, TF_SINGLE_STEP));
}

void arch_do_signal(struct trap_frame *frame)
{
	struct ksignal ks;

	if (get_signal(&ks)) {
		handle_signal(&ks, frame);
		return;
	}
	finish_interrupted_call(frame, NULL);
	/* No handler ran: the mask that the call had put aside comes back. */
	restore_saved_sigmask();
}

/* --- the way back --- */

static int restore_frame(struct trap_frame *frame, struct signal_frame __user *uframe)
{
	struct ucontext uc;

	if (copy_from_user(&uc, &uframe->uc, sizeof(uc)))
		return -EFAULT;
	set_current_blocked(&uc.uc_sigmask);
	restore_registers(frame, &uc.uc_mcontext, uc.uc_flags & UC_STRICT_RESTORE_SS);
	if (fpu_restore_from_user((const void __force __user *)uc.uc_mcontext.fpstate))
		return -EFAULT;
	return restore_altstack(&uframe->uc.uc_stack);
}

long sys_rt_sigreturn(void)
{
	struct trap_frame *frame = thread_frame(current);
	struct signal_frame __user *uframe = (struct signal_frame __user *)(frame->rsp - 8);

	set_thread_flag(current, TF_FULL_RETURN);
	if (restore_frame(frame, uframe))
		force_sig(SIGSEGV);
	return frame->rax;
}
