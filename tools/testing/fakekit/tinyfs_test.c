/* SPDX-License-Identifier: MIT */
/*
 * drivers: samples/tinyfs
 *
 * The disk is checked after each test, as mktinyfs --check does: names, counts, extents, and which blocks are in use.
 */
#include <kit/errno.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <uapi/stat.h>
#include "../../../samples/tinyfs/tinyfs.h"
#include "fake_fs.h"
#include "fakekit.h"

#define BLOCKS	512u
#define INODES	128u
#define TABLE	2u
#define FIRST	(TABLE + INODES * TINYFS_INODE / TINYFS_BLOCK)

static struct fake_disk *disk;
static bool may_leak; /* blocks may be marked that nobody has */
static u8 data[BLOCKS * TINYFS_BLOCK], other[BLOCKS * TINYFS_BLOCK];

/* --- making and checking --- */

static struct tinyfs_inode *inode_at(u32 number)
{
	return (struct tinyfs_inode *)(disk->bytes + TABLE * TINYFS_BLOCK +
				       (number - 1) * TINYFS_INODE);
}

static void make(void)
{
	struct tinyfs_super *s;
	u8 *map;

	disk = fake_disk_make(BLOCKS);
	s = (struct tinyfs_super *)disk->bytes;
	*s = (struct tinyfs_super){ TINYFS_MAGIC, BLOCKS, INODES, 1, 1, TABLE, FIRST - TABLE };
	map = disk->bytes + TINYFS_BLOCK;
	memset(map, 0xff, TINYFS_BLOCK);
	for (u32 i = FIRST; i < BLOCKS; i++)
		map[i / 8] &= (u8) ~(1u << i % 8);
	*inode_at(TINYFS_ROOT) =
		(struct tinyfs_inode){ .mode = S_IFDIR | 0755, .links = 2, .generation = 1 };
	/* What lay there before must never be seen. */
	memset(disk->bytes + FIRST * TINYFS_BLOCK, 0xee, (BLOCKS - FIRST) * TINYFS_BLOCK);
}

static struct { u32 owner[BLOCKS], links[INODES + 1], folders[INODES + 1], bad; } found;

static void bad(const char *what, u32 a, u32 b)
{
	if (++found.bad <= 5)
		fake_fail(__FILE__, 0, "the disk: %s: %u, %u", what, a, b);
}

static void take_block(u32 block, u32 owner)
{
	if (block < FIRST || block >= BLOCKS)
		bad("no block of data, inode", block, owner);
	else if (found.owner[block])
		bad("a block of two inodes", found.owner[block], owner);
	else
		found.owner[block] = owner;
}

static const struct tinyfs_extent *extent_at(const struct tinyfs_inode *i, u32 n)
{
	return n < TINYFS_INLINE_EXTENTS
		       ? &i->extents[n]
		       : (const struct tinyfs_extent *)(disk->bytes + i->more * TINYFS_BLOCK) +
				 (n - TINYFS_INLINE_EXTENTS);
}

static void check_extents(u32 number)
{
	const struct tinyfs_inode *i = inode_at(number);
	u32 end = 0, total = 0;

	if (i->nr_extents > TINYFS_EXTENTS ||
	    (i->nr_extents > TINYFS_INLINE_EXTENTS && (i->more < FIRST || i->more >= BLOCKS))) {
		bad("impossible extents", number, i->nr_extents);
		return;
	}
	for (u32 n = 0; n < i->nr_extents; n++) {
		const struct tinyfs_extent *e = extent_at(i, n);

		if (e->start < end || !e->count)
			bad("extents out of order", number, n);
		end = e->start + e->count;
		total += e->count;
		for (u32 b = 0; b < e->count && b < BLOCKS; b++)
			take_block(e->disk + b, number);
	}
	if (i->more)
		take_block(i->more, number);
	if (total != i->blocks)
		bad("other blocks than it says", number, i->blocks);
}

static void check_folder(u32 number)
{
	const struct tinyfs_inode *i = inode_at(number);

	for (u32 n = 0; n < i->nr_extents; n++) {
		const struct tinyfs_extent *x = extent_at(i, n);

		for (u32 b = 0; b < x->count && (u64)(x->start + b) * TINYFS_BLOCK < i->bytes;
		     b++) {
			const struct tinyfs_entry *e =
				(const struct tinyfs_entry *)(disk->bytes +
							      (u64)(x->disk + b) * TINYFS_BLOCK);

			for (u32 k = 0; k < TINYFS_ENTRIES; k++) {
				if (!e[k].inode)
					continue;
				if (e[k].inode > INODES || !inode_at(e[k].inode)->mode) {
					bad("a name of nothing", number, e[k].inode);
					continue;
				}
				found.links[e[k].inode]++;
				found.folders[number] += S_ISDIR(inode_at(e[k].inode)->mode);
			}
		}
	}
}

static void check_disk(void)
{
	const u8 *map = disk->bytes + TINYFS_BLOCK;

	memset(&found, 0, sizeof(found));
	found.links[TINYFS_ROOT] = 1;
	for (u32 n = 1; n <= INODES; n++)
		if (inode_at(n)->mode)
			check_extents(n);
	for (u32 n = 1; n <= INODES; n++)
		if (S_ISDIR(inode_at(n)->mode))
			check_folder(n);
	for (u32 n = 1; n <= INODES; n++) {
		u32 want = S_ISDIR(inode_at(n)->mode) ? 2 + found.folders[n] : found.links[n];

		if (inode_at(n)->mode && (inode_at(n)->links != want || !found.links[n]))
			bad("links", n, inode_at(n)->links);
	}
	for (u32 b = FIRST; b < BLOCKS; b++)
		if (!!(map[b / 8] & 1u << b % 8) != !!found.owner[b] &&
		    (found.owner[b] || !may_leak))
			bad(found.owner[b] ? "in use, but not marked" : "marked, but free", b,
			    found.owner[b]);
}

static struct fake_mount *mount(void)
{
	struct fake_mount *m;
	int error;

	if (!disk)
		make();
	m = fake_mount("tinyfs", disk, "", false, &error);
	EXPECT_EQ(error, 0);
	return m;
}

static struct fake_mount *start(void)
{
	EXPECT_EQ(fake_load(), 0);
	return mount();
}

static void finish(struct fake_mount *m)
{
	fake_unmount(m);
	check_disk();
}

static void fill(u32 bytes, u32 seed)
{
	for (u32 i = 0; i < bytes; i += 4)
		*(u32 *)(data + i) = seed * 2654435761u + i;
}

static void check_file(struct fake_mount *m, const char *path, u32 bytes, u32 seed)
{
	fill(bytes, seed);
	memset(other, 0x55, bytes);
	EXPECT_EQ(fake_pread(m, path, other, bytes + 1, 0), bytes);
	EXPECT_EQ(memcmp(data, other, bytes), 0);
}

static void make_file(struct fake_mount *m, const char *path, u32 bytes, u32 seed)
{
	fill(bytes, seed);
	EXPECT_EQ(fake_pwrite(m, path, data, bytes, 0), bytes);
}

/* --- names --- */

FAKE_TEST(files_and_folders)
{
	struct fake_mount *m = start();
	struct filesystem_attributes a;

	EXPECT_EQ(fake_list(m, "", NULL, NULL), 0);
	EXPECT_EQ(fake_mkdir(m, "a"), 0);
	EXPECT_EQ(fake_mkdir(m, "a/b"), 0);
	EXPECT_EQ(fake_mkdir(m, "a/b"), -EEXIST);
	make_file(m, "a/b/file", 10000, 1);
	EXPECT_EQ(fake_stat(m, "a", &a), 0);
	EXPECT_EQ(a.links, 3);
	EXPECT_EQ(fake_rmdir(m, "a"), -ENOTEMPTY);
	EXPECT_EQ(fake_unlink(m, "a"), -EISDIR);
	EXPECT_EQ(fake_rmdir(m, "a/b/file"), -ENOTDIR);
	EXPECT_EQ(fake_stat(m, "a/b/none", &a), -ENOENT);
	EXPECT_EQ(fake_stat(m, "a/b/file/x", &a), -ENOTDIR);
	finish(m);
	m = mount();
	check_file(m, "a/b/file", 10000, 1);
	EXPECT_EQ(fake_stat(m, "a/b/file", &a), 0);
	EXPECT_EQ(a.bytes, 10000);
	EXPECT_EQ(a.sectors, 24);
	EXPECT_EQ(fake_unlink(m, "a/b/file"), 0);
	EXPECT_EQ(fake_rmdir(m, "a/b"), 0);
	EXPECT_EQ(fake_rmdir(m, "a"), 0);
	finish(m);
	EXPECT_EQ(inode_at(TINYFS_ROOT)->links, 2);
}

FAKE_TEST(links_and_nodes)
{
	struct fake_mount *m = start();
	struct filesystem_attributes a;
	char target[4096], long_target[4096];

	make_file(m, "one", 5000, 3);
	EXPECT_EQ(fake_link(m, "one", "two"), 0);
	EXPECT_EQ(fake_unlink(m, "one"), 0);
	check_file(m, "two", 5000, 3);
	EXPECT_EQ(fake_stat(m, "two", &a), 0);
	EXPECT_EQ(a.links, 1);
	EXPECT_EQ(fake_symlink(m, "two", "link"), 0);
	EXPECT_EQ(fake_readlink(m, "link", target), 3);
	EXPECT_EQ(strcmp(target, "two"), 0);
	memset(long_target, 'x', 4095);
	long_target[4095] = 0;
	EXPECT_EQ(fake_symlink(m, long_target, "long"), 0);
	EXPECT_EQ(fake_readlink(m, "long", target), 4095);
	EXPECT_EQ(strcmp(target, long_target), 0);
	EXPECT_EQ(fake_create(m, "fifo", S_IFIFO | 0600), 0);
	finish(m);
	m = mount();
	EXPECT_EQ(fake_stat(m, "fifo", &a), 0);
	EXPECT_EQ(a.mode, S_IFIFO | 0600);
	EXPECT_EQ(fake_readlink(m, "link", target), 3);
	finish(m);
}

static void name_of(char *name, u32 n, u32 length)
{
	memset(name, 'n', length);
	name[length] = 0;
	for (u32 i = 0; i < 4; i++)
		name[i] = (char)('a' + (n >> i * 4 & 15));
}

FAKE_TEST(names_of_all_lengths)
{
	struct fake_mount *m = start();
	char name[256];

	name_of(name, 1, TINYFS_NAME_MAX);
	make_file(m, name, 10, 1);
	check_file(m, name, 10, 1);
	name_of(name, 1, TINYFS_NAME_MAX + 1);
	EXPECT_EQ(fake_create(m, name, S_IFREG | 0644), -ENAMETOOLONG);
	make_file(m, "x", 10, 2);
	check_file(m, "x", 10, 2);
	EXPECT_EQ(fake_list(m, "", NULL, NULL), 2);
	finish(m);
}

FAKE_TEST(many_names)
{
	struct fake_mount *m = start();
	char name[16];

	for (u32 i = 0; i < INODES - 1; i++) {
		name_of(name, i, 8);
		EXPECT_EQ(fake_create(m, name, S_IFREG | 0644), 0);
	}
	EXPECT_EQ(fake_create(m, "one too many", S_IFREG | 0644), -ENOSPC);
	EXPECT_EQ(fake_space(m).files_free, 0);
	EXPECT_EQ(fake_list(m, "", NULL, NULL), INODES - 1);
	for (u32 i = 0; i < INODES - 1; i += 2) {
		name_of(name, i, 8);
		EXPECT_EQ(fake_unlink(m, name), 0);
	}
	EXPECT_EQ(fake_list(m, "", NULL, NULL), (INODES - 1) / 2);
	EXPECT_EQ(fake_create(m, "one more", S_IFREG | 0644), 0);
	finish(m);
}

FAKE_TEST(rename_as_programs_know_it)
{
	struct fake_mount *m = start();
	struct filesystem_attributes a;
	u64 free;

	fake_mkdir(m, "d");
	fake_mkdir(m, "e");
	make_file(m, "f", 100, 1);
	make_file(m, "g", 100000, 2);
	EXPECT_EQ(fake_rename(m, "f", "f"), 0);
	EXPECT_EQ(fake_rename(m, "f", "h"), 0);
	EXPECT_EQ(fake_stat(m, "f", &a), -ENOENT);
	free = fake_space(m).free;
	EXPECT_EQ(fake_rename(m, "h", "g"), 0); /* what g was is gone */
	EXPECT_EQ(fake_space(m).free, free + 25);
	check_file(m, "g", 100, 1);
	EXPECT_EQ(fake_rename(m, "g", "d/g"), 0);
	check_file(m, "d/g", 100, 1);
	EXPECT_EQ(fake_rename(m, "d/g", "e"), -EISDIR);
	EXPECT_EQ(fake_rename(m, "e", "d/g"), -ENOTDIR);
	EXPECT_EQ(fake_rename(m, "e", "d"), -ENOTEMPTY);
	EXPECT_EQ(fake_rename(m, "d", "e"), 0);
	check_file(m, "e/g", 100, 1);
	fake_mkdir(m, "e/inner");
	EXPECT_EQ(fake_rename(m, "e/inner", "outer"), 0);
	EXPECT_EQ(fake_stat(m, "e", &a), 0);
	EXPECT_EQ(a.links, 2);
	finish(m);
	m = mount();
	check_file(m, "e/g", 100, 1);
	EXPECT_EQ(fake_list(m, "", NULL, NULL), 2);
	finish(m);
}

/* --- bytes --- */

FAKE_TEST(truncate_and_holes)
{
	struct fake_mount *m = start();
	struct filesystem_attributes a;
	u64 free = fake_space(m).free;

	make_file(m, "f", 50000, 1);
	EXPECT_EQ(fake_truncate(m, "f", 10001), 0);
	EXPECT_EQ(fake_truncate(m, "f", 30000), 0);
	EXPECT_EQ(fake_pread(m, "f", other, 60000, 0), 30000);
	fill(50000, 1);
	EXPECT_EQ(memcmp(data, other, 10001), 0);
	for (u32 i = 10001; i < 30000; i++)
		if (other[i])
			EXPECT_EQ(i, 0);
	fake_stat(m, "f", &a);
	EXPECT_EQ(a.sectors, 24);
	EXPECT_EQ(fake_pwrite(m, "f", "x", 1, 200000), 1);
	EXPECT_EQ(fake_pread(m, "f", other, 1 << 20, 0), 200001);
	for (u32 i = 10001; i < 200000; i++)
		if (other[i])
			EXPECT_EQ(i, 0);
	/* In the middle of the hole: it is three pieces now. */
	EXPECT_EQ(fake_pwrite(m, "f", "y", 1, 100000), 1);
	EXPECT_EQ(fake_truncate(m, "f", 0), 0);
	EXPECT_EQ(fake_space(m).free, free - 1); /* the root's own block */
	finish(m);
}

/* Every second block is written: as many extents as there may be, and then no more, unless they grow together. */
FAKE_TEST(pieces)
{
	struct fake_mount *m;
	struct filesystem_attributes a;
	u32 n;

	disk = NULL;
	m = start();
	for (n = 0; n < TINYFS_EXTENTS; n++)
		if (!EXPECT_EQ(fake_pwrite(m, "f", "0123456789", 10, n * 2 * TINYFS_BLOCK), 10))
			break;
	EXPECT_EQ(fake_pwrite(m, "f", "x", 1, n * 2 * TINYFS_BLOCK), -EFBIG);
	/* The last one may still grow: what follows it is free. */
	EXPECT_EQ(fake_pwrite(m, "f", "x", 1, (n * 2 - 1) * TINYFS_BLOCK), 1);
	for (n = 0; n < TINYFS_EXTENTS; n++)
		EXPECT_EQ(fake_pread(m, "f", other, 10, n * 2 * TINYFS_BLOCK), 10);
	finish(m);
	m = mount();
	EXPECT_EQ(fake_truncate(m, "f", 20 * TINYFS_BLOCK), 0);
	fake_stat(m, "f", &a);
	EXPECT_EQ(a.sectors, 80);
	EXPECT_EQ(fake_truncate(m, "f", 0), 0);
	EXPECT_EQ(fake_unlink(m, "f"), 0);
	finish(m);
}

FAKE_TEST(no_room)
{
	struct fake_mount *m = start();
	u64 free = fake_space(m).free, left;
	u32 files = 0;
	char name[16];

	for (;; files++) {
		ssize_t n;

		name_of(name, files, 8);
		fill(100000, files);
		n = fake_pwrite(m, name, data, 100000, 0);
		if (n != 100000) {
			EXPECT(n == -ENOSPC || n > 0);
			break;
		}
	}
	EXPECT(files > 15);
	left = fake_space(m).free;
	EXPECT_EQ(left, 0);
	EXPECT(fake_pwrite(m, name, data, 100000, 0) < 100000);
	EXPECT_EQ(fake_symlink(m, "x", "link"), -ENOSPC);
	EXPECT_EQ(fake_list(m, "", NULL, NULL), files + 1);
	finish(m);
	m = mount();
	for (u32 i = 0; i < files; i++) {
		name_of(name, i, 8);
		check_file(m, name, 100000, i);
		EXPECT_EQ(fake_unlink(m, name), 0);
	}
	name_of(name, files, 8);
	EXPECT_EQ(fake_unlink(m, name), 0);
	EXPECT_EQ(fake_space(m).free, free - 1);
	finish(m);
}

/* A folder needs a block for one more name, and there is none. */
FAKE_TEST(no_room_for_a_name)
{
	struct fake_mount *m = start();
	char name[16];
	u32 i;

	for (i = 0; i < TINYFS_ENTRIES; i++) {
		name_of(name, i, 8);
		EXPECT_EQ(fake_create(m, name, S_IFREG | 0644), 0);
	}
	EXPECT(fake_pwrite(m, name, data, sizeof(data), 0) > 0);
	EXPECT_EQ(fake_space(m).free, 0);
	EXPECT_EQ(fake_create(m, "new", S_IFREG | 0644), -ENOSPC);
	EXPECT_EQ(fake_mkdir(m, "new"), -ENOSPC);
	EXPECT_EQ(fake_link(m, name, "new"), -ENOSPC);
	EXPECT_EQ(fake_rename(m, name, "new"), 0); /* takes the place of the old one */
	EXPECT_EQ(fake_list(m, "", NULL, NULL), TINYFS_ENTRIES);
	finish(m);
}

FAKE_TEST(unlinked_and_open)
{
	struct fake_mount *m = start();
	u64 free = fake_space(m).free, inode;

	make_file(m, "f", 100000, 5);
	EXPECT_EQ(fake_hold(m, "f", &inode), 0);
	EXPECT_EQ(fake_unlink(m, "f"), 0);
	make_file(m, "g", 100000, 6);
	fill(100000, 5);
	EXPECT_EQ(fake_pread_inode(m, inode, other, 100000, 0), 100000);
	EXPECT_EQ(memcmp(data, other, 100000), 0);
	fake_release(m, inode);
	fake_unlink(m, "g");
	EXPECT_EQ(fake_space(m).free, free - 1);
	finish(m);
}

FAKE_TEST(mount_options_and_other_disks)
{
	struct fake_mount *m = start();
	int error;

	make_file(m, "f", 5000, 1);
	finish(m);
	EXPECT(!fake_mount("tinyfs", disk, "nonsense", false, &error));
	EXPECT_EQ(error, -EINVAL);
	m = fake_mount("tinyfs", disk, "", true, &error);
	check_file(m, "f", 5000, 1);
	EXPECT_EQ(fake_unlink(m, "f"), -EROFS);
	EXPECT_EQ(fake_disk_writes(m), 0);
	fake_unmount(m);
	disk->bytes[0] ^= 1;
	EXPECT(!fake_mount("tinyfs", disk, "", false, &error));
	EXPECT_EQ(error, -EINVAL);
	EXPECT(!fake_mount("tinyfs", fake_disk_make(0), "", false, &error));
	EXPECT_EQ(error, -EIO);
}

/* --- many at once --- */

struct user { struct fake_mount *m; u32 number; };

static void use(void *argument)
{
	struct user *u = argument;
	char folder[8] = { 'u', (char)('0' + u->number), 0 }, path[32], to[32];
	u8 mine[6000], again[6000];

	EXPECT_EQ(fake_mkdir(u->m, folder), 0);
	for (u32 i = 0; i < 20; i++) {
		memset(mine, (int)(u->number * 20 + i), sizeof(mine));
		snprintf(path, sizeof(path), "%s/file%u", folder, i % 5);
		snprintf(to, sizeof(to), "%s/moved%u", i % 2 ? folder : "", i % 5);
		EXPECT_EQ(fake_pwrite(u->m, path, mine, sizeof(mine), i * 3000), sizeof(mine));
		EXPECT_EQ(fake_pread(u->m, path, again, sizeof(again), i * 3000), sizeof(again));
		EXPECT_EQ(memcmp(mine, again, sizeof(mine)), 0);
		if (i % 3 == 0)
			EXPECT_EQ(fake_truncate(u->m, path, 2000), 0);
		if (i % 4 == 3 && i % 2)
			EXPECT_EQ(fake_rename(u->m, path, to), 0);
		if (i % 7 == 6)
			EXPECT_EQ(fake_unlink(u->m, path) == 0 || i % 4 == 3, true);
	}
}

FAKE_TEST(many_programs)
{
	static struct user users[6];
	struct fake_mount *m = start();

	for (u32 i = 0; i < ARRAY_SIZE(users); i++) {
		users[i] = (struct user){ m, i };
		fake_thread(use, &users[i]);
	}
	fake_join();
	finish(m);
}

/* --- faults --- */

static int do_everything(struct fake_mount *m)
{
	int failed = 0;

	/* Errors are fine; a disk that is not whole afterwards is not. */
	failed |= fake_mkdir(m, "a");
	failed |= fake_mkdir(m, "b");
	fill(30000, 1);
	failed |= fake_pwrite(m, "a/f", data, 30000, 0) != 30000;
	failed |= fake_pwrite(m, "a/f", data, 10, 300000) != 10;
	failed |= fake_link(m, "a/f", "b/g");
	failed |= fake_symlink(m, "target", "b/link");
	failed |= fake_rename(m, "b/link", "a/link");
	failed |= fake_rename(m, "b/g", "a/link");
	failed |= fake_truncate(m, "a/f", 5000);
	failed |= fake_rename(m, "b", "a/b");
	failed |= fake_unlink(m, "a/f");
	failed |= fake_rmdir(m, "a/b");
	failed |= fake_list(m, "a", NULL, NULL) < 0;
	return failed;
}

/* A block of the bitmap or an inode that could not be read may cost room; a mount gives unlinked inodes back. */
static void check_after_fault(struct fake_mount *m)
{
	fake_fail_call(0);
	fake_unmount(m);
	may_leak = fake_fault();
	finish(mount());
}

/* Each block that is read once cannot be read: the operation fails, or not, and what is on the disk fits together. */
FAULT_TEST(every_call_may_fail)
{
	struct fake_mount *m;
	int error, failed;

	make();
	if (fake_load())
		return;
	m = fake_mount("tinyfs", disk, "", false, &error);
	if (!m) {
		EXPECT(fake_fault() != NULL);
		return;
	}
	failed = do_everything(m);
	EXPECT(!failed || fake_fault());
	check_after_fault(m);
}

FAULT_TEST(every_call_may_fail_with_many_pieces)
{
	struct fake_mount *m;
	int error;

	make();
	if (fake_load())
		return;
	m = fake_mount("tinyfs", disk, "", false, &error);
	if (!m)
		return;
	for (u32 i = 0; i < 18; i++)
		fake_pwrite(m, "f", "x", 1, i * 2 * TINYFS_BLOCK);
	fake_truncate(m, "f", 30 * TINYFS_BLOCK);
	fake_truncate(m, "f", 8 * TINYFS_BLOCK);
	fake_unlink(m, "f");
	check_after_fault(m);
}

/* --- the power fails --- */

static void read_all(struct fake_mount *m, const char *path, u32 depth);

struct walk { struct fake_mount *m; const char *path; u32 depth; };

static void visit(void *argument, const char *name, u64 inode)
{
	struct walk *w = argument;
	char path[600];

	snprintf(path, sizeof(path), "%s%s%s", w->path, w->path[0] ? "/" : "", name);
	read_all(w->m, path, w->depth + 1);
}

static u32 budget;

/* Whatever is found is looked at; damage is an error, never worse. */
static void read_all(struct fake_mount *m, const char *path, u32 depth)
{
	static u8 bytes[20000];
	struct filesystem_attributes a;
	struct walk w = { m, path, depth };
	char target[4096];

	if (fake_stat(m, path, &a) || depth > 4 || !budget || !budget--)
		return;
	if (S_ISDIR(a.mode))
		fake_list(m, path, visit, &w);
	else if (S_ISLNK(a.mode))
		fake_readlink(m, path, target);
	else
		fake_pread(m, path, bytes, sizeof(bytes), a.bytes > 10000 ? a.bytes - 10000 : 0);
}

/*
 * tinyfs promises nothing for what is not synced; but what was, and is not touched by what comes after, stays as it was, wherever the power fails; and
 * the disk can be mounted, looked at and used.
 */
FAKE_TEST(the_power_fails_at_each_write)
{
	struct fake_disk *before;
	struct fake_mount *m = start();
	u32 writes;

	fake_mkdir(m, "old");
	make_file(m, "old/kept", 60000, 77);
	make_file(m, "old/gone", 20000, 78);
	fake_unlink(m, "old/gone");
	finish(m);
	before = disk;
	for (writes = 0; writes < 500; writes++) {
		bool failed;

		disk = fake_disk_copy(before);
		m = mount();
		fake_power_fails(m, writes);
		do_everything(m);
		fake_sync(m);
		make_file(m, "later", 30000, 4);
		fake_sync(m);
		failed = fake_power_failed(m);
		fake_power_off(m);
		m = mount();
		if (!m)
			return;
		check_file(m, "old/kept", 60000, 77);
		budget = 1000;
		read_all(m, "", 0);
		fake_pwrite(m, "new", data, 5000, 0);
		fake_unlink(m, "new");
		check_file(m, "old/kept", 60000, 77);
		fake_power_off(m);
		if (!failed)
			break;
	}
	EXPECT(writes > 10 && writes < 500);
}

/* --- disks that are damaged --- */

static u32 random_state;
static u32 draw(u32 below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % below;
}

static void damage(void)
{
	u32 n = 1 + draw(8);

	while (n--) {
		/* Most of it in what counts: the super block, the table, folders. */
		u32 area = draw(8), at = area == 0  ? draw(32)
					 : area < 5 ? TABLE * TINYFS_BLOCK + draw(12 * TINYFS_INODE)
					 : area < 6
						 ? TINYFS_BLOCK + draw(BLOCKS / 8)
						 : FIRST * TINYFS_BLOCK + draw(20 * TINYFS_BLOCK);

		disk->bytes[at] = draw(2) ? (u8)draw(256) : disk->bytes[at] ^ (u8)(1u << draw(8));
	}
}

FAKE_TEST(damaged_disks)
{
	struct fake_disk *before;
	struct fake_mount *m = start();
	u32 mounted = 0;

	do_everything(m);
	make_file(m, "f", 20000, 1);
	fake_mkdir(m, "d");
	fake_symlink(m, "f", "d/l");
	for (u32 i = 0; i < 17; i++)
		fake_pwrite(m, "d/pieces", "x", 1, i * 2 * TINYFS_BLOCK);
	fake_unmount(m);
	before = disk;
	for (u32 round = 0; round < 400; round++) {
		int error;

		random_state = round * 77 + 1;
		disk = fake_disk_copy(before);
		damage();
		m = fake_mount("tinyfs", disk, "", false, &error);
		if (!m)
			continue;
		mounted++;
		budget = 300;
		read_all(m, "", 0);
		fake_pwrite(m, "d/pieces", data, 40000, 5000);
		fake_truncate(m, "f", 3000);
		fake_truncate(m, "d/pieces", 4000);
		fake_rename(m, "f", "d/f");
		fake_mkdir(m, "d/new");
		fake_unlink(m, "d/pieces");
		fake_unlink(m, "d/l");
		fake_rmdir(m, "d");
		fake_power_off(m);
	}
	EXPECT(mounted > 200);
}
