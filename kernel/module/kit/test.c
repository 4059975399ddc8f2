// SPDX-License-Identifier: MIT
/*
 * Kit: tests of modules (kit/test.h). The lines of a suite go to the log as they come, and into a
 * text that /sys/kernel/kit/tests/SUITE/results shows until the module goes.
 *
 * Locking: the text belongs to the thread that runs the suite, but for notes and complaints, which
 * any context may write: text_lock. Its room is made before a case begins; what a case writes
 * beyond that is only in the log.
 */
#include "kit.h"

#include <drivers/device.h>
#include <kernel/atomic.h>
#include <kernel/log.h>
#include <kernel/spinlock.h>
#include <kernel/time.h>
#include <kit/test.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>

#include "../internal.h"

#define ROOM_OF_CASE	2048u		/* bytes of text */
#define MAX_COMPLAINTS	10		/* a case that fails in a loop shall not drown the others */

struct report {
	struct owned_resource resource;
	sysfs_dir_t *dir;
	spinlock_t text_lock;
	char *text;	     /* text_lock */
	size_t length, room; /* text_lock */
};

struct action {
	struct list_head node;
	void (*call)(void *data);
	void *data;
};

struct kit_test {
	struct report *report;
	atomic_t failures;
	const char *skip_reason;
	void *data;
	struct mutex actions_lock;
	struct list_head actions; /* actions_lock; the newest first */
};

static sysfs_dir_t *tests_dir;
static DEFINE_MUTEX(tests_dir_lock);

static void say(struct report *report, const char *fmt, ...) __printf(2, 3);
static void say(struct report *report, const char *fmt, ...)
{
	unsigned long flags;
	char line[320];
	va_list args;
	size_t n;

	va_start(args, fmt);
	n = vscnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	pr_notice("%s\n", line);
	spin_lock_irqsave(&report->text_lock, flags);
	if (report->length + n + 1 <= report->room) {
		memcpy(report->text + report->length, line, n);
		report->length += n;
		report->text[report->length++] = '\n';
	}
	spin_unlock_irqrestore(&report->text_lock, flags);
}

static ssize_t results_read(void *object, const struct sysfs_bin_attribute *attr, char *buf,
			    loff_t pos, size_t count)
{
	struct report *report = object;
	size_t n = 0;

	spin_lock_irq(&report->text_lock);
	if (pos < (loff_t)report->length) {
		n = min(count, report->length - (size_t)pos);
		memcpy(buf, report->text + pos, n);
	}
	spin_unlock_irq(&report->text_lock);
	return n;
}

static const struct sysfs_bin_attribute results_attribute = { .name = "results", .mode = 0444, .read = results_read };

static void report_free(struct report *report)
{
	sysfs_remove(report->dir);
	kfree(report->text);
	kfree(report);
}

static void release_report(struct owned_resource *resource)
{
	report_free(container_of(resource, struct report, resource));
}

/* The folder of all suites; made by the first. */
static sysfs_dir_t *get_tests_dir(void)
{
	mutex_lock(&tests_dir_lock);
	if (!tests_dir) {
		sysfs_dir_t *dir = sysfs_create_dir(sysfs_kit, "tests", NULL);

		tests_dir = IS_ERR(dir) ? NULL : dir;
	}
	mutex_unlock(&tests_dir_lock);
	return tests_dir;
}

static struct report *report_create(const struct test_suite *suite)
{
	struct report *report = kzalloc(sizeof(*report), GFP_KERNEL);
	sysfs_dir_t *parent = get_tests_dir();
	int error = -ENOMEM;

	if (!report || !parent)
		goto free;
	spin_lock_init(&report->text_lock, LOCK_RANK_CLASS);
	report->resource.release = release_report;
	report->resource.what = "results of tests";
	report->room = 256 + (size_t)suite->nr_cases * ROOM_OF_CASE;
	report->text = kmalloc(report->room, GFP_KERNEL);
	if (!report->text)
		goto free;
	report->dir = sysfs_create_dir(parent, suite->name, report);
	if (IS_ERR(report->dir)) {
		error = PTR_ERR(report->dir);
		report->dir = NULL;
		goto free;
	}
	error = sysfs_create_bin_file(report->dir, &results_attribute);
	if (!error)
		return report;
free:
	if (report)
		report_free(report);
	return ERR_PTR(error);
}

/* ---- One case ---- */

static struct action *take_action(struct kit_test *test)
{
	struct action *action;

	mutex_lock(&test->actions_lock);
	action = list_first_entry_or_null(&test->actions, struct action, node);
	if (action)
		list_del(&action->node);
	mutex_unlock(&test->actions_lock);
	return action;
}

static void run_actions(struct kit_test *test)
{
	struct action *action;

	while ((action = take_action(test))) {
		action->call(action->data);
		kfree(action);
	}
}

static bool run_case(struct report *report, const struct test_suite *suite,
		     const struct test_case *test_case, u32 number)
{
	struct kit_test test = { .report = report };
	u64 start = ktime_get_ns();
	int error;
	bool ok;

	INIT_LIST_HEAD(&test.actions);
	mutex_init(&test.actions_lock);
	error = suite->set_up ? suite->set_up(&test) : 0;
	if (error) {
		test_expect_equal(&test, error, 0, suite->name, "set_up == 0");
	} else {
		test_case->run(&test);
		if (suite->tear_down)
			suite->tear_down(&test);
	}
	run_actions(&test);
	ok = !atomic_read(&test.failures);
	if (ok && test.skip_reason)
		say(report, "    ok %u %s # SKIP %s", number, test_case->name, test.skip_reason);
	else
		say(report, "    %s %u %s # %llu ms", ok ? "ok" : "not ok", number, test_case->name,
		    (ktime_get_ns() - start) / NSEC_PER_MSEC);
	return ok;
}

static bool is_name(const char *name)
{
	return name && *name && strlen(name) <= KIT_NAME_MAX && !strpbrk(name, "/ \n#");
}

/* What the module handed over, as this kernel knows it; cases is a copy, to be freed. 0, -EINVAL, -E2BIG, -ENOMEM. */
static int take_suite(struct test_suite *suite, const struct test_suite *from,
		      struct test_case **cases)
{
	int error = KIT_COPY("test_suite", suite, from, tear_down);

	*cases = NULL;
	if (error)
		return error;
	if (!is_name(suite->name) || !suite->nr_cases || suite->nr_cases > 1000 || !suite->cases)
		return -EINVAL;
	*cases = kvmalloc(suite->nr_cases * sizeof(**cases), GFP_KERNEL);
	if (!*cases)
		return -ENOMEM;
	error = KIT_COPY_TABLE("test_case", *cases, suite->cases, suite->nr_cases, run);
	for (u32 i = 0; !error && i < suite->nr_cases; i++)
		if (!is_name((*cases)[i].name) || !(*cases)[i].run)
			error = -EINVAL;
	return error;
}

static int run_suite(struct module *owner, const struct test_suite *suite,
		     const struct test_case *cases)
{
	struct report *report = report_create(suite);
	int failed = 0;

	if (IS_ERR(report))
		return PTR_ERR(report);
	resource_add(module_resources(owner), &report->resource);
	say(report, "KTAP version 1");
	say(report, "1..1");
	say(report, "    KTAP version 1");
	say(report, "    1..%u", suite->nr_cases);
	for (u32 i = 0; i < suite->nr_cases; i++)
		failed += !run_case(report, suite, &cases[i], i + 1);
	say(report, "%s 1 %s # %u passed, %d failed", failed ? "not ok" : "ok", suite->name,
	    suite->nr_cases - failed, failed);
	return failed;
}

int test_suite_run(struct module *owner, const struct test_suite *suite)
{
	struct test_suite copy;
	struct test_case *cases;
	int result;

	might_sleep();
	if (!owner)
		return -EINVAL;
	result = take_suite(&copy, suite, &cases);
	if (!result)
		result = run_suite(owner, &copy, cases);
	kvfree(cases);
	return result;
}

/* ---- What cases call ---- */

static bool may_complain(struct kit_test *test)
{
	return atomic_inc_return(&test->failures) <= MAX_COMPLAINTS;
}

bool test_expect(struct kit_test *test, bool condition, const char *where, const char *text)
{
	if (!condition && may_complain(test))
		say(test->report, "    # %s: expected %s", where, text);
	return condition;
}

bool test_expect_equal(struct kit_test *test, s64 a, s64 b, const char *where, const char *text)
{
	if (a != b && may_complain(test))
		say(test->report, "    # %s: expected %s; they are %lld and %lld (%#llx and %#llx)",
		    where, text, (long long)a, (long long)b, (unsigned long long)a,
		    (unsigned long long)b);
	return a == b;
}

bool test_expect_same_text(struct kit_test *test, const char *a, const char *b, const char *where,
			   const char *text)
{
	bool same = a == b || (a && b && !strcmp(a, b));

	if (!same && may_complain(test))
		say(test->report, "    # %s: expected %s; they are \"%s\" and \"%s\"", where, text,
		    a ?: "NULL", b ?: "NULL");
	return same;
}

void test_skip(struct kit_test *test, const char *reason)
{
	WRITE_ONCE(test->skip_reason, reason);
}

void test_note(struct kit_test *test, const char *text)
{
	say(test->report, "    # %.200s", text);
}

int test_add_action(struct kit_test *test, void (*call)(void *data), void *data)
{
	struct action *action = kmalloc(sizeof(*action), GFP_KERNEL);

	if (!action) {
		call(data);
		return -ENOMEM;
	}
	action->call = call;
	action->data = data;
	mutex_lock(&test->actions_lock);
	list_add(&action->node, &test->actions);
	mutex_unlock(&test->actions_lock);
	return 0;
}

static void free_memory(void *p)
{
	kfree(p);
}

void *test_zalloc(struct kit_test *test, size_t size)
{
	void *p = kzalloc(size, GFP_KERNEL);

	return p && !test_add_action(test, free_memory, p) ? p : NULL;
}

void test_set_data(struct kit_test *test, void *data)
{
	test->data = data;
}

void *test_data(const struct kit_test *test)
{
	return test->data;
}

EXPORT_KIT(test_suite_run, 0, 9);
EXPORT_KIT(test_expect, 0, 9);
EXPORT_KIT(test_expect_equal, 0, 9);
EXPORT_KIT(test_expect_same_text, 0, 9);
EXPORT_KIT(test_skip, 0, 9);
EXPORT_KIT(test_note, 0, 9);
EXPORT_KIT(test_zalloc, 0, 9);
EXPORT_KIT(test_add_action, 0, 9);
EXPORT_KIT(test_set_data, 0, 9);
EXPORT_KIT(test_data, 0, 9);
