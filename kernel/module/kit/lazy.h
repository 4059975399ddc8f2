/* SPDX-License-Identifier: MIT */
/* Setting an all-zero kit object up on its first use. */
#ifndef KERNEL_MODULE_KIT_LAZY_H
#define KERNEL_MODULE_KIT_LAZY_H

#include <arch/barrier.h>
#include <lib/compiler.h>
#include <kit/types.h>

void kit_lazy_slow(u32 *ready, void (*set_up)(void *object), void *object);

/* Runs set_up(object) once, whoever comes first. Any context but NMI. */
static inline void kit_lazy(u32 *ready, void (*set_up)(void *object), void *object)
{
	if (unlikely(!smp_load_acquire(ready)))
		kit_lazy_slow(ready, set_up, object);
}

#endif
