/* SPDX-License-Identifier: MIT */
/* Suites of kit/test.h on the host: each expectation is one of the test that loads the module. */
#include <kit/memory.h>
#include <kit/test.h>
#include "internal.h"

struct action {
	struct list_head node;
	void (*call)(void *data);
	void *data;
};

struct kit_test {
	const char *suite, *name;
	u32 failures;
	void *data;
	struct list_head actions; /* the newest first */
};

static void run_actions(struct kit_test *test)
{
	while (!list_empty(&test->actions)) {
		struct action *action = list_first_entry(&test->actions, struct action, node);

		list_del(&action->node);
		action->call(action->data);
		host_free(action);
	}
}

static u32 run_case(const struct test_suite *suite, const struct test_case *c)
{
	struct kit_test test = { .suite = suite->name, .name = c->name };
	int error;

	INIT_LIST_HEAD(&test.actions);
	error = suite->set_up ? suite->set_up(&test) : 0;
	if (test_expect_equal(&test, error, 0, c->name, "set_up")) {
		c->run(&test);
		if (suite->tear_down)
			suite->tear_down(&test);
	}
	run_actions(&test);
	note("%s %s.%s", test.failures ? "failed:" : "passed:", suite->name, c->name);
	return test.failures ? 1 : 0;
}

int test_suite_run(struct module *owner, const struct test_suite *suite)
{
	u32 failed = 0;

	enter_call("test_suite_run", true);
	if (!owner || suite->size < sizeof(*suite) || !suite->name || !suite->nr_cases)
		return -EINVAL;
	if (fault("test_suite_run"))
		return -ENOMEM;
	for (u32 i = 0; i < suite->nr_cases; i++)
		failed += run_case(suite, &suite->cases[i]);
	return (int)failed;
}

bool test_expect(struct kit_test *test, bool condition, const char *where, const char *text)
{
	if (!condition) {
		test->failures++;
		complain("%s: %s.%s: expected %s", where, test->suite, test->name, text);
	}
	return condition;
}

bool test_expect_equal(struct kit_test *test, s64 a, s64 b, const char *where, const char *text)
{
	if (a != b)
		note("%s: %lld and %lld", where, (long long)a, (long long)b);
	return test_expect(test, a == b, where, text);
}

bool test_expect_same_text(struct kit_test *test, const char *a, const char *b, const char *where,
			   const char *text)
{
	return test_expect(test, a == b || (a && b && !strcmp(a, b)), where, text);
}

void test_skip(struct kit_test *test, const char *reason) { note("skipped: %s.%s: %s", test->suite, test->name, reason); }
void test_note(struct kit_test *test, const char *text) { note("%s.%s: %s", test->suite, test->name, text); }

int test_add_action(struct kit_test *test, void (*call)(void *data), void *data)
{
	struct action *action;

	enter_call("test_add_action", true);
	if (fault("test_add_action")) {
		call(data);
		return -ENOMEM;
	}
	action = host_alloc(sizeof(*action));
	action->call = call;
	action->data = data;
	list_add(&action->node, &test->actions);
	return 0;
}

static void free_memory(void *p) { kfree(p); }

void *test_zalloc(struct kit_test *test, size_t size)
{
	void *p = kzalloc(size);

	return p && !test_add_action(test, free_memory, p) ? p : NULL;
}

void test_set_data(struct kit_test *test, void *data) { test->data = data; }
void *test_data(const struct kit_test *test) { return test->data; }
