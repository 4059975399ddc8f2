// SPDX-License-Identifier: MIT
/*
 * Kit: buses that are modules (kit/bus.h), between the core's bus_type and the module's operations.
 */
#include "internal.h"

#include <kernel/log.h>
#include <kernel/module.h>
#include <kit/bus.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>

struct bus {
	struct bus_type type;
	struct bus_operations ops;	/* I: a copy */
	struct owned_resource resource; /* of the module */
	struct module *module;		/* I */
	struct kit_files *files;	/* I */
	struct list_head roots;		/* lock */
	struct mutex lock;
};

struct bus_driver {
	struct device_driver driver;
	struct bus *bus;	 /* I */
	void *data;		 /* I */
	struct kit_files *files; /* I */
};

/* A device or a root. */
struct bus_device {
	struct device device;
	struct bus *bus;	    /* I */
	struct list_head files;	    /* struct file_list; before it is seen, then I */
	struct list_head root_node; /* bus->lock: of a root */
	unsigned int ranges_set;
	bool asked_for; /* A: a driver has been looked for */
	u8 data[] __aligned(16);
};

struct file_list {
	struct list_head node;
	struct kit_files *files;
};

static struct bus *bus_of(const struct bus_type *type)
{
	return container_of(type, struct bus, type);
}

static struct bus_device *bus_device_of(const struct device *device)
{
	return container_of(device, struct bus_device, device);
}

static struct bus_driver *driver_of(const struct device_driver *driver)
{
	return driver ? container_of(driver, struct bus_driver, driver) : NULL;
}

/* --- what the core's bus_type asks --- */

static bool bus_match(const struct device *device, const struct device_driver *driver)
{
	return bus_of(device->bus)->ops.match((struct device *)device, driver_of(driver));
}

static int bus_probe(struct device *device, const struct device_driver *driver)
{
	return bus_of(device->bus)->ops.probe(device, driver_of(driver));
}

static void bus_remove(struct device *device, const struct device_driver *driver)
{
	bus_of(device->bus)->ops.remove(device, driver_of(driver));
}

static void bus_released(struct device *device)
{
	struct bus *bus = bus_of(device->bus);

	if (bus->ops.released)
		bus->ops.released(device);
}

static int bus_modalias(const struct device *device, char *buf, size_t size)
{
	return bus_of(device->bus)->ops.modalias(device, buf, size);
}

static int bus_uevent(const struct device *device, char *buf, size_t size)
{
	return bus_of(device->bus)->ops.uevent(device, buf, size);
}

static int bus_add_files(struct device *device)
{
	struct file_list *list;

	list_for_each_entry(list, &bus_device_of(device)->files, node) {
		int error = kit_files_show(list->files, device->dir);

		if (error)
			return error;
	}
	return 0;
}

/* --- devices --- */

static void bus_device_release(struct device *device)
{
	struct bus_device *b = bus_device_of(device);
	struct file_list *list, *next;

	list_for_each_entry_safe(list, next, &b->files, node) {
		kit_files_free(list->files);
		kfree(list);
	}
	kfree(device->pci);
	kfree(b);
}

static struct bus_device *make_device(struct bus *bus, struct device *parent, const char *name,
				      u32 data_size)
{
	struct bus_device *b = kzalloc(sizeof(*b) + data_size, GFP_KERNEL);
	int error;

	if (!b)
		return ERR_PTR(-ENOMEM);
	b->bus = bus;
	INIT_LIST_HEAD(&b->files);
	INIT_LIST_HEAD(&b->root_node);
	b->device.release = bus_device_release;
	error = device_init(&b->device, parent, "%s", name);
	if (error) {
		kfree(b);
		return ERR_PTR(error);
	}
	return b;
}

struct device *bus_root_create(struct bus *bus, const char *name, u32 data_size)
{
	struct bus_device *b = make_device(bus, NULL, name, data_size);
	int error;

	might_sleep();
	if (IS_ERR(b))
		return ERR_CAST(b);
	error = device_add(&b->device);
	if (error) {
		put_device(&b->device);
		return ERR_PTR(error);
	}
	mutex_lock(&bus->lock);
	list_add(&b->root_node, &bus->roots);
	mutex_unlock(&bus->lock);
	return &b->device;
}

int bus_device_attributes(struct device *device, const struct attribute *attributes, u32 nr)
{
	struct bus_device *b = bus_device_of(device);
	struct file_list *list = kzalloc(sizeof(*list), GFP_KERNEL);
	int error = 0;

	if (!list)
		return -ENOMEM;
	list->files = kit_files_copy(device, device, attributes, nr);
	if (IS_ERR(list->files))
		error = PTR_ERR(list->files);
	else if (device->dir)
		error = kit_files_show(list->files, device->dir);
	if (error) {
		if (!IS_ERR(list->files))
			kit_files_free(list->files);
		kfree(list);
		return error;
	}
	list_add_tail(&list->node, &b->files);
	return 0;
}

struct device *bus_device_create(struct bus *bus, const struct bus_device_params *params)
{
	struct bus_device_params p;
	struct bus_device *b;
	int error = KIT_COPY("bus_device_params", &p, params, nr_ranges);

	might_sleep();
	if (error)
		return ERR_PTR(error);
	if (!p.name || !p.parent || p.nr_ranges > 64 || p.data_size > PAGE_SIZE)
		return ERR_PTR(-EINVAL);
	b = make_device(bus, p.parent, p.name, p.data_size);
	if (IS_ERR(b))
		return ERR_CAST(b);
	b->device.bus = &bus->type;
	b->device.ranges = kcalloc(p.nr_ranges ?: 1, sizeof(*b->device.ranges), GFP_KERNEL);
	b->device.nr_ranges = p.nr_ranges;
	if (!b->device.ranges)
		error = -ENOMEM;
	else if (p.nr_attributes)
		error = bus_device_attributes(&b->device, p.attributes, p.nr_attributes);
	if (error) {
		put_device(&b->device);
		return ERR_PTR(error);
	}
	return &b->device;
}

int bus_device_add(struct device *device)
{
	might_sleep();
	return device_add(device);
}

/*
 * Once for each device, if no driver took it: the kernel runs modprobe. Devices that a bus finds while it starts are left to whoever loads the bus
 * (at boot the first program asks for all drivers at once).
 */
static void ask_for_driver(struct device *device)
{
	struct bus *bus = bus_of(device->bus);
	char alias[256];
	int length;

	if (xchg(&bus_device_of(device)->asked_for, true) || READ_ONCE(device->driver) ||
	    !bus->ops.modalias || !bus->module || READ_ONCE(bus->module->state) != MODULE_LIVE)
		return;
	length = bus->ops.modalias(device, alias, sizeof(alias) - 1);
	if (length <= 0)
		return;
	alias[length] = '\0';
	request_driver(alias);
}

void bus_device_probe(struct device *device)
{
	might_sleep();
	device_probe(device);
	ask_for_driver(device);
}

void bus_device_remove(struct device *device)
{
	struct bus_device *b = bus_device_of(device);

	might_sleep();
	mutex_lock(&b->bus->lock);
	list_del_init(&b->root_node);
	mutex_unlock(&b->bus->lock);
	if (device->dir)
		device_remove(device);
	else if (device->on_remove)
		device->on_remove(device);
	put_device(device);
}

void *bus_device_data(const struct device *device)
{
	return bus_device_of(device)->data;
}

bool bus_has_device(const struct bus *bus, const struct device *device)
{
	return bus && device->bus == &bus->type;
}

int bus_device_set_range(struct device *device, const struct bus_range *range)
{
	struct device_range *free = NULL;
	struct bus_range r;
	int error = KIT_COPY("bus_range", &r, range, bus_flags);

	might_sleep();
	if (error)
		return error;
	for (unsigned int i = device->nr_ranges; i-- > 0;) {
		if (device->ranges[i].kind && device->ranges[i].index == r.index) {
			free = &device->ranges[i];
			break;
		}
		if (!device->ranges[i].kind)
			free = &device->ranges[i];
	}
	if (!free)
		return -ENOSPC;
	*free = (struct device_range){
		.kind = r.kind,
		.index = r.index,
		.start = r.start,
		.length = r.length,
		.bus_flags = r.bus_flags,
	};
	return 0;
}

struct hold {
	int (*function)(struct device *device, struct bus_driver *driver, void *data);
	void *data;
};

static int hold(struct device *device, const struct device_driver *driver, void *data)
{
	struct hold *h = data;

	return h->function(device, driver_of(driver), h->data);
}

int bus_device_hold(struct device *device,
		    int (*function)(struct device *device, struct bus_driver *driver, void *data),
		    void *data)
{
	struct hold h = { function, data };

	might_sleep();
	return device_hold(device, hold, &h);
}

void bus_device_changed(struct device *device)
{
	might_sleep();
	device_uevent(device, "change");
}

/* --- drivers --- */

static void driver_release(struct owned_resource *resource)
{
	struct bus_driver *d = container_of(resource, struct bus_driver, driver.resource);

	driver_unregister(&d->driver);
	kit_files_free(d->files);
	if (d->bus->ops.driver_gone)
		d->bus->ops.driver_gone(d);
	kfree(d);
}

int bus_driver_register(struct bus *bus, struct module *owner,
			const struct bus_driver_params *params)
{
	struct bus_driver_params p;
	struct bus_driver *d;
	int error = KIT_COPY("bus_driver_params", &p, params, attributes);

	might_sleep();
	if (error)
		return error;
	if (!bus || !p.name || !*p.name)
		return -EINVAL;
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	d->bus = bus;
	d->data = p.data;
	d->driver.name = p.name;
	d->driver.owner = owner;
	d->driver.bus = &bus->type;
	d->driver.resource.release = driver_release;
	d->driver.resource.what = p.name;
	d->files = kit_files_copy(NULL, d, p.attributes, p.nr_attributes);
	if (IS_ERR(d->files)) {
		error = PTR_ERR(d->files);
		kfree(d);
		return error;
	}
	error = driver_register(&d->driver);
	if (error) {
		kit_files_free(d->files);
		kfree(d);
		return error;
	}
	if (kit_files_show(d->files, d->driver.dir))
		pr_warn("%s: not all of its files are in sysfs\n", p.name);
	resource_add(module_resources(owner), &d->driver.resource);
	return 0;
}

void *bus_driver_data(const struct bus_driver *driver)
{
	return driver->data;
}

const char *bus_driver_name(const struct bus_driver *driver)
{
	return driver->driver.name;
}

void bus_driver_probe(struct bus_driver *driver)
{
	might_sleep();
	driver_probe(&driver->driver);
}

/* --- the bus --- */

/* The newest first: children before their parents. */
static void remove_devices(struct bus *bus)
{
	struct device *device;
	struct bus_device *root;

	while ((device = bus_last_device(&bus->type))) {
		put_device(device);
		bus_device_remove(device);
	}
	while ((root = list_first_entry_or_null(&bus->roots, struct bus_device, root_node)))
		bus_device_remove(&root->device);
}

static void bus_release(struct owned_resource *resource)
{
	struct bus *bus = container_of(resource, struct bus, resource);

	remove_devices(bus);
	bus_type_unregister(&bus->type);
	kit_files_free(bus->files);
	kfree(bus);
}

static int take_params(struct bus *bus, struct bus_params *p, const struct bus_params *params)
{
	int error = KIT_COPY("bus_params", p, params, attributes);

	if (!error && (!p->name || !p->operations))
		error = -EINVAL;
	if (!error)
		error = KIT_COPY("bus_operations", &bus->ops, p->operations, driver_gone);
	if (!error && (!bus->ops.match || !bus->ops.probe || !bus->ops.remove))
		error = -EINVAL;
	return error;
}

struct bus *bus_register(struct module *owner, const struct bus_params *params)
{
	struct bus *bus = kzalloc(sizeof(*bus), GFP_KERNEL);
	struct bus_params p;
	int error;

	if (!bus)
		return ERR_PTR(-ENOMEM);
	error = take_params(bus, &p, params);
	if (error) {
		kfree(bus);
		return ERR_PTR(error);
	}
	bus->module = owner;
	mutex_init(&bus->lock);
	INIT_LIST_HEAD(&bus->roots);
	bus->resource.release = bus_release;
	bus->resource.what = p.name;
	bus->type = (struct bus_type){
		.name = p.name,
		.match = bus_match,
		.probe = bus_probe,
		.remove = bus_remove,
		.released = bus_released,
		.modalias = bus->ops.modalias ? bus_modalias : NULL,
		.uevent = bus->ops.uevent ? bus_uevent : NULL,
		.add_files = bus_add_files,
		.adds_without_probe = true,
	};
	error = bus_type_register(&bus->type);
	if (error) {
		kfree(bus);
		return ERR_PTR(error);
	}
	bus->files = kit_files_add(bus_type_dir(&bus->type), NULL, bus, p.attributes,
				   p.nr_attributes);
	if (IS_ERR(bus->files)) {
		error = PTR_ERR(bus->files);
		bus_type_unregister(&bus->type);
		kfree(bus);
		return ERR_PTR(error);
	}
	resource_add(module_resources(owner), &bus->resource);
	return bus;
}
