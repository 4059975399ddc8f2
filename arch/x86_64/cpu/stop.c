/* SPDX-License-Identifier: MIT */
/* Stopping for good, and starting over. */
#include <arch/io.h>
#include <arch/stop.h>
#include <arch/irqflags.h>

void arch_halt_forever(void)
{
	local_irq_disable();
	for (;;)
		asm volatile("hlt");
}
