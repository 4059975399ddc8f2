/* SPDX-License-Identifier: MIT */
/*
 * Memory statistics: counters that each CPU keeps for itself, summed up when somebody asks (/proc/meminfo, /proc/vmstat).
 */
#ifndef MM_STAT_H
#define MM_STAT_H

#include <arch/percpu.h>
#include <kernel/static_key.h>
#include <mm/gfp.h>

/* Levels, in pages unless the name says otherwise. */
enum mm_level {
	MM_ANON_PAGES,	/* anonymous pages in page tables */
	MM_FILE_PAGES,	/* in the page cache, tmpfs included */
	MM_SHMEM,	/* of these, tmpfs and shared memory */
	MM_FILE_MAPPED, /* entries of page tables that map page cache pages */
	MM_DIRTY,
	MM_WRITEBACK,
	MM_PAGE_TABLES,	  /* of processes */
	MM_KERNEL_TABLES, /* of the kernel: they never go away */
	MM_KERNEL_STACKS, /* in KiB */
	MM_SLAB_RECLAIMABLE,
	MM_SLAB_UNRECLAIMABLE,
	MM_VMALLOC,
	MM_PERCPU,
	MM_MLOCKED,
	MM_COMMITTED, /* promised to private writable mappings */
	MM_ACTIVE_FILE,
	MM_INACTIVE_FILE,
	MM_UNEVICTABLE,
	MM_BOUNCE, /* copies of memory that a device cannot reach */
	NR_MM_LEVELS
};

/* Events since boot. */
enum mm_event {
	MM_PGALLOC,
	MM_PGFREE,
	MM_PGFAULT,
	MM_PGMAJFAULT,
	MM_PGPGIN, /* KiB read and written for the page cache */
	MM_PGPGOUT,
	MM_PGSCAN,
	MM_PGSTEAL,
	MM_ALLOCSTALL, /* direct reclaims */
	MM_PAGEOUTRUN, /* rounds of the reclaim thread */
	MM_OOM_KILL,
	MM_TLB_REMOTE_FLUSH, /* shoot-downs sent */
	MM_TLB_REMOTE_FLUSH_RECEIVED,
	MM_TLB_LOCAL_FLUSH_ALL,
	MM_TLB_LOCAL_FLUSH_ONE,
	MM_TLB_SWITCH_FLUSH,  /* loads of other page tables that keep nothing */
	MM_PAGE_TABLE_WRITES, /* counted while page_table_writes_key is on */
	NR_MM_EVENTS
};

struct mm_counters {
	long level[NR_MM_LEVELS];
	unsigned long event[NR_MM_EVENTS];
};
DECLARE_PER_CPU(struct mm_counters, mm_counters);

/* One instruction each; any context. */
#define mm_level_add(which, n)	this_cpu_add(mm_counters.level[which], (long)(n))
#define mm_event_add(which, n)	this_cpu_add(mm_counters.event[which], (unsigned long)(n))
#define mm_event_inc(which)	mm_event_add(which, 1)

/* Entries of programs' page tables that were set, changed or cleared. */
#ifdef CONFIG_TRACING
DECLARE_STATIC_KEY(page_table_writes_key);
static __always_inline void page_table_writes_add(unsigned long nr)
{
	if (static_branch_unlikely(&page_table_writes_key))
		mm_event_add(MM_PAGE_TABLE_WRITES, nr);
}
/* The entries of a table that are about to be changed; about to be copied, and protected where they are. */
void page_table_writes_count(const u64 *entries, unsigned int nr, bool protected);
#define page_table_writes_add_entries(entries, nr) do {				\
	if (static_branch_unlikely(&page_table_writes_key))			\
		page_table_writes_count(entries, nr, false);		\
} while (0)
#define page_table_writes_add_copies(entries, nr, cow) do {			\
	if (static_branch_unlikely(&page_table_writes_key))			\
		page_table_writes_count(entries, nr, cow);		\
} while (0)
#else
static __always_inline void page_table_writes_add(unsigned long nr) { }
#define page_table_writes_add_entries(entries, nr)	do { } while (0)
#define page_table_writes_add_copies(entries, nr, cow)	do { } while (0)
#endif

long mm_level_read(enum mm_level which); /* the sum, never below 0 */
unsigned long mm_event_read(enum mm_event which);
extern const char *const mm_event_names[NR_MM_EVENTS]; /* as /proc/vmstat spells them */

/* One zone, for /proc/zoneinfo and buddyinfo. False behind the last. */
struct zone_report {
	unsigned int node;
	const char *name;
	unsigned long start_pfn, spanned, present, managed, free, min, low, high;
	unsigned long free_blocks[MAX_ORDER + 1];
};
bool zone_report(unsigned int index, struct zone_report *report);

/* One slab cache, for /proc/slabinfo. False behind the last. */
struct slab_report {
	char name[32];
	unsigned long active_objects, objects, slabs, active_slabs;
	unsigned int object_size, objects_per_slab, pages_per_slab, limit, batch;
};
bool slab_report(unsigned int index, struct slab_report *report);

/* Reports count in KiB. */
static inline unsigned long pages_kib(unsigned long pages) { return pages << (PAGE_SHIFT - 10); }

unsigned long mm_present_pages(void); /* all RAM that the memory map lists */
/* what programs could get without pain: MemAvailable */
unsigned long nr_available_pages(void);
unsigned long vmalloc_total_bytes(void);

#endif
