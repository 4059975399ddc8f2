/* SPDX-License-Identifier: MIT */
/*
 * Checks of a debug kernel (CONFIG_DEBUG_SLAB): what is free is filled with a pattern and must still be when it is handed out; behind what was
 * asked for, and in front of each object but a slab's first, stands another pattern, which must be there when it is freed; a record tells
 * who had it last. What is freed must not hold a lock that is held, an armed timer or a queued work item: such memory is kept, for it is used.
 */
#define pr_fmt(fmt) "slab: " fmt
#include "slab.h"
#include <kernel/log.h>
#include <kernel/object_debug.h>
#include <lib/kernel.h>
#include <lib/string.h>

/* Objects are filled while nobody may use them: not by the checked function. */
#ifdef CONFIG_KASAN
void *__memset(void *to, int byte, size_t size);
#define memset __memset
#endif

#define REDZONE		0xbb67ae8584caa73bull
#define FILL_FREE	0x6b	/* used after free: addresses made of this are not canonical */
#define FILL_NEW	0x5a	/* used before set */
#define FILL_BEHIND	0xbb
#define STATE_FREE	0xf4eeu
#define STATE_IN_USE	0xa110cu

bool (*memory_freed_hook)(const void *start, size_t size);

static struct slab_debug *record_of(const struct kmem_cache *cache, void *object)
{
	return object + ALIGN(cache->object_size, sizeof(void *));
}

struct slab_debug *slab_debug_record(const struct kmem_cache *cache, void *object)
{
	return record_of(cache, object);
}

size_t slab_debug_requested(const struct kmem_cache *cache, const void *object)
{
	return record_of(cache, (void *)object)->requested;
}

bool slab_debug_in_use(const struct slab_debug *record)
{
	return READ_ONCE(record->state) == STATE_IN_USE;
}

bool memory_freed_in_use(const void *start, size_t size)
{
	return lock_debug_freed(start, size) ||
	       (memory_freed_hook && memory_freed_hook(start, size)) || objects_freed(start, size);
}

/* The pattern in front of an object is the last word of the one before. */
static bool left_redzone_was_written(void *object)
{
	const struct page *page = object_page(object);
	u64 *left = object - sizeof(u64);
	bool is_first = page->slab_head == page && !((unsigned long)object & ~PAGE_MASK);

	if (is_first || *left == REDZONE)
		return false;
	*left = REDZONE;
	return true;
}

static bool may_fill(const struct kmem_cache *cache)
{
	return !cache->ctor && !(cache->flags & SLAB_TYPESAFE_BY_RCU);
}

static void report(struct kmem_cache *cache, void *object, const char *what, size_t offset)
{
	struct slab_debug *record = record_of(cache, object);

	pr_err("%s: object %px of %s (%u bytes, %u asked for), at offset %zu\n", what, object,
	       cache->name, cache->object_size, record->requested, offset);
	pr_err("allocated by %pS, freed by %pS\n", (void *)record->alloc_ip,
	       (void *)record->free_ip);
	dump_stack();
}

/* The first byte that is not the fill, or size. */
static size_t first_other(const u8 *bytes, size_t from, size_t size, u8 fill)
{
	while (from < size && bytes[from] == fill)
		from++;
	return from;
}

void slab_debug_new(struct kmem_cache *cache, void *object)
{
	struct slab_debug *record = record_of(cache, object);

	memset(record, 0, sizeof(*record));
	record->redzone = REDZONE;
	*(u64 *)(object + cache->size - sizeof(u64)) = REDZONE;
	record->state = STATE_FREE;
	if (may_fill(cache))
		memset(object, FILL_FREE, cache->object_size);
}

/* Who allocated it, for the leak scan; what magazines hold is no reference. */
static void leak_record(struct slab_debug *record)
{
#ifdef CONFIG_DEBUG_KMEMLEAK
	leak_record_fill(&record->leak);
	if (record->alloc_ip == (unsigned long)slab_free_magazine)
		record->leak.flags |= LEAK_NO_SCAN;
#endif
}

void slab_debug_alloc(struct kmem_cache *cache, void *object, size_t requested, unsigned long ip)
{
	struct slab_debug *record = record_of(cache, object);
	size_t size = cache->object_size;

	if (record->state != STATE_FREE || record->redzone != REDZONE)
		report(cache, object, "free object's record overwritten", size);
	if (may_fill(cache)) {
		size_t at = first_other(object, 0, size, FILL_FREE);

		if (at < size)
			report(cache, object, "written after free", at);
		memset(object, FILL_NEW, requested);
		memset(object + requested, FILL_BEHIND, size - requested);
	}
	record->redzone = REDZONE;
	record->state = STATE_IN_USE;
	record->requested = requested;
	record->alloc_ip = ip;
	leak_record(record);
}

bool slab_debug_free(struct kmem_cache *cache, void *object, unsigned long ip)
{
	struct slab_debug *record = record_of(cache, object);
	struct page *page = object_page(object);
	size_t size = cache->object_size, at;

	if (!page_test(page, PG_SLAB) || page->slab_cache != cache ||
	    (unsigned long)(object - page_address(page->slab_head)) % cache->size) {
		pr_err("%px is not an object of %s, freed by %pS\n", object, cache->name,
		       (void *)ip);
		dump_stack();
		return false;
	}
	if (record->state != STATE_IN_USE) {
		report(cache, object,
		       record->state == STATE_FREE ? "freed twice" : "record overwritten", size);
		return false;
	}
	if (memory_freed_in_use(object, record->requested))
		return false;
	if (record->redzone != REDZONE)
		report(cache, object, "written behind the end", size);
	if (left_redzone_was_written(object))
		report(cache, object, "written in front of the start", 0);
	if (may_fill(cache)) {
		at = first_other(object, record->requested, size, FILL_BEHIND);
		if (at < size)
			report(cache, object, "written behind the end", at);
		memset(object, FILL_FREE, size);
	}
	record->redzone = REDZONE;
	record->state = STATE_FREE;
	record->free_ip = ip;
	return true;
}
