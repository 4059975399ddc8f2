/* SPDX-License-Identifier: MIT */
/*
 * Kit: terminals: serial ports, and whatever else sends and receives bytes for a terminal.
 *
 * A driver has ports. Line discipline, sessions, job control, the queues of bytes in both directions, waiting and hang-ups are the core's.
 *
 * Sending. The core calls transmit when there is something to send; the driver pulls it with tty_port_take, then and whenever its device has
 * room. Flow control is the core's: tty_port_take gives nothing while the line is stopped, but for the bytes that stop and start the
 * other side, and transmit is called when it goes on.
 *
 * Receiving. The driver hands over what came with tty_port_receive, at any time between open and close. When the core's buffer fills up it
 * stops the other side as the settings say (RTS, XOFF) and calls throttle.
 *
 * Calls for one port are serialised; those of different ports run in parallel. They come from threads with no lock held; transmit,
 * get_modem and pending do not sleep, and none of them waits for the device. A call that finds another one running leaves its request to it. What
 * the driver's interrupt handler shares with them is the driver's to guard; every function here may be called with that lock held, but
 * for register and unregister.
 *
 * Going away. By tty_port_unregister, or when the owner goes: programs are cut off as by a hang-up, close is called, and none after that. What
 * calls tty_port_receive has to be silent then: an interrupt is connected in open and disconnected in close, or disconnected in remove.
 *
 * Unless a comment says otherwise: any context; never sleeps; cannot fail; what is returned stays
 * whose it was.
 *
 * State: draft.
 */
#ifndef KIT_TTY_H
#define KIT_TTY_H

#include <kit/abi.h>
#include <kit/errno.h>
#include <kit/types.h>

struct device;
struct module;
struct tty_port; /* opaque */

enum kit_tty_constants {
	/* How a byte came. */
	TTY_BYTE_GOOD = 0,
	/* no byte: the line was low for longer than one; the value does not count */
	TTY_BYTE_BREAK = 1,
	TTY_BYTE_PARITY = 2, /* wrong parity */
	TTY_BYTE_FRAME = 3,  /* no stop bit */
	TTY_BYTE_OVERRUN =
		4, /* no byte: one was lost here, since nobody had fetched it from the device in time */
	/* Lines of a modem, numbered as ioctl_tty(2) does. */
	TTY_LINE_DTR = 0x0002,	/* out: terminal is ready */
	TTY_LINE_RTS = 0x0004,	/* out: the other side may send */
	TTY_LINE_CTS = 0x0020,	/* in: we may send */
	TTY_LINE_DCD = 0x0040,	/* in: there is a carrier */
	TTY_LINE_RI = 0x0080,	/* in: it rings */
	TTY_LINE_DSR = 0x0100,	/* in: the modem is ready */
	TTY_LINE_OUT1 = 0x2000, /* out, free */
	TTY_LINE_OUT2 = 0x4000, /* out, free; connects the interrupt of a PC's own ports */
	TTY_LINE_LOOP = 0x8000, /* no line: the device hears itself */
	/* Parity. */
	TTY_PARITY_NONE = 0,
	TTY_PARITY_ODD = 1,
	TTY_PARITY_EVEN = 2,
	TTY_PARITY_MARK = 3,  /* always 1 */
	TTY_PARITY_SPACE = 4, /* always 0 */
};

/* How the line runs. The driver writes down what it has really set, where that differs: programs see it. */
struct tty_settings {
	u32 size; /* sizeof(struct tty_settings) */
	struct kit_marker kit_0_9;
	u32 baud;     /* bits per second, never 0 */
	u8 data_bits; /* 5 to 8 */
	u8 stop_bits; /* 1, 2 */
	u8 parity;    /* TTY_PARITY_* */
	/* flow control by RTS and CTS is on; the core does it, a device that can may help */
	bool rts_cts;
	bool receiver; /* off: what comes is thrown away; the core does that */
	u8 reserved[3];
};

struct tty_port_operations {
	u32 size; /* sizeof(struct tty_port_operations) */
	struct kit_marker kit_0_9;
	u32 reserved;
	/* The first program opens it: power, buffers, interrupts on. set_line and set_modem follow. 0 or a negative errno. Sleeps; may be NULL. */
	int (*open)(struct tty_port *port);
	/* The last one has closed it, or it was hung up: interrupts off. Nothing may be received from here on. Sleeps; may be NULL. */
	void (*close)(struct tty_port *port);
	/* New settings; see there. Sleeps. */
	void (*set_line)(struct tty_port *port, struct tty_settings *settings);
	/* There are bytes to send, or sending goes on. */
	void (*transmit)(struct tty_port *port);
	/* Raises the lines of TTY_LINE_* that are out and among these, lowers the others. Sleeps; may be NULL: it has none. */
	void (*set_modem)(struct tty_port *port, u32 lines);
	/*
	 * The lines that are in. NULL: it has none, there is always a carrier. Where reading them clears what tells of a change, the driver reports the
	 * change (tty_port_modem_changed): its interrupt will not come any more.
	 */
	u32 (*get_modem)(struct tty_port *port);
	/* Holds the line low, or lets it go. Sleeps; may be NULL. */
	void (*set_break)(struct tty_port *port, bool on);
	/* The core's buffer is full, or has room again: a device with a way of its own to stop the other side uses it. Sleeps; may be NULL. */
	void (*throttle)(struct tty_port *port, bool on);
	/* Drops what was taken and is not on the line yet. Sleeps; may be NULL. */
	void (*flush)(struct tty_port *port);
	/* Bytes that were taken and are not on the line yet, as nearly as the device tells; 0 is exact. NULL: none, ever. */
	u32 (*pending)(struct tty_port *port);
};

struct tty_port_params {
	u32 size; /* sizeof(struct tty_port_params) */
	struct kit_marker kit_0_9;
	u32 max_baud; /* the fastest it can; 0: any */
	/* nodes are called stem and a number: "ttyS" (16550 and its like), "ttyUSB", ...; copied */
	const char *stem;
	/* stays where it is until the port is gone */
	const struct tty_port_operations *operations;
	void *data; /* tty_port_data() */
	/* what /proc/tty/driver says of it: "16550A"; copied; may be NULL */
	const char *kind;
};

/*
 * Makes a port with the first free number of its stem; its owner is parent, or, with parent NULL, the module. It appears in /dev and /sys. A
 * program may open it before this returns. ERR_PTR: -EINVAL, -ENOMEM, -E2BIG, -ENOSPC (no number is free). Sleeps. Since 0.9.
 */
struct tty_port *tty_port_register(struct module *owner, struct device *parent,
				   const struct tty_port_params *params)
	KIT_SYMBOL(tty_port_register) __must_check;
/* Gone when this returns: no call runs, none comes; also done when the owner goes. Frees the port. Sleeps. Since 0.9. */
void tty_port_unregister(struct tty_port *port) KIT_SYMBOL(tty_port_unregister);
/* The driver's own pointer, params.data. Any context. Since 0.9. */
void *tty_port_data(const struct tty_port *port) KIT_SYMBOL(tty_port_data);
/* The name of its node, "ttyS4"; the port's, as long as it is there. Any context. Since 0.9. */
const char *tty_port_name(const struct tty_port *port) KIT_SYMBOL(tty_port_name);

/*
 * Bytes to send, in their order: up to room of them into buffer. How many there were; 0: nothing to send now, or the line is stopped. Any
 * context but NMI. Since 0.9.
 */
u32 tty_port_take(struct tty_port *port, u8 *buffer, u32 room)
	KIT_SYMBOL(tty_port_take) __must_check;
/*
 * Bytes that came, all in the same way: TTY_BYTE_*. How many the core had room for: the others are lost, and counted. Any context but NMI;
 * one port's bytes are handed over by one CPU at a time. Since 0.9.
 */
u32 tty_port_receive(struct tty_port *port, const u8 *bytes, u32 length, u32 how)
	KIT_SYMBOL(tty_port_receive);
/*
 * Lines that are in have changed; lines: TTY_LINE_*, all that are high now. The core counts, hangs up when the carrier is lost (unless the
 * line is local), stops and starts sending by CTS. Any context but NMI. Since 0.9.
 */
void tty_port_modem_changed(struct tty_port *port, u32 lines) KIT_SYMBOL(tty_port_modem_changed);
/* The other side has gone: programs are cut off, close is called soon. The port stays and can be opened anew. Any context but NMI. Since 0.9. */
void tty_port_hangup(struct tty_port *port) KIT_SYMBOL(tty_port_hangup);

KIT_HEADER(tty, 1);

#endif
