/* SPDX-License-Identifier: MIT */
/* mremap: a mapping grows, shrinks or moves, its pages with it. */
#include "space_private.h"
#include <kernel/cred.h>
#include <kernel/process.h>
#include <uapi/capability.h>
#include <uapi/mman.h>

/* Entries of [from, from + bytes) go to the same places at `to`; each lies within one table. Only we change entries of this space. */
/* lint: context: one lock where both tables are the same page */
static void move_entries(u64 *from, u64 *to, unsigned int nr)
{
	struct page *from_page = entry_page(from), *to_page = entry_page(to);
	unsigned int used;

	spin_lock(&from_page->table_lock);
	if (to_page != from_page)
		spin_lock_nested(&to_page->table_lock);
	used = to_page->table_used;
	for (; nr && from_page->table_used; nr--, from++, to++) {
		u64 value = entry_read(from);

		if (!value)
			continue;
		value = entry_take(from);
		from_page->table_used--;
		entry_set(to, value);
		to_page->table_used++;
	}
	page_table_writes_add(2 * (to_page->table_used - used));
	if (to_page != from_page)
		spin_unlock(&to_page->table_lock);
	spin_unlock(&from_page->table_lock);
}

/* 0 or -ENOMEM, with a part moved. */
static int move_tables(struct address_space *s, unsigned long from, unsigned long to,
		       unsigned long len)
{
	unsigned long addr = from, end = from + len;
	int error = 0;
	u64 *table;

	while (!error && (table = table_next(s, &addr, end))) {
		unsigned long target = to + (addr - from);
		unsigned long stop = min(table_end(addr, end),
					 addr + (table_end(target, ~0ul) - target));
		u64 *entry;

		if (!table_page(table)->table_used) {
			addr = stop;
			continue;
		}
		entry = pte_make(s, target);
		if (entry)
			move_entries(&table[pte_index(addr)], entry, (stop - addr) >> PAGE_SHIFT);
		else
			error = -ENOMEM;
		addr = stop;
	}
	tlb_flush_space(s, from, end, false);
	return error;
}

/* The pages of an interval, seen by truncation in the old place or in the new one, never in neither. */
/* lint: context: of the mapping, if there is one */
static int move_pages(struct vma *vma, unsigned long from, unsigned long to, unsigned long len)
{
	int error;

	if (vma->mapping)
		down_write(&vma->mapping->i_mmap_lock);
	error = move_tables(vma->space, from, to, len);
	if (error)
		move_tables(vma->space, to, from, len); /* back: those tables are there */
	if (vma->mapping)
		up_write(&vma->mapping->i_mmap_lock);
	return error;
}

/* A vma like the given one, but at another place. */
static struct vma *vma_at(struct vma *old, unsigned long start, unsigned long len,
			  unsigned long pgoff)
{
	struct vma *new = kmem_cache_alloc(vma_cache, GFP_KERNEL);

	if (!new)
		return NULL;
	*new = *old;
	new->start = start;
	new->end = start + len;
	new->pgoff = old->file ? pgoff : start >> PAGE_SHIFT;
	if (new->file)
		get_file(new->file);
	if (new->ops &&new->ops->open)
		new->ops->open(new);
	vma_insert(new);
	return new;
}

static int grow_limits(struct vma *vma, unsigned long more)
{
	struct address_space *s = vma->space;

	if (!space_may_expand(s, vma->flags, more))
		return -ENOMEM;
	if ((vma->flags & VM_LOCKED) &&
	    s->locked_pages + more > rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT && !capable(CAP_IPC_LOCK))
		return -EAGAIN;
	return 0;
}

static void count_more(struct vma *vma, unsigned long more)
{
	space_account(vma->space, vma->flags, more);
	if (vma->flags & VM_LOCKED) {
		vma->space->locked_pages += more;
		mm_level_add(MM_MLOCKED, more);
	}
}

struct remap {
	struct address_space *s;
	unsigned long addr, old_len, new_len, flags, new_addr;
};

/* The vma holds [addr, addr + old_len) and the new place is free. */
static unsigned long move_vma(struct vma *vma, const struct remap *r, unsigned long to)
{
	unsigned long pages = r->new_len >> PAGE_SHIFT, charged = 0;
	struct vma *new;
	int error;

	if (vma->space->nr_vmas >= max_map_count - 3)
		return -ENOMEM;
	if (vma->flags & VM_ACCOUNT) {
		error = commit_charge(pages);
		if (error)
			return error;
		charged = pages;
	}
	new = vma_at(vma, to, r->new_len, vma_index(vma, r->addr));
	if (!new) {
		commit_uncharge(charged);
		return -ENOMEM;
	}
	count_more(new, pages);
	error = r->old_len ? move_pages(vma, r->addr, to, min(r->old_len, r->new_len)) : 0;
	if (error) {
		unmap_locked(r->s, to, r->new_len);
		return error;
	}
	if (r->old_len && !(r->flags & MREMAP_DONTUNMAP))
		unmap_locked(r->s, r->addr, r->old_len);
	vma_join(find_vma(r->s, to));
	return to;
}

/* Everything that mremap asks of the old range before it may change or move. */
static int check_old(const struct remap *r, struct vma **vma)
{
	unsigned long more = r->new_len > r->old_len ? (r->new_len - r->old_len) >> PAGE_SHIFT : 0;
	struct vma *v = find_vma(r->s, r->addr);

	if (!v || v->start > r->addr)
		return -EFAULT;
	*vma = v;
	if (!r->old_len && !(v->flags & VM_MAYSHARE))
		return -EINVAL;
	if ((r->flags & MREMAP_DONTUNMAP) && (v->flags & (VM_DONTEXPAND | VM_PFNMAP)))
		return -EINVAL;
	if (r->old_len > v->end - r->addr)
		return -EFAULT;
	if (r->new_len == r->old_len && !(r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)))
		return 0;
	if (r->new_len > r->old_len && (v->flags & (VM_DONTEXPAND | VM_PFNMAP)))
		return -EFAULT;
	if (v->file && vma_index(v, r->addr) + (r->new_len >> PAGE_SHIFT) < vma_index(v, r->addr))
		return -EINVAL;
	if (r->flags & MREMAP_DONTUNMAP)
		more = r->new_len >> PAGE_SHIFT;
	return more ? grow_limits(v, more) : 0;
}

static unsigned long remap_fixed(struct remap *r)
{
	struct vma *vma;
	int error;

	if ((r->new_addr & ~PAGE_MASK) || r->new_len > USER_SPACE_END ||
	    r->new_addr > USER_SPACE_END - r->new_len)
		return -EINVAL;
	if (r->addr + r->old_len > r->new_addr && r->new_addr + r->new_len > r->addr)
		return -EINVAL;
	error = check_old(r, &vma);
	if (!error)
		error = unmap_locked(r->s, r->new_addr, r->new_len);
	if (!error && r->old_len > r->new_len) {
		error = unmap_locked(r->s, r->addr + r->new_len, r->old_len - r->new_len);
		r->old_len = r->new_len;
	}
	if (!error)
		error = check_old(r, &vma);
	return error ? error : move_vma(vma, r, r->new_addr);
}

/* Lengthens the vma where it stands. False: there is something behind it. */
static bool grow_in_place(struct vma *vma, const struct remap *r, int *error)
{
	unsigned long more = r->new_len - r->old_len, end = vma->end + more;
	struct vma *next = vma_next(vma);

	if (r->addr + r->old_len != vma->end || end < vma->end || end > USER_SPACE_END)
		return false;
	if (next &&
	    (next->flags & VM_GROWSDOWN ? next->start - STACK_GUARD_GAP : next->start) < end)
		return false;
	*error = vma->flags & VM_ACCOUNT ? commit_charge(more >> PAGE_SHIFT) : 0;
	if (*error)
		return true;
	vma_resize(vma, vma->start, end, vma->pgoff);
	count_more(vma, more >> PAGE_SHIFT);
	vma_join(vma);
	return true;
}

static unsigned long remap_locked(struct remap *r)
{
	struct vma *vma;
	unsigned long to;
	int error;

	if (r->flags & MREMAP_FIXED)
		return remap_fixed(r);
	if (r->old_len >= r->new_len && !(r->flags & MREMAP_DONTUNMAP)) {
		error = check_old(r, &vma);
		if (!error && r->old_len > r->new_len)
			error = unmap_locked(r->s, r->addr + r->new_len, r->old_len - r->new_len);
		return error ? error : r->addr;
	}
	error = check_old(r, &vma);
	if (error)
		return error;
	if (!(r->flags & MREMAP_DONTUNMAP) && r->old_len && grow_in_place(vma, r, &error))
		return error ? error : r->addr;
	if (!(r->flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	to = free_place(r->s, r->flags & MREMAP_DONTUNMAP ? r->new_addr : 0, r->new_len, 0);
	return IS_ERR_VALUE(to) ? to : move_vma(vma, r, to);
}

long sys_mremap(unsigned long addr, unsigned long old_len, unsigned long new_len,
		unsigned long flags, unsigned long new_addr)
{
	struct remap r = {
		.s = current->space,
		.addr = addr,
		.old_len = ALIGN(old_len, PAGE_SIZE),
		.new_len = ALIGN(new_len, PAGE_SIZE),
		.flags = flags,
		.new_addr = new_addr,
	};
	bool populate = false;
	unsigned long result;

	if (flags & ~(unsigned long)(MREMAP_FIXED | MREMAP_MAYMOVE | MREMAP_DONTUNMAP))
		return -EINVAL;
	if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && !(flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if ((flags & MREMAP_DONTUNMAP) && old_len != new_len)
		return -EINVAL;
	if ((addr & ~PAGE_MASK) || !r.new_len || r.old_len < old_len || r.new_len < new_len ||
	    addr > USER_SPACE_END)
		return -EINVAL;
	if (down_write_killable(&r.s->mmap_lock))
		return -EINTR;
	result = remap_locked(&r);
	if (!IS_ERR_VALUE(result) && r.new_len > r.old_len) {
		struct vma *vma = find_vma(r.s, result);

		populate = vma && (vma->flags & VM_LOCKED);
	}
	up_write(&r.s->mmap_lock);
	if (populate)
		space_populate(result + r.old_len, r.new_len - r.old_len, false);
	return result;
}

/* exec: the arguments are on the stack by now, so its pages move with it. The old range lies right above or overlaps the new one. */
int space_move_stack(struct address_space *s, struct vma *stack, unsigned long shift,
		     unsigned long size)
{
	unsigned long start = stack->start, end = stack->end, floor;
	struct gather g;
	int error = 0;

	down_write(&s->mmap_lock);
	if (shift) {
		struct vma *prev = vma_prev(stack), *next = vma_next(stack);

		if (shift > start - mmap_min_addr || (prev && prev->end > start - shift)) {
			error = -ENOMEM;
			goto out;
		}
		vma_resize(stack, start - shift, end, stack->pgoff);
		error = move_pages(stack, start, start - shift, end - start);
		if (error)
			goto out;
		gather_begin(&g, s);
		free_tables(&g, end - shift, end, end - shift,
			    next ? next->start : USER_TABLES_END);
		gather_end(&g);
		vma_resize(stack, start - shift, end - shift, (start - shift) >> PAGE_SHIFT);
	}
	floor = stack->end > size ? stack->end - size : 0;
	if (floor < stack->start)
		error = expand_stack(stack, floor);
out:
	up_write(&s->mmap_lock);
	return error;
}
