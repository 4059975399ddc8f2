/* SPDX-License-Identifier: MIT */
/*
 * Which processors have which faults: tables of models, and what the processor says of itself in
 * MSR_ARCH_CAPABILITIES, which newer ones and new microcode have. A model that stands in no table
 * is taken to have what its maker's had in general.
 *
 * Sources: Intel, "Affected Processors: Guidance for Security Issues"; AMD, "Software Techniques
 * for Managing Speculation".
 */
#include "mitigations.h"
#include <arch/cpu.h>
#include <kernel/init.h>
#include <lib/string.h>

#define GENERAL (BIT(BUG_SPECTRE_V1) | BIT(BUG_SPECTRE_V2) | BIT(BUG_SSB))
#define INTEL                                                                           \
	(GENERAL | BIT(BUG_MELTDOWN) | BIT(BUG_L1TF) | BIT(BUG_MDS) | BIT(BUG_SWAPGS) | \
	 BIT(BUG_ITLB_MULTIHIT))
#define OLD     (INTEL | BIT(BUG_MMIO)) /* nobody has said that they have not */
#define SKYLAKE (INTEL | BIT(BUG_MMIO) | BIT(BUG_RETBLEED) | BIT(BUG_GDS) | BIT(BUG_SRBDS))
#define ICELAKE (INTEL | BIT(BUG_MMIO) | BIT(BUG_GDS))
#define TREMONT                                                                         \
	(GENERAL | BIT(BUG_MELTDOWN) | BIT(BUG_L1TF) | BIT(BUG_MDS) | BIT(BUG_SWAPGS) | \
	 BIT(BUG_MMIO) | BIT(BUG_RFDS))

struct model {
	u8 family, first, last;
	u32 bugs;
};

static const struct model intel_models[] __initdata = {
	{ 5, 0x00, 0xff, 0 }, /* all in order */
	{ 6, 0x1c, 0x1c, 0 },
	{ 6, 0x26, 0x27, 0 },
	{ 6, 0x35, 0x36, 0 }, /* Atoms, in order */
	{ 6, 0x37, 0x37,
	  BIT(BUG_SPECTRE_V1) | BIT(BUG_SPECTRE_V2) | BIT(BUG_MELTDOWN) |
		  BIT(BUG_MDS) }, /* Silvermont, Airmont */
	{ 6, 0x4a, 0x4a,
	  BIT(BUG_SPECTRE_V1) | BIT(BUG_SPECTRE_V2) | BIT(BUG_MELTDOWN) | BIT(BUG_MDS) },
	{ 6, 0x4c, 0x4d,
	  BIT(BUG_SPECTRE_V1) | BIT(BUG_SPECTRE_V2) | BIT(BUG_MELTDOWN) | BIT(BUG_MDS) },
	{ 6, 0x5a, 0x5a,
	  BIT(BUG_SPECTRE_V1) | BIT(BUG_SPECTRE_V2) | BIT(BUG_MELTDOWN) | BIT(BUG_MDS) },
	{ 6, 0x5c, 0x5c, GENERAL | BIT(BUG_MELTDOWN) | BIT(BUG_RFDS) }, /* Goldmont */
	{ 6, 0x5f, 0x5f, GENERAL | BIT(BUG_MELTDOWN) | BIT(BUG_RFDS) },
	{ 6, 0x7a, 0x7a, GENERAL | BIT(BUG_MELTDOWN) | BIT(BUG_RFDS) },
	{ 6, 0x86, 0x86, TREMONT },
	{ 6, 0x96, 0x96, TREMONT | BIT(BUG_SRBDS) },
	{ 6, 0x9c, 0x9c, TREMONT | BIT(BUG_SRBDS) },
	{ 6, 0x3a, 0x3a, OLD | BIT(BUG_SRBDS) }, /* Ivy Bridge */
	{ 6, 0x3c, 0x3c, OLD | BIT(BUG_SRBDS) },
	{ 6, 0x45, 0x47, OLD | BIT(BUG_SRBDS) }, /* Haswell, Broadwell */
	{ 6, 0x3d, 0x3d, OLD | BIT(BUG_SRBDS) },
	{ 6, 0x3f, 0x3f, OLD },
	{ 6, 0x4f, 0x4f, OLD },
	{ 6, 0x56, 0x56, OLD },
	{ 6, 0x4e, 0x4e, SKYLAKE },
	{ 6, 0x5e, 0x5e, SKYLAKE },
	{ 6, 0x8e, 0x8e, SKYLAKE },
	{ 6, 0x9e, 0x9e, SKYLAKE },
	{ 6, 0x55, 0x55,
	  INTEL | BIT(BUG_MMIO) | BIT(BUG_RETBLEED) | BIT(BUG_GDS) }, /* Skylake servers */
	{ 6, 0x66, 0x66, INTEL | BIT(BUG_RETBLEED) },		      /* Cannon Lake */
	{ 6, 0xa5, 0xa6, SKYLAKE },				      /* Comet Lake */
	{ 6, 0x6a, 0x6a, ICELAKE },
	{ 6, 0x6c, 0x6c, ICELAKE },
	{ 6, 0x7e, 0x7e, ICELAKE | BIT(BUG_RETBLEED) | BIT(BUG_SRBDS) },
	{ 6, 0x8a, 0x8a,
	  INTEL | BIT(BUG_MMIO) | BIT(BUG_RETBLEED) | BIT(BUG_SRBDS) }, /* Lakefield */
	{ 6, 0x8c, 0x8d, INTEL | BIT(BUG_GDS) },			/* Tiger Lake */
	{ 6, 0xa7, 0xa7, ICELAKE | BIT(BUG_RETBLEED) },			/* Rocket Lake */
	{ 6, 0x97, 0x97, INTEL | BIT(BUG_RFDS) },
	{ 6, 0x9a, 0x9a, INTEL | BIT(BUG_RFDS) }, /* Alder, Raptor Lake, Gracemont */
	{ 6, 0xb7, 0xb7, INTEL | BIT(BUG_RFDS) },
	{ 6, 0xba, 0xbf, INTEL | BIT(BUG_RFDS) },
	{ 6, 0x00, 0xff, OLD },
	{ 15, 0x00, 0xff, INTEL },
};

static const struct model amd_models[] __initdata = {
	{ 0x05, 0x00, 0xff, 0 },
	{ 0x0f, 0x00, 0xff, BIT(BUG_SPECTRE_V1) | BIT(BUG_SPECTRE_V2) },
	{ 0x10, 0x00, 0xff, BIT(BUG_SPECTRE_V1) | BIT(BUG_SPECTRE_V2) },
	{ 0x11, 0x00, 0xff, BIT(BUG_SPECTRE_V1) | BIT(BUG_SPECTRE_V2) },
	{ 0x12, 0x00, 0xff, BIT(BUG_SPECTRE_V1) | BIT(BUG_SPECTRE_V2) },
	{ 0x15, 0x00, 0xff, GENERAL | BIT(BUG_RETBLEED) },
	{ 0x16, 0x00, 0xff, GENERAL | BIT(BUG_RETBLEED) },
	{ 0x17, 0x00, 0xff, GENERAL | BIT(BUG_RETBLEED) | BIT(BUG_SRSO) },
	{ 0x18, 0x00, 0xff, GENERAL | BIT(BUG_RETBLEED) | BIT(BUG_SRSO) },
	{ 0x19, 0x00, 0xff, GENERAL | BIT(BUG_SRSO) },
};

static u32 __init look_up(const struct model *models, size_t nr, u32 otherwise)
{
	for (const struct model *m = models; m < models + nr; m++)
		if (m->family == boot_cpu.family && boot_cpu.model >= m->first &&
		    boot_cpu.model <= m->last)
			return m->bugs;
	return otherwise;
}

/* Bits of MSR_ARCH_CAPABILITIES that say "not this one". */
static const struct {
	u8 bit, bug;
} not_affected[] __initdata = {
	{ 0, BUG_MELTDOWN },	  { 0, BUG_L1TF }, { 4, BUG_SSB },  { 5, BUG_MDS },
	{ 6, BUG_ITLB_MULTIHIT }, { 8, BUG_TAA },  { 26, BUG_GDS }, { 27, BUG_RFDS },
};
#define CAPABILITY_MMIO_NO (BIT_ULL(13) | BIT_ULL(14) | BIT_ULL(15)) /* all three */

static u32 __init intel_bugs(u64 capabilities)
{
	u32 bugs = look_up(intel_models, ARRAY_SIZE(intel_models), INTEL);

	if (cpu_has(CPU_FEATURE_RTM) && bugs & BIT(BUG_MDS))
		bugs |= BIT(BUG_TAA);
	for (size_t i = 0; i < ARRAY_SIZE(not_affected); i++)
		if (capabilities & BIT_ULL(not_affected[i].bit))
			bugs &= ~BIT(not_affected[i].bug);
	if ((capabilities & CAPABILITY_MMIO_NO) == CAPABILITY_MMIO_NO)
		bugs &= ~BIT(BUG_MMIO);
	return bugs;
}

u32 __init cpu_find_bugs(u64 capabilities)
{
	if (!strcmp(boot_cpu.vendor, "GenuineIntel"))
		return intel_bugs(capabilities);
	if (!strcmp(boot_cpu.vendor, "AuthenticAMD") || !strcmp(boot_cpu.vendor, "HygonGenuine"))
		return look_up(amd_models, ARRAY_SIZE(amd_models), GENERAL);
	return INTEL;
}
