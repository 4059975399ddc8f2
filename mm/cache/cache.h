/* SPDX-License-Identifier: MIT */
/* Between the files of mm/cache. */
#ifndef CACHE_H
#define CACHE_H

#include <lib/err.h>
#include <lib/kernel.h>
#include <mm/mapping.h>
#include <mm/page.h>
#include <mm/stat.h>

static inline bool mapping_evictable(const struct mapping *m)
{
	return !test_bit(MAPPING_UNEVICTABLE, &m->flags);
}

void page_lock_init(void);

/* lru.c: pages of the cache that can be read again, in the order in which they were used. Pages of others are not on the lists. */
void lru_init(void);
void lru_add(struct page *page);    /* a page of the cache; its list is joined by and by */
void lru_remove(struct page *page); /* it leaves the cache: mapping is NULL already */
void lru_drain_local(void);	    /* this CPU's batch joins the lists */
/* One pass over the inactive list of a node: tries to free up to nr pages; how many went. */
unsigned long lru_shrink(unsigned int node, unsigned long nr, unsigned int priority, gfp_t gfp);

/* page_cache.c */
/* A new page of the file, locked and in the cache, with a reference for the caller. ERR_PTR(-EEXIST): another was quicker. */
struct page *add_page(struct mapping *m, unsigned long index, gfp_t gfp);
/* Out of the cache and free, if nobody but the cache and the caller, who holds its lock, has it. True: the caller's reference is gone too. */
bool page_cache_remove_unused(struct page *page);

/* readahead.c: a page was wanted that is not there. Brings it in, and what will likely be wanted next. */
void read_ahead(struct mapping *m, struct file *file, unsigned long index);

/* writeback.c */
void writeback_done(struct page *page); /* takes the mark; any context but NMI */
void mapping_forget_dirty(struct mapping *m);
/* pages_lock: the page leaves the cache */
void page_forget_dirty(struct mapping *m, struct page *page);

/* shrinker.c */
unsigned long shrink_caches(unsigned int priority, gfp_t gfp);

#endif
