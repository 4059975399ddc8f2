/* SPDX-License-Identifier: MIT */
/*
 * Indirect-branch thunks. Modules are built so that each indirect call and jump goes through one (gcc: -mindirect-branch=thunk-extern
 * with -mindirect-branch-register, any register; clang: -mretpoline-external-thunk, r11), so that old binaries gain whatever a processor
 * turns out to need. Each has a place of 32 bytes, enough for a retpoline. Register and flags are the caller's, as with a plain branch.
 */

.macro THUNK reg:req
	.globl	__x86_indirect_thunk_\reg
	.type	__x86_indirect_thunk_\reg, @function
	.balign	32
__x86_indirect_thunk_\reg:
	jmp	*%\reg
	int3
	.balign	32, 0xcc
	.size	__x86_indirect_thunk_\reg, . - __x86_indirect_thunk_\reg
.endm

	.section .text, "ax"
	.irp	reg, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	THUNK	\reg
	.endr

	.section .note.GNU-stack, "", @progbits
