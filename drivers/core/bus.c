// SPDX-License-Identifier: MIT
/*
 * Buses: lists of devices and drivers, and bringing them together.
 *
 * A device is probed with its own lock held and the bus's not, so that a slow probe holds up nobody else; a reference and the device's
 * `removed` mark keep it from being bound after it went. Likewise `going` of a driver,
 * which is set before its devices are unbound one by one, and `users`, which is waited for after that: the module's reference keeps its code, but
 * not the driver's structure, when its init fails.
 */
#include "internal.h"

#include <kernel/log.h>
#include <kernel/module.h>
#include <lib/err.h>
#include <lib/string.h>
#include <mm/slab.h>

int bus_type_register(struct bus_type *bus)
{
	struct bus_private *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	mutex_init(&p->lock);
	INIT_LIST_HEAD(&p->devices);
	INIT_LIST_HEAD(&p->drivers);
	init_waitqueue_head(&p->unused);
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

void bus_type_unregister(struct bus_type *bus)
{
	sysfs_remove(bus->private->dir);
	kfree(bus->private);
	bus->private = NULL;
}

sysfs_dir_t *bus_type_dir(const struct bus_type *bus)
{
	return bus->private->dir;
}

/* Called with device->lock held: what the driver got goes back. */
static void release_all(struct device *device)
{
	assert_mutex_held(&device->lock);
	resource_release_all(&device->resources);
	device_dma_release(device);
	if (device->bus->released)
		device->bus->released(device);
	device->driver = NULL;
	device->drvdata = NULL;
}

/* Called with device->lock held. */
static int probe(struct device *device, const struct device_driver *driver)
{
	int error;

	assert_mutex_held(&device->lock);
	device->driver = driver;
	error = device->bus->probe(device, driver);
	if (error) {
		release_all(device);
		if (error != -ENODEV && error != -ENXIO)
			pr_err("%s %s: probe failed: error %d\n", driver->name, device->name,
			       error);
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

	assert_mutex_held(&device->lock);
	if (!driver)
		return;
	sysfs_remove_file(device->dir, "driver");
	sysfs_remove_file(driver->dir, device->name);
	resource_hide_all(&device->resources);
	if (device->bus->remove)
		device->bus->remove(device, driver);
	release_all(device);
	device_uevent(device, "unbind");
}

/* 0: bound; -ENODEV: it does not fit, or its module's exit has begun; -EBUSY: it has a driver; or what the probe said. */
static int try_bind(struct device *device, const struct device_driver *driver)
{
	int error = -ENODEV;

	mutex_lock(&device->lock);
	if (device->driver)
		error = -EBUSY;
	else if (!device->removed && !READ_ONCE(driver->going) &&
		 device->bus->match(device, driver) && try_module_get(driver->owner)) {
		error = probe(device, driver);
		module_put(driver->owner);
	}
	mutex_unlock(&device->lock);
	return error;
}

int bus_add_device(struct device *device)
{
	struct bus_private *p = device->bus->private;
	int error = sysfs_create_link(p->devices_dir, device->dir, device->name);

	if (error)
		return error;
	error = sysfs_create_link(device->dir, p->dir, "subsystem");
	if (error) {
		sysfs_remove_file(p->devices_dir, device->name);
		return error;
	}
	mutex_lock(&p->lock);
	list_add_tail(&device->bus_node, &p->devices);
	mutex_unlock(&p->lock);
	if (!device->bus->adds_without_probe)
		device_probe(device);
	return 0;
}

/* p->lock held. The driver may be freed when this returns; the module whose reference goes with it, NULL: none. */
static struct module *let_go(struct bus_private *p, struct device_driver *driver)
{
	struct module *owner = driver->owner;
	bool is_awaited = driver->going;

	assert_mutex_held(&p->lock);
	smp_store_release(&driver->users, driver->users - 1);
	if (is_awaited)
		wake_up_all(&p->unused);
	return owner;
}

/* The first driver that fits behind `after` in the list, as a user of it and with a reference of its module; drops those of `after`. */
static struct device_driver *next_driver(struct device *device, struct device_driver *after)
{
	struct bus_private *p = device->bus->private;
	struct device_driver *driver, *found = NULL;
	struct module *owner = NULL;
	bool take = !after;

	mutex_lock(&p->lock);
	/* One that has gone meanwhile has left the list: begin again, trying one twice is harmless. */
	if (after && after->going)
		take = true;
	/* lint: clang-analyzer-core.NullDereference: a device on a bus */
	list_for_each_entry(driver, &p->drivers, bus_node) {
		if (take && device->bus->match(device, driver) && try_module_get(driver->owner)) {
			found = driver;
			found->users++;
			break;
		}
		take |= driver == after;
	}
	if (after)
		owner = let_go(p, after);
	mutex_unlock(&p->lock);
	module_put(owner);
	return found;
}

static void put_driver(struct bus_private *p, struct device_driver *driver)
{
	struct module *owner;

	mutex_lock(&p->lock);
	owner = let_go(p, driver);
	mutex_unlock(&p->lock);
	module_put(owner);
}

void device_probe(struct device *device)
{
	struct device_driver *driver = NULL;

	while ((driver = next_driver(device, driver))) {
		int error = try_bind(device, driver);

		if (!error || error == -EBUSY) {
			put_driver(device->bus->private, driver);
			return;
		}
	}
}

int device_hold(struct device *device,
		int (*function)(struct device *device, const struct device_driver *driver,
				void *data),
		void *data)
{
	int result = -ENODEV;

	mutex_lock(&device->lock);
	if (!device->removed)
		result = function(device, device->driver, data);
	mutex_unlock(&device->lock);
	return result;
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

struct device *bus_find_device(const struct bus_type *bus, const char *name)
{
	struct device *device, *found = NULL;

	mutex_lock(&bus->private->lock);
	list_for_each_entry(device, &bus->private->devices, bus_node) {
		if (!strcmp(device->name, name)) {
			found = get_device(device);
			break;
		}
	}
	mutex_unlock(&bus->private->lock);
	return found;
}

struct device *bus_last_device(const struct bus_type *bus)
{
	struct device *device = NULL;

	mutex_lock(&bus->private->lock);
	if (!list_empty(&bus->private->devices))
		device = get_device(
			list_last_entry(&bus->private->devices, struct device, bus_node));
	mutex_unlock(&bus->private->lock);
	return device;
}

/* Writing a device's name to a driver's bind and unbind. */
static struct device *named_device(const struct device_driver *driver, const char *text,
				   size_t length)
{
	char name[64];

	while (length && (text[length - 1] == '\n' || text[length - 1] == ' '))
		length--;
	if (!length || length >= sizeof(name))
		return NULL;
	memcpy(name, text, length);
	name[length] = '\0';
	return bus_find_device(driver->bus, name);
}

static ssize_t bind_store(void *object, const struct sysfs_attribute *attr, const char *text,
			  size_t length)
{
	struct device_driver *driver = object;
	struct device *device = named_device(driver, text, length);
	int error;

	if (!device)
		return -ENODEV;
	error = try_bind(device, driver);
	put_device(device);
	return error ? error : (ssize_t)length;
}

static ssize_t unbind_store(void *object, const struct sysfs_attribute *attr, const char *text,
			    size_t length)
{
	struct device_driver *driver = object;
	struct device *device = named_device(driver, text, length);
	bool bound;

	if (!device)
		return -ENODEV;
	mutex_lock(&device->lock);
	bound = device->driver == driver;
	if (bound)
		unbind(device);
	mutex_unlock(&device->lock);
	put_device(device);
	return bound ? (ssize_t)length : -ENODEV;
}

static const struct sysfs_attribute bind_attribute = { "bind", 0200, NULL, bind_store, NULL };
static const struct sysfs_attribute unbind_attribute = { "unbind", 0200, NULL, unbind_store, NULL };

static int add_driver_files(struct device_driver *driver)
{
	struct module *owner = driver->owner;
	int error = sysfs_create_file(driver->dir, &bind_attribute);

	if (!error)
		error = sysfs_create_file(driver->dir, &unbind_attribute);
	if (!error && owner && owner->dir)
		error = sysfs_create_link(driver->dir, owner->dir, "module");
	return error;
}

void driver_probe(struct device_driver *driver)
{
	struct device *device = NULL;

	while ((device = next_device(driver->bus->private, device)))
		try_bind(device, driver);
}

int driver_register(struct device_driver *driver)
{
	struct bus_private *p = driver->bus->private;
	int error;

	driver->dir = sysfs_create_dir(p->drivers_dir, driver->name, driver);
	if (IS_ERR(driver->dir))
		return PTR_ERR(driver->dir);
	error = add_driver_files(driver);
	if (error) {
		sysfs_remove(driver->dir);
		return error;
	}
	mutex_lock(&p->lock);
	WRITE_ONCE(driver->going, false); /* of an earlier registration */
	list_add_tail(&driver->bus_node, &p->drivers);
	mutex_unlock(&p->lock);
	driver_probe(driver);
	return 0;
}

void driver_unregister(struct device_driver *driver)
{
	struct bus_private *p = driver->bus->private;
	struct device *device = NULL;

	mutex_lock(&p->lock);
	WRITE_ONCE(driver->going, true);
	list_del_init(&driver->bus_node);
	mutex_unlock(&p->lock);
	while ((device = next_device(p, device))) {
		mutex_lock(&device->lock);
		if (device->driver == driver)
			unbind(device);
		mutex_unlock(&device->lock);
	}
	wait_event(&p->unused, !smp_load_acquire(&driver->users));
	sysfs_remove(driver->dir);
}
