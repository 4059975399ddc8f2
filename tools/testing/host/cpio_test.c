/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/cpio.h>
#include <lib/errno.h>
#include <lib/kernel.h>
#include <lib/printf.h>
#include <lib/string.h>

KTEST_SUITE("cpio");

#define ARCHIVE_BYTES	20000

static char archive[ARCHIVE_BYTES];
static size_t archive_size;
static size_t trailer_end; /* the padding behind the trailer is not part of it */

/* What was read, written down as text. */
struct record {
	char text[8192];
	size_t len;
	int fail_at; /* the callback with this number fails; 0: none */
	int calls;
};

static int step(struct record *r)
{
	return ++r->calls == r->fail_at ? -EIO : 0;
}

static int on_entry(void *context, const struct cpio_entry *e)
{
	struct record *r = context;

	r->len += (size_t)scnprintf(r->text + r->len, sizeof(r->text) - r->len,
				    "%.20s:%o,%u.%u,%u:", e->name, e->mode, e->uid, e->gid,
				    e->size);
	return step(r);
}

static int on_data(void *context, const void *bytes, size_t count)
{
	struct record *r = context;

	KTEST_EXPECT(count > 0);
	r->len += (size_t)scnprintf(r->text + r->len, sizeof(r->text) - r->len, "%.*s", (int)count,
				    (const char *)bytes);
	return step(r);
}

static int on_end(void *context)
{
	struct record *r = context;

	r->len += (size_t)scnprintf(r->text + r->len, sizeof(r->text) - r->len, "|");
	return step(r);
}

static const struct cpio_ops ops = { on_entry, on_data, on_end };

static void add_padding(void)
{
	while (archive_size % 4)
		archive[archive_size++] = 0;
}

static void add_raw(const char *magic, u32 mode, const char *name, u32 name_size, const char *data,
		    u32 size, u32 check)
{
	archive_size += (size_t)snprintf(archive + archive_size, ARCHIVE_BYTES - archive_size,
					 "%s%08x%08X%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
					 magic, 1U, mode, 10U, 20U, 1U, 0x5f000000U, size, 0U, 0U,
					 0U, 0U, name_size, check);
	memcpy(archive + archive_size, name, name_size);
	archive_size += name_size;
	trailer_end = archive_size;
	add_padding();
	memcpy(archive + archive_size, data, size);
	archive_size += size;
	add_padding();
}

static void add(u32 mode, const char *name, const char *data)
{
	add_raw("070701", mode, name, (u32)strlen(name) + 1, data, (u32)strlen(data), 0);
}

static void make_archive(void)
{
	archive_size = 0;
	add(040755, "dir", "");
	add(0100644, "dir/file", "hello");
	add(0100600, "x", "four");
	add_raw("070702", 0100644, "sum", 4, "abc", 3, 'a' + 'b' + 'c');
	add(0120777, "link", "target");
	add(0, "TRAILER!!!", "");
}

static const char want[] = "dir:40755,10.20,0:|dir/file:100644,10.20,5:hello|x:100600,10.20,4:four|"
			   "sum:100644,10.20,3:abc|link:120777,10.20,6:target|";

/* Feeds a copy of exactly this size in pieces; returns the last result. */
static ssize_t read_pieces(struct record *r, size_t size, size_t piece, bool *done)
{
	static struct cpio_reader reader;
	char *copy = host_alloc(size);
	ssize_t got = 0;
	size_t at;

	memcpy(copy, archive, size);
	r->len = 0;
	r->calls = 0;
	r->text[0] = 0;
	cpio_init(&reader, &ops, r);
	for (at = 0; at < size; at += piece) {
		size_t n = min(piece, size - at);

		got = cpio_feed(&reader, copy + at, n);
		if (got != (ssize_t)n)
			break;
	}
	*done = cpio_is_done(&reader);
	host_free(copy);
	return got;
}

static struct record record;

KTEST_CASE(whole_and_in_pieces_of_every_size)
{
	bool done;

	make_archive();
	for (size_t piece = 1; piece <= archive_size; piece++) {
		ssize_t got = read_pieces(&record, archive_size, piece, &done);

		KTEST_EXPECT(got >= 0 && done);
		KTEST_ASSERT(!strcmp(record.text, want));
	}
}

KTEST_CASE(stops_behind_the_trailer)
{
	bool done;

	make_archive();
	memcpy(archive + archive_size, "\x1f\x8b more", 7);
	archive_size += 7;
	KTEST_EXPECT_EQ(read_pieces(&record, archive_size, archive_size, &done), trailer_end);
	KTEST_EXPECT(done && !strcmp(record.text, want));
}

KTEST_CASE(cut_archives_are_not_done)
{
	bool done;

	make_archive();
	for (size_t size = 0; size < trailer_end; size++) {
		KTEST_EXPECT(read_pieces(&record, size, size + 1, &done) >= 0);
		KTEST_EXPECT(!done);
		KTEST_EXPECT(!memcmp(record.text, want, record.len));
	}
}

KTEST_CASE(errors_of_callbacks_come_back)
{
	bool done;
	int calls;

	make_archive();
	record.fail_at = 0;
	read_pieces(&record, archive_size, archive_size, &done);
	calls = record.calls;
	for (record.fail_at = 1; record.fail_at <= calls; record.fail_at++) {
		KTEST_EXPECT_EQ(read_pieces(&record, archive_size, archive_size, &done), -EIO);
		KTEST_EXPECT_EQ(record.calls, record.fail_at);
	}
	record.fail_at = 0;
}

static void expect_damaged(void)
{
	bool done;

	KTEST_EXPECT_EQ(read_pieces(&record, archive_size, archive_size, &done), -EINVAL);
	KTEST_EXPECT(!done);
}

KTEST_CASE(damage_is_refused)
{
	static char long_name[CPIO_NAME_MAX + 2];

	memset(long_name, 'n', sizeof(long_name) - 1);
	archive_size = 0;
	add_raw("070707", 0, "a", 2, "", 0, 0);
	expect_damaged();
	archive_size = 0;
	add(0, "a", "");
	archive[20] = 'g';
	expect_damaged();
	archive_size = 0;
	add_raw("070701", 0, "", 1, "", 0, 0);
	expect_damaged();
	archive_size = 0;
	add_raw("070701", 0, "ab", 2, "", 0, 0);
	expect_damaged();
	archive_size = 0;
	add_raw("070701", 0, "a\0b", 4, "", 0, 0);
	expect_damaged();
	archive_size = 0;
	add_raw("070702", 0, "a", 2, "abc", 3, 7);
	expect_damaged();
	archive_size = 0;
	add_raw("070701", 0, long_name, CPIO_NAME_MAX + 2, "", 0, 0);
	expect_damaged();
	archive_size = 0;
	long_name[CPIO_NAME_MAX] = 0;
	add_raw("070701", 0, long_name, CPIO_NAME_MAX + 1, "", 0, 0);
	add(0, "TRAILER!!!", "");
	for (size_t piece = 1; piece < 300; piece += 37) {
		bool done;

		KTEST_EXPECT(read_pieces(&record, archive_size, piece, &done) >= 0);
		KTEST_EXPECT(done);
	}
}
