/* SPDX-License-Identifier: MIT */
/* The shared object that the kernel lends every program: clocks without entering the kernel (arch/x86_64/vdso). */
#ifndef KERNEL_VDSO_H
#define KERNEL_VDSO_H

void vdso_init(void); /* boot: the clock is chosen */
int vdso_map(void);   /* into current's new space, whose vdso_base it sets; 0 or -errno */
void vdso_set_timezone(int minutes_west, int dst_time);

#endif
