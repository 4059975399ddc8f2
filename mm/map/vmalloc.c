/* SPDX-License-Identifier: MIT */
/* vmalloc, vmap, ioremap: what others put into areas of kernel virtual memory. */
#include "map.h"
#include <kernel/boot.h>
#include <kernel/bug.h>
#include <lib/kernel.h>
#include <mm/alloc_fault.h>
#include <mm/slab.h>
#include <mm/stat.h>

bool is_vmalloc_addr(const void *p)
{
	return (unsigned long)p >= VMALLOC_START && (unsigned long)p < vmalloc_end;
}

static void *vmalloc_pages(size_t size, gfp_t gfp)
{
	struct vm_area *area;

	if (size > total_ram_pages() << PAGE_SHIFT)
		return NULL;
	area = vm_area_alloc(&vmalloc_region, size, PAGE_SIZE, VM_AREA_PAGES);
	if (!area)
		return NULL;
	if (!vm_area_populate(area, PROT_KERNEL_RW, gfp))
		return vm_area_address(area);
	vm_area_free(&vmalloc_region, area);
	return NULL;
}

void *vmalloc(size_t size)
{
	return alloc_fault_injected() ? NULL : vmalloc_pages(size, GFP_KERNEL);
}

void *vzalloc(size_t size)
{
	return alloc_fault_injected() ? NULL : vmalloc_pages(size, GFP_KERNEL | __GFP_ZERO);
}

void vfree(const void *p)
{
	struct vm_area *area;

	if (!p)
		return;
	area = vm_area_find(&vmalloc_region, p);
	if (WARN(!area || area->kind != VM_AREA_PAGES, "vfree of %px, which is not vmalloc's", p))
		return;
	if (memory_freed_in_use(p, area->size))
		return;
	mm_level_add(MM_VMALLOC, -(long)(area->size >> PAGE_SHIFT));
	vm_area_depopulate(area);
	vm_area_free(&vmalloc_region, area);
}

void *vmap(struct page **pages, size_t nr, u64 prot)
{
	struct vm_area *area = vm_area_alloc(&vmalloc_region, nr << PAGE_SHIFT, PAGE_SIZE,
					     VM_AREA_VMAP);

	if (!area)
		return NULL;
	if (!kernel_map_pages(area->range.start, pages, nr, prot, GFP_KERNEL))
		return vm_area_address(area);
	kernel_unmap(area->range.start, area->size);
	vm_area_free(&vmalloc_region, area);
	return NULL;
}

static void unmap_area(const void *p, enum vm_area_kind kind)
{
	struct vm_area *area;

	if (!p)
		return;
	area = vm_area_find(&vmalloc_region, p);
	if (WARN(!area || area->kind != kind, "unmapping of %px, which is not such an area", p))
		return;
	kernel_unmap(area->range.start, area->size);
	vm_area_free(&vmalloc_region, area);
}

void vunmap(const void *p)
{
	unmap_area(p, VM_AREA_VMAP);
}

struct page *vmalloc_to_page(const void *p)
{
	unsigned int level;
	u64 *entry = kernel_entry((unsigned long)p, &level);

	return entry ? phys_to_page(entry_phys(entry_read(entry))) : NULL;
}

size_t vmalloc_size(const void *p)
{
	struct vm_area *area = is_vmalloc_addr(p) ? vm_area_find(&vmalloc_region, p) : NULL;

	return area && area->kind == VM_AREA_PAGES ? area->size : 0;
}

void vmalloc_purge(void)
{
	vm_area_purge(&vmalloc_region);
	vm_area_purge(&module_region);
}

/* --- physical memory --- */

static void *map_phys(u64 phys, size_t size, u64 prot)
{
	unsigned long offset = phys & ~PAGE_MASK;
	struct vm_area *area;
	u64 start = phys - offset;

	if (!size || phys + size < phys || phys + size > 1ull << 52)
		return NULL;
	size = ALIGN(size + offset, PAGE_SIZE);
	area = vm_area_alloc(&vmalloc_region, size, size >= PMD_SIZE ? PMD_SIZE : PAGE_SIZE,
			     VM_AREA_IO);
	if (!area)
		return NULL;
	if (!kernel_map_phys(area->range.start, start, size, prot, GFP_KERNEL))
		return vm_area_address(area) + offset;
	kernel_unmap(area->range.start, area->size);
	vm_area_free(&vmalloc_region, area);
	return NULL;
}

void __iomem *ioremap(u64 phys, size_t size)
{
	return (void __iomem *)map_phys(phys, size, PROT_KERNEL_RW | PTE_CACHE_UC);
}

void __iomem *ioremap_wc(u64 phys, size_t size)
{
	return (void __iomem *)map_phys(phys, size, PROT_KERNEL_RW | PTE_CACHE_WC);
}

void iounmap(const void __iomem *p)
{
	unmap_area((void *)((unsigned long)p & PAGE_MASK), VM_AREA_IO);
}

static bool all_ram(u64 phys, size_t size)
{
	for (u64 at = phys & PAGE_MASK; at < phys + size; at += PAGE_SIZE)
		if (!pfn_valid(at >> PAGE_SHIFT))
			return false;
	return true;
}

void *memremap(u64 phys, size_t size)
{
	if (all_ram(phys, size))
		return __va(phys);
	return map_phys(phys, size, PROT_KERNEL_RW);
}

void memunmap(const void *p)
{
	if (is_vmalloc_addr(p))
		unmap_area((void *)((unsigned long)p & PAGE_MASK), VM_AREA_IO);
}
