/* SPDX-License-Identifier: MIT */
/*
 * System V message queues.
 */
#ifndef UAPI_MSG_H
#define UAPI_MSG_H

#include <uapi/ipc.h>

#define MSG_NOERROR	010000
#define MSG_EXCEPT	020000
#define MSG_COPY	040000
#define MSG_STAT	11
#define MSG_INFO	12
#define MSG_STAT_ANY	13

struct msgbuf {
	__kernel_long_t mtype;
	char mtext[1];
};

struct msqid64_ds {
	struct ipc64_perm msg_perm;
	long msg_stime;
	long msg_rtime;
	long msg_ctime;
	unsigned long msg_cbytes;
	unsigned long msg_qnum;
	unsigned long msg_qbytes;
	__kernel_pid_t msg_lspid;
	__kernel_pid_t msg_lrpid;
	unsigned long __unused4;
	unsigned long __unused5;
};

struct msginfo {
	int msgpool;
	int msgmap;
	int msgmax;
	int msgmnb;
	int msgmni;
	int msgssz;
	int msgtql;
	unsigned short msgseg;
};

/* Limits. */
#define MSGMNI	32000
#define MSGMAX	8192
#define MSGMNB	16384
#define MSGPOOL	512000
#define MSGTQL	16384
#define MSGMAP	16384
#define MSGSSZ	16
#define MSGSEG	65535

#endif
