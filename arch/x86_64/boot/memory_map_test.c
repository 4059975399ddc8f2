/* SPDX-License-Identifier: MIT */
/* Firmware memory maps; also on the host. */
#include <kernel/ktest.h>
#include "boot_private.h"

KTEST_SUITE("memory_map");

#define PAGE	0x1000ull
#define RAM	BOOT_MEMORY_RAM
#define RESERVED	BOOT_MEMORY_RESERVED
#define NO_LIMIT	~0ull

struct expected {
	u64 start, end;
	u32 type;
};

static void check(const struct boot_memory *raw, size_t nr, u64 limit,
		  const struct expected *expected, size_t nr_expected)
{
	u64 points[32];
	struct boot_memory out[32];
	size_t nr_out = memory_map_normalise(raw, nr, limit, points, out);

	KTEST_ASSERT_EQ(nr_out, nr_expected);
	for (size_t i = 0; i < nr_out; i++) {
		KTEST_EXPECT_EQ(out[i].start, expected[i].start);
		KTEST_EXPECT_EQ(out[i].start + out[i].size, expected[i].end);
		KTEST_EXPECT_EQ(out[i].type, expected[i].type);
	}
}

#define CHECK(raw, limit, ...) do {							\
	struct expected expected_[] = { __VA_ARGS__ };					\
	check(raw, ARRAY_SIZE(raw), limit, expected_, ARRAY_SIZE(expected_));		\
} while (0)

KTEST_CASE(sorts_and_joins)
{
	struct boot_memory raw[] = { { 8 * PAGE, 8 * PAGE, RAM },
				     { 0, 4 * PAGE, RAM },
				     { 4 * PAGE, 4 * PAGE, RAM } };

	CHECK(raw, NO_LIMIT, { 0, 16 * PAGE, RAM });
}

KTEST_CASE(reserved_wins_over_ram)
{
	struct boot_memory raw[] = { { 0, 16 * PAGE, RAM }, { 4 * PAGE, PAGE, RESERVED } };

	CHECK(raw, NO_LIMIT, { 0, 4 * PAGE, RAM }, { 4 * PAGE, 5 * PAGE, RESERVED },
	      { 5 * PAGE, 16 * PAGE, RAM });
}

KTEST_CASE(ram_is_whole_pages)
{
	struct boot_memory raw[] = { { 0x100, 0x9fc00 - 0x100, RAM },
				     { 0x9fc00, 0x400, RESERVED },
				     { 0x200000, 0x800, RAM } };

	CHECK(raw, NO_LIMIT, { 0x1000, 0x9f000, RAM }, { 0x9fc00, 0xa0000, RESERVED });
}

KTEST_CASE(limit_cuts_ram_only)
{
	struct boot_memory raw[] = { { 0, 16 * PAGE, RAM },
				     { 16 * PAGE, PAGE, RESERVED },
				     { 20 * PAGE, PAGE, RAM } };

	CHECK(raw, 8 * PAGE + 5, { 0, 8 * PAGE, RAM }, { 16 * PAGE, 17 * PAGE, RESERVED });
}

KTEST_CASE(an_entry_that_wraps_ends_at_the_top)
{
	struct boot_memory raw[] = { { 0, PAGE, RAM }, { ~0ull - PAGE + 1, 2 * PAGE, RESERVED } };

	CHECK(raw, NO_LIMIT, { 0, PAGE, RAM }, { ~0ull - PAGE + 1, ~0ull, RESERVED });
}

KTEST_CASE(nothing_gives_nothing)
{
	struct boot_memory raw[] = { { 5, 0, RAM } }, out[2];
	u64 points[2];

	KTEST_EXPECT_EQ(memory_map_normalise(raw, 0, NO_LIMIT, points, out), 0);
	KTEST_EXPECT_EQ(memory_map_normalise(raw, 1, NO_LIMIT, points, out), 0);
}

/* Random maps against the plain meaning: each page's type is the highest of those that cover it. */
KTEST_CASE(random_maps_mean_the_same)
{
	u32 seed = 1;

	for (int round = 0; round < 300; round++) {
		struct boot_memory raw[8], out[16];
		u64 points[16];
		size_t nr;

		for (int i = 0; i < 8; i++) {
			seed = seed * 1664525 + 1013904223;
			raw[i] = (struct boot_memory){ (seed >> 8 & 31) * PAGE,
						       (seed >> 16 & 7) * PAGE,
						       1 + (seed >> 24 & 3) };
		}
		nr = memory_map_normalise(raw, 8, NO_LIMIT, points, out);
		for (u64 page = 0; page < 40; page++) {
			u32 wanted = 0, found = 0;

			for (int i = 0; i < 8; i++)
				if (raw[i].start <= page * PAGE &&
				    page * PAGE < raw[i].start + raw[i].size &&
				    raw[i].type > wanted)
					wanted = raw[i].type;
			for (size_t i = 0; i < nr; i++)
				if (out[i].start <= page * PAGE &&
				    page * PAGE < out[i].start + out[i].size)
					found = out[i].type;
			KTEST_ASSERT_EQ(found, wanted);
		}
	}
}
