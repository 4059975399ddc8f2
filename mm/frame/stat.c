/* SPDX-License-Identifier: MIT */
/* Sums of the CPUs' counters. */
#include <arch/pgtable.h>
#include <kernel/cpumask.h>
#include <lib/kernel.h>
#include <mm/stat.h>
#include <mm/zone.h>

DEFINE_PER_CPU(struct mm_counters, mm_counters);
#ifdef CONFIG_TRACING
DEFINE_STATIC_KEY(page_table_writes_key);

void page_table_writes_count(const u64 *entries, unsigned int nr, bool protected)
{
	unsigned long writes = 0;

	for (; nr; nr--, entries++) {
		u64 value = entry_read(entries);

		writes += value ? 1 : 0;
		if (protected && (value & PTE_WRITE))
			writes++;
	}
	mm_event_add(MM_PAGE_TABLE_WRITES, writes);
}
#endif

const char *const mm_event_names[NR_MM_EVENTS] = {
	[MM_PGALLOC] = "pgalloc_normal",
	[MM_PGFREE] = "pgfree",
	[MM_PGFAULT] = "pgfault",
	[MM_PGMAJFAULT] = "pgmajfault",
	[MM_PGPGIN] = "pgpgin",
	[MM_PGPGOUT] = "pgpgout",
	[MM_PGSCAN] = "pgscan_direct",
	[MM_PGSTEAL] = "pgsteal_direct",
	[MM_ALLOCSTALL] = "allocstall_normal",
	[MM_PAGEOUTRUN] = "pageoutrun",
	[MM_OOM_KILL] = "oom_kill",
	[MM_TLB_REMOTE_FLUSH] = "nr_tlb_remote_flush",
	[MM_TLB_REMOTE_FLUSH_RECEIVED] = "nr_tlb_remote_flush_received",
	[MM_TLB_LOCAL_FLUSH_ALL] = "nr_tlb_local_flush_all",
	[MM_TLB_LOCAL_FLUSH_ONE] = "nr_tlb_local_flush_one",
	[MM_TLB_SWITCH_FLUSH] = "nr_tlb_switch_flush",
	[MM_PAGE_TABLE_WRITES] = "nr_page_table_writes",
};

/* A level is raised on one CPU and lowered on another; only the sum means something, and even that is a moment's. */
long mm_level_read(enum mm_level which)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(mm_counters, cpu).level[which]);
	return max(sum, 0l);
}

unsigned long mm_event_read(enum mm_event which)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(mm_counters, cpu).event[which]);
	return sum;
}

/* Free memory above the reserves, half of the page cache that can be dropped, half of the reclaimable slab. */
unsigned long nr_available_pages(void)
{
	unsigned long reserved = 0, files, slab, free = nr_free_pages();
	struct zone *zone;

	for_each_zone(zone)
		reserved += zone->watermark[WATERMARK_HIGH];
	files = mm_level_read(MM_ACTIVE_FILE) + mm_level_read(MM_INACTIVE_FILE);
	slab = mm_level_read(MM_SLAB_RECLAIMABLE);
	files -= min(files / 2, reserved);
	slab -= min(slab / 2, reserved);
	free -= min(free, reserved);
	return free + files + slab;
}
