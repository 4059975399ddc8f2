/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own page tables, made at boot from boot_alloc()'s pages and never taken apart.
 *
 *	direct map	all RAM, and all of the first MiB (video memory and firmware tables, uncached), readable and writable, not
 *			executable, in the largest pages that fit; the image's text and constants read-only, and the image in
 *			4 KiB pages, so that what boot no longer needs can change its protection without a split
 *	struct pages	the array's parts that describe RAM
 *	vmalloc		its top-level tables alone
 *	image		text executable, constants read-only, the rest writable; nothing is writable and executable
 *
 * Every top-level entry of the upper half that there will ever be is made here: address spaces copy them once and are never out of date.
 */
#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <kernel/boot.h>
#include <kernel/init.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/boot_memory.h>
#include <mm/frame_init.h>
#include <mm/init.h>
#include <mm/kasan.h>
#include <mm/kernel_map.h>
#include <mm/page.h>

extern char __kernel_start[], __kernel_end[], __text_start[], __init_text_start[],
	__init_text_end[], __rodata_start[], __rodata_end[];
extern char __init_data_start[], __init_data_end[], __ro_after_init_start[], __ro_after_init_end[];

#define LOW_HOLE_START	0xa0000ul	/* video memory, option ROMs, firmware */
#define LOW_HOLE_END	0x100000ul
#define BLOCK_BYTES	(PAGE_SIZE << MAX_ORDER)
#define VMEMMAP_CHUNK	(PMD_SIZE / sizeof(struct page) * PAGE_SIZE)	/* RAM described by 2 MiB of struct pages */

u64 kernel_pgd[PTRS_PER_TABLE] __aligned(PAGE_SIZE);
u64 pte_supported __ro_after_init = ~0ull;
unsigned long vmalloc_end __ro_after_init;

/* Where tables may come from: what is mapped already. */
static u64 reachable __initdata = EARLY_MAP_SIZE;

static u64 *__init table_new(void)
{
	u64 *table = __va(boot_alloc(PAGE_SIZE, PAGE_SIZE, reachable));

	memset(table, 0, PAGE_SIZE);
	return table;
}

static u64 *__init table_below(u64 *entry)
{
	if (!entry_present(*entry))
		*entry = __pa(table_new()) | PROT_TABLE_KERNEL;
	return entry_table(*entry);
}

/* Maps one page of the largest size up to `largest` that both addresses and the length allow; its size. */
static u64 __init map_one(unsigned long virt, u64 phys, u64 size, u64 prot, u64 largest)
{
	u64 *entry = &table_below(&kernel_pgd[pgd_index(virt)])[pud_index(virt)];

	if (largest >= PUD_SIZE && size >= PUD_SIZE && IS_ALIGNED(virt | phys, PUD_SIZE)) {
		*entry = phys | prot | PTE_LARGE;
		return PUD_SIZE;
	}
	entry = &table_below(entry)[pmd_index(virt)];
	if (largest >= PMD_SIZE && size >= PMD_SIZE && IS_ALIGNED(virt | phys, PMD_SIZE)) {
		*entry = phys | prot | PTE_LARGE;
		return PMD_SIZE;
	}
	table_below(entry)[pte_index(virt)] = phys | prot;
	return PAGE_SIZE;
}

static void __init map_range(unsigned long virt, u64 phys, u64 end, u64 prot, u64 largest)
{
	prot &= pte_supported;
	while (phys < end) {
		u64 size = map_one(virt, phys, end - phys, prot, largest);

		direct_map_count(virt, size, 1);
		virt += size;
		phys += size;
	}
}

/* The part of [start, end) that lies within [low, high) goes into the direct map. */
static void __init map_direct_part(u64 start, u64 end, u64 low, u64 high, u64 prot, u64 largest)
{
	start = max(start, low);
	end = min(end, high);
	if (start < end)
		map_range((unsigned long)__va(start), start, end, prot, largest);
}

static void __init map_direct(unsigned long start_pfn, unsigned long end_pfn)
{
	const struct {
		u64 end, prot;
		bool small;
	} parts[] = {
		{ __pa(__kernel_start), PROT_KERNEL_RW, false },
		{ __pa(__init_text_start), PROT_KERNEL_RO, true },
		{ __pa(__rodata_start), PROT_KERNEL_RW, true },
		{ __pa(__rodata_end), PROT_KERNEL_RO, true },
		{ __pa(__kernel_end), PROT_KERNEL_RW, true },
		{ ~0ull, PROT_KERNEL_RW, false },
	};
	u64 largest = cpu_has(CPU_FEATURE_PAGE_1GB) ? PUD_SIZE : PMD_SIZE, low = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		map_direct_part((u64)start_pfn << PAGE_SHIFT, (u64)end_pfn << PAGE_SHIFT, low,
				parts[i].end, parts[i].prot, parts[i].small ? PAGE_SIZE : largest);
		low = parts[i].end;
	}
}

static void __init map_image_part(const char *start, const char *end, u64 prot)
{
	map_range((unsigned long)start, __pa(start), __pa(end), prot, PAGE_SIZE);
}

static void __init map_image(void)
{
	map_image_part(__kernel_start, __init_text_end, PROT_KERNEL_RX);
	map_image_part(__rodata_start, __rodata_end, PROT_KERNEL_RO);
	map_image_part(__init_data_start, __kernel_end, PROT_KERNEL_RW);
}

/* One top-level table covers 512 GiB; memory of more than a quarter of that gets room for twice itself. */
static void __init vmalloc_tables(void)
{
	unsigned long bytes = max(ALIGN((unsigned long)boot_ram_end() * 2, PGD_SIZE), PGD_SIZE);

	vmalloc_end = min(VMALLOC_START + bytes, VMALLOC_END);
	for (unsigned long virt = VMALLOC_START; virt < vmalloc_end; virt += PGD_SIZE)
		table_below(&kernel_pgd[pgd_index(virt)]);
}

void __init kernel_tables_init(void)
{
	if (!cpu_has(CPU_FEATURE_NX))
		pte_supported &= ~PTE_NX;
	if (!cpu_has(CPU_FEATURE_PGE))
		pte_supported &= ~PTE_GLOBAL;
	boot_for_each_ram(map_direct);
	map_range((unsigned long)__va(LOW_HOLE_START), LOW_HOLE_START, LOW_HOLE_END,
		  PROT_KERNEL_RW | PTE_CACHE_UC, PAGE_SIZE);
	map_image();
	vmalloc_tables();
	kasan_tables_init();
	write_cr3(__pa(kernel_pgd));
	reachable = boot_ram_end();
}

static u64 described_until __initdata;

/*
 * Maps the struct pages of [start, end), a part of one chunk: by one large page if most of the chunk is needed. Returns the end of what has
 * struct pages now. A large page takes the place of what small ones may have been there: they are still empty.
 */
static u64 __init describe_part(u64 start, u64 end)
{
	unsigned long virt = (unsigned long)phys_to_page(start);
	unsigned long size = (unsigned long)phys_to_page(end) - virt;
	bool whole = size >= PMD_SIZE - PMD_SIZE / 16;
	u64 phys;

	if (whole) {
		virt = ALIGN_DOWN(virt, PMD_SIZE);
		size = PMD_SIZE;
		end = ALIGN(end, VMEMMAP_CHUNK);
	}
	phys = boot_alloc(size, whole ? PMD_SIZE : PAGE_SIZE, reachable);
	memset(__va(phys), 0, size);
	map_range(virt, phys, phys + size, PROT_KERNEL_RW, PMD_SIZE);
	return end;
}

/* Whole blocks of the buddy allocator: it looks at a block's neighbour without asking whether that is RAM. */
static void __init describe(unsigned long start_pfn, unsigned long end_pfn)
{
	u64 start = max(ALIGN_DOWN((u64)start_pfn << PAGE_SHIFT, BLOCK_BYTES), described_until);
	u64 end = ALIGN((u64)end_pfn << PAGE_SHIFT, BLOCK_BYTES);

	while (start < end)
		start = describe_part(start,
				      min(end, ALIGN_DOWN(start, VMEMMAP_CHUNK) + VMEMMAP_CHUNK));
	described_until = start;
}

void __init vmemmap_init(void)
{
	boot_for_each_ram(describe);
}
