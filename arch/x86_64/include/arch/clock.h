/* SPDX-License-Identifier: MIT */
/* The machine's clock: nanoseconds since the kernel was entered, the same on every CPU. */
#ifndef ARCH_CLOCK_H
#define ARCH_CLOCK_H

#include <kit/types.h>

/* Any context, NMIs too; 0 before clock_init(). Never goes back on one CPU. */
u64 arch_clock_ns(void);

bool arch_clock_is_tsc(void);
u64 arch_tsc_hz(void);
u64 arch_clock_ns_to_tsc(u64 ns);

/*
 * How to read the clock in user mode: ns = base_ns + ((rdtsc - base_cycles) * multiplier >> ARCH_CLOCK_SHIFT), the product in 128 bits. A
 * multiplier of 0: not possible. It changes at most once, when the TSC turns out not to be the same on all CPUs.
 */
#define ARCH_CLOCK_SHIFT	32
struct arch_clock_parameters {
	u64 base_cycles;
	u64 base_ns;
	u64 multiplier;
};
struct arch_clock_parameters arch_clock_parameters(void);
extern void (*arch_clock_changed)(void); /* called then */

extern u64 boot_tsc; /* when the kernel was entered: the clock's zero */

void clock_init(void); /* boot CPU: measures TSC and local APIC timer, chooses the clock */

/* Both at once, by a CPU that starts and the one that starts it: is the TSC the same? Else the clock becomes another. */
void clock_check_source(unsigned int cpu); /* the starter */
void clock_check_target(void);

/* The battery-backed clock: seconds since 1970, or a negative errno. Busy-waits up to some milliseconds. */
s64 rtc_read_seconds(void);
int rtc_set_seconds(s64 seconds); /* -EINVAL: not 1970 to 2099; -ENODEV */

/* Its interrupt, ISA number 8, and what it may come for (bits of the chip's registers B and C). Any context but NMI. */
#define RTC_ISA_IRQ		8
#define RTC_CAUSE_UPDATE	0x10	/* each second */
#define RTC_CAUSE_ALARM		0x20
#define RTC_CAUSE_PERIODIC	0x40
#define RTC_CAUSES		0x70
int rtc_set_causes(u8 causes); /* from now on; -ENODEV */
u8 rtc_take_causes(void);      /* in the handler: what it came for */
void rtc_set_alarm(unsigned int second_of_day);
void rtc_set_rate(unsigned int hz); /* of RTC_CAUSE_PERIODIC: a power of two, 2 to 8192 */

#endif
