/* SPDX-License-Identifier: MIT */
/* Between the files of mm/map: areas of kernel virtual memory. */
#ifndef MAP_H
#define MAP_H

#include <arch/layout.h>
#include <kernel/spinlock.h>
#include <lib/gap_tree.h>
#include <mm/kernel_map.h>
#include <mm/leak.h>

/* Per-CPU memory made at run time: CPU 0's instance lies at the end of the modules' range (percpu.c). */
#define PERCPU_DYNAMIC_SIZE	0x100000ul
#define PERCPU_DYNAMIC_BASE	(MODULES_END - PERCPU_DYNAMIC_SIZE)

/* A range of virtual addresses in use, with at least one page behind it that is never mapped. */
struct vm_area {
	struct gap_node range; /* region lock; the guard page is part of it */
	size_t size;	       /* I: without the guard page */
	/* I */
	enum vm_area_kind { VM_AREA_PAGES, VM_AREA_VMAP, VM_AREA_IO, VM_AREA_RESERVED } kind;
	struct vm_area *lazy_next; /* region lock */
#ifdef CONFIG_DEBUG_KMEMLEAK
	struct leak_record leak;
	bool freed; /* region lock: waits for a flush */
#endif
};

struct vm_region {
	spinlock_t lock;
	struct gap_tree tree;	  /* lock */
	struct vm_area *lazy;	  /* lock */
	size_t lazy_bytes;	  /* lock */
	unsigned int nr_lazy;	  /* lock */
	size_t used_bytes;	  /* lock */
	unsigned long start, end; /* I */
};
extern struct vm_region vmalloc_region, module_region;

/* A free range; NULL: no memory or no room. The area is the caller's until vm_area_free. */
struct vm_area *vm_area_alloc(struct vm_region *region, size_t size, size_t align,
			      enum vm_area_kind kind);
/* Nothing is mapped there any more. The addresses are used again when all TLBs have been flushed. Any context but NMI. */
void vm_area_free(struct vm_region *region, struct vm_area *area);
/* Flushes the TLBs now for the areas that wait for it. Sleeps. */
void vm_area_purge(struct vm_region *region);
/* The area that starts at an address; NULL. */
struct vm_area *vm_area_find(struct vm_region *region, const void *start);

static inline void *vm_area_address(const struct vm_area *area)
{
	return (void *)area->range.start;
}

/* Fills an area with pages of its own; 0 or -ENOMEM with nothing left. */
int vm_area_populate(struct vm_area *area, u64 prot, gfp_t gfp);
/* Unmaps the pages and frees them. */
void vm_area_depopulate(struct vm_area *area);

#ifdef CONFIG_DEBUG_KMEMLEAK
void leak_area_made(struct vm_area *area);
/* they belong to the area: no roots by themselves */
void leak_area_pages(struct vm_area *area);
void leak_area_freed(struct vm_area *area); /* region lock held */
#else
static inline void leak_area_freed(struct vm_area *area) { }
static inline void leak_area_made(struct vm_area *area) { }
static inline void leak_area_pages(struct vm_area *area) { }
#endif

#endif
