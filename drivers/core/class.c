// SPDX-License-Identifier: MIT
/*
 * Classes: /sys/class/NAME links to the devices of one kind, and /sys/dev/char and /sys/dev/block find a device by its number.
 */
#include "internal.h"

#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>

static LIST_HEAD(classes); /* classes_lock */
static DEFINE_MUTEX(classes_lock);

struct device_class *class_get(const char *name)
{
	struct device_class *class;

	mutex_lock(&classes_lock);
	list_for_each_entry(class, &classes, node) {
		if (!strcmp(class->name, name)) {
			class->users++;
			goto out;
		}
	}
	class = kzalloc(sizeof(*class), GFP_KERNEL);
	if (!class)
		goto no_memory;
	class->name = kstrdup(name, GFP_KERNEL);
	class->dir = class->name ? sysfs_create_dir(sysfs_class, name, class) : ERR_PTR(-ENOMEM);
	if (IS_ERR(class->dir)) {
		kfree(class->name);
		kfree(class);
		goto no_memory;
	}
	class->numbers = strcmp(name, "block") ? sysfs_dev_char : sysfs_dev_block;
	class->users = 1;
	list_add_tail(&class->node, &classes);
out:
	mutex_unlock(&classes_lock);
	return class;

no_memory:
	class = ERR_PTR(-ENOMEM);
	goto out;
}

void class_put(struct device_class *class)
{
	mutex_lock(&classes_lock);
	if (!--class->users) {
		list_del(&class->node);
		sysfs_remove(class->dir);
		kfree(class->name);
		kfree(class);
	}
	mutex_unlock(&classes_lock);
}

static void number_name(const struct device *device, char *buf, size_t size)
{
	snprintf(buf, size, "%u:%u", MAJOR(device->devt), MINOR(device->devt));
}

int class_add_device(struct device *device)
{
	char number[24];
	int error;

	if (!device->class)
		return 0;
	error = sysfs_create_link(device->class->dir, device->dir, device->name);
	if (error)
		return error;
	error = sysfs_create_link(device->dir, device->class->dir, "subsystem");
	if (!error && device->devt) {
		number_name(device, number, sizeof(number));
		error = sysfs_create_link(device->class->numbers, device->dir, number);
	}
	if (error)
		sysfs_remove_file(device->class->dir, device->name);
	return error;
}

void class_remove_device(struct device *device)
{
	char number[24];

	if (!device->class)
		return;
	if (device->devt) {
		number_name(device, number, sizeof(number));
		sysfs_remove_file(device->class->numbers, number);
	}
	sysfs_remove_file(device->class->dir, device->name);
}
