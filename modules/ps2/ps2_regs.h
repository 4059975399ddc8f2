/* SPDX-License-Identifier: MIT */
/*
 * The 8042 keyboard controller and the devices behind it (IBM Personal System/2 Hardware Interface Technical Reference, "Keyboard and
 * Auxiliary Device Controller"; keyboard and mouse commands of the same book).
 */
#ifndef PS2_REGS_H
#define PS2_REGS_H

/* Status register (port 0x64, read). */
#define STATUS_OUTPUT_FULL	0x01	/* a byte for us in the data port */
#define STATUS_INPUT_FULL	0x02	/* the controller has not taken our last byte */
#define STATUS_AUX		0x20	/* the byte is from the auxiliary device */
#define STATUS_TIMEOUT		0x40
#define STATUS_PARITY		0x80

/* Controller commands (port 0x64, write). */
#define COMMAND_READ_CONFIG	0x20
#define COMMAND_WRITE_CONFIG	0x60
#define COMMAND_DISABLE_AUX	0xa7
#define COMMAND_ENABLE_AUX	0xa8
#define COMMAND_TEST_AUX	0xa9	/* answers 0: good */
#define COMMAND_TEST		0xaa	/* answers TEST_PASSED */
#define COMMAND_TEST_KEYBOARD	0xab	/* answers 0: good */
#define COMMAND_DISABLE_KEYBOARD 0xad
#define COMMAND_ENABLE_KEYBOARD	0xae
#define COMMAND_WRITE_AUX	0xd4	/* the next data byte goes to the auxiliary device */
#define TEST_PASSED		0x55

/* Configuration byte. */
#define CONFIG_KEYBOARD_IRQ	0x01
#define CONFIG_AUX_IRQ		0x02
#define CONFIG_KEYBOARD_OFF	0x10	/* its clock is held */
#define CONFIG_AUX_OFF		0x20
#define CONFIG_TRANSLATE	0x40	/* scan codes of set 2 arrive as set 1 */

/* Commands to a device, and its answers. */
#define DEVICE_SET_LEDS		0xed	/* keyboard */
#define DEVICE_SET_RATE		0xf3	/* mouse: reports a second; keyboard: typematic */
#define DEVICE_IDENTIFY		0xf2
#define DEVICE_ENABLE		0xf4
#define DEVICE_DISABLE		0xf5
#define DEVICE_RESET		0xff
#define ANSWER_ACK		0xfa
#define ANSWER_RESEND		0xfe
#define ANSWER_TEST_PASSED	0xaa

/* Scan codes, set 1. */
#define SCAN_EXTENDED		0xe0
#define SCAN_PAUSE		0xe1	/* begins the six bytes of Pause */
#define SCAN_RELEASE		0x80	/* bit: the key went up */

/* First byte of a mouse report. */
#define MOUSE_LEFT		0x01
#define MOUSE_RIGHT		0x02
#define MOUSE_MIDDLE		0x04
#define MOUSE_ALWAYS		0x08
#define MOUSE_X_NEGATIVE	0x10
#define MOUSE_Y_NEGATIVE	0x20
#define MOUSE_OVERFLOW		0xc0
#define MOUSE_ID_WHEEL		3	/* four bytes a report */

#endif
