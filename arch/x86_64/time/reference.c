/* SPDX-License-Identifier: MIT */
/*
 * Counters whose rate is known: the HPET (IA-PC HPET specification 1.0a), the ACPI timer (ACPI 6.4, 4.8.3.3) and channel 0 of the
 * PIT (8254 data sheet).
 */
#define pr_fmt(fmt) "clock: " fmt

#include <arch/io.h>
#include <kernel/acpi.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <mm/slab.h>
#include "time_private.h"

/* HPET. */

struct hpet_table {
	struct acpi_table_header header;
	u32 id;
	struct acpi_address address;
	u8 number;
	u16 minimum_tick;
	u8 attributes;
} __packed;

#define HPET_CAPABILITIES	0x000
#define HPET_CONFIGURATION	0x010
#define HPET_COUNTER		0x0f0
#define HPET_SIZE		0x400

#define HPET_64_BIT		BIT(13)
#define HPET_PERIOD(capabilities)	((capabilities) >> 32)	/* femtoseconds */
#define HPET_MAX_PERIOD		100000000
#define HPET_ENABLE		BIT(0)
#define HPET_LEGACY		BIT(1)

#define FEMTOSECONDS		1000000000000000ull

static void __iomem *hpet __ro_after_init;

static u64 hpet_read_64(void)
{
	return readq((char __iomem *)hpet + HPET_COUNTER);
}

static u64 hpet_read_32(void)
{
	return readl((char __iomem *)hpet + HPET_COUNTER);
}

static struct reference hpet_reference __ro_after_init = { .name = "HPET" };

static bool __init find_hpet(void)
{
	const struct hpet_table *table = (const void *)acpi_find_table("HPET", 0);
	u64 capabilities, configuration;

	if (!table || table->header.length < sizeof(*table) ||
	    table->address.space != ACPI_SPACE_MEMORY)
		return false;
	hpet = ioremap(table->address.address, HPET_SIZE);
	if (!hpet)
		return false;
	capabilities = readq((char __iomem *)hpet + HPET_CAPABILITIES);
	if (!HPET_PERIOD(capabilities) || HPET_PERIOD(capabilities) > HPET_MAX_PERIOD) {
		pr_warn("HPET: impossible period %llu\n",
			(unsigned long long)HPET_PERIOD(capabilities));
		iounmap(hpet);
		return false;
	}
	configuration = readq((char __iomem *)hpet + HPET_CONFIGURATION);
	configuration &= ~(u64)HPET_LEGACY;
	writeq(configuration | HPET_ENABLE, (char __iomem *)hpet + HPET_CONFIGURATION);
	hpet_reference.hz = FEMTOSECONDS / HPET_PERIOD(capabilities);
	hpet_reference.mask = capabilities & HPET_64_BIT ? ~0ull : 0xffffffff;
	hpet_reference.read = capabilities & HPET_64_BIT ? hpet_read_64 : hpet_read_32;
	return true;
}

/* ACPI's timer. */

#define PM_TIMER_HZ	3579545

static u16 pm_timer_port __ro_after_init;

static u64 pm_timer_read(void)
{
	return inl(pm_timer_port);
}

static struct reference pm_timer_reference __ro_after_init = { .name = "ACPI timer", .hz = PM_TIMER_HZ, .read = pm_timer_read };

static bool __init find_pm_timer(void)
{
	const struct acpi_fadt *fadt = acpi_fadt();

	if (!fadt || !fadt->pm_timer)
		return false;
	pm_timer_port = fadt->pm_timer;
	pm_timer_reference.mask = fadt->flags & ACPI_FADT_TIMER_32_BIT ? 0xffffffff : 0xffffff;
	/* Some chip sets have the register without the timer behind it. */
	for (int i = 0; i < 1000; i++)
		/* lint: misc-redundant-expression: it counts between the two */
		if (pm_timer_read() != pm_timer_read())
			return true;
	return false;
}

/* PIT: counts down from 65536 and starts again. */

#define PIT_HZ			1193182
#define PIT_CHANNEL_0		0x40
#define PIT_COMMAND		0x43
#define PIT_RATE_GENERATOR	0x34	/* channel 0, both bytes, mode 2 */
#define PIT_LATCH_0		0x00

static u64 __init pit_read(void)
{
	u32 count;

	outb(PIT_LATCH_0, PIT_COMMAND);
	count = inb(PIT_CHANNEL_0);
	count |= inb(PIT_CHANNEL_0) << 8;
	return 0x10000 - count;
}

static const struct reference pit_reference = { .name = "PIT", .hz = PIT_HZ, .mask = 0xffff, .read = pit_read };

static void __init start_pit(void)
{
	outb(PIT_RATE_GENERATOR, PIT_COMMAND);
	outb(0, PIT_CHANNEL_0);
	outb(0, PIT_CHANNEL_0);
}

const struct reference __init *reference_find(void)
{
	if (find_hpet())
		return &hpet_reference;
	if (find_pm_timer())
		return &pm_timer_reference;
	start_pit();
	return &pit_reference;
}
