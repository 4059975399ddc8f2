/* SPDX-License-Identifier: MIT */
/*
 * Terminals (drivers/tty): the line discipline, sessions and job control are the core's; a driver sends and receives bytes.
 *
 * A driver registers a struct tty_driver for a range of minors and makes a struct tty a line with tty_create. It hands received
 * bytes to tty_insert (any context) and tells with tty_wakeup that it can take more output.
 *
 * Input:	driver -> input ring (spinlock, any context) -> work item -> line discipline -> read buffer -> read(2)
 * Output:	write(2), echo -> output processing (output_lock) -> driver's write
 *
 * A hang-up ends all open files of a tty at once: hangup_count moves on, and a file whose own copy differs reads end of file, writes
 * EIO and polls HUP.
 *
 * Lock order: open_lock, receive_lock, read_lock, termios_lock (rw), output_lock, ctrl_lock (spin), input.lock (spin).
 *
 * Marks: I immutable, O open_lock, T termios_lock, R receive_lock, D read_lock, W output_lock, C ctrl_lock, B input.lock, A atomic.
 */
#ifndef DRIVERS_TTY_H
#define DRIVERS_TTY_H

#include <fs/vfs.h>
#include <kernel/mutex.h>
#include <kernel/refcount.h>
#include <kernel/wait.h>
#include <kernel/workqueue.h>
#include <uapi/termios.h>

struct device;
struct module;
struct pid;
struct seq_file;
struct tty;

struct tty_operations {
	/* First open and last close; open_lock held, may sleep. 0 or a negative errno. Optional. */
	int (*open)(struct tty *tty);
	void (*close)(struct tty *tty);
	/* Takes up to len bytes and returns how many; never sleeps (but see may_sleep). output_lock held. */
	size_t (*write)(struct tty *tty, const u8 *bytes, size_t len);
	size_t (*write_room)(struct tty *tty);	    /* bytes that write would take now */
	size_t (*chars_in_buffer)(struct tty *tty); /* taken and not yet sent; NULL: 0 */
	void (*flush_output)(struct tty *tty);	    /* drops what was taken and not sent */
	/* termios changed; the old one for comparison. termios_lock held for writing. */
	void (*set_termios)(struct tty *tty, const struct ktermios *old);
	/* flow control: output goes on (tty->stopped is off) */
	void (*start)(struct tty *tty);
	/* the input ring fills up, has room again; receive_lock held */
	void (*throttle)(struct tty *tty, bool on);
	/* before all else, and if stopped, too; NULL: by write */
	void (*send_urgent)(struct tty *tty, u8 byte);
	/* the buffer is empty: until the line has it all; 0 or -ERESTARTSYS; optional */
	int (*wait_sent)(struct tty *tty);
	/* in open(2), unless O_NONBLOCK: 0 or an errno; optional */
	int (*wait_carrier)(struct tty *tty, struct file *file);
	/* a line of /proc/tty/driver/serial */
	void (*proc_show)(struct tty *tty, struct seq_file *m);
	int (*break_ctl)(struct tty *tty, bool on);
	int (*tiocmget)(struct tty *tty); /* TIOCM_* */
	int (*tiocmset)(struct tty *tty, unsigned int set, unsigned int clear);
	int (*resize)(struct tty *tty, const struct winsize *size); /* NULL: tty_do_resize */
	/* Commands of its own; -ENOIOCTLCMD passes on to the core. */
	long (*ioctl)(struct tty *tty, struct file *file, unsigned int command, unsigned long arg);
	void (*hangup)(struct tty *tty);
	void (*release)(struct tty *tty); /* last reference gone */
	u32 (*extra_poll)(struct tty *tty);
};

struct tty_driver {
	const char *name;     /* of the driver, /proc/tty/drivers */
	const char *dev_name; /* "ttyS": nodes are dev_name + (name_base + index) */
	unsigned int name_base;
	/* minors: the range reserved; lines exist as they are created */
	unsigned int major, minor_start, minors;
	enum { TTY_TYPE_SERIAL, TTY_TYPE_CONSOLE, TTY_TYPE_PTY_MASTER, TTY_TYPE_PTY_SLAVE } type;
	const struct tty_operations *ops;
	struct ktermios init_termios;
	/* The line for an index on open, with a reference; NULL: registered lines only. ERR_PTR(-ENXIO ...). */
	struct tty *(*lookup)(struct tty_driver *driver, unsigned int index, struct file *file);
	bool no_nodes;	     /* devpts makes them */
	struct xarray lines; /* lines_lock; by index */
	struct mutex lines_lock;
	struct list_head list;
};

#define TTY_READ_BUFFER	4096u		/* power of two: also the longest canonical line, as on Linux */

/* What arrives out of band with a received byte. */
enum tty_flag { TTY_NORMAL, TTY_BREAK, TTY_PARITY, TTY_FRAME, TTY_OVERRUN };

struct tty_input {		       /* bytes received and not yet through the line discipline */
	spinlock_t lock;	       /* LOCK_RANK_TTY, interrupts off */
	u8 *bytes, *flags;	       /* B: a ring of size */
	unsigned int head, tail, size; /* B */
	unsigned int lost;	       /* B: no room */
	bool throttled;		       /* R: the driver was told that it fills up */
};

struct line_discipline {
	/* Read buffer: head is R's, tail is D's; each reads the other's with acquire. Free-running counters. */
	u8 *buffer;
	unsigned int head;		/* R: received */
	unsigned int canon_head;	/* R: end of the last whole line */
	unsigned int tail;		/* D */
	unsigned long *line_ends;	/* A: bit = this byte ends a line */
	bool no_room;			/* A: input waits in the ring for a reader */
	unsigned int line_start_column; /* R: of the line being edited */
	bool lnext, erasing;		/* R */
	/* Output */
	unsigned int column;		   /* W */
	u8 *echo;			   /* W: processed bytes that the driver had no room for */
	unsigned int echo_head, echo_tail; /* W */
};

struct tty {
	refcount_t refs;
	struct tty_driver *driver;	  /* I */
	const struct tty_operations *ops; /* I */
	unsigned int index;		  /* I */
	char name[24];			  /* I */
	void *driver_data;		  /* I */
	struct device *device;		  /* I: in /sys/class/tty; NULL: none of its own */
	struct module *module;		  /* I: open files hold it; NULL: the image */
	struct tty *link;		  /* I: other end of a pty; memory of both goes together: */
	refcount_t *pair_count;		  /* I: the master's pair_ends, NULL outside pairs */
	refcount_t pair_ends;

	struct mutex open_lock;
	unsigned int open_count;   /* O */
	bool exclusive;		   /* C */
	bool other_closed;	   /* A: the other end of a pty is gone */
	bool dead;		   /* A: hung up for ever: its device went */
	unsigned int hangup_count; /* A */

	struct rw_semaphore termios_lock;
	struct ktermios termios; /* T */
	struct winsize winsize;	 /* T */

	spinlock_t ctrl_lock;	    /* LOCK_RANK_TTY + 1 */
	struct pid *pgrp, *session; /* C: references */
	bool stopped;		    /* C: XOFF or TCOOFF */
	bool packet;		    /* C: a pty master in packet mode */
	u8 packet_status;	    /* C */
	bool pty_locked;	    /* C */

	wait_queue_head_t read_wait, write_wait;
	struct mutex receive_lock, read_lock, output_lock;
	struct tty_input input;
	struct line_discipline ldisc;
	struct work_struct receive_work, hangup_work, wakeup_work, free_work;
};

int tty_register_driver(struct tty_driver *driver);
void tty_unregister_driver(struct tty_driver *driver);
/* A line with one reference for the caller, its node in /dev unless the driver says no_nodes. ERR_PTR(-ENOMEM, -EBUSY). */
struct tty *tty_create(struct tty_driver *driver, unsigned int index, void *driver_data);
/* The same with operations of its own, for a device and its module. */
struct tty_line {
	const struct tty_operations *ops;
	struct device *parent;
	struct module *module;
	void *driver_data;
};
struct tty *tty_create_line(struct tty_driver *driver, unsigned int index,
			    const struct tty_line *line);
void tty_destroy(struct tty *tty); /* hangs up and drops the driver's reference */
struct tty *tty_get(struct tty *tty);
void tty_put(struct tty *tty);

/* Received bytes; flag one of enum tty_flag for all of them. Any context. Returns how many fitted. */
size_t tty_insert(struct tty *tty, const u8 *bytes, size_t len, u8 flag);
/* The same for a caller that may sleep: through the line discipline at once. */
size_t tty_receive(struct tty *tty, const u8 *bytes, size_t len);
void tty_wakeup(struct tty *tty);  /* the driver has room again; any context */
void tty_hangup(struct tty *tty);  /* asynchronous, any context */
void tty_vhangup(struct tty *tty); /* now; sleeps */
/* stores it and signals the foreground group */
int tty_do_resize(struct tty *tty, const struct winsize *size);
void tty_termios_encode_baud(struct ktermios *termios, unsigned int input, unsigned int output);
unsigned int tty_baud_rate(const struct ktermios *termios); /* output bits per second */
/* cooked, 38400 8N1, echo, as Linux starts a terminal */
extern const struct ktermios tty_std_termios;

/* The tty behind an open file, NULL when it is not one. */
struct tty *tty_from_file(const struct file *file);
/* A pty master or slave file: devpts. */
struct tty *tty_current(void); /* current's controlling terminal with a reference; NULL */

/*
 * A terminal that could be /dev/console, under the name that console= gives it ("ttyS0", "tty0"): it becomes that if the last console= of the
 * command line names it, or, without any, if it is the first to come.
 */
void tty_offer_console(struct tty *tty, const char *name);

void tty_init(void);
void serial_init(void);
/* Ports of drivers (kit/tty.h) share this driver's names and numbers. */
void tty_port_share(struct tty_driver *driver);
void vt_init(void);
void pty_init(void);

#endif
