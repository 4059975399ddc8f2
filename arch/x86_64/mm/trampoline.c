/* SPDX-License-Identifier: MIT */
/*
 * Page tables for CPUs that are being started: they turn paging on while they still run at a physical address, in the trampoline page. These
 * tables map that page at its own address, beside the kernel's half. Nobody else uses them.
 */
#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <kernel/boot.h>
#include <kernel/log.h>
#include <lib/string.h>
#include <mm/init.h>
#include <mm/page.h>

static u64 *tables[4]; /* pgd, pud, pmd, pte */

u64 mm_trampoline_tables(void)
{
	unsigned long at = boot_info.trampoline;

	if (tables[0])
		return __pa(tables[0]);
	for (int i = 0; i < 4; i++) {
		tables[i] = (u64 *)get_zeroed_page(GFP_KERNEL | __GFP_DMA32);
		if (!tables[i])
			panic("mm: no memory to start further CPUs");
	}
	memcpy(tables[0], kernel_pgd, PAGE_SIZE);
	tables[0][pgd_index(at)] = __pa(tables[1]) | PROT_TABLE_KERNEL;
	tables[1][pud_index(at)] = __pa(tables[2]) | PROT_TABLE_KERNEL;
	tables[2][pmd_index(at)] = __pa(tables[3]) | PROT_TABLE_KERNEL;
	tables[3][pte_index(at)] = at | PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY;
	return __pa(tables[0]);
}

void mm_trampoline_release(void)
{
	for (int i = 0; i < 4; i++) {
		free_page(tables[i]);
		tables[i] = NULL;
	}
}
