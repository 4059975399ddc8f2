/* SPDX-License-Identifier: MIT */
/*
 * Kit: being a bus. For modules such as pci.ko that find devices and let other modules drive them.
 *
 * The core keeps the lists, brings devices and drivers together, and shows all of it in /sys: /sys/bus/NAME with devices, drivers, and each
 * driver's bind and unbind. The bus says what fits whom, and has its own functions by which drivers register; those call
 * bus_driver_register().
 *
 * A device's data is the core's memory and as old as the device, so files of /sys that are open cannot outlive it.
 *
 * Unless a comment says otherwise: any context; never sleeps; cannot fail; what is returned stays
 * whose it was.
 *
 * State: draft.
 */
#ifndef KIT_BUS_H
#define KIT_BUS_H

#include <kit/abi.h>
#include <kit/attribute.h>
#include <kit/errno.h>
#include <kit/types.h>

struct bus;	   /* opaque */
struct bus_driver; /* opaque: a driver on a bus */
struct device;
struct module;

enum kit_bus_constants {
	RANGE_NONE = 0,
	RANGE_PORTS = 1,
	RANGE_MEMORY = 2,
};

struct bus_operations {
	u32 size; /* sizeof(struct bus_operations) */
	struct kit_marker kit_0_1;
	u32 reserved;
	/* Does the driver fit? May run in parallel; does not sleep on other devices or drivers. */
	bool (*match)(struct device *device, struct bus_driver *driver);
	/* 0 or a negative errno: the driver's answer. Never at the same time as remove, or for two drivers of one device. Sleep. */
	int (*probe)(struct device *device, struct bus_driver *driver);
	void (*remove)(struct device *device, struct bus_driver *driver);
	/* After a failed probe or remove, when all the driver had got is released. May be NULL. Sleeps. */
	void (*released)(struct device *device);
	/* The module alias, "pci:v..."; its length. May be NULL. Does not sleep. */
	int (*modalias)(const struct device *device, char *buffer, u32 size);
	/* Lines KEY=value for the uevent, each with a newline; bytes. May be NULL. Does not sleep. */
	int (*uevent)(const struct device *device, char *buffer, u32 size);
	/* The driver has gone, none of its devices is bound: frees what belonged to it. May be NULL. Sleeps. */
	void (*driver_gone)(struct bus_driver *driver);
};

struct bus_params {
	u32 size; /* sizeof(struct bus_params) */
	struct kit_marker kit_0_1;
	u32 nr_attributes;
	/* in /sys/bus, and in aliases; stays where it is, like operations */
	const char *name;
	const struct bus_operations *operations;
	const struct attribute *attributes; /* of the bus; object is the struct bus */
};

/*
 * Until the module goes: then all its devices are removed, the newest first. ERR_PTR: -EINVAL, -EEXIST, -ENOMEM, -E2BIG. Sleeps. Since 0.1.
 */
struct bus *bus_register(struct module *owner, const struct bus_params *params)
	KIT_SYMBOL(bus_register) __must_check;

/* What a device answers to: its number is the index that mmio_map and ioport_claim take. */
struct bus_range {
	u32 size; /* sizeof(struct bus_range) */
	struct kit_marker kit_0_1;
	u32 kind;	   /* RANGE_NONE ... */
	u64 start, length; /* as the CPU sees it; length 0: nothing there */
	u32 index;
	u32 bus_flags; /* the bus's own, for /proc/bus/pci/devices */
};

struct bus_device_params {
	u32 size; /* sizeof(struct bus_device_params) */
	struct kit_marker kit_0_1;
	u32 data_size;			    /* of bus_device_data(), zeroed */
	const char *name;		    /* copied */
	struct device *parent;		    /* of this bus or a root */
	const struct attribute *attributes; /* copied; object is the device */
	u32 nr_attributes;
	u32 nr_ranges; /* how many can be set */
};

/* A folder of /sys/devices under which devices of the bus stand: "pci0000:00". The bus's until bus_device_remove. ERR_PTR: -EINVAL, -ENOMEM. Sleeps. Since 0.1. */
struct device *bus_root_create(struct bus *bus, const char *name, u32 data_size)
	KIT_SYMBOL(bus_root_create) __must_check;
/* Makes a device, which nobody sees yet; the bus's until bus_device_remove. ERR_PTR: -EINVAL, -ENOMEM, -E2BIG. Sleeps. Since 0.1. */
struct device *bus_device_create(struct bus *bus, const struct bus_device_params *params)
	KIT_SYMBOL(bus_device_create) __must_check;
/* Shows it. Its driver is looked for by bus_device_probe. 0, -EEXIST, -ENOMEM: then it is still to be removed. Sleeps. Since 0.1. */
int bus_device_add(struct device *device) KIT_SYMBOL(bus_device_add) __must_check;
/* More files, which the core copies, between create and the device's end. 0, -EINVAL, -EEXIST, -ENOMEM. Sleeps. Since 0.1. */
int bus_device_attributes(struct device *device, const struct attribute *attributes, u32 nr)
	KIT_SYMBOL(bus_device_attributes) __must_check;
/* Looks for a driver among those that are there; the first time the core also has modprobe run for its alias, unless the bus's module is still in its init. Sleeps. Since 0.1. */
void bus_device_probe(struct device *device) KIT_SYMBOL(bus_device_probe);
/* Unbinds its driver and takes it away; the pointer is not used afterwards. Sleeps. Since 0.1. */
void bus_device_remove(struct device *device) KIT_SYMBOL(bus_device_remove);
/* The bus's own bytes of a device or root, data_size of them: good as long as that is there. Since 0.1. */
void *bus_device_data(const struct device *device) KIT_SYMBOL(bus_device_data);
/* Is it a device of this bus (and no root)? Since 0.1. */
bool bus_has_device(const struct bus *bus, const struct device *device) KIT_SYMBOL(bus_has_device);
/* Sets a range of a device that has no driver. 0, -EINVAL, -ENOSPC (more than were announced). May sleep. Since 0.1. */
int bus_device_set_range(struct device *device, const struct bus_range *range)
	KIT_SYMBOL(bus_device_set_range) __must_check;
/*
 * Calls function(device, driver, data) while nobody binds or unbinds the device; driver is NULL when it has none. Its result, or -ENODEV when
 * the device is going. Not from probe, remove and attributes of drivers. Sleeps. Since 0.1.
 */
int bus_device_hold(struct device *device,
		    int (*function)(struct device *device, struct bus_driver *driver, void *data),
		    void *data) KIT_SYMBOL(bus_device_hold);
/* A uevent: "change". Sleeps. Since 0.1. */
void bus_device_changed(struct device *device) KIT_SYMBOL(bus_device_changed);

struct bus_driver_params {
	u32 size; /* sizeof(struct bus_driver_params) */
	struct kit_marker kit_0_1;
	u32 nr_attributes;
	const char *name;		    /* stays where it is until the owner goes */
	void *data;			    /* the bus's */
	const struct attribute *attributes; /* copied; object is the struct bus_driver */
};

/* A driver of module owner, until that goes; probes what is there. 0, -EINVAL, -EEXIST, -ENOMEM, -E2BIG. Sleeps. Since 0.1. */
int bus_driver_register(struct bus *bus, struct module *owner,
			const struct bus_driver_params *params)
	KIT_SYMBOL(bus_driver_register) __must_check;
/* The bus's own pointer, params.data. Since 0.1. */
void *bus_driver_data(const struct bus_driver *driver) KIT_SYMBOL(bus_driver_data);
/* The driver's name, good as long as it is registered. Since 0.1. */
const char *bus_driver_name(const struct bus_driver *driver) KIT_SYMBOL(bus_driver_name);
/* Tries the driver on all devices without one: its list has grown. Sleeps. Since 0.1. */
void bus_driver_probe(struct bus_driver *driver) KIT_SYMBOL(bus_driver_probe);

KIT_HEADER(bus, 1);

#endif
