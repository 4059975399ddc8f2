/* SPDX-License-Identifier: MIT */
/*
 * Registers of the 16550A UART (National Semiconductor PC16550D data sheet, section 8 "Registers"), as offsets from the port's first byte, and what
 * QEMU's cards are (docs/specs/pci-serial.txt in QEMU).
 */
#ifndef PCISERIAL_REGS_H
#define PCISERIAL_REGS_H

enum uart_register {
	RBR = 0, /* read: receiver buffer */
	THR = 0, /* write: transmitter holding */
	IER = 1, /* interrupt enable */
	IIR = 2, /* read: interrupt identification */
	FCR = 2, /* write: FIFO control */
	LCR = 3, /* line control */
	MCR = 4, /* modem control */
	LSR = 5, /* line status */
	MSR = 6, /* modem status */
	SCR = 7, /* scratch */
	DLL = 0, /* divisor latch, while LCR_DLAB is set */
	DLM = 1,
	UART_SIZE = 8,
};

enum {
	IER_RECEIVED = 0x01,
	IER_TRANSMITTER = 0x02, /* the transmitter holding register is empty */
	IER_LINE = 0x04,	/* an error or a break */
	IER_MODEM = 0x08,

	IIR_NONE = 0x01, /* no interrupt is pending */

	FCR_ENABLE = 0x01,
	FCR_CLEAR_RECEIVER = 0x02,
	FCR_CLEAR_TRANSMITTER = 0x04,
	FCR_TRIGGER_8 = 0x80, /* an interrupt for each 8 bytes, or after a pause */

	LCR_STOP_2 = 0x04,
	LCR_PARITY = 0x08,
	LCR_EVEN = 0x10,
	LCR_STICK = 0x20, /* parity is the inverse of LCR_EVEN */
	LCR_BREAK = 0x40,
	LCR_DLAB = 0x80,

	MCR_DTR = 0x01,
	MCR_RTS = 0x02,
	MCR_OUT1 = 0x04,
	MCR_OUT2 = 0x08,
	MCR_LOOP = 0x10,

	LSR_READY = 0x01, /* data */
	LSR_OVERRUN = 0x02,
	LSR_PARITY = 0x04,
	LSR_FRAME = 0x08,
	LSR_BREAK = 0x10,
	LSR_HOLDING_EMPTY = 0x20,
	LSR_ALL_EMPTY = 0x40, /* the shift register, too */

	MSR_CHANGED = 0x0f, /* since it was read last */
	MSR_CTS = 0x10,
	MSR_DSR = 0x20,
	MSR_RI = 0x40,
	MSR_DCD = 0x80,
};

#define UART_CLOCK	115200u	/* bits per second with divisor 1 */
#define FIFO_SIZE	16u
#define ABSENT		0xffu	/* what any register reads as once the card is gone */

#define VENDOR_REDHAT	0x1b36
#define CARD_1_PORT	0x0002
#define CARD_2_PORTS	0x0003
#define CARD_4_PORTS	0x0004

#endif
