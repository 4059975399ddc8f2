// SPDX-License-Identifier: MIT
/* Kit: mappings of a device's registers (kit/mmio.h). */
#include "internal.h"

#include <kit/mmio.h>
#include <lib/err.h>
#include <mm/slab.h>

struct owned_mapping {
	struct owned_resource resource; /* of the device */
	void __iomem *address;
};

static void registers_release(struct owned_resource *resource)
{
	struct owned_mapping *m = container_of(resource, struct owned_mapping, resource);

	iounmap(m->address);
	kfree(m);
}

u64 mmio_size(const struct device *device, u32 index)
{
	const struct device_range *range = device_range(device, RANGE_MEMORY, index);

	return range ? range->length : 0;
}

void __iomem *mmio_map_part(struct device *device, u32 index, u64 offset, u64 size)
{
	const struct device_range *range = device_range(device, RANGE_MEMORY, index);
	struct owned_mapping *m;

	might_sleep();
	if (!range)
		return IOMEM_ERR_PTR(-ENXIO);
	if (!size || offset >= range->length || size > range->length - offset)
		return IOMEM_ERR_PTR(-EINVAL);
	m = kzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return IOMEM_ERR_PTR(-ENOMEM);
	m->resource.release = registers_release;
	m->resource.what = "registers";
	m->address = ioremap(range->start + offset, size);
	if (!m->address) {
		kfree(m);
		return IOMEM_ERR_PTR(-ENOMEM);
	}
	resource_add(&device->resources, &m->resource);
	return m->address;
}

void __iomem *mmio_map(struct device *device, u32 index)
{
	u64 size = mmio_size(device, index);

	might_sleep();
	return size ? mmio_map_part(device, index, 0, size) : IOMEM_ERR_PTR(-ENXIO);
}

static bool is_mapping(const struct owned_resource *resource, const void *key)
{
	return resource->release == registers_release &&
	       container_of(resource, const struct owned_mapping, resource)->address ==
		       (const void __iomem *)key;
}

void mmio_unmap(struct device *device, void __iomem *mapping)
{
	struct owned_resource *resource = resource_take(&device->resources, is_mapping,
							(const void __force *)mapping);

	might_sleep();
	if (resource)
		resource->release(resource);
}
