// SPDX-License-Identifier: MIT
/*
 * The machine's side of PCI (kit/pci_host.h): which buses there may be, which addresses are free for devices, lines and messages of functions.
 */
#include "internal.h"

#include <arch/apic.h>
#include <arch/cpu.h>
#include <kernel/acpi.h>
#include <kernel/boot.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/module.h>
#include <kernel/smp.h>
#include <kit/irq.h>
#include <kit/pci_host.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <mm/slab.h>

LIST_HEAD(pci_functions);
DEFINE_MUTEX(pci_functions_lock);

#define NR_ISA_LINES	16

int pci_host_segment(u32 index, struct pci_host_segment *segment)
{
	struct acpi_ecam ecam;

	if (segment->size < sizeof(*segment))
		return -E2BIG;
	segment->config = 0;
	if (acpi_ecam(index, &ecam)) {
		segment->segment = ecam.segment;
		segment->first_bus = ecam.first_bus;
		segment->last_bus = ecam.last_bus;
		segment->config = ecam.address;
		return 0;
	}
	/* None is described: the one that the ports reach. */
	if (index || acpi_ecam(0, &ecam))
		return -ENOENT;
	segment->segment = 0;
	segment->first_bus = 0;
	segment->last_bus = 255;
	return 0;
}

/* --- windows: what is left of the address space --- */

#define PORTS_START	0x1000
#define PORTS_END	0xffff
#define LOW_END		0xfebfffffull	/* I/O APICs, HPET, local APICs and the firmware's ROM are above */
#define FOUR_GIB	0x100000000ull
#define HIGH_ALIGN	(1ull << 30)
#define HIGH_SIZE	(1ull << 39)

/* The end of the last thing below `limit` that is known to be there. */
static u64 last_end(u64 limit)
{
	struct acpi_ecam ecam;
	u64 end = 0;

	for (size_t i = 0; i < boot_info.nr_memory; i++) {
		const struct boot_memory *m = &boot_info.memory[i];

		if (m->start < limit && m->start + m->size <= LOW_END)
			end = max(end, m->start + m->size);
		else if (m->start < limit && limit > FOUR_GIB)
			end = max(end, m->start + m->size);
	}
	for (unsigned int i = 0; acpi_ecam(i, &ecam); i++)
		if (ecam.address < limit)
			end = max(end, ecam.address + ((u64)ecam.last_bus + 1) * 0x100000);
	return end;
}

int pci_host_window(u32 index, struct pci_host_window *window)
{
	if (window->size < sizeof(*window))
		return -E2BIG;
	switch (index) {
	case 0:
		window->kind = PCI_WINDOW_PORTS;
		window->start = PORTS_START;
		window->end = PORTS_END;
		return 0;
	case 1:
		window->kind = PCI_WINDOW_MEMORY;
		window->start = (last_end(LOW_END) + 0xfffff) & ~0xfffffull;
		window->end = LOW_END;
		return 0;
	case 2:
		window->kind = PCI_WINDOW_MEMORY;
		window->start = (max(last_end(~0ull), (u64)FOUR_GIB) + HIGH_ALIGN - 1) &
				~(HIGH_ALIGN - 1);
		window->end = min(window->start + HIGH_SIZE, (u64)BIT_ULL(boot_cpu.physical_bits)) -
			      1;
		return window->start < window->end ? 0 : -ENOENT;
	}
	return -ENOENT;
}

int pci_host_alone(void (*change)(void *data), void *data)
{
	might_sleep();
	return run_alone(change, data);
}

/* --- functions --- */

static void detach(struct device *device)
{
	mutex_lock(&pci_functions_lock);
	list_del_init(&device->pci->node);
	mutex_unlock(&pci_functions_lock);
}

static unsigned int order_of(struct pci_address a)
{
	return (unsigned int)a.segment << 16 | (unsigned int)a.bus << 8 | a.devfn;
}

int pci_host_attach(struct device *device, u32 address, u32 msi, u32 msix)
{
	struct pci_function *f = kzalloc(sizeof(*f), GFP_KERNEL), *other;
	struct list_head *behind = &pci_functions;

	if (!f)
		return -ENOMEM;
	f->device = device;
	f->address = (struct pci_address){ .segment = address >> 16,
					   .bus = address >> 8,
					   .devfn = address };
	f->msi = msi;
	f->msix = msix;
	f->line = -1;
	device->pci = f;
	device->irqs = &pci_irqs;
	device->on_remove = detach;
	mutex_lock(&pci_functions_lock);
	list_for_each_entry(other, &pci_functions, node) {
		if (order_of(other->address) > order_of(f->address)) {
			behind = &other->node;
			break;
		}
	}
	list_add_tail(&f->node, behind);
	mutex_unlock(&pci_functions_lock);
	return 0;
}

void pci_host_set_line(struct device *device, int line)
{
	WRITE_ONCE(device->pci->line, line);
}

u32 pci_host_irq(const struct device *device)
{
	const struct pci_function *f = device->pci;
	int line = READ_ONCE(f->line);

	if (READ_ONCE(f->kind) == KIT_IRQ_MSI)
		return f->messages[0].irq;
	if (line >= 0)
		return line;
	/* No driver has wanted it yet: what the firmware left. */
	return pci_read(f, PCI_CONFIG_PIN, 8) ? pci_read(f, PCI_CONFIG_LINE, 8) : 0;
}

/* --- lines --- */

int pci_host_line(u32 gsi, bool level, bool active_low)
{
	unsigned int trigger;

	might_sleep();
	if (level)
		trigger = active_low ? IRQF_TRIGGER_LOW : IRQF_TRIGGER_HIGH;
	else
		trigger = active_low ? IRQF_TRIGGER_FALLING : IRQF_TRIGGER_RISING;
	return irq_from_gsi(gsi, trigger);
}

int pci_host_legacy_line(u32 value)
{
	const struct isa_irq *isa = &machine_layout.isa[value % NR_ISA_LINES];

	if (!value || value >= NR_ISA_LINES)
		return -EINVAL;
	/* The MADT may say how it arrives; else it is an edge-triggered ISA interrupt that a PCI pin was led to. */
	if (isa->trigger & IRQF_TRIGGER_LEVEL)
		return irq_from_gsi(isa->gsi, 0);
	return irq_from_gsi(isa->gsi, IRQF_TRIGGER_LOW);
}

void __init pci_host_init(void)
{
	struct platform_device *bus;

	pci_proc_init();
	/* The module that is the bus is asked for by this device's alias. */
	bus = platform_device_create(platform_root_device(), "pci", NULL, 0);
	if (IS_ERR(bus))
		pr_err("pci: no platform device: error %ld\n", PTR_ERR(bus));
}

EXPORT_KIT(pci_host_segment, 0, 1);
EXPORT_KIT(pci_host_window, 0, 1);
EXPORT_KIT(pci_host_alone, 0, 9);
EXPORT_KIT(pci_host_attach, 0, 1);
EXPORT_KIT(pci_host_set_line, 0, 1);
EXPORT_KIT(pci_host_irq, 0, 1);
EXPORT_KIT(pci_host_line, 0, 1);
EXPORT_KIT(pci_host_legacy_line, 0, 1);
EXPORT_KIT(pci_host_restore_messages, 0, 1);
