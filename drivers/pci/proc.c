// SPDX-License-Identifier: MIT
/* /proc/bus/pci/devices: a line for each function, in Linux's form. */
#include "internal.h"

#include <fs/proc.h>
#include <fs/seq_file.h>
#include <kernel/init.h>
#include <kit/pci_host.h>

#define NR_RANGES	7	/* six base address registers and the expansion ROM */

static const struct device_range *range_at(const struct device *device, u32 index)
{
	const struct device_range *range = device_range(device, RANGE_MEMORY, index);

	return range ?: device_range(device, RANGE_PORTS, index);
}

static void show_function(struct seq_file *m, const struct pci_function *f)
{
	u32 ids = pci_read(f, PCI_CONFIG_IDS, 32);
	const struct device_range *range;

	seq_printf(m, "%02x%02x\t%04x%04x\t%x", f->address.bus, f->address.devfn, ids & 0xffff,
		   ids >> 16, pci_host_irq(f->device));
	for (u32 i = 0; i < NR_RANGES; i++) {
		range = range_at(f->device, i);
		seq_printf(m, "\t%16llx", range ? range->start | range->bus_flags : 0ull);
	}
	for (u32 i = 0; i < NR_RANGES; i++) {
		range = range_at(f->device, i);
		seq_printf(m, "\t%16llx", range ? range->length : 0ull);
	}
	seq_printf(m, "\t");
	mutex_lock(&f->device->lock);
	if (f->device->driver)
		seq_printf(m, "%s", f->device->driver->name);
	mutex_unlock(&f->device->lock);
	seq_printf(m, "\n");
}

static int devices_show(struct seq_file *m, void *unused)
{
	struct pci_function *f;

	mutex_lock(&pci_functions_lock);
	list_for_each_entry(f, &pci_functions, node)
		show_function(m, f);
	mutex_unlock(&pci_functions_lock);
	return 0;
}

void __init pci_proc_init(void)
{
	proc_create_single("bus/pci/devices", 0444, devices_show, NULL);
}
