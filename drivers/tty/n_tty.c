// SPDX-License-Identifier: MIT
/*
 * The line discipline N_TTY: canonical editing, echo, signals from keys, flow control, output processing (POSIX.1-2017 chapter 11,
 * "General Terminal Interface", and termios(3) of Linux where POSIX leaves it open).
 *
 * The read buffer is a ring of free-running counters, tail <= canon_head <= head. The receiver (receive_lock) owns head and canon_head,
 * the reader (read_lock) owns tail; each publishes its counter with release after it is done with the bytes.
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
#include "internal.h"

#include <fs/poll.h>
#include <fs/uio.h>
#include <kernel/atomic.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/fcntl.h>
#include <uapi/ioctls.h>

#define SIZE		TTY_READ_BUFFER
#define MASK		(SIZE - 1)
#define ECHO_SIZE	4096u
#define ECHO_MASK	(ECHO_SIZE - 1)
#define EOF_MARK	0		/* as _POSIX_VDISABLE: never a real character there */
#define WRITE_CHUNK	512u
#define TAB_WIDTH	8u

#define I(tty, flag)	((tty)->termios.c_iflag & (flag))
#define O(tty, flag)	((tty)->termios.c_oflag & (flag))
#define L(tty, flag)	((tty)->termios.c_lflag & (flag))
#define CC(tty, which)	((tty)->termios.c_cc[which])

int n_tty_open(struct tty *tty)
{
	struct line_discipline *ld = &tty->ldisc;

	ld->buffer = kmalloc(SIZE, GFP_KERNEL);
	ld->line_ends = kzalloc(SIZE / 8, GFP_KERNEL);
	ld->echo = kmalloc(ECHO_SIZE, GFP_KERNEL);
	return ld->buffer && ld->line_ends && ld->echo ? 0 : -ENOMEM;
}

void n_tty_free(struct tty *tty)
{
	kfree(tty->ldisc.buffer);
	kfree(tty->ldisc.line_ends);
	kfree(tty->ldisc.echo);
}

/* ---- Output ---- */

static bool is_utf8_continuation(const struct tty *tty, u8 c)
{
	return I(tty, IUTF8) && (c & 0xc0) == 0x80;
}

/*
 * Output processing of one byte into out (at most TAB_WIDTH bytes). Returns how many, and moves the column.
 */
static unsigned int post_process(struct tty *tty, u8 c, u8 *out)
{
	struct line_discipline *ld = &tty->ldisc;
	unsigned int spaces;

	switch (c) {
	case '\n':
		if (O(tty, ONLRET))
			ld->column = 0;
		if (O(tty, ONLCR)) {
			ld->column = 0;
			out[0] = '\r';
			out[1] = '\n';
			return 2;
		}
		break;
	case '\r':
		if (O(tty, ONOCR) && !ld->column)
			return 0;
		if (O(tty, OCRNL)) {
			c = '\n';
			if (O(tty, ONLRET))
				ld->column = 0;
			break;
		}
		ld->column = 0;
		break;
	case '\t':
		spaces = TAB_WIDTH - ld->column % TAB_WIDTH;
		ld->column += spaces;
		if (O(tty, TABDLY) == XTABS) {
			memset(out, ' ', spaces);
			return spaces;
		}
		break;
	case '\b':
		if (ld->column)
			ld->column--;
		break;
	default:
		if (c < 0x20 || c == 0x7f)
			break;
		if (O(tty, OLCUC) && c >= 'a' && c <= 'z')
			c -= 'a' - 'A';
		if (!is_utf8_continuation(tty, c))
			ld->column++;
	}
	out[0] = c;
	return 1;
}

static bool output_is_stopped(const struct tty *tty)
{
	return READ_ONCE(tty->stopped);
}

static size_t output_room(struct tty *tty)
{
	return output_is_stopped(tty) ? 0 : tty->ops->write_room(tty);
}

/* Sends waiting echo; true when none is left. output_lock held. */
static bool echo_drain(struct tty *tty)
{
	struct line_discipline *ld = &tty->ldisc;

	while (ld->echo_tail != ld->echo_head) {
		unsigned int at = ld->echo_tail & ECHO_MASK;
		unsigned int run = min(ld->echo_head - ld->echo_tail, ECHO_SIZE - at);
		size_t sent = output_is_stopped(tty) ? 0 : tty->ops->write(tty, ld->echo + at, run);

		WRITE_ONCE(ld->echo_tail, ld->echo_tail + sent);
		if (sent < run)
			return false;
	}
	return true;
}

void n_tty_flush_echo(struct tty *tty)
{
	mutex_lock(&tty->output_lock);
	echo_drain(tty);
	mutex_unlock(&tty->output_lock);
}

/* Processed bytes to the driver or, where it has no room, to the echo ring; what fits neither is lost. output_lock held. */
static void echo_bytes(struct tty *tty, const u8 *bytes, unsigned int n)
{
	struct line_discipline *ld = &tty->ldisc;
	size_t sent = 0;

	if (ld->echo_head == ld->echo_tail && !output_is_stopped(tty))
		sent = tty->ops->write(tty, bytes, n);
	for (; sent < n && ld->echo_head - ld->echo_tail < ECHO_SIZE; sent++) {
		ld->echo[ld->echo_head & ECHO_MASK] = bytes[sent];
		WRITE_ONCE(ld->echo_head, ld->echo_head + 1);
	}
}

static void echo_raw(struct tty *tty, u8 c)
{
	u8 out[TAB_WIDTH];
	unsigned int n = 1;

	out[0] = c;
	if (O(tty, OPOST))
		n = post_process(tty, c, out);
	echo_bytes(tty, out, n);
}

/* Echo of a control character as ^X where ECHOCTL says so. */
static void echo_char(struct tty *tty, u8 c)
{
	if (L(tty, ECHOCTL) && (c < 0x20 || c == 0x7f) && c != '\t' && c != '\n') {
		echo_raw(tty, '^');
		echo_raw(tty, c ^ 0x40);
		return;
	}
	echo_raw(tty, c);
}

static void echo_string(struct tty *tty, const char *s)
{
	while (*s)
		echo_raw(tty, *s++);
}

/*
 * Sends as much of the bytes as the driver takes; returns how many. output_lock held.
 */
static size_t output_process(struct tty *tty, const u8 *bytes, size_t len)
{
	struct line_discipline *ld = &tty->ldisc;
	size_t done = 0, room, run;
	u8 out[TAB_WIDTH];
	unsigned int n, column;

	if (!echo_drain(tty))
		return 0;
	room = output_room(tty);
	while (done < len) {
		for (run = 0; done + run < len && run < room; run++) {
			u8 c = bytes[done + run];

			if (c < 0x20 || c == 0x7f || O(tty, OLCUC))
				break;
			if (!is_utf8_continuation(tty, c))
				ld->column++;
		}
		if (run) {
			size_t sent = tty->ops->write(tty, bytes + done, run);

			done += sent;
			room -= min(sent, room);
			if (sent < run)
				break;
			continue;
		}
		column = ld->column;
		n = post_process(tty, bytes[done], out);
		if (n > room) {
			ld->column = column;
			break;
		}
		if (tty->ops->write(tty, out, n) < n)
			break;
		room -= n;
		done++;
	}
	return done;
}

static size_t output_chunk(struct tty *tty, const u8 *bytes, size_t len)
{
	size_t sent = 0;

	mutex_lock(&tty->output_lock);
	if (O(tty, OPOST))
		sent = output_process(tty, bytes, len);
	else if (echo_drain(tty) && !output_is_stopped(tty))
		sent = tty->ops->write(tty, bytes, len);
	mutex_unlock(&tty->output_lock);
	return sent;
}

/* Sleeps until there may be room. 0, or what write(2) answers when it must not or cannot. */
static int write_wait(struct tty *tty, struct file *file)
{
	const struct tty_file *tf = file->private;
	DEFINE_WAIT(wait);
	int error = 0;

	if (file->flags & O_NONBLOCK)
		return -EAGAIN;
	prepare_to_wait(&tty->write_wait, &wait, THREAD_INTERRUPTIBLE);
	if (tty_file_hung_up(tf) || READ_ONCE(tty->other_closed))
		error = -EIO;
	else if (signal_pending(current))
		error = -ERESTARTSYS;
	else if (!output_room(tty))
		schedule();
	finish_wait(&tty->write_wait, &wait);
	return error;
}

ssize_t n_tty_write(struct tty *tty, struct file *file, struct iov_iter *from)
{
	const struct tty_file *tf = file->private;
	u8 chunk[WRITE_CHUNK];
	ssize_t written = 0;
	size_t n, sent;
	int error = 0;

	if (L(tty, TOSTOP)) {
		error = tty_check_change(tty, SIGTTOU);
		if (error)
			return error;
	}
	while (!error && from->count) {
		n = copy_from_iter(chunk, min(from->count, sizeof(chunk)), from);
		if (!n) {
			error = -EFAULT;
			break;
		}
		for (size_t at = 0; at < n; at += sent, written += sent) {
			if (tty_file_hung_up(tf) || READ_ONCE(tty->other_closed))
				error = -EIO;
			if (error) {
				iov_iter_revert(from, n - at);
				break;
			}
			down_read(&tty->termios_lock);
			sent = output_chunk(tty, chunk + at, n - at);
			up_read(&tty->termios_lock);
			if (!sent)
				error = write_wait(tty, file);
		}
	}
	return written ?: error;
}

/* ---- Input ---- */

static bool line_is_waiting(const struct line_discipline *ld)
{
	return READ_ONCE(ld->canon_head) != READ_ONCE(ld->tail);
}

static void put_byte(struct line_discipline *ld, u8 c)
{
	ld->buffer[ld->head & MASK] = c;
	smp_store_release(&ld->head, ld->head + 1);
}

static void wake_reader(struct tty *tty)
{
	if (wq_has_sleeper(&tty->read_wait))
		wake_up_interruptible_poll(&tty->read_wait, EPOLLIN | EPOLLRDNORM);
}

static void end_line(struct tty *tty, u8 c)
{
	struct line_discipline *ld = &tty->ldisc;

	set_bit(ld->head & MASK, ld->line_ends);
	put_byte(ld, c);
	smp_store_release(&ld->canon_head, ld->head);
	wake_reader(tty);
}

/* Echo finishes an ECHOPRT erasure with a slash. */
static void finish_erasing(struct tty *tty)
{
	if (tty->ldisc.erasing) {
		echo_raw(tty, '/');
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
				echo_raw(tty, '\\');
				ld->erasing = true;
			}
			for (unsigned int at = head; at != ld->head; at++)
				echo_char(tty, ld->buffer[at & MASK]);
		} else if (!L(tty, ECHOE)) {
			echo_char(tty, CC(tty, VERASE));
		} else {
			columns = was - column_at(tty, head);
			if (c == '\t')
				while (columns--)
					echo_raw(tty, '\b');
			else
				while (columns--)
					echo_string(tty, "\b \b");
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
		bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;

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
	echo_char(tty, CC(tty, VKILL));
	if (L(tty, ECHOK))
		echo_raw(tty, '\n');
}

static void reprint_line(struct tty *tty)
{
	struct line_discipline *ld = &tty->ldisc;

	finish_erasing(tty);
	echo_char(tty, CC(tty, VREPRINT));
	echo_raw(tty, '\n');
	ld->line_start_column = ld->column;
	for (unsigned int at = ld->canon_head; at != ld->head; at++)
		echo_char(tty, ld->buffer[at & MASK]);
}

/* Output that the driver has taken and not sent, and waiting echo. output_lock held. */
void n_tty_drop_output(struct tty *tty)
{
	WRITE_ONCE(tty->ldisc.echo_tail, tty->ldisc.echo_head);
	if (tty->ops->flush_output)
		tty->ops->flush_output(tty);
	if (tty->link && READ_ONCE(tty->link->packet))
		pty_packet_event(tty, TIOCPKT_FLUSHWRITE);
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
		echo_char(tty, c);
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
		echo_raw(tty, c);
	else
		echo_char(tty, c);
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
			echo_string(tty, "^\b");
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
	default:
		receive_char(tty, c);
	}
}

/* Bytes that certainly fit. A marked byte takes three places. */
static unsigned int receive_room(const struct tty *tty)
{
	const struct line_discipline *ld = &tty->ldisc;
	unsigned int room = SIZE - 1 - (ld->head - smp_load_acquire(&ld->tail));

	return I(tty, PARMRK) ? room / 3 : room;
}

/*
 * A full buffer without a whole line: no reader can help. The line is cut: each further byte overwrites the last, until its end
 * comes.
 */
static bool line_overflows(struct tty *tty)
{
	struct line_discipline *ld = &tty->ldisc;

	if (!L(tty, ICANON) || line_is_waiting(ld))
		return false;
	WRITE_ONCE(ld->head, ld->head - (I(tty, PARMRK) ? 3 : 1));
	return true;
}

static size_t receive_bytes(struct tty *tty, const u8 *bytes, const u8 *flags, size_t len)
{
	struct line_discipline *ld = &tty->ldisc;
	size_t n;

	for (n = 0; n < len; n++) {
		if (!receive_room(tty) && !line_overflows(tty)) {
			WRITE_ONCE(ld->no_room, true);
			smp_mb();	/* pairs with the reader's, between its tail and no_room */
			if (!receive_room(tty))
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
 * comes back here (master output, slave receive, slave output, master receive).
 */
size_t n_tty_receive(struct tty *tty, const u8 *bytes, const u8 *flags, size_t len)
{
	struct line_discipline *ld = &tty->ldisc;
	size_t n;

	down_read(&tty->termios_lock);
	if (tty_is_pty_master(tty)) {
		n = receive_bytes(tty, bytes, flags, len);
	} else {
		mutex_lock(&tty->output_lock);
		n = receive_bytes(tty, bytes, flags, len);
		mutex_unlock(&tty->output_lock);
	}
	if ((!L(tty, ICANON) || L(tty, EXTPROC)) && ld->head != READ_ONCE(ld->tail))
		wake_reader(tty);
	up_read(&tty->termios_lock);
	return n;
}

/* ---- Reading ---- */

static bool input_available(struct tty *tty, bool poll)
{
	struct line_discipline *ld = &tty->ldisc;
	unsigned int wanted = 1;

	if (L(tty, ICANON) && !L(tty, EXTPROC))
		return line_is_waiting(ld);
	if (poll && !CC(tty, VTIME) && CC(tty, VMIN))
		wanted = CC(tty, VMIN);
	return smp_load_acquire(&ld->head) - ld->tail >= wanted;
}

size_t n_tty_input_queued(struct tty *tty)
{
	struct line_discipline *ld = &tty->ldisc;
	size_t n = 0;

	if (!L(tty, ICANON))
		return READ_ONCE(ld->head) - READ_ONCE(ld->tail);
	for (unsigned int at = READ_ONCE(ld->tail); at != smp_load_acquire(&ld->canon_head); at++)
		if (ld->buffer[at & MASK] != EOF_MARK || !test_bit(at & MASK, ld->line_ends))
			n++;
	return n;
}

/* The reader moves tail on; where a flush was quicker, the flush stands. */
static void publish_tail(struct tty *tty, unsigned int old, unsigned int tail)
{
	struct line_discipline *ld = &tty->ldisc;

	cmpxchg(&ld->tail, old, tail);	/* a full barrier: pairs with receive_bytes */
	if (READ_ONCE(ld->no_room)) {
		WRITE_ONCE(ld->no_room, false);
		tty_input_kick(tty);
	}
	if (tty->link)
		tty_wakeup(tty->link);
}

/* What a write to the other end of a pty could bring in now. */
size_t n_tty_room(struct tty *tty)
{
	size_t room = receive_room(tty);

	if (!room && L(tty, ICANON) && !line_is_waiting(&tty->ldisc))
		return 1;
	return room;
}

/* Copies at most to->count bytes of one line. 1: the line is used up; 0: the user's buffer is; -EFAULT. */
static int copy_line(struct tty *tty, struct iov_iter *to)
{
	struct line_discipline *ld = &tty->ldisc;
	unsigned int canon_head = smp_load_acquire(&ld->canon_head), tail = ld->tail, at = tail;
	bool ended = false;
	size_t n, run, copied;

	while (at != canon_head && !ended && at - tail < to->count)
		ended = test_and_clear_bit(at++ & MASK, ld->line_ends);
	n = at - tail;
	/* An end of file right behind what filled the buffer belongs to this read. */
	if (!ended && at != canon_head && test_bit(at & MASK, ld->line_ends) && ld->buffer[at & MASK] == EOF_MARK) {
		clear_bit(at++ & MASK, ld->line_ends);
		ended = true;
	} else if (ended && ld->buffer[(at - 1) & MASK] == EOF_MARK) {
		n--;
	}
	for (size_t done = 0; done < n; done += run) {
		run = min(n - done, (size_t)(SIZE - ((tail + done) & MASK)));
		copied = copy_to_iter(ld->buffer + ((tail + done) & MASK), run, to);
		if (copied < run) {
			publish_tail(tty, tail, at);
			return -EFAULT;
		}
	}
	publish_tail(tty, tail, at);
	return ended;
}

static int copy_raw(struct tty *tty, struct iov_iter *to)
{
	struct line_discipline *ld = &tty->ldisc;
	unsigned int head = smp_load_acquire(&ld->head), start = READ_ONCE(ld->tail), tail = start;
	size_t run, copied;

	while (tail != head && to->count) {
		run = min3((size_t)(head - tail), (size_t)(SIZE - (tail & MASK)), to->count);
		copied = copy_to_iter(ld->buffer + (tail & MASK), run, to);
		for (size_t n = 0; L(tty, EXTPROC) && n < copied; n++)
			clear_bit((tail + n) & MASK, ld->line_ends);
		tail += copied;
		if (copied < run) {
			publish_tail(tty, start, tail);
			return -EFAULT;
		}
	}
	publish_tail(tty, start, tail);
	return 0;
}

/* A pty master in packet mode: each read begins with a status byte. True when a status was delivered alone. */
static bool packet_status(struct tty *tty, u8 *status)
{
	bool any;

	spin_lock_irq(&tty->ctrl_lock);
	any = tty->packet && tty->packet_status;
	*status = tty->packet_status;
	if (any)
		tty->packet_status = 0;
	spin_unlock_irq(&tty->ctrl_lock);
	return any;
}

struct read_state {
	size_t minimum;			/* bytes that end the call */
	s64 byte_time_ns;		/* VTIME between bytes, 0: none */
	s64 timeout_ns;
};

static void read_state_init(struct tty *tty, struct read_state *rs)
{
	s64 vtime = CC(tty, VTIME) * (NSEC_PER_SEC / 10);

	*rs = (struct read_state){ .minimum = 1, .timeout_ns = WAIT_FOREVER };
	if (L(tty, ICANON))
		return;
	if (CC(tty, VMIN)) {
		rs->minimum = CC(tty, VMIN);
		rs->byte_time_ns = vtime;
	} else {
		rs->timeout_ns = vtime;
	}
}

/* Nothing to read: why not wait. 1: wait. */
static int read_may_wait(struct tty *tty, struct file *file, const struct read_state *rs)
{
	if (tty_file_hung_up(file->private))
		return 0;
	if (READ_ONCE(tty->other_closed))
		return -EIO;
	if (!rs->timeout_ns)
		return 0;
	if (file->flags & O_NONBLOCK)
		return -EAGAIN;
	return signal_pending(current) ? -ERESTARTSYS : 1;
}

/* One round with read_lock and termios_lock held: 1 go on, 0 done, negative errno. */
static int read_round(struct tty *tty, struct file *file, struct iov_iter *to, struct read_state *rs, size_t start)
{
	wait_queue_entry_t wait;
	int error;
	u8 status = 0;

	if (tty->packet && start == to->count) {
		if (packet_status(tty, &status))
			return copy_to_iter(&status, 1, to) ? 0 : -EFAULT;
		if (input_available(tty, false) && !copy_to_iter(&status, 1, to))
			return -EFAULT;
	}
	if (!input_available(tty, false)) {
		init_wait_entry(&wait);
		prepare_to_wait(&tty->read_wait, &wait, THREAD_INTERRUPTIBLE);
		if (input_available(tty, false) || (tty->packet && READ_ONCE(tty->packet_status))) {
			finish_wait(&tty->read_wait, &wait);
			return 1;
		}
		error = read_may_wait(tty, file, rs);
		if (error == 1) {
			up_read(&tty->termios_lock);
			rs->timeout_ns = schedule_timeout_ns(rs->timeout_ns);
			down_read(&tty->termios_lock);
		}
		finish_wait(&tty->read_wait, &wait);
		return error;
	}
	if (L(tty, ICANON) && !L(tty, EXTPROC)) {
		error = copy_line(tty, to);
		return error < 0 ? error : 0;
	}
	error = copy_raw(tty, to);
	if (error)
		return error;
	if (rs->byte_time_ns)
		rs->timeout_ns = rs->byte_time_ns;
	return start - to->count < rs->minimum;
}

ssize_t n_tty_read(struct tty *tty, struct file *file, struct iov_iter *to)
{
	size_t start = to->count;
	struct read_state rs;
	int error = tty_check_change(tty, SIGTTIN);

	if (error)
		return error;
	if (file->flags & O_NONBLOCK) {
		if (!mutex_trylock(&tty->read_lock))
			return -EAGAIN;
	} else if (mutex_lock_interruptible(&tty->read_lock)) {
		return -ERESTARTSYS;
	}
	down_read(&tty->termios_lock);
	read_state_init(tty, &rs);
	do {
		error = to->count ? read_round(tty, file, to, &rs, start) : 0;
		if (error == 1 && signal_pending(current) && start == to->count)
			error = input_available(tty, false) ? 1 : -ERESTARTSYS;
	} while (error == 1);
	up_read(&tty->termios_lock);
	mutex_unlock(&tty->read_lock);
	return start != to->count ? (ssize_t)(start - to->count) : error;
}

u32 n_tty_poll(struct tty *tty, struct file *file)
{
	u32 mask = 0;

	if (input_available(tty, true))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (tty->packet && READ_ONCE(tty->packet_status))
		mask |= EPOLLPRI | EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(tty->other_closed))
		mask |= EPOLLHUP;
	if (output_room(tty))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

/* receive_lock held: nothing comes in meanwhile. A reader in the middle of its copy has read before the flush. */
void n_tty_flush_input(struct tty *tty)
{
	struct line_discipline *ld = &tty->ldisc;

	memset(ld->line_ends, 0, SIZE / 8);
	WRITE_ONCE(ld->canon_head, ld->head);
	ld->lnext = ld->erasing = false;
	publish_tail(tty, READ_ONCE(ld->tail), ld->head);
	if (tty->link && READ_ONCE(tty->link->packet))
		pty_packet_event(tty, TIOCPKT_FLUSHREAD);
}

void n_tty_termios_changed(struct tty *tty, const struct ktermios *old)
{
	struct line_discipline *ld = &tty->ldisc;

	if ((tty->termios.c_lflag ^ old->c_lflag) & (ICANON | EXTPROC)) {
		memset(ld->line_ends, 0, SIZE / 8);
		ld->lnext = ld->erasing = false;
		/* What was typed ahead raw is one line now. */
		if (L(tty, ICANON) && ld->head != ld->tail) {
			set_bit((ld->head - 1) & MASK, ld->line_ends);
			ld->canon_head = ld->head;
		} else {
			ld->canon_head = ld->tail;
		}
	}
	if (!I(tty, IXON) && (old->c_iflag & IXON))
		tty_start_output(tty);
	wake_reader(tty);
	wake_up_interruptible_poll(&tty->write_wait, EPOLLOUT | EPOLLWRNORM);
}
