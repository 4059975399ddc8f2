/* SPDX-License-Identifier: MIT */
/*
 * 64-bit arithmetic with 128-bit intermediates, for clocks.
 */
#ifndef LIB_MATH64_H
#define LIB_MATH64_H

#include <lib/kernel.h>

#define do_div(n, base) ({                                                     \
	u32 __div_base = (base);                                               \
	u32 __div_rest = (u32)((u64)(n) % __div_base);                         \
	(n) = (u64)(n) / __div_base;                                           \
	__div_rest; })

static inline u64 div_u64_rem(u64 dividend, u32 divisor, u32 *remainder)
{
	*remainder = (u32)(dividend % divisor);
	return dividend / divisor;
}

static inline u64 div64_u64_rem(u64 dividend, u64 divisor, u64 *remainder)
{
	*remainder = dividend % divisor;
	return dividend / divisor;
}

static inline u64 div_u64(u64 dividend, u32 divisor) { return dividend / divisor; }
static inline u64 div64_u64(u64 dividend, u64 divisor) { return dividend / divisor; }
static inline s64 div_s64(s64 dividend, s32 divisor) { return dividend / divisor; }
static inline s64 div64_s64(s64 dividend, s64 divisor) { return dividend / divisor; }

static __always_inline u64 mul_u32_u32(u32 a, u32 b) { return (u64)a * b; }

/* (a * b) >> shift, without losing the high bits on the way; shift < 128. */
static __always_inline u64 mul_u64_u64_shr(u64 a, u64 b, unsigned int shift)
{
	return (u64)(((unsigned __int128)a * b) >> shift);
}

static __always_inline u64 mul_u64_u32_shr(u64 a, u32 b, unsigned int shift)
{
	return mul_u64_u64_shr(a, b, shift);
}

/* a * b / c; the quotient must fit in 64 bits, or the CPU traps: c > (a * b) >> 64. */
static inline u64 mul_u64_u64_div_u64(u64 a, u64 b, u64 c)
{
	u64 quotient, high;

	__asm__("mulq %3" : "=a"(quotient), "=d"(high) : "0"(a), "rm"(b) : "cc");
	__asm__("divq %2" : "+a"(quotient), "+d"(high) : "rm"(c) : "cc");
	return quotient;
}

#define mul_u64_u32_div(a, b, c)	mul_u64_u64_div_u64(a, b, c)

/* The largest r with r * r <= x. */
u64 int_sqrt64(u64 x);
/* Greatest common divisor. */
u64 gcd(u64 a, u64 b);

/*
 * Finds mult and shift so that (cycles * mult) >> shift converts cycles of `from` hertz into units of
 * `to` hertz with the best precision for spans of up to max_seconds, without
 * overflow of 64 bits.
 */
void clocks_calc_mult_shift(u32 *mult, u32 *shift, u32 from, u32 to, u32 max_seconds);

#endif
