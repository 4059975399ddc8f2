// SPDX-License-Identifier: MIT
/*
 * Requests on an open terminal: termios, window size, flow, queues (ioctl_tty(2)). Requests on a pty master that are about the
 * terminal itself act on its slave ("real").
 */
#include "internal.h"

#include <fs/poll.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/fcntl.h>
#include <uapi/ioctls.h>

void tty_stop_output(struct tty *tty)
{
	unsigned long flags;
	bool changed;

	spin_lock_irqsave(&tty->ctrl_lock, flags);
	changed = !tty->stopped;
	tty->stopped = true;
	spin_unlock_irqrestore(&tty->ctrl_lock, flags);
	if (changed && tty->link && READ_ONCE(tty->link->packet))
		pty_packet_event(tty, TIOCPKT_STOP);
}

void tty_start_output(struct tty *tty)
{
	unsigned long flags;
	bool changed;

	spin_lock_irqsave(&tty->ctrl_lock, flags);
	changed = tty->stopped;
	tty->stopped = false;
	spin_unlock_irqrestore(&tty->ctrl_lock, flags);
	if (!changed)
		return;
	if (tty->ops->start)
		tty->ops->start(tty);
	if (tty->link && READ_ONCE(tty->link->packet))
		pty_packet_event(tty, TIOCPKT_START);
	tty_wakeup(tty);
}

void tty_flush_output(struct tty *tty)
{
	mutex_lock(&tty->output_lock);
	n_tty_drop_output(tty);
	mutex_unlock(&tty->output_lock);
	tty_wakeup(tty);
}

void tty_flush_input(struct tty *tty)
{
	mutex_lock(&tty->receive_lock);
	tty_input_clear(tty);
	n_tty_flush_input(tty);
	mutex_unlock(&tty->receive_lock);
}

static bool output_is_sent(struct tty *tty)
{
	if (READ_ONCE(tty->other_closed) || READ_ONCE(tty->dead))
		return true;
	return !tty->ops->chars_in_buffer || !tty->ops->chars_in_buffer(tty);
}

int tty_wait_until_sent(struct tty *tty, s64 timeout_ns)
{
	s64 left = wait_event_interruptible_timeout(&tty->write_wait, output_is_sent(tty),
						    timeout_ns);

	if (left < 0)
		return -ERESTARTSYS;
	return left && tty->ops->wait_sent ? tty->ops->wait_sent(tty) : 0;
}

/* Bits per second for the codes of c_cflag's CBAUD (termios(3)). */
static const unsigned int baud_rates[] = {
	0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400,
};
static const unsigned int baud_rates_high[] = {
	/* CBAUDEX | 1 ... */
	57600,	 115200,  230400,  460800,  500000,  576000,  921600,  1000000,
	1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
};

static unsigned int baud_from_code(unsigned int code, unsigned int other)
{
	if (code == BOTHER)
		return other;
	if (!(code & CBAUDEX))
		return baud_rates[code & 15];
	code = (code & 15) - 1;
	return code < ARRAY_SIZE(baud_rates_high) ? baud_rates_high[code] : 38400;
}

static unsigned int baud_to_code(unsigned int rate)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(baud_rates); i++)
		if (baud_rates[i] == rate)
			return i;
	for (unsigned int i = 0; i < ARRAY_SIZE(baud_rates_high); i++)
		if (baud_rates_high[i] == rate)
			return CBAUDEX | (i + 1);
	return BOTHER;
}

unsigned int tty_baud_rate(const struct ktermios *termios)
{
	return baud_from_code(termios->c_cflag & CBAUD, termios->c_ospeed);
}

void tty_termios_encode_baud(struct ktermios *termios, unsigned int input, unsigned int output)
{
	unsigned int code = baud_to_code(output);

	termios->c_ispeed = input;
	termios->c_ospeed = output;
	termios->c_cflag &= ~(CBAUD | CIBAUD);
	termios->c_cflag |= code;
	if (input != output)
		termios->c_cflag |= baud_to_code(input) << IBSHIFT;
}

static void derive_speeds(struct ktermios *termios)
{
	unsigned int input = (termios->c_cflag >> IBSHIFT) & CBAUD;

	termios->c_ospeed = tty_baud_rate(termios);
	termios->c_ispeed = input ? baud_from_code(input, termios->c_ispeed) : termios->c_ospeed;
}

/* What the hardware cannot do stays as it was: parity and size bits are the driver's set_termios to correct. */
static void termios_set(struct tty *tty, const struct ktermios *new)
{
	struct ktermios old;

	down_write(&tty->termios_lock);
	old = tty->termios;
	tty->termios = *new;
	if (tty->ops->set_termios)
		tty->ops->set_termios(tty, &old);
	n_tty_termios_changed(tty, &old);
	up_write(&tty->termios_lock);
	if (tty->link && READ_ONCE(tty->link->packet)) {
		bool was = (old.c_iflag & IXON) && old.c_cc[VSTOP] == 'S' - 0x40 &&
			   old.c_cc[VSTART] == 'Q' - 0x40;
		bool is = (new->c_iflag &IXON) && new->c_cc[VSTOP] == 'S' - 0x40 &&
			  new->c_cc[VSTART] == 'Q' - 0x40;

		if (was != is)
			pty_packet_event(tty, is ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP);
		if ((old.c_lflag ^ new->c_lflag) & EXTPROC || (new->c_lflag &EXTPROC))
			pty_packet_event(tty, TIOCPKT_IOCTL);
	}
}

static void termios_get(struct tty *tty, struct ktermios *termios)
{
	down_read(&tty->termios_lock);
	*termios = tty->termios;
	up_read(&tty->termios_lock);
}

enum termios_form { FORM_TERMIO, FORM_TERMIOS, FORM_TERMIOS2 };

static int termios_to_user(struct tty *tty, void __user *arg, enum termios_form form)
{
	struct ktermios k;
	struct termios2 t2 = { 0 };
	struct termio t1 = { 0 };

	termios_get(tty, &k);
	if (form == FORM_TERMIO) {
		t1.c_iflag = k.c_iflag;
		t1.c_oflag = k.c_oflag;
		t1.c_cflag = k.c_cflag;
		t1.c_lflag = k.c_lflag;
		t1.c_line = k.c_line;
		memcpy(t1.c_cc, k.c_cc, NCC);
		return copy_to_user(arg, &t1, sizeof(t1)) ? -EFAULT : 0;
	}
	t2.c_iflag = k.c_iflag;
	t2.c_oflag = k.c_oflag;
	t2.c_cflag = k.c_cflag;
	t2.c_lflag = k.c_lflag;
	t2.c_line = k.c_line;
	memcpy(t2.c_cc, k.c_cc, NCCS);
	t2.c_ispeed = k.c_ispeed;
	t2.c_ospeed = k.c_ospeed;
	/* struct termios is termios2 without the speeds. */
	return copy_to_user(arg, &t2, form == FORM_TERMIOS2 ? sizeof(t2) : sizeof(struct termios))
		       ? -EFAULT
		       : 0;
}

static int termios_from_user(struct ktermios *k, const void __user *arg, enum termios_form form)
{
	struct termios2 t2;
	struct termio t1;

	if (form == FORM_TERMIO) {
		if (copy_from_user(&t1, arg, sizeof(t1)))
			return -EFAULT;
		k->c_iflag = (k->c_iflag & 0xffff0000u) | t1.c_iflag;
		k->c_oflag = (k->c_oflag & 0xffff0000u) | t1.c_oflag;
		k->c_cflag = (k->c_cflag & 0xffff0000u) | t1.c_cflag;
		k->c_lflag = (k->c_lflag & 0xffff0000u) | t1.c_lflag;
		memcpy(k->c_cc, t1.c_cc, NCC);
		derive_speeds(k);
		return 0;
	}
	if (copy_from_user(&t2, arg, form == FORM_TERMIOS2 ? sizeof(t2) : sizeof(struct termios)))
		return -EFAULT;
	k->c_iflag = t2.c_iflag;
	k->c_oflag = t2.c_oflag;
	k->c_cflag = t2.c_cflag;
	k->c_lflag = t2.c_lflag;
	memcpy(k->c_cc, t2.c_cc, NCCS);
	if (form == FORM_TERMIOS2) {
		k->c_ispeed = t2.c_ispeed;
		k->c_ospeed = t2.c_ospeed;
	}
	derive_speeds(k);
	return 0;
}

#define SET_WAIT	1	/* after output has been sent */
#define SET_FLUSH	2	/* and drop what was received */

static long set_termios(struct tty *tty, struct tty *real, const void __user *arg,
			enum termios_form form, int how)
{
	struct ktermios k;
	int error = tty_check_change(real, SIGTTOU);

	if (error)
		return error;
	termios_get(real, &k);
	error = termios_from_user(&k, arg, form);
	if (error)
		return error;
	if (how & SET_FLUSH)
		tty_flush_input(real);
	if (how & SET_WAIT) {
		error = tty_wait_until_sent(real, WAIT_FOREVER);
		if (error)
			return error;
	}
	termios_set(real, &k);
	return 0;
}

int tty_do_resize(struct tty *tty, const struct winsize *size)
{
	bool same;

	down_write(&tty->termios_lock);
	same = !memcmp(&tty->winsize, size, sizeof(*size));
	tty->winsize = *size;
	if (tty->link)
		tty->link->winsize = *size;
	up_write(&tty->termios_lock);
	if (!same)
		tty_signal_pgrp(tty, SIGWINCH);
	return 0;
}

static long set_winsize(struct tty *real, const void __user *arg)
{
	struct winsize size;

	if (copy_from_user(&size, arg, sizeof(size)))
		return -EFAULT;
	return real->ops->resize ? real->ops->resize(real, &size) : tty_do_resize(real, &size);
}

static long get_winsize(struct tty *real, void __user *arg)
{
	struct winsize size;

	down_read(&real->termios_lock);
	size = real->winsize;
	up_read(&real->termios_lock);
	return copy_to_user(arg, &size, sizeof(size)) ? -EFAULT : 0;
}

static long flush_queues(struct tty *tty, unsigned long which)
{
	int error = tty_check_change(tty, SIGTTOU);

	if (error)
		return error;
	if (which > TCIOFLUSH)
		return -EINVAL;
	if (which != TCOFLUSH)
		tty_flush_input(tty);
	if (which != TCIFLUSH)
		tty_flush_output(tty);
	return 0;
}

/* TCXONC: TCIOFF and TCION send the flow control characters to the other side. */
static long flow(struct tty *tty, unsigned long action)
{
	int error = tty_check_change(tty, SIGTTOU);
	u8 c;

	if (error)
		return error;
	switch (action) {
	case TCOOFF: tty_stop_output(tty); return 0;
	case TCOON: tty_start_output(tty); return 0;
	case TCIOFF:
	case TCION:
		c = tty->termios.c_cc[action == TCIOFF ? VSTOP : VSTART];
		if (c && tty->ops->send_urgent) {
			tty->ops->send_urgent(tty, c);
		} else if (c) {
			mutex_lock(&tty->output_lock);
			tty->ops->write(tty, &c, 1);
			mutex_unlock(&tty->output_lock);
		}
		return 0;
	default: return -EINVAL;
	}
}

static long send_break(struct tty *tty, unsigned int ms)
{
	int error = tty_check_change(tty, SIGTTOU);

	if (!error)
		error = tty_wait_until_sent(tty, WAIT_FOREVER);
	if (error || !tty->ops->break_ctl)
		return error;
	error = tty->ops->break_ctl(tty, true);
	if (error)
		return error;
	__set_current_state(THREAD_INTERRUPTIBLE);
	schedule_timeout_ns((s64)ms * NSEC_PER_MSEC);
	error = tty->ops->break_ctl(tty, false);
	return signal_pending(current) ? -EINTR : error;
}

static long modem_bits(struct tty *tty, unsigned int command, unsigned int __user *arg)
{
	unsigned int bits;
	int now;

	if (!tty->ops->tiocmget || !tty->ops->tiocmset)
		return -ENOTTY;
	if (command == TIOCMGET) {
		now = tty->ops->tiocmget(tty);
		return now < 0 ? now : put_user(now, arg);
	}
	if (get_user(bits, arg))
		return -EFAULT;
	bits &= TIOCM_DTR | TIOCM_RTS | TIOCM_OUT1 | TIOCM_OUT2 | TIOCM_LOOP;
	if (command == TIOCMBIS)
		return tty->ops->tiocmset(tty, bits, 0);
	if (command == TIOCMBIC)
		return tty->ops->tiocmset(tty, 0, bits);
	return tty->ops->tiocmset(tty, bits, ~bits);
}

/* TIOCSTI: a byte as if it were typed. */
static long fake_input(struct tty *tty, const u8 __user *arg)
{
	u8 c;

	if (!tty_current_is(tty) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (get_user(c, arg))
		return -EFAULT;
	tty_receive(tty, &c, 1);
	return 0;
}

static long set_exclusive(struct tty *tty, bool on)
{
	spin_lock_irq(&tty->ctrl_lock);
	tty->exclusive = on;
	spin_unlock_irq(&tty->ctrl_lock);
	return 0;
}

static long line_number(struct tty *tty, unsigned int command, int __user *arg)
{
	int line;

	if (command == TIOCGETD)
		return put_user(0, arg);
	if (get_user(line, arg))
		return -EFAULT;
	return line == 0 ? 0 : -EINVAL; /* N_TTY is the only discipline */
}

static long termios_ioctl(struct tty *tty, struct tty *real, unsigned int command,
			  unsigned long arg)
{
	void __user *p = (void __user *)arg;

	switch (command) {
	case TCGETS: return termios_to_user(real, p, FORM_TERMIOS);
	case TCGETS2: return termios_to_user(real, p, FORM_TERMIOS2);
	case TCGETA: return termios_to_user(real, p, FORM_TERMIO);
	case TCSETS: return set_termios(tty, real, p, FORM_TERMIOS, 0);
	case TCSETSW: return set_termios(tty, real, p, FORM_TERMIOS, SET_WAIT);
	case TCSETSF: return set_termios(tty, real, p, FORM_TERMIOS, SET_WAIT | SET_FLUSH);
	case TCSETS2: return set_termios(tty, real, p, FORM_TERMIOS2, 0);
	case TCSETSW2: return set_termios(tty, real, p, FORM_TERMIOS2, SET_WAIT);
	case TCSETSF2: return set_termios(tty, real, p, FORM_TERMIOS2, SET_WAIT | SET_FLUSH);
	case TCSETA: return set_termios(tty, real, p, FORM_TERMIO, 0);
	case TCSETAW: return set_termios(tty, real, p, FORM_TERMIO, SET_WAIT);
	case TCSETAF: return set_termios(tty, real, p, FORM_TERMIO, SET_WAIT | SET_FLUSH);
	default: return -ENOIOCTLCMD;
	}
}

static long queue_ioctl(struct tty *tty, struct tty *real, unsigned int command, unsigned long arg)
{
	int __user *p = (int __user *)arg;

	switch (command) {
	case FIONREAD: return put_user(n_tty_input_queued(tty), p);
	case TIOCOUTQ:
		return put_user(tty->ops->chars_in_buffer ? tty->ops->chars_in_buffer(tty) : 0, p);
	case TCFLSH: return flush_queues(tty, arg);
	case TCXONC: return flow(tty, arg);
	case TCSBRK:
		if (!arg)
			return send_break(tty, 250);
		return tty_check_change(tty, SIGTTOU) ?: tty_wait_until_sent(tty, WAIT_FOREVER);
	case TCSBRKP: return send_break(tty, arg ? arg * 100 : 250);
	case TIOCSBRK:
	case TIOCCBRK:
		return tty->ops->break_ctl ? tty->ops->break_ctl(tty, command == TIOCSBRK) : 0;
	case TIOCSTI: return fake_input(tty, (const u8 __user *)arg);
	default: return -ENOIOCTLCMD;
	}
}

static long misc_ioctl(struct tty *tty, struct tty *real, unsigned int command, unsigned long arg)
{
	void __user *p = (void __user *)arg;

	switch (command) {
	case TIOCGWINSZ: return get_winsize(real, p);
	case TIOCSWINSZ: return set_winsize(real, p);
	case TIOCMGET:
	case TIOCMSET:
	case TIOCMBIS:
	case TIOCMBIC: return modem_bits(tty, command, p);
	case TIOCEXCL:
	case TIOCNXCL: return set_exclusive(tty, command == TIOCEXCL);
	case TIOCGEXCL: return put_user((int)tty->exclusive, (int __user *)p);
	case TIOCGETD:
	case TIOCSETD: return line_number(tty, command, p);
	case TIOCVHANGUP:
		if (!capable(CAP_SYS_ADMIN))
			return -EPERM;
		tty_vhangup(tty);
		return 0;
	case TIOCGDEV:
		return put_user((unsigned int)((real->driver->major << 8) |
					       (real->driver->minor_start + real->index)),
				(unsigned int __user *)p);
	default: return -ENOIOCTLCMD;
	}
}

long tty_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	struct tty_file *tf = file->private;
	struct tty *tty = tf->tty;
	struct tty *real = tty_is_pty_master(tty) ? tty->link : tty;
	long result;

	if (tty_file_hung_up(tf))
		return command == TIOCSPGRP ? -ENOTTY : -EIO;
	result = tty->ops->ioctl ? tty->ops->ioctl(tty, file, command, arg) : -ENOIOCTLCMD;
	if (result == -ENOIOCTLCMD)
		result = termios_ioctl(tty, real, command, arg);
	if (result == -ENOIOCTLCMD)
		result = tty_jobctl_ioctl(tty, real, file, command, arg);
	if (result == -ENOIOCTLCMD)
		result = queue_ioctl(tty, real, command, arg);
	if (result == -ENOIOCTLCMD)
		result = misc_ioctl(tty, real, command, arg);
	return result == -ENOIOCTLCMD ? -ENOTTY : result;
}
