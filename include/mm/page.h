/* SPDX-License-Identifier: MIT */
/*
 * struct page: one for each page frame, 64 bytes, in the vmemmap array (page_to_pfn is a subtraction).
 *
 *	flags	atomic bits PG_*; order, node and zone in the top bits, written only while nobody else can see the page
 *	refs	references; 0 when free. A lock-free lookup may raise the count of any page that is not free for a moment and drop it
 *		again: whoever frees uses put_page or __free_pages, and the last of them frees the whole block
 *
 * The union is by owner: the buddy allocator, the slab allocator, page tables, or a mapping (page cache, anonymous memory).
 * A page-table entry that maps a page holds a reference; there is no count of entries.
 */
#ifndef MM_PAGE_H
#define MM_PAGE_H

#include <arch/layout.h>
#include <kernel/atomic.h>
#include <kernel/rcu.h>
#include <kernel/spinlock.h>
#include <kit/list.h>
#include <mm/gfp.h>
#include <mm/leak.h>

struct mapping;
struct address_space;
struct kmem_cache;

enum page_flag {
	PG_LOCKED, /* page lock: contents are being changed or brought in */
	PG_UPTODATE,
	PG_DIRTY,
	PG_WRITEBACK,
	PG_REFERENCED,
	PG_ACTIVE,
	PG_LRU, /* on an LRU list; the list's lock */
	/* somebody sleeps on PG_LOCKED or PG_WRITEBACK. Bit 7: unlock_page sees it as the byte's sign */
	PG_WAITERS,
	PG_ANON,
	PG_SWAPBACKED, /* tmpfs and anonymous: not reclaimable by dropping */
	PG_SLAB,
	PG_TABLE,    /* a page table */
	PG_BUDDY,    /* zone lock: head of a free block */
	PG_RESERVED, /* never given to the allocator: holes, the image, boot data */
	PG_HEAD,     /* first page of a block of more than one */
	PG_TAIL,     /* __GFP_COMP: further page of a block */
	PG_UNEVICTABLE,
	PG_ERROR,
	PG_PRIVATE,	  /* file system's own data in private */
	PG_READAHEAD,	  /* reaching it starts the next read-ahead */
	PG_LARGE_KMALLOC, /* kmalloc of more than a slab holds */
	PG_VMALLOC,
	PG_WORKINGSET,
	PG_POISONED, /* free, and filled with the pattern of CONFIG_DEBUG_PAGES */
};

#define PAGE_ORDER_SHIFT	52	/* in flags */
#define PAGE_NODE_SHIFT		56
#define PAGE_ZONE_SHIFT		62
#define PAGE_FLAGS_FIXED	(~0ul << PAGE_NODE_SHIFT)	/* what survives freeing */

struct page {
	unsigned long flags;
	atomic_t refs;
	u32 table_used; /* page tables: entries that are not 0; the table's lock */
	union {
		struct { /* page cache and anonymous memory */
			/* page lock; NULL: truncated. Anonymous: NULL */
			struct mapping *mapping;
			unsigned long index; /* in pages */
			struct list_head lru;
			void *private;
		};
		struct {			     /* buddy: free */
			struct list_head buddy_list; /* zone lock */
			unsigned int order;
		};
		struct {			       /* slab; node lock of the cache */
			struct kmem_cache *slab_cache; /* set in every page of the slab */
			void *freelist;
			u32 slab_inuse, slab_objects;
			struct list_head slab_list;
			struct page *slab_head; /* set in every page of the slab */
		};
		struct { /* page table */
			/* guards its entries (split page table locks) */
			spinlock_t table_lock;
			struct page *table_next; /* a list of tables about to be freed */
		};
		struct { /* tail of a compound page */
			struct page *compound_head;
		};
		/* second page of a large kmalloc, CONFIG_DEBUG_KMEMLEAK: who made it */
		struct leak_record leak;
		struct rcu_head rcu;
	};
};
_Static_assert(sizeof(struct page) == 64, "struct page is one cache line");

#define vmemmap			((struct page *)VMEMMAP_BASE)
#define pfn_to_page(pfn)	(vmemmap + (pfn))
#define page_to_pfn(page)	((unsigned long)((page) - vmemmap))
#define page_to_phys(page)	((u64)page_to_pfn(page) << PAGE_SHIFT)
#define phys_to_page(phys)	pfn_to_page((unsigned long)((phys) >> PAGE_SHIFT))
#define __va(phys)		((void *)((unsigned long)(phys) + DIRECT_MAP_BASE))
#define pfn_to_virt(pfn)	__va((u64)(pfn) << PAGE_SHIFT)

/* Of direct-map and kernel-image addresses. */
static inline unsigned long __pa(const volatile void *p)
{
	unsigned long addr = (unsigned long)p;

	return addr >= KERNEL_MAP_BASE ? addr - (unsigned long)kernel_map_base
				       : addr - DIRECT_MAP_BASE;
}
#define page_address(page)	__va(page_to_phys(page))
#define virt_to_page(addr)	phys_to_page(__pa((const void *)(addr)))

/* Is there a struct page behind a frame number? False for device memory. Slow: a search in the memory map. */
bool pfn_valid(unsigned long pfn);

#define page_test(page, bit)		test_bit(bit, &(page)->flags)
#define page_set(page, bit)		set_bit(bit, &(page)->flags)
#define page_clear(page, bit)		clear_bit(bit, &(page)->flags)
#define page_test_and_set(page, bit)	test_and_set_bit(bit, &(page)->flags)
#define page_test_and_clear(page, bit)	test_and_clear_bit(bit, &(page)->flags)

static inline unsigned int page_node(const struct page *page)
{
	return (page->flags >> PAGE_NODE_SHIFT) & 0x3f;
}

static inline unsigned int page_zone_index(const struct page *page)
{
	return page->flags >> PAGE_ZONE_SHIFT;
}

/* Of an allocated block: its order, known from its first page. */
static inline unsigned int page_order(const struct page *page)
{
	return (page->flags >> PAGE_ORDER_SHIFT) & 0xf;
}

static inline struct page *compound_head(struct page *page)
{
	return unlikely(page_test(page, PG_TAIL)) ? page->compound_head : page;
}

static inline int page_refs(const struct page *page)
{
	return atomic_read(&page->refs);
}

static inline void get_page(struct page *page)
{
	atomic_inc(&compound_head(page)->refs);
}

/* False when it is free already: lock-free lookups of the page cache. */
static inline bool try_get_page(struct page *page)
{
	return atomic_inc_not_zero(&page->refs);
}

void page_free_last(struct page *head); /* its reference count has fallen to 0 */

/* Any context; frees at 0. The page cache's own reference keeps what is on an LRU list. */
static inline void put_page(struct page *page)
{
	page = compound_head(page);
	if (atomic_dec_and_test(&page->refs))
		page_free_last(page);
}

/* mm/cache/page_lock.c: threads only. */
void lock_page(struct page *page);	   /* sleeps */
int lock_page_killable(struct page *page); /* 0 or -EINTR */
bool trylock_page(struct page *page);
void unlock_page(struct page *page);
void wait_on_page_locked(struct page *page);
void wait_on_page_writeback(struct page *page);
void set_page_writeback(struct page *page); /* locked */
void end_page_writeback(struct page *page); /* any context but NMI */

void clear_page(void *kernel_address); /* one page of zeroes */
void copy_page(void *to, const void *from);
extern struct page *zero_page; /* always zero, never written, not counted */

#endif
