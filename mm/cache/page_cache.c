/* SPDX-License-Identifier: MIT */
/*
 * The page cache: finding, making and reading pages of files.
 *
 * A lookup takes no lock: the xarray is walked under RCU, a reference is taken unless the page is free, and then the page must still say that
 * it is this file's at this index. A page enters and leaves under pages_lock; mapping and index of a page change only while it is locked.
 *
 * A new page goes in locked and not up to date; who put it there fills it, and others wait for the lock. invalidate_lock is held for reading
 * over that, so that truncation (which takes it for writing) is not passed by an old page.
 */
#include "cache.h"
#include <fs/vfs.h>
#include <kernel/init.h>
#include <kernel/rcu.h>
#include <mm/init.h>
#include <mm/slab_rcu.h>

void mapping_init(struct mapping *m, struct inode *host, const struct mapping_ops *ops)
{
	*m = (struct mapping){ .host = host, .ops = ops, .gfp = GFP_USER };
	xa_init(&m->pages);
	spin_lock_init(&m->pages_lock, LOCK_RANK_PAGE_CACHE);
	init_rwsem(&m->invalidate_lock);
	init_rwsem(&m->i_mmap_lock);
	INIT_LIST_HEAD(&m->dirty_node);
}

void __init page_cache_init(void)
{
	slab_call_rcu = call_rcu;
	slab_rcu_barrier = rcu_barrier;
	page_lock_init();
	lru_init();
}

/* --- finding --- */

/* A reference to an entry just found, if it is (still) the page of that index. */
static __always_inline bool get_if_same(struct mapping *m, struct page *page, unsigned long index)
{
	if (unlikely(!try_get_page(page)))
		return false;
	if (likely(page->mapping == m && page->index == index))
		return true;
	put_page(page);
	return false;
}

struct page *find_get_page(struct mapping *m, unsigned long index)
{
	struct page *page;

	rcu_read_lock();
	do {
		page = xa_load(&m->pages, index);
	} while (page && unlikely(!get_if_same(m, page, index)));
	rcu_read_unlock();
	return page;
}

struct page *find_get_next_page(struct mapping *m, unsigned long *index, unsigned long last)
{
	struct page *page;

	rcu_read_lock();
	do {
		page = xa_find(&m->pages, index, last, XA_PRESENT);
	} while (page && unlikely(!get_if_same(m, page, *index)));
	rcu_read_unlock();
	if (page)
		++*index;
	return page;
}

struct page *find_lock_page(struct mapping *m, unsigned long index)
{
	for (;;) {
		struct page *page = find_get_page(m, index);

		if (!page)
			return NULL;
		lock_page(page);
		if (likely(page->mapping == m))
			return page;
		unlock_page(page); /* truncated while we waited */
		put_page(page);
	}
}

/* --- entering and leaving --- */

static void count_cached(const struct page *page, long n)
{
	mm_level_add(MM_FILE_PAGES, n);
	if (page_test(page, PG_SWAPBACKED))
		mm_level_add(MM_SHMEM, n);
}

int page_cache_insert(struct mapping *m, struct page *page, unsigned long index, gfp_t gfp)
{
	struct xa_spare spare = XA_SPARE_INIT;
	unsigned long flags;
	int error;

	get_page(page);
	page->mapping = m;
	page->index = index;
	do {
		spin_lock_irqsave(&m->pages_lock, flags);
		error = xa_insert_spare(&m->pages, index, page, &spare);
		if (!error)
			m->nr_pages++;
		spin_unlock_irqrestore(&m->pages_lock, flags);
	} while (error == -ENOMEM && !xa_spare_fill(&spare, gfp & ~__GFP_MOVABLE));
	xa_spare_drop(&spare);
	if (error) {
		page->mapping = NULL;
		put_page(page);
		return error == -EBUSY ? -EEXIST : error;
	}
	count_cached(page, 1);
	if (mapping_evictable(m))
		lru_add(page);
	return 0;
}

/* pages_lock is held. The cache's reference is the caller's to drop. */
static void take_out(struct mapping *m, struct page *page)
{
	page_forget_dirty(m, page);
	xa_erase(&m->pages, page->index);
	page->mapping = NULL;
	m->nr_pages--;
}

/* Behind take_out, without the lock. */
static void taken_out(struct mapping *m, struct page *page)
{
	count_cached(page, -1);
	if (mapping_evictable(m))
		lru_remove(page);
	if (m->ops && m->ops->free_page)
		(m->ops->free_page)(m, page);
}

void page_cache_remove(struct page *page)
{
	struct mapping *m = page->mapping;
	unsigned long flags;

	spin_lock_irqsave(&m->pages_lock, flags);
	take_out(m, page);
	spin_unlock_irqrestore(&m->pages_lock, flags);
	taken_out(m, page);
	put_page(page);
}

bool page_cache_remove_unused(struct page *page)
{
	struct mapping *m = page->mapping;
	unsigned long flags;
	int expected = 2;

	spin_lock_irqsave(&m->pages_lock, flags);
	/* From 0 on no lookup can get it any more; dirty is looked at behind that, as who dirties a page has a reference. */
	if (!atomic_try_cmpxchg(&page->refs, &expected, 0)) {
		spin_unlock_irqrestore(&m->pages_lock, flags);
		return false;
	}
	if (page_test(page, PG_DIRTY) || page_test(page, PG_WRITEBACK)) {
		atomic_set(&page->refs, 2);
		spin_unlock_irqrestore(&m->pages_lock, flags);
		return false;
	}
	take_out(m, page);
	spin_unlock_irqrestore(&m->pages_lock, flags);
	taken_out(m, page);
	page_clear(page, PG_LOCKED);
	page_free_last(page);
	return true;
}

/* --- making --- */

/* A new page of the file, locked and in the cache, with a reference for the caller. -EEXIST: another was quicker. */
struct page *add_page(struct mapping *m, unsigned long index, gfp_t gfp)
{
	struct page *page;
	int error = 0;

	if (m->ops && m->ops->new_page)
		error = m->ops->new_page(m, index);
	if (error)
		return ERR_PTR(error);
	page = alloc_page(gfp);
	if (!page) {
		error = -ENOMEM;
		goto cancel;
	}
	page->flags |= BIT(PG_LOCKED) |
		       (mapping_evictable(m) ? 0 : BIT(PG_SWAPBACKED) | BIT(PG_UNEVICTABLE));
	page->private = NULL;
	error = page_cache_insert(m, page, index, gfp);
	if (!error)
		return page;
	page_clear(page, PG_LOCKED);
	put_page(page);
cancel:
	if (m->ops && m->ops->cancel_page)
		m->ops->cancel_page(m, index);
	return ERR_PTR(error);
}

struct page *mapping_grab_page(struct mapping *m, unsigned long index, gfp_t gfp)
{
	for (;;) {
		struct page *page = find_lock_page(m, index);

		if (page)
			return page;
		page = add_page(m, index, gfp);
		if (!IS_ERR(page) || PTR_ERR(page) != -EEXIST)
			return page;
	}
}

/* --- reading --- */

/* A locked page that is not up to date: has the file system fill it; unlocked then. 0 or -EIO ... */
static int fill_page(struct mapping *m, struct file *file, struct page *page)
{
	int error;

	page_clear(page, PG_ERROR);
	error = m->ops->read_page(file, page);
	if (error)
		return error;
	mm_event_add(MM_PGPGIN, PAGE_SIZE / 1024);
	wait_on_page_locked(page);
	return page_test(page, PG_UPTODATE) ? 0 : -EIO;
}

/* A page of a file without a reader: zeroes. One that is there but not up to date is left from a write that failed before it began. */
static struct page *zero_filled(struct mapping *m, unsigned long index)
{
	struct page *page;

	down_read(&m->invalidate_lock);
	do {
		page = find_lock_page(m, index);
		if (page && !page_test(page, PG_UPTODATE))
			clear_page(page_address(page));
		if (!page)
			page = add_page(m, index, m->gfp | __GFP_ZERO);
	} while (IS_ERR(page) && PTR_ERR(page) == -EEXIST);
	if (!IS_ERR(page)) {
		page_set(page, PG_UPTODATE);
		unlock_page(page);
	}
	up_read(&m->invalidate_lock);
	return page;
}

struct page *mapping_read_page(struct mapping *m, struct file *file, unsigned long index)
{
	if (!m->ops || !m->ops->read_page)
		return zero_filled(m, index);
	for (;;) {
		struct page *page = find_get_page(m, index);
		int error;

		if (!page) {
			read_ahead(m, file, index);
			page = find_get_page(m, index);
		}
		if (page && page_test(page, PG_UPTODATE))
			return page;
		if (page) {
			error = lock_page_killable(page);
			if (!error && page->mapping != m) {
				unlock_page(page);
				put_page(page);
				continue;
			}
		} else {
			down_read(&m->invalidate_lock);
			page = add_page(m, index, m->gfp);
			up_read(&m->invalidate_lock);
			if (IS_ERR(page)) {
				if (PTR_ERR(page) == -EEXIST)
					continue;
				return page;
			}
			error = 0;
		}
		if (!error && page_test(page, PG_UPTODATE)) {
			unlock_page(page);
			return page;
		}
		if (!error)
			error = fill_page(m, file, page);
		if (!error)
			return page;
		put_page(page);
		return ERR_PTR(error);
	}
}

unsigned long nr_file_pages(void)
{
	return mm_level_read(MM_FILE_PAGES);
}
