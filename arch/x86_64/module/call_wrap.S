/* SPDX-License-Identifier: MIT */
/* The way into a wrapped function and back; <arch/call_wrap.h> tells the plan. */

/*
 * r11: the stub's argument. All else is as the caller left it: the return address on top, stack
 * arguments above.
 */
	.text
	.globl	call_wrap_entry
	.type	call_wrap_entry, @function
call_wrap_entry:
	endbr64
	pushq	%rbp
	movq	%rsp, %rbp
	subq	$8, %rsp		/* aligns the stack for C */
	pushq	%r11
	pushq	%rax			/* the number of vector registers, for a function with varargs */
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%r8
	pushq	%r9
	movq	%r11, %rdi
	movq	%rsp, %rsi
	call	module_call_enter
	movq	%rax, %r11
	popq	%r9
	popq	%r8
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	popq	%rax
	movq	%rbp, %rsp
	popq	%rbp
	testq	%r11, %r11
	jz	1f
	jmp	__x86_indirect_thunk_r11
1:	ret
	.size	call_wrap_entry, . - call_wrap_entry

/*
 * The function has returned here. The slot of its return address, just below the stack pointer, is
 * made anew for the way on.
 */
	.globl	call_wrap_return
	.type	call_wrap_return, @function
call_wrap_return:
	endbr64
	pushq	$call_wrap_return	/* backtraces translate it as long as the call is noted */
	pushq	%rbp
	movq	%rsp, %rbp
	pushq	%rax
	pushq	%rdx
	movq	%rax, %rdi
	movq	%rdx, %rsi
	call	module_call_leave
	movq	%rax, 8(%rbp)
	popq	%rdx
	popq	%rax
	popq	%rbp
	ret
	.size	call_wrap_return, . - call_wrap_return

	.section .note.GNU-stack, "", @progbits
