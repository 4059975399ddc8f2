// SPDX-License-Identifier: MIT
/* Kit: memory (kit/memory.h). */
#include "kit.h"

#include <mm/slab.h>

void *kit_kzalloc(size_t size);
void *kit_kzalloc_atomic(size_t size);
void kit_kfree(const void *p);
void *kit_vzalloc(size_t size);
void kit_vfree(const void *p);
void *kit_kmemdup(const void *p, size_t size);
void *kit_dev_kzalloc(struct device *device, size_t size);

void *kit_kzalloc(size_t size)
{
	return kzalloc(size, GFP_KERNEL);
}

void *kit_kzalloc_atomic(size_t size)
{
	return kzalloc(size, GFP_ATOMIC);
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
	vfree(p);
}

void *kit_kmemdup(const void *p, size_t size)
{
	return kmemdup(p, size, GFP_KERNEL);
}

struct owned_memory {
	struct owned_resource resource;
	u8 bytes[] __aligned(16);
};

static void memory_release(struct owned_resource *resource)
{
	kfree(container_of(resource, struct owned_memory, resource));
}

void *kit_dev_kzalloc(struct device *device, size_t size)
{
	struct owned_memory *m;

	if (size > SIZE_MAX - sizeof(*m))
		return NULL;
	m = kzalloc(sizeof(*m) + size, GFP_KERNEL);
	if (!m)
		return NULL;
	m->resource.release = memory_release;
	m->resource.what = "memory";
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
