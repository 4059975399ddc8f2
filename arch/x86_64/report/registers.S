/* SPDX-License-Identifier: MIT */
/* void registers_save(struct trap_frame *frame): the caller's registers, as if a trap had hit behind this call. */
#include <arch/trap_frame.h>

	.text
	.globl	registers_save
	.type	registers_save, @function
	.balign	16
registers_save:
	endbr64
	movq	%r15, FRAME_R15(%rdi)
	movq	%r14, FRAME_R14(%rdi)
	movq	%r13, FRAME_R13(%rdi)
	movq	%r12, FRAME_R12(%rdi)
	movq	%rbp, FRAME_RBP(%rdi)
	movq	%rbx, FRAME_RBX(%rdi)
	movq	%r11, FRAME_R11(%rdi)
	movq	%r10, FRAME_R10(%rdi)
	movq	%r9, FRAME_R9(%rdi)
	movq	%r8, FRAME_R8(%rdi)
	movq	%rax, FRAME_RAX(%rdi)
	movq	%rcx, FRAME_RCX(%rdi)
	movq	%rdx, FRAME_RDX(%rdi)
	movq	%rsi, FRAME_RSI(%rdi)
	movq	%rdi, FRAME_RDI(%rdi)
	movq	$-1, FRAME_ORIG_RAX(%rdi)
	pushfq
	popq	FRAME_RFLAGS(%rdi)
	movq	(%rsp), %rax
	movq	%rax, FRAME_RIP(%rdi)
	leaq	8(%rsp), %rax
	movq	%rax, FRAME_RSP(%rdi)
	movl	%cs, %eax
	movq	%rax, FRAME_CS(%rdi)
	movl	%ss, %eax
	movq	%rax, FRAME_SS(%rdi)
	ret
	.size	registers_save, . - registers_save

	.section .note.GNU-stack, "", @progbits
