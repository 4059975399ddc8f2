// SPDX-License-Identifier: MIT
/* ACPICA's view of the system: memory, and physical memory. */
#include "driver.h"

#include <kit/memory.h>

void *acpi_os_allocate(acpi_size size)
{
	return kzalloc(size);
}

void acpi_os_free(void *memory)
{
	kfree(memory);
}

void *acpi_os_map_memory(acpi_physical_address where, acpi_size length)
{
	return firmware_map(acpi_device, where, length);
}

void acpi_os_unmap_memory(void *mapped, acpi_size length)
{
	firmware_unmap(acpi_device, mapped);
}

acpi_physical_address acpi_os_get_root_pointer(void)
{
	return firmware_rsdp();
}

acpi_status acpi_os_read_memory(acpi_physical_address address, u64 *value, u32 width)
{
	volatile void *p = firmware_map(acpi_device, address, width / 8);

	if (!p)
		return AE_NO_MEMORY;
	switch (width) {
	case 8: *value = *(volatile u8 *)p; break;
	case 16: *value = *(volatile u16 *)p; break;
	case 32: *value = *(volatile u32 *)p; break;
	default: *value = *(volatile u64 *)p; break;
	}
	firmware_unmap(acpi_device, (void *)p);
	return AE_OK;
}

acpi_status acpi_os_write_memory(acpi_physical_address address, u64 value, u32 width)
{
	volatile void *p = firmware_map(acpi_device, address, width / 8);

	if (!p)
		return AE_NO_MEMORY;
	switch (width) {
	case 8: *(volatile u8 *)p = value; break;
	case 16: *(volatile u16 *)p = value; break;
	case 32: *(volatile u32 *)p = value; break;
	default: *(volatile u64 *)p = value; break;
	}
	firmware_unmap(acpi_device, (void *)p);
	return AE_OK;
}
