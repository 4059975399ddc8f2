/* SPDX-License-Identifier: MIT */
/*
 * What System V's semaphores, shared memory and message queues have in common.
 */
#ifndef UAPI_IPC_H
#define UAPI_IPC_H

#include <uapi/types.h>

#define IPC_PRIVATE	((__kernel_key_t)0)

struct ipc64_perm {
	__kernel_key_t key;
	__kernel_uid32_t uid;
	__kernel_gid32_t gid;
	__kernel_uid32_t cuid;
	__kernel_gid32_t cgid;
	__kernel_mode_t mode;
	unsigned char __pad1[4 - sizeof(__kernel_mode_t)];
	unsigned short seq;
	unsigned short __pad2;
	__kernel_ulong_t __unused1;
	__kernel_ulong_t __unused2;
};

#define IPC_CREAT	01000
#define IPC_EXCL	02000
#define IPC_NOWAIT	04000
#define IPC_DIPC	0x1000
#define IPC_OWN		0x2000
#define IPC_64		0x100
#define IPC_RMID	0
#define IPC_SET		1
#define IPC_STAT	2
#define IPC_INFO	3

#endif
