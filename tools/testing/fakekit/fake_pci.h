/* SPDX-License-Identifier: MIT */
/*
 * PCI functions for tests: configuration space as hardware has it (registers with bits that cannot be written, sizes of base address registers,
 * lists of capabilities, bridges that pass accesses on), in two uses:
 *
 *	a driver's test		links pci.c, which is kit/pci.h: fake_pci_device() makes a device that a driver's probe is called for
 *	modules/pci's test	links bus.c and firmware.c, which are the machine's side (kit/bus.h, pci_host.h, firmware.h); fake_function_add() puts functions into
 *				slots, fake_function_pull() pulls them out
 *
 * A function that has been pulled out reads as all ones. Registers of a device whose decoder is off are a complaint, and so is a base
 * address register that is written while it decodes; a device that may not be bus master reaches no memory and sends no messages.
 */
#ifndef FAKE_PCI_H
#define FAKE_PCI_H

#include <kit/types.h>

struct device;
struct fake_function;

enum fake_bar { FAKE_BAR_32 = 0, FAKE_BAR_64 = 1, FAKE_BAR_PREFETCH = 2, FAKE_BAR_PORTS = 4 };

struct fake_pci {
	u16 vendor, device, subsystem_vendor, subsystem;
	u32 class_code;
	u8 revision, pin, line;
	bool is_bridge, multi, express, express_port, has_flr, has_power, power_keeps;
	u32 nr_msi, nr_msix;
	struct {
		u64 size;
		u32 kind;
	} bars[6];
	u32 rom;
};

/* --- configuration space (config.c) --- */

/* bridge NULL: bus 0 */
struct fake_function *fake_function_add(struct fake_function *bridge, u32 devfn,
					const struct fake_pci *pci);
void fake_function_pull(struct fake_function *f); /* with all behind it */
/* 1, 2 or 4 bytes; as the hardware answers, and as software that got at it. */
u32 fake_config_read(const struct fake_function *f, u32 offset, u32 bytes);
void fake_config_write(struct fake_function *f, u32 offset, u32 bytes, u32 value);
/* What the register holds, whatever may be written. */
void fake_config_set(struct fake_function *f, u32 offset, u32 bytes, u32 value);
u32 fake_capability(const struct fake_function *f, u32 id);
u32 fake_function_resets(const struct fake_function *f);
/* Who decodes what: address and end of a base address register or a bridge's window (6 memory, 7 prefetchable, 8 ports); false: nothing. */
u64 fake_bar_size(const struct fake_function *f, u32 index);
bool fake_decodes(const struct fake_function *f, u32 index, u64 *start, u64 *end);
struct fake_function *fake_function_at(u32 bus, u32 devfn); /* as bus numbers stand now; NULL */

/* --- for drivers' tests (pci.c) --- */

/* A device with its addresses given by the firmware, not yet seen by drivers that are there already: fake_pci_plug. */
struct device *fake_pci_device(const char *name, const struct fake_pci *pci);
void fake_pci_plug(struct device *device);
struct fake_function *fake_pci_function(struct device *device);
bool fake_pci_is_master(const struct device *device);
/* Called when the function is reset (pci_reset). */
void fake_pci_on_reset(struct device *device, void (*reset)(void *data), void *data);

/* --- for the bus's test (bus.c) --- */

struct device *fake_bus_device(const char *name);	     /* NULL: there is none of that name */
const char *fake_bus_driver_of(const struct device *device); /* NULL: none */
u32 fake_bus_devices(void);				     /* how many, without roots */
/* The windows of the machine; at most 4. None: nothing can be given. */
void fake_host_window(u32 kind, u64 start, u64 end);
/* a line or a negative errno; NULL: no router */
void fake_host_router(int (*route)(u32 bus, u32 device, u32 pin));
/* what pci_host_set_line said; -1: nothing */
int fake_host_line_of(const struct device *device);
/* Writes to or reads from a file of the bus (device NULL) or of a device: as a program does; its result. */
ssize_t fake_attribute_show(struct device *device, const char *name, char *buffer);
ssize_t fake_attribute_store(struct device *device, const char *name, const char *text);
ssize_t fake_attribute_read(struct device *device, const char *name, void *buffer, u64 position,
			    size_t length);
ssize_t fake_attribute_write(struct device *device, const char *name, const void *buffer,
			     u64 position, size_t length);
/* A range that the bus told the core: kind (RANGE_*), start and length; false: none. */
bool fake_bus_range(const struct device *device, u32 index, u32 *kind, u64 *start, u64 *length);
/* A driver on the bus without a module of its own. */
struct pci_driver;
int fake_bus_driver(const struct pci_driver *driver); /* registers it: 0 or its errno */

#endif
