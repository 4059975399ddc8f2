/* SPDX-License-Identifier: MIT */
/*
 * POSIX message queues.
 */
#ifndef UAPI_MQUEUE_H
#define UAPI_MQUEUE_H

#include <uapi/types.h>

#define MQ_PRIO_MAX	32768
#define MQ_BYTES_MAX	819200

struct mq_attr {
	__kernel_long_t mq_flags;
	__kernel_long_t mq_maxmsg;
	__kernel_long_t mq_msgsize;
	__kernel_long_t mq_curmsgs;
	__kernel_long_t __reserved[4];
};

/* SIGEV_THREAD: what comes through the netlink socket. */
#define NOTIFY_NONE		0
#define NOTIFY_WOKENUP		1
#define NOTIFY_REMOVED		2
#define NOTIFY_COOKIE_LEN	32

#endif
