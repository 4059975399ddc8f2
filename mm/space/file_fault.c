/* SPDX-License-Identifier: MIT */
/*
 * Faults of mappings of files: from the page cache.
 *
 * A fault first maps what the cache has around the address, up to 16 pages at once, with only the table's lock. That is safe against truncation
 * because truncation unmaps twice: before and after it takes the pages out of the cache. A page found here under the table's lock
 * still in the cache is found by the second unmapping.
 */
#include "space_private.h"

#define AROUND_PAGES	16

/* One page of the cache into an empty entry. Reference: the entry's, on success. The table's lock is held. */
static bool map_cached(struct vma *vma, u64 *pte, struct page *page, u64 prot)
{
	if (entry_read(pte) || page->mapping != vma->mapping)
		return false;
	pte_install(pte, page_to_phys(page) | prot);
	return true;
}

static bool ready(const struct page *page)
{
	return (page->flags & (BIT(PG_UPTODATE) | BIT(PG_LOCKED) | BIT(PG_ERROR))) ==
	       BIT(PG_UPTODATE);
}

/* Maps what is there of the pages around addr, which lies in one table. True: addr's own is among them. */
static bool fault_around(struct vma *vma, u64 *pte, unsigned long addr)
{
	unsigned long start = max(addr & ~(AROUND_PAGES * PAGE_SIZE - 1), vma->start);
	unsigned long end = min((addr & ~(AROUND_PAGES * PAGE_SIZE - 1)) + AROUND_PAGES * PAGE_SIZE,
				vma->end);
	unsigned long first = vma_index(vma, start), wanted = vma_index(vma, addr);
	u64 *base = pte - ((addr - start) >> PAGE_SHIFT), prot = vma->page_prot;
	struct page *pages[AROUND_PAGES];
	unsigned int nr, mapped = 0;
	bool found = false, shmem = false;

	if (!(vma->flags & VM_SHARED))
		prot &= ~PTE_WRITE;
	rcu_read_lock();
	nr = xa_extract(&vma->mapping->pages, (void **)pages, first,
			first + ((end - start) >> PAGE_SHIFT) - 1, AROUND_PAGES, XA_PRESENT);
	pte_lock(pte);
	for (unsigned int i = 0; i < nr; i++) {
		struct page *page = pages[i];
		unsigned long offset;

		if (xa_is_value(page) || !ready(page))
			continue;
		offset = READ_ONCE(page->index) - first;
		if (offset >= (end - start) >> PAGE_SHIFT || entry_read(&base[offset]) ||
		    !try_get_page(page))
			continue;
		/* With the reference it is what it is: look again. */
		if (page->index - first != offset || !map_cached(vma, &base[offset], page, prot)) {
			put_page(page);
			continue;
		}
		mapped++;
		found |= page->index == wanted;
		shmem = page_test(page, PG_SWAPBACKED);
	}
	pte_unlock(pte);
	rcu_read_unlock();
	if (mapped) {
		page_table_writes_add(mapped);
		atomic64_add(mapped, shmem ? &vma->space->shmem_pages : &vma->space->file_pages);
		mm_level_add(MM_FILE_MAPPED, mapped);
	}
	return found || entry_read(pte);
}

static bool past_end(const struct vma *vma, unsigned long index)
{
	loff_t size = READ_ONCE(vma->mapping->host->size);

	return index >= (unsigned long)DIV_ROUND_UP((u64)size, PAGE_SIZE);
}

/*
 * The page for a fault, up to date, with a reference. It may have to be read in: then mmap_lock is dropped meanwhile, if the fault allows,
 * and FAULT_RETRY returned.
 */
/* lint: context: FAULT_RETRY: the lock was let go */
static int cached_page(struct vma *vma, unsigned long index, unsigned int flags, struct page **page)
{
	struct mapping *m = vma->mapping;
	struct file *file = vma->file;
	struct address_space *s = vma->space;
	bool drop = (flags & FAULT_MAY_DROP) && m->ops && m->ops->read_page;

	*page = find_get_page(m, index);
	if (*page && page_test(*page, PG_UPTODATE))
		return 0;
	if (*page)
		put_page(*page);
	if (past_end(vma, index))
		return -EFAULT;
	if (!drop) {
		*page = mapping_read_page(m, file, index);
		return IS_ERR(*page) ? (PTR_ERR(*page) == -ENOMEM ? -ENOMEM : -EFAULT)
				     : FAULT_MAJOR;
	}
	get_file(file);
	up_read(&s->mmap_lock);
	*page = mapping_read_page(m, file, index);
	fput(file);
	if (!IS_ERR(*page)) {
		put_page(*page);
		return FAULT_RETRY | FAULT_MAJOR;
	}
	down_read(&s->mmap_lock);
	return PTR_ERR(*page) == -ENOMEM ? -ENOMEM : PTR_ERR(*page) == -EINTR ? 0 : -EFAULT;
}

static void count_mapped(struct vma *vma, struct page *page)
{
	atomic64_inc(rss_counter(vma->space, page));
	mm_level_add(MM_FILE_MAPPED, 1);
	page_table_writes_add(1);
}

static int map_read(struct vma *vma, u64 *pte, struct page *page)
{
	u64 prot = vma->flags & VM_SHARED ? vma->page_prot : vma->page_prot & ~PTE_WRITE;
	bool mapped;

	pte_lock(pte);
	mapped = map_cached(vma, pte, page, prot);
	pte_unlock(pte);
	if (mapped)
		count_mapped(vma, page);
	else
		put_page(page);
	return 0;
}

/* The first access to a private page is a write: the copy at once. */
static int map_copy(struct vma *vma, u64 *pte, struct page *page)
{
	struct page *new = alloc_page(GFP_USER);
	bool installed;

	if (!new) {
		put_page(page);
		return -ENOMEM;
	}
	new->flags |= BIT(PG_ANON) | BIT(PG_SWAPBACKED) | BIT(PG_UPTODATE);
	new->mapping = NULL;
	copy_page(page_address(new), page_address(page));
	pte_lock(pte);
	installed = !entry_read(pte);
	if (installed)
		pte_install(pte, page_to_phys(new) | vma->page_prot | PTE_DIRTY |
					 (vma->flags & VM_WRITE ? PTE_WRITE : 0));
	pte_unlock(pte);
	put_page(page);
	if (!installed) {
		put_page(new);
		return 0;
	}
	if (!vma->has_anon)
		WRITE_ONCE(vma->has_anon, true);
	atomic64_inc(&vma->space->anon_pages);
	mm_level_add(MM_ANON_PAGES, 1);
	page_table_writes_add(1);
	return 0;
}

void (*file_written_hook)(struct file *file);

/* A page became writable through a shared mapping: that counts as a write of the file. Nothing but mmap_lock is held. */
static void note_written(struct vma *vma)
{
	if (vma->file && file_written_hook)
		file_written_hook(vma->file);
}

/* Asks the file system before a shared page is written; the page stays locked on success. */
static int make_writable(struct vma *vma, struct page *page)
{
	struct mapping *m = vma->mapping;
	int error = 0;

	lock_page(page);
	if (page->mapping != m)
		error = -EAGAIN; /* truncated: the program faults again and is told */
	else if (m->ops && m->ops->page_mkwrite)
		error = m->ops->page_mkwrite(m, page);
	if (error) {
		unlock_page(page);
		return error;
	}
	wait_on_page_writeback(page);
	set_page_dirty(page);
	return 0;
}

static int map_shared_write(struct vma *vma, u64 *pte, struct page *page)
{
	bool mapped;
	int error = make_writable(vma, page);

	if (error) {
		put_page(page);
		return error == -EAGAIN ? 0 : error == -ENOMEM ? -ENOMEM : -EFAULT;
	}
	pte_lock(pte);
	mapped = map_cached(vma, pte, page, vma->page_prot | PTE_WRITE | PTE_DIRTY);
	pte_unlock(pte);
	unlock_page(page);
	if (mapped)
		count_mapped(vma, page);
	else
		put_page(page);
	note_written(vma);
	return 0;
}

int file_fault(struct vma *vma, u64 *pte, unsigned long addr, unsigned int flags)
{
	bool write = flags & FAULT_WRITE;
	struct page *page;
	int result, error;

	if (!write || ((vma->flags & VM_SHARED) && (vma->page_prot & PTE_WRITE))) {
		if (fault_around(vma, pte, addr & PAGE_MASK)) {
			if (write)
				note_written(vma);
			return 0;
		}
	}
	result = cached_page(vma, vma_index(vma, addr), flags, &page);
	if (result < 0 || (result & FAULT_RETRY))
		return result;
	if (IS_ERR_OR_NULL(page))
		return result;
	if (!write)
		error = map_read(vma, pte, page);
	else if (!(vma->flags & VM_SHARED))
		error = map_copy(vma, pte, page);
	else
		error = map_shared_write(vma, pte, page);
	return error ?: result;
}

/* A write to a page that is mapped shared and write-protected: the first since it was last written back. */
int shared_write_fault(struct vma *vma, u64 *pte, u64 old, unsigned long addr)
{
	struct page *page = pte_page(old);
	bool same;
	int error;

	if (!vma->mapping || vma->ops->fault) {
		/* A driver's: mprotect has made it writable again. */
		pte_lock(pte);
		if (entry_read(pte) == old)
			entry_set(pte, old | PTE_WRITE | PTE_DIRTY);
		page_table_writes_add(1);
		pte_unlock(pte);
		return 0;
	}
	if (!page)
		return -EFAULT;
	pte_lock(pte);
	same = entry_read(pte) == old;
	if (same)
		get_page(page);
	pte_unlock(pte);
	if (!same)
		return 0;
	error = make_writable(vma, page);
	if (!error) {
		pte_lock(pte);
		if (entry_read(pte) == old)
			entry_set(pte, old | PTE_WRITE | PTE_DIRTY);
		page_table_writes_add(1);
		pte_unlock(pte);
		unlock_page(page);
		note_written(vma);
	}
	put_page(page);
	return error == -ENOMEM ? -ENOMEM : error && error != -EAGAIN ? -EFAULT : 0;
}

const struct vm_operations file_vm_ops = { .fault = NULL };

int generic_file_mmap(struct file *file, struct vma *vma)
{
	vma->mapping = file->mapping;
	vma->ops = &file_vm_ops;
	return 0;
}
