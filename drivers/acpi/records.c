/* SPDX-License-Identifier: MIT */
/* Tables that are rows of records: the walk, and what MCFG and SRAT say (ACPI 6.4, 5.2.16; PCI Firmware Specification, 4.1.2). */
#include <kernel/acpi.h>
#include <lib/string.h>

const struct acpi_record *acpi_next_record(const struct acpi_table_header *table, size_t offset,
					   const struct acpi_record *previous)
{
	const u8 *start = (const u8 *)table, *end = start + table->length;
	const u8 *at = previous ? (const u8 *)previous + previous->length : start + offset;
	const struct acpi_record *record = (const void *)at;

	if (at > end || (size_t)(end - at) < sizeof(*record) || record->length < sizeof(*record) ||
	    record->length > (size_t)(end - at))
		return NULL;
	return record;
}

struct mcfg_entry {
	u64 address;
	u16 segment;
	u8 first_bus, last_bus;
	u32 reserved;
} __packed;

#define MCFG_ENTRIES	44

bool acpi_ecam(unsigned int index, struct acpi_ecam *ecam)
{
	const struct acpi_table_header *mcfg = acpi_find_table("MCFG", 0);
	const struct mcfg_entry *entry;

	if (!mcfg || mcfg->length < MCFG_ENTRIES + (index + 1ul) * sizeof(*entry))
		return false;
	entry = (const struct mcfg_entry *)((const u8 *)mcfg + MCFG_ENTRIES) + index;
	*ecam = (struct acpi_ecam){
		.address = entry->address,
		.segment = entry->segment,
		.first_bus = entry->first_bus,
		.last_bus = entry->last_bus,
	};
	return true;
}

#define SRAT_RECORDS		48
#define SRAT_CPU		0
#define SRAT_MEMORY		1
#define SRAT_X2APIC_CPU		2
#define SRAT_ENABLED		BIT(0)
#define SRAT_HOT_PLUGGABLE	BIT(1)

struct srat_cpu {
	struct acpi_record record;
	u8 domain_low;
	u8 apic_id;
	u32 flags;
	u8 sapic_eid;
	u8 domain_high[3];
	u32 clock_domain;
} __packed;

struct srat_memory {
	struct acpi_record record;
	u32 domain;
	u16 reserved0;
	u64 start, size;
	u32 reserved1;
	u32 flags;
	u64 reserved2;
} __packed;

struct srat_x2apic_cpu {
	struct acpi_record record;
	u16 reserved0;
	u32 domain;
	u32 apic_id;
	u32 flags;
	u32 clock_domain;
	u32 reserved1;
} __packed;

static bool read_cpu(const struct acpi_record *record, struct acpi_cpu_node *node)
{
	const struct srat_x2apic_cpu *x2apic = (const void *)record;
	const struct srat_cpu *cpu = (const void *)record;

	if (record->type == SRAT_CPU && record->length >= sizeof(*cpu) &&
	    cpu->flags & SRAT_ENABLED) {
		node->apic_id = cpu->apic_id;
		node->node = cpu->domain_low | cpu->domain_high[0] << 8 |
			     cpu->domain_high[1] << 16 | (u32)cpu->domain_high[2] << 24;
		return true;
	}
	if (record->type == SRAT_X2APIC_CPU && record->length >= sizeof(*x2apic) &&
	    x2apic->flags & SRAT_ENABLED) {
		node->apic_id = x2apic->apic_id;
		node->node = x2apic->domain;
		return true;
	}
	return false;
}

bool acpi_cpu_node(unsigned int index, struct acpi_cpu_node *node)
{
	const struct acpi_table_header *srat = acpi_find_table("SRAT", 0);
	const struct acpi_record *record = NULL;

	while (srat && (record = acpi_next_record(srat, SRAT_RECORDS, record)))
		if (read_cpu(record, node) && !index--)
			return true;
	return false;
}

bool acpi_memory_node(unsigned int index, struct acpi_memory_node *node)
{
	const struct acpi_table_header *srat = acpi_find_table("SRAT", 0);
	const struct acpi_record *record = NULL;

	while (srat && (record = acpi_next_record(srat, SRAT_RECORDS, record))) {
		const struct srat_memory *memory = (const void *)record;

		if (record->type != SRAT_MEMORY || record->length < sizeof(*memory) ||
		    !(memory->flags & SRAT_ENABLED) || index--)
			continue;
		*node = (struct acpi_memory_node){
			.start = memory->start,
			.size = memory->size,
			.node = memory->domain,
			.hot_pluggable = memory->flags & SRAT_HOT_PLUGGABLE,
		};
		return true;
	}
	return false;
}
