/* SPDX-License-Identifier: MIT */
/*
 * Traps: who handles what.
 *
 * Exceptions arrive in arch/x86_64/entry/traps.c. From user mode they become signals (trap_signal, kernel/process), but for page
 * faults (do_page_fault, mm) which may be mended. In the kernel, an instruction with an entry in the exception table goes on at
 * its fix-up; anything else is an oops.
 */
#ifndef ARCH_TRAPS_H
#define ARCH_TRAPS_H

#include <arch/trap_frame.h>

/* A fault of the running program: vector, the CPU's error code and, where it means something, the address. Interrupts are on. */
void trap_signal(struct trap_frame *frame, unsigned int vector, unsigned long error_code,
		 unsigned long address);

/*
 * The last step before user mode when thread->flags has any of TF_USER_WORK: called with interrupts off, may turn them on, and
 * returns with them off and no work left.
 */
void exit_to_user_mode_loop(struct trap_frame *frame);

/* Continues the kernel at a fix-up, if the instruction at frame->rip has one. */
bool fixup_exception(struct trap_frame *frame);

/*
 * The kernel did something that it must not: reports, then ends the thread if it is one that can be ended, else panics.
 * address is CR2 for page faults.
 */
void __noreturn oops(struct trap_frame *frame, const char *what, unsigned long error_code,
		     unsigned long address);

/* Ends current after an oops, on a clean stack; supplied by the scheduler, which calls thread_exit_hook for processes. */
void __noreturn thread_exit_oops(void);
/* Calls it from the top of current's stack, whose contents are given up. Interrupts on, preemption count 0. */
void __noreturn thread_exit_on_clean_stack(void);

const char *trap_name(unsigned int vector);

void machine_check_init_cpu(void); /* each CPU: all banks report */
void machine_check(void);	   /* from the trap; returns if the machine can go on */

/* Which NMIs are ours; a handler returns true for "mine". At most for profiling and back-traces; never removed. */
struct nmi_handler {
	bool (*handle)(struct trap_frame *frame);
	struct nmi_handler *next;
};
void nmi_handler_register(struct nmi_handler *handler);
bool nmi_call_handlers(struct trap_frame *frame); /* from the NMI's entry */
extern int
	unknown_nmi_panic; /* kernel.unknown_nmi_panic: what nobody claims was a button, pressed because the machine hangs */

#endif
