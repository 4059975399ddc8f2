/* SPDX-License-Identifier: MIT */
/* Slabs: where magazines are filled from and emptied to. */
#include "slab.h"
#include <kernel/bug.h>
#include <lib/kernel.h>
#include <mm/kasan.h>
#include <mm/slab_rcu.h>
#include <mm/stat.h>

/* Empty slabs that a node keeps, so that a cache that swings about a slab's limit does not go to the page allocator each time. */
#define KEEP_EMPTY	2
/* A magazine for 0 objects: see slab.h. */
struct magazine no_magazine;

static void **link_of(const struct kmem_cache *cache, void *object)
{
	return object + cache->free_offset;
}

static enum mm_level slab_level(unsigned int flags)
{
	return flags & SLAB_RECLAIM_ACCOUNT ? MM_SLAB_RECLAIMABLE : MM_SLAB_UNRECLAIMABLE;
}

/* --- slabs; those that change lists need the node's lock --- */

static struct page *slab_new(struct kmem_cache *cache, gfp_t gfp)
{
	struct page *slab = alloc_pages((gfp & ~__GFP_ZERO) |
						(cache->order ? __GFP_NOWARN | __GFP_NORETRY : 0),
					cache->order);

	if (!slab)
		return NULL;
	kasan_slab_new(slab, cache->order);
	for (unsigned int i = 0; i < 1u << cache->order; i++) {
		slab[i].flags |= BIT(PG_SLAB);
		slab[i].slab_cache = cache;
		slab[i].slab_head = slab;
	}
	slab->freelist = NULL;
	slab->slab_inuse = 0;
	slab->slab_objects = 0;
	mm_level_add(slab_level(cache->flags), 1l << cache->order);
	return slab;
}

static void slab_pages_free(struct page *slab, unsigned int order)
{
	for (unsigned int i = 0; i < 1u << order; i++)
		slab[i].flags &= ~BIT(PG_SLAB);
	__free_pages(slab, order);
}

static void slab_free_by_rcu(struct rcu_head *head)
{
	struct page *slab = container_of(head, struct page, rcu);

	slab_pages_free(slab, page_order(slab));
}

/* Without locks: RCU may wake its thread. flags are those of the cache, which may be gone. */
static void slab_delete(struct page *slab, unsigned int flags)
{
	unsigned int order = page_order(slab);

	mm_level_add(slab_level(flags), -(1l << order));
	if (flags & SLAB_TYPESAFE_BY_RCU)
		slab_call_rcu(&slab->rcu, slab_free_by_rcu);
	else
		slab_pages_free(slab, order);
}

static void slab_list_add(struct slab_node *node, struct page *slab)
{
	list_add(&slab->slab_list, &node->partial);
	node->nr_partial++;
}

static void slab_list_remove(struct slab_node *node, struct page *slab)
{
	list_del(&slab->slab_list);
	node->nr_partial--;
}

/* One object of a slab that has a free one. */
static void *slab_take(struct kmem_cache *cache, struct slab_node *node, struct page *slab)
{
	void *object = slab->freelist;

	if (!slab->slab_inuse++)
		node->nr_empty--;
	if (object) {
		slab->freelist = *link_of(cache, object);
	} else {
		object = page_address(slab) + slab->slab_objects++ * cache->size;
		kasan_object_new(cache, object);
		slab_debug_new(cache, object);
		if (cache->ctor)
			cache->ctor(object);
		kasan_object_made(cache, object);
	}
	node->inuse++;
	if (slab->slab_inuse == cache->objects)
		slab_list_remove(node, slab);
	return object;
}

/* Gives an object back. Returns the slab if it is not wanted any more (keep: never); the caller deletes it when the lock is free. */
static struct page *slab_put(struct kmem_cache *cache, struct slab_node *node, void *object,
			     bool keep)
{
	struct page *slab = object_page(object)->slab_head;

	if (slab->slab_inuse == cache->objects)
		slab_list_add(node, slab);
	*link_of(cache, object) = slab->freelist;
	slab->freelist = object;
	node->inuse--;
	if (--slab->slab_inuse)
		return NULL;
	if (keep || node->nr_empty < KEEP_EMPTY) {
		node->nr_empty++;
		return NULL;
	}
	slab_list_remove(node, slab);
	node->nr_slabs--;
	return slab;
}

/* Up to nr objects from the node's slabs; how many. */
static unsigned int node_take(struct kmem_cache *cache, struct slab_node *node, void **objects,
			      unsigned int nr)
{
	unsigned int got = 0;
	unsigned long flags;

	spin_lock_irqsave(&node->lock, flags);
	while (got < nr && !list_empty(&node->partial))
		objects[got++] = slab_take(cache, node,
					   list_first_entry(&node->partial, struct page,
							    slab_list));
	spin_unlock_irqrestore(&node->lock, flags);
	return got;
}

static void node_put(struct kmem_cache *cache, void **objects, unsigned int nr, bool keep)
{
	struct page *unwanted[16];
	unsigned int nr_unwanted = 0;

	while (nr) {
		struct slab_node *node = object_node(cache, object_page(*objects));
		unsigned long flags;

		spin_lock_irqsave_nested(&node->lock, flags);
		while (nr && nr_unwanted < ARRAY_SIZE(unwanted) &&
		       object_node(cache, object_page(*objects)) == node) {
			struct page *slab = slab_put(cache, node, *objects, keep);

			if (slab)
				unwanted[nr_unwanted++] = slab;
			objects++;
			nr--;
		}
		spin_unlock_irqrestore(&node->lock, flags);
		while (nr_unwanted)
			slab_delete(unwanted[--nr_unwanted], cache->flags);
	}
}

static bool node_grow(struct kmem_cache *cache, gfp_t gfp)
{
	struct page *slab = slab_new(cache, gfp);
	struct slab_node *node;
	unsigned long flags;

	if (!slab)
		return false;
	node = object_node(cache, slab);
	spin_lock_irqsave(&node->lock, flags);
	slab_list_add(node, slab);
	node->nr_slabs++;
	node->nr_empty++;
	spin_unlock_irqrestore(&node->lock, flags);
	return true;
}

void slab_node_shrink(struct slab_node *node, struct list_head *doomed)
{
	struct page *slab, *next;
	unsigned long flags;

	spin_lock_irqsave_nested(&node->lock, flags);
	list_for_each_entry_safe(slab, next, &node->partial, slab_list) {
		if (!node->nr_empty)
			break;
		if (slab->slab_inuse)
			continue;
		slab_list_remove(node, slab);
		list_add(&slab->slab_list, doomed);
		node->nr_slabs--;
		node->nr_empty--;
	}
	spin_unlock_irqrestore(&node->lock, flags);
}

unsigned long slab_delete_all(struct list_head *doomed, unsigned int flags)
{
	struct page *slab, *next;
	unsigned long pages = 0;

	list_for_each_entry_safe(slab, next, doomed, slab_list) {
		pages += 1ul << page_order(slab);
		slab_delete(slab, flags);
	}
	return pages;
}

/* --- magazines --- */

/* Memory for a magazine, past the magazines: those of its own cache may be the ones that are not there yet. NULL: one can do without. */
static struct magazine *magazine_alloc(unsigned int limit)
{
	size_t bytes = sizeof(struct magazine) + limit * sizeof(void *);
	struct kmem_cache *home = kmalloc_caches[kmalloc_class(bytes)];
	void *object = NULL;

	while (!node_take(home, home->nodes, &object, 1))
		if (!node_grow(home, __GFP_NOWARN))
			return NULL;
	kasan_slab_alloc(home, object, bytes);
	slab_debug_alloc(home, object, bytes, (unsigned long)slab_free_magazine);
	atomic_inc(&home->nr_magazines);
	return object;
}

void slab_free_magazine(struct magazine *magazine)
{
	atomic_dec(&object_page(magazine)->slab_cache->nr_magazines);
	kfree(magazine);
}

/* This CPU's magazine, made if need be and possible. Preemption is off, and may have been on for a moment. */
static struct magazine *magazine_here(struct kmem_cache *cache)
{
	struct magazine **place = &cache->magazines[smp_processor_id()], *new;

	if (likely(*place != &no_magazine) || !slab_is_up)
		return *place;
	preempt_enable();
	new = magazine_alloc(cache->limit);
	preempt_disable();
	place = &cache->magazines[smp_processor_id()];
	if (!new)
		return *place;
	if (*place != &no_magazine) {
		slab_free_magazine(new);
		return *place;
	}
	new->count = 0;
	new->limit = cache->limit;
	return *place = new;
}

void *slab_alloc_slow(struct kmem_cache *cache, gfp_t gfp)
{
	void *object = NULL;

	do {
		preempt_disable();
		if (in_interrupt()) {
			node_take(cache, cache->nodes, &object, 1);
		} else {
			struct magazine *magazine = magazine_here(cache);

			if (!magazine->count && magazine->limit)
				magazine->count = node_take(cache, cache->nodes, magazine->objects,
							    cache->batch);
			if (magazine->count)
				object = magazine->objects[--magazine->count];
			else if (!magazine->limit)
				node_take(cache, cache->nodes, &object, 1);
		}
		preempt_enable();
	} while (!object && node_grow(cache, gfp));
	return object;
}

void slab_free_slow(struct kmem_cache *cache, void *object)
{
	struct magazine *magazine;

	preempt_disable();
	if (in_interrupt()) {
		node_put(cache, &object, 1, false);
		preempt_enable();
		return;
	}
	magazine = magazine_here(cache);
	if (magazine->limit && magazine->count == magazine->limit) {
		/* The oldest go: the newest are likely still in the CPU's cache. */
		node_put(cache, magazine->objects, cache->batch, false);
		magazine->count -= cache->batch;
		for (unsigned int i = 0; i < magazine->count; i++)
			magazine->objects[i] = magazine->objects[i + cache->batch];
	}
	if (magazine->limit)
		magazine->objects[magazine->count++] = object;
	else
		node_put(cache, &object, 1, false);
	preempt_enable();
}

/* The caller is on that CPU with preemption off, or nobody uses the cache any more. Slabs that become empty are left for slab_node_shrink. */
void slab_drain_magazine(struct kmem_cache *cache, unsigned int cpu)
{
	struct magazine *magazine = cache->magazines[cpu];

	if (!magazine->count)
		return;
	node_put(cache, magazine->objects, magazine->count, true);
	magazine->count = 0;
}
