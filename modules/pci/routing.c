// SPDX-License-Identifier: MIT
/*
 * Where an interrupt pin leads. The firmware's tables say it of a slot on a bus (firmware_route, when an interpreter is there); behind a bridge
 * that they do not mention, the pin is rotated by the slot's number and is the bridge's (PCI-to-PCI Bridge 1.2, 9.1). Without tables, the
 * firmware has left the number in the register Interrupt Line.
 */
#include "pci.h"

#include <kit/firmware.h>
#include <kit/pci_host.h>

/* 0 with a line, or a negative errno. */
static int route_by_tables(const struct pci_function *f, int *line)
{
	u32 pin = f->pin - 1;

	for (;;) {
		u32 slot = f->address >> 3 & 31;
		struct firmware_line found = { .size = sizeof(found) };
		int error = firmware_route(f->address >> 16, f->address >> 8 & 0xff, slot, pin,
					   &found);

		if (!error) {
			*line = pci_host_line(found.gsi, found.level, found.active_low);
			return *line < 0 ? *line : 0;
		}
		if (error != -ENOENT || !f->bus->bridge)
			return error;
		pin = (pin + slot) % 4;
		f = f->bus->bridge;
	}
}

/* Again at each probe, until the tables have been asked: their interpreter may come later. */
void pci_route(struct pci_function *f)
{
	int line = -1;

	if (!f->pin || f->routed)
		return;
	if (f->pin <= 4 && !route_by_tables(f, &line))
		f->routed = true;
	else
		line = pci_host_legacy_line(pci_read(f, PCI_INTERRUPT_LINE, 1));
	pci_host_set_line(f->device, line);
}
