/* SPDX-License-Identifier: MIT */
/*
 * What was taken out of page tables is freed only when no TLB can hold it any more: it gathers here, and one flush serves many pages.
 * The first batch lies on the stack; more are taken from the page allocator while it has some to spare.
 */
#include "space_private.h"

#define MAX_BATCHES	16
#define BATCH_PAGES	((PAGE_SIZE - sizeof(struct gather_batch)) / sizeof(struct page *))

static void range_reset(struct gather *g)
{
	g->start = ~0ul;
	g->end = 0;
	g->freed_tables = false;
}

void gather_begin(struct gather *g, struct address_space *s)
{
	g->space = s;
	g->tables = NULL;
	g->first.next = NULL;
	g->first.nr = 0;
	g->first.max = GATHER_PAGES;
	g->first.pages = g->first_pages;
	g->batch = &g->first;
	g->nr_batches = 0;
	g->full = false;
	range_reset(g);
}

static bool next_batch(struct gather *g)
{
	struct gather_batch *batch = g->batch->next;

	if (!batch) {
		if (g->nr_batches == MAX_BATCHES)
			return false;
		batch = (struct gather_batch *)__get_free_page(GFP_NOWAIT | __GFP_NOWARN);
		if (!batch)
			return false;
		batch->next = NULL;
		batch->nr = 0;
		batch->max = BATCH_PAGES;
		batch->pages = (struct page **)(batch + 1);
		g->batch->next = batch;
		g->nr_batches++;
	}
	g->batch = batch;
	return true;
}

void gather_page(struct gather *g, struct page *page)
{
	g->batch->pages[g->batch->nr++] = page;
	if (g->batch->nr == g->batch->max)
		g->full = !next_batch(g);
}

void gather_table(struct gather *g, u64 *table)
{
	struct page *page = table_page(table);

	page->table_next = g->tables;
	g->tables = page;
	g->freed_tables = true;
}

void gather_flush(struct gather *g)
{
	if (g->start < g->end || g->freed_tables)
		tlb_flush_space(g->space, g->start, g->end, g->freed_tables);
	range_reset(g);
	for (struct gather_batch *batch = &g->first; batch; batch = batch->next) {
		for (unsigned int i = 0; i < batch->nr; i++)
			put_page(batch->pages[i]);
		batch->nr = 0;
	}
	g->batch = &g->first;
	g->full = false;
	while (g->tables) {
		struct page *page = g->tables;

		g->tables = page->table_next;
		table_free(g->space, page_address(page));
	}
}

void gather_end(struct gather *g)
{
	struct gather_batch *batch = g->first.next;

	gather_flush(g);
	while (batch) {
		struct gather_batch *next = batch->next;

		free_page(batch);
		batch = next;
	}
}
