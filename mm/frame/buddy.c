/* SPDX-License-Identifier: MIT */
/*
 * The buddy system of one zone. A free block of 2^order pages is aligned to its size; its buddy is the block of the same size that
 * together with it makes the block of the next order. Only the first page of a free block carries PG_BUDDY and the order.
 *
 * struct pages exist for every page of each largest block that holds any RAM, so a buddy's page can always be looked at; holes
 * carry PG_RESERVED and never become free.
 */
#include "frame.h"
#include <lib/kernel.h>

static void area_add(struct zone *zone, struct page *page, unsigned int order)
{
	page->order = order;
	page->flags |= BIT(PG_BUDDY); /* free: nobody else writes its flags */
	list_add(&page->buddy_list, &zone->area[order].blocks);
	zone->area[order].nr++;
}

static void area_remove(struct zone *zone, struct page *page, unsigned int order)
{
	list_del(&page->buddy_list);
	page->flags &= ~BIT(PG_BUDDY);
	zone->area[order].nr--;
}

static bool is_free_buddy(const struct page *page, const struct zone *zone, unsigned int order)
{
	return page_test(page, PG_BUDDY) && page->order == order && page_zone(page) == zone;
}

void buddy_give(struct zone *zone, struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);

	zone->free += 1ul << order;
	while (order < MAX_ORDER) {
		unsigned long buddy_pfn = pfn ^ (1ul << order);
		struct page *buddy = pfn_to_page(buddy_pfn);

		if (!is_free_buddy(buddy, zone, order))
			break;
		area_remove(zone, buddy, order);
		pfn &= buddy_pfn;
		order++;
	}
	area_add(zone, pfn_to_page(pfn), order);
}

struct page *buddy_take(struct zone *zone, unsigned int order)
{
	struct page *page;
	unsigned int found = order;

	while (list_empty(&zone->area[found].blocks))
		if (++found > MAX_ORDER)
			return NULL;
	page = list_first_entry(&zone->area[found].blocks, struct page, buddy_list);
	area_remove(zone, page, found);
	while (found > order) {
		found--;
		area_add(zone, page + (1ul << found), found);
	}
	zone->free -= 1ul << order;
	return page;
}
