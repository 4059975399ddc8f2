/* SPDX-License-Identifier: MIT */
/* Taking pages and page tables out of an address space. */
#include "space_private.h"

struct unmap_counts {
	long anon, file, shmem;
};

static __always_inline void count_page(struct unmap_counts *counts, const struct page *page)
{
	unsigned long flags = page->flags;

	if (flags & BIT(PG_ANON))
		counts->anon++;
	else if (flags & BIT(PG_SWAPBACKED))
		counts->shmem++;
	else
		counts->file++;
}

static void counts_apply(struct address_space *s, const struct unmap_counts *counts)
{
	if (counts->anon) {
		atomic64_sub(counts->anon, &s->anon_pages);
		mm_level_add(MM_ANON_PAGES, -counts->anon);
	}
	if (counts->file)
		atomic64_sub(counts->file, &s->file_pages);
	if (counts->shmem)
		atomic64_sub(counts->shmem, &s->shmem_pages);
	if (counts->file + counts->shmem)
		mm_level_add(MM_FILE_MAPPED, -(counts->file + counts->shmem));
}

/* What the CPU noted in the entry goes on with the page. */
static __always_inline void note_dirty(struct page *page, u64 value)
{
	if ((value & PTE_DIRTY) && !(page->flags & (BIT(PG_ANON) | BIT(PG_DIRTY))))
		set_page_dirty(page);
}

/*
 * The entries of [addr, end), all in one table. Stops early when the gather is full; where it stopped.
 */
static unsigned long unmap_entries(struct gather *g, u64 *table, unsigned long addr,
				   unsigned long end, bool only_file)
{
	struct page *table_struct = table_page(table);
	struct unmap_counts counts = { 0, 0, 0 };
	unsigned long first = addr;
	unsigned int used;

	spin_lock(&table_struct->table_lock);
	g->used_before = table_struct->table_used;
	if (!table_struct->table_used || g->full)
		goto out;
	/* Most entries are empty: what only a full one can change is looked at behind those. */
	for (u64 *pte = &table[pte_index(addr)]; addr < end; addr += PAGE_SIZE, pte++) {
		u64 value = entry_read(pte);
		struct page *page;

		if (!value)
			continue;
		page = pte_page(value);
		if (only_file && (!page || page_test(page, PG_ANON)))
			continue;
		value = entry_take(pte);
		table_struct->table_used--;
		if (page) {
			note_dirty(page, value);
			count_page(&counts, page);
			gather_page(g, page);
		}
		if (table_struct->table_used && !g->full)
			continue;
		addr += PAGE_SIZE;
		break;
	}
out:
	if (!table_struct->table_used)
		addr = end;
	gather_range(g, first, addr);
	used = table_struct->table_used;
	spin_unlock(&table_struct->table_lock);
	counts_apply(g->space, &counts);
	page_table_writes_add(g->used_before - used);
	return addr;
}

void unmap_range(struct gather *g, struct vma *vma, unsigned long start, unsigned long end,
		 bool only_file)
{
	unsigned long addr = start;
	u64 *table;

	while ((table = table_next(vma->space, &addr, end))) {
		addr = unmap_entries(g, table, addr, table_end(addr, end), only_file);
		if (g->full)
			gather_flush(g);
		cond_resched();
	}
}

/* --- tables --- */

static unsigned long level_size(unsigned int level)
{
	/* what one entry of a table of this level covers: 0 pte ... 3 pgd */
	return PAGE_SIZE << (9 * level);
}

static void free_level(struct gather *g, u64 *table, unsigned int level, unsigned long start,
		       unsigned long end, unsigned long floor, unsigned long ceiling)
{
	unsigned long size = level_size(level);

	for (unsigned long addr = start & ~(size - 1); addr < end; addr += size) {
		u64 *entry = &table[(addr >> (PAGE_SHIFT + 9 * level)) & 511];
		u64 value = entry_read(entry);

		if (!value)
			continue;
		if (level > 1)
			free_level(g, entry_table(value), level - 1, max(addr, start),
				   min(addr + size, end), floor, ceiling);
		if (addr < floor || addr + size > ceiling)
			continue;
		if (WARN_ON_ONCE(table_page(entry_table(value))->table_used))
			continue;
		pte_lock(entry);
		entry_set(entry, 0);
		page_table_writes_add(1);
		entry_page(entry)->table_used--;
		pte_unlock(entry);
		gather_table(g, entry_table(value));
	}
}

void free_tables(struct gather *g, unsigned long start, unsigned long end, unsigned long floor,
		 unsigned long ceiling)
{
	free_level(g, g->space->pgd, 3, start, end, floor, ceiling);
}

/* --- the end of a space: nobody else can see its tables, so no locks and no flushes --- */

static void tear_down_entries(u64 *table, struct page *table_struct, struct unmap_counts *counts)
{
	for (u64 *pte = table; table_struct->table_used; pte++) {
		u64 value = *pte;
		struct page *page;

		if (!value)
			continue;
		*pte = 0;
		table_struct->table_used--;
		page = pte_page(value);
		if (!page)
			continue;
		note_dirty(page, value);
		count_page(counts, page);
		put_page(page);
	}
}

static void tear_down_level(struct address_space *s, u64 *table, unsigned int level,
			    struct unmap_counts *counts)
{
	struct page *table_struct = table_page(table);

	if (!level) {
		tear_down_entries(table, table_struct, counts);
		return;
	}
	for (u64 *entry = table; table_struct->table_used; entry++) {
		u64 value = *entry;

		if (!value)
			continue;
		*entry = 0;
		table_struct->table_used--;
		tear_down_level(s, entry_table(value), level - 1, counts);
		table_free(s, entry_table(value));
	}
	if (level == 1)
		cond_resched();
}

void tear_down_tables(struct address_space *s)
{
	struct unmap_counts counts = { 0, 0, 0 };

	tear_down_level(s, s->pgd, 3, &counts);
	counts_apply(s, &counts);
	top_table_free(s->pgd);
	s->pgd = NULL;
}

/* --- munmap --- */

/* Takes the vmas of [start, end), which begin and end there, out of the tree; the first of them. */
static struct vma *detach(struct address_space *s, struct vma *vma, unsigned long end)
{
	struct vma *first = NULL, **link = &first;

	while (vma && vma->start < end) {
		struct vma *next = vma_next(vma);

		vma_remove(vma);
		vma->detached_next = NULL;
		*link = vma;
		link = &vma->detached_next;
		vma = next;
	}
	return first;
}

static void account_detached(struct address_space *s, const struct vma *vma)
{
	unsigned long pages = vma_pages(vma);

	space_account(s, vma->flags, -(long)pages);
	if (vma->flags & VM_LOCKED) {
		s->locked_pages -= pages;
		mm_level_add(MM_MLOCKED, -(long)pages);
	}
	if (vma->flags & VM_ACCOUNT)
		commit_uncharge(pages);
}

/*
 * Nobody who takes the device away passes between the first entry that goes and the flush: he would find nothing, while other threads still wrote through
 * their TLBs. Order: mmap_lock, i_mmap_lock, page table lock.
 */
static void unmap_revocable(struct gather *g, struct vma *vma)
{
	down_write(&vma->mapping->i_mmap_lock);
	unmap_range(g, vma, vma->start, vma->end, false);
	gather_flush(g);
	mapping_unlink_locked(vma);
	up_write(&vma->mapping->i_mmap_lock);
}

int unmap_locked(struct address_space *s, unsigned long start, unsigned long len)
{
	unsigned long end = start + len;
	struct vma *vma, *prev, *next, *first;
	struct gather g;
	int error;

	vma = find_vma(s, start);
	if (!vma || vma->start >= end)
		return 0;
	/* A hole cut into one vma makes two of it. */
	if (vma->start < start && vma->end > end && s->nr_vmas >= max_map_count)
		return -ENOMEM;
	error = vma_isolate(&vma, start, end);
	if (error)
		return error;
	prev = vma_prev(vma);
	first = detach(s, vma, end);
	next = prev ? vma_next(prev) : vma_first(s);

	space_rss_peak(s);
	gather_begin(&g, s);
	for (vma = first; vma; vma = vma->detached_next) {
		if (vma_is_revocable(vma))
			unmap_revocable(&g, vma);
		else
			unmap_range(&g, vma, vma->start, vma->end, false);
	}
	free_tables(&g, start, end, prev ? prev->end : 0, next ? next->start : USER_TABLES_END);
	gather_end(&g);
	while (first) {
		vma = first;
		first = vma->detached_next;
		account_detached(s, vma);
		vma_free(vma);
	}
	return 0;
}
