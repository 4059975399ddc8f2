/* SPDX-License-Identifier: MIT */
/*
 * Kit: character devices.
 *
 * The core does the waiting: read and write answer -EAGAIN when nothing can move now, the core sleeps (or answers EAGAIN to a program
 * that asked for that), and the driver says char_ready() when things have changed. Buffers are the kit's, never user memory.
 *
 * Calls for one open file are serialised; those of different open files run in parallel. None runs after the device is gone: programs
 * that still hold a descriptor get ENODEV.
 *
 * Unless a comment says otherwise: any context; never sleeps; cannot fail; what is returned stays
 * whose it was.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_CHAR_H
#define KIT_CHAR_H

#include <kit/abi.h>
#include <kit/errno.h>
#include <kit/types.h>

struct device;
struct module;
struct char_device; /* opaque */
struct char_file;   /* opaque: one open file */

enum kit_char_constants {
	/* Events, as poll(2) counts them. */
	CHAR_READABLE = 0x01,
	CHAR_URGENT = 0x02,
	CHAR_WRITABLE = 0x04,
	CHAR_ERROR = 0x08,
	CHAR_HANGUP = 0x10,
	/* Flags of the operations. */
	CHAR_SEEKABLE = 0x1,  /* has positions: pread, lseek; else a stream */
	CHAR_EXCLUSIVE = 0x2, /* one open file at a time: EBUSY */
};

/* One ioctl command. The core copies the argument in and out by these sizes. */
struct char_command {
	u32 size; /* sizeof(struct char_command): the stride of the table */
	struct kit_marker kit_0_1;
	u32 command;		 /* as programs give it */
	u32 bytes_in, bytes_out; /* both 0: the argument is a plain number */
	/* argument: a buffer of the larger of the two sizes, or NULL with the number in value. 0 or more is the result of ioctl(2). */
	s64 (*run)(struct char_file *file, void *argument, u64 value);
};

struct char_operations {
	u32 size; /* sizeof(struct char_operations) */
	struct kit_marker kit_0_1;
	u32 flags;			     /* CHAR_SEEKABLE, CHAR_EXCLUSIVE */
	int (*open)(struct char_file *file); /* may be NULL */
	/* after the last call for this file; may be NULL */
	void (*close)(struct char_file *file);
	/* Up to length bytes at position; the number moved, 0 for the end, -EAGAIN: not now. NULL: EINVAL. */
	ssize_t (*read)(struct char_file *file, void *buffer, size_t length, u64 position);
	ssize_t (*write)(struct char_file *file, const void *buffer, size_t length, u64 position);
	/* What could be done without waiting, CHAR_*; NULL: readable and writable always. May not sleep. */
	u32 (*poll)(struct char_file *file);
	const struct char_command *commands; /* NULL: no ioctl (ENOTTY) */
	u32 nr_commands;
	u32 reserved;
};

struct char_params {
	u32 size; /* sizeof(struct char_params) */
	struct kit_marker kit_0_1;
	u32 mode;		/* of the node: 0666 ... */
	const char *name;	/* below /dev: "echo", "input/event0" */
	const char *class_name; /* below /sys/class; NULL: "misc" */
	/* stays where it is until the device is gone */
	const struct char_operations *operations;
	void *data;
};

/*
 * Makes a device; its owner is parent, or, with parent NULL, the module. It appears in /dev and /sys. A program may open it before this
 * returns: callbacks find it by char_file_device(). ERR_PTR: -EINVAL, -EEXIST, -ENOMEM, -E2BIG. Sleeps. Since 0.1.
 */
struct char_device *char_register(struct module *owner, struct device *parent,
				  const struct char_params *params)
	KIT_SYMBOL(char_register) __must_check;
/* Gone when this returns: no call runs, none comes. Also done when the owner goes. Sleeps. Since 0.1. */
void char_unregister(struct char_device *device) KIT_SYMBOL(char_unregister);
/* Something has changed: wakes those who wait for these events, and polls anew. Any context but NMI. Since 0.1. */
void char_ready(struct char_device *device, u32 events) KIT_SYMBOL(char_ready);
/* As char_ready, for one open file only. Any context but NMI. Since 0.1. */
void char_file_ready(struct char_file *file, u32 events) KIT_SYMBOL(char_file_ready);

/* The driver's own pointer of a device, params.data. Since 0.1. */
void *char_data(const struct char_device *device) KIT_SYMBOL(char_data);
/* The device that a file was opened of. Since 0.1. */
struct char_device *char_file_device(const struct char_file *file) KIT_SYMBOL(char_file_device);
/* Keeps a pointer of the driver's own with an open file. Since 0.1. */
void char_file_set_data(struct char_file *file, void *data) KIT_SYMBOL(char_file_set_data);
/* That pointer; NULL until it is set. Since 0.1. */
void *char_file_data(const struct char_file *file) KIT_SYMBOL(char_file_data);
/* Was the file opened for reading? Since 0.1. */
bool char_file_readable(const struct char_file *file) KIT_SYMBOL(char_file_readable);
/* Was it opened for writing? Since 0.1. */
bool char_file_writable(const struct char_file *file) KIT_SYMBOL(char_file_writable);

KIT_HEADER(char, 0);

#endif
