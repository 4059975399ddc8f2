/* SPDX-License-Identifier: MIT */
/*
 * System calls with a relative timeout that a signal without a handler interrupted: they go on with the time that is left.
 *
 * The call stores what it needs in current->restart, and returns set_restart_fn(function). When no handler runs, the program is made to call
 * restart_syscall, which calls the function; when one runs, the call answers EINTR and the function is forgotten.
 */
#ifndef KERNEL_RESTART_H
#define KERNEL_RESTART_H

#include <kit/types.h>

struct pollfd;
struct __kernel_timespec;

struct restart_block {
	long (*fn)(struct restart_block *block);
	union {
		struct {
			u32 __user *uaddr;
			u32 value, flags, bitset;
			u64 time_ns;
		} futex;
		struct {
			int clock;
			struct __kernel_timespec __user *left; /* NULL: not wanted */
			u64 expires_ns;			       /* absolute */
		} nanosleep;
		struct {
			struct pollfd __user *fds;
			unsigned int nr;
			bool has_timeout;
			u64 expires_ns; /* CLOCK_MONOTONIC, absolute */
		} poll;
	};
};

#define set_restart_fn(function)	(current->restart.fn = (function), -ERESTART_RESTARTBLOCK)

#endif
