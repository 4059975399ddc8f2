/* SPDX-License-Identifier: MIT */
/* Commands of /dev/echo; programs may include this file. */
#ifndef ECHO_H
#define ECHO_H

#include <uapi/ioctl.h>

#define ECHO_GET_QUEUED	_IOR('e', 1, unsigned int)	/* bytes that can be read now */
#define ECHO_SET_UPPER	_IOW('e', 2, unsigned int)	/* 1: letters come back as capitals */
#define ECHO_CLEAR	_IO('e', 3)			/* drops what is queued; returns how many bytes that were */

#endif
