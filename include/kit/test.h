/* SPDX-License-Identifier: MIT */
/*
 * Kit: tests of modules, which run in the kernel and, unchanged, on the host with the fake kit.
 *
 *	static void keeps_order(struct kit_test *test)
 *	{
 *		struct ring *ring = test_zalloc(test, sizeof(*ring));
 *
 *		TEST_ASSERT(test, ring);
 *		TEST_EXPECT_EQ(test, ring_take(ring), -EAGAIN);
 *	}
 *	static const struct test_case cases[] = { TEST_CASE(keeps_order) };
 *	module_test_suite("ring", cases);
 *
 * That is a module: loading it runs the cases, one after the other, and prints KTAP in the log; /sys/kernel/kit/tests/SUITE/results has it until
 * the module goes. It loads whatever comes out. Put it into NAME_test.c beside the code and link it with the parts that it tests:
 *
 *	obj-m += ring_test.o
 *	ring_test-y := ring.o ring_cases_test.o
 *
 * A case runs in a thread, may sleep and start timers and work. Expectations may be checked in any context but NMI, until the case returns.
 *
 * State: draft.
 */
#ifndef KIT_TEST_H
#define KIT_TEST_H

#include <kit/abi.h>
#include <kit/errno.h>
#include <kit/module.h>
#include <kit/types.h>

struct kit_test; /* opaque: a case that runs */

struct test_case {
	u32 size; /* sizeof(struct test_case): the stride of the table */
	struct kit_marker kit_0_9;
	u32 reserved;
	const char *name; /* like a function's */
	void (*run)(struct kit_test *test);
};

struct test_suite {
	u32 size; /* sizeof(struct test_suite) */
	struct kit_marker kit_0_9;
	u32 nr_cases;
	const char *name; /* like a function's; one suite of that name at a time */
	const struct test_case *cases;
	/* before each case: an error fails the case, which then does not run; may be NULL */
	int (*set_up)(struct kit_test *test);
	void (*tear_down)(struct kit_test *test); /* after each case that ran; may be NULL */
};

/*
 * Runs a suite and keeps its results until the module goes. The number of cases that failed, or -EINVAL, -EEXIST (a suite of that name), -ENOMEM, -E2BIG.
 * From init or a work item; sleeps. Since 0.9.
 */
int test_suite_run(struct module *owner, const struct test_suite *suite)
	KIT_SYMBOL(test_suite_run) __must_check;

/*
 * What the macros below stand for: fails the case when the condition does not hold. where is "FILE:LINE", text the condition in words. The
 * condition. Any context but NMI. Since 0.9.
 */
bool test_expect(struct kit_test *test, bool condition, const char *where, const char *text)
	KIT_SYMBOL(test_expect);
/* The same for two equal numbers, which are shown when they differ. Any context but NMI. Since 0.9. */
bool test_expect_equal(struct kit_test *test, s64 a, s64 b, const char *where, const char *text)
	KIT_SYMBOL(test_expect_equal);
/* The same for two equal texts. NULL equals NULL. Any context but NMI. Since 0.9. */
bool test_expect_same_text(struct kit_test *test, const char *a, const char *b, const char *where,
			   const char *text) KIT_SYMBOL(test_expect_same_text);
/* The case is counted as skipped, for that reason (text, which stays where it is), unless it fails. Any context but NMI. Since 0.9. */
void test_skip(struct kit_test *test, const char *reason) KIT_SYMBOL(test_skip);
/* A line beside the results: text of at most 200 characters. Any context but NMI. Since 0.9. */
void test_note(struct kit_test *test, const char *text) KIT_SYMBOL(test_note);

/* Zeroed memory of size bytes, the case's: freed after tear_down. NULL: there is none. May sleep. Since 0.9. */
void *test_zalloc(struct kit_test *test, size_t size) KIT_SYMBOL(test_zalloc) __must_check;
/*
 * Calls action(data) after tear_down, the newest first. 0, or -ENOMEM: then it was called at once. May sleep. Since 0.9.
 */
int test_add_action(struct kit_test *test, void (*action)(void *data), void *data)
	KIT_SYMBOL(test_add_action) __must_check;
/* A pointer of the suite's own, from set_up to the case: it stays the suite's. Any context. Since 0.9. */
void test_set_data(struct kit_test *test, void *data) KIT_SYMBOL(test_set_data);
/* That pointer; NULL in each case until it is set. Any context. Since 0.9. */
void *test_data(const struct kit_test *test) KIT_SYMBOL(test_data);

#define TEST_TEXT_(x)	#x
#define TEST_TEXT(x)	TEST_TEXT_(x)
#define TEST_WHERE	__FILE__ ":" TEST_TEXT(__LINE__)

#define TEST_EXPECT(test, condition)	test_expect(test, condition, TEST_WHERE, #condition)
#define TEST_EXPECT_EQ(test, a, b)	test_expect_equal(test, (s64)(a), (s64)(b), TEST_WHERE, #a " == " #b)
#define TEST_EXPECT_TEXT(test, a, b)	test_expect_same_text(test, a, b, TEST_WHERE, #a " is " #b)
#define TEST_FAIL(test, text)		test_expect(test, false, TEST_WHERE, text)
/* These leave the function that they stand in. */
#define TEST_ASSERT(test, condition)	do { if (!TEST_EXPECT(test, condition)) return; } while (0)
#define TEST_ASSERT_EQ(test, a, b)	do { if (!TEST_EXPECT_EQ(test, a, b)) return; } while (0)

#define TEST_CASE(function)	{ .size = sizeof(struct test_case), .name = #function, .run = (function) }
#define TEST_SUITE(suite_name, table) { \
	.size = sizeof(struct test_suite), .nr_cases = sizeof(table) / sizeof((table)[0]), .name = (suite_name), .cases = (table) }

/* init and exit of a module that is one suite. */
#define module_test_suite(suite_name, table)						\
	static const struct test_suite kit_test_suite = TEST_SUITE(suite_name, table);	\
	static int __init kit_test_init(void)						\
	{										\
		int result = test_suite_run(THIS_MODULE, &kit_test_suite);		\
											\
		return result < 0 ? result : 0;						\
	}										\
	static void kit_test_exit(void) { }						\
	module_init(kit_test_init);							\
	module_exit(kit_test_exit)

KIT_HEADER_PLAIN(test, 1);

#endif
