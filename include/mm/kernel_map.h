/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own mappings above the frame allocator (arch/x86_64/mm): entries of the shared upper half.
 *
 * Who owns a range of virtual addresses changes its entries without a lock; tables in between are made by compare-and-exchange and
 * never go away. kernel_protect is for ranges that may be mapped by large pages: it splits them, serialised by a lock.
 */
#ifndef MM_KERNEL_MAP_H
#define MM_KERNEL_MAP_H

#include <arch/pgtable.h>
#include <mm/page.h>

/* VMALLOC_START up to here has its top-level tables, the same in every space */
extern unsigned long vmalloc_end;

/* 0 or -ENOMEM, with what was mapped so far left to kernel_unmap. The entries were empty. May not sleep; gfp is for tables. */
int kernel_map_pages(unsigned long virt, struct page **pages, size_t nr, u64 prot, gfp_t gfp);
/* Contiguous memory; 2 MiB pages where both addresses are aligned to that. */
int kernel_map_phys(unsigned long virt, u64 phys, size_t size, u64 prot, gfp_t gfp);
/* Empties the entries. The TLBs still hold them: kernel_tlb_flush. */
void kernel_unmap(unsigned long virt, size_t size);
/* The entry that maps an address, whatever the size of its page (level 1: 4 KiB, 2: 2 MiB, 3: 1 GiB); NULL: nothing does. */
u64 *kernel_entry(unsigned long virt, unsigned int *level);

/* The direct map's pages of 4 KiB, 2 MiB, 1 GiB: how many there are; for who makes (nr > 0) or splits (nr < 0) some of `size` bytes. Other addresses
 * do not count. */
void direct_map_read(unsigned long nr[3]);
void direct_map_count(unsigned long virt, u64 size, long nr);

/* Says which mappings of the kernel are writable and executable; how many pages of them there are (CONFIG_DEBUG_WX). */
#ifdef CONFIG_DEBUG_WX
unsigned long wx_check(void);
#else
static inline unsigned long wx_check(void) { return 0; }
#endif

/* Sets and clears bits in all entries of a range of whole pages, and flushes. -ENOMEM: a large page could not be split. May sleep. */
int kernel_protect(unsigned long virt, size_t size, u64 set, u64 clear);
int kernel_protect_noflush(unsigned long virt, size_t size, u64 set, u64 clear);
static inline int set_memory_ro(unsigned long virt, size_t nr_pages) { return kernel_protect(virt, nr_pages << PAGE_SHIFT, 0, PTE_WRITE); }
static inline int set_memory_rw(unsigned long virt, size_t nr_pages) { return kernel_protect(virt, nr_pages << PAGE_SHIFT, PTE_WRITE, 0); }
static inline int set_memory_x(unsigned long virt, size_t nr_pages) { return kernel_protect(virt, nr_pages << PAGE_SHIFT, 0, PTE_NX); }
static inline int set_memory_nx(unsigned long virt, size_t nr_pages) { return kernel_protect(virt, nr_pages << PAGE_SHIFT, PTE_NX, 0); }

#endif
