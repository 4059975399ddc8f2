/* SPDX-License-Identifier: MIT */
/* kit/pci.h for tests of drivers: see fake_pci.h. The place of pci.ko is taken, so the module under test is the driver alone. */
#include <kit/device.h>
#include <kit/irq.h>
#include <kit/memory.h>
#include <kit/pci.h>
#include <kit/time.h>
#include "fake_pci.h"
#include "internal.h"
#include "../../../modules/pci/pci_regs.h"

struct slot {
	struct fake_function *function;
	struct fake_pci pci;
	u32 command_before;
	void (*reset)(void *data);
	void *reset_data;
};

static const struct pci_driver *driver;

static struct slot *slot_of(const struct device *device) { return device->bus; }
struct fake_function *fake_pci_function(struct device *device) { return slot_of(device)->function; }

static u32 command_of(const struct device *device) { return fake_config_read(slot_of(device)->function, PCI_COMMAND, 2); }

static bool decodes(const struct device *device, bool is_ports)
{
	return command_of(device) & (is_ports ? PCI_COMMAND_PORTS : PCI_COMMAND_MEMORY);
}

bool fake_pci_is_master(const struct device *device) { return !device->gone && command_of(device) & PCI_COMMAND_MASTER; }

void fake_pci_on_reset(struct device *device, void (*reset)(void *data), void *data)
{
	slot_of(device)->reset = reset;
	slot_of(device)->reset_data = data;
}

struct device *fake_pci_device(const char *name, const struct fake_pci *pci)
{
	static u64 next = 0xe0000000;
	static u32 devfn = 4 << 3;
	struct device *d = device_create(name);
	struct slot *s = host_alloc(sizeof(*s));

	s->pci = *pci;
	s->function = fake_function_add(NULL, devfn, pci);
	devfn += 8;
	for (u32 i = 0; i < 6; i++) {
		if (!pci->bars[i].size)
			continue;
		next = (next + pci->bars[i].size - 1) & ~(pci->bars[i].size - 1);
		fake_config_write(s->function, PCI_BAR0 + i * 4, 4, (u32)next);
		next += pci->bars[i].size;
	}
	d->bus = s;
	d->decodes = decodes;
	d->masters = fake_pci_is_master;
	fake_irq_messages(d, KIT_IRQ_MSIX, pci->nr_msix);
	fake_irq_messages(d, KIT_IRQ_MSI, pci->nr_msi);
	return d;
}

/* --- drivers --- */

static bool fits(const struct pci_id *id, const struct fake_pci *p)
{
	return (id->vendor == PCI_ANY_ID || id->vendor == p->vendor) &&
	       (id->device == PCI_ANY_ID || id->device == p->device) &&
	       (id->subsystem_vendor == PCI_ANY_ID ||
		id->subsystem_vendor == p->subsystem_vendor) &&
	       (id->subsystem_device == PCI_ANY_ID || id->subsystem_device == p->subsystem) &&
	       !((id->class_code ^ p->class_code) & id->class_mask);
}

/* The stride is what the driver's own table says. */
static const struct pci_id *id_for(const struct device *device)
{
	const struct pci_id *id = driver->ids;

	for (u32 i = 0; i < driver->nr_ids;
	     i++, id = (const struct pci_id *)((const char *)id + id->size))
		if (fits(id, &slot_of(device)->pci))
			return id;
	return NULL;
}

static void after_release(struct device *device)
{
	if (!device->gone)
		fake_config_write(slot_of(device)->function, PCI_COMMAND, 2,
				  slot_of(device)->command_before);
}

static int probe(struct device *device, const void *unused)
{
	slot_of(device)->command_before = command_of(device);
	device->released = after_release;
	return driver->probe(device, id_for(device));
}

void fake_pci_plug(struct device *device)
{
	if (driver && device->bus && id_for(device))
		device_bind(device, driver, probe, driver->remove);
}

int pci_driver_register(struct module *owner, const struct pci_driver *new_driver)
{
	struct device *d;

	enter_call("pci_driver_register", true);
	if (new_driver->size < sizeof(*new_driver) || !new_driver->name || !new_driver->ids ||
	    !new_driver->nr_ids || !new_driver->probe)
		return -EINVAL;
	if (fault("pci_driver_register"))
		return -ENOMEM;
	driver = new_driver;
	list_for_each_entry(d, &devices, node)
		fake_pci_plug(d);
	return 0;
}

/* --- configuration space --- */

static u32 read_space(const struct device *device, u32 offset, u32 bytes)
{
	enter_call("pci_config_read", false);
	if (offset % bytes)
		complain("%s: configuration space is read at %#x, %u bytes", device->name, offset,
			 bytes);
	return fake_config_read(device->gone ? NULL : slot_of(device)->function, offset, bytes);
}

static void write_space(struct device *device, u32 offset, u32 bytes, u32 value)
{
	enter_call("pci_config_write", false);
	fake_config_write(device->gone ? NULL : slot_of(device)->function, offset, bytes, value);
}

u8 pci_config_read8(const struct device *device, u32 offset) { return (u8)read_space(device, offset, 1); }
u16 pci_config_read16(const struct device *device, u32 offset) { return (u16)read_space(device, offset, 2); }
u32 pci_config_read32(const struct device *device, u32 offset) { return read_space(device, offset, 4); }
void pci_config_write8(struct device *device, u32 offset, u8 value) { write_space(device, offset, 1, value); }
void pci_config_write16(struct device *device, u32 offset, u16 value) { write_space(device, offset, 2, value); }
void pci_config_write32(struct device *device, u32 offset, u32 value) { write_space(device, offset, 4, value); }

u32 pci_find_capability(const struct device *device, u32 id, u32 after)
{
	u32 at = after ? read_space(device, after + 1, 1) : read_space(device, PCI_CAPABILITIES, 1);

	while (at && at != 0xff && read_space(device, at, 1) != id)
		at = read_space(device, at + 1, 1);
	return at == 0xff ? 0 : at;
}

u32 pci_find_extended_capability(const struct device *device, u32 id, u32 after) { return 0; }

int pci_get_info(const struct device *device, struct pci_info *info)
{
	const struct fake_pci *p = &slot_of(device)->pci;

	if (info->size < sizeof(*info))
		return -E2BIG;
	*info = (struct pci_info){
		.size = info->size,
		.vendor = p->vendor,
		.device = p->device,
		.subsystem_vendor = p->subsystem_vendor,
		.subsystem_device = p->subsystem,
		.class_code = p->class_code,
		.revision = p->revision,
		.pin = p->pin,
	};
	return 0;
}

int pci_enable(struct device *device)
{
	u32 on = 0;

	enter_call("pci_enable", true);
	if (fault("pci_enable") || device->gone)
		return -EIO;
	for (u32 i = 0; i < 6; i++)
		if (slot_of(device)->pci.bars[i].size)
			on |= slot_of(device)->pci.bars[i].kind & FAKE_BAR_PORTS
				      ? PCI_COMMAND_PORTS
				      : PCI_COMMAND_MEMORY;
	fake_config_write(slot_of(device)->function, PCI_COMMAND, 2, command_of(device) | on);
	return 0;
}

void pci_set_master(struct device *device, bool on)
{
	u32 command = command_of(device);

	enter_call("pci_set_master", false);
	if (!device->gone)
		fake_config_write(slot_of(device)->function, PCI_COMMAND, 2,
				  on ? command | PCI_COMMAND_MASTER
				     : command & ~PCI_COMMAND_MASTER);
}

bool pci_is_present(const struct device *device)
{
	enter_call("pci_is_present", false);
	return !device->gone;
}

int pci_reset(struct device *device)
{
	struct slot *s = slot_of(device);

	enter_call("pci_reset", true);
	if (device->gone || fault("pci_reset"))
		return -ETIMEDOUT;
	if (!s->reset)
		return -ENOTTY;
	s->reset(s->reset_data);
	msleep(100);
	return 0;
}
