/* SPDX-License-Identifier: MIT */
/*
 * Bits of words and plain (not atomic) bits of bitmaps. The atomic ones are in
 * kernel/atomic.h. Bit n of a bitmap is bit n % 64 of word n / 64.
 */
#ifndef LIB_BITOPS_H
#define LIB_BITOPS_H

#include <lib/kernel.h>

#define BITS_TO_LONGS(bits)	DIV_ROUND_UP(bits, 64)
#define BIT_WORD(nr)		((nr) / 64)
#define BIT_MASK(nr)		(1UL << ((nr) % 64))

/* Number of the lowest set bit; x is not 0. */
static __always_inline unsigned int __ffs(unsigned long x)
{
	return (unsigned int)__builtin_ctzl(x);
}

/* Number of the lowest clear bit; x is not all ones. */
static __always_inline unsigned int ffz(unsigned long x)
{
	return (unsigned int)__builtin_ctzl(~x);
}

/* Number of the highest set bit; x is not 0. */
static __always_inline unsigned int __fls(unsigned long x)
{
	return 63 - (unsigned int)__builtin_clzl(x);
}

/* Counted from 1, 0 when no bit is set. */
static __always_inline int ffs(int x)
{
	return __builtin_ffs(x);
}

static __always_inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

static __always_inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

#define fls_long(x)	fls64(x)

/* The number of set bits, without the POPCNT that old machines lack. */
static __always_inline unsigned int hweight64(u64 x)
{
	x -= (x >> 1) & 0x5555555555555555ULL;
	x = (x & 0x3333333333333333ULL) + ((x >> 2) & 0x3333333333333333ULL);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return (unsigned int)((x * 0x0101010101010101ULL) >> 56);
}

static __always_inline unsigned int hweight32(u32 x)
{
	return hweight64(x);
}

#define hweight_long(x)	hweight64(x)

/* Logarithm to base 2, rounded down; x is not 0. Constant for constants. */
#define ilog2(x)	((int)(63 - __builtin_clzll((u64)(x))))

static __always_inline unsigned long roundup_pow_of_two(unsigned long x)
{
	return x <= 1 ? 1 : 1UL << fls64(x - 1);
}

static __always_inline unsigned long rounddown_pow_of_two(unsigned long x)
{
	return 1UL << __fls(x);
}

/* The least order whose block of 4 KiB pages holds `size` bytes. */
static __always_inline int get_order(unsigned long size)
{
	return size <= 4096 ? 0 : fls64((size - 1) >> 12);
}

static __always_inline u32 rol32(u32 x, unsigned int n)
{
	return (x << (n & 31)) | (x >> (-n & 31));
}

static __always_inline u32 ror32(u32 x, unsigned int n)
{
	return (x >> (n & 31)) | (x << (-n & 31));
}

static __always_inline u64 rol64(u64 x, unsigned int n)
{
	return (x << (n & 63)) | (x >> (-n & 63));
}

static __always_inline u64 ror64(u64 x, unsigned int n)
{
	return (x >> (n & 63)) | (x << (-n & 63));
}

static __always_inline bool test_bit(unsigned long nr, const volatile unsigned long *map)
{
	return (map[nr / 64] >> (nr % 64)) & 1;
}

static __always_inline void __set_bit(unsigned long nr, unsigned long *map)
{
	map[nr / 64] |= BIT_MASK(nr);
}

static __always_inline void __clear_bit(unsigned long nr, unsigned long *map)
{
	map[nr / 64] &= ~BIT_MASK(nr);
}

static __always_inline void __change_bit(unsigned long nr, unsigned long *map)
{
	map[nr / 64] ^= BIT_MASK(nr);
}

static __always_inline void __assign_bit(unsigned long nr, unsigned long *map, bool value)
{
	if (value)
		__set_bit(nr, map);
	else
		__clear_bit(nr, map);
}

static __always_inline bool __test_and_set_bit(unsigned long nr, unsigned long *map)
{
	bool old = test_bit(nr, map);

	__set_bit(nr, map);
	return old;
}

static __always_inline bool __test_and_clear_bit(unsigned long nr, unsigned long *map)
{
	bool old = test_bit(nr, map);

	__clear_bit(nr, map);
	return old;
}

/* Unaligned little- and big-endian loads and stores. */
#define DEFINE_UNALIGNED(type, name, to_cpu)                                   \
struct __unaligned_##name { type v; } __packed __attribute__((may_alias));     \
static __always_inline type get_unaligned_##name(const void *p)                \
{                                                                              \
	return to_cpu(((const struct __unaligned_##name *)p)->v);              \
}                                                                              \
static __always_inline void put_unaligned_##name(type v, void *p)              \
{                                                                              \
	((struct __unaligned_##name *)p)->v = to_cpu(v);                       \
}
DEFINE_UNALIGNED(u16, le16, le16_to_cpu)
DEFINE_UNALIGNED(u32, le32, le32_to_cpu)
DEFINE_UNALIGNED(u64, le64, le64_to_cpu)
DEFINE_UNALIGNED(u16, be16, be16_to_cpu)
DEFINE_UNALIGNED(u32, be32, be32_to_cpu)
DEFINE_UNALIGNED(u64, be64, be64_to_cpu)
#undef DEFINE_UNALIGNED

#endif
