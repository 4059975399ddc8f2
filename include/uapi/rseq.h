/* SPDX-License-Identifier: MIT */
/*
 * Restartable sequences.
 */
#ifndef UAPI_RSEQ_H
#define UAPI_RSEQ_H

#include <uapi/types.h>

#define RSEQ_CPU_ID_UNINITIALIZED		(-1)
#define RSEQ_CPU_ID_REGISTRATION_FAILED		(-2)
#define RSEQ_FLAG_UNREGISTER			1
#define RSEQ_CS_FLAG_NO_RESTART_ON_PREEMPT	0x1
#define RSEQ_CS_FLAG_NO_RESTART_ON_SIGNAL	0x2
#define RSEQ_CS_FLAG_NO_RESTART_ON_MIGRATE	0x4

/* A sequence: when the thread is disturbed within, it goes on at abort_ip. */
struct rseq_cs {
	__u32 version;
	__u32 flags;
	__u64 start_ip;
	__u64 post_commit_offset;
	__u64 abort_ip;
} __attribute__((aligned(4 * sizeof(__u64))));

struct rseq {
	__u32 cpu_id_start;
	__u32 cpu_id;
	__u64 rseq_cs; /* the present sequence's address, or 0 */
	__u32 flags;
} __attribute__((aligned(4 * sizeof(__u64))));

#endif
