/* SPDX-License-Identifier: MIT */
/* Between what chooses the clock (arch/x86_64/time) and what reads it (arch/x86_64/cpu/clock.c). */
#ifndef ARCH_CLOCK_SOURCE_H
#define ARCH_CLOCK_SOURCE_H

#include <arch/clock.h>

/* A counter of known rate. */
struct reference {
	const char *name;
	u64 hz;
	u64 mask; /* it counts modulo this + 1 */
	u64 (*read)(void);
};

/* All but last is constant while it is in use, and for ever after, because a reader may be slow. */
struct clock_source {
	const struct reference *counter; /* NULL: the TSC */
	struct arch_clock_parameters by;
	u64 last; /* atomic: the counter's count, extended to 64 bits */
};

void clock_use(struct clock_source *source);
void clock_set_tsc_rate(u64 hz);

#endif
