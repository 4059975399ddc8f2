/* SPDX-License-Identifier: MIT */
#ifndef ARCH_IDLE_H
#define ARCH_IDLE_H

/* Waits for an interrupt and lets it in. Interrupts off on entry and on return. */
static inline void arch_idle(void)
{
	asm volatile("sti; hlt; cli" : : : "memory");
}

#endif
