/* SPDX-License-Identifier: MIT */
/*
 * The slab allocator's structures.
 *
 * A cache hands out objects of one size. A slab is a block of 2^order pages cut into objects. Each CPU has a magazine, a stack of free
 * objects, from which nearly all allocations come and to which frees go. Magazines are filled from slabs with free objects and emptied
 * into them in batches, under the lock of the cache's part for a node.
 *
 *	kmem_cache_alloc -> this CPU's magazine -> (empty) node's partial slabs -> (none) alloc_pages
 *
 * Magazines are touched by threads of their CPU with preemption off; interrupt handlers go to the node. A free object within a slab
 * holds the link to the next one at free_offset; objects of a slab that were never handed out are only counted (slab_objects).
 *
 * Locks: slab_node.lock (LOCK_RANK_SLAB, interrupts off); cache_list_lock above it by _nested.
 */
#ifndef SLAB_H
#define SLAB_H

#include <arch/percpu.h>
#include <kernel/preempt.h>
#include <kernel/spinlock.h>
#include <kit/list.h>
#include <mm/leak.h>
#include <mm/page.h>
#include <mm/slab.h>

struct magazine {
	u32 count;
	u32 limit; /* I */
	void *objects[];
};

struct slab_node {
	spinlock_t lock;
	struct list_head partial; /* lock: slabs with free objects, by slab_list */
	unsigned long nr_partial; /* lock */
	unsigned long nr_empty;	  /* lock: of these, slabs without an object in use */
	unsigned long nr_slabs;	  /* lock */
	unsigned long inuse;	  /* lock: objects outside the slabs, in magazines too */
};

struct kmem_cache {
	u32 size;		    /* I: from object to object */
	u32 object_size;	    /* I */
	u32 free_offset;	    /* I */
	u16 order, objects;	    /* I: of a slab */
	u16 limit, batch;	    /* I: of a magazine */
	u32 align;		    /* I */
	unsigned int flags;	    /* I */
	void (*ctor)(void *object); /* I */
	struct slab_node *nodes;    /* I: one for each node */
	struct list_head list;	    /* cache_list_lock */
#ifdef CONFIG_KASAN
	atomic_t nr_kept; /* freed, in KASAN's quarantine */
#endif
	/* of its objects, those that are magazines: nobody's, for a report */
	atomic_t nr_magazines;
	char name[32];		      /* I */
	struct magazine *magazines[]; /* own CPU: never NULL */
};

extern struct list_head cache_list;
extern spinlock_t cache_list_lock;

/* A magazine that is always empty and always full: stands in for one that is not there yet. */
extern struct magazine no_magazine;

/* refill.c */
void *slab_alloc_slow(struct kmem_cache *cache, gfp_t gfp);
void slab_free_slow(struct kmem_cache *cache, void *object);
void slab_free_magazine(struct magazine *magazine);
void slab_drain_magazine(struct kmem_cache *cache, unsigned int cpu);
/* The slabs without objects, off the node; then, without locks, freed: how many pages. flags are the cache's. */
void slab_node_shrink(struct slab_node *node, struct list_head *doomed);
unsigned long slab_delete_all(struct list_head *doomed, unsigned int flags);

/* cache.c */
void cache_init(struct kmem_cache *cache, const char *name, size_t size, size_t align,
		unsigned int flags, void (*ctor)(void *));
extern bool slab_is_up; /* kmalloc works: magazines can be made */

/* debug.c: behind each object of a debug kernel. */
#ifdef CONFIG_DEBUG_SLAB
struct slab_debug {
	u64 redzone;
	unsigned long alloc_ip, free_ip;
	u32 requested; /* bytes the caller asked for */
	u32 state;
#ifdef CONFIG_DEBUG_KMEMLEAK
	struct leak_record leak;
#endif
	void *next_free;
};
void slab_debug_new(struct kmem_cache *cache, void *object);
void slab_debug_alloc(struct kmem_cache *cache, void *object, size_t requested, unsigned long ip);
/* false: reported, leave it alone */
bool slab_debug_free(struct kmem_cache *cache, void *object, unsigned long ip);
static inline size_t slab_debug_space(void) { return sizeof(struct slab_debug); }
/* Bytes that the caller asked for. */
size_t slab_debug_requested(const struct kmem_cache *cache, const void *object);
struct slab_debug *slab_debug_record(const struct kmem_cache *cache, void *object);
bool slab_debug_in_use(const struct slab_debug *record);
#else
static inline void slab_debug_new(struct kmem_cache *cache, void *object) { }
static inline void slab_debug_alloc(struct kmem_cache *cache, void *object, size_t requested, unsigned long ip) { }
static inline bool slab_debug_free(struct kmem_cache *cache, void *object, unsigned long ip) { return true; }
static inline size_t slab_debug_space(void) { return 0; }
static inline size_t slab_debug_requested(const struct kmem_cache *cache, const void *object) { return cache->object_size; }
#endif

/* leak.c: before a block of pages becomes a large kmalloc. */
#ifdef CONFIG_DEBUG_KMEMLEAK
void leak_large_made(struct page *page);
#else
static inline void leak_large_made(struct page *page) { }
#endif

/* Only for objects that the slab allocator made: the direct map, without the question that __pa asks. */
static inline struct page *object_page(const void *object)
{
	return pfn_to_page(((unsigned long)object - DIRECT_MAP_BASE) >> PAGE_SHIFT);
}

/* An object that KASAN had kept. */
void slab_give_back(struct kmem_cache *cache, void *object);

static inline struct slab_node *object_node(struct kmem_cache *cache, const struct page *slab)
{
	return &cache->nodes[page_node(slab)];
}

#endif
