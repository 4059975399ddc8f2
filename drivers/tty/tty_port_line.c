// SPDX-License-Identifier: MIT
/* Ports of drivers: what the line asks of the driver: open and close, settings, modem lines. See
 * tty_port.h. */
#include "tty_port.h"

#include <fs/seq_file.h>
#include <lib/kernel.h>
#include <mm/slab.h>
#include <uapi/ioctls.h>

#define LINES_OUT	(TTY_LINE_DTR | TTY_LINE_RTS | TTY_LINE_OUT1 | TTY_LINE_OUT2 | TTY_LINE_LOOP)

_Static_assert((int)TTY_LINE_DTR == TIOCM_DTR && (int)TTY_LINE_RTS == TIOCM_RTS &&
		       (int)TTY_LINE_CTS == TIOCM_CTS && (int)TTY_LINE_DCD == TIOCM_CAR &&
		       (int)TTY_LINE_RI == TIOCM_RNG && (int)TTY_LINE_DSR == TIOCM_DSR &&
		       (int)TTY_LINE_OUT1 == TIOCM_OUT1 && (int)TTY_LINE_OUT2 == TIOCM_OUT2 &&
		       (int)TTY_LINE_LOOP == TIOCM_LOOP,
	       "kit/tty.h");

/* Caller holds lock; the port is open. */
static void apply_modem(struct tty_port *port)
{
	u32 lines = port->modem_out;

	if (port->throttled && port->rts_cts)
		lines &= ~TTY_LINE_RTS;
	if (port->ops.set_modem)
		port->ops.set_modem(port, lines);
}

/* Caller holds lock; the port is open. */
static u32 read_modem(struct tty_port *port)
{
	return port->ops.get_modem ? port->ops.get_modem(port)
				   : TTY_LINE_DCD | TTY_LINE_DSR | TTY_LINE_CTS;
}

static u8 parity_of(u32 cflag)
{
	if (!(cflag & PARENB))
		return TTY_PARITY_NONE;
	if (cflag & CMSPAR)
		return cflag & PARODD ? TTY_PARITY_MARK : TTY_PARITY_SPACE;
	return cflag & PARODD ? TTY_PARITY_ODD : TTY_PARITY_EVEN;
}

static u32 parity_flags(u8 parity)
{
	switch (parity) {
	case TTY_PARITY_ODD: return PARENB | PARODD;
	case TTY_PARITY_EVEN: return PARENB;
	case TTY_PARITY_MARK: return PARENB | CMSPAR | PARODD;
	case TTY_PARITY_SPACE: return PARENB | CMSPAR;
	default: return 0;
	}
}

/* What the driver has made of the settings is what programs see; a speed within 2 % of the one that
 * was asked for is that one. */
static void take_over(struct ktermios *termios, const struct tty_settings *s, u32 wanted)
{
	u32 off = s->baud > wanted ? s->baud - wanted : wanted - s->baud;

	termios->c_cflag &= ~(CSIZE | CSTOPB | PARENB | PARODD | CMSPAR | CRTSCTS);
	termios->c_cflag |= ((u32)(s->data_bits - 5) << 4) | (s->stop_bits > 1 ? CSTOPB : 0) |
			    (s->rts_cts ? CRTSCTS : 0);
	termios->c_cflag |= parity_flags(s->parity);
	if (off > wanted / 50)
		tty_termios_encode_baud(termios, s->baud, s->baud);
	else
		tty_termios_encode_baud(termios, wanted, wanted);
}

/* Caller holds lock; the port is open, its speed not 0. */
static void apply_line(struct tty_port *port, struct ktermios *termios)
{
	u32 cflag = termios->c_cflag, wanted = tty_baud_rate(termios);
	struct tty_settings s = {
		.size = sizeof(s),
		.data_bits = 5 + ((cflag & CSIZE) >> 4),
		.stop_bits = cflag & CSTOPB ? 2 : 1,
		.parity = parity_of(cflag),
		.rts_cts = cflag & CRTSCTS && port->ops.set_modem,
		.receiver = cflag & CREAD,
	};

	if (port->max_baud && wanted > port->max_baud)
		wanted = port->max_baud;
	s.baud = wanted;
	port->ops.set_line(port, &s);
	s.data_bits = clamp_t(u8, s.data_bits, 5, 8);
	if (!s.baud)
		s.baud = wanted;
	take_over(termios, &s, wanted);
	port->baud = s.baud;
	port->frame_bits = 1 + s.data_bits + s.stop_bits + (s.parity != TTY_PARITY_NONE);
}

/* Caller holds lock. What interrupt handlers need to know of the settings. */
static void publish_flow(struct tty_port *port, u32 cflag)
{
	spin_lock_irq(&port->ring_lock);
	port->rts_cts = cflag & CRTSCTS;
	port->local = cflag & CLOCAL;
	port->receiver = cflag & CREAD;
	port->cts_stopped = port->rts_cts && !(port->modem_in & TTY_LINE_CTS);
	spin_unlock_irq(&port->ring_lock);
	port->kicked = true;
}

/* Caller holds lock, and termios_lock for writing. Speed 0 hangs up: it lowers the lines. */
static void apply_termios(struct tty_port *port, struct ktermios *termios)
{
	bool has_speed = tty_baud_rate(termios);

	if (has_speed)
		apply_line(port, termios);
	publish_flow(port, termios->c_cflag);
	apply_modem(port);
}

static void set_termios(struct tty *tty, const struct ktermios *old)
{
	struct tty_port *port = port_of(tty);
	bool had = tty_baud_rate(old), has = tty_baud_rate(&tty->termios);

	mutex_lock(&port->lock);
	if (had && !has)
		port->modem_out &= ~(TTY_LINE_DTR | TTY_LINE_RTS);
	if (!had && has)
		port->modem_out |= TTY_LINE_DTR | TTY_LINE_RTS;
	if (port->open)
		apply_termios(port, &tty->termios);
	tty_port_unlock(port);
	wake_up_interruptible_all(&port->modem_wait);
}

static int open_line(struct tty *tty)
{
	struct tty_port *port = port_of(tty);
	int error;

	down_write(&tty->termios_lock);
	mutex_lock(&port->lock);
	port->tty = tty;
	port->tail = port->head;
	port->has_urgent = port->throttled = port->breaking = false;
	port->baud = 9600;
	port->frame_bits = 10;
	port->receiver = true;
	error = port->ops.open ? port->ops.open(port) : 0;
	if (!error) {
		port->open = true;
		port->modem_out = tty_baud_rate(&tty->termios) ? TTY_LINE_DTR | TTY_LINE_RTS : 0;
		port->modem_in = read_modem(port);
		apply_termios(port, &tty->termios);
	}
	tty_port_unlock(port);
	up_write(&tty->termios_lock);
	return error;
}

static void close_line(struct tty *tty)
{
	struct tty_port *port = port_of(tty);

	mutex_lock(&port->lock);
	if (port->open) {
		if (port->breaking && port->ops.set_break)
			port->ops.set_break(port, false);
		if (tty->termios.c_cflag & HUPCL) {
			port->modem_out &= ~(TTY_LINE_DTR | TTY_LINE_RTS);
			apply_modem(port);
		}
		port->open = false;
		if (port->ops.close)
			port->ops.close(port);
	}
	tty_port_unlock(port);
}

/* By the means that the settings name: XOFF, RTS, and what the driver knows of its own. */
static void throttle(struct tty *tty, bool on)
{
	struct tty_port *port = port_of(tty);

	if (tty->termios.c_iflag & IXOFF)
		tty_port_send_urgent(tty, tty->termios.c_cc[on ? VSTOP : VSTART]);
	mutex_lock(&port->lock);
	port->throttled = on;
	if (port->open && port->rts_cts)
		apply_modem(port);
	if (port->open && port->ops.throttle)
		port->ops.throttle(port, on);
	tty_port_unlock(port);
}

static int set_break(struct tty *tty, bool on)
{
	struct tty_port *port = port_of(tty);

	mutex_lock(&port->lock);
	if (port->open && port->ops.set_break) {
		port->ops.set_break(port, on);
		port->breaking = on;
	}
	tty_port_unlock(port);
	return 0;
}

static int get_lines(struct tty *tty)
{
	struct tty_port *port = port_of(tty);
	int lines;

	mutex_lock(&port->lock);
	lines = port->modem_out | (port->open ? read_modem(port) & ~LINES_OUT : 0);
	tty_port_unlock(port);
	return lines;
}

static int set_lines(struct tty *tty, unsigned int set, unsigned int clear)
{
	struct tty_port *port = port_of(tty);

	mutex_lock(&port->lock);
	port->modem_out = ((port->modem_out & ~clear) | set) & LINES_OUT;
	if (port->open)
		apply_modem(port);
	tty_port_unlock(port);
	return 0;
}

static void hangup(struct tty *tty)
{
	wake_up_interruptible_all(&port_of(tty)->modem_wait);
}

static void start(struct tty *tty)
{
	tty_port_kick(port_of(tty));
}

static void proc_show(struct tty *tty, struct seq_file *m)
{
	struct tty_port *port = port_of(tty);

	seq_printf(m, "%u: uart:%s tx:%d rx:%d\n", tty->index, port->kind, port->counts.tx,
		   port->counts.rx);
}

static void release(struct tty *tty)
{
	struct tty_port *port = port_of(tty);

	kfree(port->ring);
	kfree(port->kind);
	kfree(port);
}

const struct tty_operations tty_port_ops = {
	.open = open_line,
	.close = close_line,
	.write = tty_port_write,
	.write_room = tty_port_write_room,
	.chars_in_buffer = tty_port_queued,
	.flush_output = tty_port_flush_output,
	.set_termios = set_termios,
	.start = start,
	.throttle = throttle,
	.send_urgent = tty_port_send_urgent,
	.wait_sent = tty_port_wait_sent,
	.wait_carrier = tty_port_wait_carrier,
	.break_ctl = set_break,
	.tiocmget = get_lines,
	.tiocmset = set_lines,
	.ioctl = tty_port_ioctl,
	.hangup = hangup,
	.proc_show = proc_show,
	.release = release,
};
