/* SPDX-License-Identifier: MIT */
/* Block special files as programs use them: reading, writing, mapping, syncing. file->private is the bdev, file->mapping its cache. */
#include <drivers/block.h>
#include <fs/calls.h>
#include <fs/extent.h>
#include <fs/uio.h>
#include <mm/space.h>
#include <uapi/fcntl.h>

#include "bdev.h"
#include "internal.h"

static int open(struct inode *inode, struct file *file)
{
	struct bdev *bdev = bdev_find(inode->rdev);
	int error;

	if (!bdev)
		return -ENXIO;
	/* O_EXCL without O_CREAT: nobody else may have it alone meanwhile. */
	error = bdev_open(bdev, file->mode & FMODE_WRITE, file->flags & O_EXCL ? file : NULL);
	if (error) {
		bdev_put(bdev);
		return error;
	}
	file->private = bdev;
	file->mapping = bdev->inode->mapping;
	file->write_error_seq = READ_ONCE(file->mapping->write_error_seq);
	return 0;
}

static void release(struct inode *inode, struct file *file)
{
	struct bdev *bdev = file->private;

	bdev_close(bdev, bdev->holder == file ? file : NULL);
	bdev_put(bdev);
}

static loff_t llseek(struct file *file, loff_t offset, int whence)
{
	return generic_file_llseek_size(file, offset, whence, S64_MAX,
					READ_ONCE(file->mapping->host->size));
}

static ssize_t read_iter(struct file *file, struct iov_iter *to, loff_t *pos)
{
	return file->flags & O_DIRECT ? extent_direct(file, to, pos, false)
				      : generic_file_read_iter(file, to, pos);
}

static ssize_t write_iter(struct file *file, struct iov_iter *from, loff_t *pos)
{
	loff_t size = READ_ONCE(file->mapping->host->size);
	ssize_t n;

	if (bdev_read_only(file->private))
		return -EPERM;
	if (!from->count)
		return 0;
	if (*pos >= size)
		return -ENOSPC;
	iov_iter_truncate(from, size - *pos);
	n = file->flags & O_DIRECT ? extent_direct(file, from, pos, true)
				   : generic_perform_write(file, from, pos);
	if (n > 0 && file->flags & O_DSYNC) {
		int error = vfs_fsync_range(file, *pos - n, *pos - 1, true);

		if (error)
			return error;
	}
	return n;
}

static int fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	int error = mapping_write_and_wait(file->mapping, start, end), earlier,
	    flushed = bdev_flush(file->private);

	earlier = mapping_check_error(file->mapping, &file->write_error_seq);
	return error ?: earlier ?: flushed;
}

const struct file_operations bdev_fops = {
	.open = open,
	.release = release,
	.llseek = llseek,
	.read_iter = read_iter,
	.write_iter = write_iter,
	.mmap = cached_file_mmap,
	.fsync = fsync,
	.ioctl = bdev_ioctl,
};
