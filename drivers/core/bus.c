// SPDX-License-Identifier: MIT
/*
 * Buses: lists of devices and drivers, and bringing them together.
 *
 * A device is probed with its own lock held and the bus's not, so that a slow probe holds up nobody else; a reference and the device's
 * `removed` mark keep it from being bound after it went.
 */
#include "internal.h"

#include <kernel/log.h>
#include <kernel/module.h>
#include <lib/err.h>
#include <lib/string.h>
#include <mm/slab.h>

int bus_register(struct bus_type *bus)
{
	struct bus_private *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	mutex_init(&p->lock);
	INIT_LIST_HEAD(&p->devices);
	INIT_LIST_HEAD(&p->drivers);
	p->dir = sysfs_create_dir(sysfs_bus, bus->name, p);
	if (IS_ERR(p->dir)) {
		int error = PTR_ERR(p->dir);

		kfree(p);
		return error;
	}
	p->devices_dir = sysfs_create_dir(p->dir, "devices", p);
	p->drivers_dir = sysfs_create_dir(p->dir, "drivers", p);
	if (IS_ERR(p->devices_dir) || IS_ERR(p->drivers_dir)) {
		sysfs_remove(p->dir);
		kfree(p);
		return -ENOMEM;
	}
	bus->private = p;
	return 0;
}

void bus_unregister(struct bus_type *bus)
{
	sysfs_remove(bus->private->dir);
	kfree(bus->private);
	bus->private = NULL;
}

/* Called with device->lock held. */
static int probe(struct device *device, const struct device_driver *driver)
{
	int error;

	device->driver = driver;
	error = device->bus->probe(device, driver);
	if (error) {
		resource_release_all(&device->resources);
		device->driver = NULL;
		device->drvdata = NULL;
		if (error != -ENODEV && error != -ENXIO)
			pr_err("%s %s: probe failed: error %d\n", driver->name, device->name, error);
		return error;
	}
	if (sysfs_create_link(device->dir, driver->dir, "driver") ||
	    sysfs_create_link(driver->dir, device->dir, device->name))
		pr_warn("%s %s: no links in sysfs\n", driver->name, device->name);
	device_uevent(device, "bind");
	return 0;
}

/* Called with device->lock held. */
static void unbind(struct device *device)
{
	const struct device_driver *driver = device->driver;

	if (!driver)
		return;
	sysfs_remove_file(device->dir, "driver");
	sysfs_remove_file(driver->dir, device->name);
	if (device->bus->remove)
		device->bus->remove(device, driver);
	resource_release_all(&device->resources);
	device->driver = NULL;
	device->drvdata = NULL;
	device_uevent(device, "unbind");
}

static void try_bind(struct device *device, const struct device_driver *driver)
{
	mutex_lock(&device->lock);
	if (!device->removed && !device->driver && device->bus->match(device, driver))
		probe(device, driver);
	mutex_unlock(&device->lock);
}

int bus_add_device(struct device *device)
{
	struct bus_private *p = device->bus->private;
	struct device_driver *driver, *found = NULL;
	int error = sysfs_create_link(p->devices_dir, device->dir, device->name);

	if (!error)
		error = sysfs_create_link(device->dir, p->dir, "subsystem");
	if (error)
		return error;
	mutex_lock(&p->lock);
	list_add_tail(&device->bus_node, &p->devices);
	list_for_each_entry(driver, &p->drivers, bus_node) {
		if (device->bus->match(device, driver) && try_module_get(driver->owner)) {
			found = driver;
			break;
		}
	}
	mutex_unlock(&p->lock);
	if (found) {
		try_bind(device, found);
		module_put(found->owner);
	}
	return 0;
}

void bus_remove_device(struct device *device)
{
	struct bus_private *p = device->bus->private;

	mutex_lock(&p->lock);
	list_del_init(&device->bus_node);
	mutex_unlock(&p->lock);
	mutex_lock(&device->lock);
	device->removed = true;
	unbind(device);
	mutex_unlock(&device->lock);
	sysfs_remove_file(p->devices_dir, device->name);
}

/* The device behind `after` (NULL: the first) with a reference; drops that of `after`. */
static struct device *next_device(struct bus_private *p, struct device *after)
{
	struct device *next = NULL, *device;
	bool take = !after;

	mutex_lock(&p->lock);
	/* One that has gone meanwhile has left the list: begin again, binding twice is harmless. */
	if (after && list_empty(&after->bus_node))
		take = true;
	list_for_each_entry(device, &p->devices, bus_node) {
		if (take) {
			next = get_device(device);
			break;
		}
		take = device == after;
	}
	mutex_unlock(&p->lock);
	put_device(after);
	return next;
}

int driver_register(struct device_driver *driver)
{
	struct bus_private *p = driver->bus->private;
	struct device *device = NULL;

	driver->dir = sysfs_create_dir(p->drivers_dir, driver->name, driver);
	if (IS_ERR(driver->dir))
		return PTR_ERR(driver->dir);
	mutex_lock(&p->lock);
	list_add_tail(&driver->bus_node, &p->drivers);
	mutex_unlock(&p->lock);
	while ((device = next_device(p, device)))
		try_bind(device, driver);
	return 0;
}

void driver_unregister(struct device_driver *driver)
{
	struct bus_private *p = driver->bus->private;
	struct device *device = NULL;

	mutex_lock(&p->lock);
	list_del_init(&driver->bus_node);
	mutex_unlock(&p->lock);
	while ((device = next_device(p, device))) {
		mutex_lock(&device->lock);
		if (device->driver == driver)
			unbind(device);
		mutex_unlock(&device->lock);
	}
	sysfs_remove(driver->dir);
}
