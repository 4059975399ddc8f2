// SPDX-License-Identifier: MIT
/* Tests of ring.c: in the kernel as tested_test.ko, and on the host with the fake kit. */
#include <kit/test.h>

#include "ring.h"

MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("tests of the module tested");

static void an_empty_ring_says_so(struct kit_test *test)
{
	struct ring *ring = test_zalloc(test, sizeof(*ring));
	s32 number = 7;

	TEST_ASSERT(test, ring);
	TEST_EXPECT_EQ(test, ring_take(ring, &number), -EAGAIN);
	TEST_EXPECT_EQ(test, number, 7);
}

static void numbers_come_in_order(struct kit_test *test)
{
	struct ring *ring = test_zalloc(test, sizeof(*ring));
	s32 number = 0;

	TEST_ASSERT(test, ring);
	for (s32 i = 0; i < 3 * RING_SIZE; i++) {
		TEST_ASSERT_EQ(test, ring_put(ring, i), 0);
		TEST_ASSERT_EQ(test, ring_put(ring, -i), 0);
		TEST_ASSERT_EQ(test, ring_take(ring, &number), 0);
		TEST_EXPECT_EQ(test, number, i);
		TEST_ASSERT_EQ(test, ring_take(ring, &number), 0);
		TEST_EXPECT_EQ(test, number, -i);
	}
}

static void a_full_ring_refuses(struct kit_test *test)
{
	struct ring *ring = test_zalloc(test, sizeof(*ring));

	TEST_ASSERT(test, ring);
	for (s32 i = 0; i < RING_SIZE; i++)
		TEST_EXPECT_EQ(test, ring_put(ring, i), 0);
	TEST_EXPECT_EQ(test, ring_put(ring, 0), -ENOSPC);
}

static const struct test_case cases[] = {
	TEST_CASE(an_empty_ring_says_so),
	TEST_CASE(numbers_come_in_order),
	TEST_CASE(a_full_ring_refuses),
};
module_test_suite("ring", cases);
