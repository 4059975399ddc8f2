/* SPDX-License-Identifier: MIT */
/*
 * Read-ahead: a file that is read in order is brought in by growing windows.
 *
 * file->readahead holds the window read last. A miss at its end, or at the file's start, begins a new one of twice the size, up to RA_MAX_PAGES.
 * A page three quarters before the end carries PG_READAHEAD: who reaches it starts the next window, so that a steady reader never waits. A miss
 * anywhere else is a single read and ends the sequence.
 */
#include "cache.h"
#include <fs/vfs.h>

#define RA_FIRST_PAGES	4
#define RA_MAX_PAGES	32

static unsigned long pages_of_file(const struct mapping *m)
{
	return DIV_ROUND_UP((u64)READ_ONCE(m->host->size), PAGE_SIZE);
}

struct batch {
	unsigned int nr;
	struct page *pages[RA_MAX_PAGES];
};

/* Has the file system bring them in: pages that follow each other, locked, with a reference each. */
static void read_batch(struct mapping *m, struct file *file, struct batch *batch)
{
	if (!batch->nr)
		return;
	mm_event_add(MM_PGPGIN, batch->nr * (PAGE_SIZE / 1024));
	if (m->ops->read_pages)
		m->ops->read_pages(file, m, batch->pages, batch->nr);
	for (unsigned int i = 0; i < batch->nr; i++) {
		if (!m->ops->read_pages && m->ops->read_page(file, batch->pages[i]))
			mm_event_add(MM_PGPGIN, -(long)(PAGE_SIZE / 1024));
		put_page(batch->pages[i]);
	}
	batch->nr = 0;
}

/* Starts reading of what is missing; a page that cannot be had at once ends it. marked: index of the page to get PG_READAHEAD. */
static void submit(struct mapping *m, struct file *file, unsigned long first, unsigned long nr,
		   unsigned long marked)
{
	unsigned long end = min(first + nr, pages_of_file(m));
	struct batch batch = { .nr = 0 };

	down_read(&m->invalidate_lock);
	for (unsigned long index = first; index < end; index++) {
		struct page *page = find_get_page(m, index);

		if (page) {
			put_page(page);
			read_batch(m, file, &batch);
			continue;
		}
		page = add_page(m, index, m->gfp | __GFP_NORETRY | __GFP_NOWARN);
		if (IS_ERR(page)) {
			if (PTR_ERR(page) != -EEXIST)
				break;
			read_batch(m, file, &batch);
			continue;
		}
		if (index == marked)
			page_set(page, PG_READAHEAD);
		batch.pages[batch.nr++] = page;
		if (batch.nr == RA_MAX_PAGES)
			read_batch(m, file, &batch);
	}
	read_batch(m, file, &batch);
	up_read(&m->invalidate_lock);
}

static void next_window(struct readahead_state *ra, unsigned long start)
{
	ra->size = ra->size ? min_t(u32, ra->size * 2, RA_MAX_PAGES) : RA_FIRST_PAGES;
	ra->start = start;
	ra->async_size = ra->size / 4 * 3;
}

void read_ahead(struct mapping *m, struct file *file, unsigned long index)
{
	struct readahead_state *ra = file ? &file->readahead : NULL;

	if (!ra || (index && index != ra->start + ra->size)) {
		if (ra)
			*ra = (struct readahead_state){ .start = index, .size = 1 };
		return; /* the caller reads the one page itself */
	}
	if (!index)
		ra->size = 0;
	next_window(ra, index);
	submit(m, file, ra->start, ra->size, ra->start + ra->size - ra->async_size);
}

void mapping_readahead_next(struct mapping *m, struct file *file, struct page *page)
{
	struct readahead_state *ra = &file->readahead;

	page_clear(page, PG_READAHEAD);
	if (!m->ops || !m->ops->read_page || page->index + ra->async_size != ra->start + ra->size)
		return;
	next_window(ra, ra->start + ra->size);
	submit(m, file, ra->start, ra->size, ra->start + ra->size - ra->async_size);
}

void mapping_readahead(struct mapping *m, struct file *file, unsigned long index, unsigned long nr)
{
	if (m->ops && m->ops->read_page)
		submit(m, file, index, min_t(unsigned long, nr, 16 * RA_MAX_PAGES), ~0ul);
}
