// SPDX-License-Identifier: MIT
/* Devices for tests. */
#include "internal.h"

#include <drivers/test_device.h>
#include <mm/slab.h>

static void device_gone(struct device *device)
{
	kfree(device);
}

struct device *test_device_create(const char *name, struct bus_type *bus)
{
	struct device *device = kzalloc(sizeof(*device), GFP_KERNEL);

	if (!device)
		return NULL;
	device->release = device_gone;
	device->bus = bus;
	if (!device_init(device, NULL, "%s", name))
		return device;
	kfree(device);
	return NULL;
}

struct device *test_device_add(const char *name, struct bus_type *bus)
{
	struct device *device = test_device_create(name, bus);

	if (!device || !device_add(device))
		return device;
	put_device(device);
	return NULL;
}
