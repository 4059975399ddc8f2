// SPDX-License-Identifier: MIT
/* The line discipline's output: output processing, echo, write(2). See n_tty.h. */
#include "n_tty.h"

#include <fs/uio.h>
#include <kernel/atomic.h>
#include <kernel/signal.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <uapi/fcntl.h>
#include <uapi/ioctls.h>

#define WRITE_CHUNK	512u

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

	assert_mutex_held(&tty->output_lock);
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

	assert_mutex_held(&tty->output_lock);
	if (ld->echo_head == ld->echo_tail && !output_is_stopped(tty))
		sent = tty->ops->write(tty, bytes, n);
	for (; sent < n && ld->echo_head - ld->echo_tail < ECHO_SIZE; sent++) {
		ld->echo[ld->echo_head & ECHO_MASK] = bytes[sent];
		WRITE_ONCE(ld->echo_head, ld->echo_head + 1);
	}
}

void n_tty_echo_raw(struct tty *tty, u8 c)
{
	u8 out[TAB_WIDTH];
	unsigned int n = 1;

	out[0] = c;
	if (O(tty, OPOST))
		n = post_process(tty, c, out);
	echo_bytes(tty, out, n);
}

void n_tty_echo_char(struct tty *tty, u8 c)
{
	if (L(tty, ECHOCTL) && (c < 0x20 || c == 0x7f) && c != '\t' && c != '\n') {
		n_tty_echo_raw(tty, '^');
		n_tty_echo_raw(tty, c ^ 0x40);
		return;
	}
	n_tty_echo_raw(tty, c);
}

void n_tty_echo_string(struct tty *tty, const char *s)
{
	while (*s)
		n_tty_echo_raw(tty, *s++);
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

/* Output processing makes up to TAB_WIDTH bytes of one character, and takes all of them or none. */
bool n_tty_can_write(struct tty *tty)
{
	return output_room(tty) >= (O(tty, OPOST) ? TAB_WIDTH : 1);
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
	else if (!n_tty_can_write(tty))
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

/* Output that the driver has taken and not sent, and waiting echo. output_lock held. */
void n_tty_drop_output(struct tty *tty)
{
	WRITE_ONCE(tty->ldisc.echo_tail, tty->ldisc.echo_head);
	if (tty->ops->flush_output)
		tty->ops->flush_output(tty);
	if (tty->link && READ_ONCE(tty->link->packet))
		pty_packet_event(tty, TIOCPKT_FLUSHWRITE);
}
