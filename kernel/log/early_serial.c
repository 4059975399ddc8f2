/* SPDX-License-Identifier: MIT */
/*
 * The console of the first moments and of the last: a 16550 serial port, polled. The serial driver's console takes its
 * place when it comes; a panic uses it if nothing else can print.
 *
 * earlyprintk=serial[,ttySn|0xport][,baud] chooses the port, else the first console=ttySn; with neither and no other console= it is the
 * first port that is there.
 */
#include <arch/io.h>
#include <kernel/atomic.h>
#include <kernel/init.h>
#include <kernel/preempt.h>
#include "log_private.h"
#include <lib/errno.h>
#include <lib/parse.h>
#include <lib/string.h>

/* Registers, from the port's base (16550 data sheet). */
#define UART_DATA		0
#define UART_INTERRUPT_ENABLE	1
#define UART_FIFO_CONTROL	2
#define UART_LINE_CONTROL	3
#define UART_MODEM_CONTROL	4
#define UART_LINE_STATUS	5
#define UART_SCRATCH		7
#define UART_DIVISOR_LOW	0	/* with DIVISOR_ACCESS */
#define UART_DIVISOR_HIGH	1

#define FIFO_ENABLE_AND_CLEAR	0x07
#define LINE_8N1		0x03
#define LINE_DIVISOR_ACCESS	0x80
#define MODEM_DTR_RTS		0x03
#define STATUS_TRANSMIT_EMPTY	0x20
#define BASE_BAUD		115200

/* A transmitter that stays full this many reads long is not there any more. */
#define TRANSMIT_TRIES		200000

static const u16 standard_ports[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };

static u16 port; /* 0: none */
static u32 baud = BASE_BAUD;

static bool is_present(u16 base)
{
	outb(0x5a, base + UART_SCRATCH);
	if (inb(base + UART_SCRATCH) != 0x5a)
		return false;
	outb(0xa5, base + UART_SCRATCH);
	return inb(base + UART_SCRATCH) == 0xa5;
}

static void set_up(void)
{
	u16 divisor = BASE_BAUD / baud;

	outb(0, port + UART_INTERRUPT_ENABLE);
	outb(LINE_8N1 | LINE_DIVISOR_ACCESS, port + UART_LINE_CONTROL);
	outb(divisor & 0xff, port + UART_DIVISOR_LOW);
	outb(divisor >> 8, port + UART_DIVISOR_HIGH);
	outb(LINE_8N1, port + UART_LINE_CONTROL);
	outb(FIFO_ENABLE_AND_CLEAR, port + UART_FIFO_CONTROL);
	outb(MODEM_DTR_RTS, port + UART_MODEM_CONTROL);
}

/*
 * The driver of the port and this console fill one transmitter. Held for a FIFO's worth of register accesses with interrupts off, never
 * while waiting for the line. A word of its own: this stands below the spinlocks. In an NMI or a panic the holder may never let go.
 */
static bool uart_locked;

void log_uart_lock(void)
{
	while (xchg(&uart_locked, true) && !panic_in_progress && !in_nmi())
		cpu_relax();
}

void log_uart_unlock(void)
{
	smp_store_release(&uart_locked, false);
}

static bool try_put(u8 byte)
{
	unsigned long flags;
	bool empty;

	local_irq_save(flags);
	log_uart_lock();
	empty = inb(port + UART_LINE_STATUS) & STATUS_TRANSMIT_EMPTY;
	if (empty)
		outb(byte, port + UART_DATA);
	log_uart_unlock();
	local_irq_restore(flags);
	return empty;
}

static void put_byte(u8 byte)
{
	for (unsigned int tries = 0; tries < TRANSMIT_TRIES && !try_put(byte); tries++)
		cpu_relax();
}

static void early_serial_write(struct console *console, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			put_byte('\r');
		put_byte(text[i]);
	}
}

static struct console early_serial = {
	.name = "ttyS",
	.flags = CONSOLE_BOOT | CONSOLE_PANIC,
	.write = early_serial_write,
};

/* "ttyS1" or "0x2f8"; false if it is neither. */
static bool __init parse_port(const char *word, size_t length)
{
	unsigned int n;
	char *end;

	if (strstarts(word, "ttyS")) {
		n = simple_strtoul(word + 4, &end, 10);
		if (end != word + length || n >= ARRAY_SIZE(standard_ports))
			return false;
		port = standard_ports[n];
		early_serial.index = n;
		return true;
	}
	port = simple_strtoul(word, &end, 16);
	return strstarts(word, "0x") && end == word + length;
}

static int __init parse_word(const char *word, size_t length)
{
	char *end;

	if (word[0] >= '1' && word[0] <= '9') {
		baud = simple_strtoul(word, &end, 10);
		return baud && baud <= BASE_BAUD ? 0 : -EINVAL;
	}
	if (!strncmp(word, "serial", length) || !strncmp(word, "keep", length))
		return 0;
	return parse_port(word, length) ? 0 : -EINVAL;
}

static int __init set_early_serial(const char *value)
{
	while (*value) {
		size_t length = strchrnul(value, ',') - value;
		int error = length ? parse_word(value, length) : 0;

		if (error)
			return error;
		value += length;
		if (*value)
			value++;
	}
	return 0;
}
BOOT_PARAM("earlyprintk", set_early_serial);

/* "ttyS1,115200n8" */
static void __init take_console_word(const char *value)
{
	const char *options = strchrnul(value, ',');

	if (!port && parse_port(value, options - value) && options[0] && options[1] >= '1' &&
	    options[1] <= '9')
		parse_word(options + 1, 0);
}

static bool __init read_console_words(void)
{
	const char *word = NULL;
	bool any = false;

	while ((word = boot_params_word(word))) {
		const char *value = boot_param_value(word, "console");

		any |= value != NULL;
		if (value)
			take_console_word(value);
	}
	return any;
}

static void __init find_port(void)
{
	for (unsigned int n = 0; n < ARRAY_SIZE(standard_ports) && !port; n++) {
		if (is_present(standard_ports[n])) {
			port = standard_ports[n];
			early_serial.index = n;
		}
	}
}

void __init early_console_init(void)
{
	bool wanted = port || !read_console_words() || port;

	find_port(); /* a panic may need it, wanted or not */
	if (!port)
		return;
	set_up();
	if (wanted)
		register_console(&early_serial);
}

void early_serial_in_panic(void)
{
	if (port)
		register_console(&early_serial);
}
