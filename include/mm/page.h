/* SPDX-License-Identifier: MIT */
/*
 * struct page: one for each page frame, 64 bytes, in the vmemmap array (page_to_pfn is a subtraction).
 *
 *	flags	atomic bits PG_*; zone and node in the top bits, set at boot
 *	refs	references; 0 when free
 *
 * The union is by owner: the buddy allocator, the slab allocator, page tables, or a mapping (page cache, anonymous memory).
 */
#ifndef MM_PAGE_H
#define MM_PAGE_H

#include <kit/list.h>
#include <kernel/atomic.h>
#include <kernel/rcu.h>
#include <kernel/spinlock.h>
#include <mm/gfp.h>

struct mapping;
struct address_space;
struct kmem_cache;

enum page_flag {
	PG_LOCKED,		/* page lock: contents are being changed or brought in */
	PG_WAITERS,		/* somebody sleeps on PG_LOCKED or PG_WRITEBACK */
	PG_UPTODATE,
	PG_DIRTY,
	PG_WRITEBACK,
	PG_REFERENCED,
	PG_ACTIVE,
	PG_LRU,
	PG_ANON,
	PG_SWAPBACKED,		/* tmpfs and anonymous: not reclaimable by dropping */
	PG_SLAB,
	PG_TABLE,		/* a page table */
	PG_BUDDY,
	PG_RESERVED,
	PG_HEAD,		/* compound */
	PG_TAIL,
	PG_UNEVICTABLE,
	PG_ERROR,
	PG_PRIVATE,		/* file system's own data in private */
};

struct page {
	unsigned long flags;
	atomic_t refs;
	atomic_t mapcount;		/* page-table entries that map it, minus nothing: 0 = not mapped */
	union {
		struct {		/* page cache and anonymous memory */
			struct mapping *mapping;	/* page lock; NULL: truncated. Anonymous: NULL */
			unsigned long index;		/* in pages */
			struct list_head lru;
			void *private;
		};
		struct {		/* buddy: free */
			struct list_head buddy_list;	/* zone lock */
			unsigned int order;
		};
		struct {		/* slab */
			struct kmem_cache *slab_cache;
			void *freelist;
			u32 slab_inuse, slab_objects;
			struct list_head slab_list;
			unsigned int slab_flags;
		};
		struct {		/* page table */
			spinlock_t *table_lock_debug;	/* allocated only when locks are larger than a word */
			spinlock_t table_lock;		/* guards its entries (split page table locks) */
		};
		struct {		/* tail of a compound page */
			struct page *compound_head;
		};
		struct rcu_head rcu;
	};
};

#define VMEMMAP_BASE	0xffffea0000000000ul
#define DIRECT_MAP_BASE	0xffff888000000000ul
#define KERNEL_IMAGE_BASE 0xffffffff80000000ul

#define vmemmap			((struct page *)VMEMMAP_BASE)
#define pfn_to_page(pfn)	(vmemmap + (pfn))
#define page_to_pfn(page)	((unsigned long)((page) - vmemmap))
#define page_to_phys(page)	((u64)page_to_pfn(page) << PAGE_SHIFT)
#define phys_to_page(phys)	pfn_to_page((unsigned long)((phys) >> PAGE_SHIFT))
#define __va(phys)		((void *)((unsigned long)(phys) + DIRECT_MAP_BASE))
/* Of direct-map and kernel-image addresses. */
static inline unsigned long __pa(const volatile void *p)
{
	unsigned long addr = (unsigned long)p;

	return addr >= KERNEL_IMAGE_BASE ? addr - KERNEL_IMAGE_BASE : addr - DIRECT_MAP_BASE;
}
#define page_address(page)	__va(page_to_phys(page))
#define virt_to_page(addr)	phys_to_page(__pa((const void *)(addr)))

#define page_test(page, bit)		test_bit(bit, &(page)->flags)
#define page_set(page, bit)		set_bit(bit, &(page)->flags)
#define page_clear(page, bit)		clear_bit(bit, &(page)->flags)
#define page_test_and_set(page, bit)	test_and_set_bit(bit, &(page)->flags)
#define page_test_and_clear(page, bit)	test_and_clear_bit(bit, &(page)->flags)

static inline struct page *compound_head(struct page *page)
{
	return unlikely(page_test(page, PG_TAIL)) ? page->compound_head : page;
}

static inline void get_page(struct page *page) { atomic_inc(&compound_head(page)->refs); }
/* False when it is free already: lock-free lookups of the page cache. */
static inline bool try_get_page(struct page *page) { return atomic_inc_not_zero(&page->refs); }
void put_page(struct page *page);	/* any context; frees at 0, taking it off the LRU */

void lock_page(struct page *page);	/* sleeps */
int lock_page_killable(struct page *page);
bool trylock_page(struct page *page);
void unlock_page(struct page *page);
void wait_on_page_writeback(struct page *page);
void end_page_writeback(struct page *page);

#endif
