/* SPDX-License-Identifier: MIT */
/*
 * Exceptions and interrupts in C: what trap_entry.S calls. Interrupts are off on entry and on return; what may take long runs with
 * them as they were where the trap hit.
 */
#include <arch/apic.h>
#include <arch/cpu.h>
#include <arch/gdt.h>
#include <arch/irqflags.h>
#include <arch/traps.h>
#include <arch/vectors.h>
#include <kernel/bug.h>
#include <kernel/hardirq.h>
#include <kernel/init.h>
#include <kernel/irq_work.h>
#include <kernel/log.h>
#include <kernel/sched.h>
#include <kernel/static_key.h>
#include <mm/space.h>

_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE,
	       "assembly and C disagree about the trap frame");
_Static_assert(offsetof(struct trap_frame, orig_rax) == FRAME_ORIG_RAX,
	       "assembly and C disagree about the trap frame");

struct trap_frame *trap_dispatch(struct trap_frame *frame, unsigned int vector,
				 unsigned long error_code);
struct trap_frame *page_fault_dispatch(struct trap_frame *frame, unsigned int vector,
				       unsigned long error_code);
struct trap_frame *interrupt_dispatch(struct trap_frame *frame, unsigned int vector);
void paranoid_dispatch(struct trap_frame *frame, unsigned int vector, unsigned long error_code);

extern const char user_iretq[];

static const char *const trap_names[] = {
	[VECTOR_DE] = "divide error",
	[VECTOR_DB] = "debug exception",
	[VECTOR_NMI] = "non-maskable interrupt",
	[VECTOR_BP] = "breakpoint",
	[VECTOR_OF] = "overflow",
	[VECTOR_BR] = "bound range exceeded",
	[VECTOR_UD] = "invalid opcode",
	[VECTOR_NM] = "device not available",
	[VECTOR_DF] = "double fault",
	[VECTOR_TS] = "invalid TSS",
	[VECTOR_NP] = "segment not present",
	[VECTOR_SS] = "stack segment fault",
	[VECTOR_GP] = "general protection fault",
	[VECTOR_PF] = "page fault",
	[VECTOR_MF] = "x87 floating-point exception",
	[VECTOR_AC] = "alignment check",
	[VECTOR_MC] = "machine check",
	[VECTOR_XF] = "SIMD floating-point exception",
	[VECTOR_VE] = "virtualization exception",
	[VECTOR_CP] = "control protection exception",
};

const char *trap_name(unsigned int vector)
{
	return vector < ARRAY_SIZE(trap_names) && trap_names[vector] ? trap_names[vector]
								     : "unknown trap";
}

/* Interrupts as they were where the trap hit. */
static void restore_interrupts(const struct trap_frame *frame)
{
	if (frame->rflags & RFLAGS_IF)
		local_irq_enable();
}

static void user_trap(struct trap_frame *frame, unsigned int vector, unsigned long error_code)
{
	unsigned long address = frame->rip;

	if (vector == VECTOR_DB) {
		address = read_dr6();
		write_dr6(0xffff0ff0);
	}
	restore_interrupts(frame);
	trap_signal(frame, vector, error_code, address);
	local_irq_disable();
}

/*
 * The IRETQ to user mode refused the program's registers (a signal handler may have written anything into them). By then the
 * general registers are the program's again: they go back into its frame, and the program is told as if it had trapped there.
 */
static struct trap_frame *bad_iretq(struct trap_frame *frame, unsigned int vector,
				    unsigned long error_code)
{
	struct trap_frame *user = thread_frame(current);
	u64 rip = user->rip, cs = user->cs, rflags = user->rflags, rsp = user->rsp, ss = user->ss;

	*user = *frame;
	user->rip = rip;
	user->cs = cs | 3; /* it is a way to user mode whatever the selector said */
	user->rflags = rflags;
	user->rsp = rsp;
	user->ss = ss;
	local_irq_enable();
	trap_signal(user, vector, error_code, rip);
	local_irq_disable();
	return user;
}

static struct trap_frame *kernel_trap(struct trap_frame *frame, unsigned int vector,
				      unsigned long error_code)
{
	switch (vector) {
	case VECTOR_DB:
		write_dr6(0xffff0ff0);
		frame->rflags &= ~RFLAGS_TF;
		return frame;
	case VECTOR_BP:
		if (text_patch_trap(frame))
			return frame;
		break;
	case VECTOR_UD:
		if (bug_trap(frame))
			return frame;
		break;
	case VECTOR_GP:
	case VECTOR_SS:
	case VECTOR_NP:
		if (frame->rip == (unsigned long)user_iretq)
			return bad_iretq(frame, vector, error_code);
		if (fixup_exception(frame))
			return frame;
		break;
	}
	oops(frame, trap_name(vector), error_code, 0);
}

struct trap_frame *trap_dispatch(struct trap_frame *frame, unsigned int vector,
				 unsigned long error_code)
{
	if (!frame_is_user(frame))
		return kernel_trap(frame, vector, error_code);
	user_trap(frame, vector, error_code);
	return frame;
}

struct trap_frame *page_fault_dispatch(struct trap_frame *frame, unsigned int vector,
				       unsigned long error_code)
{
	unsigned long address = read_cr2();

	if (unlikely(frame->rip == (unsigned long)user_iretq && !frame_is_user(frame)))
		return bad_iretq(frame, vector, error_code);
	restore_interrupts(frame);
	do_page_fault(frame, address, error_code);
	local_irq_disable();
	return frame;
}

struct trap_frame *interrupt_dispatch(struct trap_frame *frame, unsigned int vector)
{
	struct trap_frame *old = irq_enter(frame);

	vector_dispatch(frame, vector);
	irq_exit(old);
	/* 0: a reschedule is wanted and nothing forbids it. */
	if (!frame_is_user(frame) && unlikely(!this_cpu_read(preempt_word)))
		preempt_schedule_irq();
	return frame;
}

/* NMIs. */

/* What is printed within one is shown as soon as interrupts are on. */
static void flush_log(struct irq_work *work)
{
	console_flush();
}
static struct irq_work log_flusher = IRQ_WORK_INIT(flush_log);

/* A button that somebody has pressed, as a rule: the machine may hang with interrupts off. */
static void unknown_nmi(const struct trap_frame *frame)
{
	pr_emerg_ratelimited("NMI for no known reason on CPU %u, at %pS\n", smp_processor_id(),
			     (void *)frame->rip);
	if (READ_ONCE(unknown_nmi_panic))
		panic("NMI: Not continuing");
	irq_work_queue(&log_flusher);
}

static void nmi_trap(struct trap_frame *frame)
{
	nmi_enter();
	if (!nmi_call_handlers(frame))
		unknown_nmi(frame);
	nmi_exit();
}

/* Double faults in the kernel come from a stack that ran into its guard page, as a rule. */
static void double_fault_trap(struct trap_frame *frame, unsigned long error_code)
{
	unsigned long address = read_cr2();
	struct thread *thread = this_cpu_read(current_thread);
	bool overflow = thread && thread->stack &&
			address - ((unsigned long)thread->stack - 4096) < 4096 + 256;

	oops(frame, overflow ? "kernel stack overflow" : trap_name(VECTOR_DF), error_code, address);
}

void paranoid_dispatch(struct trap_frame *frame, unsigned int vector, unsigned long error_code)
{
	switch (vector) {
	case VECTOR_NMI: nmi_trap(frame); break;
	case VECTOR_MC:
		nmi_enter();
		machine_check();
		irq_work_queue(&log_flusher);
		nmi_exit();
		break;
	case VECTOR_DF: double_fault_trap(frame, error_code); break;
	default: kernel_trap(frame, vector, error_code);
	}
}
