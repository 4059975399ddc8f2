// SPDX-License-Identifier: MIT
/*
 * Finding functions: all 32 slots of a bus, and through bridges the buses behind. Bus numbers that the firmware gave are kept where they make
 * sense; a bridge without sensible ones gets the next free number.
 *
 * A scan has four passes: find (nobody sees what is new), read the sizes, give addresses, show and probe.
 */
#include "pci.h"

#include <kit/pci_host.h>

LIST_HEAD(root_buses);
struct mutex topology_lock;
static bool closed;	  /* T: the module is going */
static bool has_boot_vga; /* T */

#define NOBODY		0xffff
#define VGA_CLASS	0x0300
#define SHADOW_START	0xc0000
#define SHADOW_LENGTH	0x20000

static void find_on(struct pci_bus *bus);

/* --- one function --- */

static u32 config_size_of(const struct pci_function *f)
{
	if (!f->express || !f->bus->extended)
		return PCI_EXTENDED_START;
	return pci_raw_read(f->address, PCI_EXTENDED_START, 4) == ~0u ? PCI_EXTENDED_START : 4096;
}

static void read_subsystem(struct pci_function *f)
{
	u32 at;

	if (f->header == PCI_HEADER_NORMAL) {
		f->subsystem_vendor = pci_read(f, PCI_SUBSYSTEM_VENDOR, 2);
		f->subsystem = pci_read(f, PCI_SUBSYSTEM, 2);
		return;
	}
	at = f->header == PCI_HEADER_BRIDGE ? pci_capability(f, PCI_CAP_SUBSYSTEM, 0) : 0;
	if (at) {
		f->subsystem_vendor = pci_read(f, at + 4, 2);
		f->subsystem = pci_read(f, at + 6, 2);
	}
}

/* The screen that the firmware set up: its ROM was copied to where BIOSes look for it. */
static void note_boot_vga(struct pci_function *f)
{
	u32 on = PCI_COMMAND_PORTS | PCI_COMMAND_MEMORY;

	if (f->class_code >> 8 != VGA_CLASS || has_boot_vga ||
	    (pci_read(f, PCI_COMMAND, 2) & on) != on)
		return;
	has_boot_vga = f->boot_vga = true;
	f->resources[RANGE_ROM] = (struct pci_resource){
		.start = SHADOW_START,
		.length = SHADOW_LENGTH,
		.assigned = true,
		.shadow = true,
		.rom = true,
	};
}

static void identify(struct pci_function *f, u32 ids)
{
	u32 class_revision;

	f->config_size = PCI_EXTENDED_START;
	f->vendor = ids;
	f->id = ids >> 16;
	class_revision = pci_read(f, PCI_REVISION, 4);
	f->class_code = class_revision >> 8;
	f->revision = class_revision;
	f->header = pci_read(f, PCI_HEADER, 1) & PCI_HEADER_TYPE;
	f->pin = pci_read(f, PCI_INTERRUPT_PIN, 1);
	if (pci_read(f, PCI_STATUS, 2) & PCI_STATUS_CAPABILITIES)
		f->capabilities = f->header == PCI_HEADER_CARDBUS ? PCI_CARDBUS_CAPABILITIES
								  : PCI_CAPABILITIES;
	f->express = pci_capability(f, PCI_CAP_EXPRESS, 0);
	f->power = pci_capability(f, PCI_CAP_POWER, 0);
	f->msi = pci_capability(f, PCI_CAP_MSI, 0);
	f->msix = pci_capability(f, PCI_CAP_MSIX, 0);
	f->config_size = config_size_of(f);
	read_subsystem(f);
}

static u32 address_of(const struct pci_bus *bus, u32 devfn)
{
	return bus->segment << 16 | bus->number << 8 | devfn;
}

static struct pci_function *add_function(struct pci_bus *bus, u32 devfn, u32 ids)
{
	u32 address = address_of(bus, devfn);
	struct bus_device_params params = {
		.size = sizeof(params),
		.data_size = sizeof(struct pci_function),
		.nr_ranges = NR_RANGES,
		.parent = bus->bridge ? bus->bridge->device : bus->root,
	};
	struct pci_function *f;
	struct device *device;
	char name[16];

	snprintf(name, sizeof(name), "%04x:%02x:%02x.%u", bus->segment, bus->number, devfn >> 3,
		 devfn & 7);
	params.name = name;
	device = bus_device_create(pci_bus_type, &params);
	if (IS_ERR(device)) {
		log_print(THIS_MODULE, LOG_LEVEL_ERR, "%s: error %ld", name, PTR_ERR(device));
		return NULL;
	}
	f = pci_function_of(device);
	f->device = device;
	f->bus = bus;
	f->address = address;
	identify(f, ids);
	list_add_tail(&f->node, &bus->functions);
	return f;
}

static struct pci_function *find_known(const struct pci_bus *bus, u32 devfn)
{
	struct pci_function *f;

	list_for_each_entry(f, &bus->functions, node)
		if ((f->address & 0xff) == devfn)
			return f;
	return NULL;
}

/* Below a PCI Express port there is one device. */
static bool is_port(const struct pci_function *f)
{
	u32 type = f && f->express
			   ? PCI_EXPRESS_TYPE(pci_read(f, f->express + PCI_EXPRESS_FLAGS, 2))
			   : 0;

	return type == PCI_EXPRESS_ROOT_PORT || type == PCI_EXPRESS_DOWNSTREAM;
}

static void find_in_slot(struct pci_bus *bus, u32 slot)
{
	for (u32 function = 0; function < 8; function++) {
		u32 devfn = slot << 3 | function, ids;
		struct pci_function *known = find_known(bus, devfn);

		if (!known) {
			ids = pci_raw_read(address_of(bus, devfn), PCI_VENDOR, 4);
			if ((ids & 0xffff) != NOBODY && (ids & 0xffff) != 0)
				add_function(bus, devfn, ids);
		}
		/* Others only where function 0 says so. */
		if (!function &&
		    !(pci_raw_read(address_of(bus, devfn), PCI_HEADER, 1) & PCI_HEADER_MULTI))
			return;
		if (!function && pci_raw_read(address_of(bus, devfn), PCI_VENDOR, 2) == NOBODY)
			return;
	}
}

/* --- buses --- */

static struct pci_bus *find_below(struct pci_bus *bus, u32 number)
{
	struct pci_function *f;
	struct pci_bus *found = bus->number == number ? bus : NULL;

	list_for_each_entry(f, &bus->functions, node)
		if (!found && f->child)
			found = find_below(f->child, number);
	return found;
}

static struct pci_bus *find_bus(u32 segment, u32 number)
{
	struct pci_bus *root, *found = NULL;

	list_for_each_entry(root, &root_buses, root_node)
		if (root->segment == segment && !found)
			found = find_below(root, number);
	return found;
}

/* The highest number in use behind a bus. */
static u32 highest_below(const struct pci_bus *bus)
{
	const struct pci_function *f;
	u32 highest = bus->number, inner;

	list_for_each_entry(f, &bus->functions, node) {
		inner = f->child ? (f->child->last > highest ? f->child->last : highest) : highest;
		highest = inner;
	}
	return highest;
}

static struct pci_bus *add_bus(struct pci_function *bridge, u32 number, u32 last)
{
	struct pci_bus *bus = kzalloc(sizeof(*bus));

	if (!bus)
		return NULL;
	INIT_LIST_HEAD(&bus->functions);
	bus->bridge = bridge;
	bus->segment = bridge->bus->segment;
	bus->number = number;
	bus->last = last;
	bus->extended = bridge->bus->extended;
	bridge->child = bus;
	return bus;
}

static void take_numbers(struct pci_function *f)
{
	u32 primary = pci_read(f, PCI_PRIMARY_BUS, 1),
	    secondary = pci_read(f, PCI_SECONDARY_BUS, 1);
	u32 subordinate = pci_read(f, PCI_SUBORDINATE_BUS, 1);

	if (!pci_bus_numbers_are_sound(f->bus->number, f->bus->last, primary, secondary,
				       subordinate) ||
	    find_bus(f->bus->segment, secondary))
		return;
	if (add_bus(f, secondary, subordinate))
		find_on(f->child);
}

static void write_numbers(struct pci_function *f, u32 secondary, u32 subordinate)
{
	pci_write(f, PCI_PRIMARY_BUS, 1, f->bus->number);
	pci_write(f, PCI_SECONDARY_BUS, 1, secondary);
	pci_write(f, PCI_SUBORDINATE_BUS, 1, subordinate);
}

/* All numbers left are the bridge's while what is behind it is found; then it keeps what was needed. */
static void give_numbers(struct pci_function *f)
{
	u32 number = highest_below(f->bus) + 1;

	if (number > f->bus->last || find_bus(f->bus->segment, number)) {
		dev_print(LOG_LEVEL_WARNING, f->device,
			  "no bus number is left for what is behind it");
		return;
	}
	if (!add_bus(f, number, f->bus->last))
		return;
	write_numbers(f, number, f->bus->last);
	find_on(f->child);
	f->child->last = highest_below(f->child);
	pci_write(f, PCI_SUBORDINATE_BUS, 1, f->child->last);
}

static void find_on(struct pci_bus *bus)
{
	struct pci_function *f;

	for (u32 slot = 0; slot < (is_port(bus->bridge) ? 1 : 32); slot++)
		find_in_slot(bus, slot);
	list_for_each_entry(f, &bus->functions, node) {
		if (f->child)
			find_on(f->child);
		else if (f->header == PCI_HEADER_BRIDGE)
			take_numbers(f);
	}
	list_for_each_entry(f, &bus->functions, node)
		if (f->header == PCI_HEADER_BRIDGE && !f->child)
			give_numbers(f);
}

/* --- sizes --- */

static bool has_new(const struct pci_bus *bus)
{
	const struct pci_function *f;

	list_for_each_entry(f, &bus->functions, node)
		if (!f->shown || (f->child && has_new(f->child)))
			return true;
	return false;
}

/* The lock is held by who waits for this. */
static void read_new_resources(void *data)
{
	struct pci_bus *bus = data;
	struct pci_function *f;

	list_for_each_entry(f, &bus->functions, node) {
		if (!f->shown) {
			pci_read_resources(f);
			note_boot_vga(f);
		}
		if (f->child)
			read_new_resources(f->child);
	}
}

/* --- showing --- */

static int show(struct pci_function *f)
{
	int error;

	for (u32 i = 0; i < NR_RANGES; i++)
		pci_show_range(f, i);
	error = pci_host_attach(f->device, f->address, f->msi, f->msix);
	if (!error)
		error = pci_add_files(f);
	if (!error)
		error = bus_device_add(f->device);
	return error;
}

static u32 show_new(struct pci_bus *bus)
{
	struct pci_function *f, *next;
	u32 n = 0;

	list_for_each_entry_safe(f, next, &bus->functions, node) {
		if (!f->shown) {
			int error = show(f);

			if (error) {
				log_print(THIS_MODULE, LOG_LEVEL_ERR, "%s: error %d",
					  dev_name(f->device), error);
				pci_remove_function(f);
				continue;
			}
			f->shown = true;
			n++;
		}
		if (f->child)
			n += show_new(f->child);
	}
	return n;
}

static void probe_all(struct pci_bus *bus)
{
	struct pci_function *f;

	list_for_each_entry(f, &bus->functions, node) {
		bus_device_probe(f->device);
		if (f->child)
			probe_all(f->child);
	}
}

/*
 * Functions do not answer while their sizes are read, and the core may be using one: the screen. So nobody runs meanwhile. (QEMU before 8.2 needs that for any function:
 * emulating CPUs that reach for their local APIC while its map of addresses changes, it may end with SIGSEGV.)
 */
int pci_scan_bus(struct pci_bus *bus)
{
	int n, error;

	find_on(bus);
	error = has_new(bus) ? pci_host_alone(read_new_resources, bus) : 0;
	if (error)
		return error; /* the next scan takes them for new, too */
	pci_assign_bus(bus);
	n = show_new(bus);
	probe_all(bus);
	return n;
}

static struct pci_bus *add_root(const struct pci_host_segment *segment)
{
	struct pci_bus *bus = kzalloc(sizeof(*bus));
	char name[16];

	if (!bus)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&bus->functions);
	bus->segment = segment->segment;
	bus->number = segment->first_bus;
	bus->last = segment->last_bus;
	bus->extended = segment->config;
	snprintf(name, sizeof(name), "pci%04x:%02x", bus->segment, bus->number);
	bus->root = bus_root_create(pci_bus_type, name, 0);
	if (IS_ERR(bus->root)) {
		long error = PTR_ERR(bus->root);

		kfree(bus);
		return ERR_PTR(error);
	}
	list_add_tail(&bus->root_node, &root_buses);
	return bus;
}

int pci_scan_all(void)
{
	struct pci_host_segment segment = { .size = sizeof(segment) };
	struct pci_bus *bus;
	int n = 0, found;

	for (u32 i = 0; !pci_host_segment(i, &segment); i++) {
		bus = find_bus(segment.segment, segment.first_bus);
		if (!bus)
			bus = add_root(&segment);
		if (IS_ERR(bus))
			return PTR_ERR(bus);
		found = pci_scan_bus(bus);
		if (found < 0)
			return found;
		n += found;
	}
	return n;
}

int pci_rescan(void)
{
	int result;

	mutex_lock(&topology_lock);
	result = closed ? -ENODEV : pci_scan_all();
	mutex_unlock(&topology_lock);
	return result;
}

/* --- removing --- */

static void remove_bus(struct pci_bus *bus)
{
	while (!list_empty(&bus->functions))
		pci_remove_function(list_last_entry(&bus->functions, struct pci_function, node));
}

void pci_remove_function(struct pci_function *f)
{
	struct pci_bus *child = f->child;

	if (child)
		/* lint: clang-analyzer-unix.Malloc: the last of the bus is another one each time */
		remove_bus(child);
	f->gone = true;
	list_del(&f->node);
	if (f->boot_vga)
		has_boot_vga = false;
	bus_device_remove(f->device);
	kfree(child);
}

void pci_remove_all(void)
{
	struct pci_bus *root, *next;

	mutex_lock(&topology_lock);
	closed = true;
	list_for_each_entry_safe(root, next, &root_buses, root_node) {
		remove_bus(root);
		list_del(&root->root_node);
		bus_device_remove(root->root);
		kfree(root);
	}
	mutex_unlock(&topology_lock);
}

static struct pci_function *find_name_below(const struct pci_bus *bus, const char *name,
					    size_t length)
{
	struct pci_function *f, *found = NULL;

	list_for_each_entry(f, &bus->functions, node) {
		const char *own = dev_name(f->device);

		if (strlen(own) == length && !memcmp(own, name, length))
			return f;
		found = f->child ? find_name_below(f->child, name, length) : NULL;
		if (found)
			return found;
	}
	return NULL;
}

struct pci_function *pci_find_named(const char *name, size_t length)
{
	struct pci_function *found = NULL;
	struct pci_bus *root;

	list_for_each_entry(root, &root_buses, root_node)
		if (!found)
			found = find_name_below(root, name, length);
	return found;
}
