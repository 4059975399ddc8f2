/* SPDX-License-Identifier: MIT */
/*
 * Per-CPU memory.
 *
 * CPU 0's static variables are the image's section itself. Each other CPU has a unit, PERCPU_UNIT bytes of address space apart from the
 * next, that begins with its copy of the section. percpu_offset[cpu] is the distance from CPU 0's instance to that CPU's.
 *
 * Memory made at run time must lie at the same distances. CPU 0's lies at PERCPU_DYNAMIC_BASE, in the same 2 GiB as the image; that of
 * another CPU is therefore found by adding the same offset:
 *
 *	image section ............ CPU 0's dynamic memory
 *	unit 1 | unit 2 | ... .... unit 1's dynamic memory | unit 2's | ...
 *
 * Both groups of units lie in one reserved area of vmalloc's range, of which only what is used is mapped.
 *
 * Lock: percpu_lock (LOCK_RANK_VMALLOC). Pages behind dynamic memory are mapped on first use and stay.
 */
#define pr_fmt(fmt) "mm: " fmt
#include "map.h"
#include <arch/percpu.h>
#include <kernel/bug.h>
#include <kernel/cpumask.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/bitmap.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/alloc_fault.h>
#include <mm/frame_init.h>
#include <mm/init.h>
#include <mm/kasan.h>
#include <mm/slab.h>
#include <mm/stat.h>

#define PERCPU_UNIT		PERCPU_DYNAMIC_SIZE
#define DYNAMIC_PAGES		(PERCPU_DYNAMIC_SIZE >> PAGE_SHIFT)
#define SMALLEST_ALIGN		8

extern char __per_cpu_start[], __per_cpu_end[], __per_cpu_pristine[];

struct percpu_block {
	struct gap_node range; /* addresses of CPU 0's instance */
};

static DEFINE_SPINLOCK(percpu_lock, LOCK_RANK_VMALLOC);
static struct gap_tree blocks; /* percpu_lock */
/* percpu_lock: has pages on all CPUs */
static DECLARE_BITMAP(mapped, DYNAMIC_PAGES);
static unsigned int nr_units __ro_after_init = 1;

static unsigned long dynamic_address(unsigned int page, unsigned int cpu)
{
	return PERCPU_DYNAMIC_BASE + page * PAGE_SIZE + percpu_offset[cpu];
}

/* One page for each CPU. */
static bool pages_alloc(struct page **pages)
{
	for (unsigned int cpu = 0; cpu < nr_units; cpu++) {
		pages[cpu] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!pages[cpu]) {
			while (cpu--)
				__free_page(pages[cpu]);
			return false;
		}
	}
	return true;
}

/* Makes the page of dynamic memory with this index usable on all CPUs. Its tables exist from the beginning: mapping cannot fail. */
static bool page_populate(unsigned int index)
{
	struct page **pages;
	unsigned long flags;
	bool used = false;

	if (test_bit(index, mapped))
		return true;
	for (unsigned int cpu = 0; cpu < nr_units; cpu++)
		if (!kasan_unpoison_area(dynamic_address(index, cpu), PAGE_SIZE))
			return false;
	pages = kmalloc_array(nr_units, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return false;
	if (!pages_alloc(pages)) {
		kfree(pages);
		return false;
	}
	spin_lock_irqsave(&percpu_lock, flags);
	if (!test_bit(index, mapped)) {
		for (unsigned int cpu = 0; cpu < nr_units; cpu++)
			kernel_map_pages(dynamic_address(index, cpu), &pages[cpu], 1,
					 PROT_KERNEL_RW, GFP_ATOMIC);
		__set_bit(index, mapped);
		used = true;
	}
	spin_unlock_irqrestore(&percpu_lock, flags);
	for (unsigned int cpu = 0; cpu < nr_units && !used; cpu++)
		__free_page(pages[cpu]);
	if (used)
		mm_level_add(MM_PERCPU, nr_units);
	kfree(pages);
	return true;
}

static bool block_place(struct percpu_block *block, size_t size, size_t align)
{
	unsigned long flags, start;
	bool found;

	spin_lock_irqsave(&percpu_lock, flags);
	found = gap_alloc_low(&blocks, PERCPU_DYNAMIC_BASE,
			      PERCPU_DYNAMIC_BASE + PERCPU_DYNAMIC_SIZE, size, align, &start);
	if (found) {
		block->range.start = start;
		block->range.end = start + size;
		gap_insert(&blocks, &block->range);
	}
	spin_unlock_irqrestore(&percpu_lock, flags);
	return found;
}

static bool block_populate(const struct percpu_block *block)
{
	unsigned int first = (block->range.start - PERCPU_DYNAMIC_BASE) >> PAGE_SHIFT;
	unsigned int last = (block->range.end - 1 - PERCPU_DYNAMIC_BASE) >> PAGE_SHIFT;

	for (unsigned int page = first; page <= last; page++)
		if (!page_populate(page))
			return false;
	return true;
}

static void block_remove(struct percpu_block *block)
{
	unsigned long flags;

	spin_lock_irqsave(&percpu_lock, flags);
	gap_remove(&blocks, &block->range);
	spin_unlock_irqrestore(&percpu_lock, flags);
	kfree(block);
}

void *percpu_alloc(size_t size, size_t align)
{
	struct percpu_block *block;

	if (alloc_fault_injected() || !size || align > PAGE_SIZE)
		return NULL;
	size = ALIGN(size, SMALLEST_ALIGN);
	block = kmalloc(sizeof(*block), GFP_KERNEL);
	if (!block)
		return NULL;
	if (!block_place(block, size, max_t(size_t, align, SMALLEST_ALIGN))) {
		kfree(block);
		return NULL;
	}
	if (!block_populate(block)) {
		block_remove(block);
		return NULL;
	}
	for (unsigned int cpu = 0; cpu < nr_units; cpu++)
		memset((void *)(block->range.start + percpu_offset[cpu]), 0, size);
	return (void *)block->range.start;
}

void percpu_free(void *ptr)
{
	struct gap_node *node;
	unsigned long flags;

	if (!ptr)
		return;
	spin_lock_irqsave(&percpu_lock, flags);
	node = gap_find(&blocks, (unsigned long)ptr);
	spin_unlock_irqrestore(&percpu_lock, flags);
	if (WARN(!node || node->start != (unsigned long)ptr, "%px is not per-CPU memory", ptr))
		return;
	block_remove(container_of(node, struct percpu_block, range));
}

/* --- at boot --- */

static void __init map_fresh(unsigned long virt)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

	if (!page || kernel_map_pages(virt, &page, 1, PROT_KERNEL_RW, GFP_KERNEL) ||
	    !kasan_unpoison_area(virt, PAGE_SIZE))
		panic("mm: no memory for per-CPU data");
}

static void __init unit_init(unsigned int cpu, unsigned long base)
{
	/* At the same place within the unit as the image's: all dynamic memory of a unit then has one page table. */
	unsigned long start = base + ((unsigned long)__per_cpu_start & (PERCPU_UNIT - 1));
	/* lint: comparePointers: the linker's bounds of one area */
	size_t size = __per_cpu_end - __per_cpu_start;

	percpu_offset[cpu] = start - (unsigned long)__per_cpu_start;
	for (unsigned long virt = start & PAGE_MASK; virt < start + size; virt += PAGE_SIZE)
		map_fresh(virt);
	memcpy((void *)start, __per_cpu_pristine, size);
	per_cpu(this_cpu_offset, cpu) = percpu_offset[cpu];
	per_cpu(cpu_number, cpu) = cpu;
	/* What boot has allocated so far, and in any case one page: it brings the tables with it. */
	for (unsigned int page = 0; page < DYNAMIC_PAGES; page++)
		if (test_bit(page, mapped))
			map_fresh(dynamic_address(page, cpu));
}

void __init percpu_init(unsigned int nr_cpus)
{
	unsigned long dynamic_distance = PERCPU_DYNAMIC_BASE -
					 ALIGN_DOWN((unsigned long)__per_cpu_start, PERCPU_UNIT);
	struct vm_area *area;

	if (nr_cpus < 2)
		return;
	/* lint: comparePointers: the linker's bounds of one area */
	if (__per_cpu_end - __per_cpu_start + PAGE_SIZE > PERCPU_UNIT)
		panic("mm: %zu bytes of per-CPU data do not fit a unit",
		      /* lint: comparePointers: the linker's bounds of one area */
		      (size_t)(__per_cpu_end - __per_cpu_start));
	area = vm_area_alloc(&vmalloc_region, dynamic_distance + (nr_cpus + 1) * PERCPU_UNIT,
			     PMD_SIZE, VM_AREA_RESERVED);
	if (!area)
		panic("mm: no room for per-CPU data");
	for (unsigned int cpu = 1; cpu < nr_cpus; cpu++)
		unit_init(cpu, area->range.start + (cpu - 1) * PERCPU_UNIT);
	nr_units = nr_cpus;
	/* lint: comparePointers: the linker's bounds of one area */
	mm_level_add(MM_PERCPU,
		     DIV_ROUND_UP(__per_cpu_end - __per_cpu_start, PAGE_SIZE) * (nr_cpus - 1));
}

/* Page 0 of the dynamic memory: its table serves all pages that follow. */
void __init percpu_early_init(void)
{
	map_fresh(PERCPU_DYNAMIC_BASE);
	__set_bit(0, mapped);
}
