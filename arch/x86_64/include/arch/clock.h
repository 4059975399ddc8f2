/* SPDX-License-Identifier: MIT */
/* The machine's clock: nanoseconds since it was calibrated, the same on every CPU. */
#ifndef ARCH_CLOCK_H
#define ARCH_CLOCK_H

#include <kit/types.h>

/* Any context, NMIs too; 0 before the calibration. Never goes back on one CPU. */
u64 arch_clock_ns(void);

#endif
