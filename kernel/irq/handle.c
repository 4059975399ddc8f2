/* SPDX-License-Identifier: MIT */
/*
 * An interrupt arrives: from the vector to the handlers.
 *
 * One flow serves level and edge. in_progress keeps handlers of a line on one CPU; an interrupt that finds it set (an edge that was
 * directed elsewhere meanwhile) leaves `pending`, and the handlers run again. A level that comes while the line is disabled
 * is masked at the controller then, and not before: most disabled lines never fire.
 */
#include "irq_private.h"
#include <kernel/irq_core.h>
#include <kernel/log.h>
#include <kernel/trace_events.h>

/* Of so many interrupts nearly all unanswered: the line is stuck and would keep the CPU for itself. */
#define UNHANDLED_WINDOW	100000
#define UNHANDLED_LIMIT		99900

void irq_mask_locked(struct irq_desc *desc)
{
	if (desc->masked)
		return;
	desc->masked = true;
	desc->chip->mask(desc);
}

void irq_unmask_locked(struct irq_desc *desc)
{
	if (!desc->masked)
		return;
	desc->masked = false;
	desc->chip->unmask(desc);
}

static irqreturn_t call_handler(const struct irq_desc *desc, const struct irq_action *action)
{
	irqreturn_t result;

	trace_irq_handler_entry(desc->irq, action->name);
	result = action->handler(desc->irq, action->data);
	trace_irq_handler_exit(desc->irq, result != IRQ_NONE);
	return result;
}

static irqreturn_t call_handlers(struct irq_desc *desc)
{
	irqreturn_t result = IRQ_NONE;

	for (struct irq_action *action = READ_ONCE(desc->actions); action;
	     action = READ_ONCE(action->next))
		result |= call_handler(desc, action);
	return result;
}

/* desc->lock held. */
static void note_result(struct irq_desc *desc, irqreturn_t result)
{
	desc->total++;
	if (result == IRQ_NONE)
		desc->unhandled++;
	if (likely(desc->total < UNHANDLED_WINDOW))
		return;
	if (desc->unhandled > UNHANDLED_LIMIT) {
		pr_err("irq %u: nobody cared, it is switched off\n", desc->irq);
		desc->disable_depth++;
		irq_mask_locked(desc);
	}
	desc->total = 0;
	desc->unhandled = 0;
}

/* desc->lock held on entry and exit. */
static void run_handlers(struct irq_desc *desc) __must_hold(&desc->lock)
{
	irqreturn_t result;

	desc->in_progress = true;
	do {
		desc->pending = false;
		spin_unlock(&desc->lock);
		result = call_handlers(desc);
		spin_lock(&desc->lock);
		note_result(desc, result);
	} while (desc->pending && !desc->disable_depth);
	desc->in_progress = false;
}

void irq_handle(struct irq_desc *desc)
{
	this_cpu_ptr(desc->counts)[0]++;
	spin_lock(&desc->lock);
	if (desc->disable_depth || !desc->actions) {
		desc->pending = desc->trigger & ~IRQF_TRIGGER_LEVEL;
		irq_mask_locked(desc);
	} else if (desc->in_progress) {
		desc->pending = true;
	} else {
		run_handlers(desc);
	}
	desc->chip->end(desc);
	spin_unlock(&desc->lock);
}
