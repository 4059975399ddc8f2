// SPDX-License-Identifier: MIT
/* Configuration space, capabilities, and switching functions on and off. */
#include "pci.h"

#include <kit/firmware.h>
#include <kit/pci_host.h>

static struct firmware_pci_function firmware_function(u32 address)
{
	return (struct firmware_pci_function){
		.size = sizeof(struct firmware_pci_function),
		.segment = address >> 16,
		.bus = address >> 8,
		.device = (address >> 3) & 31,
		.function = address & 7,
	};
}

u32 pci_raw_read(u32 address, u32 offset, u32 bytes)
{
	struct firmware_pci_function function = firmware_function(address);
	u32 value, all = bytes == 4 ? ~0u : (1u << bytes * 8) - 1;

	if (firmware_pci_read(&function, offset, bytes * 8, &value))
		return all;
	return value & all;
}

void pci_raw_write(u32 address, u32 offset, u32 bytes, u32 value)
{
	struct firmware_pci_function function = firmware_function(address);

	/* What cannot be reached is not there: the next read tells. */
	if (firmware_pci_write(&function, offset, bytes * 8, value))
		return;
}

static bool inside(const struct pci_function *f, u32 offset, u32 bytes)
{
	return !(offset % bytes) && offset < f->config_size;
}

u32 pci_read(const struct pci_function *f, u32 offset, u32 bytes)
{
	if (!inside(f, offset, bytes))
		return bytes == 4 ? ~0u : (1u << bytes * 8) - 1;
	return pci_raw_read(f->address, offset, bytes);
}

void pci_write(const struct pci_function *f, u32 offset, u32 bytes, u32 value)
{
	if (inside(f, offset, bytes))
		pci_raw_write(f->address, offset, bytes, value);
}

static u32 parse_read(const void *device, u32 offset, u32 bytes)
{
	return pci_read(device, offset, bytes);
}

u32 pci_capability(const struct pci_function *f, u32 id, u32 after)
{
	return f->capabilities ? pci_parse_capability(parse_read, f, f->capabilities, id, after)
			       : 0;
}

/* --- for drivers (kit/pci.h) --- */

u8 pci_config_read8(const struct device *device, u32 offset)
{
	const struct pci_function *f = pci_checked(device);

	return f ? pci_read(f, offset, 1) : 0xff;
}

u16 pci_config_read16(const struct device *device, u32 offset)
{
	const struct pci_function *f = pci_checked(device);

	return f ? pci_read(f, offset, 2) : 0xffff;
}

u32 pci_config_read32(const struct device *device, u32 offset)
{
	const struct pci_function *f = pci_checked(device);

	return f ? pci_read(f, offset, 4) : ~0u;
}

void pci_config_write8(struct device *device, u32 offset, u8 value)
{
	const struct pci_function *f = pci_checked(device);

	if (f)
		pci_write(f, offset, 1, value);
}

void pci_config_write16(struct device *device, u32 offset, u16 value)
{
	const struct pci_function *f = pci_checked(device);

	if (f)
		pci_write(f, offset, 2, value);
}

void pci_config_write32(struct device *device, u32 offset, u32 value)
{
	const struct pci_function *f = pci_checked(device);

	if (f)
		pci_write(f, offset, 4, value);
}

u32 pci_find_capability(const struct device *device, u32 id, u32 after)
{
	const struct pci_function *f = pci_checked(device);

	return f ? pci_capability(f, id, after) : 0;
}

u32 pci_find_extended_capability(const struct device *device, u32 id, u32 after)
{
	const struct pci_function *f = pci_checked(device);

	return f && f->config_size > PCI_EXTENDED_START
		       ? pci_parse_extended(parse_read, f, f->config_size, id, after)
		       : 0;
}

/* Up to the last field that kit 0.9 had. */
#define PCI_INFO_SMALLEST	(offsetof(struct pci_info, reserved) + sizeof(((struct pci_info *)0)->reserved))

int pci_get_info(const struct device *device, struct pci_info *info)
{
	const struct pci_function *f = pci_checked(device);
	struct pci_info known;

	if (!f || info->size < PCI_INFO_SMALLEST)
		return -EINVAL;
	known = (struct pci_info){
		.size = info->size,
		.vendor = f->vendor,
		.device = f->id,
		.subsystem_vendor = f->subsystem_vendor,
		.subsystem_device = f->subsystem,
		.class_code = f->class_code,
		.segment = f->address >> 16,
		.bus = f->address >> 8,
		.devfn = f->address,
		.revision = f->revision,
		.pin = f->pin,
	};
	/* Whose caller is older gets what it knows, a younger one zeroes for what we do not. */
	if (info->size > sizeof(known))
		memset((u8 *)info + sizeof(known), 0, info->size - sizeof(known));
	memcpy(info, &known, info->size < sizeof(known) ? info->size : sizeof(known));
	return 0;
}

bool pci_is_present(const struct device *device)
{
	const struct pci_function *f = pci_checked(device);

	return f && pci_read(f, PCI_VENDOR, 2) == f->vendor;
}

/* Memory and ports as it has them; a bridge passes on what is behind it. */
int pci_switch_on(struct pci_function *f)
{
	u32 command = pci_read(f, PCI_COMMAND, 2), wanted = command;

	for (u32 i = 0; i < RANGE_ROM; i++) {
		const struct pci_resource *r = &f->resources[i];

		if (!r->length)
			continue;
		if (!r->assigned)
			return -ENXIO;
		wanted |= r->ports ? PCI_COMMAND_PORTS : PCI_COMMAND_MEMORY;
	}
	pci_power_up(f);
	if (pci_read(f, PCI_VENDOR, 2) != f->vendor)
		return -EIO;
	if (wanted != command)
		pci_write(f, PCI_COMMAND, 2, wanted);
	return 0;
}

int pci_enable(struct device *device)
{
	struct pci_function *f = pci_checked(device);
	int error;

	if (!f)
		return -EINVAL;
	error = pci_switch_on(f);
	if (!error)
		f->nr_enabled++;
	return error;
}

void pci_set_master(struct device *device, bool on)
{
	struct pci_function *f = pci_checked(device);
	u32 command;

	if (!f)
		return;
	command = pci_read(f, PCI_COMMAND, 2);
	pci_write(f, PCI_COMMAND, 2,
		  on ? command | PCI_COMMAND_MASTER : command & ~PCI_COMMAND_MASTER);
}

EXPORT_KIT(pci_config_read8, 0, 1);
EXPORT_KIT(pci_config_read16, 0, 1);
EXPORT_KIT(pci_config_read32, 0, 1);
EXPORT_KIT(pci_config_write8, 0, 1);
EXPORT_KIT(pci_config_write16, 0, 1);
EXPORT_KIT(pci_config_write32, 0, 1);
EXPORT_KIT(pci_find_capability, 0, 1);
EXPORT_KIT(pci_find_extended_capability, 0, 1);
EXPORT_KIT(pci_get_info, 0, 1);
EXPORT_KIT(pci_is_present, 0, 1);
EXPORT_KIT(pci_enable, 0, 1);
EXPORT_KIT(pci_set_master, 0, 1);
