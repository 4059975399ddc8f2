/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/bitmap.h>
#include <lib/errno.h>
#include <lib/string.h>

KTEST_SUITE("bitmap");

#define BITS	200

static void randomize(unsigned long *map)
{
	/* Sparse, dense or even, so that long runs occur. */
	unsigned long kind = host_random() % 3;

	for (size_t i = 0; i < BITS_TO_LONGS(BITS); i++) {
		map[i] = host_random();
		for (int n = 0; n < 4; n++) {
			if (kind == 0)
				map[i] &= host_random();
			else if (kind == 1)
				map[i] |= host_random();
		}
	}
}

static unsigned long slow_find(const unsigned long *map, unsigned long size, unsigned long start,
			       bool value)
{
	while (start < size && test_bit(start, map) != value)
		start++;
	return min(start, size);
}

KTEST_CASE(finding_agrees_with_one_bit_at_a_time)
{
	DECLARE_BITMAP(map, BITS);
	DECLARE_BITMAP(other, BITS);
	DECLARE_BITMAP(both, BITS);

	for (int round = 0; round < 300; round++) {
		unsigned long size = host_random() % (BITS + 1), last = size;

		randomize(map);
		randomize(other);
		for (size_t i = 0; i < BITS_TO_LONGS(BITS); i++)
			both[i] = map[i] & other[i];
		for (unsigned long start = 0; start <= size; start++) {
			KTEST_EXPECT_EQ(find_next_bit(map, size, start),
					slow_find(map, size, start, true));
			KTEST_EXPECT_EQ(find_next_zero_bit(map, size, start),
					slow_find(map, size, start, false));
			KTEST_EXPECT_EQ(find_next_and_bit(map, other, size, start),
					slow_find(both, size, start, true));
		}
		for (unsigned long i = 0; i < size; i++)
			if (test_bit(i, map))
				last = i;
		KTEST_EXPECT_EQ(find_last_bit(map, size), last);
	}
}

KTEST_CASE(ranges_and_weight)
{
	DECLARE_BITMAP(map, BITS);

	for (int round = 0; round < 2000; round++) {
		unsigned long start = host_random() % BITS,
			      count = host_random() % (BITS - start + 1);
		unsigned int weight = 0;
		bool right = true;

		if (round & 1) {
			bitmap_zero(map, BITS);
			bitmap_set(map, start, count);
		} else {
			bitmap_fill(map, BITS);
			bitmap_clear(map, start, count);
		}
		for (unsigned long i = 0; i < BITS; i++) {
			right &= test_bit(i, map) ==
				 ((i >= start && i < start + count) == (round & 1));
			weight += test_bit(i, map);
		}
		KTEST_EXPECT(right);
		KTEST_EXPECT_EQ(bitmap_weight(map, BITS), weight);
		KTEST_EXPECT_EQ(bitmap_empty(map, BITS), weight == 0);
		KTEST_EXPECT_EQ(bitmap_full(map, BITS), weight == BITS);
	}
}

KTEST_CASE(operations_ignore_bits_beyond_the_size)
{
	DECLARE_BITMAP(a, BITS);
	DECLARE_BITMAP(b, BITS);
	DECLARE_BITMAP(to, BITS);

	for (int round = 0; round < 500; round++) {
		unsigned long bits = 1 + host_random() % BITS;
		bool any_and = false, any_andnot = false, any_xor = false, equal = true,
		     subset = true;

		randomize(a);
		randomize(b);
		if (round % 4 == 0)
			memcpy(b, a, sizeof(a));
		for (unsigned long i = 0; i < bits; i++) {
			bool x = test_bit(i, a), y = test_bit(i, b);

			any_and |= x && y;
			any_andnot |= x && !y;
			any_xor |= x != y;
			equal &= x == y;
			subset &= !x || y;
		}
		KTEST_EXPECT_EQ(bitmap_and(to, a, b, bits), any_and);
		KTEST_EXPECT_EQ(bitmap_andnot(to, a, b, bits), any_andnot);
		KTEST_EXPECT_EQ(bitmap_xor(to, a, b, bits), any_xor);
		KTEST_EXPECT_EQ(bitmap_equal(a, b, bits), equal);
		KTEST_EXPECT_EQ(bitmap_intersects(a, b, bits), any_and);
		KTEST_EXPECT_EQ(bitmap_subset(a, b, bits), subset);
		bitmap_or(to, a, b, bits);
		KTEST_EXPECT(bitmap_subset(a, to, bits) && bitmap_subset(b, to, bits));
		bitmap_complement(to, a, bits);
		KTEST_EXPECT(!bitmap_intersects(a, to, bits));
		KTEST_EXPECT_EQ(bitmap_weight(a, bits) + bitmap_weight(to, bits), bits);
		bitmap_copy(to, a, bits);
		KTEST_EXPECT(bitmap_equal(to, a, bits));
	}
}

KTEST_CASE(free_areas)
{
	DECLARE_BITMAP(map, BITS);

	for (int round = 0; round < 1000; round++) {
		unsigned long count = 1 + host_random() % 9, align = 1UL << host_random() % 4, want;

		randomize(map);
		for (want = 0; want + count <= BITS; want += align)
			if (slow_find(map, want + count, want, true) == want + count)
				break;
		if (want + count > BITS)
			want = BITS;
		KTEST_EXPECT_EQ(bitmap_find_next_zero_area(map, BITS, 0, count, align), want);
	}
}

KTEST_CASE(lists_of_numbers)
{
	DECLARE_BITMAP(map, 100);

	KTEST_EXPECT_EQ(bitmap_parselist("0-3,8,99", map, 100), 0);
	KTEST_EXPECT_EQ(map[0], 0x10f);
	KTEST_EXPECT_EQ(map[1], 1UL << 35);
	KTEST_EXPECT_EQ(bitmap_parselist(" 5\n", map, 100), 0);
	KTEST_EXPECT_EQ(map[0], 0x20);
	KTEST_EXPECT_EQ(bitmap_parselist("", map, 100), 0);
	KTEST_EXPECT(bitmap_empty(map, 100));
	KTEST_EXPECT_EQ(bitmap_parselist("100", map, 100), -ERANGE);
	KTEST_EXPECT_EQ(bitmap_parselist("5-3", map, 100), -EINVAL);
	KTEST_EXPECT_EQ(bitmap_parselist("x", map, 100), -EINVAL);
	KTEST_EXPECT_EQ(bitmap_parselist("1-", map, 100), -EINVAL);
	KTEST_EXPECT_EQ(bitmap_parselist("1 2", map, 100), -EINVAL);
	KTEST_EXPECT_EQ(bitmap_parselist("99999999999999999999999", map, 100), -ERANGE);
}

KTEST_CASE(bits_of_words)
{
	KTEST_EXPECT_EQ(__ffs(0x8000000000000000), 63);
	KTEST_EXPECT_EQ(ffz(0xff), 8);
	KTEST_EXPECT_EQ(__fls(1), 0);
	KTEST_EXPECT_EQ(ffs(0), 0);
	KTEST_EXPECT_EQ(ffs(8), 4);
	KTEST_EXPECT_EQ(fls(0), 0);
	KTEST_EXPECT_EQ(fls(0x80000000), 32);
	KTEST_EXPECT_EQ(fls64(1ULL << 40), 41);
	KTEST_EXPECT_EQ(ilog2(4096), 12);
	KTEST_EXPECT_EQ(roundup_pow_of_two(5), 8);
	KTEST_EXPECT_EQ(roundup_pow_of_two(8), 8);
	KTEST_EXPECT_EQ(roundup_pow_of_two(0), 1);
	KTEST_EXPECT_EQ(rounddown_pow_of_two(7), 4);
	KTEST_EXPECT_EQ(get_order(1), 0);
	KTEST_EXPECT_EQ(get_order(4096), 0);
	KTEST_EXPECT_EQ(get_order(4097), 1);
	KTEST_EXPECT_EQ(get_order(1 << 20), 8);
	KTEST_EXPECT_EQ(rol32(0x80000001, 1), 3);
	KTEST_EXPECT_EQ(ror64(1, 1), 1UL << 63);
	KTEST_EXPECT_EQ(rol64(5, 0), 5);
	for (int i = 0; i < 1000; i++) {
		u64 x = host_random();

		KTEST_EXPECT_EQ(hweight64(x), __builtin_popcountll(x));
	}
	KTEST_EXPECT_EQ(GENMASK(7, 4), 0xf0);
	KTEST_EXPECT_EQ(GENMASK(63, 0), -1L);
}
