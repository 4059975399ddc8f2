/* SPDX-License-Identifier: MIT */
/* The generator gives different bytes each time, everywhere, and numbers in range. */
#include <kernel/ktest.h>
#include <kernel/random.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <lib/bitops.h>
#include <lib/string.h>
#include "random_private.h"

KTEST_SUITE("random");

static bool all_zero(const u8 *bytes, size_t len)
{
	return !memchr_inv(bytes, 0, len);
}

KTEST_CASE(no_two_answers_are_alike)
{
	static const size_t sizes[] = { 16, 32, 33, 64, 65, 200 };
	u8 a[200], b[200];

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		memset(a, 0, sizeof(a));
		memset(b, 0, sizeof(b));
		get_random_bytes(a, sizes[i]);
		get_random_bytes(b, sizes[i]);
		KTEST_EXPECT(memcmp(a, b, sizes[i]));
		KTEST_EXPECT(!all_zero(a + sizes[i] - 16, 16));
		KTEST_EXPECT(all_zero(a + sizes[i], sizeof(a) - sizes[i]));
	}
}

/* On this CPU; with interrupts off. */
static void first_of_a_known_key(void *value)
{
	static const u8 key[CHACHA_KEY_SIZE] = { 1, 2, 3 };

	generator_set_key(key);
	*(u64 *)value = get_random_u64();
}

/*
 * The same key twice gives the same number twice, and not what the CPU has in store of its last one. Unless another CPU comes first: what that one takes, takes
 * part of the key with it.
 */
KTEST_CASE(a_new_key_changes_the_stream_on_every_cpu)
{
	u64 first = 0, second = 1, before;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		do {
			smp_call_function_single(cpu, first_of_a_known_key, &first, true);
			smp_call_function_single(cpu, first_of_a_known_key, &second, true);
		} while (first != second);
	}
	before = second;
	random_reseed();
	KTEST_EXPECT(get_random_u64() != before);
}

KTEST_CASE(bits_are_balanced)
{
	unsigned int ones = 0;

	for (unsigned int i = 0; i < 1000; i++)
		ones += hweight64(get_random_u64());
	/* 64,000 bits: mean 32,000, deviation 126; ten deviations never happen. */
	KTEST_EXPECT(ones > 30740 && ones < 33260);
}

KTEST_CASE(numbers_stay_below_their_ceiling)
{
	unsigned int seen[7] = { 0 };

	for (unsigned int i = 0; i < 7000; i++) {
		u32 value = get_random_u32_below(7);

		KTEST_ASSERT(value < 7);
		seen[value]++;
	}
	for (unsigned int i = 0; i < 7; i++)
		KTEST_EXPECT(seen[i] > 700 && seen[i] < 1300);
	KTEST_EXPECT_EQ(get_random_u32_below(1), 0);
}

KTEST_CASE(ready_after_boot)
{
	KTEST_EXPECT_EQ(wait_for_random_ready(), 0);
	KTEST_EXPECT_EQ(random_entropy_bits(), 256);
}
