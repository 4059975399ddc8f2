// SPDX-License-Identifier: MIT
/*
 * Kit: the firmware's interpreter and the core (kit/firmware.h). One router and one power switch at a time; the mutex is held while they are
 * called, so that their device cannot let go meanwhile.
 */
#include "kit.h"

#include <arch/io.h>
#include <drivers/pci_config.h>
#include <kernel/acpi.h>
#include <kernel/log.h>
#include <kernel/sched.h>
#include <kit/firmware.h>
#include <lib/err.h>
#include <mm/slab.h>

/* provider_lock: copies; without functions: there is none */
static struct firmware_router router;
static struct firmware_power power;
static DEFINE_MUTEX(provider_lock);

phys_addr_t firmware_rsdp(void)
{
	return acpi_rsdp();
}

struct physical_map {
	struct owned_resource resource;
	struct device *device;
	void *mapped;
};

static void map_release(struct owned_resource *resource)
{
	struct physical_map *m = container_of(resource, struct physical_map, resource);

	iounmap((void __iomem __force *)m->mapped);
	kfree(m);
}

void *firmware_map(struct device *device, phys_addr_t address, size_t size)
{
	struct physical_map *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return NULL;
	m->mapped = (void __force *)ioremap(address, size); /* tables as well as registers */
	if (!m->mapped) {
		kfree(m);
		return NULL;
	}
	m->device = device;
	m->resource.release = map_release;
	m->resource.what = "mapping";
	resource_add(&device->resources, &m->resource);
	return m->mapped;
}

static struct physical_map *take_map(struct device *device, void *mapped)
{
	struct resource_owner *owner = &device->resources;
	struct owned_resource *r;
	struct physical_map *found = NULL;

	spin_lock(&owner->lock);
	list_for_each_entry(r, &owner->resources, node) {
		if (r->release != map_release ||
		    container_of(r, struct physical_map, resource)->mapped != mapped)
			continue;
		found = container_of(r, struct physical_map, resource);
		list_del_init(&r->node);
		break;
	}
	spin_unlock(&owner->lock);
	return found;
}

void firmware_unmap(struct device *device, void *mapped)
{
	struct physical_map *m = mapped ? take_map(device, mapped) : NULL;

	might_sleep();
	if (m)
		map_release(&m->resource);
	else if (mapped)
		pr_warn("firmware: %s unmaps %p, which it has not mapped\n", device->name, mapped);
}

u32 firmware_port_read(u16 port, u32 width)
{
	switch (width) {
	case 8: return inb(port);
	case 16: return inw(port);
	case 32: return inl(port);
	}
	return ~0u;
}

void firmware_port_write(u16 port, u32 width, u32 value)
{
	switch (width) {
	case 8: outb(value, port); break;
	case 16: outw(value, port); break;
	case 32: outl(value, port); break;
	}
}

u64 firmware_thread_id(void)
{
	return (unsigned long)current;
}

static int pci_address_of(const struct firmware_pci_function *function, struct pci_address *address)
{
	if (function->size < offsetofend(struct firmware_pci_function, reserved) ||
	    function->segment > 0xffff || function->device > 31 || function->function > 7)
		return -EINVAL;
	*address = (struct pci_address){ function->segment, function->bus,
					 function->device << 3 | function->function };
	return 0;
}

int firmware_pci_read(const struct firmware_pci_function *function, u32 offset, u32 width,
		      u32 *value)
{
	struct pci_address address;
	int error = pci_address_of(function, &address);

	return error ?: pci_config_read(address, offset, width, value);
}

int firmware_pci_write(const struct firmware_pci_function *function, u32 offset, u32 width,
		       u32 value)
{
	struct pci_address address;
	int error = pci_address_of(function, &address);

	return error ?: pci_config_write(address, offset, width, value);
}

static void router_release(struct owned_resource *resource)
{
	mutex_lock(&provider_lock);
	router = (struct firmware_router){ 0 };
	mutex_unlock(&provider_lock);
	kfree(resource);
}

static int own(struct device *device, void (*release)(struct owned_resource *resource),
	       const char *what)
{
	struct owned_resource *resource = kzalloc(sizeof(*resource), GFP_KERNEL);

	if (!resource)
		return -ENOMEM;
	resource->release = release;
	resource->what = what;
	resource_add(&device->resources, resource);
	return 0;
}

int firmware_router_register(struct device *device, const struct firmware_router *table)
{
	struct firmware_router copy;
	int error = KIT_COPY("firmware_router", &copy, table, route);

	might_sleep();
	if (!error && !copy.route)
		error = -EINVAL;
	if (error)
		return error;
	mutex_lock(&provider_lock);
	error = router.route ? -EBUSY : own(device, router_release, "interrupt router");
	if (!error)
		router = copy;
	mutex_unlock(&provider_lock);
	return error;
}

int firmware_route(u32 segment, u32 bus, u32 device, u32 pin, struct firmware_line *line)
{
	int error;

	might_sleep();
	if (line->size < offsetofend(struct firmware_line, reserved) || bus > 255 || device > 31 ||
	    pin > 3)
		return -EINVAL;
	mutex_lock(&provider_lock);
	error = router.route ? router.route(segment, bus, device, pin, line) : -ENODEV;
	mutex_unlock(&provider_lock);
	return error;
}

static int power_off_by_firmware(void)
{
	int error = -ENODEV;

	mutex_lock(&provider_lock);
	if (power.off)
		error = power.prepare ? power.prepare() : 0;
	if (!error)
		error = power.off();
	mutex_unlock(&provider_lock);
	return error;
}

static void power_release(struct owned_resource *resource)
{
	acpi_set_power_off(NULL);
	mutex_lock(&provider_lock);
	power = (struct firmware_power){ 0 };
	mutex_unlock(&provider_lock);
	kfree(resource);
}

int firmware_power_register(struct device *device, const struct firmware_power *table)
{
	struct firmware_power copy;
	int error = KIT_COPY("firmware_power", &copy, table, off);

	might_sleep();
	if (!error && !copy.off)
		error = -EINVAL;
	if (error)
		return error;
	mutex_lock(&provider_lock);
	error = power.off ? -EBUSY : own(device, power_release, "power switch");
	if (!error)
		power = copy;
	mutex_unlock(&provider_lock);
	if (!error)
		acpi_set_power_off(power_off_by_firmware);
	return error;
}

EXPORT_KIT(firmware_rsdp, 0, 1);
EXPORT_KIT(firmware_map, 0, 1);
EXPORT_KIT(firmware_unmap, 0, 1);
EXPORT_KIT(firmware_port_read, 0, 1);
EXPORT_KIT(firmware_port_write, 0, 1);
EXPORT_KIT(firmware_thread_id, 0, 1);
EXPORT_KIT(firmware_pci_read, 0, 1);
EXPORT_KIT(firmware_pci_write, 0, 1);
EXPORT_KIT(firmware_router_register, 0, 1);
EXPORT_KIT(firmware_route, 0, 1);
EXPORT_KIT(firmware_power_register, 0, 1);
