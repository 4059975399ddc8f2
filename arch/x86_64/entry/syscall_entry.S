/* SPDX-License-Identifier: MIT */
/*
 * System calls.
 *
 * SYSCALL comes with the number in %rax, arguments in %rdi %rsi %rdx %r10 %r8 %r9, the way back in %rcx and %r11, the user's stack and
 * %gs, and interrupts off (MSR_SYSCALL_MASK). A whole trap frame is saved, so that fork, exec, signals and tracers find every register. Handlers
 * are C functions: only the fourth argument has to be moved.
 *
 * The way back is SYSRET when nothing has touched the frame: whoever changes it sets TF_FULL_RETURN, and any work left for the
 * thread leads to return_to_user, which restores by IRETQ. An unchanged %rip is canonical, since the page below the end of user
 * space is never mapped: SYSRET cannot fault with the user's stack in %rsp.
 *
 * Page-table isolation would switch tables after SWAPGS here and before the one at the end.
 *
 * There are two entries, and MSR_LSTAR has the one that fits the CPU: the second one has the steps of mitigation.S besides.
 */
#include <arch/alternative.h>
#include <arch/gdt.h>
#include <arch/static_branch.h>
#include <arch/trap_frame.h>
#include <generated/asm-offsets.h>
#include <generated/syscall_table.h>

	.section .entry.text, "ax"

.macro SYSCALL_ENTRY name:req, mitigated:req
	.balign 64
	.globl \name
	.type \name, @function
\name:
	endbr64
	swapgs
	movq	%rsp, %gs:syscall_user_rsp
	movq	%gs:current_thread, %rsp
	movq	THREAD_STACK_TOP(%rsp), %rsp
	pushq	$USER_DS
	pushq	%gs:syscall_user_rsp
	pushq	%r11
	pushq	$USER_CS
	pushq	%rcx
	pushq	%rax
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	$-38			/* -ENOSYS: the answer if no handler runs */
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	leaq	1(%rsp), %rbp		/* a frame, for backtraces */
	movq	%gs:current_thread, %rbx
	/* Values of the program are not left where a mispredicted path could use them. */
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
#ifndef CONFIG_TRACING
	xorl	%r15d, %r15d
#endif
	.if \mitigated
	ALTERNATIVE "NOP5", "call enter_kernel", CPU_FEATURE_USE_IBRS
	movq	FRAME_ORIG_RAX(%rsp), %rax
	movq	FRAME_RDX(%rsp), %rdx
	.endif
	sti
	subq	$8, %rsp		/* so that the call leaves the stack aligned */
#ifdef CONFIG_TRACING
	/* xorl %r15d, %r15d, made five bytes long by two prefixes that mean nothing */
	STATIC_BRANCH syscall_trace_key, .Ltraced_\name, 0x2e, 0x2e, 0x45, 0x31, 0xff
#endif
	movl	%eax, %eax		/* numbers are 32 bits */
	cmpq	$NR_SYSCALLS, %rax
	jae	.Lunknown_\name
	/* No index beyond the table on a mispredicted path either. */
	sbbq	%rcx, %rcx
	andq	%rcx, %rax
	movq	%r10, %rcx
#ifdef CONFIG_RETPOLINE
	movq	sys_call_table(, %rax, 8), %rax
	call	__x86_indirect_thunk_rax
#else
	call	*sys_call_table(, %rax, 8)
#endif
.Lanswer_\name:
	movq	%rax, 8 + FRAME_RAX(%rsp)
.Lreturn_\name:
#ifdef CONFIG_DEBUG_LOCKS
	call	syscall_check_locks
#endif
	addq	$8, %rsp
	cli
	testl	$THREAD_SYSCALL_EXIT_WORK, THREAD_FLAGS(%rbx)
	jnz	.Lwork_\name
	.if \mitigated
	call	leave_kernel
	.endif
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	addq	$8, %rsp		/* r11: becomes the flags */
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	addq	$8, %rsp		/* rcx: becomes the address */
	popq	%rdx
	popq	%rsi
	popq	%rdi
	movq	FRAME_RIP - FRAME_ORIG_RAX(%rsp), %rcx
	movq	FRAME_RFLAGS - FRAME_ORIG_RAX(%rsp), %r11
	movq	FRAME_RSP - FRAME_ORIG_RAX(%rsp), %rsp
	swapgs
	sysretq

.Lunknown_\name:
	call	sys_ni_syscall
	jmp	.Lanswer_\name

#ifdef CONFIG_TRACING
.Ltraced_\name:
	xorl	%r15d, %r15d
	leaq	8(%rsp), %rdi
	call	syscall_traced
	jmp	.Lreturn_\name
#endif

.Lwork_\name:
	movq	%rsp, %rdi
	subq	$8, %rsp
	call	syscall_exit_work
	addq	$8, %rsp
	jmp	return_to_user
	.size \name, . - \name
.endm

	SYSCALL_ENTRY syscall_entry, 0
	SYSCALL_ENTRY syscall_entry_mitigated, 1

/* 32-bit programs are not run; what such code would enter by gets an answer all the same. */
	.balign 16
	.globl syscall_entry_compat
	.type syscall_entry_compat, @function
syscall_entry_compat:
	endbr64
	movl	$-38, %eax
	sysretl
	.size syscall_entry_compat, . - syscall_entry_compat

	.section .note.GNU-stack, "", @progbits
