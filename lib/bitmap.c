/* SPDX-License-Identifier: MIT */
/*
 * Bitmaps: searching, ranges, operations on whole maps.
 */
#include <lib/bitmap.h>
#include <lib/ctype.h>
#include <lib/errno.h>
#include <lib/parse.h>
#include <lib/string.h>

/* Word i as the search sees it: of b too if given, inverted by `flip`. */
static __always_inline unsigned long find_next(const unsigned long *a, const unsigned long *b,
					       unsigned long size, unsigned long start,
					       unsigned long flip)
{
	unsigned long i, word;

	if (start >= size)
		return size;
	i = start / 64;
	word = (a[i] & (b ? b[i] : ~0UL)) ^ flip;
	word &= ~0UL << (start % 64);
	while (!word) {
		if (++i * 64 >= size)
			return size;
		word = (a[i] & (b ? b[i] : ~0UL)) ^ flip;
	}
	return min(i * 64 + __ffs(word), size);
}

unsigned long find_next_bit(const unsigned long *map, unsigned long size, unsigned long start)
{
	return find_next(map, NULL, size, start, 0);
}

unsigned long find_next_zero_bit(const unsigned long *map, unsigned long size, unsigned long start)
{
	return find_next(map, NULL, size, start, ~0UL);
}

unsigned long find_next_and_bit(const unsigned long *a, const unsigned long *b, unsigned long size,
				unsigned long start)
{
	return find_next(a, b, size, start, 0);
}

unsigned long find_last_bit(const unsigned long *map, unsigned long size)
{
	unsigned long i = BITS_TO_LONGS(size);
	unsigned long mask = BITMAP_LAST_WORD_MASK(size);

	while (i--) {
		unsigned long word = map[i] & mask;

		if (word)
			return i * 64 + __fls(word);
		mask = ~0UL;
	}
	return size;
}

unsigned long bitmap_find_next_zero_area(const unsigned long *map, unsigned long size,
					 unsigned long start, unsigned long count,
					 unsigned long align)
{
	for (;;) {
		unsigned long used;

		start = ALIGN(find_next_zero_bit(map, size, start), align);
		if (start > size || count > size - start)
			return size;
		used = find_next_bit(map, start + count, start);
		if (used >= start + count)
			return start;
		start = used + 1;
	}
}

/* Applies `set` or clear to the bits of a range, word by word. */
static __always_inline void change_range(unsigned long *map, unsigned long start,
					 unsigned long count, bool set)
{
	while (count) {
		unsigned long bit = start % 64;
		unsigned long n = min(64 - bit, count);
		/* lint: shiftTooManyBits: n is not 0 */
		/* lint: clang-analyzer-core.UndefinedBinaryOperatorResult: n is not 0 */
		unsigned long mask = (~0UL >> (64 - n)) << bit;

		if (set)
			map[start / 64] |= mask;
		else
			map[start / 64] &= ~mask;
		start += n;
		count -= n;
	}
}

void bitmap_set(unsigned long *map, unsigned long start, unsigned long count)
{
	change_range(map, start, count, true);
}

void bitmap_clear(unsigned long *map, unsigned long start, unsigned long count)
{
	change_range(map, start, count, false);
}

void bitmap_zero(unsigned long *map, unsigned long bits)
{
	memset(map, 0, BITS_TO_LONGS(bits) * sizeof(long));
}

void bitmap_fill(unsigned long *map, unsigned long bits)
{
	memset(map, 0xff, BITS_TO_LONGS(bits) * sizeof(long));
}

void bitmap_copy(unsigned long *to, const unsigned long *from, unsigned long bits)
{
	memcpy(to, from, BITS_TO_LONGS(bits) * sizeof(long));
}

/* The valid bits of word i. */
static __always_inline unsigned long valid_mask(unsigned long i, unsigned long bits)
{
	return (i + 1) * 64 <= bits ? ~0UL : BITMAP_LAST_WORD_MASK(bits);
}

/* For each word i of a map of `bits` bits. */
#define for_each_word(i, bits)	for (unsigned long i = 0; i < BITS_TO_LONGS(bits); i++)

bool bitmap_and(unsigned long *to, const unsigned long *a, const unsigned long *b,
		unsigned long bits)
{
	unsigned long any = 0;

	for_each_word(i, bits)
		any |= (to[i] = a[i] & b[i]) & valid_mask(i, bits);
	return any;
}

bool bitmap_andnot(unsigned long *to, const unsigned long *a, const unsigned long *b,
		   unsigned long bits)
{
	unsigned long any = 0;

	for_each_word(i, bits)
		any |= (to[i] = a[i] & ~b[i]) & valid_mask(i, bits);
	return any;
}

bool bitmap_xor(unsigned long *to, const unsigned long *a, const unsigned long *b,
		unsigned long bits)
{
	unsigned long any = 0;

	for_each_word(i, bits)
		any |= (to[i] = a[i] ^ b[i]) & valid_mask(i, bits);
	return any;
}

void bitmap_or(unsigned long *to, const unsigned long *a, const unsigned long *b,
	       unsigned long bits)
{
	for_each_word(i, bits)
		to[i] = a[i] | b[i];
}

void bitmap_complement(unsigned long *to, const unsigned long *from, unsigned long bits)
{
	for_each_word(i, bits)
		to[i] = ~from[i];
}

bool bitmap_equal(const unsigned long *a, const unsigned long *b, unsigned long bits)
{
	for_each_word(i, bits)
		if ((a[i] ^ b[i]) & valid_mask(i, bits))
			return false;
	return true;
}

bool bitmap_intersects(const unsigned long *a, const unsigned long *b, unsigned long bits)
{
	return find_next_and_bit(a, b, bits, 0) < bits;
}

bool bitmap_subset(const unsigned long *a, const unsigned long *of, unsigned long bits)
{
	for_each_word(i, bits)
		if (a[i] & ~of[i] & valid_mask(i, bits))
			return false;
	return true;
}

unsigned int bitmap_weight(const unsigned long *map, unsigned long bits)
{
	unsigned int weight = 0;

	for_each_word(i, bits)
		weight += hweight64(map[i] & valid_mask(i, bits));
	return weight;
}

/* A decimal number at *text, which moves on; -EINVAL without a digit. */
static int parse_bit(const char **text, unsigned long *bit)
{
	char *end;

	if (!isdigit((u8) * *text))
		return -EINVAL;
	*bit = simple_strtoul(*text, &end, 10);
	*text = end;
	return 0;
}

int bitmap_parselist(const char *text, unsigned long *map, unsigned long bits)
{
	bitmap_zero(map, bits);
	text = skip_spaces(text);
	while (*text) {
		unsigned long first, last;
		int err = parse_bit(&text, &first);

		if (err)
			return err;
		last = first;
		if (*text == '-') {
			text++;
			err = parse_bit(&text, &last);
			if (err)
				return err;
		}
		if (last < first)
			return -EINVAL;
		if (last >= bits)
			return -ERANGE;
		bitmap_set(map, first, last - first + 1);
		if (*text == ',')
			text++;
		else if (*skip_spaces(text))
			return -EINVAL;
		else
			break;
	}
	return 0;
}
