// SPDX-License-Identifier: MIT
/* tinyfs: which blocks are free. The bitmap is changed in cached blocks, under the lock. */
#include "tinyfs.h"

#include <kit/memory.h>

#define BITS	(TINYFS_BLOCK * 8)

/* One without links lost its last name while somebody had it open, and then the power failed: its room is free again. */
static int count_inodes(struct tinyfs *t, bool read_only)
{
	for (u32 number = 1; number <= t->inodes; number++) {
		struct tinyfs_inode *inode = tinyfs_inode_get(t, number);
		bool used, lost;

		if (IS_ERR(inode))
			return PTR_ERR(inode);
		used = le32_to_cpu(inode->mode);
		lost = used && !le32_to_cpu(inode->links);
		tinyfs_inode_put(t, inode, false);
		if (lost && !read_only)
			tinyfs_drop_inode(t, number);
		else
			t->free_inodes += !used;
	}
	return 0;
}

int tinyfs_count(struct tinyfs *t, bool read_only)
{
	for (u32 block = 0; block < t->blocks; block += BITS) {
		u8 *map = filesystem_block_get(t->fs, t->bitmap + block / BITS);

		if (IS_ERR(map))
			return PTR_ERR(map);
		for (u32 i = 0; i < BITS && block + i < t->blocks; i++)
			t->free_blocks += !(map[i / 8] >> i % 8 & 1);
		filesystem_block_put(t->fs, map, false);
	}
	return count_inodes(t, read_only);
}

/* Takes the run of free blocks at or behind `from` within one block of the bitmap; 0: there is none. */
static u32 take(u8 *map, u32 from, u32 end, u32 wanted, u32 *found)
{
	u32 n = 0;

	while (from < end && map[from / 8] >> from % 8 & 1)
		from++;
	*found = from;
	while (from < end && n < wanted && !(map[from / 8] >> from % 8 & 1)) {
		map[from / 8] |= 1u << from % 8;
		from++;
		n++;
	}
	return n;
}

int tinyfs_alloc(struct tinyfs *t, u32 goal, u32 wanted, u32 *block)
{
	u32 at, n = 0, found;

	mutex_lock(&t->lock);
	if (goal < t->first_data || goal >= t->blocks)
		goal = t->block_hint < t->blocks ? t->block_hint : t->first_data;
	at = goal;
	/* From the goal to the end, then from the start to the goal's block of the bitmap. */
	for (u32 i = 0; i <= t->bitmap_blocks && !n && t->free_blocks; i++) {
		u32 base = at / BITS * BITS,
		    end = t->blocks - base < BITS ? t->blocks - base : BITS;
		u8 *map = filesystem_block_get(t->fs, t->bitmap + base / BITS);

		if (IS_ERR(map)) {
			mutex_unlock(&t->lock);
			return PTR_ERR(map);
		}
		n = take(map, at - base, end, wanted, &found);
		filesystem_block_put(t->fs, map, n != 0);
		*block = base + found;
		at = base + BITS < t->blocks ? base + BITS : 0;
	}
	t->free_blocks -= n;
	if (n)
		t->block_hint = *block + n;
	mutex_unlock(&t->lock);
	return n ? (int)n : -ENOSPC;
}

void tinyfs_free(struct tinyfs *t, u32 block, u32 count)
{
	mutex_lock(&t->lock);
	while (count) {
		u8 *map = filesystem_block_get(t->fs, t->bitmap + block / BITS);

		if (IS_ERR(map))
			break; /* lost room; nothing else is wrong */
		do {
			t->free_blocks += map[block % BITS / 8] >> block % 8 & 1;
			map[block % BITS / 8] &= (u8) ~(1u << block % 8);
			block++;
			count--;
		} while (count && block % BITS);
		filesystem_block_put(t->fs, map, true);
	}
	mutex_unlock(&t->lock);
}
