// SPDX-License-Identifier: MIT
/*
 * The platform bus: devices that are known to be there, matched by name.
 */
#include "internal.h"

#include <kernel/log.h>
#include <kernel/module.h>
#include <kit/device.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>

/* A driver of a module, with its table as this kernel knows it. */
struct module_driver {
	struct device_driver driver;
	struct platform_driver table;
};

static bool platform_match(const struct device *device, const struct device_driver *driver)
{
	const struct platform_driver *table = driver->table;

	for (const char *const *name = table->match; *name; name++)
		if (!strcmp(*name, device->name))
			return true;
	return false;
}

static int platform_probe(struct device *device, const struct device_driver *driver)
{
	const struct platform_driver *table = driver->table;

	return table->probe(device);
}

static void platform_remove(struct device *device, const struct device_driver *driver)
{
	const struct platform_driver *table = driver->table;

	if (table->remove)
		table->remove(device);
}

static int platform_modalias(const struct device *device, char *buf, size_t size)
{
	return scnprintf(buf, size, "platform:%s", device->name);
}

struct bus_type platform_bus = {
	.name = "platform",
	.match = platform_match,
	.probe = platform_probe,
	.remove = platform_remove,
	.modalias = platform_modalias,
};

static void platform_release(struct device *device)
{
	kfree(container_of(device, struct platform_device, device));
}

/* The ranges of each kind are counted from 0. */
static int set_ranges(struct platform_device *p, const struct platform_resource *resources,
		      unsigned int nr)
{
	u32 ports = 0, lines = 0;

	p->device.ranges = kcalloc(nr ?: 1, sizeof(*p->device.ranges), GFP_KERNEL);
	if (!p->device.ranges)
		return -ENOMEM;
	p->device.nr_ranges = nr;
	for (unsigned int i = 0; i < nr; i++) {
		bool is_ports = resources[i].type == PLATFORM_IOPORT;

		p->device.ranges[i] = (struct device_range){
			.kind = is_ports ? RANGE_PORTS : RANGE_LINE,
			.index = is_ports ? ports++ : lines++,
			.start = resources[i].start,
			.length = resources[i].size,
		};
	}
	return 0;
}

struct platform_device *platform_device_create(struct device *parent, const char *name,
					       const struct platform_resource *resources,
					       unsigned int nr)
{
	struct platform_device *p = kzalloc(sizeof(*p), GFP_KERNEL);
	int error;

	if (!p)
		return ERR_PTR(-ENOMEM);
	p->device.bus = &platform_bus;
	p->device.release = platform_release;
	error = device_init(&p->device, parent, "%s", name);
	if (error) {
		kfree(p);
		return ERR_PTR(error);
	}
	error = set_ranges(p, resources, nr);
	if (!error)
		error = device_add(&p->device);
	if (error) {
		put_device(&p->device);
		return ERR_PTR(error);
	}
	return p;
}

/* Kit: a driver that belongs to a module. */

static void driver_release(struct owned_resource *resource)
{
	struct module_driver *d = container_of(resource, struct module_driver, driver.resource);

	driver_unregister(&d->driver);
	kfree(d);
}

int platform_driver_register(struct module *owner, const struct platform_driver *table)
{
	struct module_driver *d = kzalloc(sizeof(*d), GFP_KERNEL);
	int error;

	if (!d)
		return -ENOMEM;
	error = KIT_COPY("platform_driver", &d->table, table, remove);
	if (!error && (!d->table.name || !d->table.match || !d->table.probe))
		error = -EINVAL;
	if (error)
		goto free;
	d->driver.name = d->table.name;
	d->driver.owner = owner;
	d->driver.table = &d->table;
	d->driver.bus = &platform_bus;
	d->driver.resource.release = driver_release;
	d->driver.resource.what = d->table.name;
	error = driver_register(&d->driver);
	if (error)
		goto free;
	resource_add(module_resources(owner), &d->driver.resource);
	return 0;

free:
	kfree(d);
	return error;
}

static struct device platform_root;

static void root_release(struct device *device)
{
}

/* /sys/devices/platform, under which platform devices without a parent stand. */
void device_core_init(void)
{
	uevent_init();
	ioport_core_init();
	cpu_devices_init();
	platform_root.release = root_release;
	if (device_init(&platform_root, NULL, "platform") || device_add(&platform_root) ||
	    bus_type_register(&platform_bus))
		panic("device: cannot set up the platform bus");
}

struct device *platform_root_device(void)
{
	return &platform_root;
}
