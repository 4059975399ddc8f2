// SPDX-License-Identifier: MIT
/*
 * Kit: pools of small coherent blocks (kit/dma.h). A pool takes whole pages and deals them out in blocks; which are free stands beside the
 * page and not in the blocks, which a device can write to. A block finds its page's record through struct page.
 */
#include "internal.h"

#include <kernel/bug.h>
#include <kit/dma.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <mm/page.h>
#include <mm/slab.h>

#define NO_BLOCK	0xffff

struct pool_page {
	struct list_head node;	 /* pool->lock: of pages with free blocks, else alone */
	struct list_head all;	 /* pool->lock */
	struct dma_pool *pool;	 /* I */
	void *memory;		 /* I */
	u16 first_free, nr_used; /* pool->lock */
	u16 next[];		 /* pool->lock: of free blocks */
};

struct dma_pool {
	struct owned_resource resource; /* of the device */
	struct device *device;
	u32 size, per_page, order;	   /* I; order: pages of one record */
	spinlock_t lock;		   /* LOCK_RANK_LEAF, with interrupts off */
	struct list_head with_free, pages; /* lock */
	u32 nr_free;			   /* lock */
};

static void pool_release(struct owned_resource *resource)
{
	struct dma_pool *pool = container_of(resource, struct dma_pool, resource);
	struct pool_page *page, *next;

	list_for_each_entry_safe(page, next, &pool->pages, all) {
		free_pages((unsigned long)page->memory, pool->order);
		kfree(page);
	}
	kfree(pool);
}

struct dma_pool *dma_pool_create(struct device *device, u32 size, u32 align, u32 boundary)
{
	struct dma_pool *pool;

	might_sleep();
	if (!size || size > 64 * 1024 || (align & (align - 1)) || align > PAGE_SIZE ||
	    (boundary & (boundary - 1)))
		return ERR_PTR(-EINVAL);
	align = max(align, 8u);
	size = (size + align - 1) & ~(align - 1);
	/* Blocks of the next power of two, from an aligned start, cross no boundary that is at least as large. */
	if (boundary) {
		if (boundary < size)
			return ERR_PTR(-EINVAL);
		while (size & (size - 1))
			size = (size | (size - 1)) + 1;
	}
	pool = kzalloc(sizeof(*pool), GFP_KERNEL);
	if (!pool)
		return ERR_PTR(-ENOMEM);
	pool->device = device;
	pool->size = size;
	while (PAGE_SIZE << pool->order < size)
		pool->order++;
	pool->per_page = (PAGE_SIZE << pool->order) / size;
	spin_lock_init(&pool->lock, LOCK_RANK_LEAF);
	INIT_LIST_HEAD(&pool->with_free);
	INIT_LIST_HEAD(&pool->pages);
	pool->resource.release = pool_release;
	pool->resource.what = "DMA pool";
	resource_add(&device->resources, &pool->resource);
	return pool;
}

static int grow(struct dma_pool *pool, gfp_t gfp)
{
	struct pool_page *page = kzalloc(sizeof(*page) + pool->per_page * sizeof(page->next[0]),
					 gfp);
	u64 mask = pool->device->dma_mask;
	unsigned long flags;

	if (!page)
		return -ENOMEM;
	if (mask != ~0ull)
		gfp |= mask >= 0xffffffff ? __GFP_DMA32 : __GFP_DMA;
	page->memory = (void *)__get_free_pages(gfp | __GFP_ZERO, pool->order);
	if (!page->memory) {
		kfree(page);
		return -ENOMEM;
	}
	for (u32 i = 0; i < 1u << pool->order; i++)
		virt_to_page(page->memory + i * PAGE_SIZE)->private = page;
	page->pool = pool;
	for (u32 i = 0; i < pool->per_page; i++)
		page->next[i] = i + 1 < pool->per_page ? i + 1 : NO_BLOCK;
	spin_lock_irqsave(&pool->lock, flags);
	list_add(&page->node, &pool->with_free);
	list_add(&page->all, &pool->pages);
	pool->nr_free += pool->per_page;
	spin_unlock_irqrestore(&pool->lock, flags);
	return 0;
}

int dma_pool_fill(struct dma_pool *pool, u32 nr)
{
	might_sleep();
	while (READ_ONCE(pool->nr_free) < nr) {
		int error = grow(pool, GFP_KERNEL);

		if (error)
			return error;
	}
	return 0;
}

static void *take(struct dma_pool *pool)
{
	struct pool_page *page;
	void *block = NULL;
	unsigned long flags;

	spin_lock_irqsave(&pool->lock, flags);
	page = list_first_entry_or_null(&pool->with_free, struct pool_page, node);
	if (page) {
		block = page->memory + page->first_free * pool->size;
		page->first_free = page->next[page->first_free];
		page->nr_used++;
		pool->nr_free--;
		if (page->first_free == NO_BLOCK)
			list_del_init(&page->node);
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return block;
}

void *dma_pool_alloc(struct dma_pool *pool, dma_addr_t *address)
{
	void *block = take(pool);

	if (!block && !grow(pool, GFP_ATOMIC))
		block = take(pool);
	if (block)
		*address = __pa(block);
	return block;
}

void dma_pool_free(struct dma_pool *pool, void *block)
{
	struct pool_page *page = virt_to_page(block)->private;
	unsigned long flags;
	u32 index;

	if (WARN(!page || page->pool != pool, "dma_pool_free: not a block of this pool\n"))
		return;
	index = (block - page->memory) / pool->size;
	spin_lock_irqsave(&pool->lock, flags);
	if (page->first_free == NO_BLOCK)
		list_add(&page->node, &pool->with_free);
	page->next[index] = page->first_free;
	page->first_free = index;
	page->nr_used--;
	pool->nr_free++;
	spin_unlock_irqrestore(&pool->lock, flags);
}
