// SPDX-License-Identifier: MIT
/*
 * Slab objects. What may be used is exactly what was asked for:
 *
 *	| object ......... | to its class | record | to the next object |
 *	  0                  redzone        redzone  redzone               allocated
 *	  freed              redzone ...                                   freed, in the quarantine
 *									   or in its slab
 *
 * Objects of type-safe caches stay usable when they are free, which is what readers under RCU rely
 * on.
 */
#include "kasan.h"

#include <kernel/thread.h>
#include <lib/kernel.h>
#include <mm/slab.h>
#include "../slab/slab.h"

size_t kasan_slab_space(void)
{
	return sizeof(struct object_record);
}

struct object_record *record_of(const struct kmem_cache *cache, const void *object)
{
	return (void *)object + cache->free_offset + sizeof(void *) - sizeof(struct object_record);
}

s32 current_tid(void)
{
	const struct thread *thread = this_cpu_read(current_thread);

	return thread ? thread->tid : 0;
}

static bool is_type_safe(const struct kmem_cache *cache)
{
	return cache->flags & SLAB_TYPESAFE_BY_RCU;
}

void kasan_slab_new(struct page *slab, unsigned int order)
{
	shadow_poison((unsigned long)page_address(slab), PAGE_SIZE << order, SHADOW_SLAB_REDZONE);
}

void kasan_object_new(struct kmem_cache *cache, void *object)
{
	*record_of(cache, object) = (struct object_record){ 0 };
	if (cache->ctor || is_type_safe(cache))
		shadow_unpoison((unsigned long)object, cache->object_size);
}

void kasan_object_made(struct kmem_cache *cache, void *object)
{
	if (cache->ctor && !is_type_safe(cache))
		shadow_poison((unsigned long)object, cache->object_size, SHADOW_SLAB_REDZONE);
}

void kasan_slab_alloc(struct kmem_cache *cache, void *object, size_t requested)
{
	struct object_record *record = record_of(cache, object);
	unsigned long start = (unsigned long)object, used;

	requested = max_t(size_t, requested, 1); /* of no bytes: so that its state can be told */
	used = ALIGN(requested, GRANULE);

	record->allocated = stack_keep();
	record->alloc_tid = current_tid();
	record->requested = requested;
	shadow_unpoison(start, requested);
	if (used < cache->object_size)
		shadow_poison(start + used, cache->object_size - used, SHADOW_SLAB_REDZONE);
}

void *object_around(const struct page *slab, unsigned long address)
{
	unsigned long start = (unsigned long)page_address(slab->slab_head),
		      n = (address - start) / slab->slab_cache->size;

	return n < slab->slab_cache->objects ? (void *)(start + n * slab->slab_cache->size) : NULL;
}

bool kasan_may_free(struct kmem_cache *cache, void *object, unsigned long ip)
{
	struct page *page = object_page(object);
	s8 shadow = *(s8 *)shadow_of((unsigned long)object);

	if (!page_test(page, PG_SLAB) || page->slab_cache != cache ||
	    object_around(page, (unsigned long)object) != object) {
		kasan_report_free((unsigned long)object, false, ip);
		return false;
	}
	if (shadow < 0) {
		kasan_report_free((unsigned long)object, true, ip);
		return false;
	}
	if (!is_type_safe(cache))
		shadow_poison((unsigned long)object, cache->object_size, SHADOW_SLAB_FREED);
	record_of(cache, object)->freed = stack_keep();
	record_of(cache, object)->free_tid = current_tid();
	return true;
}

size_t kasan_requested(struct kmem_cache *cache, const void *object)
{
	return record_of(cache, object)->requested;
}

void kasan_slab_init(void)
{
	stacks_init();
	quarantine_init();
}
