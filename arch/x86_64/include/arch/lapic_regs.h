/* SPDX-License-Identifier: MIT */
/* Registers of the local APIC (Intel SDM volume 3, chapter "APIC"); in x2APIC mode their MSR is 0x800 + offset / 16. */
#ifndef ARCH_LAPIC_REGS_H
#define ARCH_LAPIC_REGS_H

#include <kit/types.h>

#define LAPIC_ID		0x020
#define LAPIC_VERSION		0x030
#define LAPIC_TASK_PRIORITY	0x080
#define LAPIC_EOI		0x0b0
#define LAPIC_SPURIOUS		0x0f0
#define LAPIC_IN_SERVICE	0x100	/* 8 registers of 32 vectors each */
#define LAPIC_REQUESTED		0x200
#define LAPIC_ERROR_STATUS	0x280
#define LAPIC_COMMAND		0x300
#define LAPIC_COMMAND_HIGH	0x310
#define LAPIC_LVT_TIMER		0x320
#define LAPIC_LVT_THERMAL	0x330
#define LAPIC_LVT_PERFORMANCE	0x340
#define LAPIC_LVT_LINT0		0x350
#define LAPIC_LVT_LINT1		0x360
#define LAPIC_LVT_ERROR		0x370
#define LAPIC_TIMER_INITIAL	0x380
#define LAPIC_TIMER_CURRENT	0x390
#define LAPIC_TIMER_DIVIDE	0x3e0

#define APIC_BASE_X2APIC	BIT(10)
#define APIC_BASE_ENABLE	BIT(11)
#define APIC_BASE_ADDRESS	0x000ffffffffff000ull

#define SPURIOUS_ENABLE		BIT(8)

#define LVT_MASKED		BIT(16)
#define LVT_NMI			(4u << 8)
#define LVT_TIMER_ONE_SHOT	(0u << 17)
#define LVT_TIMER_DEADLINE	(2u << 17)
#define TIMER_DIVIDE_16		0x3

#define VERSION_MAX_LVT(version)	((version) >> 16 & 0xff)

#define COMMAND_NMI		(4u << 8)
#define COMMAND_INIT		(5u << 8)
#define COMMAND_STARTUP		(6u << 8)
#define COMMAND_PENDING		BIT(12)
#define COMMAND_ASSERT		BIT(14)
#define COMMAND_OTHERS		(3u << 18)

#endif
