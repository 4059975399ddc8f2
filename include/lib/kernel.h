/* SPDX-License-Identifier: MIT */
/*
 * Small arithmetic that everything uses: minimum and maximum, rounding,
 * powers of two. All macros evaluate their arguments once unless they say so.
 */
#ifndef LIB_KERNEL_H
#define LIB_KERNEL_H

#include <lib/compiler.h>
#include <lib/types.h>

#define S8_MAX		((s8)0x7f)
#define S8_MIN		((s8)(-S8_MAX - 1))
#define U8_MAX		((u8)~0U)
#define S16_MAX		((s16)0x7fff)
#define S16_MIN		((s16)(-S16_MAX - 1))
#define U16_MAX		((u16)~0U)
#define S32_MAX		((s32)0x7fffffff)
#define S32_MIN		((s32)(-S32_MAX - 1))
#define U32_MAX		((u32)~0U)
#define S64_MAX		((s64)0x7fffffffffffffffLL)
#define S64_MIN		((s64)(-S64_MAX - 1))
#define U64_MAX		((u64)~0ULL)
#define INT_MAX		((int)0x7fffffff)
#define INT_MIN		(-INT_MAX - 1)
#define UINT_MAX	(~0U)
#define LONG_MAX	((long)(~0UL >> 1))
#define LONG_MIN	(-LONG_MAX - 1)
#define ULONG_MAX	(~0UL)
#define LLONG_MAX	((long long)(~0ULL >> 1))
#define LLONG_MIN	(-LLONG_MAX - 1)
#define ULLONG_MAX	(~0ULL)
#define SIZE_MAX	(~(size_t)0)
#define SSIZE_MAX	((ssize_t)(SIZE_MAX >> 1))

#define BITS_PER_BYTE	8
#define BITS_PER_LONG	64
#define BITS_PER_LONG_LONG	64
#define BITS_PER_TYPE(type)	(sizeof(type) * BITS_PER_BYTE)

/* Both arguments of min and max have one type; min_t and max_t name it. */
#define min(a, b) ({                                                           \
	__typeof__(a) __min_a = (a);                                           \
	__typeof__(b) __min_b = (b);                                           \
	(void)(&__min_a == &__min_b);                                          \
	__min_a < __min_b ? __min_a : __min_b; })
#define max(a, b) ({                                                           \
	__typeof__(a) __max_a = (a);                                           \
	__typeof__(b) __max_b = (b);                                           \
	(void)(&__max_a == &__max_b);                                          \
	__max_a > __max_b ? __max_a : __max_b; })
#define min_t(type, a, b) ({                                                   \
	type __mint_a = (a);                                                   \
	type __mint_b = (b);                                                   \
	__mint_a < __mint_b ? __mint_a : __mint_b; })
#define max_t(type, a, b) ({                                                   \
	type __maxt_a = (a);                                                   \
	type __maxt_b = (b);                                                   \
	__maxt_a > __maxt_b ? __maxt_a : __maxt_b; })
#define min3(a, b, c)		min((__typeof__(a))min(a, b), c)
#define max3(a, b, c)		max((__typeof__(a))max(a, b), c)
#define clamp(v, low, high)	min((__typeof__(v))max(v, low), high)
#define clamp_t(type, v, low, high)	min_t(type, max_t(type, v, low), high)
#define clamp_val(v, low, high)	clamp_t(__typeof__(v), v, low, high)
/* Constant expressions, usable for array sizes. May evaluate twice. */
#define MIN_CONST(a, b)		((a) < (b) ? (a) : (b))
#define MAX_CONST(a, b)		((a) > (b) ? (a) : (b))

#define swap(a, b)                                                             \
	do {                                                                   \
		__typeof__(a) __swap_tmp = (a);                                \
		(a) = (b);                                                     \
		(b) = __swap_tmp;                                              \
	} while (0)

/* Unlike container_of, keeps NULL and const. */
#define container_of_safe(pointer, type, member) ({                            \
	__typeof__(pointer) __safe_ptr = (pointer);                            \
	__safe_ptr ? container_of(__safe_ptr, type, member) : NULL; })

/* `a` is a power of two. */
#define __ALIGN_MASK(x, mask)	(((x) + (mask)) & ~(mask))
#define ALIGN(x, a)		__ALIGN_MASK(x, (__typeof__(x))(a) - 1)
#define ALIGN_DOWN(x, a)	((x) & ~((__typeof__(x))(a) - 1))
#define PTR_ALIGN(p, a)		((__typeof__(p))ALIGN((unsigned long)(p), (a)))
#define PTR_ALIGN_DOWN(p, a)	((__typeof__(p))ALIGN_DOWN((unsigned long)(p), (a)))
#define IS_ALIGNED(x, a)	(((x) & ((__typeof__(x))(a) - 1)) == 0)
#define round_up(x, y)		((((x) - 1) | ((__typeof__(x))(y) - 1)) + 1)
#define round_down(x, y)	((x) & ~((__typeof__(x))(y) - 1))

/* Any y. */
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define DIV_ROUND_UP_ULL(n, d)	DIV_ROUND_UP((unsigned long long)(n), d)
#define DIV_ROUND_CLOSEST(n, d)	(((n) + ((d) / 2)) / (d))
#define roundup(x, y)		((((x) + ((y) - 1)) / (y)) * (y))
#define rounddown(x, y)		((x) - (x) % (y))

#define is_power_of_2(n)	({ __typeof__(n) __pow = (n); __pow && !(__pow & (__pow - 1)); })

#define abs(x) ({                                                              \
	__typeof__(x) __abs = (x);                                             \
	__abs < 0 ? -__abs : __abs; })

#define upper_32_bits(n)	((u32)((u64)(n) >> 32))
#define lower_32_bits(n)	((u32)((u64)(n)))

#define sign_extend64(value, bit) ((s64)((u64)(value) << (63 - (bit))) >> (63 - (bit)))

#define u64_to_user_ptr(x)	((void __user *)(uintptr_t)(x))

#define KB		(1UL << 10)
#define MB		(1UL << 20)
#define GB		(1UL << 30)
#define SZ_4K		(4UL << 10)
#define SZ_64K		(64UL << 10)
#define SZ_1M		(1UL << 20)
#define SZ_2M		(2UL << 20)
#define SZ_16M		(16UL << 20)
#define SZ_1G		(1UL << 30)
#define SZ_4G		(4UL << 30)

#define check_add_overflow(a, b, sum)	__builtin_add_overflow(a, b, sum)
#define check_sub_overflow(a, b, diff)	__builtin_sub_overflow(a, b, diff)
#define check_mul_overflow(a, b, prod)	__builtin_mul_overflow(a, b, prod)

/* Products and sums that stick at SIZE_MAX, for allocation sizes. */
static inline size_t size_mul(size_t a, size_t b)
{
	size_t product;

	return check_mul_overflow(a, b, &product) ? SIZE_MAX : product;
}

static inline size_t size_add(size_t a, size_t b)
{
	size_t sum;

	return check_add_overflow(a, b, &sum) ? SIZE_MAX : sum;
}

/* Bytes of a structure with a flexible array of `count` elements. */
#define struct_size(ptr, member, count)                                        \
	size_add(sizeof(*(ptr)), size_mul(sizeof((ptr)->member[0]), (count)))

#endif
