// SPDX-License-Identifier: MIT
/* The line discipline: reading, polling, flushing, changes of termios. See n_tty.h. */
#include "n_tty.h"

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

static bool input_available(struct tty *tty, bool poll)
{
	struct line_discipline *ld = &tty->ldisc;
	unsigned int wanted = 1;

	if (is_canonical(tty))
		return line_is_waiting(ld);
	if (poll && !CC(tty, VTIME) && CC(tty, VMIN))
		wanted = CC(tty, VMIN);
	return smp_load_acquire(&ld->head) - ld->tail >= wanted;
}

size_t n_tty_input_queued(struct tty *tty)
{
	struct line_discipline *ld = &tty->ldisc;
	unsigned int tail = smp_load_acquire(&ld->tail), end;
	size_t n = 0;

	if (!is_canonical(tty))
		return READ_ONCE(ld->head) - tail;
	end = smp_load_acquire(&ld->canon_head);
	for (unsigned int at = tail; at != end; at++)
		if (ld->buffer[at & MASK] != EOF_MARK || !test_bit(at & MASK, ld->line_ends))
			n++;
	return n;
}

static void made_room(struct tty *tty)
{
	struct line_discipline *ld = &tty->ldisc;

	if (READ_ONCE(ld->no_room)) {
		WRITE_ONCE(ld->no_room, false);
		tty_input_kick(tty);
	}
	if (tty->link)
		tty_wakeup(tty->link);
}

/* The reader moves tail on from old. False: a flush was quicker, and what was copied (n bytes) is taken back. */
static bool publish_tail(struct tty *tty, unsigned int old, unsigned int tail, struct iov_iter *to,
			 size_t n)
{
	/* a full barrier: pairs with receive_bytes */
	unsigned int found = cmpxchg(&tty->ldisc.tail, old, tail);
	bool mine = found == old;

	if (mine)
		made_room(tty);
	else
		iov_iter_revert(to, n);
	return mine;
}

/* n bytes of the ring. Fewer where the user's memory cannot be written. */
static size_t copy_ring(struct line_discipline *ld, unsigned int from, size_t n,
			struct iov_iter *to)
{
	size_t done = 0, run, copied;

	while (done < n) {
		run = min(n - done, (size_t)(SIZE - ((from + done) & MASK)));
		copied = copy_to_iter(ld->buffer + ((from + done) & MASK), run, to);
		done += copied;
		if (copied < run)
			break;
	}
	return done;
}

/* The end of the line that starts at tail, or as much of it as the user's buffer takes; *n: its bytes that are data. */
static unsigned int line_end(const struct line_discipline *ld, unsigned int tail, size_t room,
			     size_t *n)
{
	unsigned int canon_head = smp_load_acquire(&ld->canon_head), at = tail;
	bool ended = false;

	while (at != canon_head && !ended && at - tail < room)
		ended = test_bit(at++ & MASK, ld->line_ends);
	*n = at - tail;
	if (ended && ld->buffer[(at - 1) & MASK] == EOF_MARK)
		--*n;
	/* An end of file right behind what filled the buffer belongs to this read. */
	if (!ended && at != canon_head && test_bit(at & MASK, ld->line_ends) &&
	    ld->buffer[at & MASK] == EOF_MARK)
		at++;
	return at;
}

/* At most to->count bytes of one line. 0; 1: flushed meanwhile; -EFAULT. */
static int copy_line(struct tty *tty, struct iov_iter *to)
{
	struct line_discipline *ld = &tty->ldisc;
	unsigned int tail = smp_load_acquire(&ld->tail), end;
	size_t n, copied;

	/* Nothing left is not a line of nothing, which would be the end of the file. */
	if (tail == smp_load_acquire(&ld->canon_head))
		return 1;
	end = line_end(ld, tail, to->count, &n);
	copied = copy_ring(ld, tail, n, to);
	if (!publish_tail(tty, tail, copied < n ? tail + copied : end, to, copied))
		return 1;
	return copied < n ? -EFAULT : 0;
}

/* The same without lines. */
static int copy_raw(struct tty *tty, struct iov_iter *to)
{
	struct line_discipline *ld = &tty->ldisc;
	unsigned int tail = smp_load_acquire(&ld->tail);
	size_t n = min((size_t)(smp_load_acquire(&ld->head) - tail), to->count),
	       copied = copy_ring(ld, tail, n, to);

	if (!publish_tail(tty, tail, tail + copied, to, copied))
		return 1;
	return copied < n ? -EFAULT : 0;
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
	size_t minimum;	  /* bytes that end the call */
	s64 byte_time_ns; /* VTIME between bytes, 0: none */
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
static int read_round(struct tty *tty, struct file *file, struct iov_iter *to,
		      struct read_state *rs, size_t start)
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
	if (is_canonical(tty))
		return copy_line(tty, to);
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
	if (n_tty_can_write(tty))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

/* receive_lock held: nothing comes in meanwhile. */
void n_tty_flush_input(struct tty *tty)
{
	struct line_discipline *ld = &tty->ldisc;

	WRITE_ONCE(ld->canon_head, ld->head);
	ld->lnext = ld->erasing = false;
	xchg(&ld->tail, ld->head);
	made_room(tty);
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
			__set_bit((ld->head - 1) & MASK, ld->line_ends);
			ld->canon_head = ld->head;
		} else {
			ld->canon_head = ld->tail;
		}
	}
	if (!I(tty, IXON) && (old->c_iflag & IXON))
		tty_start_output(tty);
	n_tty_wake_reader(tty);
	wake_up_interruptible_poll(&tty->write_wait, EPOLLOUT | EPOLLWRNORM);
}
