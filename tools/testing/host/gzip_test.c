/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/bitops.h>
#include <lib/crc32.h>
#include <lib/gzip.h>
#include <lib/string.h>
#ifdef CONFIG_GZIP
/* By run.sh: plain[] and packed[], which gzip made of it. */
#include "gzip_fixture.h"
#include "sink.h"
#endif

KTEST_SUITE("gzip");

#ifdef CONFIG_GZIP

static ssize_t unpack(const void *data, size_t size, struct sink *sink)
{
	struct gunzip_workspace *workspace = host_alloc(sizeof(*workspace));
	u8 *copy = host_alloc(size);
	ssize_t got;

	memcpy(copy, data, size);
	got = gunzip(copy, size, workspace, sink_compare, sink);
	host_free(copy);
	host_free(workspace);
	return got;
}

KTEST_CASE(what_gzip_packed)
{
	struct sink sink = SINK_FOR(plain);

	KTEST_EXPECT(sizeof(plain) > 3 * GUNZIP_OUT_BYTES);
	KTEST_EXPECT(is_gzip(packed, sizeof(packed)));
	KTEST_EXPECT_EQ(unpack(packed, sizeof(packed), &sink), sizeof(packed));
	KTEST_EXPECT(!sink.differs);
	KTEST_EXPECT_EQ(sink.len, sizeof(plain));
}

KTEST_CASE(optional_parts_of_the_header)
{
	static const u8 head[] = { 0x1f, 0x8b, 8,   0x1e, 0,   0,   0,	 0,   0,
				   3,	 3,    0,   'e',  'x', 't', 'n', 'a', 'm',
				   'e',	 0,    'n', 'o',  't', 'e', 0,	 0,   0 };
	static u8 whole[sizeof(head) + sizeof(packed)];
	struct sink sink = SINK_FOR(plain);

	/* packed[] itself was made without a name: 10 bytes of header. */
	memcpy(whole, head, sizeof(head));
	put_unaligned_le16((u16)~crc32_le(~0U, head, 25), whole + 25);
	memcpy(whole + sizeof(head), packed + 10, sizeof(packed) - 10);
	KTEST_EXPECT_EQ(unpack(whole, sizeof(whole), &sink), sizeof(whole) - 10);
	KTEST_EXPECT(!sink.differs && sink.len == sizeof(plain));
	for (size_t size = 0; size <= sizeof(head); size++) {
		sink = SINK_FOR(plain);
		KTEST_EXPECT_EQ(unpack(whole, size, &sink), -EINVAL);
		KTEST_EXPECT_EQ(sink.len, 0);
	}
	whole[26] ^= 1;
	KTEST_EXPECT_EQ(unpack(whole, sizeof(whole), &sink), -EINVAL);
}

KTEST_CASE(damage_is_refused)
{
	static u8 bad[sizeof(packed)];
	struct sink sink = SINK_FOR(plain);

	memcpy(bad, packed, sizeof(bad));
	bad[2] = 7;
	KTEST_EXPECT_EQ(unpack(bad, sizeof(bad), &sink), -EOPNOTSUPP);
	bad[2] = 8;
	bad[3] = 0x80;
	KTEST_EXPECT_EQ(unpack(bad, sizeof(bad), &sink), -EINVAL);
	bad[3] = 0;
	KTEST_EXPECT_EQ(sink.len, 0);
	for (int i = 0; i < 300; i++) {
		size_t at = 10 + host_random() % (sizeof(bad) - 10);

		sink = SINK_FOR(plain);
		bad[at] ^= 1 << (i % 8);
		KTEST_EXPECT_EQ(unpack(bad, sizeof(bad), &sink), -EINVAL);
		bad[at] = packed[at];
		sink = SINK_FOR(plain);
		KTEST_EXPECT_EQ(unpack(bad, at, &sink), -EINVAL);
	}
	sink = SINK_FOR(plain);
	sink.fail_at = 40000;
	KTEST_EXPECT_EQ(unpack(packed, sizeof(packed), &sink), -ENOSPC);
	KTEST_EXPECT(sink.len < 80000);
}

#else

KTEST_CASE(what_gzip_packed)
{
	ktest_skip("zlib's source could not be fetched");
}

#endif
