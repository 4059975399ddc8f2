/* SPDX-License-Identifier: MIT */
/* Between the parts of the machine's clock. */
#ifndef TIME_PRIVATE_H
#define TIME_PRIVATE_H

#include <arch/clock_source.h>

/* The best one there is: HPET, ACPI's timer, or the PIT, which is good for calibration only. */
const struct reference *reference_find(void);

struct calibration {
	u64 tsc_hz;
	u64 lapic_hz;  /* of its timer as lapic_timer_start_free() sets it up */
	u32 error_ppm; /* a bound of the measurement's own error */
	const char *by;
};
void calibrate(const struct reference *reference, struct calibration *result);

void clock_leave_tsc(void); /* tsc_check.c: it is not the same everywhere */

#endif
