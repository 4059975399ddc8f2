// SPDX-License-Identifier: MIT
/*
 * acpi.ko: the interpreter of the firmware's methods. ACPICA does the interpreting (acpica/); osl_*.c is the layer that it stands on, made of
 * the kit alone; routing.c, links.c, button.c and power.c are what the system gets from it.
 *
 * It is the driver of the platform device "acpi". Bringing ACPICA up switches the chip set to ACPI mode: from then on the power button is an
 * event and no longer switches off by itself.
 */
#include "driver.h"

#include <kit/lock.h>
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

static bool is_started; /* else it cannot be ended either: its memory is taken away */

/* ACPICA takes it for granted. */
static acpi_status look_for_dsdt(void)
{
	struct acpi_table_header *table;
	acpi_status status = acpi_get_table(ACPI_SIG_DSDT, 1, &table);

	if (ACPI_SUCCESS(status))
		acpi_put_table(table);
	return status;
}

static acpi_status start_acpica(void)
{
	acpi_status status = acpi_initialize_subsystem();

	is_started = ACPI_SUCCESS(status);
	return status;
}

static acpi_status list_tables(void)
{
	return acpi_initialize_tables(NULL, 0, FALSE);
}

static acpi_status enter_acpi_mode(void)
{
	return acpi_enable_subsystem(ACPI_FULL_INITIALIZATION);
}

static acpi_status initialize_objects(void)
{
	return acpi_initialize_objects(ACPI_FULL_INITIALIZATION);
}

/*
 * The tables come before ACPI mode: events are looked for among the methods that are there then. It comes up whole or
 * not at all: ACPICA leaves out a table or device for which there was no memory, says nothing, and may miss it later.
 */
static int bring_up(void)
{
	static const struct {
		const char *name;
		acpi_status (*take)(void);
	} steps[] = {
		{ "start", start_acpica },	  { "list of tables", list_tables },
		{ "DSDT", look_for_dsdt },	  { "loading tables", acpi_load_tables },
		{ "ACPI mode", enter_acpi_mode }, { "objects", initialize_objects },
	};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		acpi_status status = steps[i].take();
		int error = osl_first_error() ?: acpi_error_number(status);

		if (error) {
			dev_err(acpi_device, "%s: %s, error %d", steps[i].name,
				acpi_format_exception(status), error);
			return error;
		}
	}
	return 0;
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

/* ---- what the core asks for ---- */

/*
 * The core lets router and power switch go after remove(), when ACPICA has ended: nobody gets at it any more then. It cannot
 * end later, in its turn among what the device lets go: the mappings that methods made meanwhile would go before it.
 */
static struct mutex service_lock;
static bool is_open; /* service_lock */

bool service_begin(void)
{
	mutex_lock(&service_lock);
	osl_clear_error();
	if (is_open)
		return true;
	mutex_unlock(&service_lock);
	return false;
}

void service_end(void)
{
	mutex_unlock(&service_lock);
}

static void service_set(bool open)
{
	mutex_lock(&service_lock);
	is_open = open;
	mutex_unlock(&service_lock);
}

/* ---- the driver ---- */

/* Events run methods: they end first. */
static void shut_down(void)
{
	service_set(false);
	if (is_started) {
		acpi_disable_all_gpes();
		osl_quiesce();
		acpi_terminate();
	}
	osl_finish(is_started);
}

static int probe(struct device *device)
{
	int error;

	acpi_device = device;
	is_started = false;
	error = osl_begin() ?: bring_up();
	if (!error) {
		service_set(true);
		error = start_services() ?: osl_first_error();
	}
	if (error)
		shut_down();
	else
		dev_info(device, "ACPICA %x", ACPI_CA_VERSION);
	return error;
}

/* What is registered goes with the device, afterwards. */
static void remove(struct device *device)
{
	button_stop();
	shut_down();
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
