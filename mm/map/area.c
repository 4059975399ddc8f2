/* SPDX-License-Identifier: MIT */
/*
 * Areas of kernel virtual memory: one tree of used ranges for vmalloc and its kin, one for modules.
 *
 * A freed area stays in its tree until no TLB can hold an entry for it: freed areas gather on a list, and when they make up enough, or
 * when a search finds no room, one flush of all CPUs releases all of them. In interrupts, areas are only put on the list.
 *
 * Lock: region->lock (LOCK_RANK_VMALLOC), interrupts off.
 */
#include "map.h"
#include <kernel/init.h>
#include <kernel/preempt.h>
#include <lib/errno.h>
#include <lib/kernel.h>
#include <mm/frame_init.h>
#include <mm/kasan.h>
#include <mm/init.h>
#include <mm/slab.h>
#include <mm/stat.h>
#include <mm/tlb.h>

#define LAZY_MAX	(16ul << 20)	/* bytes of address space that wait for a flush */
#define LAZY_MAX_AREAS	64		/* and their number: each keeps a small object */
#define PAGE_BATCH	16
#define VMALLOC_PLACES	32768u		/* 64 GiB, 2 MiB each; there are 512 at least */
#define MODULE_PLACES	16384u		/* 64 MiB of pages */

struct vm_region vmalloc_region = { .lock = SPINLOCK_INIT("vmalloc", LOCK_RANK_VMALLOC) };
struct vm_region module_region = {
	.lock = SPINLOCK_INIT("module_memory", LOCK_RANK_VMALLOC),
	.start = MODULES_START,
	.end = PERCPU_DYNAMIC_BASE,
};

void __init vm_choose_places(u64 random)
{
	if (!kernel_map_offset())
		return;
	vmalloc_region.start = (u32)random % VMALLOC_PLACES * PMD_SIZE;
	module_region.start += (random >> 32) % MODULE_PLACES * PAGE_SIZE;
}

void vmalloc_init(void)
{
	/* what lies in front of the first area is a guard page too */
	vmalloc_region.start += VMALLOC_START + PAGE_SIZE;
	vmalloc_region.end = vmalloc_end;
}

void vm_area_purge(struct vm_region *region)
{
	struct vm_area *lazy;
	unsigned long flags;

	spin_lock_irqsave(&region->lock, flags);
	lazy = region->lazy;
	region->lazy = NULL;
	region->lazy_bytes = 0;
	region->nr_lazy = 0;
	spin_unlock_irqrestore(&region->lock, flags);
	if (!lazy)
		return;
	tlb_flush_kernel(region->start, region->end);
	while (lazy) {
		struct vm_area *next = lazy->lazy_next;

		spin_lock_irqsave(&region->lock, flags);
		gap_remove(&region->tree, &lazy->range);
		region->used_bytes -= lazy->size;
		spin_unlock_irqrestore(&region->lock, flags);
		kfree(lazy);
		lazy = next;
	}
}

static bool area_insert(struct vm_region *region, struct vm_area *area, size_t align)
{
	unsigned long flags, start;
	bool found;

	spin_lock_irqsave(&region->lock, flags);
	found = gap_alloc_low(&region->tree, region->start, region->end, area->size + PAGE_SIZE,
			      align, &start);
	if (found) {
		area->range.start = start;
		area->range.end = start + area->size + PAGE_SIZE;
		gap_insert(&region->tree, &area->range);
		region->used_bytes += area->size;
	}
	spin_unlock_irqrestore(&region->lock, flags);
	return found;
}

/* Its shadow says already that nobody may use it. */
static void area_retire(struct vm_region *region, struct vm_area *area)
{
	unsigned long flags;
	bool full;

	spin_lock_irqsave(&region->lock, flags);
	leak_area_freed(area);
	area->lazy_next = region->lazy;
	region->lazy = area;
	region->lazy_bytes += area->size + PAGE_SIZE;
	full = ++region->nr_lazy >= LAZY_MAX_AREAS || region->lazy_bytes > LAZY_MAX;
	spin_unlock_irqrestore(&region->lock, flags);
	if (full && preemptible())
		vm_area_purge(region);
}

struct vm_area *vm_area_alloc(struct vm_region *region, size_t size, size_t align,
			      enum vm_area_kind kind)
{
	struct vm_area *area;

	if (!size || size > region->end - region->start)
		return NULL;
	area = kmalloc(sizeof(*area), GFP_KERNEL);
	if (!area)
		return NULL;
	area->size = ALIGN(size, PAGE_SIZE);
	area->kind = kind;
	leak_area_made(area);
	if (!area_insert(region, area, max(align, PAGE_SIZE))) {
		vm_area_purge(region);
		if (!area_insert(region, area, max(align, PAGE_SIZE))) {
			kfree(area);
			return NULL;
		}
	}
	/* A reserved area is used in parts: who maps one unpoisons it. */
	if (kind != VM_AREA_RESERVED && !kasan_unpoison_area(area->range.start, size)) {
		/* Where memory was missing there is only the shared shadow, which is never written. */
		area_retire(region, area);
		return NULL;
	}
	return area;
}

void vm_area_free(struct vm_region *region, struct vm_area *area)
{
	kasan_poison_area(area->range.start, area->size);
	area_retire(region, area);
}

struct vm_area *vm_area_find(struct vm_region *region, const void *start)
{
	struct gap_node *node;
	unsigned long flags;

	spin_lock_irqsave(&region->lock, flags);
	node = gap_find(&region->tree, (unsigned long)start);
	spin_unlock_irqrestore(&region->lock, flags);
	return node && node->start == (unsigned long)start
		       ? container_of(node, struct vm_area, range)
		       : NULL;
}

int vm_area_populate(struct vm_area *area, u64 prot, gfp_t gfp)
{
	size_t nr = area->size >> PAGE_SHIFT, done = 0;
	struct page *pages[PAGE_BATCH];

	while (done < nr) {
		size_t batch = min_t(size_t, nr - done, PAGE_BATCH), got = 0;

		while (got < batch && (pages[got] = alloc_page(gfp)))
			got++;
		if (got < batch || kernel_map_pages(area->range.start + (done << PAGE_SHIFT), pages,
						    batch, prot, gfp)) {
			/* What this batch had mapped goes with the rest; what it had not is freed here. */
			for (size_t i = 0; i < got; i++) {
				unsigned int level;

				if (!kernel_entry(area->range.start + ((done + i) << PAGE_SHIFT),
						  &level))
					__free_page(pages[i]);
			}
			vm_area_depopulate(area);
			return -ENOMEM;
		}
		done += batch;
	}
	mm_level_add(MM_VMALLOC, nr);
	leak_area_pages(area);
	return 0;
}

/* Also of an area that was populated in part. */
void vm_area_depopulate(struct vm_area *area)
{
	unsigned long end = area->range.start + area->size;

	for (unsigned long virt = area->range.start; virt < end; virt += PAGE_SIZE) {
		unsigned int level;
		u64 *entry = kernel_entry(virt, &level);
		u64 value;

		if (!entry)
			continue;
		value = entry_read(entry);
		entry_set(entry, 0);
		__free_page(phys_to_page(entry_phys(value)));
	}
}

unsigned long vmalloc_total_bytes(void)
{
	return vmalloc_region.end - vmalloc_region.start;
}
