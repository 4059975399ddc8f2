/* SPDX-License-Identifier: MIT */
/* Commands of /dev/edu/ADDRESS; programs may include this file. */
#ifndef EDU_H
#define EDU_H

#include <uapi/ioctl.h>

/* Its memory: read and write at positions 0 to EDU_MEMORY_SIZE - 1. It has 4096 bytes, but QEMU up to 8 takes the end for too far. */
#define EDU_MEMORY_SIZE		4088

/*
 * mmap: the registers, EDU_REGISTERS_SIZE bytes from offset 0 on, and the buffer through which the device moves its memory, one page at EDU_MAP_BUFFER, which
 * is read only.
 */
#define EDU_REGISTERS_SIZE	0x100000
#define EDU_MAP_BUFFER		0x100000

#define EDU_INVERT	_IOWR('d', 1, unsigned int)	/* what the device makes of a number: all bits the other way */
#define EDU_START	_IOW('d', 2, unsigned int)	/* begins to compute a factorial; EBUSY while it computes one */
#define EDU_RESULT	_IOR('d', 3, unsigned int)	/* what came out, modulo 2^32; EAGAIN: not yet (poll tells: POLLPRI), ENODATA: nothing begun */

#endif
