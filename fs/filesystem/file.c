/* SPDX-License-Identifier: MIT */
/* Regular files of the filesystem class: through the page cache or, with O_DIRECT, past it. */
#include <fs/uio.h>
#include <mm/space.h>
#include <uapi/fcntl.h>

#include "internal.h"

static ssize_t read_iter(struct file *file, struct iov_iter *to, loff_t *pos)
{
	ssize_t n;

	if (!(file->flags & O_DIRECT))
		return generic_file_read_iter(file, to, pos);
	down_read(&file->inode->rwsem);
	n = extent_direct(file, to, pos, false);
	up_read(&file->inode->rwsem);
	return n;
}

/* What is not whole blocks of the file system goes through the cache: room made for it must not show what lay there before. */
static ssize_t write_some(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct inode *inode = file->inode;
	ssize_t n;

	if (!(file->flags & O_DIRECT) || ((u64)*pos | from->count) & (inode->sb->block_size - 1))
		return generic_perform_write(file, from, pos);
	n = extent_direct(file, from, pos, true);
	if (n > 0 && *pos > inode->size)
		WRITE_ONCE(inode->size, *pos);
	return n;
}

static ssize_t write_locked(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct inode *inode = file->inode;
	ssize_t n = generic_write_checks(file, from, pos);
	loff_t size = inode->size;
	int error;

	if (n <= 0)
		return n;
	error = file_remove_privs(file);
	if (!error)
		error = file_update_time(file);
	if (error)
		return error;
	n = write_some(file, from, pos);
	if (inode->size != size) {
		error = class_write_inode(inode);
		if (error && n >= 0)
			n = error;
	}
	return n;
}

static ssize_t write_iter(struct file *file, struct iov_iter *from, loff_t *pos)
{
	ssize_t n;
	int error;

	down_write(&file->inode->rwsem);
	n = write_locked(file, from, pos);
	up_write(&file->inode->rwsem);
	if (n <= 0 || !(file->flags & O_DSYNC))
		return n;
	error = vfs_fsync_range(file, *pos - n, *pos - 1, !(file->flags & (O_SYNC & ~O_DSYNC)));
	return error ?: n;
}

/* The file's pages, then what the file system has in cached blocks: all of the device's. */
int class_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	struct inode *inode = file->inode;
	int error = inode->data.extents ? mapping_write_and_wait(inode->mapping, start, end) : 0,
	    earlier, written;

	earlier = mapping_check_error(inode->mapping, &file->write_error_seq);
	written = sb_rdonly(inode->sb) ? 0 : class_write_inode(inode);
	if (!written)
		written = bdev_sync(inode->sb->bdev);
	return error ?: earlier ?: written;
}

static int open(struct inode *inode, struct file *file)
{
	file->write_error_seq = READ_ONCE(inode->mapping->write_error_seq);
	return 0;
}

const struct inode_operations class_file_inode_operations = {
	.setattr = class_setattr,
	.update_time = class_update_time,
};

const struct file_operations class_file_operations = {
	.open = open,
	.llseek = generic_file_llseek,
	.read_iter = read_iter,
	.write_iter = write_iter,
	.mmap = cached_file_mmap,
	.fsync = class_fsync,
};
