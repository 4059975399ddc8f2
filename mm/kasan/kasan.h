/* SPDX-License-Identifier: MIT */
/*
 * Between the files of mm/kasan. None of them is instrumented; they use the unchecked memory
 * functions of lib/memory.c.
 */
#ifndef KASAN_H
#define KASAN_H

#include <arch/layout.h>
#include <lib/types.h>
#include <mm/kasan.h>

/* Shadow bytes. Those of stacks and allocas are the compilers'. */
#define SHADOW_FREE_PAGE	0xff
#define SHADOW_PAGE_REDZONE	0xfe	/* behind a large kmalloc */
#define SHADOW_SLAB_REDZONE	0xfc
#define SHADOW_SLAB_FREED	0xfb
#define SHADOW_GLOBAL_REDZONE	0xf9
#define SHADOW_AREA		0xf8	/* no area of vmalloc; in a stack: a variable out of scope */
#define SHADOW_STACK_LEFT	0xf1
#define SHADOW_STACK_MIDDLE	0xf2
#define SHADOW_STACK_RIGHT	0xf3
#define SHADOW_ALLOCA_LEFT	0xca
#define SHADOW_ALLOCA_RIGHT	0xcb

#define GRANULE			8ul
#define KERNEL_HALF		0xffff800000000000ul

static __always_inline u8 *shadow_of(unsigned long address)
{
	return (u8 *)((address >> KASAN_SHADOW_SHIFT) + KASAN_SHADOW_OFFSET);
}

static __always_inline unsigned long address_of(const u8 *shadow)
{
	return ((unsigned long)shadow - KASAN_SHADOW_OFFSET) << KASAN_SHADOW_SHIFT;
}

/* lib/memory.c under other names: the plain ones are checked (check.c). */
void *__memcpy(void *to, const void *from, size_t size);
void *__memmove(void *to, const void *from, size_t size);
void *__memset(void *to, int byte, size_t size);

/* shadow.c: whole granules; the last one of unpoison may be in part. */
void shadow_poison(unsigned long start, size_t size, u8 why);
void shadow_unpoison(unsigned long start, size_t size);

/* check.c: the first byte that may not be used, or end. */
unsigned long first_bad(unsigned long start, unsigned long end);

/* report.c */
extern bool kasan_ready; /* before, the shadow is not what it will be */
void kasan_report(unsigned long address, size_t size, bool write, unsigned long ip);
void kasan_report_free(unsigned long object, bool twice, unsigned long ip);

/* stacks.c: call chains, each kept once and for ever. */
struct kept_stack {
	struct kept_stack *next;
	u32 hash;
	u32 nr;
	unsigned long calls[];
};
const struct kept_stack *stack_keep(void); /* NULL: no room */
void stacks_init(void);

/* slab.c */
struct object_record {
	const struct kept_stack *allocated, *freed;
	s32 alloc_tid, free_tid;
	u32 requested;
	u32 unused;
	/* of a free object: in its slab or in the quarantine; cache->free_offset */
	void *next;
};
struct object_record *record_of(const struct kmem_cache *cache, const void *object);
/* The object of a slab that holds the address, or whose redzone does. */
void *object_around(const struct page *slab, unsigned long address);
s32 current_tid(void);

/* quarantine.c */
void quarantine_init(void);

/* area.c */
extern unsigned long shadow_pages; /* atomic: made for areas */

#endif
