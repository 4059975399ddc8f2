// SPDX-License-Identifier: MIT
/*
 * Uevents: what happened to a device, as text for user space. uevent_hook, once somebody carries them, gets every one.
 */
#include "internal.h"

#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>

void (*uevent_hook)(const char *action, const char *devpath, const char *environment, size_t length);

int device_uevent_vars(struct device *device, char *buf)
{
	char alias[256];
	int n = 0, length;

	if (device->devt)
		n += scnprintf(buf + n, PAGE_SIZE - n, "MAJOR=%u\nMINOR=%u\nDEVNAME=%s\n", MAJOR(device->devt),
			       MINOR(device->devt), device->name);
	if (READ_ONCE(device->driver))
		n += scnprintf(buf + n, PAGE_SIZE - n, "DRIVER=%s\n", device->driver->name);
	if (device->bus && device->bus->uevent) {
		length = device->bus->uevent(device, buf + n, PAGE_SIZE - n);
		n += length > 0 ? length : 0;
	}
	if (device->uevent_vars)
		n += device->uevent_vars(device, buf + n, PAGE_SIZE - n);
	if (device->bus && device->bus->modalias) {
		length = device->bus->modalias(device, alias, sizeof(alias) - 1);
		if (length > 0) {
			alias[length] = '\0';
			n += scnprintf(buf + n, PAGE_SIZE - n, "MODALIAS=%s\n", alias);
		}
	}
	return n;
}

void device_uevent(struct device *device, const char *action)
{
	char *page, *path;
	int length;

	if (!READ_ONCE(uevent_hook))
		return;
	page = (char *)__get_free_page(GFP_KERNEL);
	path = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (page && path && sysfs_path(device->dir, path, PAGE_SIZE) > 0) {
		length = device_uevent_vars(device, page);
		uevent_hook(action, path, page, length);
	}
	kfree(path);
	free_page(page);
}
