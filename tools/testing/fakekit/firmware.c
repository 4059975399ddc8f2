/* SPDX-License-Identifier: MIT */
/* The machine's side of kit/firmware.h; fake_firmware.h has what a test may ask. */
#include <kit/firmware.h>
#include <kit/lock.h>
#include <kit/memory.h>
#include "fake_firmware.h"
#include "fake_pci.h"
#include "internal.h"

/* --- physical memory --- */

struct area { struct list_head node; u64 address; u8 *bytes; size_t size; };

struct map {
	struct resource resource;
	struct list_head node;
	u8 *bytes, *before, *physical;
	size_t size;
};

static LIST_HEAD(areas);
static LIST_HEAD(maps);
static u64 rsdp;

void fake_rsdp(u64 address) { rsdp = address; }
phys_addr_t firmware_rsdp(void) { return rsdp; }

void fake_physical(u64 address, void *bytes, size_t size)
{
	struct area *a = host_alloc(sizeof(*a));

	*a = (struct area){ .address = address, .bytes = bytes, .size = size };
	list_add_tail(&a->node, &areas);
}

static u8 *physical(u64 address, size_t size)
{
	struct area *a;

	list_for_each_entry(a, &areas, node)
		if (address >= a->address && address + size <= a->address + a->size)
			return a->bytes + (address - a->address);
	complain("%zu bytes at physical %#llx are mapped, where nothing is", size,
		 (unsigned long long)address);
	return NULL;
}

/* Others may have written meanwhile: only what was changed here goes back. */
static void map_release(struct resource *resource)
{
	struct map *m = container_of(resource, struct map, resource);

	for (size_t i = 0; i < m->size; i++)
		if (m->bytes[i] != m->before[i])
			m->physical[i] = m->bytes[i];
	list_del(&m->node);
	host_free(m->bytes);
	host_free(m->before);
	host_free(m);
}

void *firmware_map(struct device *device, phys_addr_t address, size_t size)
{
	struct map *m;
	u8 *from;

	enter_call("firmware_map", true);
	if (fault("firmware_map"))
		return NULL;
	from = physical(address, size);
	if (!from)
		return NULL;
	m = host_alloc(sizeof(*m));
	m->bytes = host_alloc(size);
	m->before = host_alloc(size);
	m->physical = from;
	m->size = size;
	memcpy(m->bytes, from, size);
	memcpy(m->before, from, size);
	list_add(&m->node, &maps);
	resource_add(device, &m->resource, "physical mapping", 0, map_release);
	return m->bytes;
}

void firmware_unmap(struct device *device, void *mapped)
{
	struct map *m;

	enter_call("firmware_unmap", true);
	if (!mapped)
		return;
	list_for_each_entry(m, &maps, node) {
		if (m->bytes == mapped && m->resource.device == device) {
			resource_drop(&m->resource);
			return;
		}
	}
	complain("firmware_unmap of what is not mapped");
}

u32 fake_mappings(void)
{
	struct map *m;
	u32 n = 0;

	list_for_each_entry(m, &maps, node)
		n++;
	return n;
}

/* --- ports, threads --- */

static u32 (*read_port)(u32 port, u32 bytes);
static void (*write_port)(u32 port, u32 bytes, u32 value);

void fake_firmware_ports(u32 (*read)(u32 port, u32 bytes),
			 void (*write)(u32 port, u32 bytes, u32 value))
{
	read_port = read;
	write_port = write;
}

static bool is_width(u32 width) { return width == 8 || width == 16 || width == 32; }

u32 firmware_port_read(u16 port, u32 width)
{
	enter_call("firmware_port_read", false);
	return read_port && is_width(width) ? read_port(port, width / 8) : ~0u;
}

void firmware_port_write(u16 port, u32 width, u32 value)
{
	enter_call("firmware_port_write", false);
	if (write_port && is_width(width))
		write_port(port, width / 8, value);
}

u64 firmware_thread_id(void) { return (u64)(unsigned long)thread_id(); }

/* --- configuration space --- */

static struct fake_function *function_of(const struct firmware_pci_function *f)
{
	return f->segment ? NULL : fake_function_at(f->bus, (u32)f->device << 3 | f->function);
}

int firmware_pci_read(const struct firmware_pci_function *function, u32 offset, u32 width,
		      u32 *value)
{
	enter_call("firmware_pci_read", false);
	if (!is_width(width) || offset % (width / 8))
		return -EINVAL;
	*value = fake_config_read(function_of(function), offset, width / 8);
	return 0;
}

void (*config_write_check)(u32 offset, u32 width, u32 value);

int firmware_pci_write(const struct firmware_pci_function *function, u32 offset, u32 width,
		       u32 value)
{
	enter_call("firmware_pci_write", false);
	if (!is_width(width) || offset % (width / 8))
		return -EINVAL;
	if (config_write_check)
		config_write_check(offset, width, value);
	fake_config_write(function_of(function), offset, width / 8, value);
	return 0;
}

/* --- who serves the core; the mutex is held while they are called, as the core does --- */

static struct mutex provider_lock;
static const struct firmware_router *router;
static const struct firmware_power *power;
static int (*test_router)(u32 bus, u32 device, u32 pin);

void fake_host_router(int (*route)(u32 bus, u32 device, u32 pin)) { test_router = route; }

static void let_go(const void **provider, struct resource *resource)
{
	mutex_lock(&provider_lock);
	*provider = NULL;
	mutex_unlock(&provider_lock);
	host_free(resource);
}

static void router_release(struct resource *resource) { let_go((const void **)&router, resource); }
static void power_release(struct resource *resource) { let_go((const void **)&power, resource); }

static int provide(struct device *device, const void **provider, const void *table,
		   const char *what, void (*release)(struct resource *resource))
{
	int error = 0;

	mutex_lock(&provider_lock);
	if (*provider)
		error = -EBUSY;
	else if (fault(what))
		error = -ENOMEM;
	if (!error) {
		*provider = table;
		resource_add(device, host_alloc(sizeof(struct resource)), what, 0, release);
	}
	mutex_unlock(&provider_lock);
	return error;
}

int firmware_router_register(struct device *device, const struct firmware_router *table)
{
	if (table->size < sizeof(*table) || !table->route)
		return -EINVAL;
	return provide(device, (const void **)&router, table, "firmware_router_register",
		       router_release);
}

int firmware_power_register(struct device *device, const struct firmware_power *table)
{
	if (table->size < sizeof(*table) || !table->off)
		return -EINVAL;
	return provide(device, (const void **)&power, table, "firmware_power_register",
		       power_release);
}

int firmware_route(u32 segment, u32 bus, u32 device, u32 pin, struct firmware_line *line)
{
	int error = -ENODEV, gsi;

	if (line->size < sizeof(*line) || bus > 255 || device > 31 || pin > 3)
		return -EINVAL;
	if (test_router) {
		gsi = test_router(bus, device, pin);
		line->gsi = (u32)gsi;
		line->level = line->active_low = 1;
		return gsi < 0 ? gsi : 0;
	}
	mutex_lock(&provider_lock);
	if (router)
		error = router->route(segment, bus, device, pin, line);
	mutex_unlock(&provider_lock);
	return error;
}

int fake_machine_off(void)
{
	int error = -ENODEV;

	mutex_lock(&provider_lock);
	if (power)
		error = power->prepare ? power->prepare() : 0;
	if (power && !error)
		error = power->off();
	mutex_unlock(&provider_lock);
	return error;
}
