// SPDX-License-Identifier: MIT
/*
 * The quarantine: freed objects in the order in which they were freed. The oldest really go when
 * they make up more than a 32nd of the memory, when memory runs short, and when somebody counts
 * what is in use (mm_settle).
 *
 * Lock: quarantine_lock (LOCK_RANK_SLAB, interrupts off); objects are given back without it.
 * Between the two they are on no list: whoever destroys their cache waits a grace period for that,
 * which the section around both holds up.
 */
#include "kasan.h"

#include <kernel/rcu.h>
#include <kernel/spinlock.h>
#include <lib/kernel.h>
#include <mm/slab.h>
#include <mm/slab_rcu.h>
#include <mm/zone.h>
#include "../slab/slab.h"

#define BATCH 32 /* objects given back at a time, with preemption off */

static DEFINE_SPINLOCK(quarantine_lock, LOCK_RANK_SLAB);
static void *oldest, *newest; /* quarantine_lock; linked by object_record.next */
static size_t bytes_kept;     /* quarantine_lock */
static size_t limit;	      /* I */

static struct kmem_cache *cache_of(const void *object)
{
	return object_page(object)->slab_cache;
}

static void **next_of(void *object)
{
	return &record_of(cache_of(object), object)->next;
}

/* With the lock: one object from the old end. */
static void *take_oldest(void)
{
	void *object = oldest;

	oldest = *next_of(object);
	if (!oldest)
		newest = NULL;
	bytes_kept -= cache_of(object)->size;
	atomic_dec(&cache_of(object)->nr_kept);
	return object;
}

unsigned long kasan_kept(const struct kmem_cache *cache)
{
	return atomic_read(&cache->nr_kept);
}

static void append(struct kmem_cache *cache, void *object)
{
	*next_of(object) = NULL;
	if (newest)
		*next_of(newest) = object;
	else
		oldest = object;
	newest = object;
	/* lint: ctunullpointer: with an object comes its cache */
	bytes_kept += cache->size;
	atomic_inc(&cache->nr_kept);
}

/* Gives back what is more than `keep` bytes, a batch at most; whether there may be more. */
static bool give_back(void *object, struct kmem_cache *cache, size_t keep)
{
	void *objects[BATCH];
	unsigned int nr = 0;
	unsigned long flags;

	rcu_read_lock();
	spin_lock_irqsave_nested(&quarantine_lock, flags);
	if (object)
		append(cache, object);
	while (oldest && bytes_kept > keep && nr < BATCH)
		objects[nr++] = take_oldest();
	spin_unlock_irqrestore(&quarantine_lock, flags);
	for (unsigned int i = 0; i < nr; i++)
		slab_give_back(cache_of(objects[i]), objects[i]);
	rcu_read_unlock();
	return nr == BATCH;
}

bool kasan_keep_freed(struct kmem_cache *cache, void *object)
{
	if (!limit || (cache->flags & SLAB_TYPESAFE_BY_RCU))
		return false;
	give_back(object, cache, limit);
	return true;
}

void kasan_quarantine_empty(void)
{
	while (give_back(NULL, NULL, 0))
		;
}

/* --- a cache that goes --- */

/* All of its objects, linked; with the lock. */
static void *unlink_all(struct kmem_cache *cache)
{
	void *mine = NULL, *last = NULL, **link = &oldest;

	while (*link) {
		void *object = *link;

		if (cache_of(object) != cache) {
			last = object;
			link = next_of(object);
			continue;
		}
		*link = *next_of(object);
		bytes_kept -= cache->size;
		atomic_dec(&cache->nr_kept);
		*next_of(object) = mine;
		mine = object;
	}
	newest = last;
	return mine;
}

static void nothing(struct rcu_head *head)
{
}

void kasan_quarantine_leave(struct kmem_cache *cache)
{
	struct rcu_head grace;
	unsigned long flags;
	void *object;

	spin_lock_irqsave(&quarantine_lock, flags);
	object = unlink_all(cache);
	spin_unlock_irqrestore(&quarantine_lock, flags);
	while (object) {
		void *next = *next_of(object);

		slab_give_back(cache, object);
		object = next;
	}
	if (!slab_call_rcu)
		return;
	slab_call_rcu(&grace, nothing);
	slab_rcu_barrier();
}

void quarantine_init(void)
{
	limit = clamp_t(size_t, (total_ram_pages() << PAGE_SHIFT) / 32, 256 << 10, 64 << 20);
}
