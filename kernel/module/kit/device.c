// SPDX-License-Identifier: MIT
/* Kit: devices (kit/device.h, kit/ioport.h). The driver core itself is in drivers/core. */
#include "kit.h"

#include <kit/device.h>
#include <kit/ioport.h>
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
	struct owned_action *a = kmalloc(sizeof(*a), GFP_KERNEL);

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
