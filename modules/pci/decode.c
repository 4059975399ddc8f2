// SPDX-License-Identifier: MIT
/* Decoding configuration space (decode.h). */
#include "decode.h"
#include "pci_regs.h"

#define HEADER_BYTES	0x40
#define SPACE_BYTES	0x100
#define MAX_CAPABILITIES	((SPACE_BYTES - HEADER_BYTES) / 4)
#define EXTENDED_NEXT(header)	((header) >> 20 & 0xffc)

u32 pci_parse_capability(pci_read_function read, const void *device, u32 head, u32 id, u32 after)
{
	u32 at = after ? read(device, after + 1, 1) : read(device, head, 1), found;

	for (u32 i = 0; i < MAX_CAPABILITIES; i++) {
		at &= ~3u;
		if (at < HEADER_BYTES || at >= SPACE_BYTES)
			return 0;
		found = read(device, at, 1);
		if (found == 0xff)
			return 0; /* it has gone */
		if (found == id)
			return at;
		at = read(device, at + 1, 1);
	}
	return 0;
}

u32 pci_parse_extended(pci_read_function read, const void *device, u32 size, u32 id, u32 after)
{
	u32 at = after ? EXTENDED_NEXT(read(device, after, 4)) : PCI_EXTENDED_START;

	for (u32 i = 0; i < size / 8; i++) {
		u32 header;

		if (at < PCI_EXTENDED_START || at > size - 4)
			return 0;
		header = read(device, at, 4);
		if (!header || header == ~0u)
			return 0;
		if ((header & 0xffff) == id && at != after)
			return at;
		at = EXTENDED_NEXT(header);
	}
	return 0;
}

/* The size that a mask of writable bits stands for: its lowest bit, if all bits above are writable, too. */
static u64 size_of_mask(u64 mask, u64 all)
{
	u64 size = mask & -mask;

	return size && ((mask | (size - 1)) & all) == all ? size : 0;
}

void pci_parse_bar(u32 value, u32 mask, u32 value_high, u32 mask_high, struct pci_bar *bar)
{
	*bar = (struct pci_bar){ 0 };
	if (!mask || mask == ~0u)
		return;
	if (value & PCI_BAR_PORTS) {
		bar->ports = true;
		bar->start = value & PCI_BAR_PORTS_MASK & 0xffff;
		bar->length = size_of_mask(mask & PCI_BAR_PORTS_MASK & 0xffff, 0xffff);
		return;
	}
	bar->prefetch = value & PCI_BAR_PREFETCH;
	bar->wide = (value & PCI_BAR_TYPE) == PCI_BAR_64;
	bar->start = value & PCI_BAR_MEMORY_MASK;
	if (!bar->wide) {
		bar->length = size_of_mask(mask & PCI_BAR_MEMORY_MASK, 0xffffffff);
		return;
	}
	bar->start |= (u64)value_high << 32;
	bar->length = size_of_mask((mask & PCI_BAR_MEMORY_MASK) | (u64)mask_high << 32, ~0ull);
	/* A device may decode fewer bits than the register has. */
	if (!bar->length)
		bar->length = size_of_mask(mask & PCI_BAR_MEMORY_MASK, 0xffffffff);
}

void pci_parse_rom(u32 value, u32 mask, struct pci_bar *bar)
{
	*bar = (struct pci_bar){ 0 };
	if (!mask || mask == ~0u)
		return;
	bar->start = value & PCI_ROM_MASK;
	bar->length = size_of_mask(mask & PCI_ROM_MASK, 0xffffffff);
}

static void parse_io_window(pci_read_function read, const void *device, struct pci_range *window)
{
	u32 base = read(device, PCI_IO_BASE, 1), limit = read(device, PCI_IO_LIMIT, 1);

	window->start = (base & 0xf0) << 8;
	window->end = ((limit & 0xf0) << 8) | 0xfff;
	if ((base & 0xf) == PCI_IO_32) {
		window->start |= (u64)read(device, PCI_IO_BASE_HIGH, 2) << 16;
		window->end |= (u64)read(device, PCI_IO_LIMIT_HIGH, 2) << 16;
	}
}

int pci_parse_window(pci_read_function read, const void *device, u32 kind, struct pci_range *window)
{
	u32 at = kind == PCI_WINDOW_MEM ? PCI_MEMORY_BASE : PCI_PREFETCH_BASE, base, limit;

	if (kind == PCI_WINDOW_IO) {
		parse_io_window(read, device, window);
		/* A window that reads zero throughout is not there, or closed in a way of its own. */
		return window->start || window->end > 0xfff ? 0 : -1;
	}
	base = read(device, at, 2);
	limit = read(device, at + 2, 2);
	if (!base && !limit)
		return -1;
	window->start = (u64)(base & 0xfff0) << 16;
	window->end = (u64)(limit & 0xfff0) << 16 | 0xfffff;
	if (kind == PCI_WINDOW_PREFETCH && (base & 0xf) == PCI_PREFETCH_64) {
		window->start |= (u64)read(device, PCI_PREFETCH_BASE_HIGH, 4) << 32;
		window->end |= (u64)read(device, PCI_PREFETCH_LIMIT_HIGH, 4) << 32;
	}
	return 0;
}

bool pci_bus_numbers_are_sound(u32 parent, u32 limit, u32 primary, u32 secondary, u32 subordinate)
{
	return primary == parent && secondary > parent && subordinate >= secondary &&
	       subordinate <= limit;
}
