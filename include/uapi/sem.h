/* SPDX-License-Identifier: MIT */
/*
 * System V semaphores.
 */
#ifndef UAPI_SEM_H
#define UAPI_SEM_H

#include <uapi/ipc.h>

#define SEM_UNDO	4096
#define GETPID		11
#define GETVAL		12
#define GETALL		13
#define GETNCNT		14
#define GETZCNT		15
#define SETVAL		16
#define SETALL		17
#define SEM_STAT	18
#define SEM_INFO	19
#define SEM_STAT_ANY	20

struct sembuf {
	unsigned short sem_num;
	short sem_op;
	short sem_flg;
};

struct semid64_ds {
	struct ipc64_perm sem_perm;
	__kernel_long_t sem_otime;
	__kernel_ulong_t __unused1;
	__kernel_long_t sem_ctime;
	__kernel_ulong_t __unused2;
	__kernel_ulong_t sem_nsems;
	__kernel_ulong_t __unused3;
	__kernel_ulong_t __unused4;
};

union semun {
	int val;
	struct semid64_ds *buf;
	unsigned short *array;
	struct seminfo *__buf;
	void *__pad;
};

struct seminfo {
	int semmap;
	int semmni;
	int semmns;
	int semmnu;
	int semmsl;
	int semopm;
	int semume;
	int semusz;
	int semvmx;
	int semaem;
};

/* Limits. */
#define SEMMNI	32000
#define SEMMSL	32000
#define SEMMNS	1024000000
#define SEMOPM	500
#define SEMVMX	32767
#define SEMAEM	32767
#define SEMUME	500
#define SEMMNU	1024000000
#define SEMMAP	1024000000
#define SEMUSZ	20

#endif
