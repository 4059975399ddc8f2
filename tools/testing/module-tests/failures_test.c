// SPDX-License-Identifier: MIT
/* A suite that fails in every way there is; broken.expected is what it shall say. links: */
#include <kit/test.h>
#include <kit/time.h>
#include <kit/wait.h>

MODULE_LICENSE("MIT");

static int order;

static int set_up(struct kit_test *test)
{
	test_set_data(test, &order);
	return order == 5 ? -EIO : 0;
}

static void tear_down(struct kit_test *test)
{
	order++;
}

static void number_is_wrong(struct kit_test *test)
{
	TEST_EXPECT_EQ(test, 2 + 2, 5);
	TEST_EXPECT(test, test_data(test) == &order);
}

static void text_is_wrong(struct kit_test *test)
{
	TEST_EXPECT_TEXT(test, "one", "two");
	TEST_EXPECT_TEXT(test, NULL, "two");
	TEST_EXPECT_TEXT(test, "one", "one");
}

static void assertion_ends_it(struct kit_test *test)
{
	TEST_ASSERT(test, order == 7);
	TEST_FAIL(test, "to be left before");
}

static void is_skipped(struct kit_test *test)
{
	test_skip(test, "there is no such device");
}

static void undo(void *data)
{
	test_note(data, "undone");
}

static void fails_often(struct kit_test *test)
{
	for (int i = 0; i < 100; i++)
		TEST_EXPECT(test, i < 0);
	if (test_add_action(test, undo, test))
		return;
	test_note(test, "the action comes last");
}

static void set_up_fails(struct kit_test *test)
{
	test_note(test, "never said");
}

static void from_an_interrupt(struct timer *timer)
{
	struct {
		struct timer timer;
		struct kit_test *test;
		struct completion done;
	} *t = (void *)timer;

	TEST_EXPECT(t->test, !"in an interrupt");
	complete(&t->done);
}

static void fails_elsewhere(struct kit_test *test)
{
	struct {
		struct timer timer;
		struct kit_test *test;
		struct completion done;
	} *t = test_zalloc(test, sizeof(*t));

	TEST_ASSERT(test, t);
	t->test = test;
	timer_setup(&t->timer, from_an_interrupt);
	timer_arm(&t->timer, 1000);
	TEST_EXPECT_EQ(test, completion_wait(&t->done, 10000), 0);
	timer_cancel(&t->timer);
}

static void refuses_nonsense(struct kit_test *test)
{
	static const struct test_case none[] = { { .size = 3, .name = "none", .run = is_skipped } };
	static const struct test_suite bad = TEST_SUITE("bad", none),
				       unnamed = TEST_SUITE("a/b", none),
				       empty = { .size = sizeof(empty), .name = "e" };

	TEST_EXPECT_EQ(test, test_suite_run(THIS_MODULE, &bad), -EINVAL);
	TEST_EXPECT_EQ(test, test_suite_run(THIS_MODULE, &unnamed), -EINVAL);
	TEST_EXPECT_EQ(test, test_suite_run(THIS_MODULE, &empty), -EINVAL);
}

static const struct test_case cases[] = {
	TEST_CASE(number_is_wrong), TEST_CASE(text_is_wrong), TEST_CASE(assertion_ends_it),
	TEST_CASE(is_skipped),	    TEST_CASE(fails_often),   TEST_CASE(set_up_fails),
};
static const struct test_case more[] = { TEST_CASE(fails_elsewhere), TEST_CASE(refuses_nonsense) };

static int __init broken_init(void)
{
	static const struct test_suite suite = {
		.size = sizeof(suite),
		.nr_cases = ARRAY_SIZE(cases),
		.name = "broken",
		.cases = cases,
		.set_up = set_up,
		.tear_down = tear_down,
	};
	static const struct test_suite second = TEST_SUITE("more", more);

	if (test_suite_run(THIS_MODULE, &suite) != 5 || test_suite_run(THIS_MODULE, &second) != 1)
		return -EIO;
	return test_suite_run(THIS_MODULE, &suite) == -EEXIST ? 0 : -EIO;
}

static void broken_exit(void)
{
}

module_init(broken_init);
module_exit(broken_exit);
