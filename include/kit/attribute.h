/* SPDX-License-Identifier: MIT */
/*
 * Kit: files of /sys.
 *
 * Each is either a text (show, store) or bytes with positions (read, write, and mapping a memory range of the device). The calls of one
 * file may run in parallel and may sleep; none runs after the object it belongs to is gone.
 *
 * State: draft.
 */
#ifndef KIT_ATTRIBUTE_H
#define KIT_ATTRIBUTE_H

#include <kit/abi.h>
#include <kit/types.h>

struct device;

enum kit_attribute_constants {
	/* Flags. */
	ATTRIBUTE_BYTES = 0x1, /* read, write, file_size count; else show and store */
	ATTRIBUTE_MAPS_RANGE =
		0x2, /* with BYTES: mmap shows the device's memory range number `range`, uncached */
	ATTRIBUTE_COMBINES = 0x4, /* with MAPS_RANGE: write-combining */
	ATTRIBUTE_REMOVES =
		0x8, /* store removes the object: it is called once, the file is gone by then, and object is still valid */
	/* Limits. */
	/* bytes of show's buffer; read and write get at most as much at once */
	ATTRIBUTE_TEXT_SIZE = 4096,
};

struct attribute {
	u32 size; /* sizeof(struct attribute): the stride of a table */
	struct kit_marker kit_0_1;
	u32 mode;	  /* 0444, 0644 ... */
	const char *name; /* copied, as all of the structure */
	/* Prints the value and a newline; bytes or a negative errno. */
	ssize_t (*show)(void *object, const struct attribute *attribute, char *buffer);
	/* text ends in a zero; returns what it took, normally length. */
	ssize_t (*store)(void *object, const struct attribute *attribute, const char *text,
			 size_t length);
	ssize_t (*read)(void *object, const struct attribute *attribute, void *buffer, u64 position,
			size_t length);
	ssize_t (*write)(void *object, const struct attribute *attribute, const void *buffer,
			 u64 position, size_t length);
	u64 file_size; /* 0: not known */
	u64 value;     /* the module's own */
	u32 flags;     /* ATTRIBUTE_BYTES ... */
	u32 range;
};

/*
 * Files in the device's folder until the driver lets go of it; object is the device. 0, -EINVAL, -EEXIST, -ENOMEM: then none was made.
 * Sleeps. Since 0.1.
 */
int dev_add_attributes(struct device *device, const struct attribute *attributes, u32 nr)
	KIT_SYMBOL(dev_add_attributes) __must_check;

KIT_HEADER(attribute, 1);

#endif
