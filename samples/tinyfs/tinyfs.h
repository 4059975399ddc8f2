/* SPDX-License-Identifier: MIT */
/*
 * tinyfs: a small file system on a block device: what is needed, and nothing that makes it quick or safe against a loss of power. A folder to copy.
 *
 * Blocks of 4096 bytes; all numbers little-endian:
 *
 *	block 0		struct tinyfs_super
 *	bitmap		a bit a block of the device: in use
 *	table		inodes, 256 bytes each; number 1 is the root folder
 *	data		files, folders (entries of 128 bytes), targets of links, further extents
 *
 * A file's extents are sorted by their place in the file: 14 in the inode, 341 more in a block of their own.
 *
 *	super.c		mounting
 *	space.c		the bitmap
 *	inode.c		inodes and where their bytes lie
 *	directory.c	names
 */
#ifndef TINYFS_H
#define TINYFS_H

#include <kit/filesystem.h>
#include <kit/lock.h>
#include <kit/types.h>

#define TINYFS_MAGIC		0x31736679746e6974ull	/* the bytes "tintyfs1" */
#define TINYFS_BLOCK		4096u
#define TINYFS_INODE		256u
#define TINYFS_INLINE_EXTENTS	14u
#define TINYFS_MORE_EXTENTS	341u
#define TINYFS_EXTENTS		(TINYFS_INLINE_EXTENTS + TINYFS_MORE_EXTENTS)
#define TINYFS_NAME_MAX		120u
#define TINYFS_ROOT		1u

struct tinyfs_super {
	__le64 magic;
	__le32 blocks, inodes;
	__le32 bitmap, bitmap_blocks; /* first block, how many */
	__le32 table, table_blocks;
};

struct tinyfs_extent {
	__le32 start, count; /* in the file, blocks */
	__le32 disk;	     /* first block on the device */
};

struct tinyfs_inode {
	__le32 mode, links, uid, gid; /* mode 0: free */
	__le64 bytes, device;
	__le64 accessed, modified, changed, created;
	__le32 generation, nr_extents;
	__le32 more, blocks; /* block of further extents, 0: none; blocks in use */
	struct tinyfs_extent extents[TINYFS_INLINE_EXTENTS];
	u8 reserved[8];
};
_Static_assert(sizeof(struct tinyfs_inode) == TINYFS_INODE, "an inode on the disk");

struct tinyfs_entry {
	__le32 inode; /* 0: free */
	u8 length, reserved[3];
	char name[TINYFS_NAME_MAX];
};
_Static_assert(sizeof(struct tinyfs_entry) == 128, "an entry of a folder");
#define TINYFS_ENTRIES		(TINYFS_BLOCK / (u32)sizeof(struct tinyfs_entry))

struct tinyfs {
	struct filesystem_mount *fs;
	u32 blocks, inodes, bitmap, bitmap_blocks, table, first_data;
	struct mutex lock; /* all below, the bitmap and which inodes are free */
	u32 free_blocks, free_inodes;
	u32 block_hint, inode_hint;
};

static inline struct tinyfs *tinyfs_of(const struct filesystem_mount *fs) { return filesystem_data(fs); }

/* space.c */
int tinyfs_count(struct tinyfs *t, bool read_only); /* what is free */
/* contiguous blocks, at most wanted: how many, or -ENOSPC, -EIO */
int tinyfs_alloc(struct tinyfs *t, u32 goal, u32 wanted, u32 *block);
void tinyfs_free(struct tinyfs *t, u32 block, u32 count);

/* inode.c */
struct tinyfs_inode *tinyfs_inode_get(struct tinyfs *t, u64 number); /* ERR_PTR */
void tinyfs_inode_put(struct tinyfs *t, struct tinyfs_inode *inode, bool changed);
/* The device's block of a file's block, made if there is none and make says so; 0: none. Negative: error. */
s64 tinyfs_block_of(struct tinyfs *t, struct tinyfs_inode *inode, u32 block, bool make);
int tinyfs_read_inode(struct filesystem_mount *fs, u64 number, struct filesystem_attributes *a);
int tinyfs_write_inode(struct filesystem_mount *fs, u64 number,
		       const struct filesystem_attributes *a);
int tinyfs_truncate(struct filesystem_mount *fs, u64 number, u64 bytes);
void tinyfs_evict(struct filesystem_mount *fs, u64 number, bool unlinked);
int tinyfs_map(struct filesystem_mount *fs, u64 number, u64 offset, u64 length, bool write,
	       struct filesystem_extent *e);
int tinyfs_new_inode(struct tinyfs *t, const struct filesystem_attributes *a, u64 *number);
void tinyfs_drop_inode(struct tinyfs *t, u64 number);

/* directory.c */
int tinyfs_lookup(struct filesystem_mount *fs, u64 folder, const char *name, u32 length,
		  u64 *inode);
int tinyfs_create(struct filesystem_mount *fs, u64 folder, const char *name, u32 length,
		  const struct filesystem_attributes *a, const char *target, u64 *inode);
int tinyfs_link(struct filesystem_mount *fs, u64 folder, const char *name, u32 length, u64 inode);
int tinyfs_remove(struct filesystem_mount *fs, u64 folder, const char *name, u32 length, u64 inode);
int tinyfs_rename(struct filesystem_mount *fs, u64 old_folder, const char *old_name, u32 old_length,
		  u64 new_folder, const char *new_name, u32 new_length, u64 inode, u64 replaced);
int tinyfs_iterate(struct filesystem_mount *fs, u64 folder, u64 *position,
		   struct filesystem_sink *sink);
int tinyfs_read_link(struct filesystem_mount *fs, u64 inode, char *buffer, u32 size);

#endif
