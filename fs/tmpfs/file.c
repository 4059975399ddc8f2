/* SPDX-License-Identifier: MIT */
/* Regular files of tmpfs: what differs from any file in the page cache are holes, which reading does not fill. */
#include <fs/calls.h>
#include <fs/tmpfs.h>
#include <fs/uio.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <mm/page.h>
#include <mm/space.h>
#include <uapi/fcntl.h>
#include <uapi/fs.h>
#include <uapi/resource.h>

#include "../mount.h"
#include "tmpfs.h"

static ssize_t tmpfs_read_iter(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct inode *inode = file->inode;
	struct mapping *m = inode->mapping;
	ssize_t done = 0;

	while (to->count) {
		unsigned int offset = *pos & ~PAGE_MASK;
		loff_t size = READ_ONCE(inode->size);
		struct page *page;
		size_t n, copied;

		if (*pos >= size)
			break;
		n = min_t(size_t, PAGE_SIZE - offset, size - *pos);
		n = min(n, to->count);
		page = find_get_page(m, *pos >> PAGE_SHIFT);
		/* a page that is not up to date is being written for the first time: still a hole */
		if (likely(page && page_test(page, PG_UPTODATE)))
			copied = copy_page_to_iter(page, offset, n, to);
		else
			copied = iov_iter_zero(n, to);
		if (page)
			put_page(page);
		*pos += copied;
		done += copied;
		if (unlikely(copied < n)) {
			done = done ?: -EFAULT;
			break;
		}
		if (unlikely(fatal_signal_pending(current)))
			break;
		cond_resched();
	}
	if (!(file->flags & O_NOATIME))
		touch_atime(&file->path);
	return done;
}

/* The first byte at or after pos that is data (or, for holes, is none). */
static loff_t seek_data_or_hole(struct inode *inode, loff_t pos, bool data)
{
	struct mapping *m = inode->mapping;
	loff_t size = inode->size;
	unsigned long index = pos >> PAGE_SHIFT, last = (size - 1) >> PAGE_SHIFT, expect = index;
	struct page *page;

	if (data) {
		page = find_get_next_page(m, &index, last);
		if (!page)
			return -ENXIO;
		index = page->index;
		put_page(page);
		return max(pos, (loff_t)index << PAGE_SHIFT);
	}
	while (expect <= last) {
		index = expect;
		page = find_get_next_page(m, &index, last);
		if (page) {
			unsigned long found = page->index;

			put_page(page);
			if (found == expect) {
				expect++;
				continue;
			}
		}
		return max(pos, (loff_t)expect << PAGE_SHIFT);
	}
	return size;
}

static loff_t tmpfs_llseek(struct file *file, loff_t offset, int whence)
{
	struct inode *inode = file->inode;

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return generic_file_llseek(file, offset, whence);
	down_read(&inode->rwsem);
	if (offset < 0 || offset >= inode->size)
		offset = -ENXIO;
	else
		offset = seek_data_or_hole(inode, offset, whence == SEEK_DATA);
	up_read(&inode->rwsem);
	if (offset >= 0)
		file->pos = offset;
	return offset;
}

static int tmpfs_mmap(struct file *file, struct vma *vma)
{
	unsigned int seals = tmpfs_i(file->inode)->seals;

	if (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) {
		if ((vma->flags & (VM_SHARED | VM_WRITE)) == (VM_SHARED | VM_WRITE))
			return -EPERM;
		if (vma->flags & VM_SHARED)
			vma->flags &= ~VM_MAYWRITE;
	}
	return cached_file_mmap(file, vma);
}

static long punch_hole(struct inode *inode, loff_t offset, loff_t len)
{
	if (tmpfs_i(inode)->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
		return -EPERM;
	truncate_pagecache_range(inode->mapping, offset, offset + len);
	return 0;
}

/* Makes all pages of the range. On failure those made by this call stay, as zeroes beyond the end or in holes. */
static long allocate(struct file *file, loff_t offset, loff_t len, bool keep_size)
{
	struct inode *inode = file->inode;
	loff_t end = offset + len;
	unsigned long index = offset >> PAGE_SHIFT, last = (end - 1) >> PAGE_SHIFT, first = index;
	unsigned long limit = rlimit(RLIMIT_FSIZE);
	long error = 0;

	if (!keep_size && end > inode->size) {
		if (limit != RLIM_INFINITY && end > (loff_t)limit) {
			send_signal_thread(current, SIGXFSZ, SEND_SIG_PRIV);
			return -EFBIG;
		}
		if (tmpfs_i(inode)->seals & F_SEAL_GROW)
			return -EPERM;
	}
	/* what can never fit is refused before half of it is there */
	if (tmpfs_s(inode->sb)->max_blocks && last - first >= tmpfs_s(inode->sb)->max_blocks)
		return -ENOSPC;
	for (; index <= last && !error; index++) {
		struct page *page = mapping_grab_page(inode->mapping, index, inode->mapping->gfp);

		if (IS_ERR_OR_NULL(page)) {
			error = page ? PTR_ERR(page) : -ENOMEM;
			break;
		}
		if (!page_test(page, PG_UPTODATE)) {
			memset(page_address(page), 0, PAGE_SIZE);
			page_set(page, PG_UPTODATE);
		}
		set_page_dirty(page);
		unlock_page(page);
		put_page(page);
		if (signal_pending(current))
			error = -EINTR;
		cond_resched();
	}
	if (error)
		return error;
	if (!keep_size && end > inode->size)
		WRITE_ONCE(inode->size, end);
	return 0;
}

static long tmpfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = file->inode;
	long error;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	down_write(&inode->rwsem);
	if (mode & FALLOC_FL_PUNCH_HOLE)
		error = punch_hole(inode, offset, len);
	else
		error = allocate(file, offset, len, mode & FALLOC_FL_KEEP_SIZE);
	if (!error)
		inode->mtime_ns = inode->ctime_ns = inode_now_ns(inode);
	up_write(&inode->rwsem);
	return error;
}

const struct inode_operations tmpfs_file_inode_operations = {
	.setattr = tmpfs_setattr,
	TMPFS_XATTR_OPS,
};

const struct file_operations tmpfs_file_operations = {
	.llseek = tmpfs_llseek,
	.read_iter = tmpfs_read_iter,
	.write_iter = generic_file_write_iter,
	.mmap = tmpfs_mmap,
	.fsync = noop_fsync,
	.fallocate = tmpfs_fallocate,
};
