/* SPDX-License-Identifier: MIT */
/*
 * What is done about the faults of the processor. The decision becomes features (CPU_FEATURE_USE_*)
 * by which alternatives_apply() puts the steps into the entries (arch/x86_64/entry/mitigation.S),
 * the thunks of modules, and the copies from user memory. Where nothing is to be done, nothing is
 * executed.
 *
 *	mitigations=auto	what this CPU needs
 *	mitigations=off		nothing
 *	mitigations=all		everything that there is, needed or not, to test it; IBRS if the
 *				register can be written
 *
 * Branches (spectre_v2): a CPU that keeps the modes apart by itself (Enhanced IBRS, AMD's Automatic
 * IBRS) is told to once; one that has IBRS only is told at each entry and exit. Without either,
 * indirect branches must be retpolines: modules' always are, the kernel's own C code if it was built
 * with CONFIG_RETPOLINE.
 */
#include "mitigations.h"
#include <arch/cpu.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/errno.h>
#include <lib/string.h>

#define LEAF_AMD_EXTENDED_2   0x80000021
#define AMD_AUTO_IBRS         BIT(8) /* eax */
#define CAPABILITY_IBRS_ALL   BIT_ULL(1)
#define CAPABILITY_FB_CLEAR   BIT_ULL(17)
#define CAPABILITY_GDS_CTRL   BIT_ULL(25)
#define CAPABILITY_RFDS_CLEAR BIT_ULL(28)

enum mode { MODE_AUTO, MODE_OFF, MODE_ALL };
enum branches {
	BRANCHES_OPEN,
	BRANCHES_RETPOLINE,
	BRANCHES_IBRS,
	BRANCHES_ENHANCED,
	BRANCHES_AUTOMATIC
};

static enum mode mode __initdata = MODE_AUTO;
static u32 bugs __ro_after_init;
static u64 capabilities __ro_after_init;
static enum branches branches __ro_after_init;
static const char *states[NR_VULNERABILITIES] __ro_after_init;

static int __init set_mitigations(const char *value)
{
	static const char *const names[] = {
		[MODE_AUTO] = "auto", [MODE_OFF] = "off", [MODE_ALL] = "all"
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(value, names[i])) {
			mode = i;
			return 0;
		}
	return -EINVAL;
}
BOOT_PARAM("mitigations", set_mitigations);

static bool __init needs(enum cpu_bug bug)
{
	return mode == MODE_ALL || (mode == MODE_AUTO && bugs & BIT(bug));
}

static bool __init has_automatic_ibrs(void)
{
	return boot_cpu.max_extended_leaf >= LEAF_AMD_EXTENDED_2 &&
	       cpuid(LEAF_AMD_EXTENDED_2, 0).eax & AMD_AUTO_IBRS;
}

static bool __init has_ibrs(void)
{
	if (cpu_has(CPU_FEATURE_SPEC_CTRL) || cpu_has(CPU_FEATURE_AMD_IBRS))
		return true;
	return mode == MODE_ALL && wrmsr_safe(MSR_SPEC_CTRL, 0);
}

static void __init choose_branches(void)
{
	if (!needs(BUG_SPECTRE_V2))
		return;
	if (mode != MODE_ALL && has_automatic_ibrs())
		branches = BRANCHES_AUTOMATIC;
	else if (mode != MODE_ALL && capabilities & CAPABILITY_IBRS_ALL)
		branches = BRANCHES_ENHANCED;
	else if (has_ibrs())
		branches = BRANCHES_IBRS;
	else
		branches = BRANCHES_RETPOLINE;
	if (branches == BRANCHES_IBRS)
		cpu_choose(CPU_FEATURE_USE_IBRS);
	if (branches == BRANCHES_RETPOLINE || mode == MODE_ALL)
		cpu_choose(CPU_FEATURE_USE_RETPOLINE);
	cpu_choose(CPU_FEATURE_USE_FILL_RSB);
}

/* The microcode that makes VERW clear the buffers says so. */
static bool __init can_clear_buffers(void)
{
	return cpu_has(CPU_FEATURE_MD_CLEAR) ||
	       capabilities & (CAPABILITY_FB_CLEAR | CAPABILITY_RFDS_CLEAR);
}

static void __init choose_buffers(void)
{
	static const enum cpu_bug by_buffers[] = { BUG_MDS, BUG_TAA, BUG_MMIO, BUG_RFDS };
	const char *mitigated = cpu_is_virtual()
					? "Mitigation: Clear CPU buffers; SMT Host state unknown"
					: "Mitigation: Clear CPU buffers; SMT vulnerable";

	for (unsigned int i = 0; i < ARRAY_SIZE(by_buffers); i++) {
		if (!needs(by_buffers[i]))
			continue;
		if (can_clear_buffers() || mode == MODE_ALL)
			cpu_choose(CPU_FEATURE_USE_VERW);
		states[by_buffers[i]] = can_clear_buffers() ? mitigated
							    : "Vulnerable: No microcode";
	}
}

static void __init choose_fences(void)
{
	bool swapgs = needs(BUG_SWAPGS);

	if (needs(BUG_SPECTRE_V1)) {
		cpu_choose(cpu_has(CPU_FEATURE_SMAP) ? CPU_FEATURE_USE_FENCE_USER_SMAP
						     : CPU_FEATURE_USE_FENCE_USER);
		states[BUG_SPECTRE_V1] = "Mitigation: usercopy/swapgs barriers";
	}
	if (swapgs)
		cpu_choose(CPU_FEATURE_USE_FENCE_SWAPGS);
}

static void __init describe_branches(void)
{
	static const char *const texts[] = {
		[BRANCHES_OPEN] = "Vulnerable",
		[BRANCHES_RETPOLINE] =
			IS_ENABLED(CONFIG_RETPOLINE)
				? "Mitigation: Retpolines; IBPB: disabled; RSB filling"
				: "Vulnerable: retpolines in modules only; RSB filling",
		[BRANCHES_IBRS] = "Mitigation: IBRS; IBPB: disabled; RSB filling",
		[BRANCHES_ENHANCED] =
			"Mitigation: Enhanced / Automatic IBRS; IBPB: disabled; RSB filling",
		[BRANCHES_AUTOMATIC] =
			"Mitigation: Enhanced / Automatic IBRS; IBPB: disabled; RSB filling",
	};

	states[BUG_SPECTRE_V2] = texts[branches];
	if (!strcmp(boot_cpu.vendor, "GenuineIntel") && branches == BRANCHES_IBRS)
		states[BUG_RETBLEED] = "Mitigation: IBRS";
	if (!strcmp(boot_cpu.vendor, "GenuineIntel") && branches == BRANCHES_ENHANCED)
		states[BUG_RETBLEED] = "Mitigation: Enhanced IBRS";
}

/* What the microcode does by itself, whatever mitigations= says. */
static void __init describe_microcode(void)
{
	const char *unknown = cpu_is_virtual() ? "Unknown: Dependent on hypervisor status"
					       : "Vulnerable: No microcode";

	states[BUG_ITLB_MULTIHIT] =
		"KVM: Mitigation: VMX unsupported"; /* it takes a guest of ours to do harm by it */
	states[BUG_SRBDS] = cpu_has(CPU_FEATURE_SRBDS_CTRL) ? "Mitigation: Microcode" : unknown;
	states[BUG_GDS] = capabilities & CAPABILITY_GDS_CTRL ? "Mitigation: Microcode" : unknown;
}

void __init mitigations_choose(void)
{
	static const char *const mode_names[] = { "auto", "off", "all" };

	if (cpu_has(CPU_FEATURE_ARCH_CAPABILITIES))
		capabilities = rdmsr(MSR_ARCH_CAPABILITIES);
	bugs = cpu_find_bugs(capabilities);
	choose_branches();
	describe_branches();
	choose_buffers();
	choose_fences();
	describe_microcode();
	if (cpu_has(CPU_FEATURE_USE_IBRS) || cpu_has(CPU_FEATURE_USE_VERW))
		cpu_choose(CPU_FEATURE_USE_LEAVE);
	if (mode != MODE_AUTO)
		pr_info("cpu: mitigations: %s\n", mode_names[mode]);
	pr_info("cpu: spectre_v2: %s\n", cpu_vulnerability_state(BUG_SPECTRE_V2));
}

void mitigations_init_cpu(void)
{
	if (branches == BRANCHES_AUTOMATIC)
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_AUTO_IBRS);
	if (branches == BRANCHES_ENHANCED || branches == BRANCHES_IBRS)
		wrmsr(MSR_SPEC_CTRL, SPEC_CTRL_IBRS);
}

static const struct {
	const char *file, *bug;
} names[NR_BUGS] = {
	[BUG_GDS] = { "gather_data_sampling", "gds" },
	[BUG_ITLB_MULTIHIT] = { "itlb_multihit", "itlb_multihit" },
	[BUG_L1TF] = { "l1tf", "l1tf" },
	[BUG_MDS] = { "mds", "mds" },
	[BUG_MELTDOWN] = { "meltdown", "cpu_meltdown" },
	[BUG_MMIO] = { "mmio_stale_data", "mmio_stale_data" },
	[BUG_RFDS] = { "reg_file_data_sampling", "rfds" },
	[BUG_RETBLEED] = { "retbleed", "retbleed" },
	[BUG_SRSO] = { "spec_rstack_overflow", "srso" },
	[BUG_SSB] = { "spec_store_bypass", "spec_store_bypass" },
	[BUG_SPECTRE_V1] = { "spectre_v1", "spectre_v1" },
	[BUG_SPECTRE_V2] = { "spectre_v2", "spectre_v2" },
	[BUG_SRBDS] = { "srbds", "srbds" },
	[BUG_TAA] = { "tsx_async_abort", "taa" },
	[BUG_SWAPGS] = { NULL, "swapgs" },
};

const char *cpu_vulnerability_name(unsigned int number)
{
	return names[number].file;
}

const char *cpu_vulnerability_state(unsigned int number)
{
	if (!(bugs & BIT(number)))
		return "Not affected";
	return states[number] ?: "Vulnerable";
}

const char *cpu_bug_name(unsigned int number)
{
	return number < NR_BUGS && bugs & BIT(number) ? names[number].bug : NULL;
}
