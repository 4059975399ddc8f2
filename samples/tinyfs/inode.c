// SPDX-License-Identifier: MIT
/* tinyfs: inodes, and where the bytes of files lie. The core sees to it that one inode is changed by one thread at a time. */
#include "tinyfs.h"

#include <kit/memory.h>

#define PER_BLOCK	(TINYFS_BLOCK / TINYFS_INODE)

struct tinyfs_inode *tinyfs_inode_get(struct tinyfs *t, u64 number)
{
	struct tinyfs_inode *block;

	if (!number || number > t->inodes)
		return ERR_PTR(-ESTALE);
	block = filesystem_block_get(t->fs, t->table + (number - 1) / PER_BLOCK);
	return IS_ERR(block) ? block : block + (number - 1) % PER_BLOCK;
}

void tinyfs_inode_put(struct tinyfs *t, struct tinyfs_inode *inode, bool changed)
{
	filesystem_block_put(t->fs, inode, changed);
}

/* --- extents --- */

/* What a damaged disk says is not believed. */
static bool is_data(const struct tinyfs *t, u32 block, u32 count)
{
	return block >= t->first_data && count && (u64)block + count <= t->blocks;
}

struct extents { /* of one inode, both places as one array */
	struct tinyfs *t;
	struct tinyfs_inode *inode;
	struct tinyfs_extent *more; /* NULL: not looked at yet, or none */
	u32 nr;
};

static int open_extents(struct extents *x, struct tinyfs *t, struct tinyfs_inode *inode)
{
	*x = (struct extents){ .t = t, .inode = inode, .nr = le32_to_cpu(inode->nr_extents) };
	if (x->nr > TINYFS_EXTENTS)
		return -EIO;
	if (!le32_to_cpu(inode->more))
		return x->nr > TINYFS_INLINE_EXTENTS ? -EIO : 0;
	if (!is_data(t, le32_to_cpu(inode->more), 1))
		return -EIO;
	x->more = filesystem_block_get(t->fs, le32_to_cpu(inode->more));
	return IS_ERR(x->more) ? (int)PTR_ERR(x->more) : 0;
}

static void close_extents(struct extents *x, bool changed)
{
	if (x->more)
		filesystem_block_put(x->t->fs, x->more, changed);
	x->inode->nr_extents = cpu_to_le32(x->nr);
}

static struct tinyfs_extent *extent(struct extents *x, u32 i)
{
	return i < TINYFS_INLINE_EXTENTS ? &x->inode->extents[i]
					 : &x->more[i - TINYFS_INLINE_EXTENTS];
}

static u32 start(struct extents *x, u32 i) { return le32_to_cpu(extent(x, i)->start); }
static u32 end(struct extents *x, u32 i) { return start(x, i) + le32_to_cpu(extent(x, i)->count); }
static u32 disk_end(struct extents *x, u32 i) { return le32_to_cpu(extent(x, i)->disk) + le32_to_cpu(extent(x, i)->count); }

static bool is_sound(struct extents *x, u32 i)
{
	return is_data(x->t, le32_to_cpu(extent(x, i)->disk), le32_to_cpu(extent(x, i)->count)) &&
	       end(x, i) > start(x, i);
}

/* The first extent that ends behind the block. */
static u32 find(struct extents *x, u32 block)
{
	u32 low = 0, high = x->nr;

	while (low < high) {
		u32 middle = (low + high) / 2;

		if (end(x, middle) <= block)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int room_for_more(struct extents *x)
{
	u32 block;
	int n;

	if (x->nr == TINYFS_EXTENTS)
		return -EFBIG; /* too many pieces */
	if (x->nr < TINYFS_INLINE_EXTENTS || x->more)
		return 0;
	n = tinyfs_alloc(x->t, 0, 1, &block);
	if (n < 0)
		return n;
	x->more = filesystem_block_get(x->t->fs, block);
	if (IS_ERR(x->more)) {
		n = PTR_ERR(x->more);
		x->more = NULL;
		tinyfs_free(x->t, block, 1);
		return n;
	}
	x->inode->more = cpu_to_le32(block);
	return 0;
}

/* Makes room for up to count blocks in the hole in front of extent i. */
static int fill_hole(struct extents *x, u32 i, u32 block, u32 count)
{
	bool follows = i && end(x, i - 1) == block;
	u32 disk;
	int n = tinyfs_alloc(x->t, i ? disk_end(x, i - 1) : 0, count, &disk), error = 0;

	if (n < 0)
		return n;
	follows = follows && disk_end(x, i - 1) == disk;
	if (!follows)
		error = room_for_more(x);
	if (error) {
		tinyfs_free(x->t, disk, (u32)n);
		return error;
	}
	x->inode->blocks = cpu_to_le32(le32_to_cpu(x->inode->blocks) + (u32)n);
	if (follows) {
		extent(x, i - 1)->count = cpu_to_le32(le32_to_cpu(extent(x, i - 1)->count) +
						      (u32)n);
		return 0;
	}
	for (u32 j = x->nr++; j > i; j--)
		*extent(x, j) = *extent(x, j - 1);
	*extent(x, i) = (struct tinyfs_extent){ cpu_to_le32(block), cpu_to_le32((u32)n),
						cpu_to_le32(disk) };
	return 0;
}

int tinyfs_map(struct filesystem_mount *fs, u64 number, u64 offset, u64 length, bool write,
	       struct filesystem_extent *e)
{
	struct tinyfs *t = tinyfs_of(fs);
	struct tinyfs_inode *inode = tinyfs_inode_get(t, number);
	u32 block = (u32)(offset / TINYFS_BLOCK),
	    behind = (u32)((offset + length + TINYFS_BLOCK - 1) / TINYFS_BLOCK), i;
	struct extents x;
	int error;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	error = open_extents(&x, t, inode);
	if (error)
		goto put;
	i = find(&x, block);
	if (write && (i == x.nr || start(&x, i) > block)) {
		u32 hole_end = i < x.nr && start(&x, i) < behind ? start(&x, i) : behind;

		error = fill_hole(&x, i, block, hole_end - block);
		i = find(&x, block);
	}
	if (!error && i < x.nr && start(&x, i) <= block && !is_sound(&x, i)) {
		error = -EIO;
	} else if (!error && i < x.nr && start(&x, i) <= block) {
		e->type = FILESYSTEM_MAPPED;
		e->offset = (u64)start(&x, i) * TINYFS_BLOCK;
		e->length = (u64)le32_to_cpu(extent(&x, i)->count) * TINYFS_BLOCK;
		e->disk = (u64)le32_to_cpu(extent(&x, i)->disk) * TINYFS_BLOCK;
	} else {
		e->type = FILESYSTEM_HOLE;
		e->offset = (u64)block * TINYFS_BLOCK;
		e->length = ((u64)(i < x.nr ? start(&x, i) : behind) - block) * TINYFS_BLOCK;
	}
	close_extents(&x, write);
put:
	tinyfs_inode_put(t, inode, write);
	return error;
}

s64 tinyfs_block_of(struct tinyfs *t, struct tinyfs_inode *inode, u32 block, bool make)
{
	struct extents x;
	int error = open_extents(&x, t, inode);
	u32 i;
	s64 disk = 0;

	if (error)
		return error;
	i = find(&x, block);
	if (make && (i == x.nr || start(&x, i) > block)) {
		error = fill_hole(&x, i, block, 1);
		i = find(&x, block);
	}
	if (!error && i < x.nr && start(&x, i) <= block && !is_sound(&x, i))
		error = -EIO;
	else if (!error && i < x.nr && start(&x, i) <= block)
		disk = le32_to_cpu(extent(&x, i)->disk) + (block - start(&x, i));
	close_extents(&x, make);
	return error ? error : disk;
}

static int cut(struct tinyfs *t, struct tinyfs_inode *inode, u32 blocks)
{
	struct extents x;
	int error = open_extents(&x, t, inode);
	u32 freed = 0;

	if (error)
		return error;
	while (x.nr && end(&x, x.nr - 1) > blocks) {
		struct tinyfs_extent *last = extent(&x, x.nr - 1);
		u32 keep = start(&x, x.nr - 1) < blocks ? blocks - start(&x, x.nr - 1) : 0;

		if (is_sound(&x, x.nr - 1))
			tinyfs_free(t, le32_to_cpu(last->disk) + keep,
				    le32_to_cpu(last->count) - keep);
		freed += le32_to_cpu(last->count) - keep;
		last->count = cpu_to_le32(keep);
		x.nr -= !keep;
	}
	inode->blocks = cpu_to_le32(le32_to_cpu(inode->blocks) - freed);
	close_extents(&x, true);
	if (x.nr <= TINYFS_INLINE_EXTENTS && le32_to_cpu(inode->more)) {
		tinyfs_free(t, le32_to_cpu(inode->more), 1);
		inode->more = 0;
	}
	return 0;
}

int tinyfs_truncate(struct filesystem_mount *fs, u64 number, u64 bytes)
{
	struct tinyfs *t = tinyfs_of(fs);
	struct tinyfs_inode *inode = tinyfs_inode_get(t, number);
	int error;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	error = cut(t, inode, (u32)((bytes + TINYFS_BLOCK - 1) / TINYFS_BLOCK));
	tinyfs_inode_put(t, inode, true);
	return error;
}

/* --- attributes --- */

int tinyfs_read_inode(struct filesystem_mount *fs, u64 number, struct filesystem_attributes *a)
{
	struct tinyfs *t = tinyfs_of(fs);
	struct tinyfs_inode *i = tinyfs_inode_get(t, number);

	if (IS_ERR(i))
		return PTR_ERR(i);
	a->mode = le32_to_cpu(i->mode);
	a->links = le32_to_cpu(i->links);
	a->uid = le32_to_cpu(i->uid);
	a->gid = le32_to_cpu(i->gid);
	a->bytes = le64_to_cpu(i->bytes);
	a->sectors = (u64)le32_to_cpu(i->blocks) * (TINYFS_BLOCK / 512);
	a->device = le64_to_cpu(i->device);
	a->accessed_ns = le64_to_cpu(i->accessed);
	a->modified_ns = le64_to_cpu(i->modified);
	a->changed_ns = le64_to_cpu(i->changed);
	a->created_ns = le64_to_cpu(i->created);
	a->generation = le32_to_cpu(i->generation);
	tinyfs_inode_put(t, i, false);
	return a->mode ? 0 : -ESTALE;
}

static void store(struct tinyfs_inode *i, const struct filesystem_attributes *a)
{
	i->mode = cpu_to_le32(a->mode);
	i->links = cpu_to_le32(a->links);
	i->uid = cpu_to_le32(a->uid);
	i->gid = cpu_to_le32(a->gid);
	i->bytes = cpu_to_le64(a->bytes);
	i->device = cpu_to_le64(a->device);
	i->accessed = cpu_to_le64(a->accessed_ns);
	i->modified = cpu_to_le64(a->modified_ns);
	i->changed = cpu_to_le64(a->changed_ns);
	i->created = cpu_to_le64(a->created_ns);
}

int tinyfs_write_inode(struct filesystem_mount *fs, u64 number,
		       const struct filesystem_attributes *a)
{
	struct tinyfs *t = tinyfs_of(fs);
	struct tinyfs_inode *i = tinyfs_inode_get(t, number);

	if (IS_ERR(i))
		return PTR_ERR(i);
	store(i, a);
	tinyfs_inode_put(t, i, true);
	return 0;
}

int tinyfs_new_inode(struct tinyfs *t, const struct filesystem_attributes *a, u64 *number)
{
	mutex_lock(&t->lock);
	for (u32 i = 0; i < t->inodes && t->free_inodes; i++) {
		u32 n = 1 + (t->inode_hint + i) % t->inodes, generation;
		struct tinyfs_inode *inode = tinyfs_inode_get(t, n);

		if (IS_ERR(inode)) {
			mutex_unlock(&t->lock);
			return PTR_ERR(inode);
		}
		if (le32_to_cpu(inode->mode)) {
			tinyfs_inode_put(t, inode, false);
			continue;
		}
		generation = le32_to_cpu(inode->generation) + 1;
		memset(inode, 0, sizeof(*inode));
		inode->generation = cpu_to_le32(generation);
		store(inode, a);
		tinyfs_inode_put(t, inode, true);
		t->free_inodes--;
		t->inode_hint = n;
		*number = n;
		mutex_unlock(&t->lock);
		return 0;
	}
	mutex_unlock(&t->lock);
	return -ENOSPC;
}

void tinyfs_drop_inode(struct tinyfs *t, u64 number)
{
	struct tinyfs_inode *inode = tinyfs_inode_get(t, number);

	if (IS_ERR(inode))
		return;
	cut(t, inode, 0);
	mutex_lock(&t->lock);
	inode->mode = 0;
	t->free_inodes++;
	t->inode_hint = (u32)number - 1;
	mutex_unlock(&t->lock);
	tinyfs_inode_put(t, inode, true);
}

void tinyfs_evict(struct filesystem_mount *fs, u64 number, bool unlinked)
{
	if (unlinked)
		tinyfs_drop_inode(tinyfs_of(fs), number);
}
