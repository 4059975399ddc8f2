// SPDX-License-Identifier: MIT
/*
 * The power button (ACPI 6.4, 4.8.3.2): an input device that sends KEY_POWER. Programs decide what it means. It is a fixed feature of the chip
 * set, or a device PNP0C0C that notifies, or both.
 */
#include "driver.h"

#include <kit/input.h>
#include <uapi/input.h>

#define NOTIFY_PRESSED	0x80

static struct input_device *button;

static void pressed(void)
{
	input_report(button, EV_KEY, KEY_POWER, 1);
	input_sync(button);
	input_report(button, EV_KEY, KEY_POWER, 0);
	input_sync(button);
}

/* In the interrupt. */
static u32 fixed_event(void *context)
{
	pressed();
	return ACPI_INTERRUPT_HANDLED;
}

static void notified(acpi_handle device, u32 value, void *context)
{
	if (value == NOTIFY_PRESSED)
		pressed();
}

static acpi_status add_device(acpi_handle device, u32 level, void *context, void **result)
{
	return acpi_install_notify_handler(device, ACPI_DEVICE_NOTIFY, notified, NULL);
}

static acpi_status remove_device(acpi_handle device, u32 level, void *context, void **result)
{
	acpi_remove_notify_handler(device, ACPI_DEVICE_NOTIFY, notified);
	return AE_OK;
}

static bool is_fixed(void)
{
	return !(acpi_gbl_FADT.flags & ACPI_FADT_POWER_BUTTON);
}

int button_start(void)
{
	static const struct input_capability capabilities[] = { { EV_KEY, KEY_POWER } };
	const struct input_params params = {
		.size = sizeof(params),
		.bus = BUS_HOST,
		.product = 1,
		.name = "Power Button",
		.phys = "acpi/button/input0",
		.capabilities = capabilities,
		.nr_capabilities = 1,
	};
	acpi_status status = AE_OK;

	button = input_register(acpi_device, &params);
	if (IS_ERR(button))
		return PTR_ERR(button);
	if (is_fixed())
		status = acpi_install_fixed_event_handler(ACPI_EVENT_POWER_BUTTON, fixed_event,
							  NULL);
	if (ACPI_SUCCESS(status))
		status = acpi_get_devices("PNP0C0C", add_device, NULL, NULL);
	return acpi_error_number(status);
}

void button_stop(void)
{
	if (is_fixed())
		acpi_remove_fixed_event_handler(ACPI_EVENT_POWER_BUTTON, fixed_event);
	acpi_get_devices("PNP0C0C", remove_device, NULL, NULL);
}
