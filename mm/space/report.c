/* SPDX-License-Identifier: MIT */
/* What /proc tells about a space. */
#include "space_private.h"
#include <lib/string.h>

const char *vma_name(struct vma *vma)
{
	struct address_space *s = vma->space;

	if (vma->ops && vma->ops->name)
		return vma->ops->name(vma);
	if (vma->file)
		return NULL;
	if (vma->start <= s->brk && vma->end >= s->start_brk && s->brk > s->start_brk)
		return "[heap]";
	if (vma->start <= s->start_stack && vma->end >= s->start_stack && s->start_stack)
		return "[stack]";
	return NULL;
}

static void report_entry(struct vma *vma, u64 value, struct smaps_report *r)
{
	struct page *page = pte_page(value);
	unsigned int sharers;
	bool dirty;

	if (!page)
		return;
	dirty = (value & PTE_DIRTY) || page_test(page, PG_DIRTY);
	/* References are not quite entries: the page cache holds one itself, and somebody may be looking at the page. */
	sharers = page_refs(page) - (page_test(page, PG_ANON) ? 0 : 1);
	sharers = max_t(int, sharers, 1);
	r->rss += PAGE_SIZE;
	r->pss += PAGE_SIZE / sharers;
	if (sharers > 1)
		*(dirty ? &r->shared_dirty : &r->shared_clean) += PAGE_SIZE;
	else
		*(dirty ? &r->private_dirty : &r->private_clean) += PAGE_SIZE;
	if (value & PTE_ACCESSED)
		r->referenced += PAGE_SIZE;
	if (page_test(page, PG_ANON))
		r->anonymous += PAGE_SIZE;
	if (vma->flags & VM_LOCKED)
		r->locked += PAGE_SIZE;
}

void smaps_gather(struct vma *vma, struct smaps_report *r)
{
	unsigned long addr = vma->start;
	u64 *table;

	memset(r, 0, sizeof(*r));
	r->size = vma->end - vma->start;
	while ((table = table_next(vma->space, &addr, vma->end))) {
		unsigned long stop = table_end(addr, vma->end);
		struct page *page = table_page(table);

		spin_lock(&page->table_lock);
		for (; addr < stop && page->table_used; addr += PAGE_SIZE) {
			u64 value = entry_read(&table[pte_index(addr)]);

			if (value)
				report_entry(vma, value, r);
		}
		spin_unlock(&page->table_lock);
		addr = stop;
	}
}
