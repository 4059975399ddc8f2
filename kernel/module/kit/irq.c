// SPDX-License-Identifier: MIT
/* Kit: interrupts of a device (kit/irq.h). */
#include "kit.h"

#include <kernel/interrupt.h>
#include <kit/irq.h>
#include <mm/slab.h>

struct owned_irq {
	struct owned_resource resource;
	unsigned int irq;
	u32 (*handler)(void *data);
	void *data;
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

int irq_connect(struct device *device, u32 index, u32 (*handler)(void *data), void *data)
{
	const struct platform_resource *r = platform_resource(device, PLATFORM_IRQ, index);
	struct owned_irq *o;
	int error;

	if (!r)
		return -ENXIO;
	o = kzalloc(sizeof(*o), GFP_KERNEL);
	if (!o)
		return -ENOMEM;
	o->irq = r->start;
	o->handler = handler;
	o->data = data;
	o->resource.release = irq_release;
	o->resource.what = "interrupt";
	error = request_irq(o->irq, call_handler, 0, device->name, o);
	if (error) {
		kfree(o);
		return error;
	}
	resource_add(&device->resources, &o->resource);
	return 0;
}

void irq_drain(struct device *device, u32 index)
{
	const struct platform_resource *r = platform_resource(device, PLATFORM_IRQ, index);

	if (r)
		synchronize_irq(r->start);
}

EXPORT_KIT(irq_connect, 0, 1);
EXPORT_KIT(irq_drain, 0, 1);
