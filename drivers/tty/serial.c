// SPDX-License-Identifier: MIT
/*
 * Serial ports of PCs: 16550 UARTs at the four classic addresses, driven by interrupts.
 *
 * Output goes through a ring: write() fills it, the transmitter-empty interrupt sends 16 bytes at a time. The log's console writes to
 * the same UART by polling (kernel/log); each fills the transmitter under log_uart_lock, so a log line may fall into a program's output
 * but no byte is lost.
 *
 * Locking: port->lock (LOCK_RANK_TTY_PORT, interrupts off) guards the ring and the registers.
 */
#include "internal.h"
#include "serial_regs.h"

#include <arch/io.h>
#include <fs/poll.h>
#include <fs/proc.h>
#include <kernel/interrupt.h>
#include <kernel/log.h>
#include <kernel/power.h>
#include <kernel/sysrq.h>
#include <kernel/time.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/parse.h>
#include <mm/slab.h>
#include <uapi/ioctls.h>
#include <uapi/major.h>

#define RING_SIZE	4096u		/* a power of two */
#define RING_MASK	(RING_SIZE - 1)
#define MAX_PASSES	256u		/* of one interrupt */
#define WAKEUP_ROOM	(RING_SIZE / 2)	/* writers are woken when so much is free */
#define POWER_WAIT_NS	NSEC_PER_SEC	/* for a port to send its last words */
#define SYSRQ_WAIT_NS	(5 * NSEC_PER_SEC) /* from a break to the letter, as on Linux */

struct serial_port {
	u16 base;	  /* immutable */
	unsigned int irq; /* immutable */
	struct tty *tty;  /* immutable */
	spinlock_t lock;
	u8 *ring; /* lock; free-running counters */
	unsigned int head, tail;
	u8 ier, lcr, mcr; /* lock: what was written */
	bool open;	  /* lock */
	bool is_console;  /* immutable: a break and a letter are for the kernel */
	u64 sysrq_until_ns; /* lock: when the letter after a break must have come; 0: none is waited for */
	u64 received, sent; /* lock: /proc/tty/driver/serial */
	unsigned int overruns, frame_errors, parity_errors, breaks;
};

static const struct {
	u16 base;
	u8 irq;
} legacy_ports[] = {
	{ 0x3f8, 4 },
	{ 0x2f8, 3 },
	{ 0x3e8, 4 },
	{ 0x2e8, 3 },
};

static u8 port_in(struct serial_port *port, enum uart_register reg)
{
	return inb(port->base + reg);
}

static void port_out(struct serial_port *port, enum uart_register reg, u8 value)
{
	outb(value, port->base + reg);
}

static void set_ier(struct serial_port *port, u8 ier)
{
	if (port->ier == ier)
		return;
	port->ier = ier;
	port_out(port, UART_IER, ier);
}

/*
 * Fills the transmitter's FIFO if it is empty; port->lock held. The log's console may have put a byte there since the interrupt: then the
 * next interrupt comes when that has gone.
 */
static void transmit(struct serial_port *port)
{
	unsigned int n = min(port->head - port->tail, UART_FIFO_SIZE);

	if (READ_ONCE(port->tty->stopped))
		n = 0;
	log_uart_lock();
	if (n && !(port_in(port, UART_LSR) & UART_LSR_THRE))
		n = 0;
	port->sent += n;
	while (n--)
		port_out(port, UART_THR, port->ring[port->tail++ & RING_MASK]);
	log_uart_unlock();
	if (port->head == port->tail || READ_ONCE(port->tty->stopped))
		set_ier(port, port->ier & ~UART_IER_THRE);
}

/* Lock held. True: it is the kernel's, not for who reads here. A break that follows a break is a break. */
static bool is_sysrq(struct serial_port *port, u8 byte, u8 flag)
{
	u64 until_ns = port->sysrq_until_ns;

	if (!port->is_console || (!until_ns && flag != TTY_BREAK))
		return false;
	port->sysrq_until_ns = until_ns ? 0 : ktime_get_ns() + SYSRQ_WAIT_NS;
	if (!until_ns)
		return true;
	if (flag != TTY_NORMAL || ktime_get_ns() >= until_ns)
		return false;
	sysrq_request(byte);
	return true;
}

static void receive(struct serial_port *port, u8 lsr)
{
	unsigned int left = MAX_PASSES;
	u8 flag, byte;

	do {
		byte = port_in(port, UART_RBR);
		flag = TTY_NORMAL;
		port->received++;
		if (lsr & UART_LSR_BREAK) {
			flag = TTY_BREAK;
			port->breaks++;
		} else if (lsr & UART_LSR_PARITY) {
			flag = TTY_PARITY;
			port->parity_errors++;
		} else if (lsr & UART_LSR_FRAME) {
			flag = TTY_FRAME;
			port->frame_errors++;
		}
		if (lsr & UART_LSR_OVERRUN)
			port->overruns++;
		if (!is_sysrq(port, byte, flag) && (port->tty->termios.c_cflag & CREAD))
			tty_insert(port->tty, &byte, 1, flag);
		lsr = port_in(port, UART_LSR);
	} while (lsr & UART_LSR_DR && --left);
}

static irqreturn_t serial_interrupt(int irq, void *data)
{
	struct serial_port *port = data;
	bool handled = false, wake = false;
	unsigned int passes = 0;
	u8 lsr;

	spin_lock(&port->lock);
	while (port->open && !(port_in(port, UART_IIR) & UART_IIR_NONE)) {
		/* A line that never falls silent shall not have the CPU for itself. What is left makes a new edge. */
		if (passes++ == MAX_PASSES) {
			port_out(port, UART_IER, 0);
			port_out(port, UART_IER, port->ier);
			break;
		}
		handled = true;
		lsr = port_in(port, UART_LSR);
		if (lsr & UART_LSR_DR)
			receive(port, lsr);
		if (lsr & UART_LSR_THRE) {
			transmit(port);
			wake = true;
		}
		port_in(port, UART_MSR); /* clears a modem status interrupt */
	}
	wake = wake && RING_SIZE - (port->head - port->tail) >= WAKEUP_ROOM;
	spin_unlock(&port->lock);
	if (wake)
		tty_wakeup(port->tty);
	return handled ? IRQ_HANDLED : IRQ_NONE;
}

static u8 lcr_from(const struct ktermios *termios)
{
	/* CS5..CS8 are 0x00..0x30, LCR wants 0..3 */
	u8 lcr = (termios->c_cflag & CSIZE) >> 4;

	if (termios->c_cflag & CSTOPB)
		lcr |= UART_LCR_STOP2;
	if (termios->c_cflag & PARENB)
		lcr |= UART_LCR_PARITY;
	if (!(termios->c_cflag & PARODD))
		lcr |= UART_LCR_EVEN;
	return lcr;
}

static void set_line(struct serial_port *port)
{
	unsigned int baud = tty_baud_rate(&port->tty->termios);
	unsigned int divisor = baud ? clamp(UART_CLOCK / baud, 1u, 0xffffu) : 0;
	unsigned long flags;

	spin_lock_irqsave(&port->lock, flags);
	port->lcr = lcr_from(&port->tty->termios);
	if (divisor) {
		port_out(port, UART_LCR, port->lcr | UART_LCR_DLAB);
		port_out(port, UART_DLL, divisor & 0xff);
		port_out(port, UART_DLM, divisor >> 8);
	}
	port_out(port, UART_LCR, port->lcr);
	port->mcr = UART_MCR_OUT2 | (baud ? UART_MCR_DTR | UART_MCR_RTS : 0);
	port_out(port, UART_MCR, port->mcr);
	spin_unlock_irqrestore(&port->lock, flags);
}

static void serial_set_termios(struct tty *tty, const struct ktermios *old)
{
	set_line(tty->driver_data);
}

static int serial_open(struct tty *tty)
{
	struct serial_port *port = tty->driver_data;
	int error;

	port->ring = kmalloc(RING_SIZE, GFP_KERNEL);
	if (!port->ring)
		return -ENOMEM;
	port->head = port->tail = 0;
	port_out(port, UART_FCR,
		 UART_FCR_ENABLE | UART_FCR_CLEAR_RX | UART_FCR_CLEAR_TX | UART_FCR_TRIGGER_8);
	set_line(port);
	WRITE_ONCE(port->open, true);
	error = request_irq(port->irq, serial_interrupt, IRQF_SHARED, "ttyS", port);
	if (error) {
		WRITE_ONCE(port->open, false);
		kfree(port->ring);
		return error;
	}
	spin_lock_irq(&port->lock);
	set_ier(port, UART_IER_RX | UART_IER_LINE);
	spin_unlock_irq(&port->lock);
	return 0;
}

static void serial_close(struct tty *tty)
{
	struct serial_port *port = tty->driver_data;

	spin_lock_irq(&port->lock);
	port->open = false;
	set_ier(port, 0);
	if (tty->termios.c_cflag & HUPCL)
		port_out(port, UART_MCR, port->mcr & ~(UART_MCR_DTR | UART_MCR_RTS));
	spin_unlock_irq(&port->lock);
	free_irq(port->irq, port);
	kfree(port->ring);
	port->ring = NULL;
}

static size_t serial_write(struct tty *tty, const u8 *bytes, size_t len)
{
	struct serial_port *port = tty->driver_data;
	unsigned long flags;
	size_t n;

	spin_lock_irqsave(&port->lock, flags);
	n = port->open ? min(len, (size_t)(RING_SIZE - (port->head - port->tail))) : 0;
	for (size_t i = 0; i < n; i++)
		port->ring[port->head++ & RING_MASK] = bytes[i];
	if (n && !READ_ONCE(tty->stopped))
		set_ier(port, port->ier | UART_IER_THRE);
	spin_unlock_irqrestore(&port->lock, flags);
	return n;
}

static size_t serial_queued(struct tty *tty)
{
	struct serial_port *port = tty->driver_data;

	return READ_ONCE(port->head) - READ_ONCE(port->tail);
}

static size_t serial_write_room(struct tty *tty)
{
	return RING_SIZE - serial_queued(tty);
}

static void serial_flush_output(struct tty *tty)
{
	struct serial_port *port = tty->driver_data;
	unsigned long flags;

	spin_lock_irqsave(&port->lock, flags);
	port->tail = port->head;
	spin_unlock_irqrestore(&port->lock, flags);
}

static void serial_start(struct tty *tty)
{
	struct serial_port *port = tty->driver_data;
	unsigned long flags;

	spin_lock_irqsave(&port->lock, flags);
	if (port->open && port->head != port->tail)
		set_ier(port, port->ier | UART_IER_THRE);
	spin_unlock_irqrestore(&port->lock, flags);
}

static int serial_break(struct tty *tty, bool on)
{
	struct serial_port *port = tty->driver_data;

	spin_lock_irq(&port->lock);
	port_out(port, UART_LCR, port->lcr | (on ? UART_LCR_BREAK : 0));
	spin_unlock_irq(&port->lock);
	return 0;
}

static int serial_tiocmget(struct tty *tty)
{
	struct serial_port *port = tty->driver_data;
	u8 msr, mcr;

	spin_lock_irq(&port->lock);
	msr = port_in(port, UART_MSR);
	mcr = port->mcr;
	spin_unlock_irq(&port->lock);
	return (mcr & UART_MCR_DTR ? TIOCM_DTR : 0) | (mcr & UART_MCR_RTS ? TIOCM_RTS : 0) |
	       (mcr & UART_MCR_OUT1 ? TIOCM_OUT1 : 0) | (mcr & UART_MCR_OUT2 ? TIOCM_OUT2 : 0) |
	       (mcr & UART_MCR_LOOP ? TIOCM_LOOP : 0) | (msr & UART_MSR_DCD ? TIOCM_CAR : 0) |
	       (msr & UART_MSR_RI ? TIOCM_RNG : 0) | (msr & UART_MSR_DSR ? TIOCM_DSR : 0) |
	       (msr & UART_MSR_CTS ? TIOCM_CTS : 0);
}

static u8 mcr_bits(unsigned int bits)
{
	return (bits & TIOCM_DTR ? UART_MCR_DTR : 0) | (bits & TIOCM_RTS ? UART_MCR_RTS : 0) |
	       (bits & TIOCM_OUT1 ? UART_MCR_OUT1 : 0) | (bits & TIOCM_LOOP ? UART_MCR_LOOP : 0);
}

static int serial_tiocmset(struct tty *tty, unsigned int set, unsigned int clear)
{
	struct serial_port *port = tty->driver_data;

	spin_lock_irq(&port->lock);
	port->mcr = (port->mcr & ~mcr_bits(clear)) | mcr_bits(set);
	port_out(port, UART_MCR, port->mcr);
	spin_unlock_irq(&port->lock);
	return 0;
}

static void serial_show(struct tty *tty, struct seq_file *m)
{
	struct serial_port *port = tty->driver_data;

	seq_printf(m, "%u: uart:16550A port:%08X irq:%u tx:%llu rx:%llu\n", tty->index, port->base,
		   port->irq, port->sent, port->received);
}

static const struct tty_operations serial_ops = {
	.proc_show = serial_show,
	.open = serial_open,
	.close = serial_close,
	.write = serial_write,
	.write_room = serial_write_room,
	.chars_in_buffer = serial_queued,
	.flush_output = serial_flush_output,
	.set_termios = serial_set_termios,
	.start = serial_start,
	.break_ctl = serial_break,
	.tiocmget = serial_tiocmget,
	.tiocmset = serial_tiocmset,
};

static struct tty_driver serial_driver = {
	.name = "serial",
	.dev_name = "ttyS",
	.major = TTY_MAJOR,
	.minor_start = 64,
	.minors = 192,
	.type = TTY_TYPE_SERIAL,
	.ops = &serial_ops,
};

/*
 * A UART answers in its scratch register, and its interrupt enable register keeps four bits (an empty port reads all ones).
 */
static bool uart_present(u16 base)
{
	u8 ier = inb(base + UART_IER), kept;

	if (ier == 0xff)
		return false;
	outb(0, base + UART_IER);
	outb(0x5a, base + UART_SCR);
	kept = inb(base + UART_SCR);
	outb(ier, base + UART_IER);
	return kept == 0x5a && (inb(base + UART_IIR) & 0x30) == 0;
}

static void add_port(unsigned int index)
{
	struct serial_port *port;
	const char *options;
	unsigned int baud;

	if (!uart_present(legacy_ports[index].base))
		return;
	port = kzalloc(sizeof(*port), GFP_KERNEL);
	if (!port)
		return;
	port->base = legacy_ports[index].base;
	port->irq = legacy_ports[index].irq;
	spin_lock_init(&port->lock, LOCK_RANK_TTY_PORT);
	port->tty = tty_create(&serial_driver, index, port);
	if (IS_ERR(port->tty)) {
		pr_err("serial: ttyS%u: error %ld\n", index, PTR_ERR(port->tty));
		kfree(port);
		return;
	}
	options = console_options("ttyS", index);
	port->is_console = options != NULL;
	baud = options ? simple_strtoul(options, NULL, 10) : 0;
	if (baud)
		tty_termios_encode_baud(&port->tty->termios, baud, baud);
	tty_offer_console(port->tty, port->tty->name);
	pr_info("serial: ttyS%u at port 0x%x, interrupt %u, 16550\n", index, port->base, port->irq);
}

static int serial_proc_show(struct seq_file *m, void *unused)
{
	unsigned long index;
	struct tty *tty;

	seq_puts(m, "serinfo:1.0 driver revision:\n");
	mutex_lock(&serial_driver.lines_lock);
	xa_for_each(&serial_driver.lines, index, tty)
		tty->ops->proc_show(tty, m);
	mutex_unlock(&serial_driver.lines_lock);
	return 0;
}

/* What programs have written goes out before the machine does; not for ever, since the other side may have stopped it. */
static void serial_drain(struct power_notifier *notifier, enum power_event event)
{
	unsigned long index;
	struct tty *tty;

	mutex_lock(&serial_driver.lines_lock);
	xa_for_each(&serial_driver.lines, index, tty)
		tty_wait_until_sent(tty, POWER_WAIT_NS);
	mutex_unlock(&serial_driver.lines_lock);
}

static struct power_notifier serial_power = { .notify = serial_drain };

void serial_init(void)
{
	serial_driver.init_termios = tty_std_termios;
	tty_termios_encode_baud(&serial_driver.init_termios, 9600, 9600);
	serial_driver.init_termios.c_cflag |= CLOCAL;
	if (tty_register_driver(&serial_driver)) {
		pr_err("serial: cannot register the driver\n");
		return;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(legacy_ports); i++)
		add_port(i);
	tty_port_share(&serial_driver);
	power_notifier_register(&serial_power);
	proc_create_single("tty/driver/serial", 0400, serial_proc_show, NULL);
}
