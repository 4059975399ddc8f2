/* SPDX-License-Identifier: MIT */
/*
 * I/O APICs: pins to messages (82093AA data sheet). Each pin is a line of kernel/irq; a line's chip_data is its pin. All access
 * to an I/O APIC goes through its index register, under its lock.
 */
#define pr_fmt(fmt) "ioapic: " fmt

#include <arch/apic.h>
#include <arch/io.h>
#include <kernel/init.h>
#include <kernel/interrupt.h>
#include <kernel/irq_core.h>
#include <kernel/log.h>
#include <lib/errno.h>
#include <mm/slab.h>

#define IOAPIC_INDEX		0x00
#define IOAPIC_WINDOW		0x10
#define IOAPIC_REG_VERSION	0x01
#define IOAPIC_REG_PIN(n)	(0x10 + 2 * (n))	/* low half; the high one behind it */

#define VERSION_LAST_PIN(version)	((version) >> 16 & 0xff)
#define VERSION_NOTHING_THERE		0xffffffff

#define PIN_ACTIVE_LOW		BIT(13)
#define PIN_LEVEL		BIT(15)
#define PIN_MASKED		BIT(16)
#define PIN_DESTINATION_SHIFT	24

/* lock: the registers. All else is constant. */
struct ioapic {
	spinlock_t lock; /* LOCK_RANK_LEAF, with interrupts off */
	void __iomem *registers;
	unsigned int gsi_base;
	unsigned int nr_pins;
};

struct pin {
	struct ioapic *ioapic;
	unsigned int number;
	u32 low; /* the line's lock: what the low half holds */
};

static void write_register(struct ioapic *ioapic, unsigned int index, u32 value)
{
	writel(index, (char __iomem *)ioapic->registers + IOAPIC_INDEX);
	writel(value, (char __iomem *)ioapic->registers + IOAPIC_WINDOW);
}

static u32 read_register(struct ioapic *ioapic, unsigned int index)
{
	writel(index, (char __iomem *)ioapic->registers + IOAPIC_INDEX);
	return readl((char __iomem *)ioapic->registers + IOAPIC_WINDOW);
}

static void write_pin_low(struct pin *pin)
{
	unsigned long flags;

	spin_lock_irqsave(&pin->ioapic->lock, flags);
	write_register(pin->ioapic, IOAPIC_REG_PIN(pin->number), pin->low);
	spin_unlock_irqrestore(&pin->ioapic->lock, flags);
}

static void ioapic_mask(struct irq_desc *desc)
{
	struct pin *pin = desc->chip_data;

	pin->low |= PIN_MASKED;
	write_pin_low(pin);
}

static void ioapic_unmask(struct irq_desc *desc)
{
	struct pin *pin = desc->chip_data;

	pin->low &= ~PIN_MASKED;
	write_pin_low(pin);
}

static void ioapic_end(struct irq_desc *desc)
{
	lapic_end_of_interrupt();
}

static void ioapic_set_target(struct irq_desc *desc)
{
	struct pin *pin = desc->chip_data;
	struct ioapic *ioapic = pin->ioapic;
	unsigned long flags;

	pin->low = (pin->low & ~0xffu) | desc->vector;
	spin_lock_irqsave(&ioapic->lock, flags);
	write_register(ioapic, IOAPIC_REG_PIN(pin->number) + 1,
		       cpu_apic_id[desc->cpu] << PIN_DESTINATION_SHIFT);
	write_register(ioapic, IOAPIC_REG_PIN(pin->number), pin->low);
	spin_unlock_irqrestore(&ioapic->lock, flags);
}

static int ioapic_set_trigger(struct irq_desc *desc, unsigned int trigger)
{
	struct pin *pin = desc->chip_data;
	u32 low = pin->low & ~(PIN_ACTIVE_LOW | PIN_LEVEL);

	if (trigger & (IRQF_TRIGGER_LOW | IRQF_TRIGGER_FALLING))
		low |= PIN_ACTIVE_LOW;
	if (trigger & IRQF_TRIGGER_LEVEL)
		low |= PIN_LEVEL;
	pin->low = low;
	write_pin_low(pin);
	return 0;
}

static const struct irq_chip ioapic_chip = {
	.name = "IO-APIC",
	.mask = ioapic_mask,
	.unmask = ioapic_unmask,
	.end = ioapic_end,
	.set_trigger = ioapic_set_trigger,
	.set_target = ioapic_set_target,
};

/* ISA interrupts keep their numbers wherever they arrive; the number of a pin that one arrives at elsewhere is not used. */
int gsi_to_irq(unsigned int gsi)
{
	for (unsigned int irq = 0; irq < ARRAY_SIZE(machine_layout.isa); irq++)
		if (machine_layout.isa[irq].gsi == gsi)
			return irq;
	return gsi < ARRAY_SIZE(machine_layout.isa) ? -EINVAL : (int)gsi;
}

static void __init add_pin(struct ioapic *ioapic, unsigned int number)
{
	int irq = gsi_to_irq(ioapic->gsi_base + number);
	unsigned int trigger = IRQF_TRIGGER_LOW;
	struct pin *pin;

	write_register(ioapic, IOAPIC_REG_PIN(number), PIN_MASKED);
	if (irq < 0)
		return;
	if (irq < ARRAY_SIZE(machine_layout.isa))
		trigger = machine_layout.isa[irq].trigger;
	pin = kzalloc(sizeof(*pin), GFP_KERNEL);
	if (!pin)
		panic("no memory for interrupt lines");
	*pin = (struct pin){ .ioapic = ioapic, .number = number, .low = PIN_MASKED };
	if (irq_add_line(irq, &ioapic_chip, pin, trigger))
		panic("no memory for interrupt lines");
}

static void __init add_ioapic(const struct ioapic_description *description)
{
	struct ioapic *ioapic = kzalloc(sizeof(*ioapic), GFP_KERNEL);
	u32 version;

	if (!ioapic)
		panic("no memory for I/O APICs");
	spin_lock_init(&ioapic->lock, LOCK_RANK_LEAF);
	ioapic->registers = ioremap(description->address, 32);
	ioapic->gsi_base = description->gsi_base;
	version = ioapic->registers ? read_register(ioapic, IOAPIC_REG_VERSION)
				    : VERSION_NOTHING_THERE;
	if (version == VERSION_NOTHING_THERE) {
		pr_warn("nothing at %x\n", description->address);
		return;
	}
	ioapic->nr_pins = VERSION_LAST_PIN(version) + 1;
	for (unsigned int number = 0; number < ioapic->nr_pins; number++)
		add_pin(ioapic, number);
	pr_info("id %u at %x, global interrupts %u-%u\n", description->id, description->address,
		ioapic->gsi_base, ioapic->gsi_base + ioapic->nr_pins - 1);
}

void __init ioapic_init(void)
{
	for (unsigned int i = 0; i < machine_layout.nr_ioapics; i++)
		add_ioapic(&machine_layout.ioapics[i]);
}
