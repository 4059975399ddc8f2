/* SPDX-License-Identifier: MIT */
/*
 * Finding ACPI tables: the root pointer, the list of tables behind it, and each table by signature (ACPI 6.4, chapter 5.2).
 *
 * The list is made once at boot. A table is mapped and checked when somebody asks for it first, and stays mapped.
 */
#define pr_fmt(fmt) "acpi: " fmt

#include <kernel/acpi.h>
#include <kernel/atomic.h>
#include <kernel/boot.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/string.h>
#include <mm/slab.h>
#include "acpi_private.h"

struct rsdp {
	char signature[8];
	u8 checksum;
	char oem_id[6];
	u8 revision;
	u32 rsdt;
	/* From revision 2 on. */
	u32 length;
	u64 xsdt;
	u8 extended_checksum;
	u8 reserved[3];
} __packed;

#define RSDP_V1_LENGTH	20
#define RSDP_STEP	16

/* Where a BIOS leaves the root pointer if the boot loader does not say. */
#define BIOS_AREA	0xe0000
#define BIOS_AREA_SIZE	0x20000

#define TABLE_MAX_BYTES	(16u << 20)	/* longer ones are taken for damaged */

struct table {
	u64 address;
	char signature[4];
	const struct acpi_table_header *mapped; /* atomic: NULL until the first look-up */
};

static struct table *tables __ro_after_init;
static unsigned int nr_tables __ro_after_init;
static u64 rsdp_address __ro_after_init;

static bool sum_is_zero(const void *start, size_t length)
{
	const u8 *bytes = start;
	u8 sum = 0;

	while (length--)
		sum += *bytes++;
	return !sum;
}

static bool __init is_rsdp(const struct rsdp *rsdp)
{
	return !memcmp(rsdp->signature, "RSD PTR ", 8) && sum_is_zero(rsdp, RSDP_V1_LENGTH);
}

static bool __init scan_for_rsdp(struct rsdp *found)
{
	const u8 *area = memremap(BIOS_AREA, BIOS_AREA_SIZE);
	bool ok = false;

	for (size_t at = 0; area && !ok && at + sizeof(*found) <= BIOS_AREA_SIZE; at += RSDP_STEP) {
		memcpy(found, area + at, sizeof(*found));
		ok = is_rsdp(found);
		rsdp_address = BIOS_AREA + at;
	}
	memunmap(area);
	return ok;
}

static bool __init read_rsdp(struct rsdp *rsdp)
{
	const struct rsdp *mapped;

	if (!boot_info.rsdp)
		return !boot_info.efi_system_table && scan_for_rsdp(rsdp);
	mapped = memremap(boot_info.rsdp, sizeof(*mapped));
	if (!mapped)
		return false;
	memcpy(rsdp, mapped, sizeof(*rsdp));
	rsdp_address = boot_info.rsdp;
	memunmap(mapped);
	return is_rsdp(rsdp);
}

/* The whole table, checked; NULL if it is not there or damaged. The FACS, in which firmware and system write, has no sum. */
static const struct acpi_table_header *map_table(u64 address)
{
	const struct acpi_table_header *header = memremap(address, sizeof(*header));
	u32 length;

	if (!header)
		return NULL;
	length = header->length;
	memunmap(header);
	if (length < sizeof(*header) || length > TABLE_MAX_BYTES)
		return NULL;
	header = memremap(address, length);
	if (header && memcmp(header->signature, "FACS", 4) && !sum_is_zero(header, length)) {
		pr_warn("table %.4s at %llx: wrong checksum, ignored\n", header->signature,
			address);
		memunmap(header);
		header = NULL;
	}
	return header;
}

static void __init add_table(u64 address)
{
	const struct acpi_table_header *header = address ? memremap(address, sizeof(*header))
							 : NULL;
	struct table *table = &tables[nr_tables];

	if (!header)
		return;
	table->address = address;
	memcpy(table->signature, header->signature, 4);
	pr_debug("table %.4s at %llx, %u bytes\n", table->signature, address, header->length);
	nr_tables++;
	memunmap(header);
}

/* The root table holds 4-byte or 8-byte addresses, unaligned. */
static void __init read_root(const struct acpi_table_header *root, size_t width)
{
	size_t nr = (root->length - sizeof(*root)) / width;
	const u8 *entry = (const u8 *)(root + 1);

	/* Two more, which only the FADT names: DSDT and FACS. */
	tables = kcalloc(nr + 2, sizeof(*tables), GFP_KERNEL);
	if (!tables)
		return;
	for (size_t i = 0; i < nr; i++, entry += width) {
		u64 address = 0;

		memcpy(&address, entry, width);
		add_table(address);
	}
}

static void __init add_tables_of_fadt(void)
{
	const struct acpi_fadt *fadt = acpi_fadt();

	if (!fadt)
		return;
	add_table(fadt->x_dsdt ?: fadt->dsdt);
	add_table(fadt->facs ?: fadt->x_facs);
}

void __init acpi_tables_init(void)
{
	const struct acpi_table_header *root;
	struct rsdp rsdp;
	bool extended;

	if (!read_rsdp(&rsdp)) {
		rsdp_address = 0;
		pr_notice("no tables on this machine\n");
		return;
	}
	extended = rsdp.revision >= 2 && rsdp.xsdt;
	root = map_table(extended ? rsdp.xsdt : rsdp.rsdt);
	if (!root) {
		pr_warn("the root table is damaged\n");
		return;
	}
	read_root(root, extended ? 8 : 4);
	memunmap(root);
	add_tables_of_fadt();
	acpi_power_init();
	pr_info("revision %u, %u tables\n", rsdp.revision, nr_tables);
}

u64 acpi_rsdp(void)
{
	return rsdp_address;
}

static const struct acpi_table_header *table_of(struct table *table)
{
	const struct acpi_table_header *mapped = smp_load_acquire(&table->mapped), *nobody = NULL;

	if (mapped)
		return mapped;
	mapped = map_table(table->address);
	if (!mapped || try_cmpxchg(&table->mapped, &nobody, mapped))
		return mapped;
	memunmap(mapped);
	return nobody;
}

const struct acpi_table_header *acpi_find_table(const char *signature, unsigned int index)
{
	for (unsigned int i = 0; i < nr_tables; i++)
		if (!memcmp(tables[i].signature, signature, 4) && !index--)
			return table_of(&tables[i]);
	return NULL;
}

const struct acpi_table_header *acpi_table(unsigned int index)
{
	return index < nr_tables ? table_of(&tables[index]) : NULL;
}

unsigned int acpi_nr_tables(void)
{
	return nr_tables;
}

const struct acpi_fadt *acpi_fadt(void)
{
	static struct acpi_fadt fadt;
	static bool looked, found;
	const struct acpi_table_header *table;

	if (!looked) {
		table = acpi_find_table("FACP", 0);
		if (table) {
			memcpy(&fadt, table,
			       table->length < sizeof(fadt) ? table->length : sizeof(fadt));
			found = true;
		}
		looked = true;
	}
	return found ? &fadt : NULL;
}
