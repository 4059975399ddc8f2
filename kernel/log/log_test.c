/* SPDX-License-Identifier: MIT */
/* The ring, the records, the reports. Debug-level records: consoles do not show them. */
#include <arch/safe_read.h>
#include <kernel/backtrace.h>
#include <kernel/bug.h>
#include <kernel/kallsyms.h>
#include <kernel/ktest.h>
#include <kernel/log.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <lib/err.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>

KTEST_SUITE("log");

static char text[LOG_TEXT_MAX + 1];

/* The first from seq on whose text begins so: others may log too. Into record and text. */
static bool read_mine(u64 seq, struct log_record *record, const char *beginning)
{
	for (; log_read(seq, record, text); seq = record->seq + 1)
		if (strstarts(text, beginning))
			return true;
	return false;
}

KTEST_CASE(a_record_comes_back_whole)
{
	u64 seq = log_next();
	struct log_record record;

	printk(KERN_DEBUG "number %d and a newline\n", 42);
	KTEST_ASSERT(read_mine(seq, &record, "number"));
	/* lint: uninitvar: log_read() sets it */
	KTEST_EXPECT_EQ(record.level, LOG_LEVEL_DEBUG);
	KTEST_EXPECT_EQ(record.facility, LOG_FACILITY_KERNEL);
	KTEST_EXPECT(record.seq >= seq);
	KTEST_EXPECT(!strcmp(text, "number 42 and a newline"));
	KTEST_EXPECT_EQ(record.length, strlen(text));
}

KTEST_CASE(the_level_may_come_as_an_argument)
{
	u64 seq = log_next();
	struct log_record record;

	printk("%stext", KERN_DEBUG);
	KTEST_ASSERT(read_mine(seq, &record, "text"));
	/* lint: uninitvar: log_read() sets it */
	KTEST_EXPECT_EQ(record.level, LOG_LEVEL_DEBUG);
	KTEST_EXPECT(!strcmp(text, "text"));
}

KTEST_CASE(long_text_is_cut)
{
	u64 seq = log_next();
	struct log_record record;
	char *long_text = kmalloc(3 * LOG_TEXT_MAX, GFP_KERNEL);

	KTEST_ASSERT(long_text);
	memset(long_text, 'x', 3 * LOG_TEXT_MAX);
	long_text[3 * LOG_TEXT_MAX - 1] = 0;
	pr_debug("%s", long_text);
	kfree(long_text);
	KTEST_ASSERT(read_mine(seq, &record, "xxx"));
	KTEST_EXPECT(record.length <= LOG_TEXT_MAX && record.length >= LOG_TEXT_MAX - 2);
}

KTEST_CASE(user_records_keep_their_facility)
{
	u64 seq = log_next();
	struct log_record record;

	log_store(3, LOG_LEVEL_DEBUG, "from a program\n", 15);
	KTEST_ASSERT(read_mine(seq, &record, "from"));
	/* lint: uninitvar: log_read() sets it */
	KTEST_EXPECT_EQ(record.facility, 3);
	KTEST_EXPECT(!strcmp(text, "from a program"));
}

#define RECORDS	4000u
#define LEAD	64u

static unsigned int written[2];

/*
 * Two writers, more than the ring holds: a reader sees rising numbers and whole texts. A CPU may stand still in the middle of a record: none gets far ahead
 * of the other, since a lap of the ring meanwhile is more than ring.c promises.
 */
static int writer(void *arg)
{
	long me = (long)arg;

	for (unsigned int i = 0; i < RECORDS; i++) {
		pr_debug("writer %lu says %u, %u, %u", me, i, i * 3, i * 7);
		WRITE_ONCE(written[me], i + 1);
		while (i + 1 >= READ_ONCE(written[!me]) + LEAD)
			msleep(1);
	}
	while (!kthread_should_stop())
		msleep(1);
	return 0;
}

static bool is_whole(void)
{
	unsigned long n, i;
	char expected[80], *rest;

	if (!strstarts(text, "writer "))
		return true;
	n = simple_strtoul(text + 7, &rest, 10);
	i = simple_strtoul(rest + 6, NULL, 10);
	snprintf(expected, sizeof(expected), "writer %lu says %lu, %lu, %lu", n, i, i * 3, i * 7);
	return !strcmp(text, expected);
}

KTEST_CASE(the_ring_survives_a_flood)
{
	struct thread *writers[2];
	u64 seq = log_next(), end;
	unsigned int nr = 0;
	int level = console_loglevel;

	/* Not on the consoles: an emulated serial port whose reader is slow drops bytes, results of tests among them. */
	console_loglevel = LOG_LEVEL_DEBUG;
	for (long i = 0; i < 2; i++) {
		written[i] = 0;
		writers[i] = kthread_create(writer, (void *)i, "ktest-writer");
		KTEST_ASSERT(!IS_ERR(writers[i]));
	}
	for (int i = 0; i < 2; i++)
		wake_up_thread(writers[i]);
	do {
		struct log_record record;

		/* Others may log too. */
		end = READ_ONCE(written[0]) + READ_ONCE(written[1]) < 2 * RECORDS ? ~0ull
										  : log_next();

		if (!log_read(seq, &record, text)) {
			msleep(1);
			continue;
		}
		KTEST_EXPECT(record.seq >= seq);
		KTEST_EXPECT(is_whole());
		seq = record.seq + 1;
		nr++;
	} while (seq < end);
	for (int i = 0; i < 2; i++)
		kthread_stop(writers[i]);
	KTEST_EXPECT(log_oldest() > 0);
	ktest_note("%u of %u records read", nr, 2 * RECORDS);
	console_loglevel = level;
}

KTEST_CASE(symbols_have_names)
{
	char name[64];

	snprintf(name, sizeof(name), "%ps", (void *)printk);
	KTEST_EXPECT(!strcmp(name, "printk"));
	snprintf(name, sizeof(name), "%pS", (void *)((unsigned long)printk + 1));
	KTEST_EXPECT(strstarts(name, "printk+0x1/0x"));
}

static noinline size_t innermost(unsigned long *addresses, size_t max)
{
	size_t nr = backtrace_save(NULL, addresses, max);

	barrier();
	return nr;
}

KTEST_CASE(a_backtrace_names_its_callers)
{
	unsigned long addresses[16];
	size_t nr = innermost(addresses, ARRAY_SIZE(addresses));
	char name[64];

	KTEST_ASSERT(nr >= 3);
	snprintf(name, sizeof(name), "%ps", (void *)(addresses[0] - 1));
	if (!strcmp(name, "backtrace_save"))
		snprintf(name, sizeof(name), "%ps", (void *)(addresses[1] - 1));
	KTEST_EXPECT(strstarts(name, "innermost"));
}

KTEST_CASE(safe_read_stops_at_what_is_not_mapped)
{
	char buffer[16];

	KTEST_EXPECT_EQ(safe_read(buffer, text, 16), 16);
	KTEST_EXPECT_EQ(safe_read(buffer, (void *)0x1000, 16), 0);
	KTEST_EXPECT_EQ(safe_read(buffer, (void *)0xffffffffffffefff, 16), 0);
}

KTEST_CASE(rate_limits_let_a_burst_through)
{
	DEFINE_RATELIMIT(limit, 3600000, 3);
	int passed = 0;

	for (int i = 0; i < 10; i++)
		passed += ratelimit_ok(&limit, "test");
	KTEST_EXPECT_EQ(passed, 3);
	KTEST_EXPECT_EQ(limit.missed, 7);
}
