/* SPDX-License-Identifier: MIT */
/*
 * The processor: control and model-specific registers, and what CPUID says.
 *
 * cpu_has(CPU_FEATURE_X) asks what every started CPU has and the kernel uses; cpu_features_init() reads it on the boot CPU.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <kit/types.h>
#include <arch/cpu_features.h>

#define CR0_PE		BIT(0)
#define CR0_MP		BIT(1)
#define CR0_EM		BIT(2)
#define CR0_TS		BIT(3)
#define CR0_NE		BIT(5)
#define CR0_WP		BIT(16)
#define CR0_AM		BIT(18)
#define CR0_PG		BIT(31)

#define CR4_TSD		BIT(2)
#define CR4_DE		BIT(3)
#define CR4_PAE		BIT(5)
#define CR4_MCE		BIT(6)
#define CR4_PGE		BIT(7)
#define CR4_OSFXSR	BIT(9)
#define CR4_OSXMMEXCPT	BIT(10)
#define CR4_UMIP	BIT(11)
#define CR4_FSGSBASE	BIT(16)
#define CR4_PCIDE	BIT(17)
#define CR4_OSXSAVE	BIT(18)
#define CR4_SMEP	BIT(20)
#define CR4_SMAP	BIT(21)

#define RFLAGS_TF	0x100ul
#define RFLAGS_DF	0x400ul
#define RFLAGS_IOPL	0x3000ul
#define RFLAGS_NT	0x4000ul
#define RFLAGS_RF	0x10000ul
#define RFLAGS_AC	0x40000ul

#define MSR_TSC			0x10
#define MSR_APIC_BASE		0x1b
#define MSR_SPEC_CTRL		0x48
#define MSR_ARCH_CAPABILITIES	0x10a
#define MSR_TSC_DEADLINE	0x6e0
#define MSR_PAT			0x277
#define MSR_MCG_CAP		0x179
#define MSR_MCG_STATUS		0x17a
#define MSR_MCG_CTL		0x17b
#define MSR_MC0_CTL		0x400	/* CTL, STATUS, ADDR, MISC for each bank */
#define MSR_MC0_STATUS		0x401
#define MSR_MC0_ADDR		0x402
#define MSR_EFER		0xc0000080
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_CSTAR		0xc0000083
#define MSR_SYSCALL_MASK	0xc0000084
#define MSR_FS_BASE		0xc0000100
#define MSR_GS_BASE		0xc0000101
#define MSR_KERNEL_GS_BASE	0xc0000102
#define MSR_TSC_AUX		0xc0000103
#define MSR_X2APIC_FIRST	0x800

#define EFER_SCE	BIT(0)
#define EFER_LME	BIT(8)
#define EFER_NX		BIT(11)
#define EFER_AUTO_IBRS	BIT(21)

#define SPEC_CTRL_IBRS	BIT(0)

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

/* What CPUID says of the boot CPU, filled by cpu_features_init(). */
struct cpu_info {
	char vendor[13];
	char model_name[49];
	u8 family, model, stepping; /* as displayed: with the extended parts added */
	u32 max_leaf, max_extended_leaf;
	u8 physical_bits, virtual_bits;
	u32 cache_line_size;
	u32 features[CPU_FEATURE_WORDS];
};

extern struct cpu_info boot_cpu;

static inline void cpu_choose(unsigned int feature)
{
	boot_cpu.features[feature / 32] |= 1u << (feature % 32);
}

static inline bool cpu_has(unsigned int feature)
{
	return boot_cpu.features[feature / 32] >> (feature % 32) & 1;
}

void cpu_features_init(void); /* boot CPU: reads CPUID */
void cpu_setup_control(void); /* each CPU: control registers, EFER, PAT as the features allow */

static inline struct cpuid cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid r;

	asm volatile("cpuid"
		     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
		     : "a"(leaf), "c"(subleaf));
	return r;
}

static inline u64 rdmsr(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (u64)high << 32 | low;
}

static inline void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

/* For registers that may not exist: false if the access faulted. */
bool rdmsr_safe(u32 msr, u64 *value);
bool wrmsr_safe(u32 msr, u64 value);

#define CONTROL_REGISTER(number)						\
static inline unsigned long read_cr##number(void)				\
{										\
	unsigned long value;							\
	asm volatile("movq %%cr" #number ", %0" : "=r"(value) : : "memory");	\
	return value;								\
}										\
static inline void write_cr##number(unsigned long value)			\
{										\
	asm volatile("movq %0, %%cr" #number : : "r"(value) : "memory");	\
}
CONTROL_REGISTER(0)
CONTROL_REGISTER(2)
CONTROL_REGISTER(3)
CONTROL_REGISTER(4)
#undef CONTROL_REGISTER

#define DEBUG_REGISTER(number)							\
static inline unsigned long read_dr##number(void)				\
{										\
	unsigned long value;							\
	asm volatile("movq %%dr" #number ", %0" : "=r"(value));			\
	return value;								\
}										\
static inline void write_dr##number(unsigned long value)			\
{										\
	asm volatile("movq %0, %%dr" #number : : "r"(value));			\
}
DEBUG_REGISTER(6)
DEBUG_REGISTER(7)
#undef DEBUG_REGISTER

/* Not ordered with what stands around it; rdtsc_ordered() is, with what stands before it. */
static inline u64 rdtsc(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

static inline u64 rdtsc_ordered(void)
{
	asm volatile("lfence" : : : "memory");
	return rdtsc();
}

static inline void invlpg(unsigned long address)
{
	asm volatile("invlpg (%0)" : : "r"(address) : "memory");
}

/* True while a hypervisor may have taken this CPU away: spinning in a queue is unwise. */
static inline bool cpu_is_virtual(void)
{
	return cpu_has(CPU_FEATURE_HYPERVISOR);
}

/* RDRAND with the retries that it needs, on a CPU that has it. */
static inline bool cpu_random_now(u64 *value)
{
	bool ok = false;

	for (int tries = 0; tries < 10 && !ok; tries++)
		asm volatile("rdrand %0" : "=r"(*value), "=@ccc"(ok));
	return ok;
}

/* The same; false without it. */
bool cpu_random(u64 *value);

#endif
