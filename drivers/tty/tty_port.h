/* SPDX-License-Identifier: MIT */
/*
 * Ports of drivers (kit/tty.h): between a driver's table of calls and a line of drivers/tty.
 *
 *	tty_port.c	names and numbers, registration and its end
 *	tty_port_io.c	bytes and events between the driver and the line
 *	tty_port_line.c	what the line asks of the driver: settings, modem lines, open and close
 *
 * Calls of the driver run under port->lock, and only between its open and its close. transmit may
 * be wanted while another call runs: whoever holds the lock makes it before he lets go
 * (tty_port_unlock), so nobody waits for that.
 *
 * Lock order: all mutexes of the tty, port->lock, the driver's own locks, port->ring_lock
 * (LOCK_RANK_TTY_PORT), tty->input.lock.
 *
 * Marks: I immutable, P lock, R ring_lock, A atomic.
 */
#ifndef DRIVERS_TTY_TTY_PORT_H
#define DRIVERS_TTY_TTY_PORT_H

#include "internal.h"

#include <drivers/device.h>
#include <kit/tty.h>
#include <uapi/serial.h>

#define TTY_PORT_RING   4096u               /* a power of two */
#define TTY_PORT_WAKEUP (TTY_PORT_RING / 2) /* writers are woken when so much is free */

struct tty_port {
	struct tty *tty;		/* I: its release frees this */
	struct tty_port_operations ops; /* I: a copy, zero where the driver's is of an older kit */
	void *data;			/* I */
	char *kind;			/* I */
	u32 max_baud;			/* I */
	struct owned_resource resource;
	struct resource_owner *owner; /* I */
	struct work_struct kick_work; /* wants transmit: from where one may not wait */
	wait_queue_head_t modem_wait; /* lines that are in have changed, or it was hung up */

	struct mutex lock;
	bool open;	      /* P: the driver is called */
	bool kicked;	      /* A: it shall be asked to transmit */
	bool throttled;	      /* P */
	bool breaking;	      /* P */
	u32 modem_out;	      /* P: TTY_LINE_* that are raised, but for RTS while throttled */
	u32 baud, frame_bits; /* P: how long a byte takes */

	spinlock_t ring_lock;
	u8 *ring;			      /* R: to send; free-running counters */
	unsigned int head, tail;	      /* R */
	u8 urgent;			      /* R: to send before the ring */
	bool has_urgent;		      /* R */
	bool rts_cts, local, receiver;	      /* R: of the settings */
	bool cts_stopped;		      /* R */
	u32 modem_in;			      /* R: as the driver said last */
	struct serial_icounter_struct counts; /* R */
};

static inline struct tty_port *port_of(struct tty *tty)
{
	return tty->driver_data;
}

extern const struct tty_operations tty_port_ops;

/* tty_port_io.c */
void tty_port_unlock(struct tty_port *port) __releases(&port->lock);
void tty_port_kick(struct tty_port *port); /* the driver is asked to transmit, now or by who calls
					      it just now; may sleep */
size_t tty_port_queued(struct tty *tty);
size_t tty_port_write(struct tty *tty, const u8 *bytes, size_t len);
size_t tty_port_write_room(struct tty *tty);
void tty_port_send_urgent(struct tty *tty, u8 byte);
void tty_port_flush_output(struct tty *tty);
int tty_port_wait_sent(struct tty *tty);
int tty_port_wait_carrier(struct tty *tty, struct file *file);
long tty_port_ioctl(struct tty *tty, struct file *file, unsigned int command, unsigned long arg);

#endif
