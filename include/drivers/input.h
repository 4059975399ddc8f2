/* SPDX-License-Identifier: MIT */
/*
 * Input devices (drivers/input): what drivers report (kit/input.h) goes to the device's readers (/dev/input/eventN) and to handlers
 * of the image, such as the keyboard of the virtual terminals.
 *
 * device->lock (LOCK_RANK_CLASS, interrupts off) serialises the events of one device and guards its state and its readers. The driver
 * is called without it.
 */
#ifndef DRIVERS_INPUT_H
#define DRIVERS_INPUT_H

#include <drivers/device.h>
#include <kernel/hrtimer.h>
#include <lib/bitmap.h>
#include <uapi/input.h>

struct input_device;

struct input_handler {
	/* Any event, in order, under the device's lock with interrupts off. May not sleep. */
	void (*event)(struct input_device *input, unsigned int type, unsigned int code, int value);
	struct list_head node;
};

/* For the image's life. */
void input_register_handler(struct input_handler *handler);
/* Sends an event to the device: LEDs, sounds. Any context but NMI, not under its lock. */
void input_send(struct input_device *input, unsigned int type, unsigned int code, int value);
/* Calls f(input, arg) for each device, which may sleep. */
void input_for_each(void (*f)(struct input_device *input, void *arg), void *arg);
bool input_can(const struct input_device *input, unsigned int type, unsigned int code);

#endif
