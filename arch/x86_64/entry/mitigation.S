/* SPDX-License-Identifier: MIT */
/*
 * What the entries do on CPUs that need it, against programs that make the CPU run ahead on paths
 * of their choice (Documentation/mitigations.md). mitigations_choose() decides; elsewhere nothing
 * calls these.
 *
 *	enter_kernel, leave_kernel	from and to user mode; clobber %rax, %rcx, %rdx
 *	..._paranoid			NMI and its like, which may have hit either side: %r14d keeps
 *					what was
 *
 * The fence of enter_kernel stands for the one behind SWAPGS too.
 */
#include <arch/alternative.h>
#include <arch/gdt.h>

#define MSR_SPEC_CTRL	0x48
#define SPEC_CTRL_IBRS	1

	.section .entry.text, "ax"

.macro WRITE_SPEC_CTRL value:req
	movl	$MSR_SPEC_CTRL, %ecx
	movl	\value, %eax
	xorl	%edx, %edx
	wrmsr
.endm

/*
 * Overwrites the buffers that loads could be fed from (Intel, "Microarchitectural Data Sampling");
 * any writable segment will do.
 */
.macro CLEAR_BUFFERS
	ALTERNATIVE "", "verw clear_buffers_selector", CPU_FEATURE_USE_VERW
.endm

	.globl	enter_kernel
	.type	enter_kernel, @function
enter_kernel:
	WRITE_SPEC_CTRL $SPEC_CTRL_IBRS
	lfence
	ret
	.size	enter_kernel, . - enter_kernel

	.globl	leave_kernel
	.type	leave_kernel, @function
leave_kernel:
	ALTERNATIVE "", "WRITE_SPEC_CTRL $0", CPU_FEATURE_USE_IBRS
	CLEAR_BUFFERS
	ret
	.size	leave_kernel, . - leave_kernel

	.globl	enter_kernel_paranoid
	.type	enter_kernel_paranoid, @function
enter_kernel_paranoid:
	movl	$MSR_SPEC_CTRL, %ecx
	rdmsr
	movl	%eax, %r14d
	WRITE_SPEC_CTRL $SPEC_CTRL_IBRS
	lfence
	ret
	.size	enter_kernel_paranoid, . - enter_kernel_paranoid

	.globl	leave_kernel_paranoid
	.type	leave_kernel_paranoid, @function
leave_kernel_paranoid:
	ALTERNATIVE "", "WRITE_SPEC_CTRL %r14d", CPU_FEATURE_USE_IBRS
	CLEAR_BUFFERS
	ret
	.size	leave_kernel_paranoid, . - leave_kernel_paranoid

	.section .rodata, "a", @progbits
	.balign 2
clear_buffers_selector:
	.word	KERNEL_DS

	.section .note.GNU-stack, "", @progbits
