/* SPDX-License-Identifier: MIT */
/*
 * KASAN (mm/kasan): what allocators and others tell it. Without CONFIG_KASAN all of this is
 * nothing.
 *
 * Each 8 bytes of the kernel's half have a byte of shadow: 0: all may be used; 1 to 7: so many of
 * them, from the first; negative: none, and the value says why. Who hands out memory unpoisons
 * exactly what was asked for, who takes it back poisons it. Freed slab objects wait in a
 * quarantine, so that their next use is found before they are somebody else's.
 *
 * Any context but NMI, unless said otherwise.
 */
#ifndef MM_KASAN_H
#define MM_KASAN_H

#include <lib/compiler.h>

struct kmem_cache;
struct page;
struct thread;

#ifdef CONFIG_KASAN

/*
 * Boot: the shadow's own page tables, in kernel_pgd, before it is loaded (arch); constructors and
 * reports from here on.
 */
void kasan_tables_init(void);
void kasan_slab_init(void);
void kasan_init(void);
void kasan_call_constructors(void (*const *start)(void), void (*const *end)(void));

/* Reports when not all of it may be used. */
bool kasan_check_read(const volatile void *p, size_t size);
bool kasan_check_write(const volatile void *p, size_t size);
/*
 * For tests: reports are swallowed; what the last one was called since the last question, NULL:
 * there was none.
 */
void kasan_trap(bool on);
const char *kasan_trapped(void);

void kasan_alloc_pages(struct page *page, unsigned int order);
void kasan_free_pages(struct page *page, unsigned int order);
/* kmalloc from the page allocator. */
void kasan_alloc_large(const void *object, size_t size, unsigned int order);
/* What was asked for; 0: not known */
size_t kasan_large_requested(const void *object, unsigned int order);

/*
 * Slab. A record behind each object has who allocated and freed it; the link of a free object is
 * its last word.
 */
size_t kasan_slab_space(void);
/* Nothing of it is allocated. */
void kasan_slab_new(struct page *slab, unsigned int order);
/* For its constructor. */
void kasan_object_new(struct kmem_cache *cache, void *object);
void kasan_object_made(struct kmem_cache *cache, void *object);
void kasan_slab_alloc(struct kmem_cache *cache, void *object, size_t requested);
/* False: reported, leave it alone. */
bool kasan_may_free(struct kmem_cache *cache, void *object, unsigned long ip);
/* True: it comes back by slab_give_back(). */
bool kasan_keep_freed(struct kmem_cache *cache, void *object);
size_t kasan_requested(struct kmem_cache *cache, const void *object); /* 0: not known */
/* How many of its free objects. */
unsigned long kasan_kept(const struct kmem_cache *cache);
void kasan_quarantine_empty(void);
/* Its objects are back when this returns; sleeps. */
void kasan_quarantine_leave(struct kmem_cache *cache);

/*
 * Areas of vmalloc and of modules. Their shadow is made when they are first used, and stays. False
 * without memory. Interrupts on, no spinlock held; may be called again for the same range.
 */
bool kasan_unpoison_area(unsigned long start, size_t size);
void kasan_poison_area(unsigned long start, size_t size); /* once unpoisoned */
void kasan_unpoison_stack(void *stack, size_t size);

#else

static inline void kasan_tables_init(void) { }
static inline void kasan_slab_init(void) { }
static inline void kasan_init(void) { }
static inline void kasan_call_constructors(void (*const *start)(void), void (*const *end)(void)) { }
static inline bool kasan_check_read(const volatile void *p, size_t size) { return true; }
static inline bool kasan_check_write(const volatile void *p, size_t size) { return true; }
static inline void kasan_alloc_pages(struct page *page, unsigned int order) { }
static inline void kasan_free_pages(struct page *page, unsigned int order) { }
static inline void kasan_alloc_large(const void *object, size_t size, unsigned int order) { }
static inline size_t kasan_large_requested(const void *object, unsigned int order) { return 0; }
static inline size_t kasan_slab_space(void) { return 0; }
static inline void kasan_slab_new(struct page *slab, unsigned int order) { }
static inline void kasan_object_new(struct kmem_cache *cache, void *object) { }
static inline void kasan_object_made(struct kmem_cache *cache, void *object) { }
static inline void kasan_slab_alloc(struct kmem_cache *cache, void *object, size_t requested) { }
static inline bool kasan_may_free(struct kmem_cache *cache, void *object, unsigned long ip) { return true; }
static inline bool kasan_keep_freed(struct kmem_cache *cache, void *object) { return false; }
static inline size_t kasan_requested(struct kmem_cache *cache, const void *object) { return 0; }
static inline unsigned long kasan_kept(const struct kmem_cache *cache) { return 0; }
static inline void kasan_quarantine_empty(void) { }
static inline void kasan_quarantine_leave(struct kmem_cache *cache) { }
static inline bool kasan_unpoison_area(unsigned long start, size_t size) { return true; }
#define kasan_poison_area(start, size) ((void)0)	/* not even its arguments are looked at */
static inline void kasan_unpoison_stack(void *stack, size_t size) { }

#endif

#endif
