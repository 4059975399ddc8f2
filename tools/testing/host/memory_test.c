/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/string.h>

KTEST_SUITE("memory");

#define MAX	200

static void fill_random(u8 *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		p[i] = (u8)host_random();
}

static bool all_are(const u8 *p, u8 byte, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (p[i] != byte)
			return false;
	return true;
}

KTEST_CASE(memcpy_copies_every_size_and_nothing_else)
{
	for (size_t size = 0; size <= MAX; size++) {
		for (size_t shift = 0; shift < 8; shift++) {
			u8 *from = host_alloc(size + shift), *to = host_alloc(size + 2 * MAX);
			bool equal = true;

			fill_random(from, size + shift);
			for (size_t i = 0; i < size + 2 * MAX; i++)
				to[i] = 0xaa;
			KTEST_EXPECT(memcpy(to + MAX, from + shift, size) == to + MAX);
			for (size_t i = 0; i < size; i++)
				equal &= to[MAX + i] == from[shift + i];
			KTEST_EXPECT(equal);
			KTEST_EXPECT(all_are(to, 0xaa, MAX));
			KTEST_EXPECT(all_are(to + MAX + size, 0xaa, MAX));
			host_free(from);
			host_free(to);
		}
	}
}

KTEST_CASE(memmove_allows_overlap_both_ways)
{
	u8 block[3 * MAX], copy[3 * MAX];

	for (size_t size = 0; size <= MAX; size++) {
		for (int shift = -70; shift <= 70; shift++) {
			bool equal = true;

			fill_random(block, sizeof(block));
			for (size_t i = 0; i < sizeof(block); i++)
				copy[i] = block[i];
			memmove(block + MAX + shift, block + MAX, size);
			for (size_t i = 0; i < sizeof(block); i++) {
				size_t start = MAX + (size_t)(long)shift;
				bool moved = i >= start && i < start + size;

				equal &= block[i] ==
					 (moved ? copy[i - (size_t)(long)shift] : copy[i]);
			}
			if (!KTEST_EXPECT(equal))
				ktest_note("size %lu shift %d", size, shift);
		}
	}
}

KTEST_CASE(memset_fills_every_size_and_nothing_else)
{
	u8 block[3 * MAX];

	for (size_t size = 0; size <= MAX; size++) {
		for (size_t shift = 0; shift < 8; shift++) {
			for (size_t i = 0; i < sizeof(block); i++)
				block[i] = 1;
			KTEST_EXPECT(memset(block + MAX - shift, 0x1a7, size) ==
				     block + MAX - shift);
			KTEST_EXPECT(all_are(block, 1, MAX - shift));
			KTEST_EXPECT(all_are(block + MAX - shift, 0xa7, size));
			KTEST_EXPECT(all_are(block + MAX - shift + size, 1, MAX));
		}
	}
}

KTEST_CASE(wide_memset)
{
	u64 a[5];
	u32 b[5];
	u16 c[5];

	KTEST_EXPECT(memset64(a, 0x1122334455667788, 5) == a);
	memset32(b, 0x11223344, 5);
	memset16(c, 0x1122, 5);
	for (int i = 0; i < 5; i++) {
		KTEST_EXPECT(a[i] == 0x1122334455667788);
		KTEST_EXPECT(b[i] == 0x11223344);
		KTEST_EXPECT(c[i] == 0x1122);
	}
	memzero_explicit(a, sizeof(a));
	KTEST_EXPECT(!memchr_inv(a, 0, sizeof(a)));
}

KTEST_CASE(memcmp_orders_as_unsigned_bytes)
{
	u8 a[40], b[40];

	for (size_t size = 1; size <= sizeof(a); size++) {
		for (size_t at = 0; at < size; at++) {
			fill_random(a, size);
			memcpy(b, a, size);
			KTEST_EXPECT_EQ(memcmp(a, b, size), 0);
			a[at] = 0x80;
			b[at] = 0x7f;
			KTEST_EXPECT(memcmp(a, b, size) > 0);
			KTEST_EXPECT(memcmp(b, a, size) < 0);
		}
	}
	KTEST_EXPECT_EQ(memcmp(a, b, 0), 0);
}

KTEST_CASE(memchr_finds_the_first_within_the_size)
{
	for (size_t size = 0; size <= 40; size++) {
		u8 *block = host_alloc(size);

		for (size_t i = 0; i < size; i++)
			block[i] = 1;
		KTEST_EXPECT(!memchr(block, 0, size));
		KTEST_EXPECT(!memchr_inv(block, 1, size));
		for (size_t at = size; at-- > 0;) {
			block[at] = 0x80;
			KTEST_EXPECT(memchr(block, 0x180, size) == block + at);
			KTEST_EXPECT(memchr_inv(block, 1, size) == block + at);
			KTEST_EXPECT(!memchr(block, 0x80, at));
			KTEST_EXPECT(!memchr_inv(block, 1, at));
		}
		host_free(block);
	}
	KTEST_EXPECT(memchr("abc", 'b', (size_t)-1));
}
