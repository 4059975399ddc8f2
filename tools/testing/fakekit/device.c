/* SPDX-License-Identifier: MIT */
/* Devices: binding, what belongs to them, ports, registers, interrupts, memory for bus masters. */
#include <kit/cpu.h>
#include <kit/device.h>
#include <kit/dma.h>
#include <kit/ioport.h>
#include <kit/irq.h>
#include <kit/memory.h>
#include <kit/mmio.h>
#include "internal.h"

LIST_HEAD(devices);

/* --- resources --- */

void resource_add(struct device *device, struct resource *resource, const char *what, u32 index,
		  void (*release)(struct resource *resource))
{
	resource->device = device;
	resource->what = what;
	resource->index = index;
	resource->serial = ++device->next_serial;
	resource->release = release;
	list_add(&resource->node, &device->resources);
}

struct resource *resource_find(struct device *device, void (*release)(struct resource *resource),
			       u32 index)
{
	struct resource *r;

	list_for_each_entry(r, &device->resources, node)
		if (r->release == release && r->index == index)
			return r;
	return NULL;
}

void resource_drop(struct resource *resource)
{
	list_del(&resource->node);
	resource->release(resource);
}

void release_all(struct device *device)
{
	u32 last = ~0u;

	while (!list_empty(&device->resources)) {
		struct resource *r = list_first_entry(&device->resources, struct resource, node);

		if (r->serial >= last)
			complain("%s: %s is released out of order", device->name, r->what);
		last = r->serial;
		resource_drop(r);
	}
	device->drvdata = NULL;
	if (device->released)
		device->released(device);
}

/* --- devices --- */

struct device *device_create(const char *name)
{
	struct device *d = host_alloc(sizeof(*d));

	strscpy(d->name, name, sizeof(d->name));
	INIT_LIST_HEAD(&d->resources);
	d->probe_error = 1;
	d->dma_bits = 32;
	list_add_tail(&d->node, &devices);
	return d;
}

void device_forget(struct device *device)
{
	list_del_init(&device->node);
}

void device_bind(struct device *device, const void *driver,
		 int (*probe)(struct device *device, const void *driver),
		 void (*remove)(struct device *device))
{
	if (device->bound || device->removed)
		return;
	device->probe_error = probe(device, driver);
	if (device->probe_error > 0)
		complain("probe returned %d: 0 or a negative errno", device->probe_error);
	if (is_atomic())
		complain("probe ended with a lock held");
	if (device->probe_error) {
		release_all(device);
		return;
	}
	device->bound = true;
	device->driver = driver;
	device->remove = remove;
}

/* The newest first. Drivers let go of things meanwhile. */
static void hide_all(struct device *device)
{
	struct resource *r, *found;

	do {
		found = NULL;
		list_for_each_entry(r, &device->resources, node) {
			if (r->hide && !r->hidden) {
				found = r;
				break;
			}
		}
		if (found) {
			found->hidden = true;
			found->hide(found);
		}
	} while (found);
}

void device_unbind(struct device *device)
{
	if (!device->bound)
		return;
	hide_all(device);
	if (device->remove)
		device->remove(device);
	if (is_atomic())
		complain("remove ended with a lock held");
	release_all(device);
	device->bound = false;
}

void unbind_drivers(void)
{
	struct device *d;

	list_for_each_entry(d, &devices, node)
		device_unbind(d);
}

void fake_device_remove(struct device *device)
{
	device->gone = device->removed = true;
	device_unbind(device);
}

void fake_unplug(struct device *device) { device->gone = true; }
void fake_unbind(struct device *device) { device_unbind(device); }
bool fake_is_bound(const struct device *device) { return device->bound; }
int fake_probe_error(const struct device *device) { return device->probe_error; }

void dev_set_drvdata(struct device *device, void *data) { device->drvdata = data; }
void *dev_get_drvdata(const struct device *device) { return device->drvdata; }
const char *dev_name(const struct device *device) { return device->name; }

struct action { struct resource resource; void (*function)(void *data); void *data; };

static void action_release(struct resource *resource)
{
	struct action *a = container_of(resource, struct action, resource);

	a->function(a->data);
	host_free(a);
}

int dev_add_action(struct device *device, void (*function)(void *data), void *data)
{
	struct action *a;

	enter_call("dev_add_action", true);
	if (fault("dev_add_action")) {
		function(data);
		return -ENOMEM;
	}
	a = host_alloc(sizeof(*a));
	a->function = function;
	a->data = data;
	resource_add(device, &a->resource, "action", 0, action_release);
	return 0;
}

/* --- the platform --- */

static const struct platform_driver *platform_driver;

static bool matches(const struct device *device, const struct platform_driver *driver)
{
	for (const char *const *name = driver->match; *name; name++)
		if (!strcmp(*name, device->name))
			return true;
	return false;
}

static int probe_platform(struct device *device, const void *driver)
{
	return ((const struct platform_driver *)driver)->probe(device);
}

struct device *fake_platform_device(const char *name)
{
	struct device *d = device_create(name);

	if (platform_driver && matches(d, platform_driver))
		device_bind(d, platform_driver, probe_platform, platform_driver->remove);
	return d;
}

int platform_driver_register(struct module *owner, const struct platform_driver *driver)
{
	struct device *d;

	enter_call("platform_driver_register", true);
	if (driver->size < sizeof(*driver) || !driver->name || !driver->match || !driver->probe)
		return -EINVAL;
	if (fault("platform_driver_register"))
		return -ENOMEM;
	platform_driver = driver;
	list_for_each_entry(d, &devices, node)
		if (matches(d, driver))
			device_bind(d, driver, probe_platform, driver->remove);
	return 0;
}

/* --- ranges of ports and registers: what the test gave a device --- */

struct range {
	struct list_head node;
	struct device *device;
	u32 index;
	bool is_ports;
	u64 size;
	u32 (*read_port)(void *data, u32 offset, u32 bytes);
	void (*write_port)(void *data, u32 offset, u32 bytes, u32 value);
	u64 (*read)(void *data, u64 offset, u32 bytes);
	void (*write)(void *data, u64 offset, u32 bytes, u64 value);
	void *data;
	u8 *memory; /* of registers without functions */
};

struct ioport { struct resource resource; struct range *range; };
/* A mapping's addresses are numbers that nothing lies at: a plain pointer access is a fault. */
struct mapping { struct resource resource; struct range *range; struct list_head node; u64 start, offset, size; };

static LIST_HEAD(ranges);
static LIST_HEAD(mappings);
static u64 next_mapping = 0x100000000000ull;

static struct range *range_of(const struct device *device, u32 index, bool is_ports)
{
	struct range *r;

	list_for_each_entry(r, &ranges, node)
		if (r->device == device && r->index == index && r->is_ports == is_ports)
			return r;
	return NULL;
}

static struct range *range_add(struct device *device, u32 index, bool is_ports, u64 size,
			       void *data)
{
	struct range *r = host_alloc(sizeof(*r));

	*r = (struct range){
		.device = device, .index = index, .is_ports = is_ports, .size = size, .data = data
	};
	list_add_tail(&r->node, &ranges);
	return r;
}

void fake_ports(struct device *device, u32 index, u32 size,
		u32 (*read)(void *data, u32 offset, u32 bytes),
		void (*write)(void *data, u32 offset, u32 bytes, u32 value), void *data)
{
	struct range *r = range_add(device, index, true, size, data);

	r->read_port = read;
	r->write_port = write;
}

void fake_mmio(struct device *device, u32 index, u64 size,
	       u64 (*read)(void *data, u64 offset, u32 bytes),
	       void (*write)(void *data, u64 offset, u32 bytes, u64 value), void *data)
{
	struct range *r = range_add(device, index, false, size, data);

	r->read = read;
	r->write = write;
	r->memory = host_alloc(size);
}

void *fake_mmio_memory(struct device *device, u32 index)
{
	struct range *r = range_of(device, index, false);

	return r ? r->memory : NULL;
}

static void ioport_release(struct resource *resource) { host_free(container_of(resource, struct ioport, resource)); }

struct ioport *ioport_claim(struct device *device, u32 index)
{
	struct range *r = range_of(device, index, true);
	struct ioport *p;

	enter_call("ioport_claim", true);
	if (!r)
		return ERR_PTR(-ENXIO);
	if (resource_find(device, ioport_release, index))
		return ERR_PTR(-EBUSY);
	if (fault("ioport_claim"))
		return ERR_PTR(-ENOMEM);
	p = host_alloc(sizeof(*p));
	p->range = r;
	resource_add(device, &p->resource, "ports", index, ioport_release);
	return p;
}

u32 ioport_size(const struct ioport *range) { return (u32)range->range->size; }

/* Is there hardware that listens? */
static bool answers(const struct device *device, bool is_ports)
{
	if (device->gone)
		return false;
	if (!device->decodes || device->decodes(device, is_ports))
		return true;
	complain("%s: a register is used while the device does not decode", device->name);
	return false;
}

static u32 port_read(struct ioport *p, u32 offset, u32 bytes)
{
	u32 mask = bytes == 4 ? ~0u : (1u << bytes * 8) - 1;

	enter_call("ioport_read", false);
	if (offset + (u64)bytes > p->range->size) {
		complain("%s: a port behind the range is read (%u)", p->resource.device->name,
			 offset);
		return mask;
	}
	if (!answers(p->resource.device, true))
		return mask;
	return p->range->read_port(p->range->data, offset, bytes) & mask;
}

static void port_write(struct ioport *p, u32 offset, u32 bytes, u32 value)
{
	enter_call("ioport_write", false);
	if (offset + (u64)bytes > p->range->size)
		complain("%s: a port behind the range is written (%u)", p->resource.device->name,
			 offset);
	else if (answers(p->resource.device, true))
		p->range->write_port(p->range->data, offset, bytes, value);
}

u8 ioport_read8(struct ioport *range, u32 offset) { return (u8)port_read(range, offset, 1); }
u16 ioport_read16(struct ioport *range, u32 offset) { return (u16)port_read(range, offset, 2); }
u32 ioport_read32(struct ioport *range, u32 offset) { return port_read(range, offset, 4); }
void ioport_write8(struct ioport *range, u32 offset, u8 value) { port_write(range, offset, 1, value); }
void ioport_write16(struct ioport *range, u32 offset, u16 value) { port_write(range, offset, 2, value); }
void ioport_write32(struct ioport *range, u32 offset, u32 value) { port_write(range, offset, 4, value); }

static void mapping_release(struct resource *resource)
{
	struct mapping *m = container_of(resource, struct mapping, resource);

	list_del(&m->node);
	host_free(m);
}

#define IOMEM_ERR_PTR(error)	((void __iomem __force *)ERR_PTR(error))

void __iomem *mmio_map_part(struct device *device, u32 index, u64 offset, u64 size)
{
	struct range *r = range_of(device, index, false);
	struct mapping *m;

	enter_call("mmio_map", true);
	if (!r)
		return IOMEM_ERR_PTR(-ENXIO);
	if (offset > r->size || size > r->size - offset || !size)
		return IOMEM_ERR_PTR(-EINVAL);
	if (fault("mmio_map"))
		return IOMEM_ERR_PTR(-ENOMEM);
	m = host_alloc(sizeof(*m));
	m->range = r;
	m->start = next_mapping;
	m->offset = offset;
	m->size = size;
	next_mapping += (size + 0x1fff) & ~0xfffull;
	list_add(&m->node, &mappings);
	resource_add(device, &m->resource, "mapping", index, mapping_release);
	return (void __iomem __force *)m->start;
}

void __iomem *mmio_map(struct device *device, u32 index) { return mmio_map_part(device, index, 0, mmio_size(device, index)); }

u64 mmio_size(const struct device *device, u32 index)
{
	struct range *r = range_of(device, index, false);

	return r ? r->size : 0;
}

static struct mapping *mapping_at(const volatile void __iomem *address, u32 bytes)
{
	u64 at = (unsigned long)address;
	struct mapping *m;

	list_for_each_entry(m, &mappings, node)
		if (at >= m->start && at + bytes <= m->start + m->size)
			return m;
	complain("registers at %p are used, which are not mapped (any more)",
		 (const void __force *)address);
	return NULL;
}

void mmio_unmap(struct device *device, void __iomem *mapping)
{
	struct mapping *m = mapping_at(mapping, 1);

	enter_call("mmio_unmap", true);
	if (m && m->resource.device == device)
		resource_drop(&m->resource);
}

static u64 range_read(const struct range *r, u64 offset, u32 bytes)
{
	u64 value = 0;

	if (offset % bytes)
		complain("a register is read at an address that is no multiple of its %u bytes",
			 bytes);
	if (!answers(r->device, false))
		return ~0ull;
	if (r->read)
		return r->read(r->data, offset, bytes);
	memcpy(&value, r->memory + offset, bytes);
	return value;
}

static void range_write(const struct range *r, u64 offset, u32 bytes, u64 value)
{
	if (offset % bytes)
		complain("a register is written at an address that is no multiple of its %u bytes",
			 bytes);
	if (!answers(r->device, false))
		return;
	if (r->write)
		r->write(r->data, offset, bytes, value);
	else
		memcpy(r->memory + offset, &value, bytes);
}

u64 range_size(const struct device *device, u32 index) { return mmio_size(device, index); }

u64 range_access(struct device *device, u32 index, u64 offset, u32 bytes, bool is_write, u64 value)
{
	struct range *r = range_of(device, index, false);

	if (!is_write)
		return range_read(r, offset, bytes);
	range_write(r, offset, bytes, value);
	return value;
}

u64 kit_fake_read(const volatile void __iomem *address, u32 bytes)
{
	struct mapping *m = mapping_at(address, bytes);

	enter_call("mmio read", false);
	return m ? range_read(m->range, (unsigned long)address - m->start + m->offset, bytes)
		 : ~0ull;
}

void kit_fake_write(volatile void __iomem *address, u32 bytes, u64 value)
{
	struct mapping *m = mapping_at(address, bytes);

	enter_call("mmio write", false);
	if (m)
		range_write(m->range, (unsigned long)address - m->start + m->offset, bytes, value);
}

/* --- interrupts --- */

#define MOST_LINES	4

struct irq {
	struct irq *next;
	struct resource resource;
	u32 (*handler)(void *data);
	void *data;
	u32 masked, handled;
	bool asserted, connected;
};

static struct irq *irq_of(const struct device *device, u32 index)
{
	struct irq *i;

	for (i = device->irqs; i; i = i->next)
		if (i->resource.index == index)
			return i;
	return NULL;
}

static void irq_release(struct resource *resource)
{
	container_of(resource, struct irq, resource)->connected = false;
}

int irq_connect(struct device *device, u32 index, u32 (*handler)(void *data), void *data)
{
	struct irq *i = irq_of(device, index);

	enter_call("irq_connect", true);
	if (index >= (device->nr_messages ? device->nr_messages : MOST_LINES))
		return -ENXIO;
	if (i && i->connected)
		return -EBUSY;
	if (fault("irq_connect"))
		return -ENOMEM;
	if (!i) {
		i = host_alloc(sizeof(*i));
		i->next = device->irqs;
		device->irqs = i;
	}
	i->handler = handler;
	i->data = data;
	i->masked = 0;
	i->asserted = false;
	i->connected = true;
	resource_add(device, &i->resource, "interrupt", index, irq_release);
	return 0;
}

void irq_disconnect(struct device *device, u32 index)
{
	struct resource *r = resource_find(device, irq_release, index);

	enter_call("irq_disconnect", true);
	if (r)
		resource_drop(r);
}

void irq_drain(struct device *device, u32 index) { enter_call("irq_drain", true); }

static void deliver(void *data)
{
	struct irq *i = data;

	if (!i->connected || i->masked)
		return;
	i->asserted = false;
	if (i->handler(i->data) == KIT_IRQ_HANDLED)
		i->handled++;
}

bool fake_irq(struct device *device, u32 index)
{
	struct irq *i = irq_of(device, index);

	if (!i || !i->connected || device->gone ||
	    (device->nr_messages && device->masters && !device->masters(device)))
		return false;
	i->asserted = true;
	if (i->masked)
		return true;
	if (interrupts_are_off())
		fake_after(0, deliver, i);
	else
		run_in_interrupt(deliver, i);
	return true;
}

u32 fake_irq_handled(const struct device *device, u32 index)
{
	struct irq *i = irq_of(device, index);

	return i ? i->handled : 0;
}

void irq_mask(struct device *device, u32 index)
{
	struct irq *i = irq_of(device, index);

	enter_call("irq_mask", false);
	if (i)
		i->masked++;
}

void irq_unmask(struct device *device, u32 index)
{
	struct irq *i = irq_of(device, index);

	enter_call("irq_unmask", false);
	if (!i)
		return;
	if (!i->masked)
		complain("irq_unmask without irq_mask");
	else if (!--i->masked && i->asserted)
		fake_irq(device, index);
}

int irq_set_cpus(struct device *device, u32 index, const u64 *cpus, u32 nr_cpus) { return irq_of(device, index) ? 0 : -ENXIO; }
int irq_set_cpu(struct device *device, u32 index, u32 cpu) { return cpu < cpu_count() ? 0 : -EINVAL; }

struct vectors { struct resource resource; };

static void vectors_release(struct resource *resource)
{
	struct device *d = resource->device;

	for (struct irq *i = d->irqs; i; i = i->next) {
		if (i->connected) {
			list_del(&i->resource.node);
			i->connected = false;
		}
	}
	d->nr_messages = d->message_kind = 0;
	host_free(container_of(resource, struct vectors, resource));
}

void fake_irq_messages(struct device *device, u32 kind, u32 nr) { device->max_messages[kind == KIT_IRQ_MSIX] = nr; }

int irq_vectors_alloc(struct device *device, u32 min, u32 max, u32 kinds)
{
	static const u32 best_first[] = { KIT_IRQ_MSIX, KIT_IRQ_MSI };
	struct vectors *v;

	enter_call("irq_vectors_alloc", true);
	if (!min || max < min || kinds & ~KIT_IRQ_ANY)
		return -EINVAL;
	for (struct irq *i = device->irqs; i; i = i->next)
		if (i->connected)
			return -EBUSY;
	if (device->nr_messages)
		return -EBUSY;
	if (fault("irq_vectors_alloc"))
		return -ENOMEM;
	for (u32 k = 0; k < 2; k++) {
		u32 count = kinds & best_first[k]
				    ? device->max_messages[best_first[k] == KIT_IRQ_MSIX]
				    : 0;

		if (count < min)
			continue;
		v = host_alloc(sizeof(*v));
		device->message_kind = best_first[k];
		device->nr_messages = count < max ? count : max;
		resource_add(device, &v->resource, "interrupt vectors", 0, vectors_release);
		return (int)device->nr_messages;
	}
	return kinds & KIT_IRQ_LINE && min == 1 ? 1 : -ENXIO;
}

void irq_vectors_free(struct device *device)
{
	struct resource *r = resource_find(device, vectors_release, 0);

	enter_call("irq_vectors_free", true);
	if (r)
		resource_drop(r);
}

u32 irq_kind(const struct device *device) { return device->nr_messages ? device->message_kind : KIT_IRQ_LINE; }

static u32 nr_cpus = 2;

void fake_cpus(u32 nr) { nr_cpus = nr; }
u32 cpu_count(void) { return nr_cpus; }
u32 cpu_current(void) { return 0; }

/* --- memory for bus masters: addresses that are no pointers, so that one in the place of the other is found --- */

struct lent {
	struct resource resource;
	struct list_head node;
	struct device *device;
	u8 *start;
	u64 address;
	size_t size;
	bool is_buffer; /* dma_alloc's: freed with it */
};

static LIST_HEAD(lents);
static u64 next_low = 0x10000, next_high = 0x700000000ull;

/* Naturally aligned where align says so; a page that nobody has lies between any two. */
static u64 new_address(size_t size, u32 offset, u64 align, u64 boundary, bool wide)
{
	u64 *next = wide ? &next_high : &next_low, at;

	*next = (*next + align - 1) & ~(align - 1);
	if (boundary && (*next + offset) / boundary != (*next + offset + size - 1) / boundary)
		*next = (*next + boundary - 1) & ~(boundary - 1);
	at = *next + offset;
	*next = (at + size + 0x1fff) & ~0xfffull;
	return at;
}

static struct lent *lend_at(struct device *device, void *start, size_t size, u64 address)
{
	struct lent *l = host_alloc(sizeof(*l));

	l->device = device;
	l->start = start;
	l->size = size;
	l->address = address;
	list_add(&l->node, &lents);
	return l;
}

static bool is_wide(const struct device *device) { return device && device->dma_bits > 36; }

static u64 power_above(size_t size)
{
	u64 power = 4096;

	while (power < size)
		power *= 2;
	return power;
}

u64 lend_memory(struct device *device, void *start, size_t size, u32 offset, u64 boundary,
		bool wide)
{
	return lend_at(device, start, size,
		       new_address(size, offset, 4096, boundary, wide && is_wide(device)))
		->address;
}

void take_back_memory(struct device *device, u64 address)
{
	struct lent *l;

	list_for_each_entry(l, &lents, node) {
		if (l->address == address && l->device == device) {
			list_del(&l->node);
			host_free(l);
			return;
		}
	}
}

void *fake_dma(struct device *device, u64 address, size_t size)
{
	struct lent *l;

	if (device->gone || (device->masters && !device->masters(device)))
		return NULL;
	list_for_each_entry(l, &lents, node)
		if (l->device == device && address >= l->address &&
		    address + size <= l->address + l->size)
			return l->start + (address - l->address);
	complain("%s reads or writes %zu bytes at %#llx, which are not lent to it", device->name,
		 size, (unsigned long long)address);
	return NULL;
}

int dma_set_mask(struct device *device, u32 bits)
{
	enter_call("dma_set_mask", false);
	if (fault("dma_set_mask"))
		return -EIO;
	device->dma_bits = bits;
	return 0;
}

static void buffer_release(struct resource *resource)
{
	struct lent *l = container_of(resource, struct lent, resource);

	list_del(&l->node);
	tracked_free(l->start, "dma_alloc");
	host_free(l);
}

void *dma_alloc(struct device *device, size_t size, dma_addr_t *address)
{
	struct lent *l;

	enter_call("dma_alloc", true);
	if (fault("dma_alloc"))
		return NULL;
	l = lend_at(device, tracked_alloc(size, "dma_alloc", device), size,
		    new_address(size, 0, power_above(size), 0, is_wide(device)));
	l->is_buffer = true;
	*address = l->address;
	resource_add(device, &l->resource, "coherent memory", 0, buffer_release);
	return l->start;
}

size_t dma_buffer_size(const struct device *device, const void *buffer)
{
	struct lent *l;

	list_for_each_entry(l, &lents, node)
		if (l->is_buffer && l->start == buffer && l->device == device)
			return l->size;
	return 0;
}

void dma_free(struct device *device, void *buffer)
{
	struct lent *l;

	enter_call("dma_free", true);
	list_for_each_entry(l, &lents, node) {
		if (l->is_buffer && l->start == buffer && l->device == device) {
			resource_drop(&l->resource);
			return;
		}
	}
	complain("dma_free of what dma_alloc has not given");
}

int dma_map(struct device *device, void *buffer, size_t size, u32 direction, dma_addr_t *address)
{
	enter_call("dma_map", false);
	if (fault("dma_map"))
		return -ENOMEM;
	/* The place in the page is kept, as in a machine. */
	*address = lend_memory(device, buffer, size, (u32)((u64)(unsigned long)buffer & 0xfff), 0,
			       true);
	return 0;
}

void dma_unmap(struct device *device, dma_addr_t address, size_t size, u32 direction)
{
	struct lent *l;

	enter_call("dma_unmap", false);
	list_for_each_entry(l, &lents, node) {
		if (!l->is_buffer && l->address == address && l->size == size &&
		    l->device == device) {
			list_del(&l->node);
			host_free(l);
			return;
		}
	}
	complain("dma_unmap of what is not mapped");
}

void dma_sync_for_cpu(struct device *device, dma_addr_t address, size_t size, u32 direction) { fake_dma(device, address, size); }
void dma_sync_for_device(struct device *device, dma_addr_t address, size_t size, u32 direction) { fake_dma(device, address, size); }

/* A pool keeps what it got until it goes. */
struct dma_pool { struct resource resource; u32 size, align, ready; };

static void pool_release(struct resource *resource)
{
	struct dma_pool *p = container_of(resource, struct dma_pool, resource);
	struct lent *l, *next;

	list_for_each_entry_safe(l, next, &lents, node) {
		if (l->resource.what != (const char *)p)
			continue;
		complain("a block is still out when its DMA pool goes");
		list_del(&l->node);
		host_free(l->start);
		host_free(l);
	}
	host_free(p);
}

struct dma_pool *dma_pool_create(struct device *device, u32 size, u32 align, u32 boundary)
{
	struct dma_pool *p;

	enter_call("dma_pool_create", true);
	if (fault("dma_pool_create"))
		return ERR_PTR(-ENOMEM);
	p = host_alloc(sizeof(*p));
	p->size = size;
	p->align = align;
	resource_add(device, &p->resource, "DMA pool", 0, pool_release);
	return p;
}

int dma_pool_fill(struct dma_pool *pool, u32 nr)
{
	enter_call("dma_pool_fill", true);
	if (fault("dma_pool_fill"))
		return -ENOMEM;
	pool->ready = nr;
	return 0;
}

void *dma_pool_alloc(struct dma_pool *pool, dma_addr_t *address)
{
	struct lent *l;

	enter_call("dma_pool_alloc", false);
	if (pool->ready)
		pool->ready--;
	else if (fault("dma_pool_alloc"))
		return NULL;
	l = lend_at(pool->resource.device, host_alloc(pool->size), pool->size,
		    new_address(pool->size, 0, 4096, 0, is_wide(pool->resource.device)));
	l->resource.what = (const char *)pool;
	memset(l->start, 0x5a, pool->size); /* the kit's are not zeroed */
	*address = l->address;
	return l->start;
}

void dma_pool_free(struct dma_pool *pool, void *block)
{
	struct lent *l;

	enter_call("dma_pool_free", false);
	list_for_each_entry(l, &lents, node) {
		if (l->start == block && l->resource.what == (const char *)pool) {
			pool->ready++;
			list_del(&l->node);
			host_free(l->start);
			host_free(l);
			return;
		}
	}
	complain("dma_pool_free of what is not out of this pool");
}
