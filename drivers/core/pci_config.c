// SPDX-License-Identifier: MIT
/*
 * PCI configuration space (PCI Local Bus 3.0, 3.2.2.3; PCI Express 4.0, 7.2.2). A bus that the MCFG table describes is mapped, 1 MiB, at
 * the first access to it and stays mapped; then its registers are memory and need no lock.
 */
#include <arch/io.h>
#include <drivers/pci_config.h>
#include <kernel/acpi.h>
#include <kernel/mutex.h>
#include <kernel/spinlock.h>
#include <lib/errno.h>
#include <mm/slab.h>

#define ADDRESS_PORT	0xcf8
#define DATA_PORT	0xcfc
#define ADDRESS_ENABLE	BIT(31)
#define PORT_BYTES	256
#define BUS_BYTES	(1u << 20)
#define FUNCTION_BYTES	4096

struct mapped_bus {
	struct mapped_bus *next; /* immutable once the bus is listed */
	u16 segment;
	u8 bus;
	void __iomem *registers; /* NULL: there is no memory for it */
};

/* map_lock for adding; readers without a lock, entries never go */
static struct mapped_bus *buses;
static DEFINE_MUTEX(map_lock);
static DEFINE_SPINLOCK(port_lock, LOCK_RANK_LEAF); /* the pair of ports */

static struct mapped_bus *find_bus(u16 segment, u8 bus)
{
	for (struct mapped_bus *b = smp_load_acquire(&buses); b; b = b->next)
		if (b->segment == segment && b->bus == bus)
			return b;
	return NULL;
}

static void __iomem *map_bus(u16 segment, u8 bus)
{
	struct acpi_ecam ecam;

	for (unsigned int i = 0; acpi_ecam(i, &ecam); i++)
		if (ecam.segment == segment && bus >= ecam.first_bus && bus <= ecam.last_bus)
			return ioremap(ecam.address + (u64)bus * BUS_BYTES, BUS_BYTES);
	return NULL;
}

static struct mapped_bus *add_bus(u16 segment, u8 bus)
{
	struct mapped_bus *b;

	mutex_lock(&map_lock);
	b = find_bus(segment, bus);
	if (!b) {
		b = kzalloc(sizeof(*b), GFP_KERNEL);
		if (b) {
			b->segment = segment;
			b->bus = bus;
			b->registers = map_bus(segment, bus);
			b->next = buses;
			smp_store_release(&buses, b);
		}
	}
	mutex_unlock(&map_lock);
	return b;
}

/* Where the registers of a function are in memory, or NULL. */
static void __iomem *registers_of(struct pci_address address)
{
	struct mapped_bus *b = find_bus(address.segment, address.bus);

	if (!b)
		b = add_bus(address.segment, address.bus);
	return b && b->registers ? b->registers + address.devfn * FUNCTION_BYTES : NULL;
}

static bool is_valid(unsigned int offset, unsigned int width)
{
	return (width == 8 || width == 16 || width == 32) && !(offset % (width / 8)) &&
	       offset < FUNCTION_BYTES;
}

static u32 port_address(struct pci_address address, unsigned int offset)
{
	return ADDRESS_ENABLE | (u32)address.bus << 16 | (u32)address.devfn << 8 | (offset & ~3u);
}

static u32 read_by_ports(struct pci_address address, unsigned int offset, unsigned int width)
{
	u16 port = DATA_PORT + (offset & 3);
	unsigned long flags;
	u32 value;

	spin_lock_irqsave(&port_lock, flags);
	outl(port_address(address, offset), ADDRESS_PORT);
	value = width == 8 ? inb(port) : width == 16 ? inw(port) : inl(port);
	spin_unlock_irqrestore(&port_lock, flags);
	return value;
}

static void write_by_ports(struct pci_address address, unsigned int offset, unsigned int width,
			   u32 value)
{
	u16 port = DATA_PORT + (offset & 3);
	unsigned long flags;

	spin_lock_irqsave(&port_lock, flags);
	outl(port_address(address, offset), ADDRESS_PORT);
	if (width == 8)
		outb(value, port);
	else if (width == 16)
		outw(value, port);
	else
		outl(value, port);
	spin_unlock_irqrestore(&port_lock, flags);
}

int pci_config_read(struct pci_address address, unsigned int offset, unsigned int width, u32 *value)
{
	void __iomem *registers;

	*value = ~0u;
	if (!is_valid(offset, width))
		return -EINVAL;
	registers = registers_of(address);
	if (registers)
		*value = width == 8    ? readb(registers + offset)
			 : width == 16 ? readw(registers + offset)
				       : readl(registers + offset);
	else if (address.segment || offset >= PORT_BYTES)
		return -ENODEV;
	else
		*value = read_by_ports(address, offset, width);
	return 0;
}

int pci_config_write(struct pci_address address, unsigned int offset, unsigned int width, u32 value)
{
	void __iomem *registers;

	if (!is_valid(offset, width))
		return -EINVAL;
	registers = registers_of(address);
	if (!registers) {
		if (address.segment || offset >= PORT_BYTES)
			return -ENODEV;
		write_by_ports(address, offset, width, value);
	} else if (width == 8) {
		writeb(value, registers + offset);
	} else if (width == 16) {
		writew(value, registers + offset);
	} else {
		writel(value, registers + offset);
	}
	return 0;
}
