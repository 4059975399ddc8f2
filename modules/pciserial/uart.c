// SPDX-License-Identifier: MIT
/*
 * One UART. Its interrupt says that bytes have come, that the transmitter is empty, or that a line
 * of the modem has changed; each pass looks at all of it, until the UART says that nothing is left.
 *
 * Sending: the transmitter's interrupt is on while there may be something to send. It fills the
 * FIFO (16 bytes) and is switched off when the class has nothing more; transmit switches it on
 * again, and the UART then interrupts at once.
 */
#include "pciserial.h"

#define PASSES_MAX	256u	/* of one interrupt: a device that is never content shall not have the CPU for itself */

void uart_set_ier(struct uart *uart, u8 ier)
{
	if (uart->ier == ier)
		return;
	uart->ier = ier;
	uart_write(uart, IER, ier);
}

void uart_transmit(struct uart *uart)
{
	u8 bytes[FIFO_SIZE];
	u32 n = tty_port_take(uart->tty, bytes, sizeof(bytes));

	for (u32 i = 0; i < n; i++)
		uart_write(uart, THR, bytes[i]);
	if (!n)
		uart_set_ier(uart, uart->ier & ~IER_TRANSMITTER);
}

static void receive_one(struct uart *uart, u8 lsr)
{
	u8 byte = uart_read(uart, RBR), zero = 0;

	if (lsr & LSR_BREAK)
		tty_port_receive(uart->tty, &zero, 1, TTY_BYTE_BREAK);
	else if (lsr & LSR_PARITY)
		tty_port_receive(uart->tty, &byte, 1, TTY_BYTE_PARITY);
	else if (lsr & LSR_FRAME)
		tty_port_receive(uart->tty, &byte, 1, TTY_BYTE_FRAME);
	else
		tty_port_receive(uart->tty, &byte, 1, TTY_BYTE_GOOD);
	if (lsr & LSR_OVERRUN)
		tty_port_receive(uart->tty, &zero, 1, TTY_BYTE_OVERRUN);
}

/* What the FIFO has. Returns the last line status. */
static u8 receive(struct uart *uart, u8 lsr)
{
	for (u32 left = FIFO_SIZE; lsr & LSR_READY && left; left--) {
		receive_one(uart, lsr);
		lsr = uart_read(uart, LSR);
	}
	return lsr;
}

static u32 lines_from(u8 msr)
{
	return (msr & MSR_CTS ? TTY_LINE_CTS : 0) | (msr & MSR_DSR ? TTY_LINE_DSR : 0) |
	       (msr & MSR_RI ? TTY_LINE_RI : 0) | (msr & MSR_DCD ? TTY_LINE_DCD : 0);
}

/* Reading says what has changed once only, so who reads tells. */
u32 uart_lines_in(struct uart *uart)
{
	u8 msr = uart_read(uart, MSR);
	u32 lines = lines_from(msr);

	if (msr & MSR_CHANGED && uart->tty)
		tty_port_modem_changed(uart->tty, lines);
	return lines;
}

/* False: the card was pulled out. */
static bool look(struct uart *uart)
{
	u8 lsr = uart_read(uart, LSR);

	if (lsr == ABSENT)
		return false;
	lsr = receive(uart, lsr);
	uart_lines_in(uart);
	if (uart->ier & IER_TRANSMITTER && lsr & LSR_HOLDING_EMPTY)
		uart_transmit(uart);
	return true;
}

u32 uart_interrupt(struct uart *uart)
{
	u64 flags = spin_lock_save(&uart->lock);
	u32 answer = KIT_IRQ_NONE;

	for (u32 left = PASSES_MAX; uart->tty && left && !(uart_read(uart, IIR) & IIR_NONE);
	     left--) {
		answer = KIT_IRQ_HANDLED;
		if (!look(uart))
			break;
	}
	spin_unlock_restore(&uart->lock, flags);
	return answer;
}
