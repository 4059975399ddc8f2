/* SPDX-License-Identifier: MIT */
/*
 * Slab caches and kmalloc (mm/slab.c). Per-CPU lock-free fast path, slabs of whole pages behind it.
 * kmalloc of more than 8 KiB goes to the page allocator; kvmalloc falls back to vmalloc. All return NULL without memory.
 */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include <lib/compiler.h>
#include <mm/gfp.h>

struct kmem_cache;

#define SLAB_HWCACHE_ALIGN	0x1u
#define SLAB_TYPESAFE_BY_RCU	0x2u	/* memory keeps its type through a grace period; objects may be reused at once */
#define SLAB_RECLAIM_ACCOUNT	0x4u
#define SLAB_PANIC		0x8u	/* boot-time caches */

/* ctor runs once an object when its slab is made. */
struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
				     unsigned int flags, void (*ctor)(void *));
void kmem_cache_destroy(struct kmem_cache *cache); /* reports objects that are still out */
#define KMEM_CACHE(type, flags)	kmem_cache_create(#type, sizeof(struct type), __alignof__(struct type), flags, NULL)
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp);
void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp);
void kmem_cache_free(struct kmem_cache *cache, void *object);

/*
 * kmalloc's size classes. With a constant size the class is chosen by the compiler. Memory is aligned to the largest power of two that
 * divides the class's size: powers of two to themselves.
 */
#define KMALLOC_CLASSES		15
#define KMALLOC_MAX_CACHED	8192
extern struct kmem_cache *kmalloc_caches[KMALLOC_CLASSES];
extern const u16 kmalloc_sizes[KMALLOC_CLASSES];

static __always_inline unsigned int kmalloc_class(size_t size)
{
	if (size <= 64)
		return size <= 16 ? size > 8 : size <= 32 ? 2 : 3;
	if (size <= 256)
		return size <= 128 ? 4 + (size > 96) : 6 + (size > 192);
	if (size <= 1024)
		return size <= 512 ? 8 + (size > 384) : 10 + (size > 768);
	return size <= 2048 ? 12 : 13 + (size > 4096);
}

void *__kmalloc(size_t size, gfp_t gfp);
static __always_inline void *kmalloc(size_t size, gfp_t gfp)
{
#if !defined(CONFIG_DEBUG_SLAB) && !defined(CONFIG_KASAN)
	if (__builtin_constant_p(size) && size <= KMALLOC_MAX_CACHED)
		return kmem_cache_alloc(kmalloc_caches[kmalloc_class(size)], gfp);
#endif
	return __kmalloc(size, gfp);
}
void kfree(const void *object); /* kmalloc'ed or from a cache; NULL is nothing */
/* What may be used of it, at least what was asked for: exactly that where ends are watched (DEBUG_SLAB, KASAN). */
size_t ksize(const void *object);
void *krealloc(const void *object, size_t size, gfp_t gfp);
static __always_inline void *kzalloc(size_t size, gfp_t gfp) { return kmalloc(size, gfp | __GFP_ZERO); }
static __always_inline void *kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : kmalloc(bytes, gfp);
}
static __always_inline void *kcalloc(size_t n, size_t size, gfp_t gfp) { return kmalloc_array(n, size, gfp | __GFP_ZERO); }
char *kstrdup(const char *s, gfp_t gfp);
char *kstrndup(const char *s, size_t max, gfp_t gfp);
void *kmemdup(const void *src, size_t len, gfp_t gfp);
char *kvasprintf(gfp_t gfp, const char *fmt, va_list args) __printf(2, 0);
char *kasprintf(gfp_t gfp, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void *kvmalloc(size_t size, gfp_t gfp);
static inline void *kvzalloc(size_t size, gfp_t gfp) { return kvmalloc(size, gfp | __GFP_ZERO); }
void kvfree(const void *p);

/* mm/vmalloc.c: virtually contiguous, guard page behind; may sleep. vfree from any context but NMI. */
void *vmalloc(size_t size);
void *vzalloc(size_t size);
void vfree(const void *p);
void *vmap(struct page **pages, size_t nr, u64 prot);
void vunmap(const void *p);
struct page *vmalloc_to_page(const void *p);
size_t vmalloc_size(
	const void *p); /* of what vmalloc or vzalloc gave, whole pages; 0: p is no such thing */
bool is_vmalloc_addr(const void *p);
/* Memory for modules: in the top 2 GiB, made RW and NX; module_memory_protect seals it. */
void *module_memory_alloc(size_t size);
enum module_protection { MODULE_MEMORY_RX, MODULE_MEMORY_R, MODULE_MEMORY_RW };
int module_memory_protect(void *p, size_t size, enum module_protection protection);
void module_memory_free(void *p);
/*
 * Memory is about to be freed. True: a lock that is held, an armed timer or a queued work item lies in it, which has been reported; then it
 * must not be used for anything else. The hook is for locks of threads.
 */
#ifdef CONFIG_DEBUG_SLAB
bool memory_freed_in_use(const void *start, size_t size);
extern bool (*memory_freed_hook)(const void *start, size_t size);
#else
static inline bool memory_freed_in_use(const void *start, size_t size) { return false; }
#endif
/* What an unused word of a stack holds in a kernel with CONFIG_DEBUG_STACK; the lowest word is never used. */
#define STACK_UNUSED	0x57ac6e9d57ac6e9dull
/* Kernel stacks with a guard page below, cached per CPU: the lowest address. */
#ifdef CONFIG_KASAN
#define KERNEL_STACK_SIZE	32768ul		/* variables have room around them */
#else
#define KERNEL_STACK_SIZE	16384ul
#endif
void *stack_alloc(void);
void stack_free(void *stack);
void stack_drain_local(void); /* frees those that this CPU keeps */
/* Areas that were freed wait for a flush of the TLBs: does it now. Sleeps. */
void vmalloc_purge(void);
/* Device memory: any physical range; NULL without memory. */
void __iomem *ioremap(u64 phys, size_t size);	 /* uncached */
void __iomem *ioremap_wc(u64 phys, size_t size); /* write-combining: frame buffers */
void iounmap(const void __iomem *p);
/* Memory that firmware or another kernel left behind (ACPI tables), RAM or not: cached. */
void *memremap(u64 phys, size_t size);
void memunmap(const void *p);

/*
 * Shrinkers: caches that give memory back. count returns how many objects could go, scan frees up to nr and returns how many went.
 */
struct shrinker {
	const char *name;
	unsigned long (*count)(struct shrinker *s);
	unsigned long (*scan)(struct shrinker *s, unsigned long nr, gfp_t gfp);
	void *private[4]; /* the registry's links */
};
/* Under pressure: frees slabs without objects (pages freed); gives this CPU's free objects back to their slabs. */
unsigned long slab_shrink_all(void);
void slab_drain_local(void);

/* Asks every shrinker for all it has, until none has any. Sleeps. */
void shrink_all_caches(void);
/* All that was freed but is still on its way (RCU, work queues, what CPUs keep for themselves) is free when this returns. Sleeps. */
void mm_settle(void);

void shrinker_register(struct shrinker *s);
void shrinker_unregister(struct shrinker *s);

#endif
