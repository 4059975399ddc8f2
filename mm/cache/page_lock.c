/* SPDX-License-Identifier: MIT */
/*
 * The page lock and waiting for write-back: two bits of page->flags, with a few wait queues that all pages share.
 *
 * Who has to wait sets PG_WAITERS and looks again; who lets go clears its bit and sees PG_WAITERS in the same instruction. So the
 * uncontended ways are one atomic instruction each. All waiters of a queue are woken, and those that wait on still set PG_WAITERS anew.
 */
#include <kernel/sched.h>
#include <kernel/wait.h>
#include <lib/errno.h>
#include <lib/hash.h>
#include <mm/page.h>
#include <mm/stat.h>
#include "cache.h"

#define QUEUE_BITS	6

static wait_queue_head_t queues[1 << QUEUE_BITS];

void page_lock_init(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(queues); i++)
		init_waitqueue_head(&queues[i]);
}

static wait_queue_head_t *queue_of(const struct page *page)
{
	return &queues[hash_64((unsigned long)page, QUEUE_BITS)];
}

static void wake_waiters(struct page *page)
{
	page_clear(page, PG_WAITERS);
	wake_up_all(queue_of(page));
}

/* Sleeps until the bit is clear, or (take) until it could be set. 0 or -EINTR. */
static int wait_on_bit(struct page *page, enum page_flag bit, bool take, unsigned int state)
{
	wait_queue_head_t *queue = queue_of(page);
	int error = 0;

	DEFINE_WAIT(wait);
	for (;;) {
		prepare_to_wait(queue, &wait, state);
		page_set(page, PG_WAITERS);
		if (take ? !page_test_and_set(page, bit) : !page_test(page, bit))
			break;
		if (signal_pending_state(state, current)) {
			error = -EINTR;
			break;
		}
		schedule();
	}
	finish_wait(queue, &wait);
	return error;
}

bool trylock_page(struct page *page)
{
	return !page_test_and_set(page, PG_LOCKED);
}

void lock_page(struct page *page)
{
	if (unlikely(!trylock_page(page)))
		wait_on_bit(page, PG_LOCKED, true, THREAD_UNINTERRUPTIBLE);
}

int lock_page_killable(struct page *page)
{
	return likely(trylock_page(page)) ? 0 : wait_on_bit(page, PG_LOCKED, true, THREAD_KILLABLE);
}

void unlock_page(struct page *page)
{
	bool waiters;

	/* The low byte's sign is PG_WAITERS. */
	_Static_assert(PG_LOCKED == 0 && PG_WAITERS == 7, "unlock_page knows these two");
	asm volatile("lock; andb $0xfe, %1"
		     : "=@ccs"(waiters), "+m"(*(u8 *)&page->flags)
		     :
		     : "memory");
	if (unlikely(waiters))
		wake_waiters(page);
}

void wait_on_page_locked(struct page *page)
{
	if (page_test(page, PG_LOCKED))
		wait_on_bit(page, PG_LOCKED, false, THREAD_UNINTERRUPTIBLE);
}

void wait_on_page_writeback(struct page *page)
{
	if (page_test(page, PG_WRITEBACK))
		wait_on_bit(page, PG_WRITEBACK, false, THREAD_UNINTERRUPTIBLE);
}

/* The reference is for the time until end_page_writeback. */
void set_page_writeback(struct page *page)
{
	get_page(page);
	page_set(page, PG_WRITEBACK);
	mm_level_add(MM_WRITEBACK, 1);
}

void end_page_writeback(struct page *page)
{
	writeback_done(page);
	mm_level_add(MM_WRITEBACK, -1);
	page_clear(page, PG_WRITEBACK);
	smp_mb();
	if (page_test(page, PG_WAITERS))
		wake_waiters(page);
	put_page(page);
}
