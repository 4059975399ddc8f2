/* SPDX-License-Identifier: MIT */
/* Where the tests of unpackers put what comes out: it is compared with what went in. */
#pragma once

#include <lib/string.h>

struct sink {
	const u8 *wanted;
	size_t size;	/* of wanted */
	size_t len;	/* of what came */
	size_t fail_at; /* when so much has come there is no room for more; 0: there always is */
	bool differs;
};

#define SINK_FOR(array) ((struct sink){ .wanted = (array), .size = sizeof(array) })

static int sink_compare(void *context, const void *bytes, size_t count)
{
	struct sink *sink = context;

	if (sink->len + count > sink->size || memcmp(sink->wanted + sink->len, bytes, count))
		sink->differs = true;
	sink->len += count;
	return sink->fail_at && sink->len >= sink->fail_at ? -ENOSPC : 0;
}
