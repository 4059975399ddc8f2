/* SPDX-License-Identifier: MIT */
/*
 * Nodes and zones from the memory map: struct pages get their zone, free RAM goes to the buddy lists, watermarks follow from sizes.
 */
#define pr_fmt(fmt) "mm: " fmt
#include "frame.h"
#include <kernel/cpumask.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/kernel.h>
#include <lib/math64.h>
#include <mm/kasan.h>
#include <mm/boot_memory.h>
#include <mm/frame_init.h>
#include <mm/stat.h>

#define DMA_END_PFN	(16ul << (20 - PAGE_SHIFT))
#define DMA32_END_PFN	(4ul << (30 - PAGE_SHIFT))
#define BLOCK_PAGES	(1ul << MAX_ORDER)
/* A zone keeps 1/RESERVE_RATIO of what the zones above it have from allocations that those could serve. */
#define RESERVE_RATIO	256

static struct node first_node;
struct node *nodes[MAX_NODES] = { &first_node };
unsigned int nr_nodes = 1;

static DEFINE_PER_CPU(struct pageset[NR_ZONES], boot_pagesets);

static const char *const zone_names[NR_ZONES] = { "DMA", "DMA32", "Normal" };

static enum zone_index __init zone_of_pfn(unsigned long pfn)
{
	return pfn < DMA_END_PFN ? ZONE_DMA : pfn < DMA32_END_PFN ? ZONE_DMA32 : ZONE_NORMAL;
}

static unsigned long __init zone_end(enum zone_index index)
{
	return index == ZONE_DMA ? DMA_END_PFN : index == ZONE_DMA32 ? DMA32_END_PFN : ~0ul;
}

static unsigned long described_until __initdata;

/*
 * Every page of each largest block that holds RAM gets a description: reserved, until it is found to be free. The array behind them is
 * mapped and zero.
 */
static void __init describe_range(unsigned long start, unsigned long end)
{
	struct zone *zones = first_node.zones;

	for (unsigned long pfn = start; pfn < end;) {
		struct zone *zone = &zones[zone_of_pfn(pfn)];
		unsigned long stop = min(end, zone_end(zone->index));

		if (!zone->present)
			zone->start_pfn = pfn;
		zone->end_pfn = stop;
		zone->present += stop - pfn;
		pfn = stop;
	}
	start = max(ALIGN_DOWN(start, BLOCK_PAGES), described_until);
	end = ALIGN(end, BLOCK_PAGES);
	for (unsigned long pfn = start; pfn < end; pfn++) {
		struct page *page = pfn_to_page(pfn);

		page->flags = BIT(PG_RESERVED) | (unsigned long)zone_of_pfn(pfn) << PAGE_ZONE_SHIFT;
		atomic_set(&page->refs, 1);
	}
	described_until = max(end, described_until);
}

/* The largest block that starts at pfn, by alignment and by what is there. */
static unsigned int __init block_order(unsigned long pfn, unsigned long end)
{
	unsigned int order = pfn ? min_t(unsigned int, __builtin_ctzl(pfn), MAX_ORDER) : MAX_ORDER;

	while (pfn + (1ul << order) > end)
		order--;
	return order;
}

static void __init release_range(unsigned long start, unsigned long end)
{
	for (unsigned long pfn = start; pfn < end;) {
		struct page *page = pfn_to_page(pfn);
		struct zone *zone = page_zone(page);
		unsigned int order = block_order(pfn, min(end, zone_end(zone->index)));

		for (unsigned long i = 0; i < 1ul << order; i++) {
			page[i].flags &= PAGE_FLAGS_FIXED;
			atomic_set(&page[i].refs, 0);
		}
		kasan_free_pages(page, order);
		buddy_give(zone, page, order);
		zone->managed += 1ul << order;
		pfn += 1ul << order;
	}
}

static void __init zonelists_build(struct node *node)
{
	for (int kind = 0; kind < NR_ZONES; kind++) {
		unsigned int nr = 0;

		for (int i = kind; i >= 0; i--)
			if (node->zones[i].managed)
				node->zonelist[kind][nr++] = &node->zones[i];
	}
}

/* The kernel keeps 4 * sqrt(KiB of RAM) KiB free: 2 MiB of 256 MiB, 8 MiB of 4 GiB. */
static unsigned long minimum_free_pages(void)
{
	unsigned long kib = total_ram_pages() << (PAGE_SHIFT - 10);

	return clamp_t(unsigned long, int_sqrt64(kib) * 4, 128, 65536) >> (PAGE_SHIFT - 10);
}

/*
 * A page set holds what a process's life comes to, so that programs that take and give pages all the time meet at the zone's lock only when
 * they grow; a batch is small enough for interrupts to be off that long.
 */
#define PAGESET_BATCH_MAX	62

void zones_tune(void)
{
	unsigned long total = total_ram_pages(), minimum = minimum_free_pages(), higher = 0;

	for (unsigned int n = 0; n < nr_nodes; n++) {
		for (int i = NR_ZONES - 1; i >= 0; i--) {
			struct zone *zone = &nodes[n]->zones[i];
			/* lint: clang-analyzer-core.DivideZero: there is memory */
			unsigned long mark = minimum * zone->managed / total;
			unsigned long step = max(mark / 4, zone->managed / 1000);

			zone->watermark[WATERMARK_MIN] = mark;
			zone->watermark[WATERMARK_LOW] = mark + step;
			zone->watermark[WATERMARK_HIGH] = mark + 2 * step;
			zone->reserve = higher / RESERVE_RATIO;
			zone->pageset_high = clamp_t(unsigned long, zone->managed / 1024, 4,
						     PAGESET_MAX);
			zone->pageset_batch = clamp_t(unsigned int, zone->pageset_high / 4, 2,
						      PAGESET_BATCH_MAX);
			higher += zone->managed;
		}
	}
}

void __init zones_init(void)
{
	for (int i = 0; i < NR_ZONES; i++) {
		struct zone *zone = &first_node.zones[i];

		spin_lock_init(&zone->lock, LOCK_RANK_FRAME);
		zone->index = i;
		zone->name = zone_names[i];
		zone->pageset = &boot_pagesets[i];
		for (int order = 0; order <= MAX_ORDER; order++)
			INIT_LIST_HEAD(&zone->area[order].blocks);
	}
	boot_for_each_ram(describe_range);
	boot_for_each_free(release_range);
	zonelists_build(&first_node);
	zones_tune();
}

void free_reserved_page(struct page *page)
{
	struct zone *zone = page_zone(page);
	unsigned long flags;

	page->flags &= PAGE_FLAGS_FIXED;
	spin_lock_irqsave(&zone->lock, flags);
	zone->managed++;
	spin_unlock_irqrestore(&zone->lock, flags);
	__free_page(page);
}

unsigned long nr_free_pages(void)
{
	unsigned long nr = 0;
	struct zone *zone;

	for_each_zone(zone) {
		int cpu;

		nr += READ_ONCE(zone->free);
		for_each_possible_cpu(cpu)
			nr += READ_ONCE(per_cpu_ptr(zone->pageset, cpu)->count);
	}
	return nr;
}

unsigned long total_ram_pages(void)
{
	unsigned long nr = 0;
	struct zone *zone;

	for_each_zone(zone)
		nr += zone->managed;
	return nr;
}

unsigned long mm_present_pages(void)
{
	unsigned long nr = 0;
	struct zone *zone;

	for_each_zone(zone)
		nr += zone->present;
	return nr;
}

bool zone_report(unsigned int index, struct zone_report *report)
{
	struct zone *zone;
	unsigned long flags;

	if (index >= nr_nodes * NR_ZONES)
		return false;
	zone = &nodes[index / NR_ZONES]->zones[index % NR_ZONES];
	*report = (struct zone_report){
		.node = zone->node,
		.name = zone->name,
		.start_pfn = zone->start_pfn,
		.spanned = zone->end_pfn - zone->start_pfn,
		.present = zone->present,
		.managed = zone->managed,
		.min = zone->watermark[WATERMARK_MIN],
		.low = zone->watermark[WATERMARK_LOW],
		.high = zone->watermark[WATERMARK_HIGH],
	};
	spin_lock_irqsave(&zone->lock, flags);
	report->free = zone->free;
	for (int order = 0; order <= MAX_ORDER; order++)
		report->free_blocks[order] = zone->area[order].nr;
	spin_unlock_irqrestore(&zone->lock, flags);
	return true;
}
