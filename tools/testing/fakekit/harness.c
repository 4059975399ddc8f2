/* SPDX-License-Identifier: MIT */
/*
 * Runs the tests, each in a process of its own, and prints TAP. A test with faults runs again and again with one more call let through each
 * time; it passes when all its runs do.
 *
 *	test [--list] [NAME[:N]...]		NAME alone, or only its run with the N-th fault
 */
#include <kit/memory.h>
#include "internal.h"

#define MOST_FAULTS	3000
#define MOST_EXPECTED	8

enum { PASSED = 0, FAILED = 1, NO_FAULT_LEFT = 2 };

struct run { struct fake_test *test; u32 fault_at; };

static struct fake_test *tests, **tests_end = &tests;
static bool failed;
static u32 calls_until_fault;
static const char *fault_name;
static struct { const char *part; bool came; } expected[MOST_EXPECTED];
static u32 nr_expected;

void fake_test_add(struct fake_test *test)
{
	*tests_end = test;
	tests_end = &test->next;
}

static void print(const char *format, ...) __printf(1, 2);
static void print(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	host_format(line, sizeof(line), format, args);
	va_end(args);
	host_print(line);
}

void note(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	host_format(line, sizeof(line), format, args);
	va_end(args);
	print("# %s\n", line);
}

void fake_fail(const char *file, int line, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	host_format(text, sizeof(text), format, args);
	va_end(args);
	print("# %s:%d: %s\n", file, line, text);
	failed = true;
}

static bool contains(const char *text, const char *part)
{
	size_t n = strlen(part);

	for (; *text; text++)
		if (!strncmp(text, part, n))
			return true;
	return !n;
}

void complain(const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	host_format(text, sizeof(text), format, args);
	va_end(args);
	for (u32 i = 0; i < nr_expected; i++) {
		if (contains(text, expected[i].part)) {
			expected[i].came = true;
			return;
		}
	}
	print("# contract: %s\n", text);
	failed = true;
}

void fake_expect_complaint(const char *part)
{
	if (nr_expected < MOST_EXPECTED)
		expected[nr_expected++].part = part;
	else
		complain("too many expected complaints");
}

bool fault(const char *call)
{
	if (!calls_until_fault || --calls_until_fault)
		return false;
	fault_name = call;
	return true;
}

const char *fake_fault(void) { return fault_name; }
void fake_fail_call(u32 n) { calls_until_fault = n; }

/* What is left counts as left over whatever the test did: it has had its time. */
static void look_for_left_overs(void)
{
	if (module_is_loaded())
		fake_unload();
	if (left_over_work() | left_over_classes() | left_over_memory())
		complain("the module left something over");
}

static int run_one(void *argument)
{
	struct run *run = argument;

	sched_start();
	calls_until_fault = run->fault_at;
	run->test->run();
	calls_until_fault = 0;
	look_for_left_overs();
	for (u32 i = 0; i < nr_expected; i++)
		if (!expected[i].came)
			fake_fail(run->test->name, 0, "the complaint \"%s\" did not come",
				  expected[i].part);
	if (failed && fault_name)
		note("fault %u was in %s", run->fault_at, fault_name);
	if (failed)
		return FAILED;
	return run->fault_at && !fault_name ? NO_FAULT_LEFT : PASSED;
}

/*
 * The usual order of threads takes every fault, or every FAKE_STRIDE-th; another one every fifth of those, but for the first
 * ones.
 */
static u32 stride(u32 fault_at)
{
	const char *seed = host_variable("FAKE_SEED"), *words = host_variable("FAKE_STRIDE");
	u32 n = words ? (u32)host_number(words) : 1;

	if (fault_at <= 20)
		return 1;
	return (n ? n : 1) * (seed && host_number(seed) ? 5 : 1);
}

static bool run_test(struct fake_test *test, u32 only)
{
	struct run run = { .test = test, .fault_at = only };
	int status = host_run(run_one, &run);

	if (status != PASSED) {
		print("# %s ended with status %d\n", test->name, status);
		return false;
	}
	if (!test->with_faults || only)
		return true;
	for (run.fault_at = 1; run.fault_at <= MOST_FAULTS; run.fault_at += stride(run.fault_at)) {
		status = host_run(run_one, &run);
		if (status == NO_FAULT_LEFT)
			break;
		if (status != PASSED) {
			print("# %s: the run with fault %u ended with status %d\n", test->name,
			      run.fault_at, status);
			return false;
		}
	}
	print("# %s: %u faults\n", test->name, run.fault_at - 1);
	return run.fault_at > 1 && run.fault_at <= MOST_FAULTS;
}

static bool is_wanted(const char *name, char **words, u32 *only)
{
	size_t n = strlen(name);

	*only = 0;
	if (!*words)
		return true;
	for (; *words; words++) {
		if (strncmp(*words, name, n) || ((*words)[n] && (*words)[n] != ':'))
			continue;
		*only = (*words)[n] ? (u32)host_number(*words + n + 1) : 0;
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	u32 count = 0, nr_failed = 0, only;

	for (struct fake_test *test = tests; test; test = test->next) {
		if (argc > 1 && !strcmp(argv[1], "--list")) {
			print("%s\n", test->name);
			continue;
		}
		if (!is_wanted(test->name, argv + 1, &only))
			continue;
		if (run_test(test, only)) {
			print("ok %u - %s\n", ++count, test->name);
		} else {
			print("not ok %u - %s\n", ++count, test->name);
			nr_failed++;
		}
	}
	if (count)
		print("1..%u\n", count);
	return nr_failed != 0;
}
