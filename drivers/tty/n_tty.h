/* SPDX-License-Identifier: MIT */
/*
 * The line discipline N_TTY: canonical editing, echo, signals from keys, flow control, output processing (POSIX.1-2017 chapter 11,
 * "General Terminal Interface", and termios(3) of Linux where POSIX leaves it open).
 *
 *	n_tty.c		reading, polling, flushing, changes of termios
 *	n_tty_input.c	what is received: editing, signals, flow control
 *	n_tty_output.c	writing, echo, output processing
 *
 * The read buffer is a ring of free-running counters, tail <= canon_head <= head. The receiver (receive_lock) owns head, canon_head and
 * line_ends, the reader (read_lock) owns tail; each publishes its counter with release after it is done with the bytes. A flush moves tail
 * to head; a reader in the middle of its copy finds that out when it publishes and throws away what it had copied.
 *
 *	tail ........ canon_head ........ head
 *	  whole lines            the line being edited (canonical mode)
 *
 * line_ends marks the last byte of each whole line. An end-of-file character ends a line and is itself not data: it is stored as
 * EOF_MARK.
 *
 * Output, echo included, passes output processing under output_lock. Echo never waits: what the driver has no room for goes to the
 * echo ring, which is sent before any later output.
 */
#ifndef DRIVERS_TTY_N_TTY_H
#define DRIVERS_TTY_N_TTY_H

#include "internal.h"

#define SIZE		TTY_READ_BUFFER
#define MASK		(SIZE - 1)
#define ECHO_SIZE	4096u
#define ECHO_MASK	(ECHO_SIZE - 1)
#define EOF_MARK	0		/* as _POSIX_VDISABLE: never a real character there */
#define TAB_WIDTH	8u

#define I(tty, flag)	((tty)->termios.c_iflag & (flag))
#define O(tty, flag)	((tty)->termios.c_oflag & (flag))
#define L(tty, flag)	((tty)->termios.c_lflag & (flag))
#define CC(tty, which)	((tty)->termios.c_cc[which])

/* Lines count, not bytes. */
static inline bool is_canonical(const struct tty *tty)
{
	return L(tty, ICANON) && !L(tty, EXTPROC);
}

static inline bool is_utf8_continuation(const struct tty *tty, u8 c)
{
	return I(tty, IUTF8) && (c & 0xc0) == 0x80;
}

static inline bool line_is_waiting(const struct line_discipline *ld)
{
	return READ_ONCE(ld->canon_head) != READ_ONCE(ld->tail);
}

/* n_tty_output.c: output_lock held, but for n_tty_can_write. */
void n_tty_echo_raw(struct tty *tty, u8 c); /* output-processed */
/* a control character as ^X, where ECHOCTL says so */
void n_tty_echo_char(struct tty *tty, u8 c);
void n_tty_echo_string(struct tty *tty, const char *s);
bool n_tty_can_write(struct tty *tty); /* room for any one character */

/* n_tty_input.c */
unsigned int n_tty_receive_room(const struct tty *tty); /* bytes that certainly fit */
void n_tty_wake_reader(struct tty *tty);

#endif
