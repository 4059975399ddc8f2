// SPDX-License-Identifier: MIT
/*
 * acpi.ko: the interpreter of the firmware's methods. ACPICA does the interpreting (acpica/); osl_*.c is the layer that it stands on, made of
 * the kit alone; routing.c, links.c, button.c and power.c are what the system gets from it.
 *
 * It is the driver of the platform device "acpi". Bringing ACPICA up switches the chip set to ACPI mode: from then on the power button is an
 * event and no longer switches off by itself.
 */
#include "driver.h"

#include <kit/module.h>

struct device *acpi_device;

int acpi_error_number(acpi_status status)
{
	switch (status) {
	case AE_OK: return 0;
	case AE_NO_MEMORY: return -ENOMEM;
	case AE_NOT_FOUND:
	case AE_NOT_EXIST: return -ENOENT;
	case AE_BAD_PARAMETER: return -EINVAL;
	case AE_TIME: return -ETIMEDOUT;
	default: return -EIO;
	}
}

u64 acpi_number(acpi_handle handle, char *name, u64 otherwise)
{
	union acpi_object object;
	struct acpi_buffer buffer = { sizeof(object), &object };

	if (ACPI_FAILURE(
		    acpi_evaluate_object_typed(handle, name, NULL, &buffer, ACPI_TYPE_INTEGER)))
		return otherwise;
	return object.integer.value;
}

/* Tells the firmware that interrupts go through I/O APICs, so that _PRT speaks of their inputs. */
static void use_apic_mode(void)
{
	union acpi_object mode = { .integer = { ACPI_TYPE_INTEGER, 1 } };
	struct acpi_object_list arguments = { 1, &mode };
	acpi_status status = acpi_evaluate_object(NULL, "\\_PIC", &arguments, NULL);

	if (ACPI_FAILURE(status) && status != AE_NOT_FOUND)
		dev_warn(acpi_device, "\\_PIC: %s", acpi_format_exception(status));
}

static acpi_status bring_up(const char **step)
{
	acpi_status status;

	*step = "start";
	status = acpi_initialize_subsystem();
	if (ACPI_SUCCESS(status)) {
		*step = "list of tables";
		status = acpi_initialize_tables(NULL, 0, FALSE);
	}
	if (ACPI_SUCCESS(status)) {
		*step = "ACPI mode";
		status = acpi_enable_subsystem(ACPI_FULL_INITIALIZATION);
	}
	if (ACPI_SUCCESS(status)) {
		*step = "loading tables";
		status = acpi_load_tables();
	}
	if (ACPI_SUCCESS(status)) {
		*step = "objects";
		status = acpi_initialize_objects(ACPI_FULL_INITIALIZATION);
	}
	return status;
}

static int start_services(void)
{
	int error;

	use_apic_mode();
	error = routing_start();
	if (!error)
		error = power_start();
	if (error)
		return error;
	error = button_start();
	if (error)
		button_stop();
	else
		acpi_update_all_gpes();
	return error;
}

static void shut_down(void *unused)
{
	acpi_terminate();
	osl_finish();
}

static int probe(struct device *device)
{
	const char *step;
	acpi_status status;
	int error;

	acpi_device = device;
	status = bring_up(&step);
	if (ACPI_FAILURE(status)) {
		dev_err(device, "%s: %s", step, acpi_format_exception(status));
		shut_down(NULL);
		return acpi_error_number(status);
	}
	/* Older than what the services register, so it comes after that: the core may ask for routes or for power until it has let go of them. */
	error = dev_add_action(device, shut_down, NULL);
	if (!error)
		error = start_services();
	if (!error)
		dev_info(device, "ACPICA %x", ACPI_CA_VERSION);
	return error;
}

/* The rest goes with the device: button, switch and router, then the interpreter. */
static void remove(struct device *device)
{
	button_stop();
}

static const char *const match[] = { "acpi", NULL };

static const struct platform_driver driver = {
	.size = sizeof(driver),
	.name = "acpi",
	.match = match,
	.probe = probe,
	.remove = remove,
};

static int acpi_init(void)
{
	return platform_driver_register(THIS_MODULE, &driver);
}

static void acpi_exit(void)
{
}

module_init(acpi_init);
module_exit(acpi_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_AUTHOR("The Mortise authors; ACPICA by Intel");
MODULE_DESCRIPTION("ACPI: interrupt routing, power button, power off");
MODULE_VERSION("1.0");
MODULE_ALIAS("platform:acpi");
