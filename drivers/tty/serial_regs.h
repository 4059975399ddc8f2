/* SPDX-License-Identifier: MIT */
/*
 * Registers of the 16550 UART (National Semiconductor PC16550D data sheet, section 8 "Registers"), byte offsets from the base port.
 */
#ifndef DRIVERS_TTY_SERIAL_REGS_H
#define DRIVERS_TTY_SERIAL_REGS_H

enum uart_register {
	UART_RBR = 0, /* read: receiver buffer (DLAB 0) */
	UART_THR = 0, /* write: transmitter holding */
	UART_DLL = 0, /* divisor latch, low (DLAB 1) */
	UART_IER = 1, /* interrupt enable */
	UART_DLM = 1, /* divisor latch, high (DLAB 1) */
	UART_IIR = 2, /* read: interrupt identification */
	UART_FCR = 2, /* write: FIFO control */
	UART_LCR = 3, /* line control */
	UART_MCR = 4, /* modem control */
	UART_LSR = 5, /* line status */
	UART_MSR = 6, /* modem status */
	UART_SCR = 7, /* scratch */
};

#define UART_IER_RX	0x01	/* received data available */
#define UART_IER_THRE	0x02	/* transmitter holding register empty */
#define UART_IER_LINE	0x04	/* receiver line status */
#define UART_IIR_NONE	0x01	/* no interrupt pending */
#define UART_FCR_ENABLE	0x01
#define UART_FCR_CLEAR_RX 0x02
#define UART_FCR_CLEAR_TX 0x04
#define UART_FCR_TRIGGER_8 0x80
#define UART_LCR_STOP2	0x04
#define UART_LCR_PARITY	0x08
#define UART_LCR_EVEN	0x10
#define UART_LCR_BREAK	0x40
#define UART_LCR_DLAB	0x80
#define UART_MCR_DTR	0x01
#define UART_MCR_RTS	0x02
#define UART_MCR_OUT1	0x04
#define UART_MCR_OUT2	0x08	/* connects the interrupt on PCs */
#define UART_MCR_LOOP	0x10
#define UART_LSR_DR	0x01
#define UART_LSR_OVERRUN 0x02
#define UART_LSR_PARITY	0x04
#define UART_LSR_FRAME	0x08
#define UART_LSR_BREAK	0x10
#define UART_LSR_THRE	0x20
#define UART_LSR_TEMT	0x40	/* all sent, shift register included */
#define UART_MSR_CTS	0x10
#define UART_MSR_DSR	0x20
#define UART_MSR_RI	0x40
#define UART_MSR_DCD	0x80

#define UART_CLOCK	115200u	/* divisor 1 */
#define UART_FIFO_SIZE	16u

#endif
