/* SPDX-License-Identifier: MIT */
/* What the files of acpi.ko share. */
#ifndef ACPI_DRIVER_H
#define ACPI_DRIVER_H

#include <acpi/acpi.h>
#include <kit/device.h>
#include <kit/errno.h>
#include <kit/firmware.h>
#include <kit/log.h>

/* The platform device "acpi"; set before ACPICA is called, cleared when it has ended. */
extern struct device *acpi_device;

int acpi_error_number(acpi_status status); /* the errno that fits */

/* An integer that a method or object below `handle` gives; `otherwise` when it is not there. */
u64 acpi_number(acpi_handle handle, char *name, u64 otherwise);

/* Around what the core asks for: false: the driver is going. It sleeps. */
bool service_begin(void);
void service_end(void);

/* The layer below ACPICA: no event comes any more, and what came is over; and after acpi_terminate(). */
void osl_quiesce(void);
int osl_begin(void); /* -ENOMEM */
/* What first went wrong in it since it was cleared, which ACPICA may have made another error of, or none; 0: nothing. */
void osl_clear_error(void);
void osl_failed(int error);
int osl_first_error(void);
void osl_finish(bool was_started);
void osl_delete_locks(bool were_deleted);
void osl_free_all(void);

int routing_start(void);
/* Where the interrupt link `name`, as a routing table gives it, is connected; connects it first if it is not. */
int link_line(acpi_handle bridge, char *name, u32 index, struct firmware_line *line);

int button_start(void);
void button_stop(void);

int power_start(void);

#endif
