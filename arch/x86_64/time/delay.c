/* SPDX-License-Identifier: MIT */
/* Busy waiting that works when nothing else does: before the clock, and in a panic. */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <arch/barrier.h>
#include <arch/stop.h>

/* A write to this port takes about a microsecond on hardware of any age. */
#define DELAY_PORT	0x80

void arch_delay_ms(unsigned long ms)
{
	u64 hz = arch_tsc_hz(), start = rdtsc();

	if (hz) {
		while (rdtsc() - start < hz / 1000 * ms)
			cpu_relax();
		return;
	}
	for (unsigned long i = 0; i < ms * 1000; i++)
		outb(0, DELAY_PORT);
}
