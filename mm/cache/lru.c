/* SPDX-License-Identifier: MIT */
/*
 * The pages of files that can be read again, in the order of use: two lists a node.
 *
 *	new -> inactive -- used again --> active
 *	          |  ^                      |
 *	          v  '---- not used --------'
 *	        freed
 *
 * A page enters the inactive list's head. When its tail is looked at, a page that was used since (PG_REFERENCED by read and write, the
 * accessed bits of page tables for mappings) goes round again or to the active list; others are freed if clean. Pages join the
 * lists by batches of each CPU; those of a batch have a reference and are not on a list yet.
 *
 * Lock: lru->lock (LOCK_RANK_LRU) for the lists and PG_LRU; threads only, interrupts on.
 */
#include "cache.h"
#include <kernel/init.h>
#include <kernel/sched.h>
#include <mm/rmap.h>
#include <mm/slab.h>
#include <mm/zone.h>
#include <kernel/log.h>

#define ADD_BATCH	15
#define SHRINK_BATCH	32

struct lru {
	spinlock_t lock;
	struct list_head inactive, active;    /* lock */
	unsigned long nr_inactive, nr_active; /* lock */
};

struct add_batch {
	unsigned int nr;
	struct page *pages[ADD_BATCH];
};

static struct lru *lrus;			    /* one for each node */
static DEFINE_PER_CPU(struct add_batch, add_batch); /* with preemption off */

void __init lru_init(void)
{
	lrus = kcalloc(nr_nodes, sizeof(*lrus), GFP_KERNEL);
	if (!lrus)
		panic("mm: no memory for the page lists");
	for (unsigned int i = 0; i < nr_nodes; i++) {
		spin_lock_init(&lrus[i].lock, LOCK_RANK_LRU);
		INIT_LIST_HEAD(&lrus[i].inactive);
		INIT_LIST_HEAD(&lrus[i].active);
	}
}

static struct lru *lru_of(const struct page *page)
{
	return &lrus[page_node(page)];
}

static void list_in(struct lru *lru, struct page *page)
{
	bool active = page_test(page, PG_ACTIVE);

	list_add(&page->lru, active ? &lru->active : &lru->inactive);
	*(active ? &lru->nr_active : &lru->nr_inactive) += 1;
	mm_level_add(active ? MM_ACTIVE_FILE : MM_INACTIVE_FILE, 1);
	page_set(page, PG_LRU);
}

static void list_out(struct lru *lru, struct page *page)
{
	bool active = page_test(page, PG_ACTIVE);

	page_clear(page, PG_LRU);
	list_del(&page->lru);
	*(active ? &lru->nr_active : &lru->nr_inactive) -= 1;
	mm_level_add(active ? MM_ACTIVE_FILE : MM_INACTIVE_FILE, -1);
}

static void batch_drain(struct add_batch *batch)
{
	for (unsigned int i = 0; i < batch->nr; i++) {
		struct page *page = batch->pages[i];
		struct lru *lru = lru_of(page);

		spin_lock(&lru->lock);
		/* It may have left the cache meanwhile; who takes it out looks at PG_LRU under the lock. */
		if (READ_ONCE(page->mapping) && !page_test(page, PG_LRU))
			list_in(lru, page);
		spin_unlock(&lru->lock);
		put_page(page);
	}
	batch->nr = 0;
}

void lru_add(struct page *page)
{
	struct add_batch *batch;

	get_page(page);
	preempt_disable();
	batch = this_cpu_ptr(&add_batch);
	batch->pages[batch->nr++] = page;
	if (batch->nr == ADD_BATCH)
		batch_drain(batch);
	preempt_enable();
}

void lru_drain_local(void)
{
	preempt_disable();
	batch_drain(this_cpu_ptr(&add_batch));
	preempt_enable();
}

void lru_remove(struct page *page)
{
	struct lru *lru = lru_of(page);

	spin_lock(&lru->lock);
	if (page_test(page, PG_LRU))
		list_out(lru, page);
	spin_unlock(&lru->lock);
}

void mark_page_accessed(struct page *page)
{
	if (!page_test(page, PG_REFERENCED)) {
		page_set(page, PG_REFERENCED);
		return;
	}
	if (!page_test(page, PG_ACTIVE) && page_test(page, PG_LRU)) {
		struct lru *lru = lru_of(page);

		spin_lock(&lru->lock);
		if (page_test(page, PG_LRU) && !page_test(page, PG_ACTIVE)) {
			list_out(lru, page);
			page_set(page, PG_ACTIVE);
			list_in(lru, page);
		}
		spin_unlock(&lru->lock);
		page_clear(page, PG_REFERENCED);
	}
}

/* --- shrinking --- */

/* Takes up to nr pages off a list's tail, with a reference each. */
static unsigned int isolate(struct lru *lru, bool active, struct page **pages, unsigned int nr)
{
	struct list_head *list = active ? &lru->active : &lru->inactive;
	unsigned int got = 0;

	spin_lock(&lru->lock);
	while (got < nr && !list_empty(list)) {
		struct page *page = list_last_entry(list, struct page, lru);

		list_out(lru, page);
		if (try_get_page(page))
			pages[got++] = page;
	}
	spin_unlock(&lru->lock);
	return got;
}

static void put_back(struct lru *lru, struct page *page)
{
	spin_lock(&lru->lock);
	if (READ_ONCE(page->mapping) && !page_test(page, PG_LRU))
		list_in(lru, page);
	spin_unlock(&lru->lock);
	put_page(page);
}

enum verdict { VERDICT_KEEP, VERDICT_ACTIVATE, VERDICT_FREED };

/* The page is locked and ours. */
static enum verdict try_to_free(struct page *page, unsigned int priority, gfp_t gfp)
{
	struct rmap_referenced r = { 0 };

	if (!page->mapping || page_test(page, PG_WRITEBACK))
		return VERDICT_KEEP;
	page_gather_referenced(page, &r);
	if (r.locked)
		return VERDICT_ACTIVATE;
	if (r.accessed && priority) {
		/* Code, and what was used twice, stays. */
		if (r.executable || r.accessed > 1 || page_test_and_set(page, PG_REFERENCED))
			return VERDICT_ACTIVATE;
		return VERDICT_KEEP;
	}
	if (!r.accessed && page_test_and_clear(page, PG_REFERENCED) && priority)
		return VERDICT_KEEP;
	if (page_refs(page) > 2)
		page_unmap_everywhere(page);
	if (page_test(page, PG_DIRTY)) {
		write_back_wake();
		return VERDICT_KEEP;
	}
	return page_cache_remove_unused(page) ? VERDICT_FREED : VERDICT_KEEP;
}

static void age_active(struct lru *lru, unsigned int nr)
{
	struct page *pages[SHRINK_BATCH];

	nr = isolate(lru, true, pages, min_t(unsigned int, nr, SHRINK_BATCH));
	for (unsigned int i = 0; i < nr; i++) {
		struct page *page = pages[i];
		struct rmap_referenced r = { 0 };

		if (trylock_page(page)) {
			if (page->mapping)
				page_gather_referenced(page, &r);
			unlock_page(page);
		}
		if (!(r.executable && r.accessed))
			page_clear(page, PG_ACTIVE);
		put_back(lru, page);
	}
}

unsigned long lru_shrink(unsigned int node, unsigned long nr, unsigned int priority, gfp_t gfp)
{
	struct lru *lru = &lrus[node];
	unsigned long freed = 0, looked = 0, limit = (lru->nr_inactive >> priority) + SHRINK_BATCH;
	struct page *pages[SHRINK_BATCH];

	lru_drain_local();
	if (lru->nr_active > lru->nr_inactive)
		age_active(lru, SHRINK_BATCH);
	while (freed < nr && looked < limit) {
		unsigned int got = isolate(lru, false, pages, SHRINK_BATCH);

		if (!got)
			break;
		looked += got;
		for (unsigned int i = 0; i < got; i++) {
			struct page *page = pages[i];
			enum verdict verdict = VERDICT_KEEP;

			if (trylock_page(page)) {
				verdict = try_to_free(page, priority, gfp);
				if (verdict == VERDICT_FREED) {
					freed++;
					continue;
				}
				unlock_page(page);
			}
			if (verdict == VERDICT_ACTIVATE)
				page_set(page, PG_ACTIVE);
			put_back(lru, page);
		}
		cond_resched();
	}
	mm_event_add(MM_PGSCAN, looked);
	mm_event_add(MM_PGSTEAL, freed);
	return freed;
}
