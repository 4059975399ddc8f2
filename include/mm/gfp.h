/* SPDX-License-Identifier: MIT */
/*
 * Allocation flags and page frames (mm/frame.c: buddy allocator per node and zone, per-CPU lists in front).
 *
 * GFP_KERNEL may sleep and reclaim; GFP_ATOMIC never sleeps and may use a part of the reserve; GFP_NOWAIT never sleeps. __GFP_NOFAIL
 * does not exist: every allocation can fail and every caller copes.
 */
#ifndef MM_GFP_H
#define MM_GFP_H

#include <kit/types.h>

typedef unsigned int gfp_t;

#define __GFP_ZERO	0x0001u
#define __GFP_RECLAIM	0x0002u		/* may sleep and reclaim */
#define __GFP_IO	0x0004u		/* reclaim may start I/O */
#define __GFP_FS	0x0008u		/* reclaim may call file systems */
#define __GFP_HIGH	0x0010u		/* may use the reserve */
#define __GFP_DMA32	0x0020u		/* below 4 GiB */
#define __GFP_DMA	0x0040u		/* below 16 MiB */
#define __GFP_NOWARN	0x0080u
#define __GFP_NORETRY	0x0100u
#define __GFP_COMP	0x0200u		/* compound page: put_page of the head frees all */
#define __GFP_ACCOUNT	0x0400u
#define __GFP_MOVABLE	0x0800u		/* user pages and page cache */

#define GFP_KERNEL	(__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_NOFS	(__GFP_RECLAIM | __GFP_IO)
#define GFP_NOIO	(__GFP_RECLAIM)
#define GFP_ATOMIC	(__GFP_HIGH)
#define GFP_NOWAIT	0u
#define GFP_USER	(GFP_KERNEL | __GFP_MOVABLE)

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1ul << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define MAX_ORDER	10		/* largest block: 4 MiB */

struct page;

/* refcount 1; NULL without memory */
struct page *alloc_pages(gfp_t gfp, unsigned int order);
struct page *alloc_pages_node(int node, gfp_t gfp, unsigned int order);
void __free_pages(struct page *page, unsigned int order); /* drops a reference; frees at 0 */
#define alloc_page(gfp)		alloc_pages(gfp, 0)
#define __free_page(page)	__free_pages(page, 0)
/* The same by kernel address in the direct map; 0 without memory. */
unsigned long __get_free_pages(gfp_t gfp, unsigned int order);
#define __get_free_page(gfp)	__get_free_pages(gfp, 0)
#define get_zeroed_page(gfp)	__get_free_pages((gfp) | __GFP_ZERO, 0)
void free_pages(unsigned long addr, unsigned int order);
#define free_page(addr)		free_pages((unsigned long)(addr), 0)

/* A block of more than one page becomes single pages with a reference each. */
void split_page(struct page *page, unsigned int order);
/* As many whole pages as size needs, contiguous; freed by free_pages_exact with the same size. */
void *alloc_pages_exact(size_t size, gfp_t gfp);
void free_pages_exact(void *p, size_t size);

unsigned long nr_free_pages(void);
unsigned long total_ram_pages(void);

#endif
