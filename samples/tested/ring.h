/* SPDX-License-Identifier: MIT */
/* A ring of numbers: the part of the module that is worth a test of its own. The caller locks. */
#ifndef RING_H
#define RING_H

#include <kit/errno.h>
#include <kit/types.h>

enum { RING_SIZE = 8 };

struct ring {
	u32 head, tail; /* free-running counters */
	s32 numbers[RING_SIZE];
};

int ring_put(struct ring *ring, s32 number);   /* 0, or -ENOSPC: it is full */
int ring_take(struct ring *ring, s32 *number); /* 0, or -EAGAIN: it is empty */

#endif
