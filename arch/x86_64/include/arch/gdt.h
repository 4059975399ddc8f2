/* SPDX-License-Identifier: MIT */
/*
 * Segments and the task state segment. The selectors are Linux's: programs see them in %cs and %ss, and SYSRET wants
 * user data right before user code.
 */
#ifndef ARCH_GDT_H
#define ARCH_GDT_H

#define GDT_KERNEL_CODE	2
#define GDT_KERNEL_DATA	3
#define GDT_USER_CODE32	4
#define GDT_USER_DATA	5
#define GDT_USER_CODE	6
#define GDT_TSS		8	/* and 9 */
#define GDT_CPU_NUMBER	15	/* its limit is the CPU's number: LSL reads it, in user mode too */
#define GDT_ENTRIES	16

#define KERNEL_CS	(GDT_KERNEL_CODE * 8)
#define KERNEL_DS	(GDT_KERNEL_DATA * 8)
#define USER_CS32	(GDT_USER_CODE32 * 8 + 3)
#define USER_DS		(GDT_USER_DATA * 8 + 3)
#define USER_CS		(GDT_USER_CODE * 8 + 3)
#define TSS_SELECTOR	(GDT_TSS * 8)
#define CPU_NUMBER_SELECTOR	(GDT_CPU_NUMBER * 8 + 3)

/* Stacks of their own for traps that can come at any moment: numbers in the IDT, from 1. */
#define IST_DOUBLE_FAULT	1
#define IST_NMI			2
#define IST_MACHINE_CHECK	3
#define NR_IST			3
#ifdef CONFIG_KASAN
#define IST_STACK_SIZE		16384
#else
#define IST_STACK_SIZE		8192
#endif

#ifndef __ASSEMBLER__
#include <arch/percpu.h>

/* Intel SDM volume 3, "64-Bit Mode Task State Segment"; no I/O bitmap: its base lies behind the limit. */
struct tss {
	u32 reserved0;
	u64 rsp0, rsp1, rsp2;
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3;
	u16 io_bitmap_base;
} __packed __aligned(128); /* never across a page */

DECLARE_PER_CPU(struct tss, cpu_tss);

/* The stack that traps from user mode start on: the top of the running thread's kernel stack. */
static inline void tss_set_kernel_stack(unsigned long top)
{
	this_cpu_write(cpu_tss.rsp0, top);
}

void gdt_init_cpu(unsigned int cpu); /* on the CPU itself: GDT, TSS, %gs stays valid */
void idt_init(void);		     /* boot CPU: fills the table */
void idt_load(void);

/* Memory of NR_IST * IST_STACK_SIZE bytes for the IST stacks of a CPU that has not started. CPU 0 has static ones. */
void ist_stacks_set(unsigned int cpu, void *memory);

struct stack_range {
	unsigned long low, high;
};
/* The IST stack (1..NR_IST) that holds the address on this CPU; 0: none. For backtraces. */
unsigned int ist_stack_of(unsigned long address, struct stack_range *range);
#endif

#endif
