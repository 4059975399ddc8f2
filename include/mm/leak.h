/* SPDX-License-Identifier: MIT */
/*
 * The leak scan (CONFIG_DEBUG_KMEMLEAK, mm/leak): what allocations remember for it, and how the
 * scan finds objects by address. Nothing of it is left without the option.
 */
#ifndef MM_LEAK_H
#define MM_LEAK_H

#include <kit/types.h>

struct page;

#define LEAK_TRACE 9 /* a record fits into a page descriptor */

#define LEAK_NO_SCAN 0x1u /* what it holds are not references: stale pointers, bit maps */
#define LEAK_IS_AREA 0x2u /* describes an area of vmalloc: its address in here is no reference */
#define LEAK_IGNORE  0x4u /* never reported */

/* Of each allocation. */
struct leak_record {
	u64 made_ns;
	u32 trace[LEAK_TRACE]; /* low halves of return addresses */
	u8 nr;
	u8 flags;
};

/* What the scan knows of an object that it has found. */
struct leak_object {
	unsigned long start;
	size_t size;
	struct leak_record record; /* a copy */
};

#ifdef CONFIG_DEBUG_KMEMLEAK
void leak_record_fill(struct leak_record *record);
void leak_set_flags(
	const void *object,
	unsigned int flags); /* of what kmalloc gave, a slab object in use, a vmalloc area */
/*
 * The object in use that an address points into; false: none. Objects are looked at without a lock,
 * what comes out may be stale but is never followed blindly.
 */
bool leak_find_slab(unsigned long address, struct leak_object *object);
bool leak_find_area(unsigned long address, struct leak_object *object);
/* Calls visit for all of them. */
void leak_each_slab(void (*visit)(const struct leak_object *object));
void leak_each_area(void (*visit)(const struct leak_object *object));
/* Memory that holds references by itself: data of modules, pages of the kernel with their
 * descriptors. */
void leak_each_module(void (*visit)(const void *start, size_t size));
void leak_each_page(void (*visit)(const void *start, size_t size));
bool leak_slab_set_flags(const void *object, unsigned int flags);
/*
 * Looks for leaks among what is older than that: 0 or -ENOMEM. Sleeps, as the next two. What is young may have its only reference where
 * no pass looks just then; where nothing is at work, 0 will do.
 */
#define LEAK_MIN_AGE_NS (5 * NSEC_PER_SEC)
int leak_scan_now(u64 min_age_ns);
bool leak_get(unsigned int n,
	      struct leak_object *object); /* the n-th that was found and not cleared */
void leak_clear(void);
#else
static inline void leak_set_flags(const void *object, unsigned int flags)
{
}

static inline int leak_scan_now(u64 min_age_ns)
{
	return 0;
}
#endif

#endif
