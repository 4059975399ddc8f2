/* SPDX-License-Identifier: MIT */
/*
 * Nodes and zones of page frames (mm/frame). For the memory management alone: others use mm/gfp.h.
 *
 * A node is the memory near some CPUs; one today, more when the SRAT is read. A zone is a part of it by physical address, because
 * old devices reach only low memory: DMA below 16 MiB, DMA32 below 4 GiB, NORMAL. Each zone is a buddy allocator: free blocks of
 * 2^order pages, aligned to their size, listed by order.
 */
#ifndef MM_ZONE_H
#define MM_ZONE_H

#include <arch/percpu.h>
#include <kernel/spinlock.h>
#include <mm/page.h>

enum zone_index { ZONE_DMA, ZONE_DMA32, ZONE_NORMAL, NR_ZONES };
enum zone_watermark { WATERMARK_MIN, WATERMARK_LOW, WATERMARK_HIGH, NR_WATERMARKS };

#define MAX_NODES	64	/* width of the field in page->flags */
#define PAGESET_MAX	254

/*
 * One CPU's own stack of free single pages of a zone. Only threads of that CPU touch it, with preemption off; interrupt handlers go
 * to the zone, so nothing can come in between.
 */
struct pageset {
	unsigned int count;
	struct page *pages[PAGESET_MAX];
};

struct free_area {
	struct list_head blocks; /* zone lock */
	unsigned long nr;
};

struct zone {
	spinlock_t lock; /* LOCK_RANK_FRAME, interrupts off */
	/* lock; read without: pages in the areas, those in page sets not counted */
	unsigned long free;
	struct free_area area[MAX_ORDER + 1];
	/* Constant once pages are handed out, but for the last three, which change together. */
	struct pageset *pageset; /* per-CPU */
	u16 pageset_high, pageset_batch;
	u8 index;
	u8 node;
	const char *name;
	unsigned long start_pfn, end_pfn;
	/* kept back from allocations that a higher zone could serve */
	unsigned long reserve;
	unsigned long present; /* pages of RAM */
	unsigned long managed; /* of these, the allocator's; lock */
	unsigned long watermark[NR_WATERMARKS];
};

struct node {
	struct zone zones[NR_ZONES];
	unsigned int id;
	/* Where to look for a page of each kind, best first; NULL behind the last. */
	struct zone *zonelist[NR_ZONES][NR_ZONES + 1];
};

extern struct node *nodes[MAX_NODES];
extern unsigned int nr_nodes;

#define for_each_zone(zone)						\
	for (unsigned int zone_i_ = 0; zone_i_ < nr_nodes * NR_ZONES; zone_i_++)	\
		if ((zone = &nodes[zone_i_ / NR_ZONES]->zones[zone_i_ % NR_ZONES])->present)

static inline struct zone *page_zone(const struct page *page)
{
	return &nodes[page_node(page)]->zones[page_zone_index(page)];
}

/*
 * What the floors above lend to an allocation that finds the zones low. All NULL until reclaim_init().
 */
struct frame_reclaim_ops {
	/* A zone of this node is below its low mark. Any context. */
	void (*wake)(struct node *node);
	/* Tries to make pages free; attempt counts from 0. False: give up. May sleep. */
	bool (*reclaim)(gfp_t gfp, unsigned int order, unsigned int attempt);
	/* May current dip below the minimum to finish what frees memory? */
	bool (*may_use_reserve)(void);
};
extern const struct frame_reclaim_ops *frame_reclaim_ops;

/* Gives the free pages of this CPU's page sets back to the zones. Threads only. */
void drain_local_pages(void);

/* Watermarks and page sets from the sizes of the zones: after their managed pages changed. */
void zones_tune(void);
/* All zones that gfp may use stand above this watermark together with an extra of 2^order pages? */
bool zone_watermark_ok(const struct zone *zone, enum zone_watermark mark, unsigned int order);

/* A page of the image or of boot data becomes the allocator's. */
void free_reserved_page(struct page *page);

#endif
