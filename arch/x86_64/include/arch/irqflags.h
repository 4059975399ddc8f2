/* SPDX-License-Identifier: MIT */
/* The interrupt flag of this CPU. */
#ifndef ARCH_IRQFLAGS_H
#define ARCH_IRQFLAGS_H

#include <kit/types.h>

#define RFLAGS_IF	0x200ul

static inline unsigned long local_save_flags(void)
{
	unsigned long flags;

	asm volatile("pushfq; popq %0" : "=rm"(flags) : : "memory");
	return flags;
}

static inline void local_irq_disable(void)
{
	asm volatile("cli" : : : "memory");
}

static inline void local_irq_enable(void)
{
	asm volatile("sti" : : : "memory");
}

static inline bool irqs_disabled_flags(unsigned long flags)
{
	return !(flags & RFLAGS_IF);
}

static inline bool irqs_disabled(void)
{
	return irqs_disabled_flags(local_save_flags());
}

#define local_irq_save(flags)		do { (flags) = local_save_flags(); local_irq_disable(); } while (0)
#define local_irq_restore(flags)	do { if (!irqs_disabled_flags(flags)) local_irq_enable(); } while (0)

#endif
