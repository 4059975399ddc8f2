/* SPDX-License-Identifier: MIT */
/* The machine of acpi_model.h: ACPI 6.4, 4.8.3 (registers) and 5.2 (tables). */
#include <kit/memory.h>
#include "acpi_dsdt.h"
#include "acpi_model.h"
#include "fake_firmware.h"
#include "fakekit.h"
#include "internal.h"

#define SMI_COMMAND	0xb2u
#define PM1_EVENT	0x600u
#define PM1_CONTROL	0x604u
#define PM_TIMER	0x608u
#define GPE0		0x620u
#define TOLD		0x700u
#define ACPI_ON		2u
#define ACPI_OFF	3u
#define SCI_ENABLED	1u
#define SLEEP_ENABLE	(1u << 13)

#define RSDP_AT		0xf0000u
#define XSDT_AT		0x100000u
#define FADT_AT		0x101000u
#define FACS_AT		0x102000u
#define DSDT_AT		0x103000u
#define NOTHING_AT	0x105000u
#define MEMORY_AT	0xe0000u
#define FADT_BYTES	116u
#define FADT_NO_FIXED_BUTTON	(1u << 4)
#define FADT_NO_SLEEP_BUTTON	(1u << 5)

struct acpi_model acpi_model;

static u8 rsdp[36], xsdt[44], fadt[FADT_BYTES], facs[64], dsdt[sizeof(acpi_dsdt)], nothing[64];

/* --- registers --- */

static void raise(void)
{
	if (acpi_model.is_acpi_mode && (acpi_model.status & acpi_model.enabled ||
					acpi_model.gpe_status[0] & acpi_model.gpe_enabled[0] ||
					acpi_model.gpe_status[1] & acpi_model.gpe_enabled[1]))
		fake_irq(acpi_model.device, 0);
}

void acpi_model_press(void)
{
	acpi_model.status |= MODEL_POWER_BUTTON;
	raise();
}

void acpi_model_gpe(u32 number)
{
	acpi_model.gpe_status[number / 8] |= (u8)(1 << number % 8);
	raise();
}

static void write_control(u16 value)
{
	memmove(acpi_model.control + 1, acpi_model.control,
		sizeof(acpi_model.control) - sizeof(u16));
	acpi_model.control[0] = value;
	if (value & SLEEP_ENABLE && !acpi_model.stays_on)
		acpi_model.is_off = true;
}

static void write_byte(u32 port, u8 value)
{
	if (port == SMI_COMMAND && !acpi_model.stays_in_legacy)
		acpi_model.is_acpi_mode = value == ACPI_ON    ? true
					  : value == ACPI_OFF ? false
							      : acpi_model.is_acpi_mode;
	else if (port >= GPE0 && port < GPE0 + 2)
		acpi_model.gpe_status[port - GPE0] &= (u8)~value;
	else if (port >= GPE0 + 2 && port < GPE0 + 4)
		acpi_model.gpe_enabled[port - GPE0 - 2] = value;
	else if (port >= TOLD && port < TOLD + sizeof(acpi_model.told))
		acpi_model.told[port - TOLD] = value;
}

static void write_port(u32 port, u32 bytes, u32 value)
{
	if (acpi_model.is_off)
		complain("port %#x is written after the machine was switched off", port);
	if (port == PM1_EVENT && bytes == 2)
		acpi_model.status &= (u16)~value;
	else if (port == PM1_EVENT + 2 && bytes == 2)
		acpi_model.enabled = (u16)value;
	else if (port == PM1_CONTROL && bytes == 2)
		write_control((u16)value);
	else if (bytes == 1)
		write_byte(port, (u8)value);
	else
		complain("port %#x is written, %u bytes", port, bytes);
	raise();
}

static u32 read_port(u32 port, u32 bytes)
{
	switch (port) {
	case PM1_EVENT: return acpi_model.status;
	case PM1_EVENT + 2: return acpi_model.enabled;
	case PM1_CONTROL:
		return (acpi_model.control[0] & ~SLEEP_ENABLE & ~SCI_ENABLED) |
		       acpi_model.is_acpi_mode;
	case PM_TIMER: return (u32)(fake_now() / 279) & 0xffffff;
	case GPE0:
	case GPE0 + 1: return acpi_model.gpe_status[port - GPE0];
	case GPE0 + 2:
	case GPE0 + 3: return acpi_model.gpe_enabled[port - GPE0 - 2];
	}
	if (port >= TOLD && port < TOLD + sizeof(acpi_model.told) && bytes == 1)
		return acpi_model.told[port - TOLD];
	complain("port %#x is read, %u bytes", port, bytes);
	return ~0u;
}

/* --- tables --- */

static void put(u8 *table, u32 offset, u32 bytes, u64 value)
{
	for (u32 i = 0; i < bytes; i++)
		table[offset + i] = (u8)(value >> 8 * i);
}

static void sum(u8 *table, u32 length, u32 at)
{
	u8 total = 0;

	table[at] = 0;
	for (u32 i = 0; i < length; i++)
		total = (u8)(total + table[i]);
	table[at] = (u8)-total;
}

static void header(u8 *table, const char *signature, u32 length)
{
	memcpy(table, signature, 4);
	put(table, 4, 4, length);
	table[8] = 1;
	memcpy(table + 10, "MORTISFAKEKIT ", 14);
}

static void make_fadt(void)
{
	static const struct {
		u8 offset, bytes;
		u32 value;
	} fields[] = {
		{ 36, 4, FACS_AT },	{ 40, 4, DSDT_AT },	{ 46, 2, 9 },
		{ 48, 4, SMI_COMMAND }, { 52, 1, ACPI_ON },	{ 53, 1, ACPI_OFF },
		{ 56, 4, PM1_EVENT },	{ 64, 4, PM1_CONTROL }, { 76, 4, PM_TIMER },
		{ 80, 4, GPE0 },	{ 88, 1, 4 },		{ 89, 1, 2 },
		{ 91, 1, 4 },		{ 92, 1, 4 },		{ 96, 2, 0xffff },
		{ 98, 2, 0xffff },
	};

	header(fadt, "FACP", sizeof(fadt));
	for (u32 i = 0; i < ARRAY_SIZE(fields); i++)
		put(fadt, fields[i].offset, fields[i].bytes, fields[i].value);
	if (acpi_model.no_dsdt)
		put(fadt, 40, 4, NOTHING_AT);
	put(fadt, 112, 4,
	    1 | FADT_NO_SLEEP_BUTTON |
		    (acpi_model.button_is_no_fixed_one ? FADT_NO_FIXED_BUTTON : 0));
	sum(fadt, sizeof(fadt), 9);
}

static void make_tables(void)
{
	memcpy(rsdp, "RSD PTR ", 8);
	memcpy(rsdp + 9, "MORTIS", 6);
	rsdp[15] = 2;
	put(rsdp, 20, 4, sizeof(rsdp));
	put(rsdp, 24, 8, XSDT_AT);
	sum(rsdp, 20, 8);
	sum(rsdp, sizeof(rsdp), 32);
	header(xsdt, "XSDT", acpi_model.damaged_list ? 36 : sizeof(xsdt));
	put(xsdt, 36, 8, FADT_AT);
	sum(xsdt, sizeof(xsdt), 9);
	make_fadt();
	memcpy(facs, "FACS", 4);
	put(facs, 4, 4, sizeof(facs));
	memcpy(dsdt, acpi_dsdt, sizeof(dsdt));
}

void acpi_model_create(void)
{
	make_tables();
	fake_physical(RSDP_AT, rsdp, sizeof(rsdp));
	fake_physical(XSDT_AT, xsdt, sizeof(xsdt));
	fake_physical(FADT_AT, fadt, sizeof(fadt));
	fake_physical(FACS_AT, facs, sizeof(facs));
	fake_physical(DSDT_AT, dsdt, sizeof(dsdt));
	fake_physical(NOTHING_AT, nothing, sizeof(nothing));
	fake_physical(MEMORY_AT, acpi_model.memory, sizeof(acpi_model.memory));
	fake_rsdp(acpi_model.no_rsdp ? 0 : RSDP_AT);
	fake_firmware_ports(read_port, write_port);
	acpi_model.device = fake_platform_device("acpi");
}
