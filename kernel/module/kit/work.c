// SPDX-License-Identifier: MIT
/*
 * Kit: work items (kit/work.h).
 *
 * Queued items of a module stand on its list (kit_lock); an item that runs has left it and has an entry in kit_running, since its function may
 * free it. Unloading, or freeing memory of a device, cancels the first and waits for the second.
 */
#include "kit.h"
#include "../internal.h"

#include <kernel/workqueue.h>

struct kit_work {
	union {
		struct {
			struct delayed_work work;
			struct list_head node; /* module->kit_lock */
			struct module *module;
			void (*function)(struct kit_work *work);
		};
		u64 size[24];
	};
};
_Static_assert(sizeof(struct kit_work) == 192, "kit/work.h: struct work");

/* Of a function that runs; in its frame. */
struct kit_running {
	struct list_head node; /* module->kit_running, by kit_lock */
	const struct kit_work *work;
};

void kit_work_setup(struct kit_work *work, void (*function)(struct kit_work *work));
bool kit_work_schedule(struct kit_work *work);
bool kit_work_schedule_delayed(struct kit_work *work, u64 delay_ns);
bool kit_work_cancel(struct kit_work *work);
void kit_work_flush(struct kit_work *work);

static void begin(struct kit_work *work, struct kit_running *running)
{
	struct module *module = work->module;

	if (!module)
		return;
	spin_lock_irq(&module->kit_lock);
	/* Queued anew meanwhile: then it stays on the list for the next run. */
	if (!work_pending(&work->work.work))
		list_del_init(&work->node);
	running->work = work;
	list_add(&running->node, &module->kit_running);
	spin_unlock_irq(&module->kit_lock);
}

static void end(struct module *module, struct kit_running *running)
{
	bool awaited;

	if (!module)
		return;
	spin_lock_irq(&module->kit_lock);
	list_del(&running->node);
	awaited = module->kit_closed || !list_empty(&module->kit_ranges);
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
	rcu_read_lock();
	work->module = module_at((unsigned long)function);
	if (work->module)
		WRITE_ONCE(work->module->kit_used, true);
	rcu_read_unlock();
}

bool kit_work_schedule_delayed(struct kit_work *work, u64 delay_ns)
{
	struct module *module = work->module;
	unsigned long flags;
	bool queued = false;

	if (!module)
		return queue_delayed_work(system_unbound_wq, &work->work, delay_ns);
	spin_lock_irqsave(&module->kit_lock, flags);
	if (kit_may_start(module, work)) {
		queued = queue_delayed_work(system_unbound_wq, &work->work, delay_ns);
		if (queued)
			list_move(&work->node, &module->kit_works);
	}
	spin_unlock_irqrestore(&module->kit_lock, flags);
	return queued;
}

bool kit_work_schedule(struct kit_work *work)
{
	return kit_work_schedule_delayed(work, 0);
}

bool kit_work_cancel(struct kit_work *work)
{
	bool was_queued;

	if (!work->function)
		return false; /* all-zero */
	was_queued = cancel_delayed_work_sync(&work->work);
	if (work->module) {
		spin_lock_irq(&work->module->kit_lock);
		list_del_init(&work->node);
		spin_unlock_irq(&work->module->kit_lock);
	}
	return was_queued;
}

void kit_work_flush(struct kit_work *work)
{
	if (work->function)
		flush_delayed_work(&work->work);
}

static bool runs(struct module *module, const struct kit_range *range)
{
	const struct kit_running *running;
	bool found = false;

	spin_lock_irq(&module->kit_lock);
	list_for_each_entry(running, &module->kit_running, node)
		found |= kit_in_range(range, running->work);
	spin_unlock_irq(&module->kit_lock);
	return found;
}

unsigned int kit_cancel_works(struct module *module, const struct kit_range *range)
{
	struct list_head *node;
	unsigned int n = 0;

	while ((node = kit_take(module, &module->kit_works, range))) {
		cancel_delayed_work_sync(&list_entry(node, struct kit_work, node)->work);
		n++;
	}
	wait_event(&module_wait, !runs(module, range));
	return n;
}

EXPORT_KIT_CORE(work_setup, 0, 1);
EXPORT_KIT_CORE(work_schedule, 0, 1);
EXPORT_KIT_CORE(work_schedule_delayed, 0, 1);
EXPORT_KIT_CORE(work_cancel, 0, 1);
EXPORT_KIT_CORE(work_flush, 0, 1);
