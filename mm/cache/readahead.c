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

/* Starts reading of what is missing; a page that cannot be had at once ends it. marked: index of the page to get PG_READAHEAD. */
static void submit(struct mapping *m, struct file *file, unsigned long first, unsigned long nr, unsigned long marked)
{
	unsigned long end = min(first + nr, pages_of_file(m));

	down_read(&m->invalidate_lock);
	for (unsigned long index = first; index < end; index++) {
		struct page *page = find_get_page(m, index);

		if (page) {
			put_page(page);
			continue;
		}
		page = add_page(m, index, m->gfp | __GFP_NORETRY | __GFP_NOWARN);
		if (IS_ERR(page)) {
			if (PTR_ERR(page) == -EEXIST)
				continue;
			break;
		}
		if (index == marked)
			page_set(page, PG_READAHEAD);
		if (!m->ops->read_page(file, page))
			mm_event_add(MM_PGPGIN, PAGE_SIZE / 1024);
		put_page(page);
	}
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
		return;		/* the caller reads the one page itself */
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
