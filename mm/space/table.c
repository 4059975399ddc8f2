/* SPDX-License-Identifier: MIT */
/*
 * Memory for page tables. Tables that are given up are empty, so each CPU keeps a few and need not clear them again; of top-level tables, whose
 * upper half is always the kernel's, too.
 */
#include "space_private.h"
#include <kernel/preempt.h>
#include <lib/string.h>
#include <mm/alloc_fault.h>

#define CACHED_TABLES	24
#define CACHED_TOPS	4

struct table_cache {
	unsigned int nr, nr_tops;
	u64 *tables[CACHED_TABLES];
	u64 *tops[CACHED_TOPS];
};
/* Threads only, with preemption off. */
static DEFINE_PER_CPU(struct table_cache, table_cache);

static u64 *table_new(void)
{
	u64 *table = (u64 *)get_zeroed_page(GFP_KERNEL);
	struct page *page;

	if (!table)
		return NULL;
	page = table_page(table);
	page_set(page, PG_TABLE);
	page->table_used = 0;
	spin_lock_init(&page->table_lock, LOCK_RANK_PAGE_TABLE);
	mm_level_add(MM_PAGE_TABLES, 1);
	return table;
}

static void table_delete(u64 *table)
{
	page_clear(table_page(table), PG_TABLE);
	mm_level_add(MM_PAGE_TABLES, -1);
	free_page(table);
}

u64 *table_alloc(struct address_space *s)
{
	struct table_cache *cache;
	u64 *table = NULL;

	if (alloc_fault_injected())
		return NULL;
	preempt_disable();
	cache = this_cpu_ptr(&table_cache);
	if (cache->nr)
		table = cache->tables[--cache->nr];
	preempt_enable();
	if (!table)
		table = table_new();
	if (table)
		atomic64_add(PAGE_SIZE, &s->table_bytes);
	return table;
}

void table_free(struct address_space *s, u64 *table)
{
	struct table_cache *cache;

	atomic64_sub(PAGE_SIZE, &s->table_bytes);
	preempt_disable();
	cache = this_cpu_ptr(&table_cache);
	if (cache->nr < CACHED_TABLES) {
		cache->tables[cache->nr++] = table;
		table = NULL;
	}
	preempt_enable();
	if (table)
		table_delete(table);
}

u64 *top_table_alloc(void)
{
	struct table_cache *cache;
	u64 *pgd = NULL;

	if (alloc_fault_injected())
		return NULL;
	preempt_disable();
	cache = this_cpu_ptr(&table_cache);
	if (cache->nr_tops)
		pgd = cache->tops[--cache->nr_tops];
	preempt_enable();
	if (pgd)
		return pgd;
	pgd = table_new();
	if (pgd)
		memcpy(pgd + PTRS_PER_TABLE / 2, kernel_pgd + PTRS_PER_TABLE / 2, PAGE_SIZE / 2);
	return pgd;
}

void top_table_free(u64 *pgd)
{
	struct table_cache *cache;

	preempt_disable();
	cache = this_cpu_ptr(&table_cache);
	if (cache->nr_tops < CACHED_TOPS) {
		cache->tops[cache->nr_tops++] = pgd;
		pgd = NULL;
	}
	preempt_enable();
	if (pgd)
		table_delete(pgd);
}

void table_drain_local(void)
{
	struct table_cache *cache;
	u64 *table;

	do {
		preempt_disable();
		cache = this_cpu_ptr(&table_cache);
		table = cache->nr	 ? cache->tables[--cache->nr]
			: cache->nr_tops ? cache->tops[--cache->nr_tops]
					 : NULL;
		preempt_enable();
		if (table)
			table_delete(table);
	} while (table);
}

/* The table below an entry that is not a page's. */
static u64 *table_below(struct address_space *s, u64 *entry)
{
	u64 value = entry_read(entry), *table;

	if (likely(entry_present(value)))
		return entry_table(value);
	table = table_alloc(s);
	if (!table)
		return NULL;
	pte_lock(entry);
	value = entry_read(entry);
	if (likely(!value))
		pte_install(entry, ((unsigned long)table - DIRECT_MAP_BASE) | PROT_TABLE_USER);
	page_table_writes_add(1);
	pte_unlock(entry);
	if (likely(!value))
		return table;
	table_free(s, table); /* another thread was quicker */
	return entry_table(value);
}

u64 *pte_make(struct address_space *s, unsigned long addr)
{
	u64 *table = table_below(s, &s->pgd[pgd_index(addr)]);

	if (table)
		table = table_below(s, &table[pud_index(addr)]);
	if (table)
		table = table_below(s, &table[pmd_index(addr)]);
	return table ? &table[pte_index(addr)] : NULL;
}

u64 *table_next(struct address_space *s, unsigned long *addr, unsigned long end)
{
	unsigned long at = *addr;

	while (at < end) {
		unsigned long size = PGD_SIZE;
		u64 v = entry_read(&s->pgd[pgd_index(at)]);

		if (entry_present(v)) {
			size = PUD_SIZE;
			v = entry_read(&entry_table(v)[pud_index(at)]);
		}
		if (entry_present(v) && size == PUD_SIZE) {
			size = PMD_SIZE;
			v = entry_read(&entry_table(v)[pmd_index(at)]);
		}
		if (entry_present(v) && size == PMD_SIZE) {
			*addr = at;
			return entry_table(v);
		}
		at = (at + size) & ~(size - 1);
	}
	*addr = end;
	return NULL;
}
