/* SPDX-License-Identifier: MIT */
/*
 * Bitmaps: arrays of unsigned long, a size given in bits. Bits beyond the size
 * in the last word are ignored by readers and may get any value from writers.
 * Nothing here is atomic.
 */
#ifndef LIB_BITMAP_H
#define LIB_BITMAP_H

#include <lib/bitops.h>

#define DECLARE_BITMAP(name, bits)	unsigned long name[BITS_TO_LONGS(bits)]

/* The valid bits of the last, perhaps partial, word. */
#define BITMAP_LAST_WORD_MASK(bits)	(~0UL >> (-(unsigned long)(bits) & 63))

/* Each returns the bit's number, or `size` when there is none. */
unsigned long find_next_bit(const unsigned long *map, unsigned long size, unsigned long start);
unsigned long find_next_zero_bit(const unsigned long *map, unsigned long size, unsigned long start);
unsigned long find_next_and_bit(const unsigned long *a, const unsigned long *b, unsigned long size,
				unsigned long start);
unsigned long find_last_bit(const unsigned long *map, unsigned long size);
/* First run of `count` clear bits that starts at a multiple of `align` (a power of two), else `size`. */
unsigned long bitmap_find_next_zero_area(const unsigned long *map, unsigned long size,
					 unsigned long start, unsigned long count,
					 unsigned long align);

static __always_inline unsigned long find_first_bit(const unsigned long *map, unsigned long size)
{
	return find_next_bit(map, size, 0);
}

static __always_inline unsigned long find_first_zero_bit(const unsigned long *map,
							 unsigned long size)
{
	return find_next_zero_bit(map, size, 0);
}

#define for_each_set_bit(bit, map, size)                                       \
	for ((bit) = find_first_bit(map, size); (bit) < (size);                \
	     (bit) = find_next_bit(map, size, (bit) + 1))
#define for_each_set_bit_from(bit, map, size)                                  \
	for ((bit) = find_next_bit(map, size, bit); (bit) < (size);            \
	     (bit) = find_next_bit(map, size, (bit) + 1))
#define for_each_clear_bit(bit, map, size)                                     \
	for ((bit) = find_first_zero_bit(map, size); (bit) < (size);           \
	     (bit) = find_next_zero_bit(map, size, (bit) + 1))

/* Ranges of bits. */
void bitmap_set(unsigned long *map, unsigned long start, unsigned long count);
void bitmap_clear(unsigned long *map, unsigned long start, unsigned long count);

/* Whole maps. */
void bitmap_zero(unsigned long *map, unsigned long bits);
void bitmap_fill(unsigned long *map, unsigned long bits);
void bitmap_copy(unsigned long *to, const unsigned long *from, unsigned long bits);
/* The first three return whether a bit is set in the result. */
bool bitmap_and(unsigned long *to, const unsigned long *a, const unsigned long *b,
		unsigned long bits);
bool bitmap_andnot(unsigned long *to, const unsigned long *a, const unsigned long *b,
		   unsigned long bits);
bool bitmap_xor(unsigned long *to, const unsigned long *a, const unsigned long *b,
		unsigned long bits);
void bitmap_or(unsigned long *to, const unsigned long *a, const unsigned long *b,
	       unsigned long bits);
void bitmap_complement(unsigned long *to, const unsigned long *from, unsigned long bits);
bool bitmap_equal(const unsigned long *a, const unsigned long *b, unsigned long bits);
bool bitmap_intersects(const unsigned long *a, const unsigned long *b, unsigned long bits);
bool bitmap_subset(const unsigned long *a, const unsigned long *of, unsigned long bits);
unsigned int bitmap_weight(const unsigned long *map, unsigned long bits);

static inline bool bitmap_empty(const unsigned long *map, unsigned long bits)
{
	return find_first_bit(map, bits) >= bits;
}

static inline bool bitmap_full(const unsigned long *map, unsigned long bits)
{
	return find_first_zero_bit(map, bits) >= bits;
}

/* A list like "0-3,8": 0, -EINVAL, or -ERANGE for a number at or above `bits`. */
int bitmap_parselist(const char *text, unsigned long *map, unsigned long bits);

#endif
