/* SPDX-License-Identifier: MIT */
/* Caches: making, destroying, reporting, shrinking; kmalloc's own. */
#define pr_fmt(fmt) "slab: " fmt
#include "slab.h"
#include <kernel/bug.h>
#include <kernel/cpumask.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/frame_init.h>
#include <mm/kasan.h>
#include <mm/slab_rcu.h>
#include <mm/stat.h>
#include <mm/zone.h>

#define MAX_SLAB_ORDER		3
#define WANTED_OBJECTS		8	/* a slab of fewer takes a higher order */
#define WORD			sizeof(void *)

DEFINE_SPINLOCK(cache_list_lock, LOCK_RANK_SLAB);
LIST_HEAD(cache_list);
bool slab_is_up __ro_after_init;
void (*slab_call_rcu)(struct rcu_head *head, void (*func)(struct rcu_head *head));
void (*slab_rcu_barrier)(void);

/* CPUs that a new cache must have room for: all that could be, until it is known how many there are. */
static unsigned int cpu_slots(void)
{
	return slab_is_up && nr_cpu_ids > 1 ? nr_cpu_ids : CONFIG_NR_CPUS;
}

/* The lowest order with little waste: at least WANTED_OBJECTS, or less than 1/8 of the slab left over. */
static unsigned int choose_order(size_t size)
{
	unsigned int order;

	for (order = 0; order < MAX_SLAB_ORDER; order++) {
		size_t bytes = PAGE_SIZE << order;

		if (bytes >= size && (bytes / size >= WANTED_OBJECTS ||
				      (bytes % size < bytes / 8 && bytes / size >= 2)))
			break;
	}
	return max_t(unsigned int, order, get_order(size));
}

/* A CPU may keep 16 KiB of free objects in a cache, less where there is little memory for each CPU. */
static unsigned int choose_limit(size_t size)
{
	size_t per_cpu = (total_ram_pages() << PAGE_SHIFT) / max(num_possible_cpus(), 1u);
	size_t bytes = clamp_t(size_t, per_cpu / 8192, 1024, 16384);

	return clamp_t(size_t, bytes / size, 2, 60);
}

void cache_init(struct kmem_cache *cache, const char *name, size_t size, size_t align,
		unsigned int flags, void (*ctor)(void *))
{
	align = max(align, WORD);
	if (flags & SLAB_HWCACHE_ALIGN)
		align = max_t(size_t, align, size > L1_CACHE_BYTES / 2 ? L1_CACHE_BYTES : 0);
	cache->object_size = size;
	size = ALIGN(max(size, WORD), WORD);
	/* Readers may still look at a free object of a type-safe cache, and a constructed one must stay as it is: the link goes behind. */
	cache->free_offset = 0;
	if (slab_debug_space() || kasan_slab_space()) {
		size += slab_debug_space() + kasan_slab_space();
		cache->free_offset = size - WORD;
		/* Behind all of it, in front of the next object. */
		size += slab_debug_space() ? WORD : 0;
	} else if (ctor || (flags & SLAB_TYPESAFE_BY_RCU)) {
		cache->free_offset = size;
		size += WORD;
	}
	cache->size = ALIGN(size, align);
	cache->align = align;
	cache->flags = flags;
	cache->ctor = ctor;
	cache->order = choose_order(cache->size);
	cache->objects = (PAGE_SIZE << cache->order) / cache->size;
	cache->limit = choose_limit(cache->size);
	cache->batch = max(cache->limit / 2, 1);
	strscpy(cache->name, name, sizeof(cache->name));
	for (unsigned int i = 0; i < nr_nodes; i++) {
		struct slab_node *node = &cache->nodes[i];

		memset(node, 0, sizeof(*node));
		spin_lock_init(&node->lock, LOCK_RANK_SLAB);
		INIT_LIST_HEAD(&node->partial);
	}
	for (unsigned int cpu = 0; cpu < cpu_slots(); cpu++)
		cache->magazines[cpu] = &no_magazine;
}

static size_t cache_bytes(void)
{
	return ALIGN(sizeof(struct kmem_cache) + cpu_slots() * sizeof(struct magazine *), WORD) +
	       nr_nodes * sizeof(struct slab_node);
}

static void cache_publish(struct kmem_cache *cache)
{
	unsigned long flags;

	spin_lock_irqsave_nested(&cache_list_lock, flags);
	list_add_tail(&cache->list, &cache_list);
	spin_unlock_irqrestore(&cache_list_lock, flags);
}

static void cache_lay_out(struct kmem_cache *cache)
{
	cache->nodes = (void *)cache + cache_bytes() - nr_nodes * sizeof(struct slab_node);
}

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
				     unsigned int flags, void (*ctor)(void *))
{
	struct kmem_cache *cache = NULL;

	if (size && size <= PAGE_SIZE << MAX_SLAB_ORDER && !(align & (align - 1)))
		cache = kzalloc(cache_bytes(), GFP_KERNEL);
	if (!cache) {
		if (flags & SLAB_PANIC)
			panic("slab: cannot make the cache %s", name);
		return NULL;
	}
	cache_lay_out(cache);
	cache_init(cache, name, size, align, flags, ctor);
	cache_publish(cache);
	return cache;
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	unsigned long flags, left = 0;

	if (!cache)
		return;
	kasan_quarantine_leave(cache);
	if (cache->flags & SLAB_TYPESAFE_BY_RCU)
		slab_rcu_barrier();
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		slab_drain_magazine(cache, cpu);
		if (cache->magazines[cpu] != &no_magazine)
			slab_free_magazine(cache->magazines[cpu]);
		cache->magazines[cpu] = &no_magazine;
	}
	for (unsigned int i = 0; i < nr_nodes; i++) {
		LIST_HEAD(doomed);

		slab_node_shrink(&cache->nodes[i], &doomed);
		slab_delete_all(&doomed, cache->flags);
		left += cache->nodes[i].inuse;
	}
	spin_lock_irqsave_nested(&cache_list_lock, flags);
	list_del(&cache->list);
	spin_unlock_irqrestore(&cache_list_lock, flags);
	if (left) {
		/* Its slabs point at it: it stays, nameless to the reports, so that late frees do no harm. */
		WARN(true, "slab: %lu objects of %s are still in use", left, cache->name);
		return;
	}
	if (cache->flags & SLAB_TYPESAFE_BY_RCU)
		slab_rcu_barrier();
	kfree(cache);
}

/* --- kmalloc's caches --- */

static const char *const kmalloc_names[KMALLOC_CLASSES] = {
	"kmalloc-8",   "kmalloc-16",  "kmalloc-32",  "kmalloc-64",  "kmalloc-96",
	"kmalloc-128", "kmalloc-192", "kmalloc-256", "kmalloc-384", "kmalloc-512",
	"kmalloc-768", "kmalloc-1k",  "kmalloc-2k",  "kmalloc-4k",  "kmalloc-8k",
};
const u16 kmalloc_sizes[KMALLOC_CLASSES] = { 8, 16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096, 8192 };

void __init slab_init(void)
{
	size_t bytes = cache_bytes();
	char *memory = alloc_pages_exact(bytes * KMALLOC_CLASSES, GFP_KERNEL | __GFP_ZERO);

	if (!memory)
		panic("slab: no memory");
	for (int i = 0; i < KMALLOC_CLASSES; i++) {
		struct kmem_cache *cache = (void *)(memory + i * bytes);
		size_t size = kmalloc_sizes[i];

		cache_lay_out(cache);
		/* Aligned to the largest power of two that divides the size. */
		cache_init(cache, kmalloc_names[i], size, size & -size, 0, NULL);
		kmalloc_caches[i] = cache;
		cache_publish(cache);
	}
	slab_is_up = true;
	kasan_slab_init();
}

/* --- reports and pressure --- */

static unsigned long in_magazines(const struct kmem_cache *cache)
{
	unsigned long nr = 0;

	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		nr += READ_ONCE(cache->magazines[cpu])->count;
	return nr;
}

static void cache_report(struct kmem_cache *cache, struct slab_report *report)
{
	*report = (struct slab_report){
		.object_size = cache->object_size,
		.objects_per_slab = cache->objects,
		.pages_per_slab = 1u << cache->order,
		.limit = cache->limit,
		.batch = cache->batch,
	};
	strscpy(report->name, cache->name, sizeof(report->name));
	for (unsigned int i = 0; i < nr_nodes; i++) {
		struct slab_node *node = &cache->nodes[i];
		unsigned long flags;

		spin_lock_irqsave_nested(&node->lock, flags);
		report->active_objects += node->inuse;
		report->slabs += node->nr_slabs;
		report->active_slabs += node->nr_slabs - node->nr_empty;
		spin_unlock_irqrestore(&node->lock, flags);
	}
	report->objects = report->slabs * cache->objects;
	report->active_objects -= min(report->active_objects,
				      in_magazines(cache) + atomic_read(&cache->nr_magazines) +
					      kasan_kept(cache));
}

/* With cache_list_lock held; NULL behind the last. */
static struct kmem_cache *cache_at(unsigned int index)
{
	struct kmem_cache *cache;

	list_for_each_entry(cache, &cache_list, list)
		if (!index--)
			return cache;
	return NULL;
}

bool slab_report(unsigned int index, struct slab_report *report)
{
	struct kmem_cache *cache;
	unsigned long flags;

	spin_lock_irqsave(&cache_list_lock, flags);
	cache = cache_at(index);
	if (cache)
		cache_report(cache, report);
	spin_unlock_irqrestore(&cache_list_lock, flags);
	return cache;
}

/* The lock is dropped between two caches: interrupts are off for one at a time only. */
unsigned long slab_shrink_all(void)
{
	struct kmem_cache *cache;
	unsigned long flags, pages = 0;
	unsigned int index = 0;

	kasan_quarantine_empty();
	do {
		unsigned int cache_flags;
		LIST_HEAD(doomed);

		spin_lock_irqsave(&cache_list_lock, flags);
		cache = cache_at(index++);
		for (unsigned int i = 0; cache && i < nr_nodes; i++)
			slab_node_shrink(&cache->nodes[i], &doomed);
		cache_flags = cache ? cache->flags : 0;
		spin_unlock_irqrestore(&cache_list_lock, flags);
		pages += slab_delete_all(&doomed, cache_flags);
	} while (cache);
	return pages;
}

void slab_drain_local(void)
{
	struct kmem_cache *cache;
	unsigned long flags;
	unsigned int index = 0;

	kasan_quarantine_empty();
	do {
		spin_lock_irqsave(&cache_list_lock, flags);
		cache = cache_at(index++);
		if (cache)
			slab_drain_magazine(cache, smp_processor_id());
		spin_unlock_irqrestore(&cache_list_lock, flags);
	} while (cache);
}
