/* SPDX-License-Identifier: MIT */
/*
 * Kit: devices and drivers.
 *
 * A driver is a static table. The bus matches it with devices and calls probe; what probe gets through its device (memory, interrupts,
 * ports, class devices) belongs to the device and is released in reverse order after a failed probe and after remove. So a driver's probe
 * returns at the first error, and its remove only quiets the hardware.
 *
 * Before remove, programs are cut off from character devices, input devices and terminals: nothing of them is called during remove and after it,
 * but the close of a character device when that is released; what remove still says of them (char_ready, char_unregister) is as ever. A disk is the driver's to let go in remove (block.h): only it knows whether
 * the hardware still takes what is to be written.
 *
 * probe and remove of one device never run at the same time; both may sleep.
 *
 * Unless a comment says otherwise: any context; never sleeps; cannot fail; what is returned stays
 * whose it was.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_DEVICE_H
#define KIT_DEVICE_H

#include <kit/abi.h>
#include <kit/types.h>

struct device; /* opaque */
struct module;

/* Keeps a pointer of the driver's own with a device; cleared after remove. Any context. Since 0.1. */
void dev_set_drvdata(struct device *device, void *data) KIT_SYMBOL(dev_set_drvdata);
/* That pointer; NULL until it is set. Any context. Since 0.1. */
void *dev_get_drvdata(const struct device *device) KIT_SYMBOL(dev_get_drvdata);
/* The device's name in /sys, as long as the device is there. Any context. Since 0.1. */
const char *dev_name(const struct device *device) KIT_SYMBOL(dev_name);
/* Calls action(data) when the device lets go, in its turn. 0 or -ENOMEM (then it was called at once). May sleep. Since 0.1. */
int dev_add_action(struct device *device, void (*action)(void *data), void *data)
	KIT_SYMBOL(dev_add_action) __must_check;

/*
 * Platform devices: what a PC has without a bus that could be asked, such as the keyboard controller ("i8042").
 */
struct platform_driver {
	u32 size; /* sizeof(struct platform_driver) */
	struct kit_marker kit_0_1;
	u32 reserved;
	const char *name;	  /* of the driver, in /sys/bus/platform/drivers */
	const char *const *match; /* names of devices, NULL at the end */
	/* 0 or a negative errno; -ENODEV: not mine after all */
	int (*probe)(struct device *device);
	void (*remove)(struct device *device); /* may be NULL */
};

/* Until the module goes; the table stays where it is. 0, -EINVAL, -EEXIST, -ENOMEM, -E2BIG. Probes what is there already. Sleeps. Since 0.1. */
int platform_driver_register(struct module *owner, const struct platform_driver *driver)
	KIT_SYMBOL(platform_driver_register) __must_check;

KIT_HEADER_PLAIN(device, 0);

#endif
