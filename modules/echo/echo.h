/* SPDX-License-Identifier: MIT */
/* Commands of /dev/echo; programs may include this file. */
#ifndef ECHO_H
#define ECHO_H

#include <uapi/ioctl.h>

#define ECHO_GET_QUEUED	_IOR('e', 1, unsigned int)	/* bytes that can be read now */
#define ECHO_SET_UPPER	_IOW('e', 2, unsigned int)	/* 1: letters come back as capitals */
#define ECHO_CLEAR	_IO('e', 3)			/* drops what is queued; returns how many bytes that were */

/* Writes one piece of memory and reads into another, as one call: what came back stands in came_back. What cannot be moved now is left. */
struct echo_exchange {
	unsigned long long out;	 /* address */
	unsigned long long back; /* address */
	unsigned int
		out_bytes; /* how many there are to write, at most 4096; afterwards how many were written */
	unsigned int
		back_bytes; /* how much room there is, at most 4096; afterwards how many came back */
};
#define ECHO_EXCHANGE	_IOWR('e', 4, struct echo_exchange)

/* mmap: four pages at offset 0, shared by all who have the device open. The driver does nothing with it. */
#define ECHO_BOARD_SIZE	16384

#endif
