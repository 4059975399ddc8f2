/* SPDX-License-Identifier: MIT */
/* What the core keeps of a PCI function, and what the files of drivers/pci share. */
#ifndef DRIVERS_PCI_INTERNAL_H
#define DRIVERS_PCI_INTERNAL_H

#include <drivers/device.h>
#include <drivers/pci_config.h>
#include <kernel/interrupt.h>

/* PCI Local Bus 3.0: offsets in configuration space and their bits. */
#define PCI_CONFIG_IDS		0x00
#define PCI_CONFIG_COMMAND	0x04
#define PCI_CONFIG_LINE		0x3c
#define PCI_CONFIG_PIN		0x3d
#define PCI_COMMAND_MEMORY	0x0002
#define PCI_COMMAND_NO_INTX	0x0400

/*
 * One function.
 *	I	immutable
 *	V	changed with device->vectors, by the driver's own calls
 */
struct pci_function {
	struct device *device;	      /* I */
	struct pci_address address;   /* I */
	u16 msi, msix;		      /* I: offsets of the capabilities, 0: none */
	int line;		      /* V: number in kernel/irq, negative: none */
	struct list_head node;	      /* functions_lock */
	u32 kind, nr;		      /* V: what is in use: KIT_IRQ_MSI or MSIX, 0: none */
	struct pci_message *messages; /* V */
	void __iomem *table;	      /* V: of MSI-X */
	sysfs_dir_t *dir;	      /* V: msi_irqs */
};

/* A message; the chip's data of its line. */
struct pci_message {
	struct pci_function *function;	  /* I */
	u32 index, irq;			  /* I */
	struct sysfs_attribute attribute; /* I: msi_irqs/NUMBER */
	char name[12];
};

extern const struct device_irqs pci_irqs;
extern struct list_head pci_functions; /* functions_lock */
extern struct mutex pci_functions_lock;

static inline u32 pci_read(const struct pci_function *f, unsigned int offset, unsigned int width)
{
	u32 value;

	pci_config_read(f->address, offset, width, &value);
	return value;
}

static inline void pci_write(const struct pci_function *f, unsigned int offset, unsigned int width,
			     u32 value)
{
	pci_config_write(f->address, offset, width, value);
}

void pci_proc_init(void);

#endif
