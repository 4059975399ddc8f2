/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_KBUILD_H
#define KERNEL_KBUILD_H
/*
 * Constants of C for assembly. arch/x86_64/asm-offsets.c is compiled, never linked; from its
 * assembly text the build makes include/generated/asm-offsets.h, one #define for each line
 *
 *	DEFINE(THREAD_STACK, offsetof(struct thread, stack));
 *
 * within any function of that file.
 */
#define DEFINE(name, value) __asm__ volatile("\n.ascii \"->" #name " %c0\"" : : "i"(value))
#define OFFSET(name, type, field) DEFINE(name, __builtin_offsetof(struct type, field))

#endif
