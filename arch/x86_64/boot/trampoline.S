/* SPDX-License-Identifier: MIT */
/*
 * Where a further CPU begins: in real mode, in a page below 1 MiB to which smp.c copies what lies between trampoline_start and
 * trampoline_end and then fills in trampoline_parameters. From there straight to long mode and into the image.
 *
 * Any number of CPUs may run this at once: nothing is written here, and each finds out from its APIC who it is.
 */
#include <arch/gdt.h>

#define CR4_PAE		0x20
#define MSR_EFER	0xc0000080
#define MSR_GS_BASE	0xc0000101
#define CR0_BITS	0x80050033	/* PG AM WP NE ET MP PE */

#define AT(symbol)	((symbol) - trampoline_start)	/* offset in the page, and from %cs and %ds */

	.section .init.rodata, "a"
	.balign 16
	.globl	trampoline_start
trampoline_start:
	.code16
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	movl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	AT(trampoline_cr3), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	movl	AT(trampoline_efer), %eax
	xorl	%edx, %edx
	wrmsr
	lgdtl	AT(trampoline_gdt_pointer)
	movl	$CR0_BITS, %eax
	movl	%eax, %cr0
	ljmpl	*AT(trampoline_far)

	.code64
trampoline_long_mode:
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	jmpq	*trampoline_entry(%rip)

	.balign 8
trampoline_gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* 8: code, 64-bit, ring 0 */
trampoline_gdt_end:

	/* struct trampoline_parameters in smp.c */
	.balign 8
	.globl	trampoline_parameters
trampoline_parameters:
trampoline_entry:
	.quad	ap_entry
trampoline_cr3:
	.long	0
trampoline_efer:
	.long	0
trampoline_far:
	.long	AT(trampoline_long_mode)	/* + the page's address */
	.short	8
trampoline_gdt_pointer:
	.short	trampoline_gdt_end - trampoline_gdt - 1
	.long	AT(trampoline_gdt)		/* + the page's address */
	.globl	trampoline_end
trampoline_end:

/*
 * In the image, on the start-up page tables, without a stack. The APIC's number says which CPU this is; a stray one, which the
 * tables did not name, halts.
 */
	.section .text, "ax"
	.globl	ap_entry
ap_entry:
	xorl	%eax, %eax
	cpuid
	cmpl	$0xb, %eax
	jb	1f
	movl	$0xb, %eax
	xorl	%ecx, %ecx
	cpuid
	testl	%ebx, %ebx
	jnz	2f
1:	movl	$1, %eax
	cpuid
	movl	%ebx, %edx
	shrl	$24, %edx
2:	movl	nr_cpu_ids, %ecx
	xorl	%edi, %edi
3:	cmpl	%edx, cpu_apic_id(, %rdi, 4)
	je	5f
	incl	%edi
	cmpl	%ecx, %edi
	jb	3b
4:	hlt
	jmp	4b

5:	movq	percpu_offset(, %rdi, 8), %rax
	movq	%rax, %rdx
	shrq	$32, %rdx
	movl	$MSR_GS_BASE, %ecx
	wrmsr
	movq	%gs:ap_stack, %rsp
	xorl	%ebp, %ebp
	call	ap_start
	ud2

	.section .note.GNU-stack, "", @progbits
