/* SPDX-License-Identifier: MIT */
/*
 * O_DIRECT: between a program's own pages and the device. What the cache has of the range is written before, and dropped after a write, so that
 * both ways see the same.
 */
#include <drivers/block.h>
#include <fs/extent.h>
#include <fs/uio.h>
#include <kernel/process.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <uapi/fcntl.h>
#include <uapi/uio.h>

#include "internal.h"

#define MAX_PAGES	256u

struct direct {
	struct inode *inode;
	const struct extent_ops *ops;
	struct iov_iter *iter;
	bool write;
	struct page **pages;
	struct bio_vec *vecs;
};

/* The address of the iterator's present piece of memory. */
static unsigned long piece(const struct iov_iter *i, size_t *len)
{
	switch (i->kind) {
	case ITER_UBUF: *len = i->count; return (unsigned long)i->ubuf + i->offset;
	case ITER_IOVEC:
		*len = min(i->iov->iov_len - i->offset, i->count);
		return (unsigned long)i->iov->iov_base + i->offset;
	default:
		*len = min(i->kvec->len - i->offset, i->count);
		return (unsigned long)i->kvec->base + i->offset;
	}
}

static bool is_aligned(const struct iov_iter *i, u64 pos, u32 block)
{
	struct iov_iter copy = *i;
	u64 bits = pos | i->count;

	while (copy.count) {
		size_t len;

		bits |= piece(&copy, &len) | len;
		iov_iter_advance(&copy, len ?: 1);
		if (!len)
			return false;
	}
	return !(bits & (block - 1));
}

static long pin(struct direct *d, unsigned long address, unsigned long nr)
{
	if (d->iter->kind != ITER_KVEC)
		return get_user_pages(address & PAGE_MASK, nr, !d->write, d->pages);
	for (unsigned long i = 0; i < nr; i++) {
		d->pages[i] = virt_to_page((address & PAGE_MASK) + i * PAGE_SIZE);
		get_page(d->pages[i]);
	}
	return nr;
}

static void unpin(struct direct *d, long nr)
{
	for (long i = 0; i < nr; i++) {
		if (!d->write && d->iter->kind != ITER_KVEC && d->pages[i]->mapping)
			set_page_dirty(d->pages[i]);
		put_page(d->pages[i]);
	}
}

/* Up to most bytes of the present piece, to or from the device. Bytes or -errno. */
static ssize_t move(struct direct *d, u64 disk, u64 most)
{
	size_t len;
	unsigned long address = piece(d->iter, &len);
	u32 offset = address & ~PAGE_MASK, block = bdev_logical_block(d->ops->bdev(d->inode));
	struct bio bio = { .bdev = d->ops->bdev(d->inode),
			   .sector = disk >> SECTOR_SHIFT,
			   .operation = d->write ? BLOCK_WRITE : BLOCK_READ,
			   .vecs = d->vecs };
	long nr, got;
	u64 bytes = min((u64)len, most);
	int error;

	bytes = min(bytes, (u64)MAX_PAGES * PAGE_SIZE - offset);
	got = pin(d, address, DIV_ROUND_UP(offset + bytes, PAGE_SIZE));
	if (got < 0)
		return got;
	bytes = min(bytes, (u64)got * PAGE_SIZE - offset) & -(u64)block;
	for (nr = 0; bio.bytes < bytes; nr++, offset = 0) {
		u32 n = min(bytes - bio.bytes, (u64)PAGE_SIZE - offset);

		d->vecs[nr] = (struct bio_vec){ d->pages[nr], offset, n };
		bio.bytes += n;
	}
	bio.nr_vecs = nr;
	error = bytes ? submit_bio_wait(&bio) : -EFAULT;
	unpin(d, got);
	if (error)
		return error;
	iov_iter_advance(d->iter, bytes);
	return bytes;
}

static ssize_t move_extent(struct direct *d, u64 pos, const struct file_extent *e)
{
	u64 most = e->offset + e->length - pos;
	ssize_t n;

	if (!d->write && e->type != EXTENT_MAPPED) {
		most = min(most, (u64)d->iter->count);
		n = iov_iter_zero(most, d->iter);
		return n < (ssize_t)most ? -EFAULT : n;
	}
	n = move(d, e->disk + (pos - e->offset), most);
	if (n > 0 && e->type == EXTENT_UNWRITTEN) {
		int error = d->ops->commit(d->inode, pos, n);

		if (error)
			return error;
	}
	return n;
}

static ssize_t move_all(struct direct *d, loff_t *pos)
{
	ssize_t done = 0, n = 0;

	while (d->iter->count) {
		struct file_extent e;

		n = d->ops->map(d->inode, *pos, d->iter->count, d->write, &e);
		if (!n)
			n = move_extent(d, *pos, &e);
		if (n <= 0)
			break;
		*pos += n;
		done += n;
	}
	return done ?: n;
}

ssize_t extent_direct(struct file *file, struct iov_iter *iter, loff_t *pos, bool write)
{
	struct mapping *m = file->mapping;
	struct direct d = { .inode = m->host, .ops = m->extents, .iter = iter, .write = write };
	u32 block = bdev_logical_block(d.ops->bdev(d.inode));
	loff_t size = READ_ONCE(m->host->size), start = *pos;
	ssize_t n;
	int error;

	if (!is_aligned(iter, *pos, block))
		return -EINVAL;
	if (!write) {
		if (start >= size)
			return 0;
		iov_iter_truncate(iter, ALIGN(size - start, (loff_t)block));
	}
	if (!iter->count)
		return 0;
	error = mapping_write_and_wait(m, start, start + iter->count - 1);
	if (error)
		return error;
	d.pages = kvmalloc(MAX_PAGES * (sizeof(*d.pages) + sizeof(*d.vecs)), GFP_KERNEL);
	if (!d.pages)
		return -ENOMEM;
	d.vecs = (struct bio_vec *)(d.pages + MAX_PAGES);
	n = move_all(&d, pos);
	kvfree(d.pages);
	if (write && READ_ONCE(m->nr_pages))
		truncate_pagecache_range(m, start & (loff_t)PAGE_MASK,
					 ALIGN(*pos, (loff_t)PAGE_SIZE));
	/* the end of a file within its last block */
	if (n > 0 && !write && *pos > size) {
		iov_iter_revert(iter, *pos - size);
		n -= *pos - size;
		*pos = size;
	}
	return n;
}
