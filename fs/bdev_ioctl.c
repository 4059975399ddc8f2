/* SPDX-License-Identifier: MIT */
/* ioctl(2) on block special files: sizes, limits, flushing, partitions, discarding; numbers and results as Linux has them. */
#include <drivers/block.h>
#include <kernel/cred.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/fs.h>

#include "bdev.h"

static long put_value(unsigned long arg, u64 value, unsigned int bytes)
{
	return copy_to_user((void __user *)arg, &value, bytes) ? -EFAULT : 0;
}

static long set_read_only(struct bdev *bdev, unsigned long arg)
{
	int on;

	if (!capable(CAP_SYS_ADMIN))
		return -EACCES;
	if (copy_from_user(&on, (const void __user *)arg, sizeof(on)))
		return -EFAULT;
	return block_set_read_only(bdev, on);
}

static long flush_buffers(struct bdev *bdev)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EACCES;
	bdev_sync(bdev);
	bdev_invalidate(bdev);
	return 0;
}

static long reread_partitions(struct bdev *bdev)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EACCES;
	if (bdev->partno)
		return -EINVAL;
	bdev_sync(bdev);
	return block_partitions_rescan(bdev->disk);
}

static long change_partition(struct bdev *bdev, unsigned long arg)
{
	struct blkpg_ioctl_arg a;
	struct blkpg_partition p;
	u64 start, nr;

	if (!capable(CAP_SYS_ADMIN))
		return -EACCES;
	if (copy_from_user(&a, (const void __user *)arg, sizeof(a)) ||
	    copy_from_user(&p, (const void __user *)a.data, sizeof(p)))
		return -EFAULT;
	if (bdev->partno || p.pno <= 0)
		return -EINVAL;
	if (a.op == BLKPG_DEL_PARTITION)
		return block_partition_delete(bdev->disk, p.pno);
	if (p.start < 0 || p.length <= 0 || (p.start | p.length) & (bdev_logical_block(bdev) - 1))
		return -EINVAL;
	start = (u64)p.start >> SECTOR_SHIFT;
	nr = (u64)p.length >> SECTOR_SHIFT;
	switch (a.op) {
	case BLKPG_ADD_PARTITION: return block_partition_add(bdev->disk, p.pno, start, nr);
	case BLKPG_RESIZE_PARTITION: return block_partition_resize(bdev->disk, p.pno, start, nr);
	default: return -EINVAL;
	}
}

/* BLKDISCARD, BLKZEROOUT: {start, length} in bytes; the cache forgets the range. */
static long erase(struct file *file, unsigned int command, unsigned long arg)
{
	struct bdev *bdev = file->private;
	u32 block = bdev_logical_block(bdev);
	u64 range[2];
	int error;

	if (!(file->mode & FMODE_WRITE))
		return -EBADF;
	if (copy_from_user(range, (const void __user *)arg, sizeof(range)))
		return -EFAULT;
	if ((range[0] | range[1]) & (block - 1) || range[0] + range[1] < range[0] ||
	    range[0] + range[1] > bdev_bytes(bdev) || !range[1])
		return -EINVAL;
	if (bdev_read_only(bdev))
		return -EPERM;
	if (command == BLKDISCARD && !block_limits(bdev)->max_discard_bytes)
		return -EOPNOTSUPP;
	/* Pages that are only partly in the range keep the rest. */
	error = mapping_write_and_wait(file->mapping, range[0], range[0] + range[1] - 1);
	if (error)
		return error;
	truncate_pagecache_range(file->mapping, range[0] & (u64)PAGE_MASK,
				 ALIGN(range[0] + range[1], (u64)PAGE_SIZE));
	return command == BLKDISCARD ? bdev_discard(bdev, range[0] >> SECTOR_SHIFT, range[1])
				     : bdev_write_zeroes(bdev, range[0] >> SECTOR_SHIFT, range[1]);
}

static long get_geometry(struct bdev *bdev, unsigned long arg)
{
	struct hd_geometry g = { .heads = 255, .sectors = 63, .start = bdev->start };

	if (!arg)
		return -EINVAL;
	g.cylinders = bdev->disk ? bdev_bytes(block_whole(bdev)) / SECTOR_SIZE / (255 * 63) : 0;
	return copy_to_user((void __user *)arg, &g, sizeof(g)) ? -EFAULT : 0;
}

static long set_block_size(unsigned long arg)
{
	int size;

	if (!capable(CAP_SYS_ADMIN))
		return -EACCES;
	if (copy_from_user(&size, (const void __user *)arg, sizeof(size)))
		return -EFAULT;
	/* The cache has pages and needs no such size; what Linux refuses is refused. */
	return size < (int)SECTOR_SIZE || size > (int)PAGE_SIZE || (size & (size - 1)) ? -EINVAL
										       : 0;
}

static long ask_limits(struct bdev *bdev, unsigned int command, unsigned long arg)
{
	const struct block_params *l = block_limits(bdev);

	switch (command) {
	case BLKSSZGET: return put_value(arg, l->logical_block, 4);
	case BLKPBSZGET: return put_value(arg, l->physical_block, 4);
	case BLKIOMIN: return put_value(arg, l->io_min, 4);
	case BLKIOOPT: return put_value(arg, l->io_opt, 4);
	case BLKALIGNOFF: return put_value(arg, 0, 4);
	case BLKDISCARDZEROES: return put_value(arg, 0, 4);
	case BLKSECTGET:
		return put_value(arg,
				 min(min((u64)l->max_bytes,
					 (u64)l->max_segments * l->max_segment_bytes) >>
					     9,
				     (u64)0xffff),
				 2);
	case BLKROTATIONAL: return put_value(arg, !(l->features & BLOCK_ROTATIONAL) ? 0 : 1, 2);
	default: return -ENOTTY;
	}
}

long bdev_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	struct bdev *bdev = file->private;

	switch (command) {
	case BLKGETSIZE64: return put_value(arg, bdev_bytes(bdev), 8);
	case BLKGETSIZE: return put_value(arg, bdev->nr_sectors, 8);
	case BLKBSZGET: return put_value(arg, PAGE_SIZE, 4);
	case BLKBSZSET: return set_block_size(arg);
	case BLKROGET: return put_value(arg, bdev_read_only(bdev), 4);
	case BLKROSET: return set_read_only(bdev, arg);
	case BLKRAGET:
	case BLKFRAGET: return put_value(arg, 256, 8);
	case BLKRASET:
	case BLKFRASET: return capable(CAP_SYS_ADMIN) ? 0 : -EACCES;
	case BLKFLSBUF: return flush_buffers(bdev);
	case BLKRRPART: return reread_partitions(bdev);
	case BLKPG: return change_partition(bdev, arg);
	case BLKDISCARD:
	case BLKZEROOUT: return erase(file, command, arg);
	case BLKGETDISKSEQ: return put_value(arg, block_sequence(bdev), 8);
	case HDIO_GETGEO: return get_geometry(bdev, arg);
	default: return ask_limits(bdev, command, arg);
	}
}
