// SPDX-License-Identifier: MIT
/*
 * Devices: their life, and their folder in /sys.
 */
#include "internal.h"

#include <kernel/log.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>

int device_init(struct device *device, struct device *parent, const char *name_fmt, ...)
{
	char name[64];
	va_list args;

	va_start(args, name_fmt);
	vsnprintf(name, sizeof(name), name_fmt, args);
	va_end(args);
	device->name = kstrdup(name, GFP_KERNEL);
	if (!device->name)
		return -ENOMEM;
	refcount_set(&device->refs, 1);
	mutex_init(&device->lock);
	resource_owner_init(&device->resources);
	INIT_LIST_HEAD(&device->bus_node);
	device_dma_init(device);
	device->parent = parent ? get_device(parent) : NULL;
	return 0;
}

struct device *get_device(struct device *device)
{
	refcount_inc(&device->refs);
	return device;
}

void put_device(struct device *device)
{
	struct device *parent;

	if (!device || !refcount_dec_and_test(&device->refs))
		return;
	parent = device->parent;
	kfree(device->name);
	kfree(device->ranges);
	device->release(device);
	put_device(parent);
}

static ssize_t uevent_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	return device_uevent_vars(object, buf);
}

/* Writing an action there sends the event again: "coldplug". */
static ssize_t uevent_store(void *object, const struct sysfs_attribute *attr, const char *buf,
			    size_t count)
{
	return device_uevent_ask(object, buf, count);
}

static ssize_t modalias_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	struct device *device = object;
	int length = device->bus->modalias(device, buf, PAGE_SIZE - 1);

	if (length < 0)
		return length;
	buf[length] = '\n';
	return length + 1;
}

static ssize_t dev_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	struct device *device = object;

	return sysfs_emit(buf, "%u:%u\n", MAJOR(device->devt), MINOR(device->devt));
}

static const struct sysfs_attribute uevent_attribute = { "uevent", 0644, uevent_show, uevent_store, NULL };
static const struct sysfs_attribute modalias_attribute = { "modalias", 0444, modalias_show, NULL, NULL };
static const struct sysfs_attribute dev_attribute = { "dev", 0444, dev_show, NULL, NULL };

static int add_files(struct device *device)
{
	int error = sysfs_create_file(device->dir, &uevent_attribute);

	if (!error && device->bus && device->bus->modalias)
		error = sysfs_create_file(device->dir, &modalias_attribute);
	if (!error && device->devt)
		error = sysfs_create_file(device->dir, &dev_attribute);
	if (!error && device->bus && device->bus->add_files)
		error = device->bus->add_files(device);
	return error;
}

int device_add(struct device *device)
{
	sysfs_dir_t *dir;
	int error;

	if (!device->sysfs_parent)
		device->sysfs_parent = device->parent ? device->parent->dir : sysfs_devices;
	dir = sysfs_create_dir(device->sysfs_parent, device->name, device);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	device->dir = dir;
	error = add_files(device);
	if (error)
		goto remove_dir;
	get_device(device);
	error = device->bus ? bus_add_device(device) : class_add_device(device);
	if (error)
		goto put;
	device_uevent(device, "add");
	return 0;

put:
	put_device(device);
remove_dir:
	device->dir = NULL;
	sysfs_remove(dir);
	return error;
}

void device_remove(struct device *device)
{
	device_uevent(device, "remove");
	if (device->bus)
		bus_remove_device(device);
	else
		class_remove_device(device);
	resource_release_all(&device->resources);
	sysfs_remove(device->dir);
	if (device->on_remove)
		device->on_remove(device);
	put_device(device);
}

const struct device_range *device_range(const struct device *device, u32 kind, u32 index)
{
	for (unsigned int i = 0; i < device->nr_ranges; i++) {
		const struct device_range *range = &device->ranges[i];

		if (range->kind == kind && range->index == index && range->length)
			return range;
	}
	return NULL;
}
