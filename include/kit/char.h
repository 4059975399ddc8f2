/* SPDX-License-Identifier: MIT */
/*
 * Kit: character devices.
 *
 * The core does the waiting: read and write answer -EAGAIN when nothing can move now, the core sleeps (or answers EAGAIN to a program
 * that asked for that), and the driver says char_ready() when things have changed. Buffers are the kit's, never user memory.
 *
 * Calls for one open file are serialised; those of different open files run in parallel. None runs after the device is gone: programs
 * that still hold a descriptor get ENODEV, and those that still have a mapping SIGBUS where they touch it.
 *
 * An ioctl may say by a table what of a program's memory its argument points to (struct char_nested); mmap shows what the driver names (map).
 * In both the driver meets no address of a program.
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
struct char_device;  /* opaque */
struct char_file;    /* opaque: one open file */
struct char_mapping; /* opaque: an mmap that the driver is asked about */
struct char_nested;
struct char_buffer;

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

	kit_char_since_0_11 = 0,
	/* Directions of nested buffers. */
	CHAR_NESTED_IN = 0x1,  /* what the program has there is copied before the call */
	CHAR_NESTED_OUT = 0x2, /* and what the driver has left there after it, if it succeeded */
	/* Flags of mappings. */
	CHAR_MAP_READ_ONLY = 0x1, /* programs do not write to it: EACCES */
	CHAR_MAP_COMBINES = 0x2, /* memory of a device where writes may be put together, and wait */
};

/* One ioctl command. The core copies the argument in and out by these sizes. */
struct char_command {
	u32 size; /* sizeof(struct char_command): the stride of the table */
	struct kit_marker kit_0_1;
	u32 command;		 /* as programs give it */
	u32 bytes_in, bytes_out; /* both 0: the argument is a plain number */
	/* argument: a buffer of the larger of the two sizes, or NULL with the number in value. 0 or more is the result of ioctl(2). */
	s64 (*run)(struct char_file *file, void *argument, u64 value);
	struct kit_marker kit_0_11;
	/* Instead of run, for a command with nested buffers: one element of buffers for each of nested, in that order. */
	s64 (*run_nested)(struct char_file *file, void *argument, struct char_buffer *buffers);
	const struct char_nested *nested;
	u32 nr_nested; /* at most 8 */
	u32 reserved;  /* 0, else EINVAL */
};

/*
 * A pointer in a command's argument, to memory of the program that the core copies as well. An argument is laid out alike for all programs: the address
 * is a u64. The driver finds 0 in its place.
 */
struct char_nested {
	u32 size; /* sizeof(struct char_nested): the stride of the table */
	struct kit_marker kit_0_11;
	u32 direction;	  /* CHAR_NESTED_IN, CHAR_NESTED_OUT, or both */
	u32 pointer_at;	  /* where in the argument the address stands, within bytes_in */
	u32 length_at;	  /* where its length stands, likewise */
	u32 length_bytes; /* how wide that is: 4 or 8; 0: none, it is always most_bytes */
	u32 unit_bytes;	  /* the length counts pieces of so many bytes; 0 is 1 */
	u32 most_bytes;	  /* programs with more get EINVAL; at most 4 MiB */
	u32 reserved;	  /* 0, else EINVAL */
};

/* A nested buffer as the driver has it during the call: zeroed where nothing was copied in. */
struct char_buffer {
	void *data; /* NULL: its length is 0 */
	/* Of CHAR_NESTED_OUT: the driver lowers it if less is to be copied out. */
	u64 length;
	struct kit_marker kit_0_11; /* at the end: buffers never grow */
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
	struct kit_marker kit_0_11;
	/*
	 * A program maps length bytes of the file from offset on, whole pages: the driver answers by char_map_buffer() or char_map_range(), and returns
	 * what that said, or an error of its own (ENXIO: there is nothing). It does not learn when the mapping ends. Sleeps. NULL: no mmap (ENODEV).
	 */
	int (*map)(struct char_file *file, struct char_mapping *mapping, u64 offset, u64 length);
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

/*
 * What mmap shows, from within map() alone and once. It stands at a position in the file, in bytes, a multiple of 4096; the mapping must lie within it. No mapping is executed
 * (EPERM, and EACCES of mprotect), inherits a size (mremap only shrinks and moves it), or is seen after the device is gone.
 */

/*
 * Shows a buffer: all of vzalloc's, or dma_alloc's of the device's parent, or its first size bytes; to the end of its last page, which is zeroed. Programs share it
 * with the driver, cached, futexes and I/O included; a private mapping (MAP_PRIVATE) keeps what it writes for itself. Its pages stay while they are mapped, so
 * a driver may free it before, but what programs see then is no longer its own. flags: CHAR_MAP_READ_ONLY. 0, -ENXIO (the mapping does not lie within), -EINVAL
 * (no such buffer), -ENOMEM. Sleeps. Since 0.11.
 */
int char_map_buffer(struct char_mapping *mapping, u64 position, void *buffer, size_t size,
		    u32 flags) KIT_SYMBOL(char_map_buffer) __must_check;
/*
 * Shows size bytes, from offset on, of memory range number index of the device's parent (mmio.h): whole pages of it alone, since a page may hold another
 * device's registers, too. Uncached, or as CHAR_MAP_COMBINES says. The kernel does not reach through it (EFAULT of direct I/O, ptrace, shared futexes), and nobody writes
 * to it privately (EINVAL). 0, -ENXIO (no such range), -EINVAL (the mapping does not lie within, no whole pages), -ENOMEM. Sleeps. Since 0.11.
 */
int char_map_range(struct char_mapping *mapping, u64 position, u32 index, u64 offset, u64 size,
		   u32 flags) KIT_SYMBOL(char_map_range) __must_check;

KIT_HEADER(char, 0);

#endif
