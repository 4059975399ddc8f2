/* SPDX-License-Identifier: MIT */
/* Power off and reset by ACPI's fixed hardware (ACPI 6.4, 4.8.3 and 7.4.2). */
#define pr_fmt(fmt) "acpi: " fmt

#include <arch/io.h>
#include <arch/stop.h>
#include <kernel/acpi.h>
#include <kernel/atomic.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/errno.h>
#include <mm/slab.h>
#include "acpi_private.h"
#include "aml_sleep.h"

#define CONTROL_SCI_ENABLED	BIT(0)
#define CONTROL_SLEEP_TYPE	(7u << 10)
#define CONTROL_SLEEP_SHIFT	10
#define CONTROL_SLEEP_ENABLE	BIT(13)
#define ENABLE_TRIES_MS		3000

static void __iomem *reset_register __ro_after_init;

/* The DSDT, or any of the secondary tables. */
static bool find_s5(struct aml_sleep_state *state)
{
	const struct acpi_table_header *table = acpi_find_table("DSDT", 0);

	for (unsigned int i = 0; table; table = acpi_find_table("SSDT", i++))
		if (aml_find_sleep_state((const u8 *)(table + 1), table->length - sizeof(*table),
					 "_S5_", state))
			return true;
	return false;
}

static void acpi_reset(void)
{
	const struct acpi_fadt *fadt = acpi_fadt();

	if (!fadt || !(fadt->flags & ACPI_FADT_RESET_REGISTER))
		return;
	if (fadt->reset_register.space == ACPI_SPACE_IO)
		outb(fadt->reset_value, fadt->reset_register.address);
	else if (reset_register)
		writeb(fadt->reset_value, reset_register);
	arch_delay_ms(100);
}

static struct aml_sleep_state s5 __ro_after_init;
static bool has_s5 __ro_after_init;

static int (*off_by_interpreter)(void); /* atomic */

void acpi_set_power_off(int (*off)(void))
{
	WRITE_ONCE(off_by_interpreter, off);
}

/* While there is time: a reset or a power off may come when nothing can be mapped any more. */
void __init acpi_power_init(void)
{
	const struct acpi_fadt *fadt = acpi_fadt();

	if (!fadt)
		return;
	reset_hook = acpi_reset;
	has_s5 = fadt->pm1a_control && find_s5(&s5);
	if (!has_s5)
		pr_notice(
			"power off is not available: no \\_S5 that can be read without an AML interpreter\n");
	if (fadt->flags & ACPI_FADT_RESET_REGISTER &&
	    fadt->reset_register.space == ACPI_SPACE_MEMORY)
		reset_register = ioremap(fadt->reset_register.address, 1);
}

bool acpi_can_power_off(void)
{
	return has_s5 || READ_ONCE(off_by_interpreter);
}

/* The firmware lets the registers go to us. */
static int enable_acpi_mode(const struct acpi_fadt *fadt)
{
	if (inw(fadt->pm1a_control) & CONTROL_SCI_ENABLED)
		return 0;
	if (!fadt->smi_command || !fadt->acpi_enable)
		return 0;
	outb(fadt->acpi_enable, fadt->smi_command);
	for (int i = 0; i < ENABLE_TRIES_MS; i++) {
		if (inw(fadt->pm1a_control) & CONTROL_SCI_ENABLED)
			return 0;
		arch_delay_ms(1);
	}
	return -EIO;
}

static void write_sleep(u16 port, u8 type)
{
	u16 value = (inw(port) & ~CONTROL_SLEEP_TYPE) | type << CONTROL_SLEEP_SHIFT;

	outw(value, port);
	outw(value | CONTROL_SLEEP_ENABLE, port);
}

int acpi_power_off(void)
{
	const struct acpi_fadt *fadt = acpi_fadt();
	int (*off)(void) = READ_ONCE(off_by_interpreter);
	int error = off ? off() : -ENODEV;

	if (!has_s5)
		return error;
	if (off)
		pr_warn("the interpreter could not switch off: error %d\n", error);
	if (enable_acpi_mode(fadt))
		return -EIO;
	write_sleep(fadt->pm1a_control, s5.type_a);
	if (fadt->pm1b_control)
		write_sleep(fadt->pm1b_control, s5.type_b);
	arch_delay_ms(1000);
	return -EIO;
}
