/* SPDX-License-Identifier: MIT */
/* What the files of drivers/input share. */
#ifndef DRIVERS_INPUT_INTERNAL_H
#define DRIVERS_INPUT_INTERNAL_H

#include <drivers/input.h>
#include <kit/input.h>

/*
 * One device.
 *	I	immutable once registered
 *	L	lock
 *
 * The driver's event is called without L, which it may take through input_report, and which whoever calls input_report with a lock of the driver's held may hold: what
 * it is to be told is marked, and told by who finds nobody else telling. That one has preemption off until it is done, so that a grace period
 * after `gone` waits for it.
 */
struct input_device {
	struct device device;		/* inputN */
	struct device node_device;	/* eventN, its child */
	char node_path[32];		/* I: below /dev */
	struct owned_resource resource; /* of the parent */
	struct list_head list;		/* devices_lock */
	unsigned int index;		/* I */
	char *name, *phys;		/* I */
	struct input_id id;		/* I */
	/* I; may be NULL; called without L by who has set telling, unless gone */
	void (*event)(struct input_device *input, u32 type, u32 code, s32 value);
	void *data;	 /* I */
	bool autorepeat; /* I */

	DECLARE_BITMAP(evbit, EV_CNT); /* I: what it can send or take */
	DECLARE_BITMAP(keybit, KEY_CNT);
	DECLARE_BITMAP(relbit, REL_CNT);
	DECLARE_BITMAP(absbit, ABS_CNT);
	DECLARE_BITMAP(mscbit, MSC_CNT);
	DECLARE_BITMAP(ledbit, LED_CNT);
	DECLARE_BITMAP(sndbit, SND_CNT);
	DECLARE_BITMAP(swbit, SW_CNT);

	spinlock_t lock;
	DECLARE_BITMAP(key, KEY_CNT);	  /* L: pressed now */
	DECLARE_BITMAP(led, LED_CNT);	  /* L: lit */
	DECLARE_BITMAP(snd, SND_CNT);	  /* L */
	DECLARE_BITMAP(sw, SW_CNT);	  /* L */
	s32 abs[ABS_CNT];		  /* L */
	DECLARE_BITMAP(led_due, LED_CNT); /* L: the driver is to be told; the newest value counts */
	DECLARE_BITMAP(snd_due, SND_CNT); /* L */
	s32 snd_value[SND_CNT];		  /* L */
	bool telling;			  /* L: somebody calls event */
	bool report_empty;		  /* L: nothing since the last EV_SYN */
	bool gone;			  /* L */
	unsigned int repeat_key;	  /* L: 0: none */
	unsigned int repeat_ms[REP_CNT];  /* L: delay, period */
	struct hrtimer repeat_timer;
	struct list_head readers;  /* L: evdev clients */
	struct evdev_client *grab; /* L: the only one that sees events */
};

/* The bitmap of an event type and its number of bits; NULL: the type has no codes. */
unsigned long *input_type_bits(struct input_device *input, unsigned int type, unsigned int *nr);

/* One event to readers, L held. */
void evdev_pass(struct input_device *input, unsigned int type, unsigned int code, int value,
		u64 now_ns);
int evdev_add(struct input_device *input);     /* the node */
void evdev_remove(struct input_device *input); /* readers get ENODEV */
void evdev_init(void);
struct input_device *input_find(unsigned int index); /* with a reference; NULL */

int input_sysfs_add(struct input_device *input);
void input_sysfs_init(void);	       /* /proc/bus/input/devices */
extern struct list_head input_devices; /* input_devices_lock */
extern struct mutex input_devices_lock;

#endif
