/* SPDX-License-Identifier: MIT */
/*
 * Copies between the kernel and user memory: include/mm/uaccess.h has the contracts.
 *
 * Short copies are pairs of overlapping moves; long ones are the last 8 bytes and then rep movsq. When a fault cannot be mended,
 * the copy is done again byte by byte, from the last known place up to the byte that faults, so that the count of what was
 * not copied is exact.
 *
 * SMAP: stac lifts the processor's check and clac restores it; both stand in this file only.
 *
 * READ_USER is stac before loads. On CPUs that would run such a load ahead of the check of the address, it adds a fence. Without one it is
 * still one instruction of 6 bytes: the prefixes of stac mean nothing.
 */
#include <arch/alternative.h>
#include <arch/extable.h>
#include <lib/errno.h>

#define USER_SPACE_END	0x00007ffffffff000

.macro FUNCTION name:req
	.globl	\name
	.type	\name, @function
	.balign	16
\name:
.endm

.macro END_FUNCTION name:req
	.size	\name, . - \name
.endm

.macro SMAP instruction:req
	ALTERNATIVE "", "\instruction", CPU_FEATURE_SMAP
.endm

.macro READ_USER
	ALTERNATIVE "NOP6", ".byte 0x2e, 0x2e, 0x2e; stac", CPU_FEATURE_SMAP
	ALTERNATIVE_AGAIN "lfence", CPU_FEATURE_USE_FENCE_USER
	ALTERNATIVE_AGAIN "stac; lfence", CPU_FEATURE_USE_FENCE_USER_SMAP
.endm

/* One instruction that may fault. */
.macro USER label:req, instruction:vararg
9991:	\instruction
	EXTABLE(9991b, \label)
.endm

/* Is [\address, \address + \size) user memory? Else goes to \bad. Uses %rax, %rcx. */
.macro CHECK_RANGE address:req, size:req, bad:req
	movabsq	$USER_SPACE_END, %rcx
	movq	\address, %rax
	addq	\size, %rax
	jc	\bad
	cmpq	%rcx, %rax
	ja	\bad
.endm

/*
 * Copies %rdx bytes from (%rsi) to (%rdi); falls out of the end when done. A fault goes to \again with %rdi, %rsi, %rdx as they were on entry, or
 * to \onward with %r8 = end of the destination and %rdi, %rsi moved on. Uses %rax, %rcx, %r8 to %r10.
 */
.macro COPY_BODY again:req, onward:req
	cmpq	$8, %rdx
	jb	2f
	cmpq	$16, %rdx
	ja	1f
	USER \again, movq (%rsi), %rax
	USER \again, movq -8(%rsi, %rdx), %rcx
	USER \again, movq %rax, (%rdi)
	USER \again, movq %rcx, -8(%rdi, %rdx)
	jmp	9f
1:	cmpq	$64, %rdx
	ja	5f
	USER \again, movq (%rsi), %rax
	USER \again, movq 8(%rsi), %rcx
	USER \again, movq -16(%rsi, %rdx), %r8
	USER \again, movq -8(%rsi, %rdx), %r9
	cmpq	$32, %rdx
	ja	4f
	USER \again, movq %rax, (%rdi)
	USER \again, movq %rcx, 8(%rdi)
	USER \again, movq %r8, -16(%rdi, %rdx)
	USER \again, movq %r9, -8(%rdi, %rdx)
	jmp	9f
2:	cmpq	$4, %rdx
	jb	3f
	USER \again, movl (%rsi), %eax
	USER \again, movl -4(%rsi, %rdx), %ecx
	USER \again, movl %eax, (%rdi)
	USER \again, movl %ecx, -4(%rdi, %rdx)
	jmp	9f
3:	testq	%rdx, %rdx
	jz	9f
	USER \again, movb (%rsi), %al
	USER \again, movb %al, (%rdi)
	decq	%rdx
	jz	9f
	USER 8f, movw -1(%rsi, %rdx), %ax
	USER 8f, movw %ax, -1(%rdi, %rdx)
	jmp	9f
8:	incq	%rdx
	jmp	\again
4:	/* 33 to 64 bytes: the outer words are in registers, the inner ones follow. */
	USER \again, movq %rax, (%rdi)
	USER \again, movq %rcx, 8(%rdi)
	USER \again, movq 16(%rsi), %rax
	USER \again, movq 24(%rsi), %rcx
	USER \again, movq %rax, 16(%rdi)
	USER \again, movq %rcx, 24(%rdi)
	USER \again, movq -32(%rsi, %rdx), %rax
	USER \again, movq -24(%rsi, %rdx), %rcx
	USER \again, movq %rax, -32(%rdi, %rdx)
	USER \again, movq %rcx, -24(%rdi, %rdx)
	USER \again, movq %r8, -16(%rdi, %rdx)
	USER \again, movq %r9, -8(%rdi, %rdx)
	jmp	9f
5:	movq	%rdx, %rcx
	leaq	(%rdi, %rdx), %r8
	USER \again, movq -8(%rsi, %rdx), %rax
	shrq	$3, %rcx
	USER \again, movq %rax, -8(%rdi, %rdx)
	USER \onward, rep movsq
9:
.endm

/* Byte by byte to the one that faults. Leaves the number of bytes not copied in %rax. */
.macro COPY_RETRY again:req, onward:req
\again:	leaq	(%rdi, %rdx), %r8
\onward:
1:	USER 2f, movb (%rsi), %al
	USER 2f, movb %al, (%rdi)
	incq	%rsi
	incq	%rdi
	cmpq	%r8, %rdi
	jb	1b
2:	movq	%r8, %rax
	subq	%rdi, %rax
.endm

	.text

/* unsigned long copy_to_user(void __user *to, const void *from, unsigned long n) */
FUNCTION copy_to_user
	CHECK_RANGE %rdi, %rdx, 7f
	SMAP stac
	COPY_BODY copy_to_user_again, copy_to_user_onward
	SMAP clac
	xorl	%eax, %eax
	ret
	COPY_RETRY copy_to_user_again, copy_to_user_onward
	SMAP clac
	ret
7:	movq	%rdx, %rax
	ret
END_FUNCTION copy_to_user

/*
 * unsigned long copy_from_user(void *to, const void __user *from, unsigned long n)
 * What could not be fetched is zeroed: no stale kernel memory can leak through a forgotten check.
 */
FUNCTION copy_from_user
	CHECK_RANGE %rsi, %rdx, 7f
	READ_USER
	COPY_BODY copy_from_user_again, copy_from_user_onward
	SMAP clac
	xorl	%eax, %eax
	ret
	COPY_RETRY copy_from_user_again, copy_from_user_onward
	SMAP clac
	movq	%rax, %rdx
8:	movq	%rdx, %rcx
	xorl	%eax, %eax
	rep stosb
	movq	%rdx, %rax
	ret
7:	/* A wild length is no reason to write all over the kernel: such a call copies nothing. */
	movabsq	$USER_SPACE_END, %rcx
	cmpq	%rcx, %rdx
	jbe	8b
	movq	%rdx, %rax
	ret
END_FUNCTION copy_from_user

/*
 * long copy_from_kernel_nofault(void *to, const void *from, size_t n): 0 or -EFAULT. For backtraces and dumps: from may be anything.
 */
FUNCTION copy_from_kernel_nofault
	COPY_BODY copy_kernel_fault, copy_kernel_fault
	xorl	%eax, %eax
	ret
copy_kernel_fault:
	movq	$-EFAULT, %rax
	ret
END_FUNCTION copy_from_kernel_nofault

/* unsigned long clear_user(void __user *to, unsigned long n) */
FUNCTION clear_user
	CHECK_RANGE %rdi, %rsi, 7f
	SMAP stac
	movq	%rsi, %rcx
	leaq	(%rdi, %rsi), %r8
	shrq	$3, %rcx
	xorl	%eax, %eax
	andl	$7, %esi
	USER 3f, rep stosq
	movl	%esi, %ecx
	USER 3f, rep stosb
	SMAP clac
	ret
3:	USER 4f, movb $0, (%rdi)
	incq	%rdi
	cmpq	%r8, %rdi
	jb	3b
4:	movq	%r8, %rax
	subq	%rdi, %rax
	SMAP clac
	ret
7:	movq	%rsi, %rax
	ret
END_FUNCTION clear_user

/*
 * long strncpy_from_user(char *to, const char __user *from, long max)
 *
 * Words of 8 bytes while none holds a zero byte; the word with the zero, and the last bytes before max, go byte by byte. A word may reach
 * into a page that is not there behind the end of the string, so a fault in the word loop is not final.
 */
FUNCTION strncpy_from_user
	xorl	%eax, %eax
	testq	%rdx, %rdx
	jle	9f
	movabsq	$USER_SPACE_END, %r8
	subq	%rsi, %r8
	jbe	8f
	movq	%rdx, %r9		/* what the caller asked for */
	cmpq	%rdx, %r8
	cmovbq	%r8, %rdx		/* and what lies in user memory */
	movq	%rdi, %r10
	movabsq	$0x0101010101010101, %r11
	READ_USER
1:	cmpq	$8, %rdx
	jb	2f
	USER 2f, movq (%rsi), %rax
	movq	%rax, %rcx
	notq	%rcx
	movq	%rax, %r8
	subq	%r11, %rax
	andq	%rcx, %rax
	movq	%r11, %rcx
	shlq	$7, %rcx
	testq	%rcx, %rax
	jnz	5f
	movq	%r8, (%rdi)
	addq	$8, %rsi
	addq	$8, %rdi
	subq	$8, %rdx
	jmp	1b
5:	/* The word in %r8 holds the zero: bytes up to it, then it. */
	andq	%rcx, %rax
	bsfq	%rax, %rcx
	shrl	$3, %ecx
	leaq	(%rdi, %rcx), %rax
	subq	%r10, %rax
6:	movb	%r8b, (%rdi)
	shrq	$8, %r8
	incq	%rdi
	decl	%ecx
	jns	6b
	SMAP clac
	ret
2:	testq	%rdx, %rdx
	jz	4f
	USER 7f, movb (%rsi), %al
	movb	%al, (%rdi)
	testb	%al, %al
	jz	3f
	incq	%rsi
	incq	%rdi
	decq	%rdx
	jmp	2b
3:	movq	%rdi, %rax
	subq	%r10, %rax
	SMAP clac
	ret
4:	/* No zero up to the limit: the caller's limit, or the end of user memory. */
	movq	%rdi, %rax
	subq	%r10, %rax
	cmpq	%r9, %rax
	jne	7f
	SMAP clac
	ret
7:	SMAP clac
8:	movq	$-EFAULT, %rax
9:	ret
END_FUNCTION strncpy_from_user

/* long strnlen_user(const char __user *s, long max): with the zero; 0: fault; more than max: no zero among the first max. */
FUNCTION strnlen_user
	xorl	%eax, %eax
	testq	%rsi, %rsi
	jle	9f
	movabsq	$USER_SPACE_END, %r8
	subq	%rdi, %r8
	jbe	9f
	movq	%rsi, %r9
	cmpq	%rsi, %r8
	cmovbq	%r8, %rsi
	movq	%rdi, %r10
	movabsq	$0x0101010101010101, %r11
	movq	%r11, %r8
	shlq	$7, %r8
	READ_USER
1:	cmpq	$8, %rsi
	jb	2f
	USER 2f, movq (%rdi), %rax
	movq	%rax, %rcx
	notq	%rcx
	subq	%r11, %rax
	andq	%rcx, %rax
	andq	%r8, %rax
	jnz	5f
	addq	$8, %rdi
	subq	$8, %rsi
	jmp	1b
5:	bsfq	%rax, %rcx
	shrl	$3, %ecx
	leaq	1(%rdi, %rcx), %rax
	subq	%r10, %rax
	SMAP clac
	ret
2:	testq	%rsi, %rsi
	jz	4f
	USER 7f, movb (%rdi), %al
	incq	%rdi
	decq	%rsi
	testb	%al, %al
	jnz	2b
	movq	%rdi, %rax
	subq	%r10, %rax
	SMAP clac
	ret
4:	movq	%rdi, %rax
	subq	%r10, %rax
	cmpq	%r9, %rax
	jne	7f
	incq	%rax
	SMAP clac
	ret
7:	xorl	%eax, %eax
	SMAP clac
9:	ret
END_FUNCTION strnlen_user

/* int __get_user_N(uN *to, const void __user *p), int __put_user_N(uN value, void __user *p): 0 or -EFAULT. */
.macro GET_USER size:req, load:req, store:req
FUNCTION __get_user_\size
	movabsq	$USER_SPACE_END - \size, %rcx
	cmpq	%rcx, %rsi
	ja	1f
	READ_USER
	USER 2f, \load
	SMAP clac
	\store
	xorl	%eax, %eax
	ret
2:	SMAP clac
1:	movl	$-EFAULT, %eax
	ret
END_FUNCTION __get_user_\size
.endm

.macro PUT_USER size:req, store:req
FUNCTION __put_user_\size
	movabsq	$USER_SPACE_END - \size, %rcx
	cmpq	%rcx, %rsi
	ja	1f
	SMAP stac
	USER 2f, \store
	SMAP clac
	xorl	%eax, %eax
	ret
2:	SMAP clac
1:	movl	$-EFAULT, %eax
	ret
END_FUNCTION __put_user_\size
.endm

	GET_USER 1, "movb (%rsi), %al", "movb %al, (%rdi)"
	GET_USER 2, "movw (%rsi), %ax", "movw %ax, (%rdi)"
	GET_USER 4, "movl (%rsi), %eax", "movl %eax, (%rdi)"
	GET_USER 8, "movq (%rsi), %rax", "movq %rax, (%rdi)"
	PUT_USER 1, "movb %dil, (%rsi)"
	PUT_USER 2, "movw %di, (%rsi)"
	PUT_USER 4, "movl %edi, (%rsi)"
	PUT_USER 8, "movq %rdi, (%rsi)"

/* int futex_cmpxchg_user(u32 *old, u32 __user *p, u32 expected, u32 new): 0, *old = what was there; or -EFAULT. */
FUNCTION futex_cmpxchg_user
	movl	%ecx, %r8d
	movabsq	$USER_SPACE_END - 4, %rcx
	cmpq	%rcx, %rsi
	ja	1f
	movl	%edx, %eax
	SMAP stac
	USER 2f, lock cmpxchgl %r8d, (%rsi)
	SMAP clac
	movl	%eax, (%rdi)
	xorl	%eax, %eax
	ret
2:	SMAP clac
1:	movl	$-EFAULT, %eax
	ret
END_FUNCTION futex_cmpxchg_user

/* int futex_atomic_op_user(int op, u32 *old, u32 __user *p, u32 argument): op as FUTEX_OP_*: set, add, or, andn, xor. 0, -EFAULT, -ENOSYS. */
FUNCTION futex_atomic_op_user
	movabsq	$USER_SPACE_END - 4, %rax
	cmpq	%rax, %rdx
	ja	8f
	cmpl	$4, %edi
	ja	7f
	SMAP stac
	USER 9f, movl (%rdx), %eax
1:	movl	%ecx, %r8d
	cmpl	$1, %edi
	jb	5f
	je	2f
	cmpl	$3, %edi
	jb	3f
	je	4f
	xorl	%eax, %r8d
	jmp	5f
2:	addl	%eax, %r8d
	jmp	5f
3:	orl	%eax, %r8d
	jmp	5f
4:	notl	%r8d
	andl	%eax, %r8d
5:	USER 9f, lock cmpxchgl %r8d, (%rdx)
	jnz	1b
	SMAP clac
	movl	%eax, (%rsi)
	xorl	%eax, %eax
	ret
9:	SMAP clac
8:	movl	$-EFAULT, %eax
	ret
7:	movl	$-ENOSYS, %eax
	ret
END_FUNCTION futex_atomic_op_user

/* void clear_page(void *p), void copy_page(void *to, const void *from) */
FUNCTION clear_page
	xorl	%eax, %eax
	movl	$512, %ecx
	rep stosq
	ret
END_FUNCTION clear_page

FUNCTION copy_page
	movl	$512, %ecx
	rep movsq
	ret
END_FUNCTION copy_page

	.section .note.GNU-stack, "", @progbits
