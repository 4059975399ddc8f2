/* SPDX-License-Identifier: MIT */
/*
 * Where another CPU is, asked by an NMI, which comes through with interrupts off
 * (arch/x86_64/apic/look.c). It answers when it can; who asks looks later. One asker at a time: the
 * last one counts.
 */
#ifndef KERNEL_CPU_LOOK_H
#define KERNEL_CPU_LOOK_H

#include <lib/types.h>

#define CPU_LOOK_DEPTH 24

struct cpu_look {
	bool user; /* was in user mode: no backtrace */
	bool irqs_off;
	size_t nr;
	unsigned long addresses[CPU_LOOK_DEPTH];
};

void cpu_look_ask(unsigned int cpu);
/* True: it has answered the last question. Any context. */
bool cpu_look_answer(unsigned int cpu, struct cpu_look *look);
void cpu_look_show(const char *level, unsigned int cpu, const struct cpu_look *look);
void cpu_look_init(void); /* before the first question */

#endif
