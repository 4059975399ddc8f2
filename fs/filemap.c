/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing files through the page cache.
 *
 * A write brings the source's page in first and then copies under the page lock with faults off: were the fault taken there, a write of
 * a file from its own mapping would wait for itself.
 */
#include <fs/calls.h>
#include <fs/uio.h>
#include <fs/vfs.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <mm/page.h>
#include <mm/space.h>
#include <uapi/fcntl.h>
#include <uapi/resource.h>

#include "internal.h"

static inline bool is_ready(struct page *page)
{
	return page_test(page, PG_UPTODATE);
}

ssize_t generic_file_read_iter(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct mapping *m = file->mapping;
	struct inode *inode = m->host;
	bool ages = !test_bit(MAPPING_UNEVICTABLE, &m->flags);
	ssize_t done = 0;
	int error = 0;

	while (to->count) {
		unsigned long index = *pos >> PAGE_SHIFT;
		unsigned int offset = *pos & ~PAGE_MASK;
		struct page *page;
		size_t n, copied;
		loff_t size = READ_ONCE(inode->size);

		if (*pos >= size)
			break;
		page = find_get_page(m, index);
		if (unlikely(!page || !is_ready(page))) {
			if (page)
				put_page(page);
			page = mapping_read_page(m, file, index);
			if (IS_ERR(page)) {
				error = PTR_ERR(page);
				break;
			}
			size = READ_ONCE(inode->size); /* as it was when the page was there */
			if (*pos >= size) {
				put_page(page);
				break;
			}
		}
		if (unlikely(page_test(page, PG_READAHEAD)))
			mapping_readahead_next(m, file, page);
		/* Going on within a page is no second use of it: else every file read in small pieces would look much used. */
		if (ages && (!offset || *pos != file->readahead.prev_pos))
			mark_page_accessed(page);
		n = min_t(size_t, PAGE_SIZE - offset, size - *pos);
		n = min(n, to->count);
		copied = copy_page_to_iter(page, offset, n, to);
		put_page(page);
		*pos += copied;
		done += copied;
		if (unlikely(copied < n)) {
			error = -EFAULT;
			break;
		}
		if (unlikely(fatal_signal_pending(current))) {
			error = -EINTR;
			break;
		}
	}
	if (ages)
		WRITE_ONCE(file->readahead.prev_pos, *pos);
	if (!(file->flags & O_NOATIME))
		touch_atime(&file->path);
	return done ?: error;
}

/* mmap of a file in the page cache: what the program will read there counts as read now, as on Linux. */
int cached_file_mmap(struct file *file, struct vma *vma)
{
	if (!(file->flags & O_NOATIME))
		touch_atime(&file->path);
	return generic_file_mmap(file, vma);
}

/* A store through a shared mapping: as if by write. What the file system cannot note now it notes when it writes the page back. */
void file_written_by_mapping(struct file *file)
{
	file_update_time(file);
}

/* Makes a page that has no contents yet zero but for what is about to be written. */
static void zero_around(struct page *page, unsigned int offset, unsigned int len)
{
	char *p = page_address(page);

	memset(p, 0, offset);
	memset(p + offset + len, 0, PAGE_SIZE - offset - len);
}

/* One page's worth; bytes or -errno. The inode's rwsem is held for writing. */
static ssize_t write_page(struct mapping *m, struct iov_iter *from, loff_t pos, unsigned int n)
{
	unsigned int offset = pos & ~PAGE_MASK;
	struct inode *inode = m->host;
	struct page *page;
	size_t copied;
	bool fresh;
	int error;

	page = mapping_grab_page(m, pos >> PAGE_SHIFT, m->gfp);
	if (IS_ERR_OR_NULL(page))
		return page ? PTR_ERR(page) : -ENOMEM;
	if (m->ops && m->ops->write_begin) {
		error = m->ops->write_begin(m, page, offset, n);
		if (error)
			goto out;
	}
	fresh = !is_ready(page);
	if (fresh)
		zero_around(page, offset, n);
	copied = copy_page_from_iter_atomic(page, offset, n, from);
	if (fresh) {
		if (copied < n)
			memset((char *)page_address(page) + offset + copied, 0, n - copied);
		page_set(page, PG_UPTODATE);
	}
	if (pos + (loff_t)copied > inode->size)
		WRITE_ONCE(inode->size, pos + copied);
	error = copied;
	if (m->ops && m->ops->write_end && m->ops->write_end(m, page, offset, copied) < 0)
		error = -EIO;
	/* Room was made for it: what is there on the device must be overwritten, were it by zeroes. */
	if (copied || (m->ops && m->ops->write_begin))
		set_page_dirty(page);
out:
	unlock_page(page);
	put_page(page);
	return error;
}

/* Copies all of `from`, whose size and place have been checked. */
ssize_t generic_perform_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct mapping *m = file->mapping;
	ssize_t done = 0, n = 0;

	while (from->count) {
		unsigned int len = min_t(size_t, PAGE_SIZE - (*pos & ~PAGE_MASK), from->count);

		/* what part of it is there? At least one byte must be */
		if (unlikely(fault_in_iov_iter_readable(from, len) == len)) {
			n = -EFAULT;
			break;
		}
		if (unlikely(fatal_signal_pending(current))) {
			n = -EINTR;
			break;
		}
		n = write_page(m, from, *pos, len);
		if (n < 0)
			break;
		*pos += n;
		done += n;
		balance_dirty_pages(m);
		cond_resched();
	}
	return done ?: n;
}

/* Limits a write as RLIMIT_FSIZE and the file system say. Bytes that may be written, or -errno. rwsem held. */
ssize_t generic_write_checks(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct inode *inode = file->inode;
	loff_t limit = inode->sb->max_bytes;
	unsigned long rlim = rlimit(RLIMIT_FSIZE);

	if (!from->count)
		return 0;
	if (file->flags & O_APPEND)
		*pos = inode->size;
	if (rlim != RLIM_INFINITY && (u64)limit > rlim) {
		if (*pos >= (loff_t)rlim) {
			send_signal_thread(current, SIGXFSZ, SEND_SIG_PRIV);
			return -EFBIG;
		}
		limit = rlim;
	}
	if (*pos >= limit)
		return -EFBIG;
	iov_iter_truncate(from, limit - *pos);
	return from->count;
}

ssize_t generic_file_write_iter(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct inode *inode = file->inode;
	ssize_t n;

	down_write(&inode->rwsem);
	n = generic_write_checks(file, from, pos);
	if (n > 0) {
		n = file_remove_privs(file);
		if (!n)
			n = file_update_time(file);
		if (!n)
			n = generic_perform_write(file, from, pos);
	}
	up_write(&inode->rwsem);
	if (n > 0 && (file->flags & O_DSYNC)) {
		int error = vfs_fsync_range(file, *pos - n, *pos - 1,
					    !(file->flags & (O_SYNC & ~O_DSYNC)));

		if (error && error != -EINVAL)
			n = error;
	}
	return n;
}
