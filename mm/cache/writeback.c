/* SPDX-License-Identifier: MIT */
/*
 * Write-back of dirty pages.
 *
 * A page that becomes dirty gets the mark MAPPING_MARK_DIRTY in its mapping, and the mapping joins a list. A thread looks at the list every
 * dirty_writeback_ms: it writes mappings that have been dirty for dirty_expire_ms, and all of them while more than dirty_background_ratio
 * percent of what is available is dirty. Writers themselves wait when it is more than dirty_ratio.
 *
 * Files without a place to be written to (MAPPING_UNEVICTABLE) have dirty pages too, but nobody keeps books of them.
 *
 * Locks: mapping->pages_lock for marks, interrupts off; dirty_lock (LOCK_RANK_LRU, inside it) for the list.
 */
#include "cache.h"
#include <fs/vfs.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <mm/rmap.h>
#include "reclaim.h"

unsigned int dirty_background_ratio = 10, dirty_ratio = 20;
unsigned int dirty_expire_ms = 30000, dirty_writeback_ms = 5000;
bool (*mapping_grab)(struct mapping *m);
void (*mapping_release)(struct mapping *m);

static DEFINE_SPINLOCK(dirty_lock, LOCK_RANK_LRU);
static LIST_HEAD(dirty_mappings);
static DECLARE_WAIT_QUEUE_HEAD(flusher_wait);
static DECLARE_WAIT_QUEUE_HEAD(dirty_wait); /* writers that wait for fewer dirty pages */
static bool flusher_wanted;

/* --- marks --- */

/* pages_lock is held. */
static void mapping_is_dirty(struct mapping *m)
{
	if (!list_empty(&m->dirty_node))
		return;
	spin_lock(&dirty_lock);
	if (list_empty(&m->dirty_node)) {
		m->dirtied_ns = ktime_get_ns();
		list_add_tail(&m->dirty_node, &dirty_mappings);
	}
	spin_unlock(&dirty_lock);
}

void set_page_dirty(struct page *page)
{
	struct mapping *m;
	unsigned long flags;

	if (page_test(page, PG_DIRTY) || page_test_and_set(page, PG_DIRTY))
		return;
	m = READ_ONCE(page->mapping);
	if (!m || !mapping_evictable(m))
		return;
	spin_lock_irqsave(&m->pages_lock, flags);
	if (page->mapping == m) {
		xa_set_mark(&m->pages, page->index, MAPPING_MARK_DIRTY);
		mm_level_add(MM_DIRTY, 1);
		mapping_is_dirty(m);
	}
	spin_unlock_irqrestore(&m->pages_lock, flags);
}

void page_forget_dirty(struct mapping *m, struct page *page)
{
	if (mapping_evictable(m) && xa_marked(&m->pages, MAPPING_MARK_DIRTY) &&
	    xa_get_mark(&m->pages, page->index, MAPPING_MARK_DIRTY))
		mm_level_add(MM_DIRTY, -1);
}

void mapping_forget_dirty(struct mapping *m)
{
	unsigned long flags;

	spin_lock_irqsave(&dirty_lock, flags);
	list_del_init(&m->dirty_node);
	spin_unlock_irqrestore(&dirty_lock, flags);
}

/* --- taking pages to write --- */

static struct page *find_dirty(struct mapping *m, unsigned long *index, unsigned long last)
{
	struct page *page;

	rcu_read_lock();
	do {
		page = xa_find(&m->pages, index, last, MAPPING_MARK_DIRTY);
	} while (page && (!try_get_page(page) || (page->mapping != m && (put_page(page), true))));
	rcu_read_unlock();
	return page;
}

/* The page is locked and dirty: from here on it is being written; who changes it makes it dirty again. */
static void begin_write(struct mapping *m, struct page *page)
{
	unsigned long flags;

	page_write_protect(page);
	set_page_writeback(page);
	spin_lock_irqsave(&m->pages_lock, flags);
	page_clear(page, PG_DIRTY);
	xa_clear_mark(&m->pages, page->index, MAPPING_MARK_DIRTY);
	xa_set_mark(&m->pages, page->index, MAPPING_MARK_WRITEBACK);
	spin_unlock_irqrestore(&m->pages_lock, flags);
	mm_level_add(MM_DIRTY, -1);
	mm_event_add(MM_PGPGOUT, PAGE_SIZE / 1024);
}

struct page *mapping_begin_write(struct mapping *m, unsigned long *index, unsigned long last,
				 bool sync)
{
	struct page *page;

	while (*index <= last && (page = find_dirty(m, index, last))) {
		unsigned long here = (*index)++;

		lock_page(page);
		if (sync)
			wait_on_page_writeback(page);
		if (page->mapping == m && page->index == here && page_test(page, PG_DIRTY) &&
		    !page_test(page, PG_WRITEBACK)) {
			begin_write(m, page);
			put_page(page); /* set_page_writeback has one of its own */
			return page;
		}
		unlock_page(page);
		put_page(page);
	}
	return NULL;
}

void writeback_done(struct page *page)
{
	struct mapping *m = page->mapping;
	unsigned long flags;

	spin_lock_irqsave(&m->pages_lock, flags);
	if (page->mapping == m)
		xa_clear_mark(&m->pages, page->index, MAPPING_MARK_WRITEBACK);
	spin_unlock_irqrestore(&m->pages_lock, flags);
	if (waitqueue_active(&dirty_wait))
		wake_up_all(&dirty_wait);
}

/* --- errors --- */

void mapping_set_error(struct mapping *m, int error)
{
	WRITE_ONCE(m->write_error, error);
	__atomic_fetch_add(&m->write_error_seq, 1, __ATOMIC_RELEASE);
}

int mapping_check_error(struct mapping *m, unsigned int *seen)
{
	unsigned int now = __atomic_load_n(&m->write_error_seq, __ATOMIC_ACQUIRE);

	if (now == *seen)
		return 0;
	*seen = now;
	return READ_ONCE(m->write_error);
}

/* --- writing --- */

static void wait_for_written(struct mapping *m, unsigned long first, unsigned long last)
{
	while (first <= last) {
		struct page *page;

		rcu_read_lock();
		page = xa_find(&m->pages, &first, last, MAPPING_MARK_WRITEBACK);
		if (page && !try_get_page(page)) {
			rcu_read_unlock();
			continue;
		}
		rcu_read_unlock();
		if (!page)
			return;
		first++;
		wait_on_page_writeback(page);
		put_page(page);
	}
}

int mapping_write_and_wait(struct mapping *m, loff_t start, loff_t end)
{
	unsigned long first = (u64)start >> PAGE_SHIFT, last = (u64)end >> PAGE_SHIFT;
	unsigned int seen = READ_ONCE(m->write_error_seq);
	int error;

	if (!mapping_evictable(m) || !m->ops || !m->ops->write_pages || xa_empty(&m->pages))
		return 0;
	error = m->ops->write_pages(m, first, last, true);
	wait_for_written(m, first, last);
	return mapping_check_error(m, &seen) ?: error;
}

void mapping_start_write(struct mapping *m, unsigned long first, unsigned long last)
{
	if (mapping_evictable(m) && m->ops && m->ops->write_pages &&
	    xa_marked(&m->pages, MAPPING_MARK_DIRTY))
		m->ops->write_pages(m, first, last, false); /* errors stay with the mapping */
}

/* --- the thread --- */

static unsigned long dirty_pages(void)
{
	return mm_level_read(MM_DIRTY) + mm_level_read(MM_WRITEBACK);
}

static bool over_background(void)
{
	return dirty_pages() > nr_available_pages() * dirty_background_ratio / 100;
}

/* The first mapping that has been dirty since before `before`, off the list. Its inode is not freed within this RCU section. */
static struct mapping *take_first(u64 before)
{
	struct mapping *m;
	unsigned long flags;

	spin_lock_irqsave(&dirty_lock, flags);
	m = list_first_entry_or_null(&dirty_mappings, struct mapping, dirty_node);
	if (m && m->dirtied_ns <= before)
		list_del_init(&m->dirty_node);
	else
		m = NULL;
	spin_unlock_irqrestore(&dirty_lock, flags);
	return m;
}

/* The next one to write, its inode held. One whose inode is going away is not written any more. */
static struct mapping *next_mapping(u64 before)
{
	struct mapping *m;
	bool held = false;

	do {
		rcu_read_lock();
		m = take_first(before);
		held = m && mapping_grab && mapping_grab(m);
		rcu_read_unlock();
	} while (m && !held);
	return m;
}

static void write_mapping(struct mapping *m)
{
	unsigned long flags;

	if (m->ops && m->ops->write_pages)
		m->ops->write_pages(m, 0, ~0ul, false);
	spin_lock_irqsave(&m->pages_lock, flags);
	if (xa_marked(&m->pages, MAPPING_MARK_DIRTY))
		mapping_is_dirty(m);
	spin_unlock_irqrestore(&m->pages_lock, flags);
	mapping_release(m);
}

static void write_round(void)
{
	u64 now = ktime_get_ns(), expired = now - min((u64)dirty_expire_ms * NSEC_PER_MSEC, now);
	bool all = xchg(&flusher_wanted, false) || over_background();
	struct mapping *m;

	while ((m = next_mapping(all ? now : expired)))
		write_mapping(m);
	wake_up_all(&dirty_wait);
}

static int flusher(void *unused)
{
	while (!kthread_should_stop()) {
		wait_event_interruptible_timeout(&flusher_wait, READ_ONCE(flusher_wanted),
						 (s64)dirty_writeback_ms * NSEC_PER_MSEC);
		if (!list_empty(&dirty_mappings))
			write_round();
	}
	return 0;
}

void write_back_wake(void)
{
	WRITE_ONCE(flusher_wanted, true);
	wake_up(&flusher_wait);
}

void balance_dirty_pages(struct mapping *m)
{
	if (!mapping_evictable(m) || !over_background())
		return;
	write_back_wake();
	while (dirty_pages() > nr_available_pages() * dirty_ratio / 100)
		if (wait_event_killable(&dirty_wait,
					dirty_pages() <= nr_available_pages() * dirty_ratio / 100))
			return;
}

void __init write_back_init(void)
{
	if (IS_ERR(kthread_run(flusher, NULL, "flush")))
		panic("mm: no memory for the write-back thread");
}
