/* SPDX-License-Identifier: MIT */
/*
 * alloc_pages and its kin: page sets, zones, watermarks.
 *
 * A single page usually comes from this CPU's page set: a few instructions with preemption off. Empty sets are refilled and full
 * ones emptied in batches under the zone's lock. Larger blocks go to the zone at once.
 *
 * Watermarks: an allocation may take a zone down to its low mark freely; then the reclaim thread is woken and the minimum counts.
 * Below it only GFP_ATOMIC (half of it) and those that are about to free memory (all of it) get something. What can sleep reclaims,
 * through frame_reclaim_ops.
 */
#define pr_fmt(fmt) "mm: " fmt
#include "frame.h"

#include <kernel/log.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/alloc_fault.h>
#include <mm/kasan.h>
#include <mm/stat.h>

const struct frame_reclaim_ops *frame_reclaim_ops;

/* Bits that an allocated page must have lost when its last reference goes. */
#define PAGE_FLAGS_BUSY	(BIT(PG_LOCKED) | BIT(PG_WRITEBACK) | BIT(PG_LRU) | BIT(PG_SLAB) | BIT(PG_BUDDY) | BIT(PG_RESERVED) | \
			 BIT(PG_TAIL) | BIT(PG_PRIVATE) | BIT(PG_TABLE))

/* The zones that may serve a request, best first. */
static struct zone **zones_for(struct node *node, gfp_t gfp)
{
	if (unlikely(gfp & (__GFP_DMA | __GFP_DMA32)))
		return node->zonelist[gfp & __GFP_DMA ? ZONE_DMA : ZONE_DMA32];
	return node->zonelist[ZONE_NORMAL];
}

static void report_bad_page(const struct page *page, const char *why)
{
	pr_err("bad page %lx: %s, flags %lx, references %d\n", page_to_pfn(page), why, page->flags,
	       page_refs(page));
	dump_stack();
}

/* A free page becomes the caller's. */
static inline struct page *page_prepare(struct page *page, unsigned int order, gfp_t gfp)
{
	page_poison_check(page, order);
	page->flags = (page->flags & PAGE_FLAGS_FIXED) | ((unsigned long)order << PAGE_ORDER_SHIFT);
	if (order) {
		page->flags |= BIT(PG_HEAD);
		if (gfp & __GFP_COMP) {
			for (unsigned int i = 1; i < 1u << order; i++) {
				page[i].flags |= BIT(PG_TAIL);
				page[i].compound_head = page;
			}
		}
	}
	kasan_alloc_pages(page, order);
	if (gfp & __GFP_ZERO)
		for (unsigned int i = 0; i < 1u << order; i++)
			clear_page(page_address(page + i));
	atomic_set(&page->refs, 1);
	return page;
}

/* --- page sets --- */

static unsigned int pageset_refill(struct zone *zone, struct pageset *set)
{
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	while (set->count < zone->pageset_batch) {
		struct page *page = buddy_take(zone, 0);

		if (!page)
			break;
		set->pages[set->count++] = page;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return set->count;
}

/* Gives the oldest pages back until `keep` are left. */
static void pageset_spill(struct zone *zone, struct pageset *set, unsigned int keep)
{
	unsigned int nr = set->count - keep;
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	for (unsigned int i = 0; i < nr; i++)
		buddy_give(zone, set->pages[i], 0);
	spin_unlock_irqrestore(&zone->lock, flags);
	memmove(set->pages, set->pages + nr, keep * sizeof(set->pages[0]));
	set->count = keep;
}

static struct page *zone_take(struct zone *zone, unsigned int order)
{
	struct page *page;
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	page = buddy_take(zone, order);
	spin_unlock_irqrestore(&zone->lock, flags);
	return page;
}

static void zone_give(struct zone *zone, struct page *page, unsigned int order)
{
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	buddy_give(zone, page, order);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* One page by way of this CPU's set; the caller has checked the watermark. */
static struct page *pageset_take(struct zone *zone)
{
	struct pageset *set;
	struct page *page = NULL;

	preempt_disable();
	if (unlikely(in_interrupt())) {
		page = zone_take(zone, 0);
	} else {
		set = this_cpu_ptr(zone->pageset);
		if (likely(set->count) || pageset_refill(zone, set))
			page = set->pages[--set->count];
	}
	preempt_enable();
	return page;
}

static void pageset_give(struct zone *zone, struct page *page)
{
	struct pageset *set;

	preempt_disable();
	if (unlikely(in_interrupt())) {
		zone_give(zone, page, 0);
	} else {
		set = this_cpu_ptr(zone->pageset);
		if (unlikely(set->count >= zone->pageset_high))
			pageset_spill(zone, set,
				      set->count -
					      min_t(unsigned int, zone->pageset_batch, set->count));
		set->pages[set->count++] = page;
	}
	preempt_enable();
}

void drain_local_pages(void)
{
	struct zone *zone;

	preempt_disable();
	for_each_zone(zone) {
		struct pageset *set = this_cpu_ptr(zone->pageset);

		if (set->count)
			pageset_spill(zone, set, 0);
	}
	preempt_enable();
}

/* --- allocation --- */

static bool above(const struct zone *zone, unsigned long mark, unsigned int order)
{
	return zone->free > mark + (1ul << order);
}

bool zone_watermark_ok(const struct zone *zone, enum zone_watermark mark, unsigned int order)
{
	return above(zone, zone->watermark[mark], order);
}

static struct page *take_from(struct zone **zones, unsigned int order, enum zone_watermark mark,
			      unsigned int part)
{
	struct zone *best = *zones;

	for (struct zone *zone; (zone = *zones); zones++) {
		unsigned long limit = zone->watermark[mark] / part;
		struct page *page;

		if (zone != best)
			limit += zone->reserve;
		if (!above(zone, limit, order))
			continue;
		page = order ? zone_take(zone, order) : pageset_take(zone);
		if (page)
			return page;
	}
	return NULL;
}

/* The last resort of those who are allowed: whatever there is. */
static struct page *take_any(struct zone **zones, unsigned int order)
{
	for (; *zones; zones++) {
		struct page *page = zone_take(*zones, order);

		if (page)
			return page;
	}
	return NULL;
}

static DEFINE_RATELIMIT(alloc_warnings, 10000, 3);

static void __cold warn_failed(gfp_t gfp, unsigned int order)
{
	if ((gfp & __GFP_NOWARN) || !ratelimit_ok(&alloc_warnings, __func__))
		return;
	pr_warn("no block of 2^%u pages (gfp %x), %lu of %lu pages free\n", order, gfp,
		nr_free_pages(), total_ram_pages());
	dump_stack();
}

static noinline struct page *alloc_slow(struct node *node, struct zone **zones, gfp_t gfp,
					unsigned int order)
{
	const struct frame_reclaim_ops *ops = frame_reclaim_ops;
	unsigned int part = gfp & __GFP_HIGH ? 2 : 1;
	struct page *page;

	if (ops)
		ops->wake(node);
	for (unsigned int attempt = 0;; attempt++) {
		page = take_from(zones, order, WATERMARK_MIN, part);
		if (page)
			return page;
		if (!ops || !preemptible()) {
			/* Early boot has nobody to ask; an interrupt cannot wait. */
			page = !ops || (gfp & __GFP_HIGH) ? take_any(zones, order) : NULL;
			break;
		}
		if (ops->may_use_reserve()) {
			page = take_any(zones, order);
			if (page)
				return page;
		}
		if (!(gfp & __GFP_RECLAIM))
			break;
		drain_local_pages();
		if (!ops->reclaim(gfp, order, attempt))
			break;
		if ((gfp & __GFP_NORETRY) && attempt)
			break;
	}
	if (!page)
		warn_failed(gfp, order);
	return page;
}

struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order)
{
	struct node *node = nodes[nid];
	struct zone **zones = zones_for(node, gfp);
	struct page *page;

	might_sleep_if(gfp & __GFP_RECLAIM);
	if (unlikely(order > MAX_ORDER) || alloc_fault_injected())
		return NULL;
	page = take_from(zones, order, WATERMARK_LOW, 1);
	if (unlikely(!page)) {
		page = alloc_slow(node, zones, gfp, order);
		if (!page)
			return NULL;
	}
	mm_event_add(MM_PGALLOC, 1ul << order);
	return page_prepare(page, order, gfp);
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	return alloc_pages_node(0, gfp, order);
}

void page_free_last(struct page *page)
{
	unsigned int order = page_order(page);

	if (unlikely(page->flags & PAGE_FLAGS_BUSY)) {
		report_bad_page(page, "freed while in use");
		return;
	}
	mm_event_add(MM_PGFREE, 1ul << order);
	kasan_free_pages(page, order);
	if (likely(!order)) {
		page->flags &= PAGE_FLAGS_FIXED;
		page_poison(page, 0);
		pageset_give(page_zone(page), page);
		return;
	}
	for (unsigned int i = 0; i < 1u << order; i++)
		page[i].flags &= PAGE_FLAGS_FIXED;
	page_poison(page, order);
	zone_give(page_zone(page), page, order);
}

void __free_pages(struct page *page, unsigned int order)
{
	if (unlikely(page_order(page) != order)) {
		report_bad_page(page, "freed with another order");
		return;
	}
	if (atomic_dec_and_test(&page->refs))
		page_free_last(page);
}

void split_page(struct page *page, unsigned int order)
{
	for (unsigned int i = 0; i < 1u << order; i++) {
		page[i].flags &= PAGE_FLAGS_FIXED;
		if (i)
			atomic_set(&page[i].refs, 1);
	}
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	return page ? (unsigned long)page_address(page) : 0;
}

void free_pages(unsigned long addr, unsigned int order)
{
	if (addr)
		__free_pages(virt_to_page(addr), order);
}

/* Exact numbers of pages: a block of the next order, its tail given back. */
void *alloc_pages_exact(size_t size, gfp_t gfp)
{
	unsigned long nr = DIV_ROUND_UP(size, PAGE_SIZE);
	unsigned int order = get_order(size);
	struct page *page = alloc_pages(gfp, order);

	if (!page)
		return NULL;
	split_page(page, order);
	for (unsigned long i = nr; i < 1ul << order; i++)
		__free_page(page + i);
	return page_address(page);
}

void free_pages_exact(void *p, size_t size)
{
	for (unsigned long i = 0; i < DIV_ROUND_UP(size, PAGE_SIZE); i++)
		free_page((unsigned long)p + i * PAGE_SIZE);
}
