// SPDX-License-Identifier: MIT
/*
 * What the device model shows of ACPI: the tables, as in /sys/firmware/acpi/tables of Linux, and the platform device "acpi", to which an
 * interpreter binds (acpi.ko). Its interrupt is the SCI: an ISA number keeps what the MADT says of it, others are level-triggered, active low
 * (ACPI 6.4, 5.2.9).
 */
#define pr_fmt(fmt) "acpi: " fmt

#include <drivers/device.h>
#include <kernel/acpi.h>
#include <kernel/init.h>
#include <kernel/interrupt.h>
#include <kernel/log.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>

#define NR_ISA_IRQS	16

struct table_file {
	struct sysfs_bin_attribute attribute;
	char name[8]; /* signature, and a number if there are several */
};

static ssize_t table_read(void *object, const struct sysfs_bin_attribute *attr, char *buf,
			  loff_t pos, size_t count)
{
	const struct acpi_table_header *table = attr->data;

	if (pos >= table->length)
		return 0;
	count = min(count, (size_t)(table->length - pos));
	memcpy(buf, (const u8 *)table + pos, count);
	return count;
}

/* The index-th among those of its signature, or 0 if it is the only one; counted from 1. */
static unsigned int __init instance(unsigned int index)
{
	unsigned int n = 0, before = 0;

	for (unsigned int i = 0; i < acpi_nr_tables(); i++) {
		if (!acpi_table(i) ||
		    memcmp(acpi_table(i)->signature, acpi_table(index)->signature, 4))
			continue;
		n++;
		before += i <= index;
	}
	return n > 1 ? before : 0;
}

static int __init show_table(sysfs_dir_t *dir, unsigned int index)
{
	const struct acpi_table_header *table = acpi_table(index);
	struct table_file *file;
	unsigned int number;

	if (!table)
		return 0;
	file = kzalloc(sizeof(*file), GFP_KERNEL);
	if (!file)
		return -ENOMEM;
	number = instance(index);
	scnprintf(file->name, sizeof(file->name), "%.4s", table->signature);
	if (number)
		scnprintf(file->name + 4, sizeof(file->name) - 4, "%u", number);
	file->attribute = (struct sysfs_bin_attribute){
		.name = file->name,
		.mode = 0400,
		.size = table->length,
		.read = table_read,
		.data = (void *)table,
	};
	return sysfs_create_bin_file(dir, &file->attribute);
}

static int __init show_tables(void)
{
	sysfs_dir_t *acpi = sysfs_create_dir(sysfs_firmware, "acpi", NULL), *dir;
	int error = 0;

	if (IS_ERR(acpi))
		return PTR_ERR(acpi);
	dir = sysfs_create_dir(acpi, "tables", NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	for (unsigned int i = 0; i < acpi_nr_tables() && !error; i++)
		error = show_table(dir, i);
	return error;
}

static int __init make_device(const struct acpi_fadt *fadt)
{
	struct platform_resource sci = { PLATFORM_IRQ, fadt->sci_interrupt, 1 };
	int irq = fadt->sci_interrupt;

	if (irq >= NR_ISA_IRQS) {
		irq = irq_from_gsi(irq, IRQF_TRIGGER_LOW);
		sci.start = irq;
	}
	return PTR_ERR_OR_ZERO(
		platform_device_create(platform_root_device(), "acpi", &sci, irq >= 0));
}

void __init acpi_devices_init(void)
{
	const struct acpi_fadt *fadt = acpi_fadt();
	int error;

	if (!acpi_nr_tables())
		return;
	error = show_tables();
	if (!error && fadt)
		error = make_device(fadt);
	if (error)
		pr_err("not all of it is in /sys: error %d\n", error);
}
