// SPDX-License-Identifier: MIT
/* ACPICA's view of the system: ports, PCI configuration space, tables given from outside (none). */
#include "driver.h"

#define STAYS_ON_US	1000000u	/* after that the machine is not going off any more */

acpi_status acpi_os_read_port(acpi_io_address address, u32 *value, u32 width)
{
	*value = firmware_port_read(address, width);
	return AE_OK;
}

acpi_status acpi_os_write_port(acpi_io_address address, u32 value, u32 width)
{
	firmware_port_write(address, width, value);
	return AE_OK;
}

static struct firmware_pci_function function_of(const struct acpi_pci_id *id)
{
	return (struct firmware_pci_function){
		.size = sizeof(struct firmware_pci_function),
		.segment = id->segment,
		.bus = id->bus,
		.device = id->device,
		.function = id->function,
	};
}

acpi_status acpi_os_read_pci_configuration(struct acpi_pci_id *id, u32 offset, u64 *value,
					   u32 width)
{
	struct firmware_pci_function function = function_of(id);
	u32 low = ~0u, high = 0;
	int error;

	if (width == 64) {
		error = firmware_pci_read(&function, offset, 32, &low);
		if (!error)
			error = firmware_pci_read(&function, offset + 4, 32, &high);
	} else {
		error = firmware_pci_read(&function, offset, width, &low);
	}
	*value = (u64)high << 32 | low;
	return error ? AE_ERROR : AE_OK;
}

acpi_status acpi_os_write_pci_configuration(struct acpi_pci_id *id, u32 offset, u64 value,
					    u32 width)
{
	struct firmware_pci_function function = function_of(id);
	int error;

	if (width == 64) {
		error = firmware_pci_write(&function, offset, 32, value);
		if (!error)
			error = firmware_pci_write(&function, offset + 4, 32, value >> 32);
	} else {
		error = firmware_pci_write(&function, offset, width, value);
	}
	return error ? AE_ERROR : AE_OK;
}

acpi_status acpi_os_predefined_override(const struct acpi_predefined_names *initial,
					acpi_string *value)
{
	*value = NULL;
	return AE_OK;
}

acpi_status acpi_os_table_override(struct acpi_table_header *existing,
				   struct acpi_table_header **table)
{
	*table = NULL;
	return AE_OK;
}

acpi_status acpi_os_physical_table_override(struct acpi_table_header *existing,
					    acpi_physical_address *address, u32 *length)
{
	*address = 0;
	return AE_OK;
}

/*
 * The last write of all: SLP_EN with the type. ACPICA itself would wait for ever then for a machine that stays on, and the
 * core has another way to try.
 */
acpi_status acpi_os_enter_sleep(u8 state, u32 a, u32 b)
{
	acpi_status status = acpi_write(a, &acpi_gbl_FADT.xpm1a_control_block);

	if (ACPI_SUCCESS(status) && acpi_gbl_FADT.xpm1b_control_block.address)
		status = acpi_write(b, &acpi_gbl_FADT.xpm1b_control_block);
	if (ACPI_FAILURE(status))
		return status;
	acpi_os_stall(STAYS_ON_US);
	return AE_CTRL_TERMINATE;
}
