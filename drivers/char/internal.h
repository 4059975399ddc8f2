/* SPDX-License-Identifier: MIT */
/* Character devices: what char.c (life) and char_io.c (calls) share. */
#ifndef DRIVERS_CHAR_INTERNAL_H
#define DRIVERS_CHAR_INTERNAL_H

#include <drivers/device.h>
#include <kernel/wait.h>
#include <kit/char.h>

/*
 * One device.
 *	I	immutable
 *	F	files_lock (LOCK_RANK_CLASS, interrupts off)
 */
struct char_device {
	struct device device;
	struct owned_resource resource; /* of the parent or the module */
	struct resource_owner *owner;	/* I */
	struct module *module;		/* I: held by open files; NULL: the image */
	/* I: copies in what this kernel knows: a file of a device that is gone outlives the module */
	struct char_operations ops;
	struct char_command *commands; /* I: ops.nr_commands of them */
	void *data;		       /* I */
	char *node;		       /* I: below /dev */
	bool has_node;		       /* I: it is ours */
	/* set once; calls check it under their file's lock */
	bool gone;
	spinlock_t files_lock;
	struct list_head files; /* F */
	unsigned int nr_open;	/* F */
};

enum { CHAR_FILE_EMPTIED = 1, CHAR_FILE_CLOSED = 2 };

struct char_file {
	struct char_device *device; /* I: with a reference */
	struct list_head node;	    /* F */
	struct mutex lock;	    /* serialises the driver's calls for this file */
	wait_queue_head_t wait;
	unsigned int ready_count; /* atomic: moves on with each event */
	unsigned int mode;	  /* I: FMODE_* */
	unsigned int users;	  /* F: the open file, and who drains it */
	u8 visited;		  /* F: CHAR_FILE_*, of a device that goes */
	/* lock: the driver's open succeeded, its close is owed */
	bool opened;
	/* lock: of the module, given back when the driver is not called for this file any more */
	bool holds_module;
	/* lock: a call ended in an oops; what the driver was about nobody knows, so it is not called any more */
	bool died;
	void *data;
};

extern const struct file_operations char_fops;
void char_file_put(struct char_file *file);
void char_file_close(struct char_file *file); /* the driver's close, once */
/* after that: the driver is not called for it any more */
void char_file_put_module(struct char_file *file);
void char_caller_died(struct thread *t); /* at its end: if it was in a driver */

struct char_device *char_find(dev_t_kernel devt); /* with a reference; NULL */

#endif
