/* SPDX-License-Identifier: MIT */
/* The tests of samples/tested, as they are, on the host: kit/test.h on the fake kit. */
#include "fakekit.h"
#include "../../../samples/tested/ring.c"
#include "../../../samples/tested/ring_test.c"

FAKE_TEST(the_suite_passes)
{
	EXPECT_EQ(fake_load(), 0);
}

static void fails(struct kit_test *test)
{
	TEST_EXPECT_EQ(test, 1, 2);
}

static const struct test_case bad_cases[] = { TEST_CASE(fails) };

/* A failure is a complaint: one that is asked for here. */
FAKE_TEST(a_failure_is_seen)
{
	static const struct test_suite bad = TEST_SUITE("bad", bad_cases);

	fake_expect_complaint("bad.fails: expected 1 == 2");
	EXPECT_EQ(test_suite_run(THIS_MODULE, &bad), 1);
}
