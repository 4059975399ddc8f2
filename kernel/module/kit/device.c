// SPDX-License-Identifier: MIT
/* Kit: devices and buses (kit/device.h, bus.h, attribute.h, ioport.h, mmio.h, dma.h). The driver core itself is in drivers/core. */
#include "kit.h"

#include <kit/attribute.h>
#include <kit/bus.h>
#include <kit/device.h>
#include <kit/dma.h>
#include <kit/ioport.h>
#include <kit/mmio.h>
#include <mm/slab.h>

void dev_set_drvdata(struct device *device, void *data)
{
	WRITE_ONCE(device->drvdata, data);
}

void *dev_get_drvdata(const struct device *device)
{
	return READ_ONCE(device->drvdata);
}

const char *dev_name(const struct device *device)
{
	return device->name;
}

struct owned_action {
	struct owned_resource resource;
	void (*action)(void *data);
	void *data;
};

static void action_release(struct owned_resource *resource)
{
	struct owned_action *a = container_of(resource, struct owned_action, resource);

	a->action(a->data);
	kfree(a);
}

int dev_add_action(struct device *device, void (*action)(void *data), void *data)
{
	struct owned_action *a = kzalloc(sizeof(*a), GFP_KERNEL);

	if (!a) {
		action(data);
		return -ENOMEM;
	}
	a->resource.release = action_release;
	a->resource.what = "action";
	a->action = action;
	a->data = data;
	resource_add(&device->resources, &a->resource);
	return 0;
}

EXPORT_KIT(dev_set_drvdata, 0, 1);
EXPORT_KIT(dev_get_drvdata, 0, 1);
EXPORT_KIT(dev_name, 0, 1);
EXPORT_KIT(dev_add_action, 0, 1);
EXPORT_KIT(platform_driver_register, 0, 1);
EXPORT_KIT(ioport_claim, 0, 1);
EXPORT_KIT(ioport_size, 0, 1);
EXPORT_KIT(ioport_read8, 0, 1);
EXPORT_KIT(ioport_read16, 0, 1);
EXPORT_KIT(ioport_read32, 0, 1);
EXPORT_KIT(ioport_write8, 0, 1);
EXPORT_KIT(ioport_write16, 0, 1);
EXPORT_KIT(ioport_write32, 0, 1);
EXPORT_KIT(dev_add_attributes, 0, 1);
EXPORT_KIT(bus_register, 0, 1);
EXPORT_KIT(bus_root_create, 0, 1);
EXPORT_KIT(bus_device_create, 0, 1);
EXPORT_KIT(bus_device_add, 0, 1);
EXPORT_KIT(bus_device_attributes, 0, 1);
EXPORT_KIT(bus_device_probe, 0, 1);
EXPORT_KIT(bus_device_remove, 0, 1);
EXPORT_KIT(bus_device_data, 0, 1);
EXPORT_KIT(bus_has_device, 0, 1);
EXPORT_KIT(bus_device_set_range, 0, 1);
EXPORT_KIT(bus_device_hold, 0, 1);
EXPORT_KIT(bus_device_changed, 0, 1);
EXPORT_KIT(bus_driver_register, 0, 1);
EXPORT_KIT(bus_driver_data, 0, 1);
EXPORT_KIT(bus_driver_name, 0, 1);
EXPORT_KIT(bus_driver_probe, 0, 1);
EXPORT_KIT(mmio_map, 0, 1);
EXPORT_KIT(mmio_map_part, 0, 1);
EXPORT_KIT(mmio_unmap, 0, 1);
EXPORT_KIT(mmio_size, 0, 1);
EXPORT_KIT(dma_set_mask, 0, 1);
EXPORT_KIT(dma_alloc, 0, 1);
EXPORT_KIT(dma_free, 0, 1);
EXPORT_KIT(dma_pool_create, 0, 1);
EXPORT_KIT(dma_pool_fill, 0, 1);
EXPORT_KIT(dma_pool_alloc, 0, 1);
EXPORT_KIT(dma_pool_free, 0, 1);
EXPORT_KIT(dma_map, 0, 1);
EXPORT_KIT(dma_unmap, 0, 1);
EXPORT_KIT(dma_sync_for_cpu, 0, 1);
EXPORT_KIT(dma_sync_for_device, 0, 1);
