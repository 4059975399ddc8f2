/* SPDX-License-Identifier: MIT */
/*
 * The first instructions: from the 32-bit protected mode in which both boot protocols enter (paging off, interrupts off,
 * %ebx = physical address of the protocol's information) to x86_start() in the higher half.
 *
 * Until the jump, every symbol is used by its physical address (PHYS). The early page tables map the first 4 GiB at 0
 * and at DIRECT_MAP_BASE, and the image at KERNEL_MAP_BASE, all with 2 MiB pages; mm replaces them and their init
 * memory goes back to the allocator.
 */
#include <arch/boot.h>
#include <arch/layout.h>

#define PHYS(symbol)	((symbol) - KERNEL_MAP_BASE)

#define PTE_PRESENT	0x001
#define PTE_WRITE	0x002
#define PTE_LARGE	0x080

#define CR0_BITS	0x80050033	/* PG AM WP NE ET MP PE */
#define CR4_PAE		0x20
#define MSR_EFER	0xc0000080
#define EFER_LME	0x100
#define EFER_NX		0x800
#define MSR_GS_BASE	0xc0000101

#define CPUID_EXT_LM	29
#define CPUID_EXT_NX	20

#define PML4_INDEX(address)	(((address) >> 39) & 511)
#define PDPT_INDEX(address)	(((address) >> 30) & 511)

	.section .init.boot.text, "ax"
	.code32
	.globl	boot_entry_multiboot2
boot_entry_multiboot2:
	movl	$BOOT_BY_MULTIBOOT2, %edi
	jmp	1f

	.globl	boot_entry_pvh
boot_entry_pvh:
	movl	$BOOT_BY_PVH, %edi
1:	cli
	cld
	movl	%ebx, %esi
	movl	$PHYS(boot_stack + BOOT_STACK_SIZE), %esp

	/* The processor: long mode or nothing. %ebp keeps the extended feature bits. */
	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	no_long_mode
	movl	$0x80000001, %eax
	cpuid
	movl	%edx, %ebp
	btl	$CPUID_EXT_LM, %ebp
	jnc	no_long_mode

	/* Four page directories: 2048 pages of 2 MiB. */
	movl	$PHYS(early_pd), %ebx
	movl	$(PTE_PRESENT | PTE_WRITE | PTE_LARGE), %eax
	movl	$2048, %ecx
2:	movl	%eax, (%ebx)
	addl	$0x200000, %eax
	addl	$8, %ebx
	loop	2b

	movl	$(PHYS(early_pd) + PTE_PRESENT + PTE_WRITE), %eax
	movl	%eax, PHYS(early_pdpt)
	addl	$4096, %eax
	movl	%eax, PHYS(early_pdpt + 8)
	addl	$4096, %eax
	movl	%eax, PHYS(early_pdpt + 16)
	addl	$4096, %eax
	movl	%eax, PHYS(early_pdpt + 24)

	/* The image: its own directory, as far as the image goes. */
	movl	$PHYS(early_image_pd), %ebx
	movl	$(PTE_PRESENT | PTE_WRITE | PTE_LARGE), %eax
	movl	$PHYS(__kernel_end + 0x1fffff), %ecx
	shrl	$21, %ecx
3:	movl	%eax, (%ebx)
	addl	$0x200000, %eax
	addl	$8, %ebx
	loop	3b
	movl	$(PHYS(early_image_pd) + PTE_PRESENT + PTE_WRITE), PHYS(early_image_pdpt + PDPT_INDEX(KERNEL_MAP_BASE) * 8)

	movl	$(PHYS(early_pdpt) + PTE_PRESENT + PTE_WRITE), %eax
	movl	%eax, PHYS(early_pml4)
	movl	%eax, PHYS(early_pml4 + PML4_INDEX(DIRECT_MAP_BASE) * 8)
	movl	$(PHYS(early_image_pdpt) + PTE_PRESENT + PTE_WRITE), PHYS(early_pml4 + PML4_INDEX(KERNEL_MAP_BASE) * 8)

#ifdef CONFIG_KASAN
	/* The whole shadow is one page of zeroes, behind one table for each level: nothing is forbidden yet. */
	movl	$PHYS(early_shadow), %ebx
	leal	(4096 + PTE_PRESENT + PTE_WRITE)(%ebx), %eax
	movl	$(3 * 512), %ecx
4:	movl	%eax, (%ebx)
	addl	$8, %ebx
	testl	$4095, %ebx
	jnz	5f
	addl	$4096, %eax
5:	loop	4b
	movl	$PHYS(early_pml4 + PML4_INDEX(KASAN_SHADOW_START) * 8), %ebx
	movl	$(PHYS(early_shadow) + PTE_PRESENT + PTE_WRITE), %eax
	movl	$(PML4_INDEX(KASAN_SHADOW_END) - PML4_INDEX(KASAN_SHADOW_START)), %ecx
6:	movl	%eax, (%ebx)
	addl	$8, %ebx
	loop	6b
#endif

	movl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$PHYS(early_pml4), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	btl	$CPUID_EXT_NX, %ebp
	jnc	4f
	orl	$EFER_NX, %eax
4:	wrmsr
	movl	$CR0_BITS, %eax
	movl	%eax, %cr0
	lgdtl	PHYS(boot_gdt_pointer)
	ljmpl	$8, $PHYS(boot_long_mode)

/* Nothing can be done without long mode but to say so, on the first serial port and in VGA text memory. */
no_long_mode:
	movl	$PHYS(no_long_mode_text), %esi
	movl	$0xb8000, %ebx
5:	lodsb
	testb	%al, %al
	jz	7f
	movb	$0x4f, %ah
	movw	%ax, (%ebx)
	addl	$2, %ebx
	movb	%al, %ah
	movw	$0x3fd, %dx
	movl	$100000, %ecx
6:	inb	%dx, %al
	testb	$0x20, %al
	loopz	6b
	movb	%ah, %al
	movw	$0x3f8, %dx
	outb	%al, %dx
	jmp	5b
7:	hlt
	jmp	7b

	.code64
boot_long_mode:
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	movabsq	$boot_higher_half, %rax
	jmpq	*%rax

boot_higher_half:
	/* CPU 0's per-CPU area is the section itself: offset 0. */
	xorl	%eax, %eax
	xorl	%edx, %edx
	movl	$MSR_GS_BASE, %ecx
	wrmsr
	movq	$(boot_stack + BOOT_STACK_SIZE), %rsp
	xorl	%ebp, %ebp
	movl	%edi, %edi
	movl	%esi, %esi
#ifdef CONFIG_RANDOMIZE_BASE
	call	move_image
#endif
	call	x86_start
	ud2

#ifdef CONFIG_RANDOMIZE_BASE
/*
 * Moves the image in virtual memory (kaslr.c) and returns there, on the stack by its new address. %rdi and %rsi are kept.
 * The early directory has room for all places up to the modules.
 */
move_image:
	pushq	%rdi
	pushq	%rsi
	call	kaslr_choose
	popq	%rsi
	popq	%rdi
	testq	%rax, %rax
	jz	5f

	movq	%rax, %rbx
	shrq	$21 - 3, %rbx
	addq	$early_image_pd, %rbx
	movl	$(PTE_PRESENT | PTE_WRITE | PTE_LARGE), %edx
	movl	$PHYS(__kernel_end + 0x1fffff), %ecx
	shrl	$21, %ecx
1:	movq	%rdx, (%rbx)
	addq	$0x200000, %rdx
	addq	$8, %rbx
	decl	%ecx
	jnz	1b

	/* The table: how many of each, then their physical addresses. */
	movabsq	$DIRECT_MAP_BASE, %r8
	movq	$image_relocations, %rbx
	movl	(%rbx), %ecx
	movl	4(%rbx), %edx
	addq	$8, %rbx
2:	subl	$1, %ecx
	js	3f
	movl	(%rbx), %r9d
	addq	%rax, (%r8, %r9)
	addq	$4, %rbx
	jmp	2b
3:	subl	$1, %edx
	js	4f
	movl	(%rbx), %r9d
	addl	%eax, (%r8, %r9)
	addq	$4, %rbx
	jmp	3b

	/* What was fetched of the old text and of the old tables is thrown away. */
4:	movq	%cr3, %rbx
	movq	%rbx, %cr3
	addq	%rax, (%rsp)
	addq	%rax, %rsp
5:	ret
#endif

	.section .init.rodata, "a"
no_long_mode_text:
	.asciz	"Mortise needs a 64-bit processor (no long mode).\r\n"

	.balign 8
boot_gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* 8: code, 64-bit, ring 0 */
boot_gdt_pointer:
	.short	. - boot_gdt - 1
	.long	PHYS(boot_gdt)

	.section .init.bss, "aw", @nobits
	.balign 4096
	.globl	early_pml4
early_pml4:
	.skip	4096
early_pdpt:
	.skip	4096
early_image_pdpt:
	.skip	4096
early_image_pd:
	.skip	4096
early_pd:
	.skip	4 * 4096
#ifdef CONFIG_KASAN
early_shadow:
	.skip	4 * 4096		/* three tables and the page */
#endif

/* The stack of CPU 0's first thread, for as long as the machine runs. */
	.section .bss, "aw", @nobits
	.balign BOOT_STACK_SIZE
	.globl	boot_stack
boot_stack:
	.skip	BOOT_STACK_SIZE

	.section .note.GNU-stack, "", @progbits
