/* SPDX-License-Identifier: MIT */
/*
 * Words of path names: hashing and comparing eight bytes at a time.
 *
 * Reading a whole word may touch up to seven bytes behind the end of a name. Names of dentries are padded to words; any other name is
 * read bytewise when the word would reach into the next page.
 */
#ifndef FS_NAME_HASH_H
#define FS_NAME_HASH_H

#include <kit/types.h>
#include <mm/gfp.h>

#define WORD_ONES	0x0101010101010101ull
#define WORD_HIGHS	0x8080808080808080ull
#define WORD_SLASHES	0x2f2f2f2f2f2f2f2full

/* The first n bytes of a word, n < 8. */
static inline u64 word_mask(unsigned int n) { return (1ull << (n * 8)) - 1; }

static inline u64 __no_kasan load_word(const char *p)
{
	u64 w = 0;

	if (likely(((unsigned long)p & (PAGE_SIZE - 1)) <= PAGE_SIZE - 8)) {
		__builtin_memcpy(&w, p, 8);
		return w;
	}
	for (unsigned int i = 0; i < 8; i++) {
		w |= (u64)(u8)p[i] << (i * 8);
		if (!p[i])
			break;
	}
	return w;
}

/* Marks the first zero byte (higher marks may be false). */
static inline u64 word_zeroes(u64 w) { return (w - WORD_ONES) & ~w & WORD_HIGHS; }

static inline u64 hash_mix(u64 h, u64 w)
{
	h = (h ^ w) * 0x9e3779b97f4a7c15ull;
	return h ^ (h >> 32);
}

/* padded: word-aligned, zero behind the end. A difference is found at the latest at its end, so that a name of another length, seen
 * while it is being changed, is not overrun. */
static inline bool name_equal(const char *padded, const char *name, u32 len)
{
	for (; len >= 8; len -= 8, padded += 8, name += 8) {
		u64 w;

		__builtin_memcpy(&w, name, 8);
		if (*(const u64 *)padded != w)
			return false;
	}
	return !len || !((*(const u64 *)padded ^ load_word(name)) & word_mask(len));
}

#endif
