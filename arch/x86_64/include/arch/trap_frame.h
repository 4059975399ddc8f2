/* SPDX-License-Identifier: MIT */
/*
 * The registers that an entry to the kernel saves, lowest address first.
 *
 * The order is the one that Linux's ABI shows to ptrace and core dumps (struct pt_regs). A user thread's frame always lies
 * at the very top of its kernel stack: thread_frame() in kernel/thread.h finds it. For a system call, orig_rax holds the
 * call's number; for traps and interrupts it is -1 by the time that C code sees it, so that nothing takes them for a call.
 */
#ifndef ARCH_TRAP_FRAME_H
#define ARCH_TRAP_FRAME_H

#ifndef __ASSEMBLER__
#include <kit/types.h>

struct trap_frame {
	u64 r15, r14, r13, r12, rbp, rbx; /* preserved by C functions */
	u64 r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	u64 orig_rax;
	u64 rip, cs, rflags, rsp, ss; /* what the CPU pushes */
};

static inline bool frame_is_user(const struct trap_frame *frame)
{
	return (frame->cs & 3) == 3;
}
#endif

/* Offsets for assembly; checked against the structure in arch/x86_64/cpu. */
#define FRAME_R15	0
#define FRAME_R14	8
#define FRAME_R13	16
#define FRAME_R12	24
#define FRAME_RBP	32
#define FRAME_RBX	40
#define FRAME_R11	48
#define FRAME_R10	56
#define FRAME_R9	64
#define FRAME_R8	72
#define FRAME_RAX	80
#define FRAME_RCX	88
#define FRAME_RDX	96
#define FRAME_RSI	104
#define FRAME_RDI	112
#define FRAME_ORIG_RAX	120
#define FRAME_RIP	128
#define FRAME_CS	136
#define FRAME_RFLAGS	144
#define FRAME_RSP	152
#define FRAME_SS	160
#define FRAME_SIZE	168

#endif
