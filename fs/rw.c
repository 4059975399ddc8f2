/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing open files; positions.
 */
#include <fs/calls.h>
#include <fs/files.h>
#include <fs/uio.h>
#include <fs/vfs.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/fcntl.h>
#include <uapi/fs.h>
#include <uapi/stat.h>
#include <uapi/uio.h>

#include "internal.h"
#include "notify.h"

#define MAX_RW_COUNT	(INT_MAX & PAGE_MASK)

/* --- checks --- */

/* `writing` is known where this and the next ones are called, so that each becomes two functions. */
static __always_inline int check_mode(const struct file *file, bool writing)
{
	if (unlikely(!(file->mode & (writing ? FMODE_WRITE : FMODE_READ))))
		return -EBADF;
	return likely(file->mode & (writing ? FMODE_CAN_WRITE : FMODE_CAN_READ)) ? 0 : -EINVAL;
}

static inline int check_range(const struct file *file, loff_t pos, size_t count)
{
	if (unlikely(pos < 0))
		return -EINVAL;
	return unlikely(pos + (loff_t)count < 0) ? -EOVERFLOW : 0;
}

static __always_inline ssize_t transfer(struct file *file, struct iov_iter *iter, loff_t *pos,
					bool writing)
{
	ssize_t n = writing ? file->ops->write_iter(file, iter, pos)
			    : file->ops->read_iter(file, iter, pos);

	if (n > 0)
		notify_file(file, writing ? IN_MODIFY : IN_ACCESS);
	return n;
}

/* --- with an iterator --- */

static __always_inline ssize_t transfer_iter(struct file *file, struct iov_iter *iter, loff_t *pos,
					     bool writing)
{
	ssize_t n = check_mode(file, writing);

	if (n || !iter->count)
		return n;
	n = check_range(file, *pos, iter->count);
	return n ? n : transfer(file, iter, pos, writing);
}

ssize_t vfs_read_iter(struct file *file, struct iov_iter *to, loff_t *pos)
{
	return transfer_iter(file, to, pos, false);
}

ssize_t vfs_write_iter(struct file *file, struct iov_iter *from, loff_t *pos)
{
	return transfer_iter(file, from, pos, true);
}

/* --- with a user buffer --- */

static __always_inline ssize_t transfer_user(struct file *file, void __user *buf, size_t count,
					     loff_t *pos, bool writing)
{
	struct iov_iter iter;
	ssize_t n = check_mode(file, writing);

	if (unlikely(n))
		return n;
	if (unlikely(!access_ok(buf, count)))
		return -EFAULT;
	n = check_range(file, *pos, count);
	if (unlikely(n))
		return n;
	if (count > MAX_RW_COUNT)
		count = MAX_RW_COUNT;
	iov_iter_ubuf(&iter, writing, buf, count);
	return transfer(file, &iter, pos, writing);
}

ssize_t vfs_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return transfer_user(file, buf, count, pos, false);
}

ssize_t vfs_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	return transfer_user(file, (void __user *)buf, count, pos, true);
}

/* --- for the kernel --- */

ssize_t kernel_read(struct file *file, void *buf, size_t count, loff_t *pos)
{
	size_t length = min(count, (size_t)MAX_RW_COUNT);
	struct kvec v = { buf, length };
	struct iov_iter iter;

	iov_iter_kvec(&iter, false, &v, 1, v.len);
	return vfs_read_iter(file, &iter, pos);
}

ssize_t kernel_write(struct file *file, const void *buf, size_t count, loff_t *pos)
{
	size_t length = min(count, (size_t)MAX_RW_COUNT);
	struct kvec v = { (void *)buf, length };
	struct iov_iter iter;

	iov_iter_kvec(&iter, true, &v, 1, v.len);
	return vfs_write_iter(file, &iter, pos);
}

/* --- vectors --- */

static ssize_t transfer_vectors(struct file *file, const struct iovec __user *vec, unsigned long nr,
				loff_t *pos, unsigned int flags, bool writing)
{
	struct iovec fast[UIO_FASTIOV], *iov = fast;
	struct iov_iter iter;
	ssize_t n = check_mode(file, writing);

	if (n)
		return n;
	if (flags & ~RWF_SUPPORTED)
		return -EOPNOTSUPP;
	if (flags & (RWF_NOWAIT | RWF_APPEND))
		return -EOPNOTSUPP;
	n = import_iovec(writing, vec, nr, ARRAY_SIZE(fast), &iov, &iter);
	if (n > 0)
		n = transfer_iter(file, &iter, pos, writing);
	kfree(iov);
	return n;
}

ssize_t vfs_readv(struct file *file, const struct iovec __user *vec, unsigned long nr, loff_t *pos,
		  unsigned int flags)
{
	return transfer_vectors(file, vec, nr, pos, flags, false);
}

ssize_t vfs_writev(struct file *file, const struct iovec __user *vec, unsigned long nr, loff_t *pos,
		   unsigned int flags)
{
	ssize_t n = transfer_vectors(file, vec, nr, pos, flags, true);
	int error = 0;

	if (n > 0 && (flags & (RWF_DSYNC | RWF_SYNC)))
		error = vfs_fsync(file, !(flags & RWF_SYNC));
	return error ? error : n;
}

/* --- positions --- */

loff_t vfs_llseek(struct file *file, loff_t offset, int whence)
{
	if (!(file->mode & FMODE_LSEEK))
		return -ESPIPE;
	return file->ops->llseek(file, offset, whence);
}

static loff_t set_pos(struct file *file, loff_t pos, loff_t max)
{
	if (pos < 0 || pos > max)
		return -EINVAL;
	file->pos = pos;
	return pos;
}

/* For files whose size is known elsewhere: devices, kernel views. */
loff_t generic_file_llseek_size(struct file *file, loff_t offset, int whence, loff_t max,
				loff_t eof)
{
	loff_t sum;

	switch (whence) {
	case SEEK_SET: return set_pos(file, offset, max);
	case SEEK_END:
		return __builtin_add_overflow(eof, offset, &sum) ? -EINVAL
								 : set_pos(file, sum, max);
	case SEEK_CUR:
		if (!offset)
			return file->pos;
		return __builtin_add_overflow(file->pos, offset, &sum) ? -EINVAL
								       : set_pos(file, sum, max);
	case SEEK_DATA: /* no holes: all data up to the end */
		if ((unsigned long long)offset >= (unsigned long long)eof)
			return -ENXIO;
		return set_pos(file, offset, max);
	case SEEK_HOLE:
		if ((unsigned long long)offset >= (unsigned long long)eof)
			return -ENXIO;
		return set_pos(file, eof, max);
	default: return -EINVAL;
	}
}

loff_t generic_file_llseek(struct file *file, loff_t offset, int whence)
{
	struct inode *inode = file->inode;

	return generic_file_llseek_size(file, offset, whence, inode->sb->max_bytes,
					READ_ONCE(inode->size));
}

loff_t no_llseek(struct file *file, loff_t offset, int whence)
{
	return -ESPIPE;
}

loff_t noop_llseek(struct file *file, loff_t offset, int whence)
{
	return file->pos;
}

/* --- syncing --- */

int vfs_fsync_range(struct file *file, loff_t start, loff_t end, bool datasync)
{
	if (!file->ops->fsync)
		return -EINVAL;
	return file->ops->fsync(file, start, end, datasync);
}

int vfs_fsync(struct file *file, bool datasync)
{
	return vfs_fsync_range(file, 0, S64_MAX, datasync);
}

int noop_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	return 0;
}

static void sync_one(struct super_block *sb, void *arg)
{
	if (!sb_rdonly(sb) && sb->ops && sb->ops->sync_fs)
		sb->ops->sync_fs(sb, *(bool *)arg);
}

void do_sync(void)
{
	bool wait = false;

	for_each_super(sync_one, &wait);
	wait = true;
	for_each_super(sync_one, &wait);
	if (sync_block_devices)
		sync_block_devices(true);
}

int do_syncfs(struct file *file)
{
	struct super_block *sb = file->path.dentry->sb;
	int error = 0;

	down_read(&sb->umount_lock);
	if (!sb_rdonly(sb) && sb->ops && sb->ops->sync_fs)
		error = sb->ops->sync_fs(sb, true);
	up_read(&sb->umount_lock);
	return error;
}
