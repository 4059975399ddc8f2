/* SPDX-License-Identifier: MIT */
/*
 * Reference counts that saturate instead of wrapping: an object whose count went wrong is leaked, with a warning, and never
 * freed under somebody's feet.
 */
#ifndef KERNEL_REFCOUNT_H
#define KERNEL_REFCOUNT_H

#include <kernel/atomic.h>

typedef struct { atomic_t refs; } refcount_t;

#define REFCOUNT_INIT(n)	{ ATOMIC_INIT(n) }
#define REFCOUNT_SATURATED	(-0x40000000)

/* kernel/sync/spin/refcount.c: saturates, and warns once for each place that calls it */
void refcount_report(refcount_t *r, const char *what);

static inline void refcount_set(refcount_t *r, int n) { atomic_set(&r->refs, n); }
static inline int refcount_read(const refcount_t *r) { return atomic_read(&r->refs); }

static inline void refcount_add(int i, refcount_t *r)
{
	int old = atomic_fetch_add(i, &r->refs);

	if (unlikely(old <= 0 || old + i < 0))
		refcount_report(r, old == 0 ? "increment on 0: use after free" : "overflow");
}

static inline void refcount_inc(refcount_t *r) { refcount_add(1, r); }

/* False when the count was 0: the object is being freed. */
static inline bool refcount_inc_not_zero(refcount_t *r)
{
	int old = refcount_read(r);

	do {
		if (!old)
			return false;
	} while (!atomic_try_cmpxchg(&r->refs, &old, old + 1));
	if (unlikely(old < 0 || old + 1 < 0))
		refcount_report(r, "overflow");
	return true;
}

/* True when these were the last references: the caller frees. */
static inline bool refcount_sub_and_test(int i, refcount_t *r)
{
	int old = atomic_fetch_add(-i, &r->refs);

	if (likely(old > i))
		return false;
	if (likely(old == i))
		return true;
	refcount_report(r, "decrement below 0");
	return false;
}

static inline bool refcount_dec_and_test(refcount_t *r) { return refcount_sub_and_test(1, r); }

#endif
