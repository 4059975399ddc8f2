/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/sized.h>
#include <lib/string.h>

KTEST_SUITE("sized");

/* What kit 0.9 had, what this kernel knows, what a younger kit has. */
struct old {
	u32 size, a;
	const void *b;
};
struct known {
	u32 size, a;
	const void *b;
	u64 c;
};
struct young {
	u32 size, a;
	const void *b;
	u64 c, d;
};

KTEST_CASE(the_same_is_copied)
{
	struct known from = { sizeof(from), 1, "b", 3 }, to = { 0 };

	KTEST_EXPECT_EQ(SIZED_COPY(&to, &from, b), 0);
	KTEST_EXPECT_EQ(memcmp(&to, &from, sizeof(to)), 0);
}

KTEST_CASE(what_an_older_one_lacks_is_zero)
{
	struct old from = { sizeof(from), 1, "b" };
	struct known to = { 0, 0, NULL, 77 };

	KTEST_EXPECT_EQ(SIZED_COPY(&to, (const struct known *)&from, b), 0);
	KTEST_EXPECT_EQ(to.size, sizeof(to));
	KTEST_EXPECT_EQ(to.a, 1);
	KTEST_EXPECT(to.b == from.b);
	KTEST_EXPECT_EQ(to.c, 0);
}

KTEST_CASE(what_a_younger_one_has_more_is_zero_or_refused)
{
	struct young from = { sizeof(from), 1, "b", 3, 0 };
	struct known to = { 0 };

	KTEST_EXPECT_EQ(SIZED_COPY(&to, (const struct known *)&from, b), 0);
	KTEST_EXPECT_EQ(to.size, sizeof(to));
	KTEST_EXPECT_EQ(to.c, 3);
	to.c = 77;
	from.d = 1ull << 63;
	KTEST_EXPECT_EQ(SIZED_COPY(&to, (const struct known *)&from, b), -E2BIG);
	KTEST_EXPECT_EQ(to.c, 77);
}

KTEST_CASE(what_is_no_size_is_refused)
{
	struct known from = { 0, 1, "b", 3 }, to;

	KTEST_EXPECT_EQ(SIZED_COPY(&to, &from, b), -EINVAL);
	from.size = offsetof(struct known, c) - 1;
	KTEST_EXPECT_EQ(SIZED_COPY(&to, &from, b), -EINVAL);
	from.size = 1u << 30;
	KTEST_EXPECT_EQ(SIZED_COPY(&to, &from, b), -EINVAL);
}

KTEST_CASE(tables_have_one_stride)
{
	struct young from[2] = { { sizeof(from[0]), 1, "x", 3, 0 },
				 { sizeof(from[0]), 4, "y", 6, 0 } };
	struct old old[2] = { { sizeof(old[0]), 1, "x" }, { sizeof(old[0]), 4, "y" } };
	struct known to[2];

	KTEST_EXPECT_EQ(SIZED_COPY_TABLE(to, (const struct known *)from, 2, b), 0);
	KTEST_EXPECT_EQ(to[1].size, sizeof(to[1]));
	KTEST_EXPECT_EQ(to[1].a, 4);
	KTEST_EXPECT_EQ(to[1].c, 6);
	KTEST_EXPECT_EQ(SIZED_COPY_TABLE(to, (const struct known *)old, 2, b), 0);
	KTEST_EXPECT_EQ(to[1].a, 4);
	KTEST_EXPECT_EQ(to[1].c, 0);
	from[1].d = 1;
	KTEST_EXPECT_EQ(SIZED_COPY_TABLE(to, (const struct known *)from, 2, b), -E2BIG);
	old[1].size--;
	KTEST_EXPECT_EQ(SIZED_COPY_TABLE(to, (const struct known *)old, 2, b), -EINVAL);
	KTEST_EXPECT_EQ(SIZED_COPY_TABLE(to, (const struct known *)NULL, 0, b), 0);
}
