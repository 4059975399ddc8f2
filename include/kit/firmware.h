/* SPDX-License-Identifier: MIT */
/*
 * Kit: what an interpreter of the firmware's tables (acpi.ko) needs of the core, and what it does for others. Ring 0 only.
 *
 * The core makes a platform device "acpi" when the machine has ACPI tables; its interrupt number 0 (kit/irq.h) is the system control
 * interrupt. The driver of that device serves the core through two tables: which line a PCI device's interrupt pin arrives at, and how the
 * machine is switched off. Who asks (a bus driver) goes through the core and depends on no other module.
 *
 * State: draft.
 */
#ifndef KIT_FIRMWARE_H
#define KIT_FIRMWARE_H

#include <kit/abi.h>
#include <kit/errno.h>
#include <kit/types.h>

struct device;

/* Physical address of the root of the tables (RSDP); 0 when there is none. Any context. Since 0.1. */
phys_addr_t firmware_rsdp(void) KIT_SYMBOL(firmware_rsdp);
/*
 * Maps physical memory or registers, uncached, from any address, size in bytes. The device's until it lets go. NULL when there is no room.
 * May sleep. Since 0.1.
 */
void *firmware_map(struct device *device, phys_addr_t address, size_t size)
	KIT_SYMBOL(firmware_map) __must_check;
/* Ends a mapping of firmware_map before the device lets go; NULL is nothing. May sleep. Since 0.1. */
void firmware_unmap(struct device *device, void *mapped) KIT_SYMBOL(firmware_unmap);

/* Reads an I/O port; width is 8, 16 or 32 bits, and any other reads all ones. Any context. Since 0.1. */
u32 firmware_port_read(u16 port, u32 width) KIT_SYMBOL(firmware_port_read);
/* Writes an I/O port; a width other than 8, 16 or 32 bits writes nothing. Any context. Since 0.1. */
void firmware_port_write(u16 port, u32 width, u32 value) KIT_SYMBOL(firmware_port_write);

/* A number that tells the calling thread from all others alive, never 0. Threads only; never sleeps. Since 0.1. */
u64 firmware_thread_id(void) KIT_SYMBOL(firmware_thread_id);

/* A function in PCI configuration space. */
struct firmware_pci_function {
	u32 size; /* sizeof(struct firmware_pci_function) */
	struct kit_marker kit_0_1;
	u32 segment;
	u8 bus;
	u8 device;   /* 0 to 31 */
	u8 function; /* 0 to 7 */
	u8 reserved[5];
};

/*
 * Reads configuration space at offset; width is 8, 16 or 32 bits, and offset a multiple of it. Of a function that is not there all ones.
 * 0, -EINVAL (width, offset), -ENODEV (no way to that segment, or beyond offset 255 without memory-mapped access). May sleep at the first
 * access to a bus, never later. Since 0.1.
 */
int firmware_pci_read(const struct firmware_pci_function *function, u32 offset, u32 width,
		      u32 *value) KIT_SYMBOL(firmware_pci_read) __must_check;
/* Writes configuration space; the rest as firmware_pci_read: 0, -EINVAL, -ENODEV. May sleep at the first access to a bus, never later. Since 0.1. */
int firmware_pci_write(const struct firmware_pci_function *function, u32 offset, u32 width,
		       u32 value) KIT_SYMBOL(firmware_pci_write) __must_check;

/* Where an interrupt arrives. */
struct firmware_line {
	u32 size; /* sizeof(struct firmware_line) */
	struct kit_marker kit_0_1;
	u32 gsi;       /* global system interrupt */
	u8 level;      /* 1: level-triggered, 0: by edge */
	u8 active_low; /* 1: active low, 0: active high */
	u8 reserved[6];
};

/* Who knows the wiring of PCI interrupts; static const. */
struct firmware_router {
	u32 size; /* sizeof(struct firmware_router) */
	struct kit_marker kit_0_1;
	u32 reserved;
	/*
	 * Fills in line for pin 0 to 3 (INTA to INTD) of a device number on a bus. 0; -ENOENT: nothing is said of that bus, so its bridge is
	 * to be asked with the pin rotated; or another negative errno. May sleep.
	 */
	int (*route)(u32 segment, u32 bus, u32 device, u32 pin, struct firmware_line *line);
};

/* The device's until it lets go. 0, -EINVAL, -EBUSY (there is one), -ENOMEM, -E2BIG. Sleeps. Since 0.1. */
int firmware_router_register(struct device *device, const struct firmware_router *router)
	KIT_SYMBOL(firmware_router_register) __must_check;
/*
 * Asks the router where pin 0 to 3 (INTA to INTD) of a PCI device arrives; line->size is set by the caller. 0, -ENODEV (no router: then the
 * function's interrupt line register is what the firmware left), -ENOENT (nothing said of that bus: ask for its bridge, with the pin
 * (pin + device) % 4), -EINVAL, or the router's errno. Sleeps. Since 0.1.
 */
int firmware_route(u32 segment, u32 bus, u32 device, u32 pin, struct firmware_line *line)
	KIT_SYMBOL(firmware_route) __must_check;

/* Who switches the machine off; static const. */
struct firmware_power {
	u32 size; /* sizeof(struct firmware_power) */
	struct kit_marker kit_0_1;
	u32 reserved;
	/* the last moment at which it may sleep; 0 or a negative errno; may be NULL */
	int (*prepare)(void);
	/* comes back only when it failed, with a negative errno; the other CPUs are still running */
	int (*off)(void);
};

/* The device's until it lets go. 0, -EINVAL, -EBUSY (there is one), -ENOMEM, -E2BIG. Sleeps. Since 0.1. */
int firmware_power_register(struct device *device, const struct firmware_power *power)
	KIT_SYMBOL(firmware_power_register) __must_check;

KIT_HEADER_PLAIN(firmware, 1);

#endif
