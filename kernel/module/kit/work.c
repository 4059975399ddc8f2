// SPDX-License-Identifier: MIT
/*
 * Kit: work items (kit/work.h).
 *
 * Queued items of a module stand on its list (kit_lock); an item that runs has left it, unless it is queued anew, and has an entry in
 * kit_running, since its function may free it. Unloading, or freeing memory of a device, cancels the first and waits for the second.
 *
 * `due` counts the calls of run() that are to come: queueing adds one, begin() and cancelling take one off, and an item is on the list while there
 * is any. Between the moment at which a worker takes an item and begin() it is neither pending nor in kit_running, but on the list, and may even be
 * queued once more: due is 2 then. An item is looked at under kit_lock while it is on the list; at any other time its function may have freed it.
 */
#include "work.h"
#include "../internal.h"

/* Of a function that runs; in its frame. */
struct kit_running {
	struct list_head node; /* module->kit_running, by kit_lock */
	const struct kit_work *work;
};

/* kit_lock held: it has begun, or was cancelled. */
static void no_more_due(struct kit_work *work)
{
	assert_spin_locked(&work->module->kit_lock);
	if (!--work->due)
		list_del_init(&work->node);
}

/* kit_lock held: does somebody wait for the end of items? */
static bool is_awaited(const struct module *module)
{
	assert_spin_locked(&module->kit_lock);
	return module->kit_closed || !list_empty(&module->kit_ranges);
}

static void begin(struct kit_work *work, struct kit_running *running)
{
	struct module *module = work->module;

	spin_lock_irq(&module->kit_lock);
	no_more_due(work);
	running->work = work;
	list_add(&running->node, &module->kit_running);
	spin_unlock_irq(&module->kit_lock);
}

static void end(struct module *module, struct kit_running *running)
{
	bool awaited;

	spin_lock_irq(&module->kit_lock);
	list_del(&running->node);
	awaited = is_awaited(module);
	spin_unlock_irq(&module->kit_lock);
	if (awaited)
		wake_up_all(&module_wait);
}

static void run(struct work_struct *w)
{
	struct kit_work *work = container_of(w, struct kit_work, work.work);
	struct module *module = work->module;
	struct kit_running running;

	begin(work, &running);
	work->function(work); /* may free it */
	end(module, &running);
}

void kit_work_setup(struct kit_work *work, void (*function)(struct kit_work *work))
{
	INIT_DELAYED_WORK(&work->work, run);
	INIT_LIST_HEAD(&work->node);
	work->function = function;
	work->due = 0;
	work->module = kit_owner((const void *)function);
}

bool kit_work_schedule_delayed(struct kit_work *work, u64 delay_ns)
{
	struct module *module = work->module;
	unsigned long flags;
	bool queued = false;

	spin_lock_irqsave(&module->kit_lock, flags);
	if (kit_may_start(module, work)) {
		queued = queue_delayed_work(system_unbound_wq, &work->work, delay_ns);
		if (queued && !work->due++)
			list_add(&work->node, &module->kit_works);
	}
	spin_unlock_irqrestore(&module->kit_lock, flags);
	return queued;
}

bool kit_work_schedule(struct kit_work *work)
{
	return kit_work_schedule_delayed(work, 0);
}

/* Between its two halves the item may be queued anew, which is none of this call's business. */
bool kit_work_cancel(struct kit_work *work)
{
	bool was_queued, awaited = false;

	might_sleep();
	if (!work->function)
		return false; /* all-zero */
	was_queued = cancel_delayed_work_sync(&work->work);
	if (was_queued) {
		spin_lock_irq(&work->module->kit_lock);
		no_more_due(work);
		awaited = is_awaited(work->module);
		spin_unlock_irq(&work->module->kit_lock);
	}
	if (awaited)
		wake_up_all(&module_wait);
	return was_queued;
}

void kit_work_flush(struct kit_work *work)
{
	might_sleep();
	if (work->function)
		flush_delayed_work(&work->work);
}

/*
 * Cancels what is queued. True: nothing is on its way to a worker or runs any more; else end() or kit_work_cancel() wakes whoever waits.
 */
static bool cancel_queued(struct module *module, const struct kit_range *range, unsigned int *n)
{
	const struct kit_running *running;
	struct kit_work *work, *next;
	bool all = true;

	spin_lock_irq(&module->kit_lock);
	module->kit_closed |= !range;
	list_for_each_entry_safe(work, next, &module->kit_works, node) {
		if (!kit_in_range(range, work))
			continue;
		if (try_cancel_delayed_work(&work->work) > 0) {
			no_more_due(work);
			kit_say_cancelled(module, "work item", work->function, (*n)++);
		}
		all &= list_empty(&work->node);
	}
	list_for_each_entry(running, &module->kit_running, node)
		all &= !kit_in_range(range, running->work);
	spin_unlock_irq(&module->kit_lock);
	return all;
}

unsigned int kit_cancel_works(struct module *module, const struct kit_range *range)
{
	unsigned int n = 0;

	wait_event(&module_wait, cancel_queued(module, range, &n));
	return n;
}

EXPORT_KIT_CORE(work_setup, 0, 1);
EXPORT_KIT_CORE(work_schedule, 0, 1);
EXPORT_KIT_CORE(work_schedule_delayed, 0, 1);
EXPORT_KIT_CORE(work_cancel, 0, 1);
EXPORT_KIT_CORE(work_flush, 0, 1);
