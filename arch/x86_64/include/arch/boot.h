/* SPDX-License-Identifier: MIT */
/* What the assembly entry tells the first C code. */
#ifndef ARCH_BOOT_H
#define ARCH_BOOT_H

#define BOOT_STACK_SIZE		16384

#define BOOT_BY_MULTIBOOT2	1
#define BOOT_BY_PVH		2

#endif
