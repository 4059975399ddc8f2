/* SPDX-License-Identifier: MIT */
/* What the processor can do, and switching it on. */
#include <arch/cpu.h>
#include <arch/extable.h>
#include <kernel/init.h>
#include <lib/string.h>

struct cpu_info boot_cpu __ro_after_init;

enum cpuid_register { EAX, EBX, ECX, EDX };

/* Where each word of the features comes from. */
static const struct {
	u32 leaf, subleaf;
	enum cpuid_register reg;
} feature_words[CPU_FEATURE_CPUID_WORDS] = {
	{ 1, 0, EDX },		{ 1, 0, ECX },		{ 7, 0, EBX },
	{ 7, 0, ECX },		{ 7, 0, EDX },		{ 0x80000001, 0, EDX },
	{ 0x80000001, 0, ECX }, { 0x80000007, 0, EDX }, { 0x80000008, 0, EBX },
	{ 13, 1, EAX },		{ 6, 0, EAX },
};

static bool leaf_exists(u32 leaf)
{
	return leaf <= (leaf & 0x80000000 ? boot_cpu.max_extended_leaf : boot_cpu.max_leaf);
}

static u32 __init read_word(unsigned int word)
{
	struct cpuid r;

	if (!leaf_exists(feature_words[word].leaf))
		return 0;
	r = cpuid(feature_words[word].leaf, feature_words[word].subleaf);
	switch (feature_words[word].reg) {
	case EAX: return r.eax;
	case EBX: return r.ebx;
	case ECX: return r.ecx;
	default: return r.edx;
	}
}

/* Family and model with their extended parts, as both makers' manuals say. */
static void __init read_signature(void)
{
	struct cpuid r = cpuid(1, 0);
	u32 family = r.eax >> 8 & 15, model = r.eax >> 4 & 15;

	if (family == 6 || family == 15)
		model |= (r.eax >> 16 & 15) << 4;
	if (family == 15)
		family += r.eax >> 20 & 255;
	boot_cpu.family = family;
	boot_cpu.model = model;
	boot_cpu.stepping = r.eax & 15;
	boot_cpu.cache_line_size = (r.ebx >> 8 & 255) * 8;
}

static void __init read_names(void)
{
	struct cpuid r = cpuid(0, 0);
	u32 vendor[3] = { r.ebx, r.edx, r.ecx };

	boot_cpu.max_leaf = r.eax;
	boot_cpu.max_extended_leaf = cpuid(0x80000000, 0).eax;
	memcpy(boot_cpu.vendor, vendor, sizeof(vendor));
	if (!leaf_exists(0x80000004))
		return;
	for (u32 i = 0; i < 3; i++) {
		r = cpuid(0x80000002 + i, 0);
		memcpy(boot_cpu.model_name + 16 * i, &r, sizeof(r));
	}
}

void __init cpu_features_init(void)
{
	read_names();
	read_signature();
	for (unsigned int word = 0; word < CPU_FEATURE_CPUID_WORDS; word++)
		boot_cpu.features[word] = read_word(word);
	boot_cpu.physical_bits = 36;
	boot_cpu.virtual_bits = 48;
	if (leaf_exists(0x80000008)) {
		u32 bits = cpuid(0x80000008, 0).eax;

		boot_cpu.physical_bits = bits & 255;
		boot_cpu.virtual_bits = bits >> 8 & 255;
	}
	cpu_setup_control();
}

/* Entries 0-3 stay as at reset but 1, which becomes write-combining; 4-7 repeat them. See arch/pgtable.h. */
#define PAT_VALUE	0x0007010600070106ull

static const struct {
	unsigned int feature;
	unsigned long bit;
} cr4_features[] = {
	{ CPU_FEATURE_PGE, CR4_PGE },	    { CPU_FEATURE_MCE, CR4_MCE },
	{ CPU_FEATURE_SMEP, CR4_SMEP },	    { CPU_FEATURE_SMAP, CR4_SMAP },
	{ CPU_FEATURE_UMIP, CR4_UMIP },	    { CPU_FEATURE_FSGSBASE, CR4_FSGSBASE },
	{ CPU_FEATURE_XSAVE, CR4_OSXSAVE },
};

void cpu_setup_control(void)
{
	unsigned long cr4 = CR4_PAE | CR4_DE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	for (unsigned int i = 0; i < ARRAY_SIZE(cr4_features); i++)
		if (cpu_has(cr4_features[i].feature))
			cr4 |= cr4_features[i].bit;
	write_cr4(cr4);
	write_cr0(CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_MP | CR0_PE);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | (cpu_has(CPU_FEATURE_NX) ? EFER_NX : 0));
	if (cpu_has(CPU_FEATURE_PAT))
		wrmsr(MSR_PAT, PAT_VALUE);
}

bool rdmsr_safe(u32 msr, u64 *value)
{
	u32 low, high;
	bool ok = true;

	asm volatile("1: rdmsr\n"
		     "2:\n"
		     ".pushsection .text.unlikely, \"ax\"\n"
		     "3: movb $0, %0\n"
		     "xorl %%eax, %%eax\n"
		     "xorl %%edx, %%edx\n"
		     "jmp 2b\n"
		     ".popsection\n" EXTABLE(1b, 3b)
		     : "+m"(ok), "=a"(low), "=d"(high)
		     : "c"(msr)
		     : "memory");
	*value = (u64)high << 32 | low;
	return ok;
}

bool wrmsr_safe(u32 msr, u64 value)
{
	bool ok = true;

	asm volatile("1: wrmsr\n"
		     "2:\n"
		     ".pushsection .text.unlikely, \"ax\"\n"
		     "3: movb $0, %0\n"
		     "jmp 2b\n"
		     ".popsection\n" EXTABLE(1b, 3b)
		     : "+m"(ok)
		     : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32))
		     : "memory");
	return ok;
}

bool cpu_random(u64 *value)
{
	return cpu_has(CPU_FEATURE_RDRAND) && cpu_random_now(value);
}
