/* SPDX-License-Identifier: MIT */
/* Character devices: what char.c (life), char_io.c (calls), char_nested.c (commands with more than one buffer) and char_map.c (mmap) share. */
#ifndef DRIVERS_CHAR_INTERNAL_H
#define DRIVERS_CHAR_INTERNAL_H

#include <drivers/device.h>
#include <kernel/wait.h>
#include <kit/char.h>
#include <mm/mapping.h>

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
	/* of all vmas that show something of it; has no pages (char_map.c) */
	struct mapping mapping;
	struct list_head regions; /* mapping.invalidate_lock: what they show */
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

extern const struct file_operations char_fops, char_mapped_fops;
/*
 * Around each call of the driver for a file: 0, or what the call says instead of the driver. The end comes in any case.
 */
int char_begin_call(struct char_file *file) __acquires(&file->lock);
void char_end_call(struct char_file *file) __releases(&file->lock);
void char_file_put(struct char_file *file);
void char_file_close(struct char_file *file); /* the driver's close, once */
/* after that: the driver is not called for it any more */
void char_file_put_module(struct char_file *file);
void char_caller_died(struct thread *t); /* at its end: if it was in a driver */

int char_take_nested(struct char_command *command); /* 0, -EINVAL, -E2BIG, -ENOMEM */
void char_free_commands(struct char_device *device);
s64 char_run_nested(struct char_file *file, const struct char_command *command, void *argument);

void *char_mmap_prepare(struct file *f, unsigned long pgoff, unsigned long len);
void char_mmap_cancel(struct file *f, void *prepared);
int char_mmap(struct file *f, struct vma *vma);
void char_map_init(void); /* boot */
void char_init_maps(struct char_device *device);
/* The device is marked gone: nobody sees anything of it any more. Sleeps. */
void char_end_maps(struct char_device *device);

struct char_device *char_find(dev_t_kernel devt); /* with a reference; NULL */

#endif
