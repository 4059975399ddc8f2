// SPDX-License-Identifier: MIT
/*
 * Ports of drivers: bytes and events between the driver and the line. See tty_port.h.
 *
 *	write(2) -> ring -> tty_port_take -> device	a full ring holds the writer up; the driver's
 *							taking wakes him
 *	device -> tty_port_receive -> tty_insert	what finds no room is lost and counted
 */
#include "tty_port.h"

#include <kernel/module.h>
#include <kernel/time.h>
#include <lib/kernel.h>
#include <mm/uaccess.h>
#include <uapi/fcntl.h>
#include <uapi/ioctls.h>

#define SLACK_NS	(100 * NSEC_PER_MSEC)	/* so much later a busy (virtual) machine's bytes may go */

_Static_assert((int)TTY_BYTE_GOOD == (int)TTY_NORMAL && (int)TTY_BYTE_BREAK == (int)TTY_BREAK &&
		       (int)TTY_BYTE_PARITY == (int)TTY_PARITY &&
		       (int)TTY_BYTE_FRAME == (int)TTY_FRAME &&
		       (int)TTY_BYTE_OVERRUN == (int)TTY_OVERRUN,
	       "kit/tty.h");

/* ---- Sending ---- */

/* Who lets go of the lock does what was wanted meanwhile. */
void tty_port_unlock(struct tty_port *port) __releases(&port->lock)
{
	do {
		if (xchg(&port->kicked, false) && port->open)
			port->ops.transmit(port);
		mutex_unlock(&port->lock);
		smp_mb(); /* with tty_port_kick: he sees the lock free, or we his wish */
	} while (READ_ONCE(port->kicked) && mutex_trylock(&port->lock));
}

void tty_port_kick(struct tty_port *port)
{
	WRITE_ONCE(port->kicked, true);
	smp_mb(); /* with tty_port_unlock */
	if (mutex_trylock(&port->lock))
		tty_port_unlock(port);
}

size_t tty_port_queued(struct tty *tty)
{
	struct tty_port *port = port_of(tty);

	return READ_ONCE(port->head) - READ_ONCE(port->tail);
}

size_t tty_port_write_room(struct tty *tty)
{
	return TTY_PORT_RING - tty_port_queued(tty);
}

size_t tty_port_write(struct tty *tty, const u8 *bytes, size_t len)
{
	struct tty_port *port = port_of(tty);
	unsigned long flags;
	size_t n;

	spin_lock_irqsave(&port->ring_lock, flags);
	n = min(len, (size_t)(TTY_PORT_RING - (port->head - port->tail)));
	for (size_t i = 0; i < n; i++)
		port->ring[port->head++ % TTY_PORT_RING] = bytes[i];
	spin_unlock_irqrestore(&port->ring_lock, flags);
	if (n)
		tty_port_kick(port);
	return n;
}

void tty_port_send_urgent(struct tty *tty, u8 byte)
{
	struct tty_port *port = port_of(tty);

	spin_lock_irq(&port->ring_lock);
	port->urgent = byte;
	port->has_urgent = true;
	spin_unlock_irq(&port->ring_lock);
	tty_port_kick(port);
}

void tty_port_flush_output(struct tty *tty)
{
	struct tty_port *port = port_of(tty);

	spin_lock_irq(&port->ring_lock);
	port->tail = port->head;
	spin_unlock_irq(&port->ring_lock);
	mutex_lock(&port->lock);
	if (port->open && port->ops.flush)
		port->ops.flush(port);
	tty_port_unlock(port);
}

u32 tty_port_take(struct tty_port *port, u8 *buffer, u32 room)
{
	unsigned long flags;
	bool wake;
	u32 n = 0;

	spin_lock_irqsave(&port->ring_lock, flags);
	if (port->has_urgent && room) {
		buffer[n++] = port->urgent;
		port->has_urgent = false;
	}
	if (!READ_ONCE(port->tty->stopped) && !port->cts_stopped)
		while (n < room && port->tail != port->head)
			buffer[n++] = port->ring[port->tail++ % TTY_PORT_RING];
	port->counts.tx += n;
	wake = n && TTY_PORT_RING - (port->head - port->tail) >= TTY_PORT_WAKEUP;
	spin_unlock_irqrestore(&port->ring_lock, flags);
	if (wake)
		tty_wakeup(port->tty);
	return n;
}

/* How many bytes the device still has, and how long the line needs for so many. 0: it has none. */
static s64 pending_ns(struct tty_port *port)
{
	s64 ns = 0;

	mutex_lock(&port->lock);
	if (port->open && port->ops.pending)
		ns = (s64)port->ops.pending(port) * port->frame_bits * NSEC_PER_SEC / port->baud;
	tty_port_unlock(port);
	return ns;
}

/*
 * No device tells by an interrupt that its last bit has gone, but how long that takes is known. One that has not sent anything for twice that long does
 * not send (its FIFO is held up by the other side, or it is broken): the last close would wait for it with open_lock held.
 */
int tty_port_wait_sent(struct tty *tty)
{
	struct tty_port *port = port_of(tty);
	s64 ns, least = S64_MAX;
	u64 since = 0;

	while ((ns = pending_ns(port)) && !READ_ONCE(tty->dead)) {
		if (ns < least) {
			least = ns;
			since = ktime_get_ns();
		} else if (ktime_get_ns() - since > 2 * (u64)ns + SLACK_NS) {
			break;
		} else {
			ns = max(ns, (s64)NSEC_PER_MSEC);
		}
		if (wait_event_interruptible_timeout(&tty->write_wait, READ_ONCE(tty->dead), ns) <
		    0)
			return -ERESTARTSYS;
	}
	return 0;
}

/* ---- Receiving ---- */

static void count_received(struct tty_port *port, u32 how, u32 length)
{
	switch (how) {
	case TTY_BYTE_BREAK: port->counts.brk += length; break;
	case TTY_BYTE_PARITY: port->counts.parity += length; break;
	case TTY_BYTE_FRAME: port->counts.frame += length; break;
	case TTY_BYTE_OVERRUN: port->counts.overrun += length; break;
	default: break;
	}
	if (how != TTY_BYTE_BREAK && how != TTY_BYTE_OVERRUN)
		port->counts.rx += length;
}

u32 tty_port_receive(struct tty_port *port, const u8 *bytes, u32 length, u32 how)
{
	unsigned long flags;
	bool receiver;
	u32 n;

	if (how > TTY_BYTE_OVERRUN)
		how = TTY_BYTE_FRAME;
	spin_lock_irqsave(&port->ring_lock, flags);
	count_received(port, how, length);
	receiver = port->receiver;
	spin_unlock_irqrestore(&port->ring_lock, flags);
	if (!receiver)
		return length;
	n = tty_insert(port->tty, bytes, length, how);
	if (n < length) {
		spin_lock_irqsave(&port->ring_lock, flags);
		port->counts.buf_overrun += length - n;
		spin_unlock_irqrestore(&port->ring_lock, flags);
	}
	return n;
}

/* ---- Lines of the modem ---- */

/* ring_lock held. What has changed; a ring counts when it ends. */
static u32 note_lines(struct tty_port *port, u32 lines)
{
	u32 changed = port->modem_in ^ lines;

	port->modem_in = lines;
	port->counts.cts += !!(changed & TTY_LINE_CTS);
	port->counts.dsr += !!(changed & TTY_LINE_DSR);
	port->counts.dcd += !!(changed & TTY_LINE_DCD);
	port->counts.rng += !!(changed & TTY_LINE_RI & ~lines);
	return changed;
}

void tty_port_modem_changed(struct tty_port *port, u32 lines)
{
	bool was_stopped, goes_on, lost;
	unsigned long flags;
	u32 changed;

	spin_lock_irqsave(&port->ring_lock, flags);
	changed = note_lines(port, lines);
	was_stopped = port->cts_stopped;
	port->cts_stopped = port->rts_cts && !(lines & TTY_LINE_CTS);
	goes_on = was_stopped && !port->cts_stopped;
	lost = changed & ~lines & TTY_LINE_DCD && !port->local;
	spin_unlock_irqrestore(&port->ring_lock, flags);
	if (!changed)
		return;
	wake_up_interruptible_all(&port->modem_wait);
	if (goes_on)
		schedule_work(&port->kick_work);
	if (lost)
		tty_hangup(port->tty);
}

void tty_port_hangup(struct tty_port *port)
{
	tty_hangup(port->tty);
}

static bool carrier_or_end(struct tty_port *port, const struct tty_file *tf)
{
	bool local;

	spin_lock_irq(&port->ring_lock);
	local = port->local || port->modem_in & TTY_LINE_DCD;
	spin_unlock_irq(&port->ring_lock);
	return local || tty_file_hung_up(tf) || READ_ONCE(port->tty->dead);
}

int tty_port_wait_carrier(struct tty *tty, struct file *file)
{
	struct tty_port *port = port_of(tty);
	struct tty_file *tf = file->private;
	int error = wait_event_interruptible(&port->modem_wait, carrier_or_end(port, tf));

	return error ?: tty_file_hung_up(tf) || READ_ONCE(tty->dead) ? -EIO : 0;
}

static void get_counts(struct tty_port *port, struct serial_icounter_struct *counts)
{
	spin_lock_irq(&port->ring_lock);
	*counts = port->counts;
	spin_unlock_irq(&port->ring_lock);
}

static bool line_changed(struct tty_port *port, const struct serial_icounter_struct *then,
			 unsigned long lines)
{
	struct serial_icounter_struct now;

	get_counts(port, &now);
	return (lines & TTY_LINE_RI && now.rng != then->rng) ||
	       (lines & TTY_LINE_DSR && now.dsr != then->dsr) ||
	       (lines & TTY_LINE_DCD && now.dcd != then->dcd) ||
	       (lines & TTY_LINE_CTS && now.cts != then->cts);
}

static long wait_for_change(struct tty_port *port, const struct tty_file *tf, unsigned long lines)
{
	struct serial_icounter_struct then;
	int error;

	get_counts(port, &then);
	error = wait_event_interruptible(&port->modem_wait,
					 line_changed(port, &then, lines) || tty_file_hung_up(tf));
	return error ?: tty_file_hung_up(tf) ? -EIO : 0;
}

long tty_port_ioctl(struct tty *tty, struct file *file, unsigned int command, unsigned long arg)
{
	struct serial_icounter_struct counts;

	switch (command) {
	case TIOCGICOUNT:
		get_counts(port_of(tty), &counts);
		return copy_to_user((void __user *)arg, &counts, sizeof(counts)) ? -EFAULT : 0;
	case TIOCMIWAIT: return wait_for_change(port_of(tty), file->private, arg);
	default: return -ENOIOCTLCMD;
	}
}

EXPORT_KIT(tty_port_take, 0, 9);
EXPORT_KIT(tty_port_receive, 0, 9);
EXPORT_KIT(tty_port_modem_changed, 0, 9);
EXPORT_KIT(tty_port_hangup, 0, 9);
