/* SPDX-License-Identifier: MIT */
/*
 * The PS/2 driver: one controller, two ports.
 *
 *	controller.c	the 8042: start, stop, interrupts, bytes to and from the ports
 *	port.c		one device's commands and their answers
 *	keyboard.c	scan codes to key events, LEDs
 *	mouse.c		reports to events, with wheel
 *
 * Locking: controller->lock (spinlock, interrupts off) makes a write to the controller whole and guards a port's answer state; port->command_lock
 * (mutex) lets one command at a time wait for its answer. Order: command_lock, lock. Bytes that are no answers go to port->receive with
 * no lock held; one port's bytes come one after the other.
 */
#ifndef PS2_H
#define PS2_H

#include <kit/device.h>
#include <kit/errno.h>
#include <kit/input.h>
#include <kit/ioport.h>
#include <kit/irq.h>
#include <kit/lock.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/time.h>
#include <kit/wait.h>
#include <kit/work.h>
#include <uapi/input.h>

#include "ps2_regs.h"

struct ps2_controller;

struct ps2_port {
	struct ps2_controller *controller; /* immutable, like aux */
	bool aux;			   /* the mouse's port */
	/* set before the device is enabled */
	void (*receive)(struct ps2_port *port, u8 byte);
	struct input_device *input; /* immutable while bytes are received */

	struct mutex command_lock;
	struct completion answered;
	u8 *answer; /* lock: where answer bytes go */
	/* lock: answer bytes still to come, the acknowledgement not counted */
	u8 wanted;
	bool expecting; /* lock: a command waits */
	bool acked;	/* lock */
	int result;	/* lock: 0 or -EIO */

	/* Keyboard */
	u8 prefix; /* receive only: SCAN_EXTENDED, SCAN_PAUSE or 0 */
	u8 pause_left;
	struct work led_work;
	atomic_t leds; /* as DEVICE_SET_LEDS wants them */

	/* Mouse */
	u8 report[4], nr_bytes, report_size; /* receive only */
	u64 last_byte_ns;
};

struct ps2_controller {
	struct device *device;
	struct ioport *data, *command; /* ports 0x60 and 0x64 */
	spinlock_t lock;
	struct ps2_port keyboard, mouse;
};

/* controller.c */
/* A byte to a port's device: 0, or -ETIMEDOUT when the controller does not take it. lock held. */
int ps2_send(struct ps2_port *port, u8 byte);

/* port.c */
/*
 * Sends a command byte (or its argument) and waits for the acknowledgement and `wanted` bytes of answer. 0, -ETIMEDOUT, -EIO (the device
 * asks for it again and again). Sleeps.
 */
int ps2_command(struct ps2_port *port, u8 byte, u8 *answer, u8 wanted, u32 timeout_ms);
/* A byte has come: an answer, or input. Any context. */
void ps2_received(struct ps2_port *port, u8 byte);

int ps2_keyboard_start(struct ps2_port *port);
int ps2_mouse_start(struct ps2_port *port);

#endif
