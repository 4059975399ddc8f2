/* SPDX-License-Identifier: MIT */
/* The lines by number: those of controllers' pins, made at boot, and message-signalled ones, made and given up as drivers come and go. */
#include "irq_private.h"
#include <arch/apic.h>
#include <kernel/irq_core.h>
#include <kernel/log.h>
#include <kernel/rcu.h>
#include <lib/errno.h>
#include <lib/xarray.h>
#include <mm/slab.h>

DEFINE_MUTEX(irq_mutex);

static DEFINE_XARRAY(lines);	    /* irq_mutex; look-ups without a lock */
static unsigned int highest;	    /* irq_mutex: one more than the highest number in use */
static unsigned int first_msi = 16; /* written while booting */

struct irq_desc *irq_to_desc(unsigned int irq)
{
	return xa_load(&lines, irq);
}

unsigned int nr_irqs(void)
{
	return READ_ONCE(highest);
}

u32 irq_count(const struct irq_desc *desc, unsigned int cpu)
{
	return READ_ONCE(*per_cpu_ptr(desc->counts, cpu));
}

static struct irq_desc *make_desc(unsigned int irq, const struct irq_chip *chip, void *chip_data)
{
	struct irq_desc *desc = kzalloc(sizeof(*desc), GFP_KERNEL);

	if (!desc)
		return NULL;
	desc->counts = alloc_percpu(u32);
	if (!desc->counts) {
		kfree(desc);
		return NULL;
	}
	spin_lock_init(&desc->lock, LOCK_RANK_IRQ_DESC);
	desc->irq = irq;
	desc->chip = chip;
	desc->chip_data = chip_data;
	desc->masked = true;
	cpumask_setall(&desc->affinity);
	return desc;
}

static void free_desc(struct irq_desc *desc)
{
	percpu_free(desc->counts);
	kfree(desc);
}

/* irq_mutex held, or booting. */
static int insert(struct irq_desc *desc)
{
	int error = xa_insert(&lines, desc->irq, desc, GFP_KERNEL);

	if (error) {
		free_desc(desc);
		return error == -EBUSY ? -EEXIST : error;
	}
	if (desc->irq >= highest)
		WRITE_ONCE(highest, desc->irq + 1);
	return 0;
}

int irq_add_line(unsigned int irq, const struct irq_chip *chip, void *chip_data,
		 unsigned int trigger)
{
	struct irq_desc *desc = make_desc(irq, chip, chip_data);

	if (!desc)
		return -ENOMEM;
	desc->trigger = trigger;
	if (chip->set_trigger)
		chip->set_trigger(desc, trigger);
	if (irq >= first_msi)
		first_msi = irq + 1;
	return insert(desc);
}

int irq_from_gsi(unsigned int gsi, unsigned int trigger)
{
	int irq = gsi_to_irq(gsi);
	struct irq_desc *desc = irq < 0 || irq >= first_msi ? NULL : irq_to_desc(irq);
	unsigned long flags;
	int error = 0;

	if (!desc)
		return -EINVAL;
	mutex_lock(&irq_mutex);
	spin_lock_irqsave(&desc->lock, flags);
	if (trigger && !desc->actions && desc->chip->set_trigger) {
		error = desc->chip->set_trigger(desc, trigger);
		if (!error)
			desc->trigger = trigger;
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	mutex_unlock(&irq_mutex);
	return error ? error : irq;
}

static unsigned int find_free_number(void)
{
	unsigned int irq = first_msi;

	while (irq_to_desc(irq))
		irq++;
	return irq;
}

int irq_alloc_msi(const struct irq_chip *chip, void *data)
{
	struct irq_desc *desc;
	int irq, error;

	mutex_lock(&irq_mutex);
	irq = find_free_number();
	desc = make_desc(irq, chip, data);
	if (desc)
		desc->trigger = IRQF_TRIGGER_RISING;
	error = desc ? insert(desc) : -ENOMEM;
	mutex_unlock(&irq_mutex);
	return error ? error : irq;
}

void irq_free_msi(unsigned int irq)
{
	struct irq_desc *desc;

	mutex_lock(&irq_mutex);
	desc = xa_erase(&lines, irq);
	mutex_unlock(&irq_mutex);
	if (!desc)
		return;
	/* Readers of /proc/interrupts walk without a lock. */
	synchronize_rcu();
	free_desc(desc);
}
