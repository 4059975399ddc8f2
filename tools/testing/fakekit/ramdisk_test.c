/* SPDX-License-Identifier: MIT */
/* drivers: samples/ramdisk */
#include <kit/block.h>
#include <kit/errno.h>
#include <kit/memory.h>
#include "fake_block.h"
#include "fakekit.h"

static u8 data[1 << 20], other[1 << 20];

static void fill(u32 bytes, u32 seed)
{
	for (u32 i = 0; i < bytes; i += 4)
		*(u32 *)(data + i) = seed * 2654435761u + i;
}

FAKE_TEST(what_is_written_is_read)
{
	static const u32 sizes[] = { 512, 1024, 4096, 4608, 65536, 1 << 20 };

	EXPECT_EQ(fake_param("size_kb", "4096"), 0);
	if (!EXPECT_EQ(fake_load(), 0))
		return;
	EXPECT_EQ(fake_disk_sectors("ram0"), 8192);
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		fill(sizes[i], i);
		EXPECT_EQ(fake_disk_io("ram0", BLOCK_WRITE, 100 + i, data, sizes[i]), 0);
		EXPECT_EQ(fake_disk_io("ram0", BLOCK_READ, 100 + i, other, sizes[i]), 0);
		EXPECT_EQ(memcmp(data, other, sizes[i]), 0);
	}
}

FAKE_TEST(the_last_sector)
{
	fake_param("size_kb", "64");
	fake_load();
	EXPECT_EQ(fake_disk_io("ram0", BLOCK_WRITE, 127, data, 512), 0);
	EXPECT_EQ(fake_disk_io("ram0", BLOCK_WRITE, 128, data, 512), -EIO);
	EXPECT_EQ(fake_disk_io("ram0", BLOCK_DISCARD, 120, NULL, 4096), 0);
}

FAKE_TEST(zeroes_and_discard)
{
	fake_param("size_kb", "4096");
	fake_load();
	memset(data, 0xff, 65536);
	fake_disk_io("ram0", BLOCK_WRITE, 0, data, 65536);
	EXPECT_EQ(fake_disk_io("ram0", BLOCK_WRITE_ZEROES, 8, NULL, 4096), 0);
	EXPECT_EQ(fake_disk_io("ram0", BLOCK_DISCARD, 24, NULL, 4096), 0);
	fake_disk_io("ram0", BLOCK_READ, 0, other, 65536);
	for (u32 i = 0; i < 65536; i++)
		if ((other[i] == 0) != ((i >= 4096 && i < 8192) || (i >= 12288 && i < 16384)))
			EXPECT_EQ(i, ~0u);
	/* More than it does at once. */
	EXPECT_EQ(fake_disk_io("ram0", BLOCK_WRITE_ZEROES, 0, NULL, 4 << 20), 0);
	EXPECT_EQ(fake_disk_io("ram0", BLOCK_FLUSH, 0, NULL, 0), 0);
}

FAKE_TEST(many_with_large_blocks)
{
	fake_param("disks", "16");
	fake_param("size_kb", "64");
	fake_param("block", "4096");
	EXPECT_EQ(fake_load(), 0);
	EXPECT(fake_disk_exists("ram15"));
	EXPECT_EQ(fake_disk_io("ram15", BLOCK_READ, 8, data, 4096), 0);
	EXPECT_EQ(fake_disk_io("ram15", BLOCK_READ, 1, data, 4096), -EINVAL);
	fake_unload();
	EXPECT(!fake_disk_exists("ram0"));
}

static void refuses(const char *name, const char *value, int error)
{
	EXPECT_EQ(fake_param(name, value), 0);
	EXPECT_EQ(fake_load(), error);
}
FAKE_TEST(no_disks) { refuses("disks", "0", -EINVAL); }
FAKE_TEST(too_many_disks) { refuses("disks", "17", -EINVAL); }
FAKE_TEST(no_bytes) { refuses("size_kb", "0", -EINVAL); }
FAKE_TEST(an_odd_size) { refuses("size_kb", "6", -EINVAL); }
FAKE_TEST(a_huge_size) { refuses("size_kb", "99999999999999", -EINVAL); }
FAKE_TEST(an_impossible_block) { refuses("block", "1000", -EINVAL); }

FAULT_TEST(every_call_may_fail)
{
	fake_param("disks", "3");
	fake_param("size_kb", "64");
	if (fake_load()) {
		EXPECT(fake_fault() != NULL);
		EXPECT(!fake_disk_exists("ram0"));
		return;
	}
	EXPECT_EQ(fake_disk_io("ram2", BLOCK_READ, 0, data, 4096), 0);
}

static void program(void *unused)
{
	u8 block[4096];
	int error;

	do {
		error = fake_disk_io("ram0", BLOCK_READ, 0, block, 4096);
		fake_sleep(1000);
	} while (!error);
	EXPECT(error == -EIO || error == -ENOENT);
}

FAKE_TEST(unloaded_under_load)
{
	fake_param("size_kb", "64");
	fake_load();
	fake_thread(program, NULL);
	fake_thread(program, NULL);
	fake_sleep(10000);
	fake_unload();
	fake_join();
}
