/* SPDX-License-Identifier: MIT */
/*
 * Indirect-branch thunks. Modules are built so that each indirect call and jump goes through one (gcc: -mindirect-branch=thunk-extern
 * with -mindirect-branch-register, any register; clang: -mretpoline-external-thunk, r11), so that old binaries gain whatever a processor
 * turns out to need. Each has a place of 32 bytes, enough for a retpoline. Register and flags are the caller's, as with a plain branch.
 *
 * A retpoline puts the target on the stack and returns to it: a return is predicted by the call before it, which leads into a loop that does
 * nothing, and not by what others taught the CPU.
 */
#include <arch/alternative.h>

.macro RETPOLINE reg:req
	call	992f
991:	pause
	lfence
	jmp	991b
992:	movq	%\reg, (%rsp)
	ret
.endm

.macro THUNK reg:req
	.globl	__x86_indirect_thunk_\reg
	.type	__x86_indirect_thunk_\reg, @function
	.balign	32
__x86_indirect_thunk_\reg:
	ALTERNATIVE "jmp *%\reg; int3", "RETPOLINE \reg", CPU_FEATURE_USE_RETPOLINE
	.balign	32, 0xcc
	.size	__x86_indirect_thunk_\reg, . - __x86_indirect_thunk_\reg
.endm

	.section .text, "ax"
	.irp	reg, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	THUNK	\reg
	.endr

	.section .note.GNU-stack, "", @progbits
