/* SPDX-License-Identifier: MIT */
/*
 * Memory for modules, in the top 2 GiB where their 32-bit relocations reach the image.
 *
 * It is writable and not executable when it comes; the loader fills it and then seals each part. The pages' other address, in the
 * direct map, is sealed with them: text is writable nowhere.
 */
#include "map.h"
#include <kernel/bug.h>
#include <lib/errno.h>
#include <mm/alloc_fault.h>
#include <mm/slab.h>
#include <mm/stat.h>
#include <mm/tlb.h>

void *module_memory_alloc(size_t size)
{
	struct vm_area *area;

	if (alloc_fault_injected())
		return NULL;
	area = vm_area_alloc(&module_region, size, PAGE_SIZE, VM_AREA_PAGES);
	if (!area)
		return NULL;
	/* A module that wants too much is refused: no program dies for it. */
	if (!vm_area_populate(area, PROT_KERNEL_RW, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN))
		return vm_area_address(area);
	vm_area_free(&module_region, area);
	return NULL;
}

/* The same pages in the direct map; the caller flushes. */
static int protect_alias(unsigned long virt, size_t size, bool writable)
{
	for (unsigned long end = virt + size; virt < end; virt += PAGE_SIZE) {
		unsigned long alias = (unsigned long)page_address(vmalloc_to_page((void *)virt));
		int error = kernel_protect_noflush(alias, PAGE_SIZE, writable ? PTE_WRITE : 0,
						   writable ? 0 : PTE_WRITE);

		if (error)
			return error;
	}
	return 0;
}

int module_memory_protect(void *p, size_t size, enum module_protection protection)
{
	static const struct {
		u64 set, clear;
	} bits[] = {
		[MODULE_MEMORY_RX] = { 0, PTE_WRITE | PTE_NX },
		[MODULE_MEMORY_R] = { PTE_NX, PTE_WRITE },
		[MODULE_MEMORY_RW] = { PTE_WRITE | PTE_NX, 0 },
	};
	unsigned long virt = (unsigned long)p;
	int error;

	if (WARN_ON((virt | size) & ~PAGE_MASK))
		return -EINVAL;
	/* The alias first when it loses a right, so that no moment has the memory writable and executable. */
	error = protect_alias(virt, size, protection == MODULE_MEMORY_RW);
	if (!error && protection == MODULE_MEMORY_RX) {
		error = kernel_protect_noflush(virt, size, 0, PTE_WRITE);
		tlb_flush_kernel(0, ~0ul);
	}
	if (!error)
		error = kernel_protect_noflush(virt, size, bits[protection].set,
					       bits[protection].clear);
	tlb_flush_kernel(0, ~0ul);
	return error;
}

void module_memory_free(void *p)
{
	struct vm_area *area;

	if (!p)
		return;
	area = vm_area_find(&module_region, p);
	if (WARN(!area, "%px is not module memory", p))
		return;
	/* Cannot fail: the direct map was split when the alias was sealed. */
	protect_alias(area->range.start, area->size, true);
	/* At once, not lazily: a stale call into the module must fault. */
	kernel_protect_noflush(area->range.start, area->size, PTE_NX, 0);
	tlb_flush_kernel(0, ~0ul);
	mm_level_add(MM_VMALLOC, -(long)(area->size >> PAGE_SHIFT));
	vm_area_depopulate(area);
	vm_area_free(&module_region, area);
}
