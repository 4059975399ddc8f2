/* SPDX-License-Identifier: MIT */
/*
 * drivers: modules/pciserial
 *
 * The model is a card of up to four 16550s on one line: FIFOs of 16 bytes, bytes that take their time, the line asserted for as long as anything is
 * pending.
 */
#include <kit/errno.h>
#include <kit/memory.h>
#include "../../../modules/pciserial/pciserial_regs.h"
#include "fake_pci.h"
#include "fake_tty.h"
#include "fakekit.h"

#define MS		1000000ull
#define BYTE_NS		86800ull

static struct uart_model {
	u8 ier, lcr, mcr, msr, scr, lsr_errors;
	u32 divisor, nr_in, nr_out, nr_sent;
	u8 in[16], errors[16], out[16], sent[512];
	bool empty_pending, sending, overrun;
} uarts[4];
static struct device *card;
static u32 floods, times;
static bool looks;

static bool is_pending(const struct uart_model *u)
{
	return (u->ier & IER_RECEIVED && u->nr_in) ||
	       (u->ier & IER_TRANSMITTER && u->empty_pending) ||
	       (u->ier & IER_MODEM && u->msr & MSR_CHANGED) || (u->ier & IER_LINE && u->overrun);
}

static bool is_asserted(void)
{
	bool any = false;

	for (u32 i = 0; i < 4; i++)
		any |= is_pending(&uarts[i]) && uarts[i].mcr & MCR_OUT2;
	return any;
}

/* Level-triggered: again until nobody wants anything. */
static void update_line(void);
static void look_again(void *unused)
{
	looks = false;
	if (!is_asserted())
		times = 0;
	else if (++times > 5)
		floods++;
	else
		update_line();
}

static void update_line(void)
{
	if (!is_asserted() || !fake_irq(card, 0) || looks)
		return;
	looks = true;
	fake_after(20000, look_again, NULL);
}

static void byte_is_out(void *data)
{
	struct uart_model *u = data;

	u->sent[u->nr_sent++ % sizeof(u->sent)] = u->out[0];
	memmove(u->out, u->out + 1, 15);
	if (--u->nr_out) {
		fake_after(BYTE_NS, byte_is_out, u);
		return;
	}
	u->sending = false;
	u->empty_pending = true;
	update_line();
}

static void arrives(struct uart_model *u, u8 byte, u8 errors)
{
	if (u->nr_in == 16) {
		u->overrun = true;
	} else {
		u->in[u->nr_in] = byte;
		u->errors[u->nr_in++] = errors;
	}
	update_line();
}

static u8 line_status(struct uart_model *u)
{
	u8 lsr = (u->nr_in ? LSR_READY | u->errors[0] : 0) |
		 (u->nr_out ? 0 : LSR_HOLDING_EMPTY | LSR_ALL_EMPTY) |
		 (u->overrun ? LSR_OVERRUN : 0);

	u->overrun = false;
	return lsr;
}

static u32 read_port(void *unused, u32 offset, u32 bytes)
{
	struct uart_model *u = &uarts[offset / 8];
	u8 value;

	switch (offset % 8) {
	case RBR:
		if (u->lcr & LCR_DLAB)
			return u->divisor & 0xff;
		value = u->in[0];
		if (u->nr_in) {
			memmove(u->in, u->in + 1, 15);
			memmove(u->errors, u->errors + 1, 15);
			u->nr_in--;
		}
		return value;
	case IER: return u->lcr & LCR_DLAB ? u->divisor >> 8 : u->ier;
	case IIR:
		value = is_pending(u) ? 0xc0 : 0xc1;
		if (u->ier & IER_TRANSMITTER && !u->nr_in)
			u->empty_pending = false;
		return value;
	case LSR: return line_status(u);
	case MSR:
		value = u->msr;
		u->msr &= (u8)~MSR_CHANGED;
		return value;
	case SCR: return u->scr;
	}
	return 0;
}

static void later(void *unused) { update_line(); }

static void write_port(void *unused, u32 offset, u32 bytes, u32 value)
{
	struct uart_model *u = &uarts[offset / 8];

	switch (offset % 8) {
	case THR:
		if (u->lcr & LCR_DLAB) {
			u->divisor = (u->divisor & 0xff00) | value;
			return;
		}
		EXPECT(u->nr_out < 16);
		u->out[u->nr_out++] = (u8)value;
		u->empty_pending = false;
		if (!u->sending)
			fake_after(BYTE_NS, byte_is_out, u);
		u->sending = true;
		return;
	case IER:
		if (u->lcr & LCR_DLAB) {
			u->divisor = (u->divisor & 0xff) | value << 8;
			return;
		}
		if (value & ~u->ier & IER_TRANSMITTER && !u->nr_out)
			u->empty_pending = true;
		u->ier = (u8)value;
		fake_after(100, later, NULL);
		return;
	case FCR: u->nr_in = value & FCR_CLEAR_RECEIVER ? 0 : u->nr_in; return;
	case LCR: u->lcr = (u8)value; return;
	case MCR: u->mcr = (u8)value; return;
	case SCR: u->scr = (u8)value; return;
	}
}

static void make_card(u32 nr)
{
	struct fake_pci pci = {
		.vendor = VENDOR_REDHAT,
		.device = (u16)(nr == 1	  ? CARD_1_PORT
				: nr == 2 ? CARD_2_PORTS
					  : CARD_4_PORTS),
		.class_code = 0x070002,
		.pin = 1,
		.bars = { { 8 * nr, FAKE_BAR_PORTS } },
	};

	card = fake_pci_device("0000:00:05.0", &pci);
	fake_ports(card, 0, 8 * nr, read_port, write_port, NULL);
}

static void start(u32 nr)
{
	make_card(nr);
	EXPECT_EQ(fake_load(), 0);
	EXPECT_EQ(fake_probe_error(card), 0);
}

FAKE_TEST(four_ports)
{
	start(4);
	EXPECT(fake_tty_exists("ttyS0") && fake_tty_exists("ttyS3") && !fake_tty_exists("ttyS4"));
	for (u32 i = 0; i < 4; i++)
		EXPECT_EQ(uarts[i].ier, 0);
}

FAKE_TEST(bytes_go_out)
{
	u8 bytes[300];

	start(2);
	EXPECT_EQ(fake_tty_open("ttyS1"), 0);
	for (u32 i = 0; i < sizeof(bytes); i++)
		bytes[i] = (u8)(i * 7);
	fake_tty_send("ttyS1", bytes, sizeof(bytes));
	EXPECT(fake_tty_unsent("ttyS1") > 200);
	EXPECT(fake_tty_pending("ttyS1") <= 16);
	fake_sleep(400 * BYTE_NS);
	EXPECT_EQ(uarts[1].nr_sent, sizeof(bytes));
	EXPECT_EQ(memcmp(uarts[1].sent, bytes, sizeof(bytes)), 0);
	EXPECT_EQ(fake_tty_pending("ttyS1"), 0);
	EXPECT_EQ(uarts[1].ier & IER_TRANSMITTER, 0);
	/* Stopped, and then not. */
	fake_tty_stop("ttyS1", true);
	fake_tty_send("ttyS1", bytes, 20);
	fake_sleep(40 * BYTE_NS);
	EXPECT_EQ(uarts[1].nr_sent, sizeof(bytes));
	fake_tty_stop("ttyS1", false);
	fake_sleep(40 * BYTE_NS);
	EXPECT_EQ(uarts[1].nr_sent, sizeof(bytes) + 20);
	EXPECT_EQ(floods, 0);
}

FAKE_TEST(bytes_come_in)
{
	u8 bytes[64];

	start(1);
	EXPECT_EQ(fake_tty_open("ttyS0"), 0);
	for (u8 i = 0; i < 50; i++)
		arrives(&uarts[0], i, 0);
	arrives(&uarts[0], 'p', LSR_PARITY);
	arrives(&uarts[0], 0, LSR_BREAK);
	arrives(&uarts[0], 'f', LSR_FRAME);
	EXPECT_EQ(fake_tty_received("ttyS0", bytes, 64), 50);
	EXPECT_EQ(bytes[49], 49);
	EXPECT_EQ(fake_tty_errors("ttyS0", TTY_BYTE_PARITY), 1);
	EXPECT_EQ(fake_tty_errors("ttyS0", TTY_BYTE_BREAK), 1);
	EXPECT_EQ(fake_tty_errors("ttyS0", TTY_BYTE_FRAME), 1);
	/* More than the FIFO holds before anybody looks. */
	uarts[0].mcr &= (u8)~MCR_OUT2;
	for (u8 i = 0; i < 20; i++)
		arrives(&uarts[0], i, 0);
	uarts[0].mcr |= MCR_OUT2;
	update_line();
	EXPECT_EQ(fake_tty_errors("ttyS0", TTY_BYTE_OVERRUN), 1);
	EXPECT_EQ(fake_tty_received("ttyS0", bytes, 64), 16);
}

FAKE_TEST(a_closed_port_is_silent)
{
	start(1);
	arrives(&uarts[0], 'x', 0);
	fake_tty_open("ttyS0");
	EXPECT_EQ(uarts[0].nr_in, 0);
	fake_tty_close("ttyS0");
	EXPECT_EQ(uarts[0].ier, 0);
	arrives(&uarts[0], 'y', 0);
	EXPECT_EQ(fake_tty_errors("ttyS0", TTY_BYTE_GOOD), 0);
}

FAKE_TEST(settings_and_lines)
{
	struct tty_settings s = { .size = sizeof(s),
				  .baud = 9600,
				  .data_bits = 7,
				  .stop_bits = 2,
				  .parity = TTY_PARITY_EVEN };

	start(1);
	fake_tty_open("ttyS0");
	EXPECT_EQ(uarts[0].divisor, 1);
	EXPECT_EQ(uarts[0].mcr & (MCR_DTR | MCR_RTS), MCR_DTR | MCR_RTS);
	fake_tty_set("ttyS0", &s);
	EXPECT_EQ(uarts[0].divisor, 12);
	EXPECT_EQ(uarts[0].lcr, 2 | LCR_STOP_2 | LCR_PARITY | LCR_EVEN);
	s.baud = 5000000;
	fake_tty_set("ttyS0", &s);
	EXPECT_EQ(s.baud, UART_CLOCK);
	s.baud = 1;
	fake_tty_set("ttyS0", &s);
	EXPECT_EQ(s.baud, UART_CLOCK / 0xffff);
	fake_tty_break("ttyS0", true);
	EXPECT(uarts[0].lcr & LCR_BREAK);
	fake_tty_break("ttyS0", false);
	EXPECT(!(uarts[0].lcr & LCR_BREAK));
	uarts[0].msr = MSR_CTS | MSR_DCD | 0x01;
	update_line();
	EXPECT_EQ(fake_tty_lines("ttyS0"), TTY_LINE_CTS | TTY_LINE_DCD);
}

/* A program asks before the interrupt comes: asking clears what has changed, and it is told all the same. */
FAKE_TEST(a_change_that_is_read_before_its_interrupt)
{
	start(1);
	fake_tty_open("ttyS0");
	uarts[0].msr = MSR_CTS | MSR_DCD | 0x01;
	EXPECT_EQ(fake_tty_lines("ttyS0"), TTY_LINE_CTS | TTY_LINE_DCD);
	EXPECT_EQ(uarts[0].msr & MSR_CHANGED, 0);
	/* Told: from now on that is what the class goes by. */
	uarts[0].msr = 0;
	EXPECT_EQ(fake_tty_lines("ttyS0"), TTY_LINE_CTS | TTY_LINE_DCD);
}

static void noise(void *data)
{
	for (u32 i = 0; i < 200; i++) {
		arrives(&uarts[i % 2], (u8)i, 0);
		fake_sleep(BYTE_NS);
	}
}

FAKE_TEST(unbound_in_use)
{
	start(2);
	fake_tty_open("ttyS0");
	fake_tty_open("ttyS1");
	fake_thread(noise, NULL);
	fake_sleep(20 * BYTE_NS);
	fake_unbind(card);
	fake_join();
	EXPECT_EQ(uarts[0].ier | uarts[1].ier, 0);
	EXPECT(!fake_tty_exists("ttyS0"));
}

FAKE_TEST(pulled_out_in_use)
{
	start(2);
	fake_tty_open("ttyS0");
	fake_thread(noise, NULL);
	fake_sleep(20 * BYTE_NS);
	fake_unplug(card);
	fake_tty_send("ttyS0", "x", 1);
	EXPECT_EQ(fake_tty_pending("ttyS0"), 0);
	fake_device_remove(card);
	fake_join();
}

FAKE_TEST(no_uart_answers)
{
	struct fake_pci pci = { .vendor = VENDOR_REDHAT,
				.device = CARD_4_PORTS,
				.pin = 1,
				.bars = { { 8, FAKE_BAR_PORTS } } };

	card = fake_pci_device("0000:00:05.0", &pci);
	fake_ports(card, 0, 8, read_port, write_port, NULL);
	fake_load();
	EXPECT_EQ(fake_probe_error(card), -ENODEV);
}

FAULT_TEST(every_call_may_fail)
{
	make_card(4);
	fake_load();
	if (!fake_is_bound(card)) {
		EXPECT(fake_fault() != NULL);
		EXPECT(!fake_tty_exists("ttyS0"));
		return;
	}
	EXPECT_EQ(fake_tty_open("ttyS3"), 0);
}
