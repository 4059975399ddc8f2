/* SPDX-License-Identifier: MIT */
/*
 * Memory blocks: copying, filling, comparing.
 *
 * Up to 32 bytes go by a few loads and stores that may overlap, all loads before
 * the stores. Longer blocks are moved by `rep movsq`: the fewest instructions
 * there are (rep movsb would be one a byte where the CPU has no fast strings), and
 * microcoded in cache lines on hardware.
 */
#include <lib/bitops.h>
#include <lib/string.h>

#define REP_MIN	64	/* below, the start-up of `rep` costs more than it saves */

typedef struct { u16 v; } __packed __attribute__((may_alias)) word2;
typedef struct { u32 v; } __packed __attribute__((may_alias)) word4;
typedef struct { u64 v; } __packed __attribute__((may_alias)) word8;

#define load2(p)	(((const word2 *)(p))->v)
#define load4(p)	(((const word4 *)(p))->v)
#define load8(p)	(((const word8 *)(p))->v)
#define store2(p, x)	(((word2 *)(p))->v = (x))
#define store4(p, x)	(((word4 *)(p))->v = (x))
#define store8(p, x)	(((word8 *)(p))->v = (x))

/* Any overlap is fine; size <= 32. */
static __always_inline void move_short(u8 *to, const u8 *from, size_t size)
{
	if (size >= 16) {
		u64 a = load8(from), b = load8(from + 8);
		u64 c = load8(from + size - 16), d = load8(from + size - 8);

		store8(to, a);
		store8(to + 8, b);
		store8(to + size - 16, c);
		store8(to + size - 8, d);
	} else if (size >= 8) {
		u64 a = load8(from), b = load8(from + size - 8);

		store8(to, a);
		store8(to + size - 8, b);
	} else if (size >= 4) {
		u32 a = load4(from), b = load4(from + size - 4);

		store4(to, a);
		store4(to + size - 4, b);
	} else if (size >= 2) {
		u16 a = load2(from), b = load2(from + size - 2);

		store2(to, a);
		store2(to + size - 2, b);
	} else if (size) {
		*to = *from;
	}
}

/* Ascending, 32 bytes a step, until at most 32 are left; returns how many were moved. */
static __always_inline size_t move_up(u8 *to, const u8 *from, size_t size)
{
	size_t done = 0;

	for (; size - done > 32; done += 32) {
		u64 a = load8(from + done), b = load8(from + done + 8);
		u64 c = load8(from + done + 16), d = load8(from + done + 24);

		store8(to + done, a);
		store8(to + done + 8, b);
		store8(to + done + 16, c);
		store8(to + done + 24, d);
	}
	return done;
}

/* to is at or below from, or the blocks do not overlap; size > 32. */
static __always_inline void copy_long(u8 *to, const u8 *from, size_t size)
{
	u64 words = size / 8;
	u64 tail;

	if (size < REP_MIN) {
		size_t done = move_up(to, from, size);

		move_short(to + done, from + done, size - done);
		return;
	}
	/* The last 8 bytes, read before anything is overwritten, cover an odd end. */
	tail = load8(from + size - 8);
	size -= 8;
	{
		u8 *end = to + size;

		__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
		store8(end, tail);
	}
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	if (size <= 32)
		move_short(to, from, size);
	else
		copy_long(to, from, size);
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	u8 *t = to;
	const u8 *f = from;

	if (size <= 32) {
		move_short(t, f, size);
		return to;
	}
	/* Copying upwards is wrong only when the target starts inside the source. */
	if ((unsigned long)t - (unsigned long)f >= size) {
		copy_long(t, f, size);
		return to;
	}
	for (; size > 32; size -= 32) {
		u64 a = load8(f + size - 32), b = load8(f + size - 24);
		u64 c = load8(f + size - 16), d = load8(f + size - 8);

		store8(t + size - 32, a);
		store8(t + size - 24, b);
		store8(t + size - 16, c);
		store8(t + size - 8, d);
	}
	move_short(t, f, size);
	return to;
}

static __always_inline void fill_short(u8 *to, u64 pattern, size_t size)
{
	if (size >= 16) {
		store8(to, pattern);
		store8(to + 8, pattern);
		store8(to + size - 16, pattern);
		store8(to + size - 8, pattern);
	} else if (size >= 8) {
		store8(to, pattern);
		store8(to + size - 8, pattern);
	} else if (size >= 4) {
		store4(to, (u32)pattern);
		store4(to + size - 4, (u32)pattern);
	} else if (size >= 2) {
		store2(to, (u16)pattern);
		store2(to + size - 2, (u16)pattern);
	} else if (size) {
		*to = (u8)pattern;
	}
}

void *memset(void *to, int byte, size_t size)
{
	u64 pattern = (u8)byte * 0x0101010101010101ULL;
	u8 *t = to;
	u64 words = size / 8;

	if (size <= 32) {
		fill_short(t, pattern, size);
		return to;
	}
	store8(t + size - 8, pattern);
	if (size < REP_MIN) {
		store8(t, pattern);
		store8(t + 8, pattern);
		store8(t + 16, pattern);
		store8(t + 24, pattern);
		if (size > 40) {
			store8(t + 32, pattern);
			store8(t + size - 24, pattern);
			store8(t + size - 16, pattern);
		}
		return to;
	}
	__asm__ volatile("rep stosq" : "+D"(t), "+c"(words) : "a"(pattern) : "memory");
	return to;
}

void memzero_explicit(void *to, size_t size)
{
	memset(to, 0, size);
	__asm__ volatile("" : : "r"(to) : "memory");
}

void *memset64(u64 *to, u64 value, size_t count)
{
	void *start = to;

	__asm__ volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(value) : "memory");
	return start;
}

void *memset32(u32 *to, u32 value, size_t count)
{
	void *start = to;

	__asm__ volatile("rep stosl" : "+D"(to), "+c"(count) : "a"(value) : "memory");
	return start;
}

void *memset16(u16 *to, u16 value, size_t count)
{
	void *start = to;

	__asm__ volatile("rep stosw" : "+D"(to), "+c"(count) : "a"(value) : "memory");
	return start;
}

static __always_inline int order8(u64 x, u64 y)
{
	return __builtin_bswap64(x) < __builtin_bswap64(y) ? -1 : 1;
}

/* The last word may begin in what has been found equal. */
int memcmp(const void *a, const void *b, size_t size)
{
	const u8 *p = a, *q = b;

	if (size >= 8) {
		for (; size > 8; p += 8, q += 8, size -= 8)
			if (load8(p) != load8(q))
				return order8(load8(p), load8(q));
		p -= 8 - size;
		q -= 8 - size;
		return load8(p) == load8(q) ? 0 : order8(load8(p), load8(q));
	}
	for (; size; p++, q++, size--)
		if (*p != *q)
			return *p - *q;
	return 0;
}

/* Aligned words never cross a page, so looking behind a hit is harmless; the sanitizer must not mind. */
void *__no_kasan memchr(const void *block, int byte, size_t size)
{
	const u8 *p = block, *end = p + size;
	u64 pattern = (u8)byte * 0x0101010101010101ULL;

	if (end < p)
		end = (const u8 *)~0UL;
	for (; p < end && ((unsigned long)p & 7); p++)
		if (*p == (u8)byte)
			return (void *)p;
	for (; p < end; p += 8) {
		u64 x = load8(p) ^ pattern;
		/* A zero byte of x sets its top bit here; the lowest such bit is exact. */
		u64 hit = (x - 0x0101010101010101ULL) & ~x & 0x8080808080808080ULL;

		if (hit) {
			p += __ffs(hit) / 8;
			return p < end ? (void *)p : NULL;
		}
	}
	return NULL;
}

void *memchr_inv(const void *block, int byte, size_t size)
{
	const u8 *p = block;
	u64 pattern = (u8)byte * 0x0101010101010101ULL;

	for (; size >= 8; p += 8, size -= 8) {
		u64 x = load8(p) ^ pattern;

		if (x)
			return (void *)(p + __ffs(x) / 8);
	}
	for (; size; p++, size--)
		if (*p != (u8)byte)
			return (void *)p;
	return NULL;
}
