// SPDX-License-Identifier: MIT
/* Work items of modules: none is queued that the module's end would not find, and none is touched that has freed itself. */
#include "work.h"
#include "../internal.h"

#include <kernel/ktest.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <mm/slab.h>

KTEST_SUITE("kit_work");

static struct module module;

static void open_module(void)
{
	module_set_up(&module);
	module.kit_closed = false;
}

static void nothing(struct kit_work *work)
{
}

/* ---- cancelling against queueing ---- */

struct storm {
	struct kit_work work;
	u64 end_ns;
};

static void queue_and_cancel(void *arg, unsigned int number)
{
	struct storm *storm = arg;

	while (ktime_get_ns() < storm->end_ns) {
		bool is_lost;

		if (number) {
			kit_work_schedule_delayed(&storm->work, 3600 * NSEC_PER_SEC);
			continue;
		}
		kit_work_cancel(&storm->work);
		spin_lock_irq(&module.kit_lock);
		is_lost = work_pending(&storm->work.work.work) && list_empty(&storm->work.node);
		spin_unlock_irq(&module.kit_lock);
		if (!KTEST_EXPECT(!is_lost))
			return;
	}
}

KTEST_CASE(one_that_is_queued_while_it_is_cancelled_is_found_at_the_end)
{
	struct storm storm = { .end_ns = ktime_get_ns() + ktest_torture_ns() };

	open_module();
	kit_work_setup(&storm.work, nothing);
	storm.work.module = &module;
	ktest_in_threads(3, queue_and_cancel, &storm);
	kit_work_schedule_delayed(&storm.work, 3600 * NSEC_PER_SEC);
	KTEST_EXPECT_EQ(kit_cancel_works(&module, NULL), 1);
	KTEST_EXPECT(!work_pending(&storm.work.work.work));
	kit_work_cancel(&storm.work);
}

/* ---- between a worker's hands and its function ---- */

static struct {
	work_func_t run;
	struct completion taken;
	bool frees, is_listed;
	unsigned int runs;
} late;

/* The worker, slow between the moment at which it has taken the item and the kit's code: it goes on when all items are cancelled. */
static void come_late(struct work_struct *w)
{
	struct kit_work *work = container_of(w, struct kit_work, work.work);
	bool cancelled;

	complete(&late.taken);
	for (;;) {
		spin_lock_irq(&module.kit_lock);
		cancelled = module.kit_closed;
		late.is_listed = !list_empty(&work->node);
		spin_unlock_irq(&module.kit_lock);
		if (cancelled)
			break;
		msleep(1);
	}
	late.run(w);
}

static void run_late(struct kit_work *work)
{
	late.runs++;
	if (late.frees && late.is_listed)
		vfree(work); /* unmapped: another touch is a fault */
}

/* An item that a worker has just taken. */
static struct kit_work *taken_item(bool frees)
{
	struct kit_work *work = vmalloc(sizeof(*work));

	if (!work)
		return NULL;
	open_module();
	init_completion(&late.taken);
	late.frees = frees;
	late.runs = 0;
	kit_work_setup(work, run_late);
	work->module = &module;
	late.run = work->work.work.func;
	work->work.work.func = come_late;
	kit_work_schedule(work);
	wait_for_completion(&late.taken);
	return work;
}

KTEST_CASE(one_that_frees_itself_is_not_touched_afterwards)
{
	struct kit_work *work = taken_item(true);

	KTEST_ASSERT(work);
	KTEST_EXPECT_EQ(kit_cancel_works(&module, NULL), 0);
	KTEST_EXPECT_EQ(late.runs, 1);
	if (!KTEST_EXPECT(late.is_listed))
		vfree(work);
}

KTEST_CASE(one_that_is_queued_anew_while_it_begins_is_waited_for)
{
	struct kit_work *work = taken_item(false);

	KTEST_ASSERT(work);
	KTEST_EXPECT(kit_work_schedule_delayed(work, 3600 * NSEC_PER_SEC));
	KTEST_EXPECT_EQ(kit_cancel_works(&module, NULL), 1);
	KTEST_EXPECT_EQ(late.runs, 1);
	KTEST_EXPECT(list_empty(&module.kit_works));
	kit_work_cancel(work);
	vfree(work);
}
