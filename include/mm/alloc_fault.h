/* SPDX-License-Identifier: MIT */
/*
 * Injected allocation failures (CONFIG_DEBUG_ALLOC, mm/frame/alloc_fault.c): a debug kernel can let any allocation of one thread fail,
 * so that tests walk through every error path. Nothing is left of it in other kernels.
 *
 * Each allocator asks first thing, with the address that called it: that is what an allocation site is.
 */
#ifndef MM_ALLOC_FAULT_H
#define MM_ALLOC_FAULT_H

#include <kit/types.h>

#ifdef CONFIG_DEBUG_ALLOC
bool alloc_fault_hit(unsigned long site);
#define alloc_fault_injected()	unlikely(alloc_fault_hit((unsigned long)__builtin_return_address(0)))
#else
#define alloc_fault_injected()	false
#endif

#endif
