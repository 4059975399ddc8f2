/* SPDX-License-Identifier: MIT */
/* What the assembly entry tells the first C code. */
#ifndef ARCH_BOOT_H
#define ARCH_BOOT_H

/* Variables have room around them with KASAN. */
#ifdef CONFIG_KASAN
#define BOOT_STACK_SIZE		32768
#else
#define BOOT_STACK_SIZE		16384
#endif

#define BOOT_BY_MULTIBOOT2	1
#define BOOT_BY_PVH		2

#endif
