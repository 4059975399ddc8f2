// SPDX-License-Identifier: MIT
/* The line discipline's input: from received bytes to lines, signals and flow control. receive_lock held throughout. See n_tty.h. */
#include "n_tty.h"

#include <fs/poll.h>
#include <kernel/atomic.h>
#include <kernel/signal.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <uapi/ioctls.h>

static void put(struct line_discipline *ld, u8 c, bool ends_line)
{
	unsigned int at = ld->head & MASK;

	ld->buffer[at] = c;
	if (ends_line)
		__set_bit(at, ld->line_ends);
	else
		__clear_bit(at, ld->line_ends);
	smp_store_release(&ld->head, ld->head + 1);
}

static void put_byte(struct line_discipline *ld, u8 c)
{
	put(ld, c, false);
}

void n_tty_wake_reader(struct tty *tty)
{
	if (wq_has_sleeper(&tty->read_wait))
		wake_up_interruptible_poll(&tty->read_wait, EPOLLIN | EPOLLRDNORM);
}

static void end_line(struct tty *tty, u8 c)
{
	struct line_discipline *ld = &tty->ldisc;

	put(ld, c, true);
	smp_store_release(&ld->canon_head, ld->head);
	n_tty_wake_reader(tty);
}

/* Echo finishes an ECHOPRT erasure with a slash. */
static void finish_erasing(struct tty *tty)
{
	if (tty->ldisc.erasing) {
		n_tty_echo_raw(tty, '/');
		tty->ldisc.erasing = false;
	}
}

/* The width on the screen of the line up to `to`, starting at its column: what a tab's erasure has to restore. */
static unsigned int column_at(struct tty *tty, unsigned int to)
{
	struct line_discipline *ld = &tty->ldisc;
	unsigned int column = ld->line_start_column;

	for (unsigned int at = ld->canon_head; at != to; at++) {
		u8 c = ld->buffer[at & MASK];

		if (c == '\t')
			column += TAB_WIDTH - column % TAB_WIDTH;
		else if (c < 0x20 || c == 0x7f)
			column += L(tty, ECHOCTL) ? 2 : 0;
		else if (!is_utf8_continuation(tty, c))
			column++;
	}
	return column;
}

/* Takes one character (all bytes of a UTF-8 sequence) off the line being edited, on the screen too. */
static void erase_one(struct tty *tty)
{
	struct line_discipline *ld = &tty->ldisc;
	unsigned int was = column_at(tty, ld->head), columns;
	unsigned int head = ld->head;
	u8 c;

	do
		c = ld->buffer[--head & MASK];
	while (head != ld->canon_head && is_utf8_continuation(tty, c));

	if (L(tty, ECHO)) {
		if (L(tty, ECHOPRT)) {
			if (!ld->erasing) {
				n_tty_echo_raw(tty, '\\');
				ld->erasing = true;
			}
			for (unsigned int at = head; at != ld->head; at++)
				n_tty_echo_char(tty, ld->buffer[at & MASK]);
		} else if (!L(tty, ECHOE)) {
			n_tty_echo_char(tty, CC(tty, VERASE));
		} else {
			columns = was - column_at(tty, head);
			if (c == '\t')
				while (columns--)
					n_tty_echo_raw(tty, '\b');
			else
				while (columns--)
					n_tty_echo_string(tty, "\b \b");
		}
	}
	WRITE_ONCE(ld->head, head);
}

static void erase_word(struct tty *tty)
{
	struct line_discipline *ld = &tty->ldisc;
	bool seen = false;

	while (ld->head != ld->canon_head) {
		u8 c = ld->buffer[(ld->head - 1) & MASK];
		bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			    (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;

		if (word)
			seen = true;
		else if (seen)
			break;
		erase_one(tty);
	}
}

static void erase_line(struct tty *tty)
{
	struct line_discipline *ld = &tty->ldisc;

	if (!L(tty, ECHO)) {
		WRITE_ONCE(ld->head, ld->canon_head);
		return;
	}
	if (L(tty, ECHOK) && L(tty, ECHOKE) && L(tty, ECHOE)) {
		while (ld->head != ld->canon_head)
			erase_one(tty);
		return;
	}
	WRITE_ONCE(ld->head, ld->canon_head);
	finish_erasing(tty);
	n_tty_echo_char(tty, CC(tty, VKILL));
	if (L(tty, ECHOK))
		n_tty_echo_raw(tty, '\n');
}

static void reprint_line(struct tty *tty)
{
	struct line_discipline *ld = &tty->ldisc;

	finish_erasing(tty);
	n_tty_echo_char(tty, CC(tty, VREPRINT));
	n_tty_echo_raw(tty, '\n');
	ld->line_start_column = ld->column;
	for (unsigned int at = ld->canon_head; at != ld->head; at++)
		n_tty_echo_char(tty, ld->buffer[at & MASK]);
}

static void signal_key(struct tty *tty, int sig, u8 c)
{
	if (!L(tty, NOFLSH)) {
		n_tty_flush_input(tty);
		n_tty_drop_output(tty);
	}
	if (I(tty, IXON))
		tty_start_output(tty);
	if (L(tty, ECHO))
		n_tty_echo_char(tty, c);
	tty_signal_pgrp(tty, sig);
}

/* A key that makes a signal; true when it was one. */
static bool receive_signal(struct tty *tty, u8 c)
{
	if (!L(tty, ISIG) || c == EOF_MARK)
		return false;
	if (c == CC(tty, VINTR))
		signal_key(tty, SIGINT, c);
	else if (c == CC(tty, VQUIT))
		signal_key(tty, SIGQUIT, c);
	else if (c == CC(tty, VSUSP))
		signal_key(tty, SIGTSTP, c);
	else
		return false;
	return true;
}

static bool receive_flow_control(struct tty *tty, u8 c)
{
	if (!I(tty, IXON))
		return false;
	if (c != EOF_MARK && c == CC(tty, VSTART)) {
		tty_start_output(tty);
		return true;
	}
	if (c != EOF_MARK && c == CC(tty, VSTOP)) {
		tty_stop_output(tty);
		return true;
	}
	if (I(tty, IXANY) && READ_ONCE(tty->stopped))
		tty_start_output(tty);
	return false;
}

static void echo_input(struct tty *tty, u8 c)
{
	struct line_discipline *ld = &tty->ldisc;

	if (!L(tty, ECHO) && !(L(tty, ECHONL) && L(tty, ICANON) && c == '\n'))
		return;
	finish_erasing(tty);
	if (L(tty, ICANON) && ld->head == ld->canon_head)
		ld->line_start_column = ld->column;
	if (c == '\n')
		n_tty_echo_raw(tty, c);
	else
		n_tty_echo_char(tty, c);
}

/* Canonical mode's editing keys and line ends; true when c was one. */
static bool receive_canonical(struct tty *tty, u8 c)
{
	struct line_discipline *ld = &tty->ldisc;
	bool extended = L(tty, IEXTEN);

	if (c == '\n') {
		echo_input(tty, c);
		end_line(tty, c);
		return true;
	}
	if (c == EOF_MARK)
		return false;
	if (c == CC(tty, VERASE)) {
		if (ld->head != ld->canon_head)
			erase_one(tty);
		return true;
	}
	if (c == CC(tty, VKILL)) {
		erase_line(tty);
		return true;
	}
	if (extended && c == CC(tty, VWERASE)) {
		erase_word(tty);
		return true;
	}
	if (extended && c == CC(tty, VLNEXT)) {
		ld->lnext = true;
		if (L(tty, ECHO) && L(tty, ECHOCTL)) {
			finish_erasing(tty);
			n_tty_echo_string(tty, "^\b");
		}
		return true;
	}
	if (extended && c == CC(tty, VREPRINT) && L(tty, ECHO)) {
		reprint_line(tty);
		return true;
	}
	if (c == CC(tty, VEOF)) {
		end_line(tty, EOF_MARK);
		return true;
	}
	if (c == CC(tty, VEOL) || (extended && c == CC(tty, VEOL2))) {
		echo_input(tty, c);
		end_line(tty, c);
		return true;
	}
	return false;
}

static void receive_data(struct tty *tty, u8 c)
{
	echo_input(tty, c);
	if (c == 0xff && I(tty, PARMRK))
		put_byte(&tty->ldisc, c);
	put_byte(&tty->ldisc, c);
}

static void receive_char(struct tty *tty, u8 c)
{
	struct line_discipline *ld = &tty->ldisc;

	if (I(tty, ISTRIP))
		c &= 0x7f;
	if (ld->lnext) {
		ld->lnext = false;
		receive_data(tty, c);
		return;
	}
	if (I(tty, IUCLC) && L(tty, IEXTEN) && c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	if (L(tty, EXTPROC)) {
		put_byte(ld, c);
		return;
	}
	if (receive_flow_control(tty, c) || receive_signal(tty, c))
		return;
	if (c == '\r') {
		if (I(tty, IGNCR))
			return;
		if (I(tty, ICRNL))
			c = '\n';
	} else if (c == '\n' && I(tty, INLCR)) {
		c = '\r';
	}
	if (L(tty, ICANON) && receive_canonical(tty, c))
		return;
	receive_data(tty, c);
}

static void receive_marked(struct tty *tty, u8 c)
{
	if (I(tty, PARMRK)) {
		put_byte(&tty->ldisc, 0xff);
		put_byte(&tty->ldisc, 0);
	}
	put_byte(&tty->ldisc, c);
}

static void receive_flagged(struct tty *tty, u8 c, u8 flag)
{
	switch (flag) {
	case TTY_BREAK:
		if (I(tty, IGNBRK))
			return;
		if (I(tty, BRKINT)) {
			signal_key(tty, SIGINT, CC(tty, VINTR));
			return;
		}
		receive_marked(tty, 0);
		return;
	case TTY_PARITY:
	case TTY_FRAME:
		if (!I(tty, INPCK))
			receive_char(tty, c);
		else if (!I(tty, IGNPAR))
			receive_marked(tty, I(tty, PARMRK) ? c : 0);
		return;
	default: receive_char(tty, c);
	}
}

/*
 * Raw input may fill all places but one. A line may fill all of them, as on Linux: 4095 characters and the newline. A marked byte takes
 * three places.
 */
unsigned int n_tty_receive_room(const struct tty *tty)
{
	const struct line_discipline *ld = &tty->ldisc;
	unsigned int used = ld->head - smp_load_acquire(&ld->tail),
		     size = is_canonical(tty) ? SIZE : SIZE - 1;
	unsigned int room = used < size ? size - used : 0;

	return I(tty, PARMRK) ? room / 3 : room;
}

/*
 * A full buffer without a whole line: no reader can help. The line is cut: each further byte overwrites the last, until its end
 * comes.
 */
static bool line_overflows(struct tty *tty)
{
	struct line_discipline *ld = &tty->ldisc;

	if (!is_canonical(tty) || line_is_waiting(ld))
		return false;
	WRITE_ONCE(ld->head, ld->head - (I(tty, PARMRK) ? 3 : 1));
	return true;
}

static size_t receive_bytes(struct tty *tty, const u8 *bytes, const u8 *flags, size_t len)
{
	struct line_discipline *ld = &tty->ldisc;
	size_t n;

	for (n = 0; n < len; n++) {
		if (!n_tty_receive_room(tty) && !line_overflows(tty)) {
			WRITE_ONCE(ld->no_room, true);
			smp_mb(); /* pairs with the reader's, between its tail and no_room */
			if (!n_tty_receive_room(tty))
				break;
			WRITE_ONCE(ld->no_room, false);
		}
		if (flags && flags[n] != TTY_NORMAL)
			receive_flagged(tty, bytes[n], flags[n]);
		else
			receive_char(tty, bytes[n]);
	}
	return n;
}

/*
 * A pty master never echoes, so it needs no output_lock: it may not take it, since its own writer holds it while the slave's echo
 * comes back here (master output, slave receive, slave output, master receive). The same writer holds the master's termios_lock for
 * reading; taken a second time it would wait for a writer that came in between and waits for the first. The master's settings are
 * those it was made with, always: tcsetattr on a master changes the slave's.
 */
/* lint: context: a master takes neither */
size_t n_tty_receive(struct tty *tty, const u8 *bytes, const u8 *flags, size_t len)
{
	struct line_discipline *ld = &tty->ldisc;
	bool master = tty_is_pty_master(tty);
	size_t n;

	if (!master) {
		down_read(&tty->termios_lock);
		mutex_lock(&tty->output_lock);
	}
	n = receive_bytes(tty, bytes, flags, len);
	if (!master)
		mutex_unlock(&tty->output_lock);
	if (!is_canonical(tty) && ld->head != READ_ONCE(ld->tail))
		n_tty_wake_reader(tty);
	if (!master)
		up_read(&tty->termios_lock);
	return n;
}

/* What a write to the other end of a pty could bring in now. */
size_t n_tty_room(struct tty *tty)
{
	size_t room = n_tty_receive_room(tty);

	if (!room && is_canonical(tty) && !line_is_waiting(&tty->ldisc))
		return 1; /* the line is cut */
	return room;
}
