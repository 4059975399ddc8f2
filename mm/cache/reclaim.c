/* SPDX-License-Identifier: MIT */
/*
 * Making memory free: by a thread when a zone falls below its low mark (until all are above the high one), and by whoever needs memory
 * and finds less than the minimum.
 *
 * Each round looks harder than the last: priority falls from DEF_PRIORITY to 0, and 1/2^priority of what there is is looked at. When a
 * direct reclaim has gone through all priorities without a page, memory is out (oom.c).
 */
#include "cache.h"
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/sched.h>
#include <kernel/thread.h>
#include <kernel/wait.h>
#include <mm/init.h>
#include <mm/oom.h>
#include <mm/slab.h>
#include <mm/zone.h>
#include "reclaim.h"

#define DEF_PRIORITY	12
#define RECLAIM_GOAL	32	/* pages a direct reclaim tries to free */
#define COSTLY_ORDER	3	/* larger blocks fail rather than kill */

static DECLARE_WAIT_QUEUE_HEAD(reclaim_wait);
static bool reclaim_wanted;

static unsigned long reclaim_round(unsigned int priority, gfp_t gfp)
{
	unsigned long freed = 0;

	for (unsigned int node = 0; node < nr_nodes; node++)
		freed += lru_shrink(node, RECLAIM_GOAL, priority, gfp);
	freed += shrink_caches(priority, gfp);
	freed += slab_shrink_all();
	return freed;
}

static bool zones_are_fine(enum zone_watermark mark)
{
	struct zone *zone;

	for_each_zone(zone)
		if (!zone_watermark_ok(zone, mark, 0) &&
		    zone->managed > 4 * zone->watermark[WATERMARK_HIGH])
			return false;
	return true;
}

static void balance(void)
{
	mm_event_inc(MM_PAGEOUTRUN);
	for (int priority = DEF_PRIORITY; priority >= 0 && !zones_are_fine(WATERMARK_HIGH);
	     priority--)
		reclaim_round(priority, GFP_KERNEL);
}

static int reclaim_thread(void *unused)
{
	set_thread_flag(current, TF_MEMALLOC);
	while (!kthread_should_stop()) {
		wait_event_interruptible(&reclaim_wait, READ_ONCE(reclaim_wanted));
		WRITE_ONCE(reclaim_wanted, false);
		balance();
	}
	return 0;
}

static void reclaim_wake(struct node *node)
{
	if (READ_ONCE(reclaim_wanted))
		return;
	WRITE_ONCE(reclaim_wanted, true);
	wake_up(&reclaim_wait);
}

/* What the scopes of this thread leave of the flags. */
static gfp_t allowed(gfp_t gfp)
{
	unsigned long flags = READ_ONCE(current->flags);

	if (flags & BIT(TF_NO_IO))
		gfp &= ~(__GFP_IO | __GFP_FS);
	if (flags & BIT(TF_NO_FS))
		gfp &= ~__GFP_FS;
	return gfp;
}

static bool direct_reclaim(gfp_t gfp, unsigned int order, unsigned int attempt)
{
	unsigned long freed = 0;

	if (!current || test_thread_flag(current, TF_MEMALLOC))
		return false;
	gfp = allowed(gfp);
	mm_event_inc(MM_ALLOCSTALL);
	set_thread_flag(current, TF_MEMALLOC);
	slab_drain_local();
	for (int priority = DEF_PRIORITY; priority >= 0 && freed < RECLAIM_GOAL; priority -= 2)
		freed += reclaim_round(priority, gfp);
	drain_local_pages();
	clear_thread_flag(current, TF_MEMALLOC);
	if (freed)
		return attempt < 16 || order <= COSTLY_ORDER;
	if (gfp & __GFP_NORETRY)
		return false;
	if (order > COSTLY_ORDER || !(gfp & __GFP_FS))
		return false;
	/* The last try is the caller's: somebody may have freed meanwhile. */
	if (fatal_signal_pending(current))
		return false;
	return out_of_memory(gfp, order);
}

static bool may_use_reserve(void)
{
	return current && (READ_ONCE(current->flags) & (BIT(TF_MEMALLOC) | BIT(TF_MEMDIE)));
}

static const struct frame_reclaim_ops reclaim_ops = {
	.wake = reclaim_wake,
	.reclaim = direct_reclaim,
	.may_use_reserve = may_use_reserve,
};

void __init reclaim_init(void)
{
	if (IS_ERR(kthread_run(reclaim_thread, NULL, "reclaim")))
		panic("mm: no memory for the reclaim thread");
	write_back_init();
	frame_reclaim_ops = &reclaim_ops;
}
