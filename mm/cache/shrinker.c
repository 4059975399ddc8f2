/* SPDX-License-Identifier: MIT */
/*
 * Shrinkers: the caches of other subsystems that give memory back.
 *
 * shrinkers_lock is a mutex, so that a shrinker may sleep, and taken by trylock: of two that reclaim, one is enough here.
 */
#include "cache.h"
#include <kernel/mutex.h>
#include <mm/slab.h>

static DEFINE_MUTEX(shrinkers_lock);
static LIST_HEAD(shrinkers);

/* The registry's link lies in the first two words of `private`. */
static struct list_head *link_of(struct shrinker *s)
{
	_Static_assert(sizeof(struct list_head) <= sizeof(s->private), "no room for the link");
	return (struct list_head *)s->private;
}

void shrinker_register(struct shrinker *s)
{
	mutex_lock(&shrinkers_lock);
	list_add_tail(link_of(s), &shrinkers);
	mutex_unlock(&shrinkers_lock);
}

void shrinker_unregister(struct shrinker *s)
{
	mutex_lock(&shrinkers_lock);
	list_del(link_of(s));
	mutex_unlock(&shrinkers_lock);
}

unsigned long shrink_caches(unsigned int priority, gfp_t gfp)
{
	struct list_head *link;
	unsigned long freed = 0;

	if (!mutex_trylock(&shrinkers_lock))
		return 0;
	list_for_each(link, &shrinkers) {
		struct shrinker *s = container_of((void **)link, struct shrinker, private[0]);
		unsigned long nr = s->count(s);

		if (nr)
			freed += s->scan(s, max(nr >> priority, min(nr, 32ul)), gfp);
	}
	mutex_unlock(&shrinkers_lock);
	return freed;
}
