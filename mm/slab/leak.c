/* SPDX-License-Identifier: MIT */
/*
 * Slab objects and pages for the leak scan: mm/leak.h.
 *
 * Nothing is locked: the scan may see a slab that is just going. It reads whatever lies in the
 * direct map, which is always there, and writes nothing.
 */
#include "slab.h"
#include <arch/clock.h>
#include <kernel/backtrace.h>
#include <kernel/preempt.h>
#include <lib/kernel.h>
#include <mm/zone.h>

#define SKIPPED 3 /* the allocator's own calls */

void leak_record_fill(struct leak_record *record)
{
	unsigned long addresses[LEAK_TRACE + SKIPPED];
	size_t nr = backtrace_save(NULL, addresses, LEAK_TRACE + SKIPPED);

	record->made_ns = arch_clock_ns();
	record->flags = 0;
	record->nr = 0;
	for (size_t i = SKIPPED; i < nr; i++)
		record->trace[record->nr++] = (u32)addresses[i];
}

static struct page *page_at(unsigned long address)
{
	unsigned long pfn = (address - DIRECT_MAP_BASE) >> PAGE_SHIFT;

	if (address < DIRECT_MAP_BASE || address >= VMALLOC_START || !pfn_valid(pfn))
		return NULL;
	return pfn_to_page(pfn);
}

/* The record of the object in use at an address within a slab; NULL. */
static struct slab_debug *record_at(const struct page *page, unsigned long address,
				    unsigned long *start)
{
	struct kmem_cache *cache = READ_ONCE(page->slab_cache);
	struct page *head = READ_ONCE(page->slab_head);
	unsigned long base, index;
	struct slab_debug *record;

	if (!cache || !head || !page_test(page, PG_SLAB) || !page_test(head, PG_SLAB) ||
	    !cache->size)
		return NULL;
	base = (unsigned long)page_address(head);
	index = (address - base) / cache->size;
	if (index >= READ_ONCE(head->slab_objects))
		return NULL;
	*start = base + index * cache->size;
	record = slab_debug_record(cache, (void *)*start);
	return slab_debug_in_use(record) ? record : NULL;
}

/*
 * Large objects keep their record in the descriptor of their second page, which nobody else uses
 * meanwhile: it costs no allocation, which could fail.
 */
_Static_assert(KMALLOC_MAX_CACHED >= PAGE_SIZE, "a large object has a second page");

void leak_large_made(struct page *page)
{
	struct leak_record record;

	leak_record_fill(&record);
	page[1].leak = record;
}

/* The first page of the large object that a page is part of; NULL. Blocks are aligned to their size. */
static struct page *large_head(struct page *page)
{
	unsigned long pfn = page_to_pfn(page);

	if (page_test(page, PG_LARGE_KMALLOC))
		return page;
	/* Only the first page of a block has references. */
	for (unsigned int order = 1; order <= MAX_ORDER && !page_refs(page); order++) {
		unsigned long first = ALIGN_DOWN(pfn, 1ul << order);

		if (!pfn_valid(first))
			return NULL;
		page = pfn_to_page(first);
		if (page_test(page, PG_LARGE_KMALLOC) && page_order(page) >= order)
			return page;
	}
	return NULL;
}

/* All of the block, not only what was asked for: krealloc and others who ask ksize use the rest. */
static bool find_large(struct page *page, struct leak_object *object)
{
	struct page *head = large_head(page);

	if (!head)
		return false;
	object->start = (unsigned long)page_address(head);
	object->size = PAGE_SIZE << page_order(head);
	object->record = head[1].leak;
	return page_test(head, PG_LARGE_KMALLOC); /* still */
}

bool leak_find_slab(unsigned long address, struct leak_object *object)
{
	struct page *page = page_at(address);
	struct slab_debug *record;
	unsigned long start;

	if (!page)
		return false;
	if (!page_test(page, PG_SLAB))
		return find_large(page, object);
	record = record_at(page, address, &start);
	if (!record || address - start >= max(record->requested, 1u))
		return false;
	object->start = start;
	object->size = record->requested;
	object->record = record->leak;
	return true;
}

static void visit_slab(const struct page *slab, void (*visit)(const struct leak_object *object))
{
	unsigned long base = (unsigned long)page_address(slab);
	const struct kmem_cache *cache = READ_ONCE(slab->slab_cache);
	unsigned int size = cache ? cache->size : 0;
	struct leak_object object;

	for (unsigned int i = 0; size && i < READ_ONCE(slab->slab_objects); i++)
		if (leak_find_slab(base + i * size, &object))
			visit(&object);
}

static void each_page(void (*visit_page)(struct page *page, void *visit), void *visit)
{
	struct zone *zone;

	for_each_zone(zone) {
		for (unsigned long pfn = zone->start_pfn; pfn < zone->end_pfn; pfn++) {
			if (!pfn_valid(pfn))
				continue;
			visit_page(pfn_to_page(pfn), visit);
		}
	}
}

static void slab_or_large(struct page *page, void *visit)
{
	struct leak_object object;

	if (page_test(page, PG_SLAB) && READ_ONCE(page->slab_head) == page)
		visit_slab(page, visit);
	else if (page_test(page, PG_LARGE_KMALLOC) &&
		 leak_find_slab((unsigned long)page_address(page), &object))
		((void (*)(const struct leak_object *))visit)(&object);
}

void leak_each_slab(void (*visit)(const struct leak_object *object))
{
	each_page(slab_or_large, visit);
}

/* A page that somebody has for his own purposes: it and its descriptor may hold references.
 * Programs' pages do not. */
#define NOT_ROOTS                                                                       \
	(BIT(PG_SLAB) | BIT(PG_BUDDY) | BIT(PG_RESERVED) | BIT(PG_LRU) | BIT(PG_ANON) | \
	 BIT(PG_TABLE) | BIT(PG_VMALLOC) | BIT(PG_LARGE_KMALLOC))

static void root_page(struct page *page, void *visit)
{
	void (*visit_root)(const void *start, size_t size) = visit;

	if (!page_refs(page) || (page->flags & (BIT(PG_SLAB) | BIT(PG_BUDDY) | BIT(PG_RESERVED))))
		return;
	visit_root(page, sizeof(*page));
	if (!(page->flags & NOT_ROOTS))
		visit_root(page_address(page),
			   PAGE_SIZE << (page_test(page, PG_HEAD) ? page_order(page) : 0));
}

void leak_each_page(void (*visit)(const void *start, size_t size))
{
	each_page(root_page, visit);
}

bool leak_slab_set_flags(const void *object, unsigned int flags)
{
	struct page *page = page_at((unsigned long)object);
	struct slab_debug *record;
	unsigned long start;

	if (page && page_test(page, PG_LARGE_KMALLOC)) {
		page[1].leak.flags |= flags;
		return true;
	}
	record = page ? record_at(page, (unsigned long)object, &start) : NULL;
	if (record)
		record->leak.flags |= flags;
	return record;
}
