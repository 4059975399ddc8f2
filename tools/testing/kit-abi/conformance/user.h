/* SPDX-License-Identifier: MIT */
/* Between the module conform and the program use.c: the commands of /dev/conform, and what it counts. Both are of one commit always. */
#ifndef CONFORM_USER_H
#define CONFORM_USER_H

enum {
	CONFORM_COUNTS = 0x4b01, /* out: struct conform_counts; forgets them */
	CONFORM_PLUS_ONE,	 /* the number */
	CONFORM_SUM,		 /* in 16 bytes, out 8: two numbers, the first becomes their sum */
	CONFORM_FAIL,		 /* -ENOLINK */
	CONFORM_INTERRUPTED, /* waits for a mutex until a signal comes: what mutex_lock_interruptible said */
	CONFORM_INPUT,	    /* the number: which report (device.c) */
	CONFORM_READY_LAST, /* char_file_ready() for the file of stream that was opened last */
	CONFORM_READY,	    /* char_ready() for stream */
	CONFORM_UNBOUND,    /* the keyboard's controller has been taken away */
	CONFORM_NESTED,	    /* struct conform_nested */
	CONFORM_UNKNOWN,    /* none */
};

/* One buffer in, at most CONFORM_NESTED_MOST pairs of bytes; one both ways, always of CONFORM_NESTED_FIXED bytes, of which the driver gives the first `give` back. */
struct conform_nested {
	unsigned long long from;
	unsigned long long nr; /* pairs; becomes the sum of their bytes */
	unsigned long long both;
	unsigned int give;
	int result; /* of the command, if it is not 0 */
};

#define CONFORM_NESTED_MOST	10
#define CONFORM_NESTED_FIXED	8

/* What conform-map shows at which offset. */
#define CONFORM_MAP_BUFFER	0x0	/* CONFORM_MAP_SIZE bytes, which begin with CONFORM_MAP_WORD */
#define CONFORM_MAP_READ_ONLY	0x10000 /* the same */
#define CONFORM_MAP_NONE	0x20000 /* memory that is no buffer */
#define CONFORM_MAP_RANGE	0x30000 /* device memory of no device */
#define CONFORM_MAP_OWN		0x40000 /* -EDOM */
#define CONFORM_MAP_SIZE	8192
#define CONFORM_MAP_WORD	0x6d617000
/* And conform-pci: registers of edu, a buffer of dma_alloc, and three that there are not. */
#define CONFORM_PCI_REGISTERS	0x0
#define CONFORM_PCI_BUFFER	0x100000
#define CONFORM_PCI_COMBINES	0x200000 /* registers, by another way */
#define CONFORM_PCI_NONE	0x400000 /* a range that is not there */
#define CONFORM_PCI_PART	0x500000 /* a part that is no whole page */

#define CONFORM_ROOM	8  /* bytes that stream holds */
#define CONFORM_PLACE	64 /* bytes of place */
/* Bytes that are asked of meet: it answers after a while, or when there are two calls at a time. */
#define CONFORM_ALONE	1
#define CONFORM_BESIDE	2

/* Of stream and meet. */
struct conform_counts {
	unsigned int opens, closes;
	unsigned int polls, reads;   /* calls */
	unsigned int last_reads;     /* for the file that was opened last */
	unsigned int one_file, most; /* calls at a time: most of one file, most of all */
};

#endif
