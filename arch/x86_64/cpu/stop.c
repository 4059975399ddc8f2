/* SPDX-License-Identifier: MIT */
/* Stopping, waiting and starting over, by what works when nothing else does any more. */
#include <arch/barrier.h>
#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <arch/irqflags.h>
#include <arch/stop.h>
#include <lib/compiler.h>

/* A write to this port takes about a microsecond on hardware of any age. */
#define DELAY_PORT		0x80

#define KEYBOARD_STATUS		0x64
#define KEYBOARD_COMMAND	0x64
#define KEYBOARD_INPUT_FULL	0x02
#define KEYBOARD_PULSE_RESET	0xfe
#define RESET_CONTROL		0xcf9
#define RESET_CPU_HARD		0x02	/* and then, with the next bit, do it */
#define RESET_GO		0x04

void (*stop_other_cpus_hook)(void);
void (*reset_hook)(void);

void arch_halt_forever(void)
{
	local_irq_disable();
	for (;;)
		asm volatile("hlt");
}

void arch_delay_ms(unsigned long ms)
{
	u64 hz = arch_tsc_hz(), start = rdtsc();

	if (hz) {
		while (rdtsc() - start < hz / 1000 * ms)
			cpu_relax();
		return;
	}
	for (unsigned long i = 0; i < ms * 1000; i++)
		outb(0, DELAY_PORT);
}

void arch_stop_other_cpus(void)
{
	if (stop_other_cpus_hook)
		stop_other_cpus_hook();
}

static void reset_by_keyboard_controller(void)
{
	for (int i = 0; i < 10; i++) {
		for (int wait = 0; wait < 10000 && inb(KEYBOARD_STATUS) & KEYBOARD_INPUT_FULL;
		     wait++)
			cpu_relax();
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
	if (reset_hook)
		reset_hook();
	reset_by_keyboard_controller();
	reset_by_chip_set();
	reset_by_triple_fault();
	arch_halt_forever();
}
