/* SPDX-License-Identifier: MIT */
/* The shared object that the kernel lends every program: clocks without entering the kernel (arch/x86_64/vdso). */
#ifndef KERNEL_VDSO_H
#define KERNEL_VDSO_H

int vdso_map(void);	/* into current's new space, whose vdso_base it sets; 0 or -errno */
/* The most that a signal's frame takes from a stack: AT_MINSIGSTKSZ. */
unsigned long signal_frame_size(void);

#endif
