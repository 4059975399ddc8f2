/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/string.h>
#include <lib/unzstd.h>
#ifdef CONFIG_ZSTD
/* By run.sh: plain[] and zstd[], which zstd made of it, with a checksum. */
#include "zstd_fixture.h"
#endif

KTEST_SUITE("unzstd");

#ifdef CONFIG_ZSTD

struct sink {
	size_t len;
	size_t fail_at;
	bool differs;
};

static int compare(void *context, const void *bytes, size_t count)
{
	struct sink *sink = context;

	if (sink->len + count > sizeof(zstd_plain) || memcmp(zstd_plain + sink->len, bytes, count))
		sink->differs = true;
	sink->len += count;
	return sink->fail_at && sink->len >= sink->fail_at ? -ENOSPC : 0;
}

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
		got = unzstd(copy, size, workspace, room, compare, sink);
		host_free(workspace);
	}
	host_free(copy);
	return got;
}

KTEST_CASE(what_zstd_packed)
{
	static u8 more[sizeof(zstd_packed) + 100];
	struct sink sink = { 0 };

	KTEST_EXPECT(is_zstd(zstd_packed, sizeof(zstd_packed)));
	KTEST_EXPECT_EQ(unpack(zstd_packed, sizeof(zstd_packed), &sink), sizeof(zstd_packed));
	KTEST_EXPECT(!sink.differs);
	KTEST_EXPECT_EQ(sink.len, sizeof(zstd_plain));
	/* What stands behind the frame is not touched. */
	sink = (struct sink){ 0 };
	memcpy(more, zstd_packed, sizeof(zstd_packed));
	KTEST_EXPECT_EQ(unpack(more, sizeof(more), &sink), sizeof(zstd_packed));
	KTEST_EXPECT_EQ(sink.len, sizeof(zstd_plain));
}

KTEST_CASE(damage_is_refused)
{
	static u8 bad[sizeof(zstd_packed)];
	struct sink sink = { 0 };

	memcpy(bad, zstd_packed, sizeof(bad));
	for (int i = 0; i < 200; i++) {
		/* Behind the header, whose size of the contents may be larger without harm. */
		size_t at = 16 + host_random() % (sizeof(bad) - 16);

		sink = (struct sink){ 0 };
		bad[at] ^= 1 << (i % 8);
		KTEST_EXPECT_EQ(unpack(bad, sizeof(bad), &sink), -EINVAL);
		bad[at] = zstd_packed[at];
		sink = (struct sink){ 0 };
		KTEST_EXPECT_EQ(unpack(bad, at, &sink), -EINVAL);
	}
	for (size_t size = 0; size < 16; size++)
		KTEST_EXPECT_EQ(unpack(bad, size, &sink), -EINVAL);
	sink = (struct sink){ .fail_at = 40000 };
	KTEST_EXPECT_EQ(unpack(zstd_packed, sizeof(zstd_packed), &sink), -ENOSPC);
	KTEST_EXPECT(sink.len <= 65536 + 40000);
}

KTEST_CASE(a_window_or_a_workspace_that_is_out_of_bounds)
{
	/* Magic, a frame header with a window of 2^31 bytes, an empty last block. */
	static const u8 wide[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 1, 0, 0 };
	static u8 small[70000];
	struct sink sink = { 0 };

	KTEST_EXPECT_EQ(unpack(wide, sizeof(wide), &sink), -EFBIG);
	KTEST_EXPECT_EQ(unzstd(zstd_packed, sizeof(zstd_packed), small, 100, compare, &sink),
			-ENOMEM);
	KTEST_EXPECT_EQ(unzstd(zstd_packed, sizeof(zstd_packed), small, sizeof(small), compare,
			       &sink),
			-ENOMEM);
}

#else

KTEST_CASE(what_zstd_packed)
{
	ktest_skip("libzstd's source could not be fetched");
}

#endif
