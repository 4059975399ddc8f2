/* SPDX-License-Identifier: MIT */
/* Trace events of page frames (kernel/trace_events.h). */
#include <kernel/trace_events.h>
#include <lib/kernel.h>
#include <mm/page.h>

#define ALLOC_FIELDS(R, FIELD, ARRAY, STRING) \
	FIELD(R, unsigned long, pfn) FIELD(R, unsigned int, order) FIELD(R, unsigned long, gfp_flags) \
	FIELD(R, int, migratetype)
TRACE_EVENT_DEFINE(NULL, kmem, mm_page_alloc, (const struct page *page, unsigned int order, unsigned int gfp),
	ALLOC_FIELDS, NULL, {
		entry->pfn = page_to_pfn(page);
		entry->order = order;
		entry->gfp_flags = gfp;
		entry->migratetype = 0;
	},
	"pfn=0x%lx order=%u gfp=0x%lx migratetype=%d", REC->pfn, REC->order, REC->gfp_flags, REC->migratetype)

#define FREE_FIELDS(R, FIELD, ARRAY, STRING) FIELD(R, unsigned long, pfn) FIELD(R, unsigned int, order)
TRACE_EVENT_DEFINE(NULL, kmem, mm_page_free, (const struct page *page, unsigned int order), FREE_FIELDS, NULL, {
		entry->pfn = page_to_pfn(page);
		entry->order = order;
	},
	"pfn=0x%lx order=%u", REC->pfn, REC->order)
