/* SPDX-License-Identifier: MIT */
/* User pages for the kernel: pinned by references, and reached in other spaces. */
#include "space_private.h"
#include <kernel/signal.h>
#include <lib/string.h>

/* May an entry's page be used as asked? A forced write wants a private copy of its own. */
static bool usable(u64 value, unsigned int flags)
{
	struct page *page;

	if (!value)
		return false;
	if (!(flags & FAULT_WRITE) || (value & PTE_WRITE))
		return value & PTE_PRESENT || (flags & FAULT_FORCE);
	if (!(flags & FAULT_FORCE))
		return false;
	page = pte_page(value);
	return page && page_test(page, PG_ANON) && page_refs(page) == 1;
}

/* The page of an entry, with a reference. 0, -EAGAIN: a fault is needed first; -EFAULT: it has no struct page. */
static int page_of_entry(u64 *pte, unsigned int flags, struct page **page)
{
	int error = -EAGAIN;
	u64 value;

	pte_lock(pte);
	value = entry_read(pte);
	if (usable(value, flags)) {
		*page = pte_page(value);
		if (!*page && entry_phys(value) == page_to_phys(zero_page))
			*page = zero_page;
		error = *page ? 0 : -EFAULT;
		if (*page)
			get_page(*page);
	}
	pte_unlock(pte);
	return error;
}

static bool permitted(const struct vma *vma, unsigned int flags)
{
	if (vma->flags & (VM_IO | VM_PFNMAP))
		return false;
	if (flags & FAULT_WRITE) {
		if (vma->flags & VM_WRITE)
			return true;
		return (flags & FAULT_FORCE) && vma_is_cow(vma->flags);
	}
	return vma->flags & VM_ACCESS || ((flags & FAULT_FORCE) && (vma->flags & VM_MAYREAD));
}

long get_user_page_locked(struct address_space *s, unsigned long addr, unsigned int flags,
			  struct page **page)
{
	struct vma *vma = find_vma(s, addr);

	if (!vma || vma->start > addr || !permitted(vma, flags))
		return -EFAULT;
	for (;;) {
		u64 *pte = pte_find(s, addr);
		int result = pte ? page_of_entry(pte, flags, page) : -EAGAIN;

		if (result != -EAGAIN)
			return result;
		if (fatal_signal_pending(current))
			return -EINTR;
		result = handle_fault(vma, addr, flags);
		if (result < 0)
			return result;
	}
}

long get_user_pages(unsigned long start, unsigned long nr, bool write, struct page **pages)
{
	struct address_space *s = current->space;
	unsigned long done = 0;
	long error = 0;

	if (down_read_killable(&s->mmap_lock))
		return -EINTR;
	for (; done < nr; done++) {
		unsigned long addr = start + done * PAGE_SIZE;
		struct vma *vma = find_vma(s, addr);

		if (addr >= USER_SPACE_END) {
			error = -EFAULT;
			break;
		}
		/* The stack may have to grow for it. */
		if (vma && vma->start > addr && (vma->flags & VM_GROWSDOWN)) {
			up_read(&s->mmap_lock);
			down_write(&s->mmap_lock);
			vma = find_vma(s, addr);
			if (vma && vma->start > addr && (vma->flags & VM_GROWSDOWN))
				expand_stack(vma, addr);
			downgrade_write(&s->mmap_lock);
		}
		error = get_user_page_locked(s, addr, write ? FAULT_WRITE : 0, &pages[done]);
		if (error)
			break;
	}
	up_read(&s->mmap_lock);
	return done ? (long)done : error;
}

static size_t access_page(struct address_space *s, unsigned long addr, void *buf, size_t len,
			  unsigned int flags)
{
	unsigned long offset = addr & ~PAGE_MASK;
	size_t bytes = min_t(size_t, len, PAGE_SIZE - offset);
	struct page *page;
	struct vma *vma;

	down_read(&s->mmap_lock);
	/* exec writes its arguments below what the stack has so far. */
	vma = find_vma(s, addr);
	if (vma && vma->start > addr && (vma->flags & VM_GROWSDOWN) && (flags & FAULT_WRITE)) {
		up_read(&s->mmap_lock);
		down_write(&s->mmap_lock);
		vma = find_vma(s, addr);
		if (vma && vma->start > addr && (vma->flags & VM_GROWSDOWN))
			expand_stack(vma, addr);
		downgrade_write(&s->mmap_lock);
	}
	if (get_user_page_locked(s, addr & PAGE_MASK, flags, &page)) {
		up_read(&s->mmap_lock);
		return 0;
	}
	if (flags & FAULT_WRITE) {
		memcpy(page_address(page) + offset, buf, bytes);
		if (!page_test(page, PG_ANON))
			set_page_dirty(page);
	} else {
		memcpy(buf, page_address(page) + offset, bytes);
	}
	up_read(&s->mmap_lock);
	put_page(page);
	return bytes;
}

static size_t access_range(struct address_space *s, unsigned long addr, void *buf, size_t len,
			   unsigned int flags)
{
	size_t done = 0;

	while (done < len && addr + done < USER_SPACE_END && addr + done >= addr) {
		size_t bytes = access_page(s, addr + done, buf + done, len - done, flags);

		if (!bytes)
			break;
		done += bytes;
	}
	return done;
}

size_t space_access(struct address_space *s, unsigned long addr, void *buf, size_t len, bool write)
{
	return access_range(s, addr, buf, len, write ? FAULT_WRITE : 0);
}

size_t space_access_forced(struct address_space *s, unsigned long addr, void *buf, size_t len,
			   bool write)
{
	return access_range(s, addr, buf, len, FAULT_FORCE | (write ? FAULT_WRITE : 0));
}

/* --- for drivers --- */

int vm_insert_page(struct vma *vma, unsigned long addr, struct page *page)
{
	u64 *pte;
	int error = -EBUSY;

	if ((addr & ~PAGE_MASK) || addr < vma->start || addr >= vma->end ||
	    page_test(page, PG_ANON))
		return -EINVAL;
	pte = pte_make(vma->space, addr);
	if (!pte)
		return -ENOMEM;
	vma->flags |= VM_MIXEDMAP;
	pte_lock(pte);
	if (!entry_read(pte)) {
		page->mapping = NULL; /* the allocator does not say */
		get_page(page);
		pte_install(pte, page_to_phys(page) | vma->page_prot);
		atomic64_inc(rss_counter(vma->space, page));
		mm_level_add(MM_FILE_MAPPED, 1);
		page_table_writes_add(1);
		error = 0;
	}
	pte_unlock(pte);
	return error;
}
