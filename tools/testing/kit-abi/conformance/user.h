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
	CONFORM_UNKNOWN,    /* none */
};

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
