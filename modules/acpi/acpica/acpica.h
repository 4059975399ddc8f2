/* SPDX-License-Identifier: MIT */
/*
 * In front of ACPICA's own files, several of which are one translation unit here: its headers are long and read once. What each of its files
 * defines for itself must then not be a name of its own.
 */
#include <acpi/acpi.h>
#include <accommon.h>

#undef ACPI_MODULE_NAME
#define ACPI_MODULE_NAME(name)
#define _acpi_module_name	__FILE_NAME__
