// SPDX-License-Identifier: MIT
/*
 * /sys/bus/pci and /sys/bus/pci/devices/ADDRESS, as Linux has them.
 *
 * Files of a device do not wait for topology_lock: whoever removes the device holds it, and waits for them. `remove` may, since its file goes
 * first (ATTRIBUTE_REMOVES); `rescan` of a device only tries.
 */
#include "pci.h"

#include <kit/cpu.h>
#include <kit/firmware.h>
#include <kit/pci_host.h>

#define SHOW(name)	static ssize_t name##_show(void *object, const struct attribute *attribute, char *buffer)
#define STORE(name)	static ssize_t name##_store(void *object, const struct attribute *attribute, const char *text, size_t length)
#define FUNCTION	struct pci_function *f = pci_function_of(object)
#define PRINT(...)	snprintf(buffer, ATTRIBUTE_TEXT_SIZE, __VA_ARGS__)
#define TEXT_FILE(file_name, file_mode, show_it, store_it) \
	{ .size = sizeof(struct attribute), .mode = file_mode, .name = file_name, .show = show_it, .store = store_it }

/* Linux's flags of a resource, which programs read in `resource`. */
#define LINUX_PORTS	0x00000100
#define LINUX_MEMORY	0x00000200
#define LINUX_PREFETCH	0x00002000
#define LINUX_READ_ONLY	0x00004000
#define LINUX_ALIGNED	0x00040000
#define LINUX_MEMORY_64	0x00100000
#define LINUX_ROM_SHADOW 0x2
#define LINUX_FIXED	0x10
#define NR_VIRTUAL	6		/* rows for virtual functions, between the ROM and bridges' windows */

size_t pci_trim(const char *text, size_t length)
{
	while (length && (text[length - 1] == '\n' || text[length - 1] == ' '))
		length--;
	return length;
}

/* "1", "0" and a newline. */
static int parse_flag(const char *text, size_t length, bool *value)
{
	if (pci_trim(text, length) != 1 || (*text != '0' && *text != '1'))
		return -EINVAL;
	*value = *text == '1';
	return 0;
}

/* --- what it is --- */

SHOW(vendor) { FUNCTION; return PRINT("0x%04x\n", f->vendor); }
SHOW(device) { FUNCTION; return PRINT("0x%04x\n", f->id); }
SHOW(subsystem_vendor) { FUNCTION; return PRINT("0x%04x\n", f->subsystem_vendor); }
SHOW(subsystem_device) { FUNCTION; return PRINT("0x%04x\n", f->subsystem); }
SHOW(revision) { FUNCTION; return PRINT("0x%02x\n", f->revision); }
SHOW(class) { FUNCTION; return PRINT("0x%06x\n", f->class_code); }
SHOW(boot_vga) { FUNCTION; return PRINT("%u\n", f->boot_vga); }
SHOW(numa_node) { return PRINT("-1\n"); }
SHOW(ari_enabled) { return PRINT("0\n"); }
SHOW(override) { FUNCTION; return pci_override_show(f, buffer); }
SHOW(reset_method) { FUNCTION; char ways[32]; return PRINT("%s\n", pci_reset_methods(f, ways, sizeof(ways))); }

SHOW(irq) { return PRINT("%u\n", pci_host_irq(object)); }

SHOW(power_state)
{
	static const char *const names[] = { "D0", "D1", "D2", "D3hot" };
	FUNCTION;

	return PRINT("%s\n",
		     f->power
			     ? names[pci_read(f, f->power + PCI_POWER_CONTROL, 2) & PCI_POWER_STATE]
			     : "unknown");
}

SHOW(local_cpulist)
{
	u32 last = cpu_count() - 1;

	return last ? PRINT("0-%u\n", last) : PRINT("0\n");
}

/* Groups of 32 bits in hex, the highest first. */
SHOW(local_cpus)
{
	u32 cpus = cpu_count(), groups = (cpus + 31) / 32, in_first = cpus - (groups - 1) * 32;
	ssize_t n = PRINT("%0*llx", (int)(in_first + 3) / 4, (1ull << in_first) - 1);

	for (u32 i = 1; i < groups; i++)
		n += snprintf(buffer + n, ATTRIBUTE_TEXT_SIZE - n, ",ffffffff");
	return n + snprintf(buffer + n, ATTRIBUTE_TEXT_SIZE - n, "\n");
}

static const char *speed_name(u32 speed)
{
	static const char *const names[] = {
		"Unknown",	  "2.5 GT/s PCIe",  "5.0 GT/s PCIe",  "8.0 GT/s PCIe",
		"16.0 GT/s PCIe", "32.0 GT/s PCIe", "64.0 GT/s PCIe",
	};

	return names[speed < ARRAY_SIZE(names) ? speed : 0];
}

static u32 link_word(const struct pci_function *f, u64 offset)
{
	return pci_read(f, f->express + offset, 2);
}

SHOW(link_speed) { FUNCTION; return PRINT("%s\n", speed_name(link_word(f, attribute->value) & PCI_LINK_SPEED)); }
SHOW(link_width) { FUNCTION; return PRINT("%u\n", PCI_LINK_WIDTH(link_word(f, attribute->value))); }

/* --- resources --- */

static u64 linux_flags(const struct pci_resource *r)
{
	u64 flags = r->ports ? LINUX_PORTS | 1 : LINUX_MEMORY;

	if (r->shadow)
		return LINUX_MEMORY | LINUX_FIXED | LINUX_ROM_SHADOW;
	if (r->fixed)
		return LINUX_PORTS | LINUX_FIXED;
	flags |= LINUX_ALIGNED;
	if (r->prefetch)
		flags |= LINUX_PREFETCH | 0x8;
	if (r->wide)
		flags |= LINUX_MEMORY_64 | 0x4;
	if (r->rom)
		flags |= LINUX_READ_ONLY | LINUX_PREFETCH;
	return flags;
}

/* With the low bits of the bridge's register, its type. */
static u64 window_flags(const struct pci_function *f, u32 kind)
{
	u32 type;

	switch (kind) {
	case PCI_WINDOW_IO: return LINUX_PORTS | (pci_read(f, PCI_IO_BASE, 1) & 0xf);
	case PCI_WINDOW_MEM: return LINUX_MEMORY;
	default:
		type = pci_read(f, PCI_PREFETCH_BASE, 2) & 0xf;
		return LINUX_MEMORY | LINUX_PREFETCH | type |
		       (type == PCI_PREFETCH_64 ? LINUX_MEMORY_64 : 0);
	}
}

static ssize_t print_row(char *buffer, ssize_t n, u64 start, u64 end, u64 flags)
{
	return n + snprintf(buffer + n, ATTRIBUTE_TEXT_SIZE - n, "0x%016llx 0x%016llx 0x%016llx\n",
			    start, end, flags);
}

SHOW(resource)
{
	ssize_t n = 0;
	FUNCTION;

	for (u32 i = 0; i < NR_RANGES; i++) {
		const struct pci_resource *r = &f->resources[i];

		if (r->length)
			n = print_row(buffer, n, r->assigned ? r->start : 0,
				      r->start + r->length - 1, linux_flags(r));
		else
			n = print_row(buffer, n, 0, 0, 0);
	}
	for (u32 i = 0; i < NR_VIRTUAL; i++)
		n = print_row(buffer, n, 0, 0, 0);
	for (u32 i = 0; f->header == PCI_HEADER_BRIDGE && i < 4; i++) {
		if (i < PCI_NR_WINDOWS && f->has_window[i] &&
		    f->windows[i].start <= f->windows[i].end)
			n = print_row(buffer, n, f->windows[i].start, f->windows[i].end,
				      window_flags(f, i));
		else
			n = print_row(buffer, n, 0, 0, 0);
	}
	return n;
}

static bool valid_port_access(const struct pci_resource *r, u64 position, size_t length)
{
	return (length == 1 || length == 2 || length == 4) && !(position % length) &&
	       position + length <= r->length;
}

static ssize_t ports_read(void *object, const struct attribute *attribute, void *buffer,
			  u64 position, size_t length)
{
	const struct pci_resource *r = &pci_function_of(object)->resources[attribute->range];
	u32 value;

	if (!valid_port_access(r, position, length))
		return -EINVAL;
	value = firmware_port_read(r->start + position, length * 8);
	memcpy(buffer, &value, length);
	return length;
}

static ssize_t ports_write(void *object, const struct attribute *attribute, const void *buffer,
			   u64 position, size_t length)
{
	const struct pci_resource *r = &pci_function_of(object)->resources[attribute->range];
	u32 value = 0;

	if (!valid_port_access(r, position, length))
		return -EINVAL;
	memcpy(&value, buffer, length);
	firmware_port_write(r->start + position, length * 8, value);
	return length;
}

/* --- configuration space, in accesses that are as wide as they can be --- */

static u32 access_width(u64 position, size_t length)
{
	if (length >= 4 && !(position & 3))
		return 4;
	return length >= 2 && !(position & 1) ? 2 : 1;
}

static ssize_t config_read(void *object, const struct attribute *attribute, void *buffer,
			   u64 position, size_t length)
{
	u8 *to = buffer;
	FUNCTION;

	for (size_t done = 0, bytes; done < length; done += bytes) {
		u32 value;

		bytes = access_width(position + done, length - done);
		value = pci_read(f, position + done, bytes);
		memcpy(to + done, &value, bytes);
	}
	return length;
}

static ssize_t config_write(void *object, const struct attribute *attribute, const void *buffer,
			    u64 position, size_t length)
{
	const u8 *from = buffer;
	FUNCTION;

	for (size_t done = 0, bytes; done < length; done += bytes) {
		u32 value = 0;

		bytes = access_width(position + done, length - done);
		memcpy(&value, from + done, bytes);
		pci_write(f, position + done, bytes, value);
	}
	return length;
}

/* --- what one can do with it --- */

STORE(override)
{
	FUNCTION;
	int error = pci_override_store(f, text, length);

	return error ? error : (ssize_t)length;
}

SHOW(enable)
{
	FUNCTION;

	return PRINT("%u\n", f->nr_enabled + f->enabled_by_root);
}

static int set_enabled(struct device *device, struct bus_driver *driver, void *data)
{
	struct pci_function *f = pci_function_of(device);
	bool on = *(bool *)data;
	int error = 0;

	if (on) {
		error = pci_switch_on(f);
		if (!error && !f->enabled_by_root)
			pci_route(f);
	} else if (!f->enabled_by_root) {
		return -EIO;
	}
	if (!error)
		f->enabled_by_root = on;
	return error;
}

STORE(enable)
{
	bool on;
	int error = parse_flag(text, length, &on);

	if (!error)
		error = bus_device_hold(object, set_enabled, &on);
	return error ? error : (ssize_t)length;
}

static int reset_held(struct device *device, struct bus_driver *driver, void *data)
{
	const struct pci_driver *table = driver ? pci_driver_of(driver) : NULL;
	int error;

	if (table && table->reset_prepare)
		table->reset_prepare(device);
	error = pci_reset_function(pci_function_of(device));
	if (table && table->reset_done)
		table->reset_done(device);
	return error;
}

STORE(reset)
{
	bool on;
	int error = parse_flag(text, length, &on);

	if (!error)
		error = on ? bus_device_hold(object, reset_held, NULL) : -EINVAL;
	return error ? error : (ssize_t)length;
}

/* The file has gone from /sys, the device is still in memory. */
STORE(remove)
{
	bool on;
	int error = parse_flag(text, length, &on);
	FUNCTION;

	if (error || !on)
		return error ? error : (ssize_t)length;
	mutex_lock(&topology_lock);
	if (!f->gone)
		pci_remove_function(f);
	mutex_unlock(&topology_lock);
	return length;
}

/* Of the bus that it is on, and of what is behind it. */
STORE(rescan)
{
	bool on;
	int error = parse_flag(text, length, &on);
	FUNCTION;

	if (error || !on)
		return error ? error : (ssize_t)length;
	if (!mutex_trylock(&topology_lock))
		return -EBUSY;
	if (!f->gone)
		error = pci_scan_bus(f->bus);
	mutex_unlock(&topology_lock);
	return error < 0 ? error : (ssize_t)length;
}

static const struct attribute every_function[] = {
	TEXT_FILE("vendor", 0444, vendor_show, NULL),
	TEXT_FILE("device", 0444, device_show, NULL),
	TEXT_FILE("subsystem_vendor", 0444, subsystem_vendor_show, NULL),
	TEXT_FILE("subsystem_device", 0444, subsystem_device_show, NULL),
	TEXT_FILE("revision", 0444, revision_show, NULL),
	TEXT_FILE("class", 0444, class_show, NULL),
	TEXT_FILE("irq", 0444, irq_show, NULL),
	TEXT_FILE("local_cpus", 0444, local_cpus_show, NULL),
	TEXT_FILE("local_cpulist", 0444, local_cpulist_show, NULL),
	TEXT_FILE("numa_node", 0444, numa_node_show, NULL),
	TEXT_FILE("resource", 0444, resource_show, NULL),
	TEXT_FILE("enable", 0644, enable_show, enable_store),
	TEXT_FILE("ari_enabled", 0444, ari_enabled_show, NULL),
	TEXT_FILE("power_state", 0444, power_state_show, NULL),
	TEXT_FILE("driver_override", 0644, override_show, override_store),
	TEXT_FILE("rescan", 0200, NULL, rescan_store),
	{ .size = sizeof(struct attribute),
	  .mode = 0200,
	  .name = "remove",
	  .store = remove_store,
	  .flags = ATTRIBUTE_REMOVES },
};

static const struct attribute with_reset[] = {
	TEXT_FILE("reset", 0200, NULL, reset_store),
	TEXT_FILE("reset_method", 0444, reset_method_show, NULL),
};

static const struct attribute with_screen[] = { TEXT_FILE("boot_vga", 0444, boot_vga_show, NULL) };

static const struct attribute with_link[] = {
	{ .size = sizeof(struct attribute),
	  .mode = 0444,
	  .name = "max_link_speed",
	  .show = link_speed_show,
	  .value = PCI_EXPRESS_LINK_CAP },
	{ .size = sizeof(struct attribute),
	  .mode = 0444,
	  .name = "max_link_width",
	  .show = link_width_show,
	  .value = PCI_EXPRESS_LINK_CAP },
	{ .size = sizeof(struct attribute),
	  .mode = 0444,
	  .name = "current_link_speed",
	  .show = link_speed_show,
	  .value = PCI_EXPRESS_LINK_STATUS },
	{ .size = sizeof(struct attribute),
	  .mode = 0444,
	  .name = "current_link_width",
	  .show = link_width_show,
	  .value = PCI_EXPRESS_LINK_STATUS },
};

static int add_resource(struct pci_function *f, u32 index, bool combines)
{
	const struct pci_resource *r = &f->resources[index];
	struct attribute file = {
		.size = sizeof(file),
		.mode = 0600,
		.flags = ATTRIBUTE_BYTES,
		.file_size = r->length,
		.range = index,
	};
	char name[16];

	snprintf(name, sizeof(name), "resource%u%s", index, combines ? "_wc" : "");
	file.name = name;
	if (r->ports) {
		file.read = ports_read;
		file.write = ports_write;
	} else {
		file.flags |= ATTRIBUTE_MAPS_RANGE | (combines ? ATTRIBUTE_COMBINES : 0);
	}
	return bus_device_attributes(f->device, &file, 1);
}

static int add_resources(struct pci_function *f)
{
	int error = 0;

	for (u32 i = 0; i < RANGE_ROM && !error; i++) {
		if (!f->resources[i].length)
			continue;
		error = add_resource(f, i, false);
		if (!error && f->resources[i].prefetch && !f->resources[i].ports)
			error = add_resource(f, i, true);
	}
	return error;
}

int pci_add_files(struct pci_function *f)
{
	const struct attribute config = {
		.size = sizeof(config),
		.mode = 0644,
		.name = "config",
		.flags = ATTRIBUTE_BYTES,
		.file_size = f->config_size,
		.read = config_read,
		.write = config_write,
	};
	char ways[32];
	int error = bus_device_attributes(f->device, every_function, ARRAY_SIZE(every_function));

	if (!error)
		error = bus_device_attributes(f->device, &config, 1);
	if (!error)
		error = add_resources(f);
	if (!error && *pci_reset_methods(f, ways, sizeof(ways)))
		error = bus_device_attributes(f->device, with_reset, ARRAY_SIZE(with_reset));
	if (!error && f->class_code >> 8 == 0x0300)
		error = bus_device_attributes(f->device, with_screen, ARRAY_SIZE(with_screen));
	if (!error && f->express)
		error = bus_device_attributes(f->device, with_link, ARRAY_SIZE(with_link));
	return error;
}

/* --- of the bus --- */

STORE(bus_rescan)
{
	bool on;
	int error = parse_flag(text, length, &on);

	if (!error && on)
		error = pci_rescan();
	return error < 0 ? error : (ssize_t)length;
}

STORE(drivers_probe)
{
	struct pci_function *f;

	mutex_lock(&topology_lock);
	f = pci_find_named(text, pci_trim(text, length));
	if (f)
		bus_device_probe(f->device);
	mutex_unlock(&topology_lock);
	return f ? (ssize_t)length : -ENODEV;
}

const struct attribute pci_bus_files[] = {
	TEXT_FILE("rescan", 0200, NULL, bus_rescan_store),
	TEXT_FILE("drivers_probe", 0200, NULL, drivers_probe_store),
};
const u32 pci_nr_bus_files = ARRAY_SIZE(pci_bus_files);
