/* SPDX-License-Identifier: MIT */
/* What a signal puts on the user's stack, below the FPU state; see arch/x86_64/entry/signal.c. */
#ifndef ARCH_SIGNAL_FRAME_H
#define ARCH_SIGNAL_FRAME_H

#include <arch/fpu.h>
#include <uapi/signal.h>

struct signal_frame {
	void __user *restorer;
	struct ucontext uc;
	struct siginfo info;
};

/* The most that a frame takes, with what aligning it may cost: AT_MINSIGSTKSZ. */
static inline unsigned long signal_frame_size(void)
{
	return (sizeof(struct signal_frame) + fpu_sigframe_size() + 63 + 15 + 15) & ~15ul;
}

#endif
