/* SPDX-License-Identifier: MIT */
/*
 * Runs the tests inside the kernel and writes KTAP to the log. Use: kernel/ktest.h.
 *
 *	KTAP version 1
 *	1..N
 *	ok 1 suite.case
 *	not ok 2 suite.case
 *	ok 3 suite.case # SKIP reason
 *
 * What a case says stands in front of its line, as comments. After the last one the machine is
 * switched off.
 */
#include <arch/stop.h>
#include <kernel/acpi.h>
#include <kernel/atomic.h>
#include <kernel/init.h>
#include <kernel/ktest.h>
#include <kernel/log.h>
#include <kernel/spinlock.h>
#include <kernel/time.h>
#include <lib/glob.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/leak.h>

static const struct ktest_case cases_start[0] __used __section(".rodata.ktab_ktest.0") __aligned(8);
static const struct ktest_case cases_end[0] __used __section(".rodata.ktab_ktest.9") __aligned(8);

static const char *wanted; /* the argument of ktest=; NULL: no tests are asked for */

/* Of the case that runs; written by any of its threads. */
static atomic_t nr_failed_checks;
static const char *skip_reason;
#define MAX_REPORTS	10		/* a case that fails in a loop shall not drown the others */

static int ktest_param(const char *value)
{
	wanted = value;
	return 0;
}
BOOT_PARAM("ktest", ktest_param);

static unsigned int torture_ms = 200;

static int torture_param(const char *value)
{
	return kstrtouint(value, 0, &torture_ms);
}
BOOT_PARAM("ktest.torture", torture_param);

u64 ktest_torture_ns(void)
{
	return torture_ms * NSEC_PER_MSEC;
}

void ktest_fail(const char *file, int line, const char *fmt, ...)
{
	char text[200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (atomic_inc_return(&nr_failed_checks) <= MAX_REPORTS)
		pr_err("# %s:%d: %s\n", file, line, text);
}

void ktest_skip(const char *reason)
{
	WRITE_ONCE(skip_reason, reason);
}

void ktest_note(const char *fmt, ...)
{
	char text[200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	pr_notice("# %s\n", text);
}

/* ---- choosing ---- */

static void full_name(const struct ktest_case *test, char *name, size_t size)
{
	snprintf(name, size, "%s.%s", test->suite, test->name);
}

/* Patterns are separated by commas; one without a dot is a whole suite. */
static bool is_wanted(const struct ktest_case *test)
{
	const char *at = wanted;
	char name[100], pattern[100];

	full_name(test, name, sizeof(name));
	do {
		const char *end = strchrnul(at, ',');

		snprintf(pattern, sizeof(pattern), "%.*s", (int)(end - at), at);
		if (!*pattern || glob_match(pattern, name) || glob_match(pattern, test->suite))
			return true;
		at = end + 1;
	} while (at[-1]);
	return false;
}

/* ---- running ---- */

static bool run_case(const struct ktest_case *test, unsigned int number)
{
	u64 start = ktime_get_ns();
	bool locks_were_fine = !lock_debug_failed();
	char name[100];
	bool ok;

	atomic_set(&nr_failed_checks, 0);
	skip_reason = NULL;
	full_name(test, name, sizeof(name));
	test->run();
	ktest_move_freely();
	if (locks_were_fine && lock_debug_failed())
		KTEST_FAIL("the lock checker has found something");
	ok = !atomic_read(&nr_failed_checks);
	if (ok && skip_reason)
		pr_notice("ok %u %s # SKIP %s\n", number, name, skip_reason);
	else
		pr_notice("%s %u %s # %llu ms\n", ok ? "ok" : "not ok", number, name,
			  (ktime_get_ns() - start) / NSEC_PER_MSEC);
	return ok;
}

static unsigned int count_cases(void)
{
	unsigned int count = 0;

	/* lint: comparePointers: the linker's bounds of one area */
	for (const struct ktest_case *test = cases_start; test < cases_end; test++)
		count += is_wanted(test);
	return count;
}

static void run_all(void)
{
	unsigned int number = 0, failed = 0;

	pr_notice("KTAP version 1\n");
	pr_notice("1..%u\n", count_cases());
	/* lint: comparePointers: the linker's bounds of one area */
	for (const struct ktest_case *test = cases_start; test < cases_end; test++)
		if (is_wanted(test))
			failed += !run_case(test, ++number);
	pr_notice("# %u passed, %u failed\n", number - failed, failed);
}

/* What the tests, or what they have tested, left behind: a report in the log. Nobody else is at work. */
static void look_for_leaks(void)
{
	if (leak_scan_now(0))
		pr_err("no leak scan: no memory\n");
}

void ktest_run_if_asked(void)
{
	if (!wanted)
		return;
	run_all();
	look_for_leaks();
	console_flush();
	acpi_power_off();
	arch_reboot();
}
