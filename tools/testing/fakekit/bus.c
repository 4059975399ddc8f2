/* SPDX-License-Identifier: MIT */
/*
 * The machine's side of a bus that is a module (kit/bus.h, kit/pci_host.h), for the test of modules/pci. Functions are those of config.c;
 * fake_pci.h has what a test may ask.
 */
#include <kit/bus.h>
#include <kit/device.h>
#include <kit/memory.h>
#include <kit/module.h>
#include <kit/pci.h>
#include <kit/pci_host.h>
#include "fake_pci.h"
#include "internal.h"
#include "../../../modules/pci/pci_regs.h"

#define MOST_RANGES	8u

struct bus { struct bus_params params; };

struct bus_driver {
	struct list_head node;
	char name[64];
	const struct bus_driver_params *params;
	void *data;
};

/* What the core knows of a device of the bus. */
struct seat {
	struct list_head node;
	struct device *device, *parent;
	struct bus_driver *driver;
	struct bus_range ranges[MOST_RANGES];
	/* before: what was on the device's list when its driver came */
	u32 nr_ranges, address, before;
	void *data;
	int line;
	bool is_root, added, held, attached;
};

static struct bus *the_bus;
static bool alone; /* pci_host_alone's caller */
static LIST_HEAD(seats);
static LIST_HEAD(bus_drivers);

static struct seat *seat_of(const struct device *device) { return device->bus; }

/* --- the bus --- */

static const struct bus_operations *ops(void);
static void unbind(struct seat *s);

static u32 left_over_bus(void)
{
	u32 n = 0;

	while (!list_empty(&seats)) {
		struct seat *s = list_first_entry(&seats, struct seat, node);

		note("left over: device %s", s->device->name);
		list_del(&s->node);
		n++;
	}
	return n;
}

/* Drivers of other modules go before the bus does. */
static void drivers_go(void)
{
	struct seat *s;

	list_for_each_entry(s, &seats, node)
		if (s->added)
			unbind(s);
	while (!list_empty(&bus_drivers)) {
		struct bus_driver *d = list_first_entry(&bus_drivers, struct bus_driver, node);

		list_del(&d->node);
		if (ops()->driver_gone)
			ops()->driver_gone(d);
		host_free(d);
	}
}

static struct class bus_class = { .left_over = left_over_bus, .before_exit = drivers_go };

/* While a size is read the register is not where its users look for it. */
static void check_config_write(u32 offset, u32 width, u32 value)
{
	if (offset == PCI_BAR0 && width == 32 && value == ~0u && !alone)
		complain("a size is read while others run");
}

struct bus *bus_register(struct module *owner, const struct bus_params *params)
{
	enter_call("bus_register", true);
	if (params->size < sizeof(*params) || !params->name ||
	    params->operations->size < sizeof(struct bus_operations))
		return ERR_PTR(-EINVAL);
	if (the_bus)
		return ERR_PTR(-EEXIST);
	if (fault("bus_register"))
		return ERR_PTR(-ENOMEM);
	class_add(&bus_class);
	config_write_check = check_config_write;
	the_bus = host_alloc(sizeof(*the_bus));
	the_bus->params = *params;
	if (attributes_add(NULL, the_bus, params->attributes, params->nr_attributes))
		complain("%s: its files are not sound", params->name);
	return the_bus;
}

static const struct bus_operations *ops(void) { return the_bus->params.operations; }

static struct device *make(const char *name, struct device *parent, u32 data_size, bool is_root)
{
	struct seat *s = host_alloc(sizeof(*s));

	s->device = device_create(name);
	s->device->bus = s;
	s->parent = parent;
	s->data = host_alloc(data_size);
	s->is_root = is_root;
	s->line = -1;
	list_add_tail(&s->node, &seats);
	return s->device;
}

struct device *bus_root_create(struct bus *bus, const char *name, u32 data_size)
{
	enter_call("bus_root_create", true);
	return fault("bus_root_create") ? ERR_PTR(-ENOMEM) : make(name, NULL, data_size, true);
}

struct device *bus_device_create(struct bus *bus, const struct bus_device_params *params)
{
	struct device *d;

	enter_call("bus_device_create", true);
	if (params->size < sizeof(*params) || !params->name || !params->parent ||
	    params->nr_ranges > MOST_RANGES)
		return ERR_PTR(-EINVAL);
	if (fault("bus_device_create"))
		return ERR_PTR(-ENOMEM);
	d = make(params->name, params->parent, params->data_size, false);
	seat_of(d)->nr_ranges = params->nr_ranges;
	if (params->nr_attributes &&
	    attributes_add(d, d, params->attributes, params->nr_attributes))
		complain("%s: its files are not sound", params->name);
	return d;
}

int bus_device_attributes(struct device *device, const struct attribute *attributes, u32 nr)
{
	enter_call("bus_device_attributes", true);
	return fault("bus_device_attributes") ? -ENOMEM
					      : attributes_add(device, device, attributes, nr);
}

static bool is_fit(struct seat *s, struct bus_driver *d) { return ops()->match(s->device, d); }

static int bus_probe(struct device *device, const void *driver)
{
	return ops()->probe(device, (struct bus_driver *)driver);
}

static void bus_remove(struct device *device)
{
	ops()->remove(device, seat_of(device)->driver);
	seat_of(device)->driver = NULL;
}

/* The files of a device are on its list of resources and stay, so what a driver had is told apart by its order. */
static void release_behind(struct device *device, u32 from)
{
	while (!list_empty(&device->resources) &&
	       list_first_entry(&device->resources, struct resource, node)->serial > from)
		resource_drop(list_first_entry(&device->resources, struct resource, node));
}

static void released(struct seat *s)
{
	release_behind(s->device, s->before);
	if (ops()->released)
		ops()->released(s->device);
}

static void try_bind(struct seat *s, struct bus_driver *d)
{
	struct device *device = s->device;

	if (s->is_root || !s->added || s->driver || !is_fit(s, d))
		return;
	s->driver = d;
	s->before = device->next_serial;
	device->probe_error = bus_probe(device, d);
	if (device->probe_error > 0)
		complain("probe returned %d: 0 or a negative errno", device->probe_error);
	if (!device->probe_error)
		return;
	s->driver = NULL;
	released(s);
}

static void unbind(struct seat *s)
{
	if (!s->driver)
		return;
	bus_remove(s->device);
	released(s);
}

int bus_device_add(struct device *device)
{
	struct seat *s = seat_of(device), *other;
	char text[256];

	enter_call("bus_device_add", true);
	list_for_each_entry(other, &seats, node)
		if (other != s && other->added && !strcmp(other->device->name, device->name))
			return -EEXIST;
	if (fault("bus_device_add"))
		return -ENOMEM;
	if (ops()->modalias && ops()->modalias(device, text, sizeof(text)) <= 0)
		complain("%s: no alias", device->name);
	if (ops()->uevent && ops()->uevent(device, text, sizeof(text)) <= 0)
		complain("%s: no uevent", device->name);
	s->added = true;
	return 0;
}

void bus_device_probe(struct device *device)
{
	struct bus_driver *d;

	enter_call("bus_device_probe", true);
	list_for_each_entry(d, &bus_drivers, node)
		try_bind(seat_of(device), d);
}

static void take_away(struct seat *s)
{
	struct seat *other;

	list_for_each_entry(other, &seats, node)
		if (other->parent == s->device)
			complain("%s is removed before %s, which stands under it", s->device->name,
				 other->device->name);
	if (s->added)
		unbind(s);
	release_behind(s->device, 0);
	list_del(&s->node);
	device_forget(s->device);
	host_free(s->data);
	s->data = NULL;
}

void bus_device_remove(struct device *device)
{
	enter_call("bus_device_remove", true);
	if (seat_of(device)->held)
		complain("%s is removed by who holds it", device->name);
	else
		take_away(seat_of(device));
}

void *bus_device_data(const struct device *device)
{
	if (!seat_of(device)->data)
		complain("%s: used after it was removed", device->name);
	return seat_of(device)->data;
}

bool bus_has_device(const struct bus *bus, const struct device *device)
{
	return device && device->bus && !seat_of(device)->is_root;
}

int bus_device_set_range(struct device *device, const struct bus_range *range)
{
	struct seat *s = seat_of(device);

	enter_call("bus_device_set_range", false);
	if (range->size < sizeof(*range) || range->kind > RANGE_MEMORY)
		return -EINVAL;
	if (range->index >= s->nr_ranges)
		return -ENOSPC;
	if (s->driver)
		complain("%s: a range is set while a driver has it", device->name);
	s->ranges[range->index] = *range;
	return 0;
}

int bus_device_hold(struct device *device,
		    int (*function)(struct device *device, struct bus_driver *driver, void *data),
		    void *data)
{
	struct seat *s = seat_of(device);
	int result;

	enter_call("bus_device_hold", true);
	while (s->held)
		sleep_on(s, 0);
	s->held = true;
	result = function(device, s->driver, data);
	s->held = false;
	wake(s, true);
	return result;
}

void bus_device_changed(struct device *device) { enter_call("bus_device_changed", true); }

/* --- drivers --- */

int bus_driver_register(struct bus *bus, struct module *owner,
			const struct bus_driver_params *params)
{
	struct bus_driver *d;
	struct seat *s;

	enter_call("bus_driver_register", true);
	if (params->size < sizeof(*params) || !params->name)
		return -EINVAL;
	list_for_each_entry(d, &bus_drivers, node)
		if (!strcmp(d->name, params->name))
			return -EEXIST;
	if (fault("bus_driver_register"))
		return -ENOMEM;
	d = host_alloc(sizeof(*d));
	strscpy(d->name, params->name, sizeof(d->name));
	d->data = params->data;
	list_add_tail(&d->node, &bus_drivers);
	list_for_each_entry(s, &seats, node)
		try_bind(s, d);
	return 0;
}

void *bus_driver_data(const struct bus_driver *driver) { return driver->data; }
const char *bus_driver_name(const struct bus_driver *driver) { return driver->name; }

void bus_driver_probe(struct bus_driver *driver)
{
	struct seat *s;

	enter_call("bus_driver_probe", true);
	list_for_each_entry(s, &seats, node)
		try_bind(s, driver);
}

/* --- pci_host --- */

static struct { u32 kind; u64 start, end; } windows[4];
static u32 nr_windows;

void fake_host_window(u32 kind, u64 start, u64 end)
{
	windows[nr_windows].kind = kind;
	windows[nr_windows].start = start;
	windows[nr_windows++].end = end;
}

int pci_host_segment(u32 index, struct pci_host_segment *segment)
{
	if (segment->size < sizeof(*segment))
		return -E2BIG;
	if (index)
		return -ENOENT;
	*segment = (struct pci_host_segment){ .size = segment->size,
					      .last_bus = 255,
					      .config = 0xb0000000 };
	return 0;
}

int pci_host_window(u32 index, struct pci_host_window *window)
{
	if (window->size < sizeof(*window))
		return -E2BIG;
	if (index >= nr_windows)
		return -ENOENT;
	window->kind = windows[index].kind;
	window->start = windows[index].start;
	window->end = windows[index].end;
	return 0;
}

/* Between change's accesses nothing else happens. */
int pci_host_alone(void (*change)(void *data), void *data)
{
	enter_call("pci_host_alone", true);
	if (fault("pci_host_alone"))
		return -ENOMEM;
	interrupts_off();
	alone = true;
	change(data);
	alone = false;
	interrupts_on();
	return 0;
}

int pci_host_attach(struct device *device, u32 address, u32 msi, u32 msix)
{
	enter_call("pci_host_attach", true);
	if (fault("pci_host_attach"))
		return -ENOMEM;
	seat_of(device)->attached = true;
	seat_of(device)->address = address;
	return 0;
}

void pci_host_set_line(struct device *device, int line) { seat_of(device)->line = line; }
u32 pci_host_irq(const struct device *device) { return seat_of(device)->line < 0 ? 0 : (u32)seat_of(device)->line; }
void pci_host_restore_messages(struct device *device) { enter_call("pci_host_restore_messages", true); }
int pci_host_line(u32 gsi, bool level, bool active_low) { return gsi < 256 ? (int)gsi : -EINVAL; }
int pci_host_legacy_line(u32 value) { return value < 16 ? (int)value : -EINVAL; }

/* --- what a test asks --- */

struct device *fake_bus_device(const char *name)
{
	struct seat *s;

	list_for_each_entry(s, &seats, node)
		if (s->added && !strcmp(s->device->name, name))
			return s->device;
	return NULL;
}

const char *fake_bus_driver_of(const struct device *device)
{
	return seat_of(device)->driver ? seat_of(device)->driver->name : NULL;
}

u32 fake_bus_devices(void)
{
	struct seat *s;
	u32 n = 0;

	list_for_each_entry(s, &seats, node)
		n += s->added;
	return n;
}

int fake_host_line_of(const struct device *device) { return seat_of(device)->line; }

bool fake_bus_range(const struct device *device, u32 index, u32 *kind, u64 *start, u64 *length)
{
	const struct bus_range *r = &seat_of(device)->ranges[index];

	if (index >= MOST_RANGES || !r->length)
		return false;
	*kind = r->kind;
	*start = r->start;
	*length = r->length;
	return true;
}

int fake_bus_driver(const struct pci_driver *driver) { return pci_driver_register(THIS_MODULE, driver); }
