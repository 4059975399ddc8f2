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
	trace_printf(text, "%s", ((const struct marker_record *)record)->buf);
}

static struct trace_event marker_event = {
	.system = "ftrace",
	.name = "print",
	.fields = marker_fields,
	.nr_fields = ARRAY_SIZE(marker_fields),
	.print_fmt = "\"%ps: %s\", (void *)REC->ip, REC->buf",
	.print = print_marker,
	.id = PRINT_ID,
};

static struct trace_event *const marker_entry __used __section(".rodata.ktab_trace_events")
	__aligned(8) = &marker_event;

static int marker_open(struct inode *inode, struct file *file)
{
	int error;

	mutex_lock(&trace_mutex);
	error = trace_buffers_make();
	mutex_unlock(&trace_mutex);
	return error;
}

/* Line ends at the end are left out: each mark is a line. */
static size_t mark_length(const char *text)
{
	size_t length = strlen(text);

	while (length && text[length - 1] == '\n')
		length--;
	return length;
}

static ssize_t marker_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	size_t count = from->count, length;
	char *text = tracefs_text(from, MARKER_MAX);
	struct marker_record *record;

	if (IS_ERR(text))
		return PTR_ERR(text);
	length = mark_length(text);
	record = trace_begin(&marker_event, sizeof(*record) + length + 1);
	if (record) {
		record->ip = 0;
		memcpy(record->buf, text, length);
		record->buf[length] = 0;
		trace_end();
	}
	kvfree(text);
	return record ? (ssize_t)min(count, (size_t)MARKER_MAX) : -EBADF;
}

const struct file_operations trace_marker_operations = {
	.open = marker_open,
	.write_iter = marker_write,
};
