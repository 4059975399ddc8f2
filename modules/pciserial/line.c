// SPDX-License-Identifier: MIT
/* What the tty class asks of a port. Calls of one port come one at a time; the lock is for the
 * interrupt beside them. */
#include "pciserial.h"

static struct uart *uart_of(struct tty_port *port)
{
	return tty_port_data(port);
}

static int line_open(struct tty_port *port)
{
	struct uart *uart = uart_of(port);
	u64 flags = spin_lock_save(&uart->lock);

	uart_write(uart, FCR,
		   FCR_ENABLE | FCR_CLEAR_RECEIVER | FCR_CLEAR_TRANSMITTER | FCR_TRIGGER_8);
	uart_read(uart, LSR);
	uart_read(uart, RBR);
	uart_read(uart, MSR);
	uart->tty = port;
	uart->mcr = MCR_OUT2;
	uart_write(uart, MCR, uart->mcr);
	uart_set_ier(uart, IER_RECEIVED | IER_LINE | IER_MODEM);
	spin_unlock_restore(&uart->lock, flags);
	return 0;
}

/* The handler looks at tty under the lock: it touches the port no more when this returns. */
static void line_close(struct tty_port *port)
{
	struct uart *uart = uart_of(port);
	u64 flags = spin_lock_save(&uart->lock);

	uart->tty = NULL;
	uart_set_ier(uart, 0);
	uart->mcr &= ~MCR_OUT2;
	uart_write(uart, MCR, uart->mcr);
	spin_unlock_restore(&uart->lock, flags);
}

static u8 lcr_for(const struct tty_settings *settings)
{
	static const u8 parity[] = {
		[TTY_PARITY_NONE] = 0,
		[TTY_PARITY_ODD] = LCR_PARITY,
		[TTY_PARITY_EVEN] = LCR_PARITY | LCR_EVEN,
		[TTY_PARITY_MARK] = LCR_PARITY | LCR_STICK,
		[TTY_PARITY_SPACE] = LCR_PARITY | LCR_STICK | LCR_EVEN,
	};

	return (settings->data_bits - 5) | (settings->stop_bits > 1 ? LCR_STOP_2 : 0) |
	       parity[settings->parity];
}

static void line_set(struct tty_port *port, struct tty_settings *settings)
{
	struct uart *uart = uart_of(port);
	u32 divisor = (UART_CLOCK + settings->baud / 2) / settings->baud;
	u64 flags;

	divisor = divisor < 1 ? 1 : divisor > 0xffff ? 0xffff : divisor;
	settings->baud = UART_CLOCK / divisor;
	flags = spin_lock_save(&uart->lock);
	uart->lcr = lcr_for(settings) | (uart->lcr & LCR_BREAK);
	uart_write(uart, LCR, uart->lcr | LCR_DLAB);
	uart_write(uart, DLL, divisor & 0xff);
	uart_write(uart, DLM, divisor >> 8);
	uart_write(uart, LCR, uart->lcr);
	spin_unlock_restore(&uart->lock, flags);
}

static void line_transmit(struct tty_port *port)
{
	struct uart *uart = uart_of(port);
	u64 flags = spin_lock_save(&uart->lock);

	uart_set_ier(uart, uart->ier | IER_TRANSMITTER);
	spin_unlock_restore(&uart->lock, flags);
}

static void line_set_modem(struct tty_port *port, u32 lines)
{
	struct uart *uart = uart_of(port);
	u64 flags = spin_lock_save(&uart->lock);

	uart->mcr = MCR_OUT2 | (lines & TTY_LINE_DTR ? MCR_DTR : 0) |
		    (lines & TTY_LINE_RTS ? MCR_RTS : 0) | (lines & TTY_LINE_OUT1 ? MCR_OUT1 : 0) |
		    (lines & TTY_LINE_LOOP ? MCR_LOOP : 0);
	uart_write(uart, MCR, uart->mcr);
	spin_unlock_restore(&uart->lock, flags);
}

static u32 line_get_modem(struct tty_port *port)
{
	struct uart *uart = uart_of(port);
	u64 flags = spin_lock_save(&uart->lock);
	u32 lines = uart_lines_in(uart);

	spin_unlock_restore(&uart->lock, flags);
	return lines;
}

static void line_set_break(struct tty_port *port, bool on)
{
	struct uart *uart = uart_of(port);
	u64 flags = spin_lock_save(&uart->lock);

	uart->lcr = on ? uart->lcr | LCR_BREAK : uart->lcr & ~LCR_BREAK;
	uart_write(uart, LCR, uart->lcr);
	spin_unlock_restore(&uart->lock, flags);
}

static void line_flush(struct tty_port *port)
{
	struct uart *uart = uart_of(port);
	u64 flags = spin_lock_save(&uart->lock);

	uart_write(uart, FCR, FCR_ENABLE | FCR_CLEAR_TRANSMITTER | FCR_TRIGGER_8);
	spin_unlock_restore(&uart->lock, flags);
}

/* The UART tells only whether anything is left: so a whole FIFO, or the byte that is on its way. A
 * card that is gone has sent all. */
static u32 line_pending(struct tty_port *port)
{
	struct uart *uart = uart_of(port);
	u64 flags = spin_lock_save(&uart->lock);
	u8 lsr = uart_read(uart, LSR);

	spin_unlock_restore(&uart->lock, flags);
	return lsr & LSR_ALL_EMPTY ? 0 : lsr & LSR_HOLDING_EMPTY ? 1 : FIFO_SIZE;
}

const struct tty_port_operations uart_operations = {
	.size = sizeof(uart_operations),
	.open = line_open,
	.close = line_close,
	.set_line = line_set,
	.transmit = line_transmit,
	.set_modem = line_set_modem,
	.get_modem = line_get_modem,
	.set_break = line_set_break,
	.flush = line_flush,
	.pending = line_pending,
};
