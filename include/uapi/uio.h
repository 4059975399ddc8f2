/* SPDX-License-Identifier: MIT */
/*
 * Scattered reads and writes.
 */
#ifndef UAPI_UIO_H
#define UAPI_UIO_H

#include <uapi/types.h>

struct iovec {
	void *iov_base;
	__kernel_size_t iov_len;
};

#define UIO_FASTIOV	8
#define UIO_MAXIOV	1024

/* preadv2, pwritev2. */
#define RWF_HIPRI	0x1
#define RWF_DSYNC	0x2
#define RWF_SYNC	0x4
#define RWF_NOWAIT	0x8
#define RWF_APPEND	0x10
#define RWF_SUPPORTED	0x1f

#endif
