/* SPDX-License-Identifier: MIT */
/* Descriptor tables: each CPU has its own GDT, TSS and IST stacks; the IDT is one for all and read-only. */
#include <arch/cpu.h>
#include <arch/gdt.h>
#include <arch/traps.h>
#include <arch/vectors.h>
#include <kernel/init.h>
#include <lib/string.h>

struct descriptor_pointer {
	u16 limit;
	u64 base;
} __packed;

#define SEGMENT_CODE64(dpl)	(0x00af9b000000ffffull | (u64)(dpl) << 45)
#define SEGMENT_CODE32(dpl)	(0x00cf9b000000ffffull | (u64)(dpl) << 45)
#define SEGMENT_DATA(dpl)	(0x00cf93000000ffffull | (u64)(dpl) << 45)
/* Read-only data, DPL 3, byte granular: LSL gives the limit back. */
#define SEGMENT_NUMBER(limit)	(0x0040f50000000000ull | (u64)(limit))

DEFINE_PER_CPU(struct tss, cpu_tss);
static DEFINE_PER_CPU_ALIGNED(u64[GDT_ENTRIES], cpu_gdt);
static DEFINE_PER_CPU(unsigned long[NR_IST], ist_top);

static u8 boot_ist_stacks[NR_IST][IST_STACK_SIZE] __aligned(4096) __section(".bss..page_aligned");

static void set_tss_descriptor(u64 *entry, const struct tss *tss)
{
	u64 base = (unsigned long)tss, limit = sizeof(*tss) - 1;

	/* Present, available 64-bit TSS. */
	entry[0] = limit | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
	entry[1] = base >> 32;
}

static void tss_init(struct tss *tss)
{
	for (unsigned int i = 0; i < NR_IST; i++)
		tss->ist[i] = this_cpu_read(ist_top[i]);
	tss->io_bitmap_base = sizeof(*tss);
}

static void reload_segments(void)
{
	asm volatile("pushq %0\n"
		     "leaq 1f(%%rip), %%rax\n"
		     "pushq %%rax\n"
		     "lretq\n"
		     "1: movl %1, %%ss\n"
		     "movl %2, %%ds\n"
		     "movl %2, %%es\n"
		     :
		     : "i"(KERNEL_CS), "r"(KERNEL_DS), "r"(0)
		     : "rax", "memory");
}

void ist_stacks_set(unsigned int cpu, void *memory)
{
	for (unsigned int i = 0; i < NR_IST; i++)
		per_cpu(ist_top, cpu)[i] = (unsigned long)memory + (i + 1) * IST_STACK_SIZE;
}

void gdt_init_cpu(unsigned int cpu)
{
	u64 *gdt = per_cpu(cpu_gdt, cpu);
	struct tss *tss = per_cpu_ptr(&cpu_tss, cpu);
	struct descriptor_pointer pointer = { .limit = sizeof(cpu_gdt) - 1,
					      .base = (unsigned long)gdt };

	gdt[GDT_KERNEL_CODE] = SEGMENT_CODE64(0);
	gdt[GDT_KERNEL_DATA] = SEGMENT_DATA(0);
	gdt[GDT_USER_CODE32] = SEGMENT_CODE32(3);
	gdt[GDT_USER_DATA] = SEGMENT_DATA(3);
	gdt[GDT_USER_CODE] = SEGMENT_CODE64(3);
	gdt[GDT_CPU_NUMBER] = SEGMENT_NUMBER(cpu);
	set_tss_descriptor(&gdt[GDT_TSS], tss);
	if (cpu == 0)
		ist_stacks_set(0, boot_ist_stacks);
	tss_init(tss);

	asm volatile("lgdt %0" : : "m"(pointer));
	reload_segments();
	asm volatile("ltr %w0" : : "r"(TSS_SELECTOR));
	asm volatile("lldt %w0" : : "r"(0));
}

unsigned int ist_stack_of(unsigned long address, struct stack_range *range)
{
	for (unsigned int i = 0; i < NR_IST; i++) {
		unsigned long top = this_cpu_read(ist_top[i]);

		if (address >= top - IST_STACK_SIZE && address < top) {
			*range = (struct stack_range){ .low = top - IST_STACK_SIZE, .high = top };
			return i + 1;
		}
	}
	return 0;
}

/* The IDT. */

struct gate {
	u16 offset_low;
	u16 selector;
	u8 ist;
	u8 type;
	u16 offset_middle;
	u32 offset_high;
	u32 reserved;
};

#define GATE_INTERRUPT	0x8e	/* present, clears IF */
#define GATE_USER	0x60	/* INT3 and INTO work from user mode */

static struct gate idt[NR_VECTORS] __aligned(4096) __section(".data..ro_after_init");

extern const char exception_entries[], interrupt_entries[]; /* entry/trap_entry.S */
#define ENTRY_STRIDE	16

static void __init set_gate(unsigned int vector, unsigned long address, u8 ist, u8 type)
{
	idt[vector] = (struct gate){
		.offset_low = address,
		.selector = KERNEL_CS,
		.ist = ist,
		.type = type,
		.offset_middle = address >> 16,
		.offset_high = address >> 32,
	};
}

void __init idt_init(void)
{
	for (unsigned int vector = 0; vector < NR_EXCEPTIONS; vector++)
		set_gate(vector, (unsigned long)exception_entries + vector * ENTRY_STRIDE, 0,
			 GATE_INTERRUPT);
	for (unsigned int vector = NR_EXCEPTIONS; vector < NR_VECTORS; vector++)
		set_gate(vector,
			 (unsigned long)interrupt_entries + (vector - NR_EXCEPTIONS) * ENTRY_STRIDE,
			 0, GATE_INTERRUPT);
	idt[VECTOR_DF].ist = IST_DOUBLE_FAULT;
	idt[VECTOR_NMI].ist = IST_NMI;
	idt[VECTOR_MC].ist = IST_MACHINE_CHECK;
	idt[VECTOR_BP].type |= GATE_USER;
	idt[VECTOR_OF].type |= GATE_USER;
	idt_load();
}

void idt_load(void)
{
	struct descriptor_pointer pointer = { .limit = sizeof(idt) - 1,
					      .base = (unsigned long)idt };

	asm volatile("lidt %0" : : "m"(pointer));
}
