/* SPDX-License-Identifier: MIT */
/*
 * Switching stacks, and the first instructions of a new thread.
 *
 * What a switch keeps of a thread lies on its own stack: the registers that C functions preserve,
 * and the address to go on at. Everything else is dead at this point or saved by arch_switch_to.
 */
#include <arch/alternative.h>
#include <generated/asm-offsets.h>

	.text

/*
 * struct thread *switch_stacks(struct thread *prev, struct thread *next): returns prev, on next's
 * stack
 */
	.globl	switch_stacks
	.type	switch_stacks, @function
	.balign	16
switch_stacks:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, THREAD_KERNEL_RSP(%rdi)
	movq	THREAD_KERNEL_RSP(%rsi), %rsp
	movq	%rdi, %rax
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	ALTERNATIVE "popq %rbx; popq %rbp; ret; int3; int3", "jmp fill_return_buffer", CPU_FEATURE_USE_FILL_RSB
	.size	switch_stacks, . - switch_stacks

/*
 * The CPU predicts returns by a buffer of the last calls, which are another thread's now: calls of our own take their places, so
 * that no return of this thread is predicted by what another program did.
 */
fill_return_buffer:
	.rept	32
	call	1f
	int3
1:
	.endr
	addq	$32 * 8, %rsp
	lfence
	popq	%rbx
	popq	%rbp
	ret
	.size	fill_return_buffer, . - fill_return_buffer

/*
 * arch_thread_setup_*() made a stack as if the thread had once called switch_stacks: %rax is the
 * thread that ran before, %r12 the kernel function to call, 0 for none. Above the stack pointer are
 * 8 bytes for alignment and the frame to enter user mode with.
 */
	.globl	thread_start
	.type	thread_start, @function
	.balign	16
thread_start:
	movq	%rax, %rdi
	call	schedule_tail
	testq	%r12, %r12
	jz	1f
#ifdef CONFIG_RETPOLINE
	call	__x86_indirect_thunk_r12
#else
	call	*%r12
#endif
1:	addq	$8, %rsp
	jmp	return_to_user
	.size	thread_start, . - thread_start

	.section .note.GNU-stack, "", @progbits
