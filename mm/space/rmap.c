/* SPDX-License-Identifier: MIT */
/*
 * From pages of files to the entries that map them, by way of the file's i_mmap: for truncation, reclaim and write-back. Anonymous pages are
 * never looked for: without swap there is no reason to.
 */
#include "space_private.h"
#include <mm/rmap.h>

void unmap_mapping_range(struct mapping *m, loff_t start, loff_t len, bool even_private)
{
	unsigned long first = DIV_ROUND_UP((u64)start, PAGE_SIZE);
	unsigned long last = len ? ((u64)start + len - 1) >> PAGE_SHIFT : ~0ul;
	struct vma *vma;

	if (RB_EMPTY_ROOT(&m->i_mmap.rb_root) || last < first)
		return;
	down_read(&m->i_mmap_lock);
	for (vma = vma_interval_iter_first(&m->i_mmap, first, last); vma;
	     vma = vma_interval_iter_next(vma, first, last)) {
		unsigned long from = max(first, vma->pgoff),
			      to = min(last, vma->pgoff + vma_pages(vma) - 1);
		struct gather g;

		gather_begin(&g, vma->space);
		unmap_range(&g, vma, vma->start + ((from - vma->pgoff) << PAGE_SHIFT),
			    vma->start + ((to - vma->pgoff + 1) << PAGE_SHIFT), !even_private);
		gather_end(&g);
	}
	up_read(&m->i_mmap_lock);
}

/* Calls visit() for each entry that maps the page, under its table's lock; stops when it returns false. */
static void visit_entries(struct page *page,
			  bool (*visit)(struct vma *vma, u64 *pte, unsigned long addr, void *arg),
			  void *arg)
{
	struct mapping *m = page->mapping;
	unsigned long index = page->index;
	bool go_on = true;
	struct vma *vma;

	if (RB_EMPTY_ROOT(&m->i_mmap.rb_root))
		return;
	down_read(&m->i_mmap_lock);
	for (vma = vma_interval_iter_first(&m->i_mmap, index, index); vma && go_on;
	     vma = vma_interval_iter_next(vma, index, index)) {
		unsigned long addr = vma->start + ((index - vma->pgoff) << PAGE_SHIFT);
		u64 *pte = pte_find(vma->space, addr), value;

		if (!pte)
			continue;
		pte_lock(pte);
		value = entry_read(pte);
		if (value && !(value & PTE_SPECIAL) && entry_phys(value) == page_to_phys(page))
			go_on = visit(vma, pte, addr, arg);
		pte_unlock(pte);
	}
	up_read(&m->i_mmap_lock);
}

static bool visit_referenced(struct vma *vma, u64 *pte, unsigned long addr, void *arg)
{
	struct rmap_referenced *r = arg;

	if (vma->flags & VM_LOCKED) {
		r->locked = true;
		return false;
	}
	/* No flush: a TLB that keeps the bit set a while longer only makes the page look less used. */
	if (entry_read(pte) & PTE_ACCESSED) {
		clear_bit(5, (unsigned long *)pte);
		r->accessed++;
		r->executable |= vma->flags & VM_EXEC;
	}
	return true;
}

void page_gather_referenced(struct page *page, struct rmap_referenced *r)
{
	visit_entries(page, visit_referenced, r);
}

static bool visit_unmap(struct vma *vma, u64 *pte, unsigned long addr, void *arg)
{
	struct page *page = arg;
	u64 value;

	if (vma->flags & VM_LOCKED)
		return false;
	value = entry_take(pte);
	page_table_writes_add(1);
	entry_page(pte)->table_used--;
	tlb_flush_page(vma->space, addr);
	if ((value & PTE_DIRTY) && !page_test(page, PG_DIRTY))
		set_page_dirty(page);
	atomic64_dec(rss_counter(vma->space, page));
	mm_level_add(MM_FILE_MAPPED, -1);
	put_page(page); /* never the last: the caller has one */
	return true;
}

void page_unmap_everywhere(struct page *page)
{
	visit_entries(page, visit_unmap, page);
}

static bool visit_clean(struct vma *vma, u64 *pte, unsigned long addr, void *arg)
{
	bool *dirty = arg;
	u64 value = entry_read(pte);

	if (!(vma->flags & VM_SHARED) || !(value & (PTE_WRITE | PTE_DIRTY)))
		return true;
	do {
	} while (!try_cmpxchg(pte, &value, value & ~(PTE_WRITE | PTE_DIRTY)));
	*dirty |= value & PTE_DIRTY;
	tlb_flush_page(vma->space, addr);
	return true;
}

bool page_write_protect(struct page *page)
{
	bool dirty = false;

	visit_entries(page, visit_clean, &dirty);
	return dirty;
}
