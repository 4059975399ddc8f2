// SPDX-License-Identifier: MIT
/*
 * Kit: interrupts of a device (kit/irq.h). Numbers are the device's; behind them stand lines of kernel/irq: those the bus knows of, or the
 * messages that were allocated (device->vectors).
 */
#include "kit.h"

#include <kernel/interrupt.h>
#include <kernel/smp.h>
#include <kit/cpu.h>
#include <kit/irq.h>
#include <mm/slab.h>

struct owned_irq {
	struct owned_resource resource;
	unsigned int irq;
	u32 index;
	u32 (*handler)(void *data);
	void *data;
};

/* device->vectors: written by the driver's own calls, which are serialised by its probe, remove and work. */
struct irq_vectors {
	struct owned_resource resource;
	struct device *device;
	u32 kind, nr;
	u32 irqs[];
};

static irqreturn_t call_handler(int irq, void *data)
{
	struct owned_irq *o = data;

	return o->handler(o->data) == KIT_IRQ_HANDLED ? IRQ_HANDLED : IRQ_NONE;
}

static void irq_release(struct owned_resource *resource)
{
	struct owned_irq *o = container_of(resource, struct owned_irq, resource);

	free_irq(o->irq, o);
	kfree(o);
}

static bool is_irq(const struct owned_resource *resource, const void *index)
{
	return resource->release == irq_release &&
	       (!index || container_of(resource, const struct owned_irq, resource)->index ==
				  *(const u32 *)index);
}

/* The line behind a number; negative: none. */
static int line_of(struct device *device, u32 index, unsigned long *flags)
{
	const struct device_range *range;

	*flags = 0;
	if (device->vectors)
		return index < device->vectors->nr ? (int)device->vectors->irqs[index] : -ENXIO;
	if (device->irqs)
		return device->irqs->line(device, index, flags);
	range = device_range(device, RANGE_LINE, index);
	return range ? (int)range->start : -ENXIO;
}

int irq_connect(struct device *device, u32 index, u32 (*handler)(void *data), void *data)
{
	unsigned long flags;
	int irq = line_of(device, index, &flags), error;
	struct owned_irq *o;

	might_sleep();
	if (irq < 0)
		return irq;
	if (resource_find(&device->resources, is_irq, &index))
		return -EBUSY;
	o = kzalloc(sizeof(*o), GFP_KERNEL);
	if (!o)
		return -ENOMEM;
	o->irq = irq;
	o->index = index;
	o->handler = handler;
	o->data = data;
	o->resource.release = irq_release;
	o->resource.what = "interrupt";
	error = request_irq(o->irq, call_handler, flags, device->name, o);
	if (error) {
		kfree(o);
		return error;
	}
	resource_add(&device->resources, &o->resource);
	return 0;
}

void irq_disconnect(struct device *device, u32 index)
{
	struct owned_resource *resource = resource_take(&device->resources, is_irq, &index);

	might_sleep();
	if (resource)
		resource->release(resource);
}

void irq_drain(struct device *device, u32 index)
{
	unsigned long flags;
	int irq = line_of(device, index, &flags);

	might_sleep();
	if (irq >= 0)
		synchronize_irq(irq);
}

/* The line that is connected by this number, and in *key by what it is known there (only compared); negative: it is not connected. */
static int connected_line(struct device *device, u32 index, const void **key)
{
	struct owned_resource *resource;
	int irq = -ENXIO;

	*key = NULL;
	spin_lock(&device->resources.lock);
	list_for_each_entry(resource, &device->resources.resources, node) {
		if (is_irq(resource, &index)) {
			const struct owned_irq *o = container_of(resource, struct owned_irq,
								 resource);

			irq = o->irq;
			*key = o;
			break;
		}
	}
	spin_unlock(&device->resources.lock);
	return irq;
}

void irq_mask(struct device *device, u32 index)
{
	const void *key;
	int irq = connected_line(device, index, &key);

	might_sleep();
	if (irq >= 0)
		disable_irq(irq, key);
}

void irq_unmask(struct device *device, u32 index)
{
	const void *key;
	int irq = connected_line(device, index, &key);

	might_sleep();
	if (irq >= 0)
		enable_irq(irq, key);
}

int irq_set_cpus(struct device *device, u32 index, const u64 *cpus, u32 nr_cpus)
{
	unsigned long flags;
	int irq = line_of(device, index, &flags);
	struct cpumask mask = { 0 };

	might_sleep();
	if (irq < 0)
		return irq;
	for (u32 cpu = 0; cpu < nr_cpus && cpu < nr_cpu_ids; cpu++)
		if (cpus[cpu / 64] & BIT_ULL(cpu % 64))
			cpumask_set_cpu(cpu, &mask);
	return irq_set_affinity(irq, &mask);
}

int irq_set_cpu(struct device *device, u32 index, u32 cpu)
{
	unsigned long flags;
	int irq = line_of(device, index, &flags);
	struct cpumask mask = { 0 };

	might_sleep();
	if (irq < 0)
		return irq;
	if (cpu >= nr_cpu_ids)
		return -EINVAL;
	cpumask_set_cpu(cpu, &mask);
	return irq_set_affinity(irq, &mask);
}

/* --- messages --- */

static void vectors_release(struct owned_resource *resource)
{
	struct irq_vectors *v = container_of(resource, struct irq_vectors, resource);
	struct owned_resource *connected;

	/* Whoever frees them before its time may have left some connected. */
	while ((connected = resource_take(&v->device->resources, is_irq, NULL)))
		connected->release(connected);
	v->device->vectors = NULL;
	v->device->irqs->free(v->device, v->kind, v->nr, v->irqs);
	kfree(v);
}

static int alloc_messages(struct device *device, u32 kind, u32 nr)
{
	struct irq_vectors *v = kzalloc(sizeof(*v) + nr * sizeof(v->irqs[0]), GFP_KERNEL);
	int error;

	if (!v)
		return -ENOMEM;
	error = device->irqs->alloc(device, kind, nr, v->irqs);
	if (error) {
		kfree(v);
		return error;
	}
	v->device = device;
	v->kind = kind;
	v->nr = nr;
	v->resource.release = vectors_release;
	v->resource.what = "interrupt vectors";
	device->vectors = v;
	resource_add(&device->resources, &v->resource);
	return nr;
}

int irq_vectors_alloc(struct device *device, u32 min, u32 max, u32 kinds)
{
	static const u32 best_first[] = { KIT_IRQ_MSIX, KIT_IRQ_MSI };
	unsigned long flags;
	int result = -ENXIO;

	might_sleep();
	if (!min || max < min || kinds & ~KIT_IRQ_ANY)
		return -EINVAL;
	if (device->vectors || resource_find(&device->resources, is_irq, NULL))
		return -EBUSY;
	for (unsigned int i = 0; device->irqs && i < ARRAY_SIZE(best_first); i++) {
		u32 count = kinds & best_first[i] ? device->irqs->count(device, best_first[i]) : 0;

		if (count < min)
			continue;
		result = alloc_messages(device, best_first[i], count < max ? count : max);
		if (result >= 0 || result == -ENOMEM)
			return result;
	}
	if (kinds & KIT_IRQ_LINE && min == 1 && line_of(device, 0, &flags) >= 0)
		return 1;
	return result;
}

static bool is_vectors(const struct owned_resource *resource, const void *unused)
{
	return resource->release == vectors_release;
}

void irq_vectors_free(struct device *device)
{
	struct owned_resource *resource = resource_take(&device->resources, is_vectors, NULL);

	might_sleep();
	if (resource)
		resource->release(resource);
}

u32 irq_kind(const struct device *device)
{
	return device->vectors ? device->vectors->kind : KIT_IRQ_LINE;
}

/* --- processors --- */

u32 cpu_count(void)
{
	return nr_cpu_ids;
}

u32 cpu_current(void)
{
	return smp_processor_id();
}

EXPORT_KIT(irq_connect, 0, 1);
EXPORT_KIT(irq_disconnect, 0, 1);
EXPORT_KIT(irq_drain, 0, 1);
EXPORT_KIT(irq_mask, 0, 1);
EXPORT_KIT(irq_unmask, 0, 1);
EXPORT_KIT(irq_set_cpus, 0, 1);
EXPORT_KIT(irq_set_cpu, 0, 1);
EXPORT_KIT(irq_vectors_alloc, 0, 1);
EXPORT_KIT(irq_vectors_free, 0, 1);
EXPORT_KIT(irq_kind, 0, 1);
EXPORT_KIT(cpu_count, 0, 1);
EXPORT_KIT(cpu_current, 0, 1);
