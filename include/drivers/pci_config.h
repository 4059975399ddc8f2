/* SPDX-License-Identifier: MIT */
/*
 * PCI configuration space, raw: memory-mapped where the MCFG table describes the bus, through ports 0xcf8 and 0xcfc elsewhere. Bus drivers and
 * the ACPI interpreter share it; who owns a device is not its business.
 */
#ifndef DRIVERS_PCI_CONFIG_H
#define DRIVERS_PCI_CONFIG_H

#include <lib/types.h>

struct pci_address {
	u16 segment;
	u8 bus;
	u8 devfn; /* device << 3 | function */
};

/*
 * width: 8, 16 or 32 bits; offset a multiple of it. A function that is not there reads all ones. 0, -EINVAL, -ENODEV (no way there). The first
 * access to a bus may sleep; later ones may be made in any context.
 */
int pci_config_read(struct pci_address address, unsigned int offset, unsigned int width,
		    u32 *value);
int pci_config_write(struct pci_address address, unsigned int offset, unsigned int width,
		     u32 value);

#endif
