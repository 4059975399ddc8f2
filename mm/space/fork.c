/* SPDX-License-Identifier: MIT */
/*
 * fork: the child gets copies of the vmas; private pages are shared with it, write-protected on both sides, until one of the two writes.
 *
 * What the page cache can bring back is not copied: a file's vma without private pages faults again in the child.
 */
#include "space_private.h"
#include <lib/string.h>

struct copy_counts {
	long anon, file, shmem;
};

/* Must the child's entries be there from the beginning? */
static bool must_copy(const struct vma *vma)
{
	return vma->has_anon || (vma->flags & (VM_PFNMAP | VM_MIXEDMAP | VM_SPECIAL_NAME));
}

/* One table's part of a vma. No thread of the parent runs in user mode beside us if alone is set: its entries cannot change by themselves. */
static void copy_entries(u64 *from, u64 *to, unsigned int nr, bool cow, bool alone,
			 struct copy_counts *counts)
{
	struct page *to_page = entry_page(to);

	page_table_writes_add_copies(from, nr, cow);
	for (; nr; nr--, from++, to++) {
		u64 value = entry_read(from);
		struct page *page;

		if (!value)
			continue;
		if (cow && (value & PTE_WRITE)) {
			if (alone)
				entry_set(from, value & ~PTE_WRITE);
			else
				clear_bit(1, (unsigned long *)from);
			value = entry_read(from);
		}
		page = pte_page(value);
		if (page) {
			get_page(page);
			if (page_test(page, PG_ANON))
				counts->anon++;
			else if (page_test(page, PG_SWAPBACKED))
				counts->shmem++;
			else
				counts->file++;
		}
		entry_set(to, value);
		to_page->table_used++;
	}
}

static int copy_pages(struct address_space *child, struct vma *vma, struct copy_counts *counts,
		      bool alone)
{
	unsigned long addr = vma->start;
	u64 *table;

	while ((table = table_next(vma->space, &addr, vma->end))) {
		unsigned long stop = table_end(addr, vma->end);
		u64 *to, *from = &table[pte_index(addr)];

		if (!table_page(table)->table_used) {
			addr = stop;
			continue;
		}
		to = pte_make(child, addr);
		if (!to)
			return -ENOMEM;
		spin_lock(pte_lock_of(from));
		spin_lock_nested(pte_lock_of(to));
		copy_entries(from, to, (stop - addr) >> PAGE_SHIFT, vma_is_cow(vma->flags), alone,
			     counts);
		spin_unlock(pte_lock_of(to));
		spin_unlock(pte_lock_of(from));
		addr = stop;
		cond_resched();
	}
	return 0;
}

static struct vma *copy_vma(struct address_space *child, const struct vma *old)
{
	struct vma *new = kmem_cache_alloc(vma_cache, GFP_KERNEL);

	if (!new)
		return NULL;
	*new = *old;
	new->space = child;
	new->flags &= ~VM_LOCKED;
	if (old->flags & VM_WIPEONFORK)
		new->has_anon = false;
	if (new->file)
		get_file(new->file);
	if (new->ops &&new->ops->open)
		new->ops->open(new);
	return new;
}

static int copy_one(struct address_space *child, struct vma *vma, struct copy_counts *counts,
		    bool alone)
{
	struct vma *new;

	if (vma->flags & VM_ACCOUNT) {
		int error = commit_charge(vma_pages(vma));

		if (error)
			return error;
	}
	new = copy_vma(child, vma);
	if (!new) {
		if (vma->flags & VM_ACCOUNT)
			commit_uncharge(vma_pages(vma));
		return -ENOMEM;
	}
	/* Seen by truncation from here on, so nothing that it removes can be left in the child. */
	vma_insert(new);
	space_account(child, new->flags, vma_pages(new));
	if (!must_copy(vma) || (vma->flags & VM_WIPEONFORK))
		return 0;
	return copy_pages(child, vma, counts, alone);
}

static void inherit(struct address_space *child, const struct address_space *parent)
{
	child->mmap_base = parent->mmap_base;
	memcpy(&child->start_code, &parent->start_code,
	       offsetof(struct address_space, exe_file) -
		       offsetof(struct address_space, start_code));
	child->exe_file = parent->exe_file ? exec_file_get(parent->exe_file) : NULL;
	child->vdso_base = parent->vdso_base;
	child->flags = parent->flags;
	child->oom_score_adj = parent->oom_score_adj;
}

struct address_space *space_fork(struct address_space *parent)
{
	struct address_space *child = space_create();
	struct copy_counts counts = { 0, 0, 0 };
	struct vma *vma;
	bool alone;
	int error = 0;

	if (!child)
		return NULL;
	down_write(&parent->mmap_lock);
	alone = atomic_read(&parent->users) == 1;
	inherit(child, parent);
	for_each_vma(parent, vma) {
		if (vma->flags & VM_DONTCOPY)
			continue;
		error = copy_one(child, vma, &counts, alone);
		if (error)
			break;
	}
	/* No entry of the parent may be written through an old TLB entry. */
	tlb_flush_space(parent, 0, ~0ul, false);
	up_write(&parent->mmap_lock);
	atomic64_add(counts.anon, &child->anon_pages);
	atomic64_add(counts.file, &child->file_pages);
	atomic64_add(counts.shmem, &child->shmem_pages);
	mm_level_add(MM_ANON_PAGES, counts.anon);
	mm_level_add(MM_FILE_MAPPED, counts.file + counts.shmem);
	if (!error)
		return child;
	space_put(child);
	return NULL;
}
