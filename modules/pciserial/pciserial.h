/* SPDX-License-Identifier: MIT */
/*
 * The driver of serial ports on PCI cards, one interrupt for all ports of a card.
 *
 *	card.c	the card: probe, remove, the interrupt
 *	uart.c	one UART: bytes and events, called by the interrupt and with bytes to send
 *	line.c	what the tty class asks for: open, close, settings, modem lines, break
 *
 * Locking: uart->lock (interrupt handlers take it) guards what is marked, and accesses to registers
 * while the port is open. Functions of the class may be called with it held.
 */
#ifndef PCISERIAL_H
#define PCISERIAL_H

#include <kit/device.h>
#include <kit/errno.h>
#include <kit/ioport.h>
#include <kit/irq.h>
#include <kit/lock.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/pci.h>
#include <kit/tty.h>

#include "pciserial_regs.h"

struct uart {
	struct ioport *ports; /* immutable: the card's range */
	u32 base;	      /* immutable: this port's first byte there */
	struct tty_port *tty; /* lock; NULL: closed */
	spinlock_t lock;
	u8 ier, lcr, mcr; /* lock: what was written */
};

struct card {
	struct ioport *ports;
	u32 nr_uarts;
	struct uart uarts[];
};

extern const struct tty_port_operations uart_operations;

static inline u8 uart_read(const struct uart *uart, enum uart_register r)
{
	return ioport_read8(uart->ports, uart->base + r);
}

static inline void uart_write(const struct uart *uart, enum uart_register r, u8 value)
{
	ioport_write8(uart->ports, uart->base + r, value);
}

/* uart.c */
u32 uart_interrupt(struct uart *uart);	      /* KIT_IRQ_*; takes the lock */
void uart_set_ier(struct uart *uart, u8 ier); /* lock held, as for the following */
void uart_transmit(struct uart *uart);
u32 uart_lines_in(struct uart *uart); /* TTY_LINE_*; the class is told what has changed */

#endif
