// SPDX-License-Identifier: MIT
/*
 * The shadow's page tables (layout: arch/layout.h).
 *
 *	RAM in the direct map, the image	memory of its own from the beginning
 *	vmalloc's range, modules		one page that says "no area", behind shared tables,
 *						until an area is made there
 *	all else (struct pages, devices)	one page of zeroes, behind shared tables: not checked
 *
 * Shared tables and pages are never written after boot. Who needs a place of its own puts copies of
 * the tables on the way in, by compare-and-exchange, without locks; they stay.
 */
#include "kasan.h"

#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <kernel/atomic.h>
#include <kernel/boot.h>
#include <kernel/init.h>
#include <lib/kernel.h>
#include <mm/boot_memory.h>
#include <mm/kernel_map.h>
#include <mm/page.h>
#include <mm/tlb.h>

#define SHARED(name) \
	static u64 name[PTRS_PER_TABLE] __aligned(PAGE_SIZE) __section(".bss..page_aligned")

/* What all of a table's entries are: a table of the next lower level, or a page. */
SHARED(zero_page_shadow);
SHARED(zero_pte);
SHARED(zero_pmd);
SHARED(zero_pud);
SHARED(area_page_shadow);
SHARED(area_pte);
SHARED(area_pmd);

extern char __kernel_start[], __kernel_end[];
unsigned long shadow_pages;

static u64 table_entry(const u64 *table)
{
	return __pa(table) | PROT_TABLE_KERNEL;
}

static void __init fill(u64 *table, u64 entry)
{
	for (int i = 0; i < PTRS_PER_TABLE; i++)
		table[i] = entry;
}

static bool is_shared(u64 entry)
{
	unsigned long phys = entry_phys(entry);
	const u64 *const tables[] = { zero_page_shadow, zero_pte, zero_pmd, zero_pud,
				      area_page_shadow, area_pte, area_pmd };

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (phys == __pa(tables[i]))
			return true;
	return false;
}

static void copy_table(u64 *to, const u64 *from)
{
	for (int i = 0; i < PTRS_PER_TABLE; i++)
		to[i] = from[i];
}

/* --- boot --- */

static u64 *__init boot_page(void)
{
	return __va(boot_alloc(PAGE_SIZE, PAGE_SIZE, EARLY_MAP_SIZE));
}

static u64 *__init boot_own_table(u64 *entry)
{
	if (is_shared(*entry)) {
		u64 *table = boot_page();

		copy_table(table, entry_table(*entry));
		*entry = table_entry(table);
	}
	return entry_table(*entry);
}

static u64 *__init boot_pmd(unsigned long virt)
{
	u64 *pud = &boot_own_table(&kernel_pgd[pgd_index(virt)])[pud_index(virt)];

	return &boot_own_table(pud)[pmd_index(virt)];
}

/* Fresh zeroes behind one entry. */
static unsigned long __init boot_fill(unsigned long virt, unsigned long end)
{
	u64 *pmd = boot_pmd(virt), *pte, phys;

	if (is_shared(*pmd) && IS_ALIGNED(virt, PMD_SIZE) && end - virt >= PMD_SIZE) {
		phys = boot_alloc(PMD_SIZE, PMD_SIZE, EARLY_MAP_SIZE);
		__memset(__va(phys), 0, PMD_SIZE);
		*pmd = phys | PTE_LARGE | (PROT_KERNEL_RW & pte_supported);
		return PMD_SIZE;
	}
	if (entry_large(*pmd))
		return PAGE_SIZE;
	pte = &boot_own_table(pmd)[pte_index(virt)];
	if (is_shared(*pte)) {
		u64 *page = boot_page();

		__memset(page, 0, PAGE_SIZE);
		*pte = __pa(page) | (PROT_KERNEL_RW & pte_supported);
	}
	return PAGE_SIZE;
}

static void __init boot_shadow(unsigned long start, unsigned long end)
{
	unsigned long virt = ALIGN_DOWN((unsigned long)shadow_of(start), PAGE_SIZE);
	unsigned long to = ALIGN((unsigned long)shadow_of(end - 1) + 1, PAGE_SIZE);

	while (virt < to)
		virt += boot_fill(virt, to);
}

static void __init boot_shadow_of_ram(unsigned long start_pfn, unsigned long end_pfn)
{
	boot_shadow((unsigned long)pfn_to_virt(start_pfn), (unsigned long)pfn_to_virt(end_pfn));
}

/* 2 MiB of shadow at a time, as vmalloc's and the modules' ranges are aligned to. */
static void __init boot_areas(unsigned long start, unsigned long end)
{
	unsigned long virt = (unsigned long)shadow_of(start), to = (unsigned long)shadow_of(end);

	while (virt < to) {
		u64 *pud = &boot_own_table(&kernel_pgd[pgd_index(virt)])[pud_index(virt)];

		if (IS_ALIGNED(virt, PUD_SIZE) && to - virt >= PUD_SIZE) {
			*pud = table_entry(area_pmd);
			virt += PUD_SIZE;
		} else {
			boot_own_table(pud)[pmd_index(virt)] = table_entry(area_pte);
			virt += PMD_SIZE;
		}
	}
}

void __init kasan_tables_init(void)
{
	__memset(area_page_shadow, SHADOW_AREA, PAGE_SIZE);
	fill(zero_pte, __pa(zero_page_shadow) | (PROT_KERNEL_RO & pte_supported));
	fill(zero_pmd, table_entry(zero_pte));
	fill(zero_pud, table_entry(zero_pmd));
	fill(area_pte, __pa(area_page_shadow) | (PROT_KERNEL_RO & pte_supported));
	fill(area_pmd, table_entry(area_pte));
	for (unsigned long virt = KASAN_SHADOW_START; virt < KASAN_SHADOW_END; virt += PGD_SIZE)
		kernel_pgd[pgd_index(virt)] = table_entry(zero_pud);
	boot_for_each_ram(boot_shadow_of_ram);
	boot_shadow((unsigned long)__kernel_start, (unsigned long)__kernel_end);
	boot_areas(VMALLOC_START, vmalloc_end);
	boot_areas(MODULES_START, MODULES_END);
}

/* --- areas --- */

static u64 *own_table(u64 *entry)
{
	u64 value = entry_read(entry);
	u64 *table;

	if (!is_shared(value))
		return entry_table(value);
	table = (u64 *)__get_free_page(GFP_KERNEL);
	if (!table)
		return NULL;
	copy_table(table, entry_table(value));
	if (try_cmpxchg(entry, &value, table_entry(table)))
		return table;
	free_page((unsigned long)table); /* another CPU was quicker */
	return entry_table(value);
}

/* The entry of a page of shadow that lies in tables of its own; NULL without memory. The top level
 * is there since boot. */
static u64 *own_pte(unsigned long virt)
{
	u64 *table = entry_table(entry_read(&kernel_pgd[pgd_index(virt)]));

	table = own_table(&table[pud_index(virt)]);
	if (table)
		table = own_table(&table[pmd_index(virt)]);
	return table ? &table[pte_index(virt)] : NULL;
}

/* 1: there is a new page, 0: there was one, or -1. */
static int own_page(unsigned long virt)
{
	u64 *pte = own_pte(virt), value;
	unsigned long page;

	if (!pte)
		return -1;
	value = entry_read(pte);
	if (!is_shared(value))
		return 0;
	page = __get_free_page(GFP_KERNEL);
	if (!page)
		return -1;
	__memset((void *)page, SHADOW_AREA, PAGE_SIZE);
	if (!try_cmpxchg(pte, &value, __pa((void *)page) | (PROT_KERNEL_RW & pte_supported))) {
		free_page(page);
		return 0;
	}
	__atomic_fetch_add(&shadow_pages, 1, __ATOMIC_RELAXED);
	return 1;
}

bool kasan_unpoison_area(unsigned long start, size_t size)
{
	unsigned long first = ALIGN_DOWN((unsigned long)shadow_of(start), PAGE_SIZE);
	unsigned long end = ALIGN((unsigned long)shadow_of(ALIGN(start + size, PAGE_SIZE) - 1) + 1,
				  PAGE_SIZE);
	bool any = false, ok = true;

	for (unsigned long virt = first; ok && virt < end; virt += PAGE_SIZE) {
		int made = own_page(virt);

		ok = made >= 0;
		any |= made > 0;
	}
	/* TLBs may have the shared page there, from a look at addresses nearby. */
	if (any)
		tlb_flush_kernel(first, end);
	if (ok)
		shadow_unpoison(start, size);
	return ok;
}

void kasan_poison_area(unsigned long start, size_t size)
{
	shadow_poison(start, size, SHADOW_AREA);
}
