/* SPDX-License-Identifier: MIT */
/*
 * The PCI bus as a module: its structures.
 *
 *	bus.c		being a bus: matching, probing, start and end
 *	ids.c		drivers and what they fit, also by new_id and driver_override
 *	scan.c		finding functions and bridges, removing them
 *	assign.c	giving addresses to those that the firmware left out
 *	decode.c		decoding, pure
 *	config.c	configuration space and capabilities for drivers; switching on
 *	routing.c	where interrupt pins lead
 *	reset.c		power state, saving and restoring, resets
 *	files.c		/sys
 *
 * Locking: topology_lock (a mutex) guards which functions and buses there are, and all their resources; it is held while devices are added and
 * removed, so drivers' probe and remove run under it sometimes and do not take it. What a function says of itself does not change while it
 * is there. The core serialises probe, remove and reset of one device (bus_device_hold), inside topology_lock.
 *
 * Marks: I immutable once the device is shown, T topology_lock, D with the device held.
 */
#ifndef PCI_H
#define PCI_H

#include <kit/bus.h>
#include <kit/device.h>
#include <kit/list.h>
#include <kit/lock.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/pci.h>
#include <kit/types.h>

#include "decode.h"
#include "pci_regs.h"

/* Ranges of a function: 0 to 5 are base address registers. */
#define RANGE_ROM	6
#define NR_RANGES	7

struct pci_resource {
	u64 start, length; /* length 0: there is none */
	bool ports, prefetch, wide, rom;
	bool assigned; /* start is valid */
	bool fixed;    /* where it has always been: no register holds it */
	bool shadow;   /* a copy of the ROM that the firmware left in memory */
};

struct pci_bus;

/* One function. It is the data of its device (bus_device_data). */
struct pci_function {
	struct device *device; /* I */
	struct list_head node; /* T: bus->functions */
	/* I: where it is; gone with the last function at the latest */
	struct pci_bus *bus;
	struct pci_bus *child;			     /* T: behind a bridge */
	u32 address;				     /* I: segment << 16 | bus << 8 | devfn */
	u32 config_size;			     /* I: 256 or 4096 */
	u32 capabilities;			     /* I: offset of the list's head, 0: no list */
	u16 vendor, id, subsystem_vendor, subsystem; /* I */
	u32 class_code;				     /* I: 24 bits */
	u8 revision, header, pin;		     /* I */
	u32 express, power, msi, msix;		     /* I: offsets of capabilities, 0: none */
	struct pci_resource resources[NR_RANGES];    /* T */
	struct pci_range windows[PCI_NR_WINDOWS];    /* T: of a bridge */
	bool has_window[PCI_NR_WINDOWS];	     /* T */
	bool routed;				     /* D: its line is known */
	bool gone;				     /* T: being removed */
	u32 nr_enabled;				     /* D: how often its driver has enabled it */
	u16 command_before;			     /* D: command register when the driver came */
	u32 saved[16];				     /* D: configuration before a reset */
	u16 saved_express[2];			     /* D: device and link control */
	bool enabled_by_root;			     /* D */
	bool shown;				     /* T: in /sys */
	bool boot_vga;				     /* I */
	char override_name[64]; /* ids_lock: the one driver that it may have, "": any */
};

struct pci_bus {
	struct list_head functions;  /* T */
	struct pci_function *bridge; /* I: NULL: a root */
	struct device *root;	     /* I: the folder of a root */
	u32 segment, number;	     /* I */
	u32 last;		     /* T: highest bus number behind it */
	bool extended;		     /* I: 4096 bytes of configuration space can be reached */
	struct list_head root_node;  /* T */
};

extern struct bus *pci_bus_type;
extern struct mutex topology_lock;
extern struct list_head root_buses; /* T */

static inline struct pci_function *pci_function_of(const struct device *device)
{
	return bus_device_data(device);
}

/* NULL for devices of other buses. */
static inline struct pci_function *pci_checked(const struct device *device)
{
	return bus_has_device(pci_bus_type, device) ? bus_device_data(device) : NULL;
}

/* config.c: 1, 2 or 4 bytes; all ones where nothing answers. */
u32 pci_raw_read(u32 address, u32 offset, u32 bytes);
void pci_raw_write(u32 address, u32 offset, u32 bytes, u32 value);
u32 pci_read(const struct pci_function *f, u32 offset, u32 bytes);
void pci_write(const struct pci_function *f, u32 offset, u32 bytes, u32 value);
u32 pci_capability(const struct pci_function *f, u32 id, u32 after);
int pci_switch_on(struct pci_function *f); /* decoders and power */

/* scan.c */
int pci_scan_all(void);		       /* all segments; also again: what is new. T */
int pci_scan_bus(struct pci_bus *bus); /* one, with all below it: how many are new, or -ENOMEM. T */
int pci_rescan(void);		       /* all, takes the lock. -ENODEV: the module is going */
void pci_remove_all(void);	       /* and finds none any more */
void pci_remove_function(struct pci_function *f);		      /* with all behind it. T */
struct pci_function *pci_find_named(const char *name, size_t length); /* T; NULL */

/* assign.c, T */
void pci_read_resources(struct pci_function *f);
void pci_assign_bus(struct pci_bus *bus); /* what has no address on it and below gets one */
void pci_show_range(struct pci_function *f, u32 index); /* to the core */

/* routing.c */
void pci_route(struct pci_function *f);

/* reset.c */
void pci_power_up(struct pci_function *f);
int pci_reset_function(struct pci_function *f);
/* "flr pm bus", "" */
const char *pci_reset_methods(const struct pci_function *f, char *buffer, size_t size);

/* files.c */
int pci_add_files(struct pci_function *f);
extern const struct attribute pci_bus_files[];
extern const u32 pci_nr_bus_files;
/* without the newline and blanks at the end */
size_t pci_trim(const char *text, size_t length);

/* ids.c */
bool pci_driver_fits(struct pci_function *f, struct bus_driver *driver, struct pci_id *id);
const struct pci_driver *pci_driver_of(const struct bus_driver *driver);
void pci_driver_gone(struct bus_driver *driver);
ssize_t pci_override_show(const struct pci_function *f, char *buffer);
int pci_override_store(struct pci_function *f, const char *text, size_t length);

#endif
