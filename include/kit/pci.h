/* SPDX-License-Identifier: MIT */
/*
 * Kit: drivers of PCI devices. The functions are pci.ko's: a module that calls them depends on it.
 *
 *	static const struct pci_id ids[] = { PCI_ID(0x1234, 0x11e8) };
 *	MODULE_DEVICE_TABLE(pci, ids);
 *	static const struct pci_driver driver = {
 *		.size = sizeof(driver), .nr_ids = ARRAY_SIZE(ids), .name = "edu", .ids = ids, .probe = edu_probe, .remove = edu_remove,
 *	};
 *	module_pci_driver(driver);
 *
 * The general functions take the device: mmio_map(device, BAR), ioport_claim(device, BAR), irq_vectors_alloc, irq_connect, dma_*. All of
 * it, and what pci_enable and pci_set_master switch on, is undone when the driver lets go of the device.
 *
 * A device may be pulled out at any time. Reads give all ones then, writes go nowhere, and remove is called; pci_is_present() tells.
 *
 * Unless a comment says otherwise: any context; never sleeps.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_PCI_H
#define KIT_PCI_H

#include <kit/abi.h>
#include <kit/errno.h>
#include <kit/module.h>
#include <kit/types.h>

struct device;

enum kit_pci_constants {
	PCI_ANY_ID = 0xffff,
	PCI_BARS = 6,
};

/* Which devices: all that is not PCI_ANY_ID or masked away is equal. */
struct pci_id {
	u32 size; /* sizeof(struct pci_id): the stride of the table */
	struct kit_marker kit_0_1;
	u16 vendor, device;
	u16 subsystem_vendor, subsystem_device;
	u32 class_code, class_mask; /* 24 bits: class, subclass, programming interface */
	u32 reserved;
	u64 value; /* the driver's own */
};

#define PCI_ID(vendor_id, device_id) \
	{ .size = sizeof(struct pci_id), .vendor = (vendor_id), .device = (device_id), \
	  .subsystem_vendor = PCI_ANY_ID, .subsystem_device = PCI_ANY_ID }
#define PCI_ID_SUBSYSTEM(vendor_id, device_id, sub_vendor, sub_device) \
	{ .size = sizeof(struct pci_id), .vendor = (vendor_id), .device = (device_id), \
	  .subsystem_vendor = (sub_vendor), .subsystem_device = (sub_device) }
/* mask 0xffffff: all of it; 0xffff00: any programming interface. */
#define PCI_ID_CLASS(code, mask) \
	{ .size = sizeof(struct pci_id), .vendor = PCI_ANY_ID, .device = PCI_ANY_ID, \
	  .subsystem_vendor = PCI_ANY_ID, .subsystem_device = PCI_ANY_ID, .class_code = (code), .class_mask = (mask) }

struct pci_driver {
	u32 size; /* sizeof(struct pci_driver) */
	struct kit_marker kit_0_1;
	u32 nr_ids;
	const char *name; /* in /sys/bus/pci/drivers */
	const struct pci_id *ids;
	/*
	 * id: the entry that fits, as far as the bus knows it (id->size); value 0 and ANY for one that was forced by driver_override. Its power is up, its decoders are as the firmware left them.
	 * 0, or a negative errno; -ENODEV: not mine after all. Sleeps.
	 */
	int (*probe)(struct device *device, const struct pci_id *id);
	void (*remove)(struct device *device); /* may be NULL. Sleeps. */
	/* Before and after a reset that somebody else asked for (by /sys); the device is quiet in between. May be NULL. Sleep. */
	void (*reset_prepare)(struct device *device);
	void (*reset_done)(struct device *device);
};

/* Until the module goes; the table stays where it is. 0, -EINVAL, -EEXIST, -ENOMEM, -E2BIG. Probes what is there already. Sleeps. Since 0.1. */
int pci_driver_register(struct module *owner, const struct pci_driver *driver)
	KIT_SYMBOL(pci_driver_register) __must_check;

/* init and exit of a module that is one driver. */
#define module_pci_driver(driver)							\
	static int __init driver##_init(void) { return pci_driver_register(THIS_MODULE, &(driver)); }	\
	static void driver##_exit(void) { }						\
	module_init(driver##_init);							\
	module_exit(driver##_exit)

/* What a device is. */
struct pci_info {
	u32 size; /* sizeof(struct pci_info), set by the caller; more than the kernel knows is zero afterwards */
	struct kit_marker kit_0_1;
	u16 vendor, device;
	u16 subsystem_vendor, subsystem_device;
	u32 class_code; /* 24 bits */
	u16 segment;
	u8 bus, devfn;	  /* devfn: device << 3 | function */
	u8 revision, pin; /* pin: 1 to 4, 0: no interrupt line */
	u16 reserved[3];
};

/* Fills info in. 0, -EINVAL (not a PCI device, info->size is none). Any context. Since 0.1. */
int pci_get_info(const struct device *device, struct pci_info *info) KIT_SYMBOL(pci_get_info);

/*
 * Configuration space, naturally aligned; what lies beyond it reads as all ones and is not written. Any context. Since 0.1.
 */
u8 pci_config_read8(const struct device *device, u32 offset) KIT_SYMBOL(pci_config_read8);
u16 pci_config_read16(const struct device *device, u32 offset) KIT_SYMBOL(pci_config_read16);
u32 pci_config_read32(const struct device *device, u32 offset) KIT_SYMBOL(pci_config_read32);
void pci_config_write8(struct device *device, u32 offset, u8 value) KIT_SYMBOL(pci_config_write8);
void pci_config_write16(struct device *device, u32 offset, u16 value)
	KIT_SYMBOL(pci_config_write16);
void pci_config_write32(struct device *device, u32 offset, u32 value)
	KIT_SYMBOL(pci_config_write32);

/* Offset of the first capability with that id behind offset `after` (0: from the start); 0: there is none. Any context. Since 0.1. */
u32 pci_find_capability(const struct device *device, u32 id, u32 after)
	KIT_SYMBOL(pci_find_capability);
/* The same among the extended ones, from 0x100 on. Any context. Since 0.1. */
u32 pci_find_extended_capability(const struct device *device, u32 id, u32 after)
	KIT_SYMBOL(pci_find_extended_capability);

/* Switches the device's memory and I/O decoders on, as it has ranges. 0, -EIO (no power), -ENXIO (a range has no address). Sleeps. Since 0.1. */
int pci_enable(struct device *device) KIT_SYMBOL(pci_enable) __must_check;
/* Lets the device read and write memory and send messages, or not. As the firmware left it at probe. Any context. Since 0.1. */
void pci_set_master(struct device *device, bool on) KIT_SYMBOL(pci_set_master);
/* Is it still plugged in? Any context. Since 0.1. */
bool pci_is_present(const struct device *device) KIT_SYMBOL(pci_is_present);
/*
 * Resets the function by the gentlest way it has (function level, power state, the bus behind its bridge when it is alone there). Its
 * configuration is restored. 0, -ENOTTY (no way), -ETIMEDOUT. From the driver's own probe, remove and work. Sleeps. Since 0.1.
 */
int pci_reset(struct device *device) KIT_SYMBOL(pci_reset) __must_check;

KIT_HEADER(pci, 0);

#endif
