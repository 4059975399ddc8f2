// SPDX-License-Identifier: MIT
/* tinyfs: folders: blocks of entries. The core keeps changes of one folder apart. */
#include "tinyfs.h"

#include <kit/memory.h>

struct place { /* an entry, in a cached block */
	struct tinyfs_entry *block, *entry;
	u32 number; /* of the entry in the folder */
};

static u32 nr_blocks(const struct tinyfs_inode *folder)
{
	return (u32)(le64_to_cpu(folder->bytes) / TINYFS_BLOCK);
}

static struct tinyfs_entry *entries(struct tinyfs *t, struct tinyfs_inode *folder, u32 block,
				    bool make)
{
	s64 disk = tinyfs_block_of(t, folder, block, make);

	if (disk <= 0)
		return ERR_PTR(disk ? disk : -EIO);
	return filesystem_block_get(t->fs, (u64)disk);
}

/* The entry of that name, or (name NULL) a free one: 0 with its block held, -ENOENT, -EIO. */
static int find(struct tinyfs *t, struct tinyfs_inode *folder, const char *name, u32 length,
		struct place *p)
{
	for (u32 block = 0; block < nr_blocks(folder); block++) {
		struct tinyfs_entry *e = entries(t, folder, block, false);

		if (IS_ERR(e))
			return PTR_ERR(e);
		for (u32 i = 0; i < TINYFS_ENTRIES; i++) {
			bool used = le32_to_cpu(e[i].inode) != 0;

			if (name ? used && e[i].length == length && !memcmp(e[i].name, name, length)
				 : !used) {
				*p = (struct place){ e, &e[i], block * TINYFS_ENTRIES + i };
				return 0;
			}
		}
		filesystem_block_put(t->fs, e, false);
	}
	return -ENOENT;
}

/* A free entry, in a new block if need be. */
static int find_free(struct tinyfs *t, struct tinyfs_inode *folder, struct place *p)
{
	int error = find(t, folder, NULL, 0, p);
	u32 block = nr_blocks(folder);

	if (error != -ENOENT)
		return error;
	p->block = p->entry = entries(t, folder, block, true);
	if (IS_ERR(p->block))
		return PTR_ERR(p->block);
	memset(p->block, 0, TINYFS_BLOCK);
	folder->bytes = cpu_to_le64((u64)(block + 1) * TINYFS_BLOCK);
	return 0;
}

static void write_entry(struct tinyfs_entry *entry, const char *name, u32 length, u64 inode)
{
	memset(entry, 0, sizeof(*entry));
	entry->length = (u8)length;
	memcpy(entry->name, name, length);
	entry->inode = cpu_to_le32((u32)inode);
}

static int add(struct tinyfs *t, u64 number, const char *name, u32 length, u64 inode)
{
	struct tinyfs_inode *folder = tinyfs_inode_get(t, number);
	struct place p;
	int error;

	if (IS_ERR(folder))
		return PTR_ERR(folder);
	error = find_free(t, folder, &p);
	if (!error) {
		/* lint: analyzer-use-of-uninitialized-value: find_free() sets it */
		write_entry(p.entry, name, length, inode);
		filesystem_block_put(t->fs, p.block, true);
	}
	tinyfs_inode_put(t, folder, true);
	return error;
}

static int take_away(struct tinyfs *t, u64 number, const char *name, u32 length)
{
	struct tinyfs_inode *folder = tinyfs_inode_get(t, number);
	struct place p;
	int error;

	if (IS_ERR(folder))
		return PTR_ERR(folder);
	error = find(t, folder, name, length, &p);
	if (!error) {
		p.entry->inode = 0;
		filesystem_block_put(t->fs, p.block, true);
	}
	tinyfs_inode_put(t, folder, false);
	return error;
}

/* 0: a folder with no entry, or no folder. */
static int check_empty(struct tinyfs *t, u64 number)
{
	struct tinyfs_inode *inode = tinyfs_inode_get(t, number);
	int error = 0;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	for (u32 block = 0;
	     (le32_to_cpu(inode->mode) & 0170000) == 0040000 && block < nr_blocks(inode) && !error;
	     block++) {
		struct tinyfs_entry *e = entries(t, inode, block, false);

		if (IS_ERR(e)) {
			error = PTR_ERR(e);
			break;
		}
		for (u32 i = 0; i < TINYFS_ENTRIES && !error; i++)
			error = le32_to_cpu(e[i].inode) ? -ENOTEMPTY : 0;
		filesystem_block_put(t->fs, e, false);
	}
	tinyfs_inode_put(t, inode, false);
	return error;
}

int tinyfs_lookup(struct filesystem_mount *fs, u64 number, const char *name, u32 length, u64 *inode)
{
	struct tinyfs *t = tinyfs_of(fs);
	struct tinyfs_inode *folder = tinyfs_inode_get(t, number);
	struct place p;
	int error;

	if (IS_ERR(folder))
		return PTR_ERR(folder);
	error = find(t, folder, name, length, &p);
	if (!error) {
		*inode = le32_to_cpu(p.entry->inode);
		filesystem_block_put(fs, p.block, false);
	}
	tinyfs_inode_put(t, folder, false);
	return error;
}

static int write_target(struct tinyfs *t, u64 number, const char *target)
{
	struct tinyfs_inode *inode = tinyfs_inode_get(t, number);
	char *block;
	s64 disk;
	int error = 0;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	disk = tinyfs_block_of(t, inode, 0, true);
	block = disk > 0 ? filesystem_block_get(t->fs, (u64)disk) : ERR_PTR(disk ? disk : -EIO);
	if (IS_ERR(block)) {
		error = PTR_ERR(block);
	} else {
		memset(block, 0, TINYFS_BLOCK);
		memcpy(block, target, strlen(target));
		filesystem_block_put(t->fs, block, true);
	}
	tinyfs_inode_put(t, inode, true);
	return error;
}

int tinyfs_create(struct filesystem_mount *fs, u64 folder, const char *name, u32 length,
		  const struct filesystem_attributes *a, const char *target, u64 *inode)
{
	struct tinyfs *t = tinyfs_of(fs);
	int error = tinyfs_new_inode(t, a, inode);

	if (error)
		return error;
	if (target)
		error = write_target(t, *inode, target);
	if (!error)
		error = add(t, folder, name, length, *inode);
	if (error)
		tinyfs_drop_inode(t, *inode);
	return error;
}

int tinyfs_link(struct filesystem_mount *fs, u64 folder, const char *name, u32 length, u64 inode)
{
	return add(tinyfs_of(fs), folder, name, length, inode);
}

int tinyfs_remove(struct filesystem_mount *fs, u64 folder, const char *name, u32 length, u64 inode)
{
	struct tinyfs *t = tinyfs_of(fs);
	int error = check_empty(t, inode);

	return error ? error : take_away(t, folder, name, length);
}

/* The old name's place is held. Both places first, which may fail; then they are changed, which cannot. */
static int move(struct tinyfs *t, struct place *old, u64 new_folder, const char *name, u32 length,
		bool replaces)
{
	struct tinyfs_inode *folder = tinyfs_inode_get(t, new_folder);
	struct place new;
	int error;

	if (IS_ERR(folder))
		return PTR_ERR(folder);
	error = replaces ? find(t, folder, name, length, &new) : find_free(t, folder, &new);
	if (!error) {
		/* lint: clang-analyzer-core.CallAndMessage: the errno of an error is not 0 */
		/* lint: clang-analyzer-core.NullDereference: nor here */
		write_entry(new.entry, name, length, le32_to_cpu(old->entry->inode));
		old->entry->inode = 0;
		filesystem_block_put(t->fs, new.block, true);
	}
	tinyfs_inode_put(t, folder, true);
	return error;
}

int tinyfs_rename(struct filesystem_mount *fs, u64 old_folder, const char *old_name, u32 old_length,
		  u64 new_folder, const char *new_name, u32 new_length, u64 inode, u64 replaced)
{
	struct tinyfs *t = tinyfs_of(fs);
	int error = replaced ? check_empty(t, replaced) : 0;
	struct tinyfs_inode *folder;
	struct place old;

	if (error)
		return error;
	folder = tinyfs_inode_get(t, old_folder);
	if (IS_ERR(folder))
		return PTR_ERR(folder);
	error = find(t, folder, old_name, old_length, &old);
	if (!error) {
		if (old_folder == new_folder && !replaced)
			/* lint: clang-analyzer-core.CallAndMessage: the errno of an error is not 0 */
			write_entry(old.entry, new_name, new_length, inode);
		else
			error = move(t, &old, new_folder, new_name, new_length, replaced);
		/* lint: clang-analyzer-core.CallAndMessage: the errno of an error is not 0 */
		filesystem_block_put(fs, old.block, !error);
	}
	tinyfs_inode_put(t, folder, false);
	return error;
}

int tinyfs_iterate(struct filesystem_mount *fs, u64 number, u64 *position,
		   struct filesystem_sink *sink)
{
	struct tinyfs *t = tinyfs_of(fs);
	struct tinyfs_inode *folder = tinyfs_inode_get(t, number);
	bool room = true;
	int error = 0;

	if (IS_ERR(folder))
		return PTR_ERR(folder);
	while (room && !error && *position / TINYFS_ENTRIES < nr_blocks(folder)) {
		struct tinyfs_entry *e = entries(t, folder, (u32)(*position / TINYFS_ENTRIES),
						 false);
		u32 i = (u32)(*position % TINYFS_ENTRIES);

		if (IS_ERR(e)) {
			error = PTR_ERR(e);
			break;
		}
		for (; room && !error && i < TINYFS_ENTRIES; i++) {
			if (le32_to_cpu(e[i].inode) &&
			    (!e[i].length || e[i].length > TINYFS_NAME_MAX))
				error = -EIO;
			else if (le32_to_cpu(e[i].inode))
				room = filesystem_emit(sink, e[i].name, e[i].length,
						       le32_to_cpu(e[i].inode), 0);
			*position += room && !error;
		}
		filesystem_block_put(fs, e, false);
	}
	tinyfs_inode_put(t, folder, false);
	return error;
}

int tinyfs_read_link(struct filesystem_mount *fs, u64 number, char *buffer, u32 size)
{
	struct tinyfs *t = tinyfs_of(fs);
	struct tinyfs_inode *inode = tinyfs_inode_get(t, number);
	u64 length;
	char *block;
	s64 disk;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	length = le64_to_cpu(inode->bytes);
	disk = tinyfs_block_of(t, inode, 0, false);
	tinyfs_inode_put(t, inode, false);
	if (disk <= 0 || length > size || length > TINYFS_BLOCK)
		return -EIO;
	block = filesystem_block_get(fs, (u64)disk);
	if (IS_ERR(block))
		return PTR_ERR(block);
	memcpy(buffer, block, length);
	filesystem_block_put(fs, block, false);
	return (int)length;
}
