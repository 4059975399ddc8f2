/* SPDX-License-Identifier: MIT */
/*
 * Atomic integers, bit operations and compare-and-exchange.
 *
 * Operations that return a value are full barriers; those that do not (atomic_inc, atomic_add,
 * set_bit) are atomic and, on x86, barriers too, but callers may not rely on that. atomic_read and
 * atomic_set are plain accesses.
 */
#ifndef KERNEL_ATOMIC_H
#define KERNEL_ATOMIC_H

#include <kit/types.h>
#include <arch/barrier.h>
#include <lib/bitops.h>

typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic64_t;
typedef atomic64_t atomic_long_t;

#define ATOMIC_INIT(i)		{ (i) }
#define ATOMIC64_INIT(i)	{ (i) }

#define xchg(ptr, value)	__atomic_exchange_n(ptr, value, __ATOMIC_SEQ_CST)
/* On failure *old_ptr gets the value found. */
#define try_cmpxchg(ptr, old_ptr, new) \
	__atomic_compare_exchange_n(ptr, old_ptr, new, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)
#define cmpxchg(ptr, old, new) ({				\
	__typeof__(*(ptr)) cmpxchg_old_ = (old);		\
	try_cmpxchg(ptr, &cmpxchg_old_, new);			\
	cmpxchg_old_;						\
})

#define ATOMIC_OPS(type, prefix, value_t)						\
static inline value_t prefix##_read(const type *v) { return READ_ONCE(v->counter); }	\
static inline void prefix##_set(type *v, value_t i) { WRITE_ONCE(v->counter, i); }	\
static inline void prefix##_add(value_t i, type *v)					\
	{ __atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST); }			\
static inline void prefix##_sub(value_t i, type *v)					\
	{ __atomic_fetch_sub(&v->counter, i, __ATOMIC_SEQ_CST); }			\
static inline void prefix##_inc(type *v) { prefix##_add(1, v); }			\
static inline void prefix##_dec(type *v) { prefix##_sub(1, v); }			\
static inline void prefix##_or(value_t i, type *v)					\
	{ __atomic_fetch_or(&v->counter, i, __ATOMIC_SEQ_CST); }			\
static inline void prefix##_and(value_t i, type *v)					\
	{ __atomic_fetch_and(&v->counter, i, __ATOMIC_SEQ_CST); }			\
static inline value_t prefix##_add_return(value_t i, type *v)				\
	{ return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST); }		\
static inline value_t prefix##_sub_return(value_t i, type *v)				\
	{ return __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST); }		\
static inline value_t prefix##_fetch_add(value_t i, type *v)				\
	{ return __atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST); }		\
static inline value_t prefix##_inc_return(type *v) { return prefix##_add_return(1, v); }	\
static inline value_t prefix##_dec_return(type *v) { return prefix##_sub_return(1, v); }	\
static inline bool prefix##_dec_and_test(type *v)					\
	{ return __atomic_sub_fetch(&v->counter, 1, __ATOMIC_SEQ_CST) == 0; }		\
static inline bool prefix##_sub_and_test(value_t i, type *v)				\
	{ return __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST) == 0; }		\
static inline value_t prefix##_xchg(type *v, value_t i) { return xchg(&v->counter, i); }	\
static inline bool prefix##_try_cmpxchg(type *v, value_t *old, value_t new)		\
	{ return try_cmpxchg(&v->counter, old, new); }					\
static inline value_t prefix##_cmpxchg(type *v, value_t old, value_t new)		\
	{ return cmpxchg(&v->counter, old, new); }					\
/* Adds unless the value is u; true when it added. */					\
static inline bool prefix##_add_unless(type *v, value_t a, value_t u)			\
{											\
	value_t c = prefix##_read(v);							\
											\
	do {										\
		if (c == u)								\
			return false;							\
	} while (!prefix##_try_cmpxchg(v, &c, c + a));					\
	return true;									\
}											\
static inline bool prefix##_inc_not_zero(type *v) { return prefix##_add_unless(v, 1, 0); }

ATOMIC_OPS(atomic_t, atomic, int)
ATOMIC_OPS(atomic64_t, atomic64, s64)
#undef ATOMIC_OPS

#define atomic_long_read	atomic64_read
#define atomic_long_set		atomic64_set
#define atomic_long_add		atomic64_add
#define atomic_long_sub		atomic64_sub
#define atomic_long_inc		atomic64_inc
#define atomic_long_dec		atomic64_dec
#define atomic_long_add_return	atomic64_add_return

/* Atomic bit operations on a bitmap; lib's bitmap functions are the plain ones. */
#ifdef CONFIG_KASAN
/* What the compiler does itself it also checks; into assembly it does not look. */
#define BIT_WORD_(nr, map)	(&(map)[(nr) / 64])
#define BIT_MASK_(nr)		(1ul << ((nr) % 64))

static inline void set_bit(unsigned long nr, volatile unsigned long *map)
{
	__atomic_fetch_or(BIT_WORD_(nr, map), BIT_MASK_(nr), __ATOMIC_SEQ_CST);
}

static inline void clear_bit(unsigned long nr, volatile unsigned long *map)
{
	__atomic_fetch_and(BIT_WORD_(nr, map), ~BIT_MASK_(nr), __ATOMIC_SEQ_CST);
}

static inline bool test_and_set_bit(unsigned long nr, volatile unsigned long *map)
{
	return __atomic_fetch_or(BIT_WORD_(nr, map), BIT_MASK_(nr), __ATOMIC_SEQ_CST) &
	       BIT_MASK_(nr);
}

static inline bool test_and_clear_bit(unsigned long nr, volatile unsigned long *map)
{
	return __atomic_fetch_and(BIT_WORD_(nr, map), ~BIT_MASK_(nr), __ATOMIC_SEQ_CST) &
	       BIT_MASK_(nr);
}

#undef BIT_WORD_
#undef BIT_MASK_
#else
static inline void set_bit(unsigned long nr, volatile unsigned long *map)
{
	asm volatile("lock; btsq %1, %0" : "+m"(map[0]) : "Jr"(nr) : "memory", "cc");
}

static inline void clear_bit(unsigned long nr, volatile unsigned long *map)
{
	asm volatile("lock; btrq %1, %0" : "+m"(map[0]) : "Jr"(nr) : "memory", "cc");
}

static inline bool test_and_set_bit(unsigned long nr, volatile unsigned long *map)
{
	bool old;

	asm volatile("lock; btsq %2, %1" : "=@ccc"(old), "+m"(map[0]) : "Jr"(nr) : "memory");
	return old;
}

static inline bool test_and_clear_bit(unsigned long nr, volatile unsigned long *map)
{
	bool old;

	asm volatile("lock; btrq %2, %1" : "=@ccc"(old), "+m"(map[0]) : "Jr"(nr) : "memory");
	return old;
}
#endif

#define smp_mb__before_atomic()	barrier()
#define smp_mb__after_atomic()	barrier()

#endif
