/* SPDX-License-Identifier: MIT */
/*
 * The user's FPU registers: memory for them, and the switch. Use: arch/fpu.h.
 *
 * A thread that enters user mode has an area of the size that CPUID tells for the features in use
 * (Intel SDM volume 1, chapter 13; standard format, since signal frames and ptrace show it), or of
 * 512 bytes in FXSAVE's format on a CPU without XSAVE.
 *
 * Invariant: while a thread with an area is current, the registers are its own. The switch saves
 * the registers of the thread that goes and loads those of the thread that comes, unless they are
 * there still: fpu_owner names the thread whose values this CPU's registers hold, and the thread
 * names the CPU. A kernel thread in between changes neither.
 */
#include <arch/cpu.h>
#include <arch/fpu.h>
#include <arch/fpu_layout.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/sched.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <mm/slab.h>

u64 fpu_features __ro_after_init;
unsigned int fpu_size __ro_after_init = FXSAVE_SIZE;
u32 fpu_mxcsr_mask __ro_after_init = MXCSR_MASK_DEFAULT;

static struct kmem_cache *fpu_cache __ro_after_init;
static DEFINE_PER_CPU(struct thread *, fpu_owner);

/* What a program starts with. */
static struct {
	struct fxsave_area fxsave;
	struct xsave_header header;
	u8 extended[FPU_SIZE_MAX - FXSAVE_SIZE - sizeof(struct xsave_header)];
} fpu_initial __aligned(64) = {
	.fxsave = { .control = 0x37f, .mxcsr = 0x1f80 },
};

static void set_xcr0(u64 value)
{
	asm volatile("xsetbv" : : "c"(0), "a"((u32)value), "d"((u32)(value >> 32)));
}

void fpu_init_cpu(void)
{
	write_cr0((read_cr0() & ~(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE);
	asm volatile("fninit");
	if (fpu_features)
		set_xcr0(fpu_features);
}

/* AVX-512's three parts go together, and on top of AVX, which needs SSE. */
static u64 usable_features(u64 offered)
{
	u64 features = offered & (XFEATURE_X87 | XFEATURE_SSE);

	if (offered & XFEATURE_AVX)
		features |= XFEATURE_AVX;
	if ((features & XFEATURE_AVX) && (offered & XFEATURE_AVX512) == XFEATURE_AVX512)
		features |= XFEATURE_AVX512;
	return features;
}

/* The size for what XCR0 holds now; AVX-512 is given up if that is more than we have room for. */
static void __init enable_features(void)
{
	struct cpuid leaf = cpuid(0xd, 0);

	fpu_features = usable_features((u64)leaf.edx << 32 | leaf.eax);
	set_xcr0(fpu_features);
	fpu_size = cpuid(0xd, 0).ebx;
	if (fpu_size <= FPU_SIZE_MAX)
		return;
	fpu_features &= ~XFEATURE_AVX512;
	set_xcr0(fpu_features);
	fpu_size = cpuid(0xd, 0).ebx;
}

static void __init read_mxcsr_mask(void)
{
	static struct fxsave_area area __aligned(16) __initdata;

	asm volatile("fxsave64 %0" : "+m"(area));
	if (area.mxcsr_mask)
		fpu_mxcsr_mask = area.mxcsr_mask;
}

void __init fpu_init(void)
{
	fpu_init_cpu();
	if (cpu_has(CPU_FEATURE_XSAVE))
		enable_features();
	read_mxcsr_mask();
	fpu_initial.fxsave.mxcsr_mask = fpu_mxcsr_mask;
	fpu_cache = kmem_cache_create("fpu_state", fpu_size, 64, SLAB_PANIC, NULL);
	pr_info("fpu: features %llx, %u bytes a thread\n", fpu_features, fpu_size);
}

/* ---- saving and loading ---- */

/* XSAVEOPT leaves out what has not changed since it was loaded from this same area. */
static void save_registers(struct fpu_state *fpu)
{
	if (cpu_has(CPU_FEATURE_XSAVEOPT))
		asm volatile("xsaveopt64 (%0)" : : "r"(fpu), "a"(~0u), "d"(~0u) : "memory");
	else if (fpu_features)
		asm volatile("xsave64 (%0)" : : "r"(fpu), "a"(~0u), "d"(~0u) : "memory");
	else
		asm volatile("fxsave64 (%0)" : : "r"(fpu) : "memory");
}

static void load_registers(const void *fpu, u64 features)
{
	if (fpu_features)
		asm volatile("xrstor64 (%0)"
			     :
			     : "r"(fpu), "a"((u32)features), "d"((u32)(features >> 32))
			     : "memory");
	else
		asm volatile("fxrstor64 (%0)" : : "r"(fpu) : "memory");
}

void fpu_load_initial(u64 features)
{
	load_registers(&fpu_initial, features);
}

void fpu_switch(struct thread *prev, struct thread *next)
{
	unsigned int cpu;

	if (prev->fpu)
		save_registers(prev->fpu);
	if (!next->fpu)
		return;
	cpu = smp_processor_id();
	if (this_cpu_read(fpu_owner) == next && next->fpu_cpu == cpu)
		return;
	load_registers(next->fpu, ~0ull);
	this_cpu_write(fpu_owner, next);
	next->fpu_cpu = cpu;
}

/* ---- areas ---- */

int fpu_thread_alloc(struct thread *t)
{
	struct fpu_state *fpu = kmem_cache_alloc(fpu_cache, GFP_KERNEL);

	if (!fpu)
		return -ENOMEM;
	memset(fpu, 0, fpu_size);
	memcpy(fpu, &fpu_initial.fxsave, sizeof(fpu_initial.fxsave));
	t->fpu_cpu = ~0u;
	t->fpu = fpu;
	return 0;
}

/* The whole area is written: XSAVE leaves alone what is in its initial state. */
int fpu_thread_copy(struct thread *child)
{
	int error;

	if (!current->fpu)
		return 0;
	error = fpu_thread_alloc(child);
	if (error)
		return error;
	if (fpu_features)
		asm volatile("xsave64 (%0)" : : "r"(child->fpu), "a"(~0u), "d"(~0u) : "memory");
	else
		asm volatile("fxsave64 (%0)" : : "r"(child->fpu) : "memory");
	return 0;
}

void fpu_thread_free(struct thread *t)
{
	if (!t->fpu)
		return;
	kmem_cache_free(fpu_cache, t->fpu);
	t->fpu = NULL;
}

int fpu_thread_reset(void)
{
	struct thread *t = current;

	if (!t->fpu && fpu_thread_alloc(t))
		return -ENOMEM;
	preempt_disable();
	fpu_load_initial(~0ull);
	this_cpu_write(fpu_owner, t);
	t->fpu_cpu = smp_processor_id();
	preempt_enable();
	return 0;
}

unsigned int fpu_state_size(void)
{
	return fpu_size;
}

void *fpu_state_of(struct thread *t)
{
	if (t == current && t->fpu) {
		preempt_disable();
		save_registers(t->fpu);
		preempt_enable();
	}
	return t->fpu;
}

/* Another thread's area was written (ptrace), or current's: the registers hold it no more. */
void fpu_state_changed(struct thread *t)
{
	preempt_disable();
	if (t == current)
		load_registers(t->fpu, ~0ull);
	else
		t->fpu_cpu = ~0u;
	preempt_enable();
}
