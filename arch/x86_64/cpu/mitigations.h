/* SPDX-License-Identifier: MIT */
/* The known faults of processors, between vulnerable.c, which finds those of this one, and
 * mitigations.c, which acts. */
#ifndef CPU_MITIGATIONS_H
#define CPU_MITIGATIONS_H

#include <arch/mitigations.h>
#include <lib/types.h>

/* Up to BUG_SWAPGS in the order of the files below /sys/devices/system/cpu/vulnerabilities. */
enum cpu_bug {
	BUG_GDS,
	BUG_ITLB_MULTIHIT,
	BUG_L1TF,
	BUG_MDS,
	BUG_MELTDOWN,
	BUG_MMIO,
	BUG_RFDS,
	BUG_RETBLEED,
	BUG_SRSO,
	BUG_SSB,
	BUG_SPECTRE_V1,
	BUG_SPECTRE_V2,
	BUG_SRBDS,
	BUG_TAA,
	BUG_SWAPGS, /* part of spectre_v1 */
	NR_BUGS,
};

_Static_assert(BUG_SWAPGS == NR_VULNERABILITIES, "a file for each fault");

u32 cpu_find_bugs(u64 capabilities); /* a bit each */

#endif
