/* SPDX-License-Identifier: MIT */
/*
 * Injected allocation failures (CONFIG_DEBUG_ALLOC, mm/frame/alloc_fault.c): a debug kernel can let any allocation of one thread fail,
 * so that tests walk through every error path. Nothing is left of it in other kernels.
 *
 * Each allocator asks first thing, with the address that called it: that is what an allocation site is. A test arms a number n, does what
 * it wants to test, and disarms: the n-th allocation that its thread made in between has failed, or there were fewer. With n = 1, 2, 3 ... until
 * there were fewer, every site that the operation reaches has failed once, in every place where it is reached.
 *
 * One thread at a time. Programs use /proc/alloc_fault (fs/proc/alloc_fault.c).
 */
#ifndef MM_ALLOC_FAULT_H
#define MM_ALLOC_FAULT_H

#include <kit/types.h>

struct alloc_fault_result {
	unsigned int injected; /* how many were reached, and failed */
	unsigned long calls;   /* allocations the thread made while armed */
	unsigned long site;    /* of the last one that failed */
};

struct alloc_fault_totals {
	/* different ones, since boot or the last reset */
	unsigned long sites_reached, sites_injected;
};

#ifdef CONFIG_DEBUG_ALLOC
bool alloc_fault_hit(unsigned long site);
#define alloc_fault_injected()	unlikely(alloc_fault_hit((unsigned long)__builtin_return_address(0)))
/* For current. nth 0: only counts. and_then: how far behind the n-th a second one fails; 0: none, ALLOC_FAULT_ALL: all fail.
 * -EBUSY: another thread is armed. -ENOMEM. */
#define ALLOC_FAULT_ALL	(~0ul)
int alloc_fault_arm(unsigned long nth, unsigned long and_then);
void alloc_fault_disarm(struct alloc_fault_result *result);
void alloc_fault_thread_exits(void); /* current goes: what it has armed is over */
void alloc_fault_totals(struct alloc_fault_totals *totals, bool reset);
/* The n-th different site reached so far and whether it has failed; false behind the last. */
bool alloc_fault_site(unsigned long n, unsigned long *site, bool *injected);
#else
#define alloc_fault_injected()	false
static inline int alloc_fault_arm(unsigned long nth, unsigned long and_then) { return 0; }
static inline void alloc_fault_disarm(struct alloc_fault_result *result) { }
static inline void alloc_fault_thread_exits(void) { }
#endif

#endif
