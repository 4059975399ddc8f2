/* SPDX-License-Identifier: MIT */
/*
 * A machine's ACPI hardware and tables for the test of modules/acpi: RSDP, XSDT, FADT, FACS, and the DSDT that iasl makes of acpi_dsdt.asl; power
 * management registers as ports, with events that raise the system control interrupt.
 */
#ifndef ACPI_MODEL_H
#define ACPI_MODEL_H

#include <kit/types.h>

#define MODEL_POWER_BUTTON	(1u << 8)	/* of status and enabled */

#define MODEL_POWER_BUTTON	(1u << 8)	/* of status and enabled */

enum acpi_model_told { TOLD_PTS, TOLD_PIC, TOLD_SRS_A, TOLD_SRS_B, TOLD_SRS_E, TOLD_RUNS };

extern struct acpi_model {
	struct device *device;
	/* What is different; set before acpi_model_create(). */
	bool no_rsdp, no_dsdt, button_is_no_fixed_one, damaged_list;
	bool stays_on;	      /* writing SLP_EN does nothing */
	bool stays_in_legacy; /* the SMI has no effect */
	/* What was seen. */
	bool is_off, is_acpi_mode;
	u16 control[4];	     /* the last writes of PM1 control, the newest first */
	u8 told[16];	     /* by methods: enum acpi_model_told */
	u32 memory[4];	     /* at 0xe0000 */
	u16 enabled, status; /* PM1 events */
	u8 gpe_enabled[2], gpe_status[2];
} acpi_model;

void acpi_model_create(void);
void acpi_model_press(void);	 /* the fixed power button */
void acpi_model_gpe(u32 number); /* a general-purpose event; 0 to 15 */

#endif
