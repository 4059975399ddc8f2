/* SPDX-License-Identifier: MIT */
/*
 * poll, select and epoll. The events of poll and epoll are the same bits.
 */
#ifndef UAPI_POLL_H
#define UAPI_POLL_H

#include <uapi/types.h>

#define POLLIN		0x00000001
#define POLLPRI		0x00000002
#define POLLOUT		0x00000004
#define POLLERR		0x00000008
#define POLLHUP		0x00000010
#define POLLNVAL	0x00000020
#define POLLRDNORM	0x00000040
#define POLLRDBAND	0x00000080
#define POLLWRNORM	0x00000100
#define POLLWRBAND	0x00000200
#define POLLMSG		0x00000400
#define POLLREMOVE	0x00001000
#define POLLRDHUP	0x00002000

struct pollfd {
	int fd;
	short events;
	short revents;
};

/* Sets of select: 1024 descriptors in the C library's, any number here. */
#define __FD_SETSIZE	1024
typedef struct {
	unsigned long fds_bits[__FD_SETSIZE / (8 * sizeof(long))];
} __kernel_fd_set;

#define EPOLLIN		0x00000001
#define EPOLLPRI	0x00000002
#define EPOLLOUT	0x00000004
#define EPOLLERR	0x00000008
#define EPOLLHUP	0x00000010
#define EPOLLNVAL	0x00000020
#define EPOLLRDNORM	0x00000040
#define EPOLLRDBAND	0x00000080
#define EPOLLWRNORM	0x00000100
#define EPOLLWRBAND	0x00000200
#define EPOLLMSG	0x00000400
#define EPOLLRDHUP	0x00002000
#define EPOLLEXCLUSIVE	0x10000000
#define EPOLLWAKEUP	0x20000000
#define EPOLLONESHOT	0x40000000
#define EPOLLET		0x80000000

#define EPOLL_CTL_ADD	1
#define EPOLL_CTL_DEL	2
#define EPOLL_CTL_MOD	3
#define EPOLL_CLOEXEC	02000000

/* Packed on x86_64: 12 bytes, so that 32-bit programs agree. */
struct epoll_event {
	__poll_t events;
	__u64 data;
} __attribute__((packed));

#endif
