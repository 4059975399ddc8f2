/* SPDX-License-Identifier: MIT */
/*
 * ACPI tables (drivers/acpi): found and checked at boot, kept for ever. AML is acpi.ko's business, but for the one package
 * that says how to power off.
 */
#ifndef KERNEL_ACPI_H
#define KERNEL_ACPI_H

#include <lib/compiler.h>
#include <lib/types.h>

struct acpi_table_header {
	char signature[4];
	u32 length;
	u8 revision;
	u8 checksum;
	char oem_id[6];
	char oem_table_id[8];
	u32 oem_revision;
	char creator_id[4];
	u32 creator_revision;
} __packed;

/* Where a register is (ACPI 6.4, 5.2.3.2). */
struct acpi_address {
	u8 space; /* ACPI_SPACE_* */
	u8 bit_width, bit_offset;
	u8 access_size;
	u64 address;
} __packed;

#define ACPI_SPACE_MEMORY	0
#define ACPI_SPACE_IO		1

struct acpi_fadt {
	struct acpi_table_header header;
	u32 facs;
	u32 dsdt;
	u8 reserved0;
	u8 preferred_profile;
	u16 sci_interrupt;
	u32 smi_command;
	u8 acpi_enable, acpi_disable;
	u8 s4bios_request;
	u8 pstate_control;
	u32 pm1a_event, pm1b_event;
	u32 pm1a_control, pm1b_control;
	u32 pm2_control;
	u32 pm_timer;
	u32 gpe0, gpe1;
	u8 pm1_event_length, pm1_control_length, pm2_control_length, pm_timer_length;
	u8 gpe0_length, gpe1_length, gpe1_base;
	u8 cst_control;
	u16 c2_latency, c3_latency;
	u16 flush_size, flush_stride;
	u8 duty_offset, duty_width;
	u8 day_alarm, month_alarm, century; /* registers of the RTC, 0: none */
	u16 boot_architecture;
	u8 reserved1;
	u32 flags;
	struct acpi_address reset_register;
	u8 reset_value;
	u16 arm_boot_architecture;
	u8 minor_revision;
	u64 x_facs, x_dsdt;
	struct acpi_address x_pm1a_event, x_pm1b_event;
	struct acpi_address x_pm1a_control, x_pm1b_control;
	struct acpi_address x_pm2_control;
	struct acpi_address x_pm_timer;
	struct acpi_address x_gpe0, x_gpe1;
} __packed;

#define ACPI_FADT_TIMER_32_BIT		BIT(8)
#define ACPI_FADT_RESET_REGISTER	BIT(10)
/* In boot_architecture. */
#define ACPI_BOOT_HAS_8042		BIT(1)
#define ACPI_BOOT_NO_VGA		BIT(2)
#define ACPI_BOOT_NO_RTC		BIT(5)

void acpi_tables_init(void); /* boot, when ioremap works */
/* boot, with the device core: /sys/firmware/acpi, the device that acpi.ko drives */
void acpi_devices_init(void);

/* The index-th table with that signature, or NULL. Its length and checksum are right; what it says inside is for the caller to check. */
const struct acpi_table_header *acpi_find_table(const char *signature, unsigned int index);
/* All of them in the firmware's order, DSDT and FACS last; NULL: it is damaged. */
unsigned int acpi_nr_tables(void);
const struct acpi_table_header *acpi_table(unsigned int index);
u64 acpi_rsdp(void); /* physical address of the root pointer, 0: none */
/* The FADT, filled up with zeros if it is an old, short one; NULL if there is none. */
const struct acpi_fadt *acpi_fadt(void);

/*
 * The entries of a table that is a row of (type, length, data) records from `offset` on, as the MADT and the SRAT: the next one behind
 * `previous` (NULL: the first), or NULL at the end or where a record does not fit.
 */
struct acpi_record {
	u8 type;
	u8 length;
} __packed;
const struct acpi_record *acpi_next_record(const struct acpi_table_header *table, size_t offset,
					   const struct acpi_record *previous);

/* Configuration space by memory, from the MCFG: one segment's range of buses. False behind the last. */
struct acpi_ecam {
	u64 address;
	u16 segment;
	u8 first_bus, last_bus;
};
bool acpi_ecam(unsigned int index, struct acpi_ecam *ecam);

/* From the SRAT: which node a CPU or memory belongs to. */
struct acpi_cpu_node {
	u32 apic_id;
	u32 node; /* proximity domain, as the firmware numbers them */
};
struct acpi_memory_node {
	u64 start, size;
	u32 node;
	bool hot_pluggable;
};
bool acpi_cpu_node(unsigned int index, struct acpi_cpu_node *node);
bool acpi_memory_node(unsigned int index, struct acpi_memory_node *node);

/*
 * Switches the power off. An interpreter of AML does it by all of the firmware's methods when there is one; without (or when it fails) the
 * state \_S5 is read from the DSDT, which is what an image without modules has. Returns only if it is not possible: -ENODEV (not described),
 * -EIO. Process context.
 */
int acpi_power_off(void);
bool acpi_can_power_off(void);
/* the interpreter's way, NULL: it is gone. off() returns a negative errno if at all */
void acpi_set_power_off(int (*off)(void));

#endif
