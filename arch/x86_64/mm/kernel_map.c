/* SPDX-License-Identifier: MIT */
/* Changing the kernel's half of the page tables: see mm/kernel_map.h. */
#include <arch/cpu.h>
#include <kernel/bug.h>
#include <lib/errno.h>
#include <lib/kernel.h>
#include <mm/kernel_map.h>
#include <mm/stat.h>
#include <mm/tlb.h>

/* Pages of the direct map by size: 4 KiB, 2 MiB, 1 GiB. Written under split_lock, and at boot. */
static unsigned long direct_pages[3];

void direct_map_count(unsigned long virt, u64 size, long nr)
{
	unsigned int which = size == PUD_SIZE ? 2 : size == PMD_SIZE;

	if (virt >= DIRECT_MAP_BASE && virt < VMALLOC_START)
		WRITE_ONCE(direct_pages[which], direct_pages[which] + nr);
}

void direct_map_read(unsigned long nr[3])
{
	for (unsigned int i = 0; i < 3; i++)
		nr[i] = READ_ONCE(direct_pages[i]);
}

/* Splitting large pages: two CPUs must not split the same one. */
static DEFINE_SPINLOCK(split_lock, LOCK_RANK_KERNEL_PT);

/* The table below an entry, made if there is none; NULL: no memory, or a large page is there. */
static u64 *table_below(u64 *entry, gfp_t gfp)
{
	u64 value = entry_read(entry), new;
	unsigned long table;

	if (likely(entry_present(value)))
		return entry_large(value) ? NULL : entry_table(value);
	table = get_zeroed_page(gfp);
	if (!table)
		return NULL;
	new = __pa((void *)table) | PROT_TABLE_KERNEL;
	value = 0;
	if (try_cmpxchg(entry, &value, new)) {
		mm_level_add(MM_KERNEL_TABLES, 1);
		return (u64 *)table;
	}
	free_page(table); /* another CPU was quicker */
	return entry_large(value) ? NULL : entry_table(value);
}

static u64 *pmd_below(unsigned long virt, gfp_t gfp)
{
	u64 *pmd, *pud = entry_table(entry_read(&kernel_pgd[pgd_index(virt)]));

	pmd = table_below(&pud[pud_index(virt)], gfp);
	return pmd ? &pmd[pmd_index(virt)] : NULL;
}

static u64 *pte_below(unsigned long virt, gfp_t gfp)
{
	u64 *pmd = pmd_below(virt, gfp), *pte;

	pte = pmd ? table_below(pmd, gfp) : NULL;
	return pte ? &pte[pte_index(virt)] : NULL;
}

int kernel_map_pages(unsigned long virt, struct page **pages, size_t nr, u64 prot, gfp_t gfp)
{
	u64 *pte = NULL;

	prot &= pte_supported;
	for (size_t i = 0; i < nr; i++, virt += PAGE_SIZE, pte++) {
		if (!pte || !pte_index(virt))
			pte = pte_below(virt, gfp);
		if (!pte)
			return -ENOMEM;
		entry_set(pte, page_to_phys(pages[i]) | prot);
	}
	return 0;
}

int kernel_map_phys(unsigned long virt, u64 phys, size_t size, u64 prot, gfp_t gfp)
{
	unsigned long end = virt + size;

	prot &= pte_supported;
	while (virt < end) {
		u64 *entry, step = PAGE_SIZE, value = phys | prot;

		if (IS_ALIGNED(virt | phys, PMD_SIZE) && end - virt >= PMD_SIZE) {
			entry = pmd_below(virt, gfp);
			if (entry && !entry_present(entry_read(entry))) {
				step = PMD_SIZE;
				value |= PTE_LARGE;
			}
		}
		if (step == PAGE_SIZE)
			entry = pte_below(virt, gfp);
		if (!entry)
			return -ENOMEM;
		entry_set(entry, value);
		virt += step;
		phys += step;
	}
	return 0;
}

u64 *kernel_entry(unsigned long virt, unsigned int *level)
{
	u64 *entry = &kernel_pgd[pgd_index(virt)];

	for (*level = 3; entry_present(entry_read(entry)); --*level) {
		entry = entry_table(entry_read(entry)) +
			((virt >> (PAGE_SHIFT + 9 * (*level - 1))) & 511);
		if (!entry_present(entry_read(entry)))
			return NULL;
		if (*level == 1 || entry_large(entry_read(entry)))
			return entry;
	}
	return NULL;
}

static unsigned long level_size(unsigned int level)
{
	return PAGE_SIZE << (9 * (level - 1));
}

void kernel_unmap(unsigned long virt, size_t size)
{
	unsigned long end = virt + size;

	while (virt < end) {
		unsigned int level;
		u64 *entry = kernel_entry(virt, &level);

		if (entry) {
			entry_set(entry, 0);
			virt += level_size(level);
		} else {
			virt += PAGE_SIZE;
		}
	}
}

/* One large page becomes 512 of the next size with the same bits. The mapping does not change, so old TLB entries stay right. */
static int split_large(unsigned long virt, u64 *entry, unsigned int level)
{
	unsigned long table = __get_free_page(GFP_KERNEL);
	u64 value, *small = (u64 *)table;

	if (!table)
		return -ENOMEM;
	spin_lock(&split_lock);
	value = entry_read(entry);
	if (!entry_large(value)) {
		spin_unlock(&split_lock);
		free_page(table);
		return 0;
	}
	if (level == 2)
		value &= ~PTE_LARGE;
	for (int i = 0; i < PTRS_PER_TABLE; i++)
		small[i] = value + i * level_size(level - 1);
	smp_wmb();
	entry_set(entry, __pa(small) | PROT_TABLE_KERNEL);
	mm_level_add(MM_KERNEL_TABLES, 1);
	direct_map_count(virt, level_size(level), -1);
	direct_map_count(virt, level_size(level - 1), PTRS_PER_TABLE);
	spin_unlock(&split_lock);
	return 0;
}

int kernel_protect_noflush(unsigned long virt, size_t size, u64 set, u64 clear)
{
	unsigned long end = virt + size;

	set &= pte_supported;
	while (virt < end) {
		unsigned int level;
		u64 *entry = kernel_entry(virt, &level);

		if (WARN_ON(!entry))
			return -EINVAL;
		if (!IS_ALIGNED(virt, level_size(level)) || end - virt < level_size(level)) {
			int error = split_large(virt, entry, level);

			if (error)
				return error;
			continue;
		}
		entry_set(entry, (entry_read(entry) | set) & ~clear);
		virt += level_size(level);
	}
	return 0;
}

int kernel_protect(unsigned long virt, size_t size, u64 set, u64 clear)
{
	int error = kernel_protect_noflush(virt, size, set, clear);

	tlb_flush_kernel(virt, virt + size);
	return error;
}
