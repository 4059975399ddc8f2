/* SPDX-License-Identifier: MIT */
/*
 * The user's floating-point, SSE and AVX registers (arch/x86_64/thread/fpu.c, entry/fpu_signal.c).
 *
 * The kernel never uses them. While a user thread runs, in either mode, they are its own; the
 * switch saves them. So current's values are in the registers, another thread's in thread->fpu.
 */
#ifndef ARCH_FPU_H
#define ARCH_FPU_H

#include <kit/types.h>

struct thread;

/* boot CPU, before the others start: features, sizes, the cache of areas */
void fpu_init(void);
void fpu_init_cpu(void); /* every CPU */
/* initial values; 0 or -ENOMEM. A thread that will enter user mode has an area */
int fpu_thread_alloc(struct thread *t);
int fpu_thread_copy(struct thread *child); /* fork: current's values; 0 or -ENOMEM */
void fpu_thread_free(struct thread *t);
/* exec: initial values for current, which gets an area if it has none */
int fpu_thread_reset(void);

/* The switch, from arch_switch_to's caller, interrupts off. */
void fpu_switch(struct thread *prev, struct thread *next);

/*
 * Signal frames. The area on the user's stack has fpu_sigframe_size() bytes, 64-byte aligned, in
 * Linux's layout: FXSAVE, in its software bytes FP_XSTATE_MAGIC1, size and features, then the XSAVE
 * header and extended state, then FP_XSTATE_MAGIC2. Both: current; 0 or -EFAULT; restore: -EFAULT
 * too when the contents are not acceptable; then the registers hold initial values. NULL as the
 * source of a restore means initial values.
 */
unsigned int fpu_sigframe_size(void);
int fpu_save_to_user(void __user *buf);
int fpu_restore_from_user(const void __user *buf);

/* ptrace, core dumps: a stopped thread's FXSAVE area (512 bytes), and its whole XSAVE area. */
unsigned int fpu_state_size(void);
void *fpu_state_of(struct thread *t);	  /* saves current's first */
void fpu_state_changed(struct thread *t); /* after writing into it */

#endif
