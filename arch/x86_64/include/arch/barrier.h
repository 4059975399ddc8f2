/* SPDX-License-Identifier: MIT */
/*
 * Compiler and memory barriers. x86 keeps loads in order with loads and stores with stores, so only a store
 * followed by a load needs an instruction (Intel SDM volume 3, "Memory Ordering").
 */
#ifndef ARCH_BARRIER_H
#define ARCH_BARRIER_H

#include <lib/compiler.h>

#define smp_mb()	asm volatile("lock; addl $0, -4(%%rsp)" : : : "memory", "cc")
#define smp_rmb()	barrier()
#define smp_wmb()	barrier()
/* Ordering against devices (uncached or write-combined memory) too. */
#define mb()		asm volatile("mfence" : : : "memory")
#define rmb()		asm volatile("lfence" : : : "memory")
#define wmb()		asm volatile("sfence" : : : "memory")

#define smp_store_release(ptr, value)	do { barrier(); WRITE_ONCE(*(ptr), value); } while (0)
#define smp_load_acquire(ptr) ({ __typeof__(*(ptr)) acquired_ = READ_ONCE(*(ptr)); barrier(); acquired_; })
#define smp_store_mb(var, value)	do { WRITE_ONCE(var, value); smp_mb(); } while (0)

static inline void cpu_relax(void)
{
	asm volatile("pause" : : : "memory");
}

#endif
