// SPDX-License-Identifier: MIT
/*
 * Where PCI interrupts arrive (ACPI 6.4, 6.2.13): the _PRT of the host bridge or of the PCI bridge that leads to a bus. The bridge is found by
 * walking from the host bridges (_SEG, _BBN) down, through the bus numbers that the bridges' registers hold now: so a bus that was numbered anew
 * is found as well.
 */
#include "driver.h"

#define HEADER_TYPE		0x0e
#define HEADER_TYPE_MASK	0x7f
#define HEADER_TYPE_BRIDGE	1
#define SECONDARY_BUS		0x19
#define NO_ADDRESS		~0ull

struct search {
	u32 segment, bus;
	acpi_handle found;
};

static bool read_config(struct firmware_pci_function *function, u32 offset, u32 *value)
{
	return !firmware_pci_read(function, offset, 8, value);
}

/* The bus behind a bridge; 0 when the device is no bridge. */
static u32 secondary_bus(u32 segment, u32 bus, u64 address)
{
	struct firmware_pci_function function = {
		.size = sizeof(function),
		.segment = segment,
		.bus = bus,
		.device = address >> 16,
		.function = address,
	};
	u32 type, secondary;

	if (!read_config(&function, HEADER_TYPE, &type) ||
	    (type & HEADER_TYPE_MASK) != HEADER_TYPE_BRIDGE)
		return 0;
	return read_config(&function, SECONDARY_BUS, &secondary) ? secondary : 0;
}

static acpi_handle find_below(acpi_handle bridge, const struct search *s, u32 bus)
{
	acpi_handle child = NULL, found = NULL;
	u32 secondary;
	u64 address;

	if (bus == s->bus)
		return bridge;
	while (!found &&
	       ACPI_SUCCESS(acpi_get_next_object(ACPI_TYPE_DEVICE, bridge, child, &child))) {
		address = acpi_number(child, METHOD_NAME__ADR, NO_ADDRESS);
		if (address == NO_ADDRESS)
			continue;
		secondary = secondary_bus(s->segment, bus, address);
		if (secondary > bus)
			found = find_below(child, s, secondary);
	}
	return found;
}

static acpi_status search_host_bridge(acpi_handle bridge, u32 level, void *context, void **result)
{
	struct search *s = context;

	if (acpi_number(bridge, METHOD_NAME__SEG, 0) != s->segment)
		return AE_OK;
	s->found = find_below(bridge, s, acpi_number(bridge, METHOD_NAME__BBN, 0));
	return s->found ? AE_CTRL_TERMINATE : AE_OK;
}

static const struct acpi_pci_routing_table *find_entry(const struct acpi_buffer *buffer, u32 device,
						       u32 pin)
{
	const struct acpi_pci_routing_table *entry = buffer->pointer;

	for (; entry->length; entry = (const void *)((const u8 *)entry + entry->length))
		if (entry->address >> 16 == device && entry->pin == pin)
			return entry;
	return NULL;
}

static int use_entry(acpi_handle bridge, const struct acpi_pci_routing_table *entry,
		     struct firmware_line *line)
{
	if (entry->source[0])
		return link_line(bridge, (char *)entry->source, entry->source_index, line);
	/* Wired to an input of an I/O APIC: by the rules of PCI. */
	line->gsi = entry->source_index;
	line->level = 1;
	line->active_low = 1;
	return 0;
}

static int find_route(u32 segment, u32 bus, u32 device, u32 pin, struct firmware_line *line)
{
	struct search s = { segment, bus, NULL };
	struct acpi_buffer buffer = { ACPI_ALLOCATE_BUFFER, NULL };
	const struct acpi_pci_routing_table *entry;
	int error = -ENOENT;

	acpi_get_devices(PCI_ROOT_HID_STRING, search_host_bridge, &s, NULL);
	if (!s.found || ACPI_FAILURE(acpi_get_irq_routing_table(s.found, &buffer)))
		return -ENOENT;
	entry = find_entry(&buffer, device, pin);
	if (entry)
		error = use_entry(s.found, entry, line);
	acpi_os_free(buffer.pointer);
	return error;
}

static int route(u32 segment, u32 bus, u32 device, u32 pin, struct firmware_line *line)
{
	int error;

	if (!service_begin())
		return -ENODEV;
	error = find_route(segment, bus, device, pin, line);
	/* What could not be looked at for want of memory is not to be taken for nothing. */
	/* lint: selfAssignment: only where the other is 0 */
	error = osl_first_error() ?: error;
	service_end();
	return error;
}

static const struct firmware_router router = {
	.size = sizeof(router),
	.route = route,
};

int routing_start(void)
{
	return firmware_router_register(acpi_device, &router);
}
