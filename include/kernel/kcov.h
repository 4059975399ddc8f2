/* SPDX-License-Identifier: MIT */
/*
 * KCOV: which code a thread's system calls run (kernel/kcov); what compilers put into instrumented
 * code.
 */
#ifndef KERNEL_KCOV_H
#define KERNEL_KCOV_H

#include <lib/types.h>

enum kcov_mode { KCOV_OFF, KCOV_READY, KCOV_PC, KCOV_COMPARISON };

/* One open file. */
struct kcov {
	enum kcov_mode mode;  /* lock; read by the thread that is its owner */
	u64 *area;	      /* from KCOV_READY on it stays: count, then records */
	unsigned long words;  /* the same: of the area */
	struct thread *owner; /* lock: who enabled it, NULL: nobody does */
};

#ifdef CONFIG_KCOV
void kcov_init(void);
void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_cmp1(u8 a, u8 b);
void __sanitizer_cov_trace_cmp2(u16 a, u16 b);
void __sanitizer_cov_trace_cmp4(u32 a, u32 b);
void __sanitizer_cov_trace_cmp8(u64 a, u64 b);
void __sanitizer_cov_trace_const_cmp1(u8 a, u8 b);
void __sanitizer_cov_trace_const_cmp2(u16 a, u16 b);
void __sanitizer_cov_trace_const_cmp4(u32 a, u32 b);
void __sanitizer_cov_trace_const_cmp8(u64 a, u64 b);
void __sanitizer_cov_trace_switch(u64 value, const u64 *cases);
#else
static inline void kcov_init(void) { }
#endif

#endif
