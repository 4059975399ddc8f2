// SPDX-License-Identifier: MIT
/* Kit: memory (kit/memory.h). */
#include "kit.h"
#include "../internal.h"

#include <kernel/log.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/slab.h>

void *kit_kzalloc(size_t size);
void *kit_kzalloc_atomic(size_t size);
void kit_kfree(const void *p);
void *kit_vzalloc(size_t size);
void kit_vfree(const void *p);
void *kit_kmemdup(const void *p, size_t size);
void *kit_dev_kzalloc(struct device *device, size_t size);

/* Modules have all memory aligned to 16, which kmalloc's smallest class is not: as many bytes as keep out of that. */
#define SMALLEST	9

void *kit_kzalloc(size_t size)
{
	return kzalloc(max(size, (size_t)SMALLEST), GFP_KERNEL);
}

void *kit_kzalloc_atomic(size_t size)
{
	return kzalloc(max(size, (size_t)SMALLEST), GFP_ATOMIC);
}

void kit_kfree(const void *p)
{
	kfree(p);
}

void *kit_vzalloc(size_t size)
{
	return vzalloc(size);
}

void kit_vfree(const void *p)
{
	might_sleep();
	vfree(p);
}

void *kit_kmemdup(const void *p, size_t size)
{
	void *copy = kmalloc(max(size, (size_t)SMALLEST), GFP_KERNEL);

	return copy ? memcpy(copy, p, size) : NULL;
}

struct owned_memory {
	struct owned_resource resource;
	struct device *device;
	size_t size;
	u8 bytes[] __aligned(16);
};

/* Timers and work items in it that the driver has not cancelled would run in memory that is freed. */
static void cancel_inside(const struct owned_memory *m, struct module *module)
{
	struct kit_range range = { .start = m->bytes, .size = m->size };
	unsigned int timers, works;

	spin_lock_irq(&module->kit_lock);
	list_add(&range.node, &module->kit_ranges);
	spin_unlock_irq(&module->kit_lock);
	timers = kit_cancel_timers(module, &range);
	works = kit_cancel_works(module, &range);
	spin_lock_irq(&module->kit_lock);
	list_del(&range.node);
	spin_unlock_irq(&module->kit_lock);
	if (timers || works)
		pr_warn("%s %s: left behind in the device's memory: %u timers, %u work items (cancelled)\n",
			m->device->driver->name, m->device->name, timers, works);
}

static void memory_release(struct owned_resource *resource)
{
	struct owned_memory *m = container_of(resource, struct owned_memory, resource);
	const struct device_driver *driver = m->device->driver;

	if (driver) {
		struct module *owner = driver->owner;

		if (!owner || owner->builtin)
			owner = &kit_image;
		if (READ_ONCE(owner->kit_used))
			cancel_inside(m, owner);
	}
	kfree(m);
}

void *kit_dev_kzalloc(struct device *device, size_t size)
{
	struct owned_memory *m;

	might_sleep();
	if (size > SIZE_MAX - sizeof(*m))
		return NULL;
	m = kzalloc(sizeof(*m) + size, GFP_KERNEL);
	if (!m)
		return NULL;
	m->resource.release = memory_release;
	m->resource.what = "memory";
	m->device = device;
	m->size = size;
	resource_add(&device->resources, &m->resource);
	return m->bytes;
}

EXPORT_KIT_CORE(kzalloc, 0, 1);
EXPORT_KIT_CORE(kzalloc_atomic, 0, 1);
EXPORT_KIT_CORE(kfree, 0, 1);
EXPORT_KIT_CORE(vzalloc, 0, 1);
EXPORT_KIT_CORE(vfree, 0, 1);
EXPORT_KIT_CORE(kmemdup, 0, 1);
EXPORT_KIT_CORE(dev_kzalloc, 0, 1);
