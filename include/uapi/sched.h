/* SPDX-License-Identifier: MIT */
/*
 * clone, scheduling policies and attributes.
 */
#ifndef UAPI_SCHED_H
#define UAPI_SCHED_H

#include <uapi/types.h>

/* clone: the low byte is the signal sent at exit. */
#define CSIGNAL			0x000000ff
#define CLONE_VM		0x00000100
#define CLONE_FS		0x00000200
#define CLONE_FILES		0x00000400
#define CLONE_SIGHAND		0x00000800
#define CLONE_PIDFD		0x00001000
#define CLONE_PTRACE		0x00002000
#define CLONE_VFORK		0x00004000
#define CLONE_PARENT		0x00008000
#define CLONE_THREAD		0x00010000
#define CLONE_NEWNS		0x00020000
#define CLONE_SYSVSEM		0x00040000
#define CLONE_SETTLS		0x00080000
#define CLONE_PARENT_SETTID	0x00100000
#define CLONE_CHILD_CLEARTID	0x00200000
#define CLONE_DETACHED		0x00400000
#define CLONE_UNTRACED		0x00800000
#define CLONE_CHILD_SETTID	0x01000000
#define CLONE_NEWCGROUP		0x02000000
#define CLONE_NEWUTS		0x04000000
#define CLONE_NEWIPC		0x08000000
#define CLONE_NEWUSER		0x10000000
#define CLONE_NEWPID		0x20000000
#define CLONE_NEWNET		0x40000000
#define CLONE_IO		0x80000000
/* clone3 alone. */
#define CLONE_CLEAR_SIGHAND	0x100000000ULL
#define CLONE_INTO_CGROUP	0x200000000ULL
/* unshare and setns: in the place of CSIGNAL's bits. */
#define CLONE_NEWTIME	0x00000080

#ifndef __ASSEMBLER__

struct clone_args {
	__aligned_u64 flags;
	__aligned_u64 pidfd;
	__aligned_u64 child_tid;
	__aligned_u64 parent_tid;
	__aligned_u64 exit_signal;
	__aligned_u64 stack;
	__aligned_u64 stack_size;
	__aligned_u64 tls;
	__aligned_u64 set_tid;
	__aligned_u64 set_tid_size;
	__aligned_u64 cgroup;
};

#endif

/* Sizes of clone_args as it has grown. */
#define CLONE_ARGS_SIZE_VER0	64
#define CLONE_ARGS_SIZE_VER1	80
#define CLONE_ARGS_SIZE_VER2	88

/* Policies. */
#define SCHED_NORMAL	0
#define SCHED_FIFO	1
#define SCHED_RR	2
#define SCHED_BATCH	3
#define SCHED_IDLE	5
#define SCHED_DEADLINE	6
#define SCHED_OTHER	SCHED_NORMAL
/* Or-ed to the policy: children start with the normal one. */
#define SCHED_RESET_ON_FORK	0x40000000

/* sched_setattr. */
#define SCHED_FLAG_RESET_ON_FORK	0x1
#define SCHED_FLAG_RECLAIM		0x2
#define SCHED_FLAG_DL_OVERRUN		0x4
#define SCHED_FLAG_KEEP_POLICY		0x8
#define SCHED_FLAG_KEEP_PARAMS		0x10
#define SCHED_FLAG_KEEP_ALL		0x18
#define SCHED_FLAG_UTIL_CLAMP_MIN	0x20
#define SCHED_FLAG_UTIL_CLAMP_MAX	0x40
#define SCHED_FLAG_UTIL_CLAMP		0x60
#define SCHED_FLAG_ALL			0x7f
#define SCHED_ATTR_SIZE_VER0	48
#define SCHED_ATTR_SIZE_VER1	56

#ifndef __ASSEMBLER__

struct sched_param {
	int sched_priority;
};

struct sched_attr {
	__u32 size;
	__u32 sched_policy;
	__u64 sched_flags;
	__s32 sched_nice;     /* SCHED_NORMAL, SCHED_BATCH */
	__u32 sched_priority; /* SCHED_FIFO, SCHED_RR */
	__u64 sched_runtime;  /* SCHED_DEADLINE, nanoseconds */
	__u64 sched_deadline;
	__u64 sched_period;
	__u32 sched_util_min;
	__u32 sched_util_max;
};

#endif

#endif
