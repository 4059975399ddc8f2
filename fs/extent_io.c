/* SPDX-License-Identifier: MIT */
/*
 * The page cache of files on block devices, by extents.
 *
 * A page that lies within one extent is moved by a bio that it shares with its neighbours, without waiting. One that consists of several (small
 * blocks, the edge of a hole) is moved piece by piece, waiting for each.
 *
 * Room on the device is made when a page is about to become dirty (write_begin, page_mkwrite), so write-back never runs out of it. Pieces of
 * unwritten extents are committed by a work item when they are on the device; until then their pages count as being written.
 */
#include <drivers/block.h>
#include <fs/extent.h>
#include <kernel/workqueue.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/page.h>
#include <mm/slab.h>

#define MAX_PAGES	256u

struct page_bio {
	struct bio bio;
	struct inode *inode;
	u64 offset; /* of its first byte in the file */
	bool unwritten;
	struct work_struct work; /* commits */
	unsigned int room;
	struct bio_vec vecs[];
};

static const struct extent_ops *ops_of(const struct mapping *m) { return m->extents; }

static u64 page_offset(const struct page *page) { return (u64)page->index << PAGE_SHIFT; }

/* How many bytes of the page belong to the file, in whole blocks; 0: it lies behind the end. */
static u32 bytes_in_file(const struct mapping *m, const struct page *page)
{
	u64 size = READ_ONCE(m->host->size), offset = page_offset(page);
	u32 block = ops_of(m)->block_size(m->host);

	if (offset >= size)
		return 0;
	return min((u64)PAGE_SIZE, ALIGN(size - offset, (u64)block));
}

/* What lies behind the end of the file is zero in memory. */
static void zero_behind_end(const struct mapping *m, struct page *page)
{
	u64 size = READ_ONCE(m->host->size), offset = page_offset(page);

	if (offset + PAGE_SIZE > size)
		memset((char *)page_address(page) + (size > offset ? size - offset : 0), 0,
		       size > offset ? PAGE_SIZE - (size - offset) : PAGE_SIZE);
}

static bool covers(const struct file_extent *e, u64 offset, u64 length)
{
	return e->length && offset >= e->offset && offset + length <= e->offset + e->length;
}

/* --- bios of pages --- */

static struct page_bio *new_bio(struct mapping *m, u8 operation, const struct file_extent *e,
				u64 offset, unsigned int room)
{
	struct page_bio *b = kmalloc(sizeof(*b) + room * sizeof(struct bio_vec), GFP_NOIO);

	if (!b)
		return NULL;
	*b = (struct page_bio){ .inode = m->host,
				.offset = offset,
				.unwritten = e->type == EXTENT_UNWRITTEN,
				.room = room };
	b->bio.bdev = ops_of(m)->bdev(m->host);
	b->bio.operation = operation;
	b->bio.sector = (e->disk + (offset - e->offset)) >> SECTOR_SHIFT;
	b->bio.vecs = b->vecs;
	return b;
}

static void add_page(struct page_bio *b, struct page *page, u32 bytes)
{
	b->vecs[b->bio.nr_vecs++] = (struct bio_vec){ page, 0, bytes };
	b->bio.bytes += bytes;
}

/* Does the page go on where the bio ends? */
static bool goes_on(const struct page_bio *b, const struct file_extent *e, u64 offset)
{
	return b->bio.nr_vecs < b->room && offset == b->offset + b->bio.bytes &&
	       b->unwritten == (e->type == EXTENT_UNWRITTEN) &&
	       b->bio.sector + (b->bio.bytes >> SECTOR_SHIFT) ==
		       (e->disk + (offset - e->offset)) >> SECTOR_SHIFT;
}

/* Hands over what has been collected, if anything. */
static void send(struct page_bio **b, void (*end)(struct bio *bio))
{
	if (!*b)
		return;
	(*b)->bio.end = end;
	submit_bio(&(*b)->bio);
	*b = NULL;
}

/* One piece of one page, waiting. */
static int move_piece(struct mapping *m, struct page *page, u32 from, u32 bytes, u8 operation,
		      u64 disk)
{
	struct bio_vec vec = { page, from, bytes };
	struct bio bio = { .bdev = ops_of(m)->bdev(m->host),
			   .sector = disk >> SECTOR_SHIFT,
			   .bytes = bytes,
			   .operation = operation,
			   .nr_vecs = 1,
			   .vecs = &vec };

	return submit_bio_wait(&bio);
}

/* --- reading --- */

static void finish_read(struct mapping *m, struct page *page, int error)
{
	if (error) {
		page_set(page, PG_ERROR);
	} else {
		zero_behind_end(m, page);
		page_set(page, PG_UPTODATE);
	}
	unlock_page(page);
}

static void read_ended(struct bio *bio)
{
	struct page_bio *b = container_of(bio, struct page_bio, bio);

	for (unsigned int i = 0; i < bio->nr_vecs; i++)
		finish_read(b->inode->mapping, b->vecs[i].page, bio->error);
	kfree(b);
}

/* The page's contents, piece by piece, waiting; it stays locked. */
static int read_pieces(struct mapping *m, struct page *page)
{
	u32 end = bytes_in_file(m, page), at = 0;
	u64 offset = page_offset(page);
	int error = 0;

	while (at < end && !error) {
		struct file_extent e;
		u32 n;

		error = ops_of(m)->map(m->host, offset + at, end - at, false, &e);
		if (error)
			break;
		n = min((u64)(end - at), e.offset + e.length - (offset + at));
		if (e.type == EXTENT_MAPPED)
			error = move_piece(m, page, at, n, BLOCK_READ,
					   e.disk + (offset + at - e.offset));
		else
			memset((char *)page_address(page) + at, 0, n);
		at += n;
	}
	memset((char *)page_address(page) + at, 0, PAGE_SIZE - at);
	return error;
}

static void read_pages(struct file *file, struct mapping *m, struct page **pages, unsigned int nr)
{
	struct file_extent e = { 0 };
	struct page_bio *b = NULL;

	for (unsigned int i = 0; i < nr; i++) {
		u64 offset = page_offset(pages[i]);
		u32 bytes = bytes_in_file(m, pages[i]);
		int error = 0;

		if (bytes && !covers(&e, offset, bytes))
			error = ops_of(m)->map(m->host, offset, (u64)(nr - i) * PAGE_SIZE, false,
					       &e);
		if (error) {
			finish_read(m, pages[i], error);
			continue;
		}
		if (bytes && covers(&e, offset, bytes) && e.type == EXTENT_MAPPED) {
			if (b && !goes_on(b, &e, offset))
				send(&b, read_ended);
			if (!b)
				b = new_bio(m, BLOCK_READ, &e, offset, nr - i);
			if (b) {
				if (bytes < PAGE_SIZE)
					memset((char *)page_address(pages[i]) + bytes, 0,
					       PAGE_SIZE - bytes);
				add_page(b, pages[i], bytes);
				continue;
			}
		}
		finish_read(m, pages[i], read_pieces(m, pages[i]));
	}
	send(&b, read_ended);
}

static int read_page(struct file *file, struct page *page)
{
	read_pages(file, page->mapping, &page, 1);
	return 0;
}

/* --- becoming dirty --- */

static int make_room(struct mapping *m, u64 offset, u64 length)
{
	while (length) {
		struct file_extent e;
		int error = ops_of(m)->map(m->host, offset, length, true, &e);
		u64 n;

		if (error)
			return error;
		n = min(length, e.offset + e.length - offset);
		offset += n;
		length -= n;
	}
	return 0;
}

static int write_begin(struct mapping *m, struct page *page, unsigned int offset, unsigned int len)
{
	int error = 0;

	if (!page_test(page, PG_UPTODATE) && len < PAGE_SIZE) {
		error = read_pieces(m, page);
		if (error)
			return error;
		page_set(page, PG_UPTODATE);
	}
	return make_room(m, page_offset(page) + offset, len);
}

static int page_mkwrite(struct mapping *m, struct page *page)
{
	u64 size = READ_ONCE(m->host->size), offset = page_offset(page);

	return offset < size ? make_room(m, offset, min((u64)PAGE_SIZE, size - offset)) : -EFAULT;
}

/* --- write-back --- */

static void finish_write(struct mapping *m, struct page *page, int error)
{
	if (error) {
		page_set(page, PG_ERROR);
		mapping_set_error(m, error == -ENOSPC ? -ENOSPC : -EIO);
	}
	end_page_writeback(page);
}

static void finish_writes(struct page_bio *b, int error)
{
	for (unsigned int i = 0; i < b->bio.nr_vecs; i++)
		finish_write(b->inode->mapping, b->vecs[i].page, error);
	kfree(b);
}

static void commit_written(struct work_struct *work)
{
	struct page_bio *b = container_of(work, struct page_bio, work);

	finish_writes(b, ops_of(b->inode->mapping)->commit(b->inode, b->offset, b->bio.bytes));
}

static void write_ended(struct bio *bio)
{
	struct page_bio *b = container_of(bio, struct page_bio, bio);

	if (!bio->error && b->unwritten) {
		INIT_WORK(&b->work, commit_written);
		schedule_work(&b->work);
	} else {
		finish_writes(b, bio->error);
	}
}

static int write_pieces(struct mapping *m, struct page *page, u32 end)
{
	u64 offset = page_offset(page);
	u32 at = 0;
	int error = 0;

	while (at < end && !error) {
		struct file_extent e;
		u32 n;

		error = ops_of(m)->map(m->host, offset + at, end - at, false, &e);
		if (error)
			break;
		n = min((u64)(end - at), e.offset + e.length - (offset + at));
		if (e.type != EXTENT_HOLE)
			error = move_piece(m, page, at, n, BLOCK_WRITE,
					   e.disk + (offset + at - e.offset));
		if (!error && e.type == EXTENT_UNWRITTEN)
			error = ops_of(m)->commit(m->host, offset + at, n);
		at += n;
	}
	return error;
}

/* One page that is marked as being written and locked. */
static int write_page(struct mapping *m, struct page *page, struct file_extent *e,
		      struct page_bio **b)
{
	u64 offset = page_offset(page);
	u32 bytes = bytes_in_file(m, page);
	int error = 0;

	zero_behind_end(m, page);
	unlock_page(page);
	if (bytes && !covers(e, offset, bytes))
		error = ops_of(m)->map(m->host, offset, (u64)MAX_PAGES * PAGE_SIZE, false, e);
	if (!error && bytes && covers(e, offset, bytes) && e->type != EXTENT_HOLE) {
		if (*b && !goes_on(*b, e, offset))
			send(b, write_ended);
		if (!*b)
			*b = new_bio(m, BLOCK_WRITE, e, offset, MAX_PAGES);
		if (*b) {
			add_page(*b, page, bytes);
			return 0;
		}
	}
	if (!error)
		error = write_pieces(m, page, bytes);
	finish_write(m, page, error);
	return error;
}

static int write_pages(struct mapping *m, unsigned long first, unsigned long last, bool sync)
{
	struct file_extent e = { 0 };
	struct page_bio *b = NULL;
	unsigned long index = first;
	struct page *page;
	int error = 0;

	while ((page = mapping_begin_write(m, &index, last, sync))) {
		int result = write_page(m, page, &e, &b);

		error = error ?: result;
	}
	send(&b, write_ended);
	return error;
}

const struct mapping_ops extent_mapping_ops = {
	.read_page = read_page,
	.read_pages = read_pages,
	.write_begin = write_begin,
	.page_mkwrite = page_mkwrite,
	.write_pages = write_pages,
};
