/* SPDX-License-Identifier: MIT */
/* Stopping for good, and starting over. */
#include <arch/io.h>
#include <arch/irqflags.h>
#include <arch/stop.h>
#include <kernel/acpi.h>
#include <lib/compiler.h>

#define KEYBOARD_STATUS		0x64
#define KEYBOARD_COMMAND	0x64
#define KEYBOARD_INPUT_FULL	0x02
#define KEYBOARD_PULSE_RESET	0xfe
#define RESET_CONTROL		0xcf9
#define RESET_CPU_HARD		0x02	/* and then, with the next bit, do it */
#define RESET_GO		0x04

void arch_halt_forever(void)
{
	local_irq_disable();
	for (;;)
		asm volatile("hlt");
}

static void reset_by_keyboard_controller(void)
{
	for (int i = 0; i < 10; i++) {
		for (int wait = 0; wait < 10000 && inb(KEYBOARD_STATUS) & KEYBOARD_INPUT_FULL; wait++)
			;
		outb(KEYBOARD_PULSE_RESET, KEYBOARD_COMMAND);
		arch_delay_ms(5);
	}
}

static void reset_by_chip_set(void)
{
	u8 value = inb(RESET_CONTROL) & ~(RESET_CPU_HARD | RESET_GO);

	outb(value | RESET_CPU_HARD, RESET_CONTROL);
	arch_delay_ms(1);
	outb(value | RESET_CPU_HARD | RESET_GO, RESET_CONTROL);
	arch_delay_ms(50);
}

/* A trap without an IDT is a double fault without one: the CPU shuts down, and the board resets it. */
static void reset_by_triple_fault(void)
{
	static const struct {
		u16 limit;
		u64 base;
	} __packed nothing;

	asm volatile("lidt %0; int3" : : "m"(nothing));
}

void arch_reboot(void)
{
	local_irq_disable();
	acpi_reset();
	reset_by_keyboard_controller();
	reset_by_chip_set();
	reset_by_triple_fault();
	arch_halt_forever();
}
