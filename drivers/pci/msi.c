// SPDX-License-Identifier: MIT
/*
 * Messages of PCI functions: MSI and MSI-X (PCI Local Bus 3.0, 6.8). The core writes them, since which CPU and vector a message names is its
 * business and changes behind the driver's back.
 *
 * MSI-X has an entry and a mask bit for each message, in the memory of the device. MSI has one message (more would need neighbouring
 * vectors) and perhaps a mask bit; without one, it is switched off while its message changes, and sent once by hand afterwards in case
 * the device wanted to meanwhile.
 */
#include "internal.h"

#include <arch/apic.h>
#include <arch/io.h>
#include <kernel/log.h>
#include <kit/irq.h>
#include <kit/pci_host.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <mm/slab.h>

#define MSI_CONTROL		2
#define MSI_ENABLE		0x0001
#define MSI_MULTIPLE_ENABLE	0x0070
#define MSI_64_BIT		0x0080
#define MSI_MASKABLE		0x0100
#define MSI_ADDRESS		4
#define MSI_ADDRESS_HIGH	8
#define MSI_DATA(control)	((control) & MSI_64_BIT ? 12 : 8)
#define MSI_MASK(control)	((control) & MSI_64_BIT ? 16 : 12)

#define MSIX_CONTROL		2
#define MSIX_SIZE		0x07ff
#define MSIX_MASK_ALL		0x4000
#define MSIX_ENABLE		0x8000
#define MSIX_TABLE		4
#define MSIX_BAR		0x7

/* An entry of the table of MSI-X. */
#define ENTRY_BYTES		16
#define ENTRY_ADDRESS		0
#define ENTRY_ADDRESS_HIGH	4
#define ENTRY_DATA		8
#define ENTRY_CONTROL		12
#define ENTRY_MASKED		1

static void __iomem *entry_of(const struct pci_message *m)
{
	return m->function->table + m->index * ENTRY_BYTES;
}

static void msix_write_mask(struct irq_desc *desc, u32 mask)
{
	struct pci_message *m = desc->chip_data;

	writel(mask, entry_of(m) + ENTRY_CONTROL);
	readl(entry_of(m) + ENTRY_CONTROL); /* it has arrived */
}

static void msix_mask(struct irq_desc *desc) { msix_write_mask(desc, ENTRY_MASKED); }
static void msix_unmask(struct irq_desc *desc) { msix_write_mask(desc, 0); }
static void message_end(struct irq_desc *desc) { lapic_end_of_interrupt(); }

static void msix_set_target(struct irq_desc *desc)
{
	struct pci_message *m = desc->chip_data;
	struct msi_message message;

	irq_msi_message(desc, &message);
	writel((u32)message.address, entry_of(m) + ENTRY_ADDRESS);
	writel((u32)(message.address >> 32), entry_of(m) + ENTRY_ADDRESS_HIGH);
	writel(message.data, entry_of(m) + ENTRY_DATA);
	readl(entry_of(m) + ENTRY_DATA);
}

static const struct irq_chip msix_chip = {
	.name = "PCI-MSIX",
	.mask = msix_mask,
	.unmask = msix_unmask,
	.end = message_end,
	.set_target = msix_set_target,
};

static void msi_write_mask(struct irq_desc *desc, u32 mask)
{
	const struct pci_function *f = ((struct pci_message *)desc->chip_data)->function;
	u32 control = pci_read(f, f->msi + MSI_CONTROL, 16);

	/* Without mask bits the core notes what comes, and calls the handler when it is unmasked. */
	if (control & MSI_MASKABLE)
		pci_write(f, f->msi + MSI_MASK(control), 32, mask);
}

static void msi_mask(struct irq_desc *desc) { msi_write_mask(desc, 1); }
static void msi_unmask(struct irq_desc *desc) { msi_write_mask(desc, 0); }

static void msi_set_target(struct irq_desc *desc)
{
	const struct pci_function *f = ((struct pci_message *)desc->chip_data)->function;
	u32 control = pci_read(f, f->msi + MSI_CONTROL, 16);
	struct msi_message message;

	irq_msi_message(desc, &message);
	if (!(control & MSI_MASKABLE))
		pci_write(f, f->msi + MSI_CONTROL, 16, control & ~MSI_ENABLE);
	pci_write(f, f->msi + MSI_ADDRESS, 32, (u32)message.address);
	if (control & MSI_64_BIT)
		pci_write(f, f->msi + MSI_ADDRESS_HIGH, 32, (u32)(message.address >> 32));
	pci_write(f, f->msi + MSI_DATA(control), 16, message.data);
	pci_write(f, f->msi + MSI_CONTROL, 16, (control & ~MSI_MULTIPLE_ENABLE) | MSI_ENABLE);
	if (!(control & MSI_MASKABLE) && control & MSI_ENABLE)
		lapic_send_ipi(cpu_apic_id[desc->cpu], desc->vector);
}

static const struct irq_chip msi_chip = {
	.name = "PCI-MSI",
	.mask = msi_mask,
	.unmask = msi_unmask,
	.end = message_end,
	.set_target = msi_set_target,
};

/* --- switching over --- */

static void set_intx(const struct pci_function *f, bool on)
{
	u32 command = pci_read(f, PCI_CONFIG_COMMAND, 16);

	pci_write(f, PCI_CONFIG_COMMAND, 16,
		  on ? command & ~PCI_COMMAND_NO_INTX : command | PCI_COMMAND_NO_INTX);
}

static u32 msix_size(const struct pci_function *f)
{
	return (pci_read(f, f->msix + MSIX_CONTROL, 16) & MSIX_SIZE) + 1;
}

static int map_table(struct pci_function *f)
{
	u32 where = pci_read(f, f->msix + MSIX_TABLE, 32), offset = where & ~MSIX_BAR,
	    bytes = msix_size(f) * ENTRY_BYTES;
	const struct device_range *range = device_range(f->device, RANGE_MEMORY, where & MSIX_BAR);

	if (!range || offset >= range->length || bytes > range->length - offset)
		return -ENXIO;
	f->table = ioremap(range->start + offset, bytes);
	return f->table ? 0 : -ENOMEM;
}

/* All entries masked, so that none is sent before it has its message. */
static int msix_on(struct pci_function *f)
{
	u32 control = pci_read(f, f->msix + MSIX_CONTROL, 16);
	int error = map_table(f);

	if (error)
		return error;
	pci_write(f, PCI_CONFIG_COMMAND, 16,
		  pci_read(f, PCI_CONFIG_COMMAND, 16) | PCI_COMMAND_MEMORY);
	pci_write(f, f->msix + MSIX_CONTROL, 16, control | MSIX_ENABLE | MSIX_MASK_ALL);
	for (u32 i = 0; i < msix_size(f); i++)
		writel(ENTRY_MASKED, f->table + i * ENTRY_BYTES + ENTRY_CONTROL);
	pci_write(f, f->msix + MSIX_CONTROL, 16, (control & ~MSIX_MASK_ALL) | MSIX_ENABLE);
	return 0;
}

static void messages_off(struct pci_function *f)
{
	u32 control;

	if (f->kind == KIT_IRQ_MSIX) {
		control = pci_read(f, f->msix + MSIX_CONTROL, 16);
		pci_write(f, f->msix + MSIX_CONTROL, 16, control & ~(MSIX_ENABLE | MSIX_MASK_ALL));
		iounmap(f->table);
		f->table = NULL;
	} else {
		control = pci_read(f, f->msi + MSI_CONTROL, 16);
		pci_write(f, f->msi + MSI_CONTROL, 16, control & ~MSI_ENABLE);
	}
}

static ssize_t kind_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	const struct pci_function *f = attr->data;

	return sysfs_emit(buf, "%s\n", f->kind == KIT_IRQ_MSIX ? "msix" : "msi");
}

/* /sys/bus/pci/devices/ADDRESS/msi_irqs: a file for each, named by its number. */
static void show_messages(struct pci_function *f)
{
	f->dir = sysfs_create_dir(f->device->dir, "msi_irqs", f);
	if (IS_ERR(f->dir)) {
		f->dir = NULL;
		return;
	}
	for (u32 i = 0; i < f->nr; i++) {
		struct pci_message *m = &f->messages[i];

		snprintf(m->name, sizeof(m->name), "%u", m->irq);
		m->attribute = (struct sysfs_attribute){ m->name, 0444, kind_show, NULL, f };
		if (sysfs_create_file(f->dir, &m->attribute))
			pr_warn("%s: interrupt %u is not in msi_irqs\n", f->device->name, m->irq);
	}
}

static void free_lines(struct pci_function *f, u32 nr)
{
	while (nr-- > 0)
		irq_free_msi(f->messages[nr].irq);
	kfree(f->messages);
	f->messages = NULL;
	f->kind = f->nr = 0;
}

static int make_lines(struct pci_function *f, u32 kind, u32 nr)
{
	f->messages = kcalloc(nr, sizeof(*f->messages), GFP_KERNEL);
	if (!f->messages)
		return -ENOMEM;
	for (u32 i = 0; i < nr; i++) {
		struct pci_message *m = &f->messages[i];
		int irq;

		m->function = f;
		m->index = i;
		irq = irq_alloc_msi(kind == KIT_IRQ_MSIX ? &msix_chip : &msi_chip, m);
		if (irq < 0) {
			free_lines(f, i);
			return irq;
		}
		m->irq = irq;
	}
	f->kind = kind;
	f->nr = nr;
	return 0;
}

static int messages_alloc(struct device *device, u32 kind, u32 nr, u32 *irqs)
{
	struct pci_function *f = device->pci;
	int error = make_lines(f, kind, nr);

	if (error)
		return error;
	error = kind == KIT_IRQ_MSIX ? msix_on(f) : 0;
	if (error) {
		free_lines(f, nr);
		return error;
	}
	set_intx(f, false);
	for (u32 i = 0; i < nr; i++)
		irqs[i] = f->messages[i].irq;
	show_messages(f);
	return 0;
}

static void messages_free(struct device *device, u32 kind, u32 nr, const u32 *irqs)
{
	struct pci_function *f = device->pci;

	sysfs_remove(f->dir);
	f->dir = NULL;
	messages_off(f);
	set_intx(f, true);
	free_lines(f, nr);
}

static u32 messages_count(struct device *device, u32 kind)
{
	const struct pci_function *f = device->pci;

	if (kind == KIT_IRQ_MSIX)
		return f->msix ? msix_size(f) : 0;
	return f->msi ? 1 : 0;
}

static int intx_line(struct device *device, u32 index, unsigned long *flags)
{
	*flags = IRQF_SHARED;
	return index || device->pci->line < 0 ? -ENXIO : device->pci->line;
}

const struct device_irqs pci_irqs = {
	.line = intx_line,
	.count = messages_count,
	.alloc = messages_alloc,
	.free = messages_free,
};

/* The function has forgotten everything: what stood in it is written from what the lines say. */
void pci_host_restore_messages(struct device *device)
{
	struct pci_function *f = device->pci;
	unsigned long flags;

	might_sleep();
	if (!f || !f->kind)
		return;
	if (f->kind == KIT_IRQ_MSIX) {
		u32 control = pci_read(f, f->msix + MSIX_CONTROL, 16);

		pci_write(f, PCI_CONFIG_COMMAND, 16,
			  pci_read(f, PCI_CONFIG_COMMAND, 16) | PCI_COMMAND_MEMORY);
		pci_write(f, f->msix + MSIX_CONTROL, 16, control | MSIX_ENABLE | MSIX_MASK_ALL);
	}
	for (u32 i = 0; i < f->nr; i++) {
		struct irq_desc *desc = irq_to_desc(f->messages[i].irq);

		spin_lock_irqsave(&desc->lock, flags);
		if (desc->vector)
			desc->chip->set_target(desc);
		if (desc->masked)
			desc->chip->mask(desc);
		else
			desc->chip->unmask(desc);
		spin_unlock_irqrestore(&desc->lock, flags);
	}
	if (f->kind == KIT_IRQ_MSIX)
		pci_write(f, f->msix + MSIX_CONTROL, 16,
			  (pci_read(f, f->msix + MSIX_CONTROL, 16) & ~MSIX_MASK_ALL) | MSIX_ENABLE);
	set_intx(f, false);
}
