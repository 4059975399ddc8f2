/* SPDX-License-Identifier: MIT */
/*
 * Taking pages out of a file: truncation, holes, the end of an inode.
 *
 * The pages are unmapped twice. The first time makes the rest cheap; then, one by one, they are locked and taken out. A fault that found a
 * page before it was taken out may map it right afterwards without its lock (mm/space/file_fault.c): the second unmapping finds it.
 * invalidate_lock keeps new pages out meanwhile.
 */
#include "cache.h"
#include <kernel/cpumask.h>
#include <kernel/sched.h>
#include <kernel/workqueue.h>
#include <lib/string.h>
#include <mm/rmap.h>

#define BATCH	16

static void remove_page(struct mapping *m, struct page *page)
{
	lock_page(page);
	if (page->mapping == m) {
		wait_on_page_writeback(page);
		page_clear(page, PG_DIRTY);
		page_cache_remove(page);
	}
	unlock_page(page);
}

static void remove_pages(struct mapping *m, unsigned long first, unsigned long last)
{
	struct page *page;

	while (first <= last && (page = find_get_next_page(m, &first, last))) {
		remove_page(m, page);
		put_page(page);
		cond_resched();
	}
}

/* Zeroes a part of a page that stays. */
static void zero_part(struct mapping *m, unsigned long index, unsigned int from, unsigned int to)
{
	struct page *page = find_lock_page(m, index);

	if (!page)
		return;
	wait_on_page_writeback(page);
	if (page_test(page, PG_UPTODATE)) {
		memset(page_address(page) + from, 0, to - from);
		set_page_dirty(page);
	}
	unlock_page(page);
	put_page(page);
}

void truncate_pagecache_range(struct mapping *m, loff_t start, loff_t end)
{
	unsigned long first = DIV_ROUND_UP((u64)start, PAGE_SIZE), behind = (u64)end >> PAGE_SHIFT;
	unsigned int from = start & ~PAGE_MASK, to = end & ~PAGE_MASK;

	if (start >= end)
		return;
	down_write(&m->invalidate_lock);
	if (behind > first || end == S64_MAX) {
		unsigned long last = end == S64_MAX ? ~0ul : behind - 1;
		loff_t len = end == S64_MAX ? 0 : (loff_t)((behind - first) << PAGE_SHIFT);

		unmap_mapping_range(m, (loff_t)first << PAGE_SHIFT, len, true);
		remove_pages(m, first, last);
		unmap_mapping_range(m, (loff_t)first << PAGE_SHIFT, len, true);
	}
	if (from && behind == first - 1) {
		zero_part(m, behind, from, to); /* both ends in one page */
	} else {
		if (from)
			zero_part(m, first - 1, from, PAGE_SIZE);
		if (to && end != S64_MAX)
			zero_part(m, behind, 0, to);
	}
	up_write(&m->invalidate_lock);
}

void truncate_pagecache(struct mapping *m, loff_t new_size)
{
	truncate_pagecache_range(m, new_size, S64_MAX);
}

void mapping_evict(struct mapping *m)
{
	mapping_forget_dirty(m);
	remove_pages(m, 0, ~0ul);
}

/* A pass over the range: how many went. *batched: some were clean, but not on the lists yet. */
static unsigned long drop_pass(struct mapping *m, unsigned long first, unsigned long last,
			       bool *batched)
{
	unsigned long index = first, dropped = 0;
	struct page *page;

	*batched = false;
	while ((page = find_get_next_page(m, &index, last))) {
		if (!trylock_page(page)) {
			put_page(page);
			continue;
		}
		if (page->mapping == m && !page_test(page, PG_DIRTY) &&
		    !page_test(page, PG_WRITEBACK)) {
			if (page_cache_remove_unused(page)) {
				dropped++;
				continue; /* lock and reference went with it */
			}
			*batched |= !page_test(page, PG_LRU);
		}
		unlock_page(page);
		put_page(page);
		cond_resched();
	}
	return dropped;
}

unsigned long mapping_drop_clean(struct mapping *m)
{
	bool batched;

	return mapping_evictable(m) ? drop_pass(m, 0, ~0ul, &batched) : 0;
}

static long drain_lists(void *unused)
{
	lru_drain_local();
	return 0;
}

void mapping_drop_range(struct mapping *m, unsigned long first, unsigned long last)
{
	unsigned int cpu;
	bool batched;

	if (!mapping_evictable(m) || first > last)
		return;
	lru_drain_local();
	drop_pass(m, first, last, &batched);
	if (!batched)
		return;
	/* Another CPU brought them in and has them in its batch, with a reference. */
	for_each_online_cpu(cpu)
		work_on_cpu(cpu, drain_lists, NULL);
	drop_pass(m, first, last, &batched);
}
