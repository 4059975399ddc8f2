/* SPDX-License-Identifier: MIT */
/*
 * Entries of exceptions and interrupts, and the ways back.
 *
 * Each vector has a stub of 16 bytes that completes a struct trap_frame as far as %rdi: it pushes an error code if the CPU did
 * not (the orig_rax slot), saves %rdi and loads it with the vector. Four common parts take over:
 *
 *	trap_common		exceptions on the thread's stack	-> trap_dispatch
 *	page_fault_common	the same for the one that matters	-> page_fault_dispatch
 *	interrupt_common	interrupts				-> interrupt_dispatch
 *	paranoid_common		NMI, #MC, #DF, and #DB in the kernel: can hit the entry code itself, so neither %gs nor the
 *				stack is what the interrupted code segment suggests	-> paranoid_dispatch
 *
 * The C functions get the frame and return the frame to go back through, with interrupts off.
 *
 * %gs: a trap from user mode swaps it once on the way in and once on the way out. paranoid_common does not ask: it saves
 * the base, loads the one that belongs to this CPU, and puts the old one back.
 *
 * %rbp is set to the frame's address plus one: backtraces recognise the frame by that.
 */
#include <arch/alternative.h>
#include <arch/cpu_features.h>
#include <arch/extable.h>
#include <arch/gdt.h>
#include <arch/trap_frame.h>
#include <arch/vectors.h>
#include <generated/asm-offsets.h>

#define MSR_GS_BASE	0xc0000101

.macro CLEAR_AC
	ALTERNATIVE "", "clac", CPU_FEATURE_SMAP
.endm

/* After the stub's %rdi. */
.macro SAVE_REGISTERS
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
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
	cld
	CLEAR_AC
.endm

/* Values of the program are not left where a mispredicted path could use them. */
.macro CLEAR_REGISTERS
	xorl	%eax, %eax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
.endm

/* Leaves the stack at orig_rax. */
.macro RESTORE_REGISTERS
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
.endm

/*
 * %gs from user to kernel if the trap came from there. This is where a switch of page tables would stand. The fences keep
 * later loads through %gs from running ahead with the program's base, on CPUs that do so. A fault of the IRETQ to user mode is the one trap
 * from kernel code with the user's %gs. Clobbers %rcx, and %rax, %rdx when it comes from user mode; mitigation.S has what is called.
 */
.macro ENTER_KERNEL name:req
	testb	$3, FRAME_CS(%rsp)
	jnz	.Lfrom_user_\name
	cmpq	$user_iretq, FRAME_RIP(%rsp)
	jne	.Lin_kernel_\name
.Lfrom_user_\name:
	swapgs
	ALTERNATIVE "NOP5", "lfence", CPU_FEATURE_USE_FENCE_SWAPGS
	ALTERNATIVE_AGAIN "call enter_kernel", CPU_FEATURE_USE_IBRS
	CLEAR_REGISTERS
.Lentered_\name:
.endm

/* Its other half, out of the way of what comes from user mode. */
.macro IN_KERNEL name:req
.Lin_kernel_\name:
	ALTERNATIVE "NOP3", "lfence", CPU_FEATURE_USE_FENCE_SWAPGS
	jmp	.Lentered_\name
.endm

/* Arguments: frame, vector, error code. */
.macro CALL_DISPATCH function
	leaq	1(%rsp), %rbp
	movl	%edi, %esi
	movq	%rsp, %rdi
	movq	FRAME_ORIG_RAX(%rsp), %rdx
	movq	$-1, FRAME_ORIG_RAX(%rsp)
	subq	$8, %rsp
	call	\function
.endm

	.section .entry.text, "ax"

	.balign 64
page_fault_common:
	SAVE_REGISTERS
	ENTER_KERNEL page_fault
	CALL_DISPATCH page_fault_dispatch
	movq	%rax, %rsp
	jmp	return_from_trap
	IN_KERNEL page_fault

	.balign 64
interrupt_common:
	SAVE_REGISTERS
	ENTER_KERNEL interrupt
	CALL_DISPATCH interrupt_dispatch
	movq	%rax, %rsp
	jmp	return_from_trap
	IN_KERNEL interrupt

	IN_KERNEL trap
	.balign 64
debug_common:
	testb	$3, 24(%rsp)		/* %cs, above the saved %rdi, the error code and %rip */
	jz	paranoid_common
trap_common:
	SAVE_REGISTERS
	ENTER_KERNEL trap
	CALL_DISPATCH trap_dispatch
	movq	%rax, %rsp

/* With interrupts off. All work that a thread may have to do first is in one word of flags. */
return_from_trap:
	testb	$3, FRAME_CS(%rsp)
	jz	return_to_kernel
to_user:
	movq	%gs:current_thread, %rax
	testl	$THREAD_USER_WORK, THREAD_FLAGS(%rax)
	jnz	user_work
restore_user:
	ALTERNATIVE "NOP5", "call leave_kernel", CPU_FEATURE_USE_LEAVE
	RESTORE_REGISTERS
	addq	$8, %rsp
	swapgs
	.globl	user_iretq
user_iretq:
	iretq

/* The way to user mode through the trap frame at %rsp, for new threads and what a system call cannot return by itself. */
	.globl	return_to_user
return_to_user:
	cli
	jmp	to_user

user_work:
	leaq	1(%rsp), %rbp
	movq	%rsp, %rdi
	movq	%rsp, %rbx
	subq	$8, %rsp
	call	exit_to_user_mode_loop
	movq	%rbx, %rsp
	jmp	restore_user

/*
 * IRETQ ends the time in which the CPU holds back NMIs. Within an NMI's handler a trap must therefore go back without it:
 * flags and address go onto the interrupted stack, from where POPFQ and RET take them. That is where this frame's ss and rsp lie, so the
 * stack pointer waits in the slot of orig_rax.
 */
return_to_kernel:
	testl	$PREEMPT_NMI_MASK, %gs:preempt_word
	jnz	1f
	RESTORE_REGISTERS
	addq	$8, %rsp
	iretq
1:	movq	FRAME_RSP(%rsp), %rax
	movq	FRAME_RIP(%rsp), %rcx
	movq	FRAME_RFLAGS(%rsp), %rdx
	movq	%rcx, -8(%rax)
	movq	%rdx, -16(%rax)
	subq	$16, %rax
	movq	%rax, FRAME_ORIG_RAX(%rsp)
	RESTORE_REGISTERS
	popq	%rsp
	popfq
	ret

	.balign 64
paranoid_common:
	SAVE_REGISTERS
	movl	$MSR_GS_BASE, %ecx
	rdmsr
	movl	%eax, %r12d
	movl	%edx, %r13d
	movl	$CPU_NUMBER_SELECTOR, %eax
	lsll	%eax, %eax
	movq	percpu_offset(, %rax, 8), %rax
	movq	%rax, %rdx
	shrq	$32, %rdx
	wrmsr
	ALTERNATIVE "NOP5", "call enter_kernel_paranoid", CPU_FEATURE_USE_IBRS
	CALL_DISPATCH paranoid_dispatch
	addq	$8, %rsp
	ALTERNATIVE "NOP5", "call leave_kernel_paranoid", CPU_FEATURE_USE_LEAVE
	movl	%r12d, %eax
	movl	%r13d, %edx
	movl	$MSR_GS_BASE, %ecx
	wrmsr
	RESTORE_REGISTERS
	addq	$8, %rsp
	iretq

/* Continues on the top of current's stack: what was on it is given up. For a thread that ends after an oops. */
	.globl	thread_exit_on_clean_stack
thread_exit_on_clean_stack:
	movq	%gs:current_thread, %rax
	movq	THREAD_STACK_TOP(%rax), %rsp
	xorl	%ebp, %ebp
	call	thread_exit_oops
	ud2

/* One stub each 16 bytes: gdt.c computes their addresses. */
	.balign 16
	.globl	exception_entries
exception_entries:
	vector = 0
	.rept NR_EXCEPTIONS
	.balign 16
	/* #DF #TS #NP #SS #GP #PF #AC #CP and the two of AMD's secure virtualisation push an error code. */
	.if (1 << vector) & 0x60227d00
	.else
	pushq	$0
	.endif
	pushq	%rdi
	movl	$vector, %edi
	.if vector == VECTOR_PF
	jmp	page_fault_common
	.elseif vector == VECTOR_DB
	jmp	debug_common
	.elseif vector == VECTOR_NMI || vector == VECTOR_DF || vector == VECTOR_MC
	jmp	paranoid_common
	.else
	jmp	trap_common
	.endif
	vector = vector + 1
	.endr

	.balign 16
	.globl	interrupt_entries
interrupt_entries:
	.rept NR_VECTORS - NR_EXCEPTIONS
	.balign 16
	pushq	$0
	pushq	%rdi
	movl	$vector, %edi
	jmp	interrupt_common
	vector = vector + 1
	.endr

	.section .note.GNU-stack, "", @progbits
