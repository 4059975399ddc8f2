/* SPDX-License-Identifier: MIT */
/*
 * Kit: the machine's side of PCI, for the module that is the bus and for who knows where interrupt pins lead (acpi.ko). Ring 0 only.
 *
 * A function's address is segment << 16 | bus << 8 | device << 3 | function.
 *
 * Unless a comment says otherwise: any context; never sleeps.
 *
 * State: draft.
 */
#ifndef KIT_PCI_HOST_H
#define KIT_PCI_HOST_H

#include <kit/abi.h>
#include <kit/types.h>

struct device;

/* Which buses there may be. */
struct pci_host_segment {
	u32 size; /* sizeof(struct pci_host_segment), set by the caller */
	struct kit_marker kit_0_1;
	u32 segment;
	u32 first_bus, last_bus;
	/* where their configuration space lies in memory, 0: by ports */
	u64 config;
};
/* Which buses segment number index has. 0, -ENOENT behind the last, -E2BIG. Since 0.1. */
int pci_host_segment(u32 index, struct pci_host_segment *segment) KIT_SYMBOL(pci_host_segment);

/* Addresses that devices may be given, where no memory and nothing of the board is known. */
enum kit_pci_host_constants {
	PCI_WINDOW_PORTS = 1,
	PCI_WINDOW_MEMORY = 2,
};
struct pci_host_window {
	u32 size; /* sizeof(struct pci_host_window), set by the caller */
	struct kit_marker kit_0_1;
	u32 kind;	/* PCI_WINDOW_* */
	u64 start, end; /* both included */
};
/* The window number index of addresses. 0, -ENOENT behind the last, -E2BIG. Since 0.1. */
int pci_host_window(u32 index, struct pci_host_window *window) KIT_SYMBOL(pci_host_window);

/*
 * Calls change(data) while no other CPU does anything and no interrupt comes: for the moment in which functions do not answer at their addresses, as when their sizes
 * are read. Whoever used one meanwhile (the screen, say) would read ones and write nowhere. change is short, only reads and writes configuration space that was read
 * before, takes no lock and does not print. 0 or -ENOMEM. Sleeps before that. Since 0.9.
 */
int pci_host_alone(void (*change)(void *data), void *data) KIT_SYMBOL(pci_host_alone) __must_check;

/*
 * The device is the function at that address: from now on the core sends its messages (MSI, MSI-X) and shows it in /proc/bus/pci. msi and
 * msix are offsets of the capabilities, 0: none; the memory of the MSI-X table is one of the device's ranges. 0 or -ENOMEM. Sleeps. Since 0.1.
 */
int pci_host_attach(struct device *device, u32 address, u32 msi, u32 msix)
	KIT_SYMBOL(pci_host_attach) __must_check;
/* Says which interrupt line it has: a number from pci_host_line or pci_host_legacy_line; negative: none. Since 0.1. */
void pci_host_set_line(struct device *device, int line) KIT_SYMBOL(pci_host_set_line);
/* The number that its interrupts have in /proc/interrupts: of its MSI, or of its line, or what the firmware left; 0: none. Since 0.1. */
u32 pci_host_irq(const struct device *device) KIT_SYMBOL(pci_host_irq);
/* The function has been reset: writes its messages (MSI, MSI-X) anew. Sleeps. Since 0.1. */
void pci_host_restore_messages(struct device *device) KIT_SYMBOL(pci_host_restore_messages);

/*
 * The line at which a global system interrupt (gsi, as ACPI numbers them) arrives, with the trigger that the wiring has (firmware_route in kit/firmware.h tells it). Its
 * number or -EINVAL. Sleeps. Since 0.1.
 */
int pci_host_line(u32 gsi, bool level, bool active_low) KIT_SYMBOL(pci_host_line);
/* The line that the firmware wrote into the register Interrupt Line: 0 to 15 as the PICs number them. -EINVAL: no such line. Since 0.1. */
int pci_host_legacy_line(u32 value) KIT_SYMBOL(pci_host_legacy_line);

KIT_HEADER(pci_host, 1);

#endif
