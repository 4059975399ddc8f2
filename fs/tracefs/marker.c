/* SPDX-License-Identifier: MIT */
/* trace_marker: what programs write there stands in the trace, among what the kernel did. */
#include "internal.h"

#include <fs/uio.h>
#include <lib/string.h>
#include <mm/slab.h>

#define PRINT_ID	5	/* Linux's number of such records */
#define MARKER_MAX	1024u

struct marker_record {
	struct trace_entry common;
	unsigned long ip;
	char buf[];
};

static const struct trace_field marker_fields[] = {
	{ "unsigned long", "ip", 8, 8, 0, false },
	{ "char", "buf", 16, 0, TRACE_FIELD_OPEN, true },
};

static void print_marker(struct trace_text *text, const void *record)
{
	const struct marker_record *r = record;

	trace_printf(text, "%.*s", (int)strlen(r->buf) - 1, r->buf);
}

static struct trace_event marker_event = {
	.system = "ftrace",
	.name = "print",
	.text_name = "tracing_mark_write",
	.fields = marker_fields,
	.nr_fields = ARRAY_SIZE(marker_fields),
	.print_fmt = "\"%ps: %s\", (void *)REC->ip, REC->buf",
	.print = print_marker,
	.id = PRINT_ID,
};

static struct trace_event *const marker_entry __used __section(".rodata.ktab_trace_events")
	__aligned(8) = &marker_event;

bool trace_takes_marks = true;

static int marker_open(struct inode *inode, struct file *file)
{
	int error;

	mutex_lock(&trace_mutex);
	error = trace_buffers_make();
	mutex_unlock(&trace_mutex);
	return error;
}

/* Each mark is a line: whatever line ends there are at its end, its record has one. */
static size_t mark_length(const char *text)
{
	size_t length = strlen(text);

	while (length && text[length - 1] == '\n')
		length--;
	return length;
}

/* Tools know such records by this function's name, which they look up. */
static ssize_t tracing_mark_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	size_t count = from->count, length;
	struct marker_record *record;
	char *text;

	if (!READ_ONCE(trace_takes_marks))
		return -EINVAL;
	text = tracefs_text(from, MARKER_MAX);
	if (IS_ERR(text))
		return PTR_ERR(text);
	length = mark_length(text);
	record = trace_begin(&marker_event, sizeof(*record) + length + 2);
	if (record) {
		record->ip = (unsigned long)tracing_mark_write;
		memcpy(record->buf, text, length);
		record->buf[length] = '\n';
		record->buf[length + 1] = 0;
		trace_end(record);
	}
	kvfree(text);
	return record ? (ssize_t)min(count, (size_t)MARKER_MAX) : -EBADF;
}

const struct file_operations trace_marker_operations = {
	.open = marker_open,
	.write_iter = tracing_mark_write,
};
