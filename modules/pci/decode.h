/* SPDX-License-Identifier: MIT */
/*
 * Reading what a device says of itself, without believing it: pure functions on top of a way to read configuration space, which the
 * tests on the host replace.
 */
#ifndef PCI_DECODE_H
#define PCI_DECODE_H

#include <kit/types.h>

/* bytes: 1, 2 or 4, naturally aligned. */
typedef u32 (*pci_read_function)(const void *device, u32 offset, u32 bytes);

/*
 * The first capability with that id behind offset `after` (0: from the start of the list, whose pointer is at offset `head`); 0: none. Ends on
 * loops, pointers into the header and devices that have gone.
 */
u32 pci_parse_capability(pci_read_function read, const void *device, u32 head, u32 id, u32 after);
/* The same among the extended ones of a space of `size` bytes. */
u32 pci_parse_extended(pci_read_function read, const void *device, u32 size, u32 id, u32 after);

/* A base address register, decoded. */
struct pci_bar {
	u64 start, length;	    /* length 0: there is none */
	bool ports, prefetch, wide; /* wide: it takes the next register, too */
};

/*
 * From what the register held (`value`) and what it read back after all ones had been written (`mask`); the high halves are of the next
 * register. A mask that is no size makes length 0.
 */
void pci_parse_bar(u32 value, u32 mask, u32 value_high, u32 mask_high, struct pci_bar *bar);
/* Likewise the register of the expansion ROM. */
void pci_parse_rom(u32 value, u32 mask, struct pci_bar *bar);

/* A bridge's window; start > end: closed. */
struct pci_range {
	u64 start, end; /* both included */
};
enum pci_window_kind { PCI_WINDOW_IO, PCI_WINDOW_MEM, PCI_WINDOW_PREFETCH, PCI_NR_WINDOWS };
/* 0, or -1: the bridge has not that window. */
int pci_parse_window(pci_read_function read, const void *device, u32 kind,
		     struct pci_range *window);

/* May a bridge on bus `parent`, behind which buses up to `limit` may be, have these numbers? */
bool pci_bus_numbers_are_sound(u32 parent, u32 limit, u32 primary, u32 secondary, u32 subordinate);

#endif
