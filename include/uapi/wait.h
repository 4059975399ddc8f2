/* SPDX-License-Identifier: MIT */
/*
 * Waiting for children: wait4 and waitid, and the status word.
 */
#ifndef UAPI_WAIT_H
#define UAPI_WAIT_H

#define WNOHANG		0x1
#define WUNTRACED	0x2
#define WSTOPPED	0x2
#define WEXITED		0x4
#define WCONTINUED	0x8
#define WNOWAIT		0x1000000
/* Only threads of the caller itself; every kind of child; only those made by clone with another exit signal. */
#define __WNOTHREAD	0x20000000
#define __WALL		0x40000000
#define __WCLONE	0x80000000

/* Whom waitid waits for. */
#define P_ALL	0
#define P_PID	1
#define P_PGID	2
#define P_PIDFD	3

#endif
