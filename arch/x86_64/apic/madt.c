/* SPDX-License-Identifier: MIT */
/* The MADT: which CPUs and interrupt controllers there are (ACPI 6.4, 5.2.12). */
#define pr_fmt(fmt) "acpi: " fmt

#include <arch/apic.h>
#include <arch/cpu.h>
#include <kernel/acpi.h>
#include <kernel/init.h>
#include <kernel/interrupt.h>
#include <kernel/log.h>
#include <kernel/smp.h>
#include <lib/kernel.h>
#include <lib/parse.h>
#include <mm/slab.h>

struct madt {
	struct acpi_table_header header;
	u32 lapic_address;
	u32 flags;
} __packed;

enum madt_type {
	MADT_LAPIC = 0,
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2,
	MADT_LAPIC_ADDRESS = 5,
	MADT_X2APIC = 9,
};

struct madt_lapic {
	struct acpi_record record;
	u8 processor;
	u8 apic_id;
	u32 flags;
} __packed;

struct madt_ioapic {
	struct acpi_record record;
	u8 id;
	u8 reserved;
	u32 address;
	u32 gsi_base;
} __packed;

struct madt_override {
	struct acpi_record record;
	u8 bus;
	u8 irq;
	u32 gsi;
	u16 flags;
} __packed;

struct madt_lapic_address {
	struct acpi_record record;
	u16 reserved;
	u64 address;
} __packed;

struct madt_x2apic {
	struct acpi_record record;
	u16 reserved;
	u32 apic_id;
	u32 flags;
	u32 processor;
} __packed;

#define CPU_ENABLED		BIT(0)
#define POLARITY(flags)		((flags) & 3)
#define TRIGGER(flags)		((flags) >> 2 & 3)
#define POLARITY_LOW		3
#define TRIGGER_LEVEL		3

#define DEFAULT_LAPIC		0xfee00000
#define DEFAULT_IOAPIC		0xfec00000

struct machine_layout machine_layout __ro_after_init;
unsigned int nr_cpus_found __ro_after_init = 1;

static unsigned int cpu_limit __initdata = CONFIG_NR_CPUS;

static int __init set_nr_cpus(const char *value)
{
	unsigned int limit;

	if (kstrtouint(value, 0, &limit) || !limit)
		return -EINVAL;
	cpu_limit = min(limit, (unsigned int)CONFIG_NR_CPUS);
	return 0;
}
BOOT_PARAM("nr_cpus", set_nr_cpus);

/* The boot CPU is number 0, the others follow in the table's order. */
static void __init add_cpu(u32 apic_id, u32 flags)
{
	if (!(flags & CPU_ENABLED) || apic_id == cpu_apic_id[0])
		return;
	nr_cpus_found++;
	if (nr_cpu_ids >= cpu_limit)
		return;
	cpu_apic_id[nr_cpu_ids] = apic_id;
	cpumask_set_cpu(nr_cpu_ids, &cpu_possible_mask);
	cpumask_set_cpu(nr_cpu_ids, &cpu_present_mask);
	nr_cpu_ids++;
}

static void __init add_ioapic(u32 id, u32 address, u32 gsi_base)
{
	unsigned int n = machine_layout.nr_ioapics;
	struct ioapic_description *list = krealloc(machine_layout.ioapics, (n + 1) * sizeof(*list),
						   GFP_KERNEL);

	if (!list)
		panic("no memory for the list of I/O APICs");
	list[n] = (struct ioapic_description){ .id = id, .address = address, .gsi_base = gsi_base };
	machine_layout.ioapics = list;
	machine_layout.nr_ioapics = n + 1;
}

/* The bus's habit (ISA: high, edge) unless the flags say otherwise. */
static void __init add_override(const struct madt_override *override)
{
	bool low = POLARITY(override->flags) == POLARITY_LOW;

	if (override->irq >= ARRAY_SIZE(machine_layout.isa))
		return;
	machine_layout.isa[override->irq].gsi = override->gsi;
	if (TRIGGER(override->flags) == TRIGGER_LEVEL)
		machine_layout.isa[override->irq].trigger = low ? IRQF_TRIGGER_LOW
								: IRQF_TRIGGER_HIGH;
	else
		machine_layout.isa[override->irq].trigger = low ? IRQF_TRIGGER_FALLING
								: IRQF_TRIGGER_RISING;
}

#define FITS(record, type)	((record)->length >= sizeof(type))

static void __init read_record(const struct acpi_record *record)
{
	const struct madt_lapic *lapic = (const void *)record;
	const struct madt_x2apic *x2apic = (const void *)record;
	const struct madt_ioapic *ioapic = (const void *)record;

	switch (record->type) {
	case MADT_LAPIC:
		if (FITS(record, *lapic) && lapic->apic_id != 0xff)
			add_cpu(lapic->apic_id, lapic->flags);
		break;
	case MADT_X2APIC:
		/* Ones that the memory interface can name too are repeated in some tables. */
		if (FITS(record, *x2apic) && x2apic->apic_id >= 0xff && cpu_has(CPU_FEATURE_X2APIC))
			add_cpu(x2apic->apic_id, x2apic->flags);
		break;
	case MADT_IOAPIC:
		if (FITS(record, *ioapic))
			add_ioapic(ioapic->id, ioapic->address, ioapic->gsi_base);
		break;
	case MADT_OVERRIDE:
		if (FITS(record, struct madt_override))
			add_override((const void *)record);
		break;
	case MADT_LAPIC_ADDRESS:
		if (FITS(record, struct madt_lapic_address))
			machine_layout.lapic_address =
				((const struct madt_lapic_address *)record)->address;
		break;
	}
}

/* What machines of the time before ACPI have: one of each, and the timer at pin 2. */
static void __init assume_defaults(void)
{
	machine_layout.lapic_address = DEFAULT_LAPIC;
	for (unsigned int irq = 0; irq < ARRAY_SIZE(machine_layout.isa); irq++)
		machine_layout.isa[irq] = (struct isa_irq){ .gsi = irq,
							    .trigger = IRQF_TRIGGER_RISING };
}

void __init smp_init_possible(void)
{
	const struct madt *madt = (const void *)acpi_find_table("APIC", 0);
	const struct acpi_record *record = NULL;

	assume_defaults();
	cpu_apic_id[0] = cpuid(1, 0).ebx >> 24;
	if (cpu_has(CPU_FEATURE_X2APIC) && boot_cpu.max_leaf >= 0xb && cpuid(0xb, 0).ebx)
		cpu_apic_id[0] = cpuid(0xb, 0).edx;
	if (!madt || madt->header.length < sizeof(*madt)) {
		pr_warn("no MADT: one CPU, and the interrupt controllers at their usual places\n");
		machine_layout.isa[0].gsi = 2;
		add_ioapic(0, DEFAULT_IOAPIC, 0);
		return;
	}
	machine_layout.lapic_address = madt->lapic_address;
	while ((record = acpi_next_record(&madt->header, sizeof(*madt), record)))
		read_record(record);
	pr_info("%u CPUs, %u I/O APICs\n", nr_cpus_found, machine_layout.nr_ioapics);
	if (nr_cpus_found > nr_cpu_ids)
		pr_warn("%u CPUs are not used: nr_cpus or CONFIG_NR_CPUS is %u\n",
			nr_cpus_found - nr_cpu_ids, cpu_limit);
}
