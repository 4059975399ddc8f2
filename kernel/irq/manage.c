/* SPDX-License-Identifier: MIT */
/* Connecting handlers to lines, switching lines on and off, and directing them to CPUs. */
#include "irq_private.h"
#include <arch/apic.h>
#include <kernel/irq_core.h>
#include <kernel/bug.h>
#include <kernel/log.h>
#include <lib/errno.h>
#include <mm/slab.h>

int irq_assign_target(struct irq_desc *desc)
{
	unsigned int old_cpu = desc->cpu, old_vector = desc->vector, cpu, vector;
	unsigned long flags;
	int error = vector_alloc(desc, &desc->affinity, &cpu, &vector);
	bool was_masked;

	if (error)
		return error;
	spin_lock_irqsave(&desc->lock, flags);
	was_masked = desc->masked;
	irq_mask_locked(desc);
	desc->cpu = cpu;
	desc->vector = vector;
	desc->chip->set_target(desc);
	if (!was_masked)
		irq_unmask_locked(desc);
	spin_unlock_irqrestore(&desc->lock, flags);
	if (old_vector)
		vector_free(old_cpu, old_vector);
	return 0;
}

void irq_release_target(struct irq_desc *desc)
{
	unsigned int cpu = desc->cpu, vector = desc->vector;
	unsigned long flags;

	spin_lock_irqsave(&desc->lock, flags);
	irq_mask_locked(desc);
	desc->vector = 0;
	spin_unlock_irqrestore(&desc->lock, flags);
	vector_free(cpu, vector);
}

/* Two handlers on one line agree about it. desc->lock held. */
static bool may_share(const struct irq_desc *desc, const struct irq_action *action)
{
	unsigned int trigger = action->flags & IRQF_TRIGGER_MASK;

	if (!desc->actions)
		return true;
	return (desc->actions->flags & action->flags & IRQF_SHARED) &&
	       (!trigger || trigger == desc->trigger);
}

static int set_trigger(struct irq_desc *desc, unsigned int trigger)
{
	int error;

	if (!trigger || trigger == desc->trigger)
		return 0;
	if (!desc->chip->set_trigger)
		return -EINVAL;
	error = desc->chip->set_trigger(desc, trigger);
	if (!error)
		desc->trigger = trigger;
	return error;
}

/* irq_mutex held. */
static int connect(struct irq_desc *desc, struct irq_action *action)
{
	bool first = !desc->actions;
	struct irq_action **link;
	unsigned long flags;
	int error;

	if (!may_share(desc, action))
		return -EBUSY;
	if (first) {
		error = set_trigger(desc, action->flags & IRQF_TRIGGER_MASK);
		if (!error)
			error = irq_assign_target(desc);
		if (error)
			return error;
	}
	spin_lock_irqsave(&desc->lock, flags);
	for (link = &desc->actions; *link; link = &(*link)->next)
		;
	smp_store_release(link, action);
	if (first) {
		desc->disable_depth = 0;
		desc->pending = false;
		desc->total = desc->unhandled = 0;
		irq_unmask_locked(desc);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return 0;
}

int request_irq(unsigned int irq, irq_handler_t handler, unsigned long flags, const char *name,
		void *data)
{
	struct irq_desc *desc = irq_to_desc(irq);
	struct irq_action *action;
	int error;

	if (!desc || !handler || ((flags & IRQF_SHARED) && !data))
		return -EINVAL;
	action = kzalloc(sizeof(*action), GFP_KERNEL);
	if (!action)
		return -ENOMEM;
	*action = (struct irq_action){
		.handler = handler, .data = data, .name = name, .flags = flags
	};
	mutex_lock(&irq_mutex);
	error = connect(desc, action);
	mutex_unlock(&irq_mutex);
	if (error)
		kfree(action);
	return error;
}

/* desc->lock held: the link to the action of `data`; to NULL: it has none. */
static struct irq_action **find_action(struct irq_desc *desc, const void *data)
{
	struct irq_action **link = &desc->actions;

	assert_spin_locked(&desc->lock);
	while (*link && (*link)->data != data)
		link = &(*link)->next;
	return link;
}

/* desc->lock held. */
static void take_off_disables(struct irq_desc *desc, unsigned int n)
{
	assert_spin_locked(&desc->lock);
	desc->disable_depth -= n;
	if (!n || desc->disable_depth || !desc->actions)
		return;
	irq_unmask_locked(desc);
	/* An edge that came meanwhile will not come again: its vector is sent once more. */
	if (desc->pending)
		lapic_send_ipi(cpu_apic_id[desc->cpu], desc->vector);
}

/* irq_mutex held. The action is out of the list, but a CPU may still be in it. */
static struct irq_action *disconnect(struct irq_desc *desc, void *data)
{
	struct irq_action **link, *action;
	unsigned long flags;

	spin_lock_irqsave(&desc->lock, flags);
	link = find_action(desc, data);
	action = *link;
	if (action) {
		WRITE_ONCE(*link, action->next);
		take_off_disables(desc, action->disables);
	}
	if (!desc->actions)
		irq_mask_locked(desc);
	spin_unlock_irqrestore(&desc->lock, flags);
	return action;
}

void free_irq(unsigned int irq, void *data)
{
	struct irq_desc *desc = irq_to_desc(irq);
	struct irq_action *action;

	if (WARN_ON(!desc))
		return;
	mutex_lock(&irq_mutex);
	action = disconnect(desc, data);
	if (!WARN(!action, "irq %u: free_irq by somebody who has not requested it\n", irq)) {
		synchronize_irq(irq);
		if (!desc->actions)
			irq_release_target(desc);
	}
	mutex_unlock(&irq_mutex);
	kfree(action);
}

void synchronize_irq(unsigned int irq)
{
	struct irq_desc *desc = irq_to_desc(irq);

	while (desc && READ_ONCE(desc->in_progress))
		cpu_relax();
	smp_mb();
}

/* The line is masked only when it fires (irq_handle). */
void disable_irq(unsigned int irq, const void *data)
{
	struct irq_desc *desc = irq_to_desc(irq);
	struct irq_action *action;
	unsigned long flags;

	if (!desc)
		return;
	spin_lock_irqsave(&desc->lock, flags);
	action = *find_action(desc, data);
	if (action) {
		action->disables++;
		desc->disable_depth++;
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	synchronize_irq(irq);
}

void enable_irq(unsigned int irq, const void *data)
{
	struct irq_desc *desc = irq_to_desc(irq);
	struct irq_action *action;
	unsigned long flags;

	if (!desc)
		return;
	spin_lock_irqsave(&desc->lock, flags);
	action = *find_action(desc, data);
	if (action && !WARN(!action->disables, "irq %u: enabled more often than disabled\n", irq)) {
		action->disables--;
		take_off_disables(desc, 1);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
}

int irq_set_affinity(unsigned int irq, const struct cpumask *mask)
{
	struct irq_desc *desc = irq_to_desc(irq);
	struct cpumask old;
	int error = 0;

	if (!desc || !cpumask_intersects(mask, &cpu_online_mask))
		return -EINVAL;
	mutex_lock(&irq_mutex);
	cpumask_copy(&old, &desc->affinity);
	cpumask_copy(&desc->affinity, mask);
	if (desc->vector && !cpumask_test_cpu(desc->cpu, mask))
		error = irq_assign_target(desc);
	if (error)
		cpumask_copy(&desc->affinity, &old);
	mutex_unlock(&irq_mutex);
	return error;
}
