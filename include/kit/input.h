/* SPDX-License-Identifier: MIT */
/*
 * Kit: input devices: keyboards, mice. Event types and codes are those of evdev (uapi/input.h, uapi/input-event-codes.h).
 *
 * Unless a comment says otherwise: any context; never sleeps; cannot fail; what is returned stays
 * whose it was.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_INPUT_H
#define KIT_INPUT_H

#include <kit/abi.h>
#include <kit/errno.h>
#include <kit/types.h>

struct device;
struct input_device; /* opaque */

struct input_capability { /* one code that the device can send */
	u16 type, code;
	struct kit_marker kit_0_1; /* at the end: an element of tables, which never grows */
};

struct input_params {
	u32 size; /* sizeof(struct input_params) */
	struct kit_marker kit_0_1;
	u16 bus, vendor, product, version; /* BUS_* and what the device calls itself */
	u32 nr_capabilities;
	const char *name, *phys;		     /* copied; phys may be NULL */
	const struct input_capability *capabilities; /* copied */
	/*
	 * An output is set, EV_LED for one, by a program or by input_report: this is its newest value. Does not sleep; one device's calls never overlap,
	 * nor come when it is gone. The core holds no lock: it may take the driver's, and report. But a driver that reports
	 * an output with a lock of its own held may be called with that lock held. May be NULL.
	 */
	void (*event)(struct input_device *input, u32 type, u32 code, s32 value);
	void *data;
	bool autorepeat; /* the core repeats keys that are held (EV_REP) */
};

/* The parent's until it lets go. ERR_PTR: -EINVAL, -ENOMEM, -E2BIG. Sleeps. Since 0.1. */
struct input_device *input_register(struct device *parent, const struct input_params *params)
	KIT_SYMBOL(input_register) __must_check;
/* One event; events up to input_sync form one report. A code that is not among the capabilities, and a key that does not change, are dropped.
 * Any context but NMI; one device's reports are made by one CPU at a time. Since 0.1. */
void input_report(struct input_device *input, u32 type, u32 code, s32 value)
	KIT_SYMBOL(input_report);
/* Ends a report: programs see its events together. Any context but NMI. Since 0.1. */
void input_sync(struct input_device *input) KIT_SYMBOL(input_sync);
/* The driver's own pointer, params.data. Since 0.1. */
void *input_data(const struct input_device *input) KIT_SYMBOL(input_data);

KIT_HEADER_PLAIN(input, 0);

#endif
