/* SPDX-License-Identifier: MIT */
/*
 * A zstd frame, with a limit to what comes out. The workspace is as large as unzstd_workspace() says,
 * and the sanitizer watches its end.
 */
#include <lib/unzstd.h>
#include "fuzz.h"

#define LIMIT		(256 << 10)
#define WORKSPACE	(2u << 20) /* larger ones cost the run too much time */
#define FRAME_MIN	9	   /* magic, descriptor, window, one block's header */

static int on_output(void *context, const void *bytes, size_t count)
{
	size_t *total = context;
	u8 sum = 0;

	PROMISE(count && count <= 65536);
	for (size_t i = 0; i < count; i += 64)
		sum ^= ((const u8 *)bytes)[i];
	*total += count;
	/* lint: misc-redundant-expression: the bytes are read for the reading's sake */
	return *total > LIMIT ? -ENOSPC : sum - sum;
}

static void unpack(const u8 *copy, size_t size, size_t room)
{
	static u64 workspace[WORKSPACE / sizeof(u64)];
	size_t total = 0;
	ssize_t got;

	/* What the last run left there is not to matter. */
	memset(workspace, 0xa5, room);
	fuzz_watch((u8 *)workspace + room, sizeof(workspace) - room, true);
	got = unzstd(copy, size, workspace, room, on_output, &total);
	fuzz_watch((u8 *)workspace + room, sizeof(workspace) - room, false);
	/* Never -ENOMEM: it has what it asked for. */
	PROMISE(got <= (ssize_t)size);
	PROMISE(got >= FRAME_MIN || got == -EINVAL || (got == -ENOSPC && total > LIMIT));
}

static bool too_small(const u8 *copy, size_t size, size_t room)
{
	static u64 workspace[65536 / sizeof(u64) + 128];

	return unzstd(copy, size, workspace, room, on_output, NULL) == -ENOMEM;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u8 *copy = fuzz_copy(data, size);
	ssize_t room = unzstd_workspace(copy, size);

	PROMISE(room > 65536 || room == -EINVAL || room == -EFBIG);
	PROMISE(room <= 0 || is_zstd(copy, size));
	if (room > 0 && room <= (ssize_t)WORKSPACE) {
		unpack(copy, size, (size_t)room);
		PROMISE(too_small(copy, size, 65536) && too_small(copy, size, 65536 + 1024));
	}
	fuzz_free(copy);
	return 0;
}
