/* SPDX-License-Identifier: MIT */
/* mprotect, and changing flags of parts of a space in general. */
#include "space_private.h"
#include <uapi/mman.h>

/* What of an entry does not depend on the vma. */
#define ENTRY_KEPT	(PTE_ADDRESS | PTE_DIRTY | PTE_ACCESSED | PTE_SPECIAL | PTE_CACHE_MASK)

/* May a private page's entry be writable at once? If it is ours alone, the fault would find nothing to copy. */
static bool exclusive(u64 value)
{
	struct page *page = pte_page(value);

	return page && page_test(page, PG_ANON) && page_refs(page) == 1;
}

static u64 new_entry(const struct vma *vma, u64 value)
{
	u64 new = (value & ENTRY_KEPT) | vma->page_prot;

	if (!(vma->flags & VM_WRITE))
		return new & ~PTE_WRITE;
	if (vma->flags & VM_SHARED)
		return new | (value & PTE_WRITE);
	if ((value & PTE_DIRTY) && ((value & PTE_WRITE) || exclusive(value)))
		new |= PTE_WRITE;
	return new;
}

/* The CPU may set its bits in an entry while it is changed. True: a TLB may hold more than is allowed now. */
static bool change_entry(const struct vma *vma, u64 *pte)
{
	u64 value = entry_read(pte), new;

	if (!value)
		return false;
	do {
		new = new_entry(vma, value);
	} while (!try_cmpxchg(pte, &value, new));
	return value & PTE_PRESENT;
}

void change_protection(struct vma *vma, unsigned long start, unsigned long end)
{
	unsigned long addr = start;
	bool flush = false;
	u64 *table;

	while ((table = table_next(vma->space, &addr, end))) {
		struct page *page = table_page(table);
		unsigned long stop = table_end(addr, end);

		spin_lock(&page->table_lock);
		if (!page->table_used)
			addr = stop;
		page_table_writes_add_entries(&table[pte_index(addr)], (stop - addr) >> PAGE_SHIFT);
		for (; addr < stop; addr += PAGE_SIZE)
			flush |= change_entry(vma, &table[pte_index(addr)]);
		spin_unlock(&page->table_lock);
		cond_resched();
	}
	if (flush)
		tlb_flush_space(vma->space, start, end, false);
}

/* A private mapping that becomes writable is a promise of memory. */
static int charge_new_writable(struct vma *vma, unsigned long new)
{
	int error;

	if ((new &(VM_WRITE | VM_SHARED | VM_NORESERVE | VM_ACCOUNT)) != VM_WRITE ||
	    (vma->flags & VM_WRITE))
		return 0;
	error = commit_charge(vma_pages(vma));
	return error ?: 1;
}

/* The whole vma, which is joined with its neighbours then; *vma is what it has become. */
static int protect_vma(struct vma **vma, unsigned long new)
{
	struct vma *v = *vma;
	struct address_space *s = v->space;
	unsigned long start = v->start, end = v->end, old = v->flags;
	int charged;

	if (!space_may_expand(s, new, 0) && (new &VM_WRITE) && !(old & VM_WRITE))
		return -ENOMEM;
	charged = charge_new_writable(v, new);
	if (charged < 0)
		return charged;
	if (charged)
		new |= VM_ACCOUNT;
	space_account(s, old, -(long)vma_pages(v));
	v->flags = new;
	vma_set_page_prot(v);
	space_account(s, new, vma_pages(v));
	change_protection(v, start, end);
	*vma = vma_join(v);
	return 0;
}

static int protect_locked(struct address_space *s, unsigned long start, unsigned long end,
			  unsigned long prot)
{
	struct vma *vma = find_vma(s, start);
	int error = 0;

	if (!vma)
		return -ENOMEM;
	if (prot & PROT_GROWSDOWN) {
		if (vma->start >= end || !(vma->flags & VM_GROWSDOWN))
			return -EINVAL;
		start = vma->start;
	} else if (vma->start > start) {
		return -ENOMEM;
	}
	while (!error && start < end) {
		unsigned long stop = min(vma->end, end),
			      new = (vma->flags & ~VM_ACCESS) | (prot & VM_ACCESS);

		if (new & ~(new >> 4) & VM_ACCESS)
			return -EACCES;
		if (new != vma->flags) {
			error = vma_isolate(&vma, start, stop);
			if (!error)
				error = protect_vma(&vma, new);
		}
		start = stop;
		if (error || start == end)
			break;
		vma = find_vma(s, start);
		if (!vma || vma->start > start)
			return -ENOMEM;
	}
	return error;
}

int space_mprotect(unsigned long start, unsigned long len, unsigned long prot)
{
	struct address_space *s = current->space;
	unsigned long end;
	int error;

	if (start & ~PAGE_MASK)
		return -EINVAL;
	if ((prot & (PROT_GROWSDOWN | PROT_GROWSUP)) == (PROT_GROWSDOWN | PROT_GROWSUP) ||
	    (prot & PROT_GROWSUP))
		return -EINVAL;
	if (prot & ~(VM_ACCESS | PROT_SEM | PROT_GROWSDOWN))
		return -EINVAL;
	if (!len)
		return 0;
	end = start + ALIGN(len, PAGE_SIZE);
	if (end <= start)
		return -ENOMEM;
	if (down_write_killable(&s->mmap_lock))
		return -EINTR;
	error = protect_locked(s, start, end, prot);
	up_write(&s->mmap_lock);
	return error;
}

/*
 * Sets and clears flags that change nothing about pages, in all vmas of [start, end). -ENOMEM if there are holes, after all that is there was
 * changed; other errors at once. May be refused for a vma by `refuse`. Drivers' vmas are not locked: their pages stay anyway.
 */
int change_flags(struct address_space *s, unsigned long start, unsigned long end, unsigned long set,
		 unsigned long clear, int (*refuse)(const struct vma *vma))
{
	struct vma *vma = find_vma(s, start);
	bool holes = false;

	while (start < end) {
		unsigned long stop;
		int error;

		if (!vma || vma->start >= end)
			return -ENOMEM;
		if (vma->start > start) {
			holes = true;
			start = vma->start;
		}
		stop = min(vma->end, end);
		error = refuse ? refuse(vma) : 0;
		if (error)
			return error;
		if (((vma->flags & ~clear) | set) != vma->flags &&
		    !((set & VM_LOCKED) && (vma->flags & VM_SPECIAL))) {
			error = vma_isolate(&vma, start, stop);
			if (error)
				return error;
			vma->flags = (vma->flags & ~clear) | set;
			vma_join(vma);
		}
		start = stop;
		vma = find_vma(s, start);
	}
	return holes ? -ENOMEM : 0;
}
