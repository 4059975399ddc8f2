/* SPDX-License-Identifier: MIT */
#ifndef ACPI_PRIVATE_H
#define ACPI_PRIVATE_H

void acpi_power_init(void); /* the tables have been listed */

#endif
