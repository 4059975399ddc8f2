/* SPDX-License-Identifier: MIT */
/*
 * Files whose bytes lie on a block device: reading, writing, write-back and direct transfers by ranges (fs/extent_io.c, extent_direct.c). Whoever
 * knows where a file lies tells it range by range; pages, bios and the cache are handled here. Block special files use it too: their
 * range is the device.
 */
#ifndef FS_EXTENT_H
#define FS_EXTENT_H

#include <fs/vfs.h>

struct bdev;

enum file_extent_type {
	EXTENT_HOLE, /* reads as zeroes; nothing on the device */
	EXTENT_MAPPED,
	/* has room on the device, reads as zeroes until it is written and committed */
	EXTENT_UNWRITTEN,
};

struct file_extent {
	u64 offset, length; /* in the file, bytes */
	u64 disk;	    /* on the device, bytes; of holes: nothing */
	enum file_extent_type type;
};

struct extent_ops {
	/* The extent in which offset lies; it need not be known farther than length. write: it must not be a hole, so room is made (-ENOSPC). Sleeps. */
	int (*map)(struct inode *inode, u64 offset, u64 length, bool write,
		   struct file_extent *extent);
	/* What lay in unwritten extents has been written. May be NULL if there never are any. Sleeps. */
	int (*commit)(struct inode *inode, u64 offset, u64 length);
	struct bdev *(*bdev)(const struct inode *inode);
	/* extents begin and end at its multiples; at most PAGE_SIZE */
	u32 (*block_size)(const struct inode *inode);
};

/* For inode->mapping: mapping->ops and mapping->extents. */
extern const struct mapping_ops extent_mapping_ops;
/* For O_DIRECT: aligned to the device's logical blocks, else -EINVAL. Bytes or -errno. Writes of regular files: rwsem held. */
ssize_t extent_direct(struct file *file, struct iov_iter *iter, loff_t *pos, bool write);

#endif
