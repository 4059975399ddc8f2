/* SPDX-License-Identifier: MIT */
/*
 * The device model (drivers/core): devices, buses, drivers, classes, and the resources that a device owns.
 *
 * A bus matches devices with drivers; a device is bound to at most one driver. What a driver gets through its device is kept as a list of
 * resources and let go in reverse order after a failed probe and after remove.
 *
 * Locking: bus->lock (mutex) guards the bus's lists of devices and drivers; device->lock (mutex) is held over probe and remove and guards
 * driver and drvdata; owner->lock (spinlock, LOCK_RANK_DEVICE) guards a list of resources. Order: bus->lock, device->lock, owner->lock.
 *
 * Marks: I immutable, B bus->lock, L device->lock.
 */
#ifndef DRIVERS_DEVICE_H
#define DRIVERS_DEVICE_H

#include <kit/list.h>
#include <fs/sysfs.h>
#include <fs/vfs.h>
#include <kernel/mutex.h>
#include <kernel/refcount.h>
#include <kernel/spinlock.h>

struct bus_type;
struct device_driver;
struct module;

/* What belongs to a device or a module. */
struct resource_owner {
	spinlock_t lock;		/* LOCK_RANK_DEVICE */
	struct list_head resources;	/* lock; the newest first */
};

struct owned_resource {
	struct list_head node;		/* owner->lock */
	void (*release)(struct owned_resource *resource);	/* may sleep; frees the structure it is embedded in */
	const char *what;		/* for the log: "interrupt 12" */
};

void resource_owner_init(struct resource_owner *owner);
void resource_add(struct resource_owner *owner, struct owned_resource *resource);
/* False when somebody else is releasing it already. */
bool resource_remove(struct resource_owner *owner, struct owned_resource *resource);
void resource_release_all(struct resource_owner *owner);
/* Those that were got since a mark: a failed probe. */
unsigned int resource_count(struct resource_owner *owner);

struct device {
	refcount_t refs;
	char *name;			/* I */
	struct device *parent;		/* I: with a reference */
	const struct bus_type *bus;	/* I: NULL for class devices */
	sysfs_dir_t *dir;		/* I until device_remove */
	sysfs_dir_t *sysfs_parent;	/* I: where its folder stands without a parent; NULL: /sys/devices */
	struct mutex lock;
	const struct device_driver *driver;	/* L */
	void *drvdata;			/* L; drivers read it without */
	struct resource_owner resources;
	struct list_head bus_node;	/* B */
	bool removed;			/* L: no driver is bound any more */
	dev_t_kernel devt;		/* I: 0: no node */
	const struct device_class *class;	/* I: NULL for bus devices */
	void (*release)(struct device *device);	/* I: last reference gone; frees */
};

struct device_driver {
	const char *name;
	struct module *owner;		/* NULL: part of the image */
	struct list_head bus_node;	/* B */
	sysfs_dir_t *dir;		/* B */
	const void *table;		/* the bus's or kit's table */
	struct owned_resource resource;	/* of the owner */
	const struct bus_type *bus;
};

struct bus_type {
	const char *name;
	bool (*match)(const struct device *device, const struct device_driver *driver);
	int (*probe)(struct device *device, const struct device_driver *driver);
	void (*remove)(struct device *device, const struct device_driver *driver);
	/* "platform:i8042"; the length, or -ENOSYS for none. */
	int (*modalias)(const struct device *device, char *buf, size_t size);
	struct bus_private *private;	/* made by bus_register */
};

struct device_class {
	const char *name;
	struct list_head node;
	sysfs_dir_t *dir;
	unsigned int users;		/* classes made by name go with their last device */
};

int bus_register(struct bus_type *bus);		/* 0, -ENOMEM, -EEXIST */
void bus_unregister(struct bus_type *bus);	/* no devices and drivers are left */

/* Fills in what every device has; name as printf. -ENOMEM. */
int device_init(struct device *device, struct device *parent, const char *name_fmt, ...) __attribute__((format(printf, 3, 4)));
/* Shows it in /sys and looks for a driver. The caller's reference stays. 0, -EEXIST, -ENOMEM. */
int device_add(struct device *device);
/* Unbinds the driver, lets all resources go, takes it out of /sys. The memory stays until the last put. */
void device_remove(struct device *device);
struct device *get_device(struct device *device);
void put_device(struct device *device);

int driver_register(struct device_driver *driver);	/* 0, -EEXIST, -ENOMEM; probes what is there */
void driver_unregister(struct device_driver *driver);	/* unbinds its devices */

/* Classes: what programs look for by kind. A class is there while it has devices. ERR_PTR(-ENOMEM). */
struct device_class *class_get(const char *name);
void class_put(struct device_class *class);

/* A uevent: "add", "remove", "change", "bind", "unbind". */
void device_uevent(struct device *device, const char *action);
extern void (*uevent_hook)(const char *action, const char *devpath, const char *environment, size_t length);

/* Platform devices: resources are those of the board. */
enum platform_resource_type { PLATFORM_IOPORT, PLATFORM_IRQ };
struct platform_resource {
	enum platform_resource_type type;
	u64 start;
	u32 size;
};
struct platform_device {
	struct device device;
	unsigned int nr_resources;
	struct platform_resource resources[];
};
struct platform_device *platform_device_create(struct device *parent, const char *name,
					       const struct platform_resource *resources, unsigned int nr);
/* Resource number index of a type, NULL when there is none. */
const struct platform_resource *platform_resource(const struct device *device, enum platform_resource_type type,
						  unsigned int index);
struct device *platform_root_device(void);	/* /sys/devices/platform */
extern struct bus_type platform_bus;

void char_core_init(void);		/* drivers/char */
void input_core_init(void);		/* drivers/input */

void device_core_init(void);		/* the folders of /sys, the platform bus */
void legacy_devices_init(void);		/* what every PC has: the keyboard controller ... */

#endif
