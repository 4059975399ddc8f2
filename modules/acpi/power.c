// SPDX-License-Identifier: MIT
/* Power off: the firmware is told (_PTS), then the chip set gets the values of \_S5. */
#include "driver.h"

static int prepare(void)
{
	acpi_status status;

	if (!service_begin())
		return -ENODEV;
	status = acpi_enter_sleep_state_prep(ACPI_STATE_S5);
	service_end();
	if (ACPI_FAILURE(status))
		pr_err("power off: %s", acpi_format_exception(status));
	return acpi_error_number(status);
}

static int off(void)
{
	acpi_status status;

	if (!service_begin())
		return -ENODEV;
	status = acpi_enter_sleep_state(ACPI_STATE_S5);
	service_end();
	return ACPI_FAILURE(status) ? acpi_error_number(status) : -EIO;
}

static const struct firmware_power power = {
	.size = sizeof(power),
	.prepare = prepare,
	.off = off,
};

int power_start(void)
{
	u8 a, b;
	acpi_status status = acpi_get_sleep_type_data(ACPI_STATE_S5, &a, &b);

	if (status == AE_NO_MEMORY)
		return -ENOMEM;
	/* A machine without the state, or with one that makes no sense, stays without. */
	if (ACPI_FAILURE(status))
		return 0;
	return firmware_power_register(acpi_device, &power);
}
