/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/string.h>
#include <lib/unzstd.h>
#ifdef CONFIG_ZSTD
/* By run.sh: plain[] and zstd[], which zstd made of it, with a checksum. */
#include "zstd_fixture.h"
#include "sink.h"
#endif

KTEST_SUITE("unzstd");

#ifdef CONFIG_ZSTD

/* From a copy that ends where the data end, so that a read beyond is seen. */
static ssize_t unpack(const void *data, size_t size, struct sink *sink)
{
	u8 *copy = host_alloc(size);
	ssize_t got;
	void *workspace;

	memcpy(copy, data, size);
	got = unzstd_workspace(copy, size);
	if (got >= 0) {
		size_t room = got;

		workspace = host_alloc(room);
		got = unzstd(copy, size, workspace, room, sink_compare, sink);
		host_free(workspace);
	}
	host_free(copy);
	return got;
}

KTEST_CASE(what_zstd_packed)
{
	static u8 more[sizeof(zstd_packed) + 100];
	struct sink sink = SINK_FOR(zstd_plain);

	KTEST_EXPECT(is_zstd(zstd_packed, sizeof(zstd_packed)));
	KTEST_EXPECT_EQ(unpack(zstd_packed, sizeof(zstd_packed), &sink), sizeof(zstd_packed));
	KTEST_EXPECT(!sink.differs);
	KTEST_EXPECT_EQ(sink.len, sizeof(zstd_plain));
	/* What stands behind the frame is not touched. */
	sink = SINK_FOR(zstd_plain);
	memcpy(more, zstd_packed, sizeof(zstd_packed));
	KTEST_EXPECT_EQ(unpack(more, sizeof(more), &sink), sizeof(zstd_packed));
	KTEST_EXPECT_EQ(sink.len, sizeof(zstd_plain));
}

KTEST_CASE(damage_is_refused)
{
	static u8 bad[sizeof(zstd_packed)];
	struct sink sink = SINK_FOR(zstd_plain);

	memcpy(bad, zstd_packed, sizeof(bad));
	for (int i = 0; i < 200; i++) {
		/* Behind the header, whose size of the contents may be larger without harm. */
		size_t at = 16 + host_random() % (sizeof(bad) - 16);

		sink = SINK_FOR(zstd_plain);
		bad[at] ^= 1 << (i % 8);
		KTEST_EXPECT_EQ(unpack(bad, sizeof(bad), &sink), -EINVAL);
		bad[at] = zstd_packed[at];
		sink = SINK_FOR(zstd_plain);
		KTEST_EXPECT_EQ(unpack(bad, at, &sink), -EINVAL);
	}
	for (size_t size = 0; size < 16; size++)
		KTEST_EXPECT_EQ(unpack(bad, size, &sink), -EINVAL);
	sink = SINK_FOR(zstd_plain);
	sink.fail_at = 40000;
	KTEST_EXPECT_EQ(unpack(zstd_packed, sizeof(zstd_packed), &sink), -ENOSPC);
	KTEST_EXPECT(sink.len <= 65536 + 40000);
}

KTEST_CASE(a_window_or_a_workspace_that_is_out_of_bounds)
{
	/* Magic, a frame header with a window of 2^31 bytes, an empty last block. */
	static const u8 wide[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 1, 0, 0 };
	static u8 small[70000];
	struct sink sink = SINK_FOR(zstd_plain);

	KTEST_EXPECT_EQ(unpack(wide, sizeof(wide), &sink), -EFBIG);
	KTEST_EXPECT_EQ(unzstd(zstd_packed, sizeof(zstd_packed), small, 100, sink_compare, &sink),
			-ENOMEM);
	KTEST_EXPECT_EQ(unzstd(zstd_packed, sizeof(zstd_packed), small, sizeof(small), sink_compare,
			       &sink),
			-ENOMEM);
}

#else

KTEST_CASE(what_zstd_packed)
{
	ktest_skip("libzstd's source could not be fetched");
}

#endif
