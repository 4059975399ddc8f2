/* SPDX-License-Identifier: MIT */
/* A gzip member, with a limit to what comes out. */
#include <lib/crc32.h>
#include <lib/gzip.h>
#include "fuzz.h"

#define LIMIT	(256 << 10)

struct sink {
	size_t count;
	u32 crc;
};

static int on_output(void *context, const void *bytes, size_t count)
{
	struct sink *sink = context;

	PROMISE(count && count <= GUNZIP_OUT_BYTES);
	sink->crc = crc32_le(sink->crc, bytes, count);
	sink->count += count;
	return sink->count > LIMIT ? -ENOSPC : 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct gunzip_workspace workspace;
	struct sink sink = { .crc = ~0U };
	u8 *copy = fuzz_copy(data, size);
	ssize_t got = gunzip(copy, size, &workspace, on_output, &sink);

	PROMISE(got <= (ssize_t)size);
	PROMISE(got >= 18 || got == -EINVAL || got == -EOPNOTSUPP || got == -ENOSPC);
	fuzz_free(copy);
	return 0;
}
