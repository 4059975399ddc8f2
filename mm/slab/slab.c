/* SPDX-License-Identifier: MIT */
/* Allocating and freeing: the fast paths, by this CPU's magazine. */
#include "slab.h"
#include <kernel/bug.h>
#include <lib/string.h>
#include <mm/alloc_fault.h>
#include <mm/kasan.h>

static __always_inline void *take(struct kmem_cache *cache, gfp_t gfp)
{
	struct magazine *magazine;
	void *object;

	preempt_disable();
	magazine = cache->magazines[smp_processor_id()];
	if (likely(magazine->count && !in_interrupt())) {
		object = magazine->objects[--magazine->count];
		preempt_enable();
		return object;
	}
	preempt_enable();
	return slab_alloc_slow(cache, gfp);
}

static __always_inline void *take_sized(struct kmem_cache *cache, size_t requested, gfp_t gfp,
					unsigned long ip)
{
	void *object = take(cache, gfp);

	if (unlikely(!object))
		return NULL;
	kasan_slab_alloc(cache, object, requested);
	slab_debug_alloc(cache, object, requested, ip);
	if (gfp & __GFP_ZERO)
		memset(object, 0, requested);
	return object;
}

void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	might_sleep_if(gfp & __GFP_RECLAIM);
	if (alloc_fault_injected())
		return NULL;
	return take_sized(cache, cache->object_size, gfp,
			  (unsigned long)__builtin_return_address(0));
}

void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp)
{
	might_sleep_if(gfp & __GFP_RECLAIM);
	if (alloc_fault_injected())
		return NULL;
	return take_sized(cache, cache->object_size, gfp | __GFP_ZERO,
			  (unsigned long)__builtin_return_address(0));
}

static __always_inline void give(struct kmem_cache *cache, void *object)
{
	struct magazine *magazine;

	preempt_disable();
	magazine = cache->magazines[smp_processor_id()];
	if (likely(magazine->count < magazine->limit && !in_interrupt())) {
		magazine->objects[magazine->count++] = object;
		preempt_enable();
		return;
	}
	preempt_enable();
	slab_free_slow(cache, object);
}

static __always_inline void give_checked(struct kmem_cache *cache, void *object, unsigned long ip)
{
	if (kasan_may_free(cache, object, ip) && slab_debug_free(cache, object, ip) &&
	    !kasan_keep_freed(cache, object))
		give(cache, object);
}

#ifdef CONFIG_KASAN
void slab_give_back(struct kmem_cache *cache, void *object)
{
	give(cache, object);
}
#endif

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	give_checked(cache, object, (unsigned long)__builtin_return_address(0));
}

/* --- kmalloc --- */

struct kmem_cache *kmalloc_caches[KMALLOC_CLASSES];

/* Within __kmalloc, so that it is no call of its own in the leak scan's backtrace. */
static __always_inline void *kmalloc_large(size_t size, gfp_t gfp)
{
	unsigned int order = get_order(size);
	struct page *page = order <= MAX_ORDER ? alloc_pages(gfp, order) : NULL;

	if (!page)
		return NULL;
	leak_large_made(page);
	page_set(page, PG_LARGE_KMALLOC);
	kasan_alloc_large(page_address(page), size, order);
	return page_address(page);
}

void *__kmalloc(size_t size, gfp_t gfp)
{
	might_sleep_if(gfp & __GFP_RECLAIM);
	if (alloc_fault_injected())
		return NULL;
	if (unlikely(size > KMALLOC_MAX_CACHED))
		return kmalloc_large(size, gfp);
	return take_sized(kmalloc_caches[kmalloc_class(size)], size, gfp,
			  (unsigned long)__builtin_return_address(0));
}

static void free_large(struct page *page, const void *object)
{
	if (WARN(!page_test(page, PG_LARGE_KMALLOC) || object != page_address(page),
		 "kfree of %px, which is not kmalloc's", object))
		return;
	if (!memory_freed_in_use(object, PAGE_SIZE << page_order(page)))
		__free_pages(page, page_order(page));
}

void kfree(const void *object)
{
	struct page *page;

	if (unlikely(!object))
		return;
	page = object_page(object);
	if (unlikely(!page_test(page, PG_SLAB)))
		free_large(page, object);
	else
		give_checked(page->slab_cache, (void *)object,
			     (unsigned long)__builtin_return_address(0));
}

size_t ksize(const void *object)
{
	struct page *page;

	if (!object)
		return 0;
	page = object_page(object);
	if (!page_test(page, PG_SLAB))
		return kasan_large_requested(object, page_order(page))
			       ?: PAGE_SIZE << page_order(page);
	return kasan_requested(page->slab_cache, object)
		       ?: slab_debug_requested(page->slab_cache, object);
}
