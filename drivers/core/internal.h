/* SPDX-License-Identifier: MIT */
/* What the files of drivers/core share. */
#ifndef DRIVERS_CORE_INTERNAL_H
#define DRIVERS_CORE_INTERNAL_H

#include <drivers/device.h>

struct bus_private {
	struct mutex lock;
	struct list_head devices, drivers;	/* lock */
	sysfs_dir_t *dir, *devices_dir, *drivers_dir;
};

int bus_add_device(struct device *device);	/* links in /sys; looks for a driver */
void bus_remove_device(struct device *device);
int class_add_device(struct device *device);
void class_remove_device(struct device *device);
/* The lines KEY=value, each ended by a newline; the length. buf has PAGE_SIZE bytes. */
int device_uevent_vars(struct device *device, char *buf);
void ioport_core_init(void);
void cpu_devices_init(void);

#endif
