/* SPDX-License-Identifier: MIT */
/*
 * System calls: prototypes of all handlers, made from arch/x86_64/syscalls.tbl.
 *
 * A handler is `long sys_NAME(arguments as in the table)`; defining it anywhere binds it. It answers a result or a negative errno, runs in the
 * calling thread with interrupts on, and may sleep. thread_frame(current) holds the user registers, all of them.
 */
#ifndef KERNEL_SYSCALLS_H
#define KERNEL_SYSCALLS_H

#include <kit/types.h>
#include <kernel/sigset.h>
#include <generated/syscall_protos.h>

#define SYSCALL_RESTART		219	/* restart_syscall: what -ERESTART_RESTARTBLOCK becomes */

/* Where every number goes that has no handler: ENOSYS and a rate-limited log line. */
long sys_ni_syscall(void);

struct syscall_info {
	const char *name;
	u8 nr_args;
	bool expected; /* false: Linux 6.1 lacks it too */
};
/* NULL for numbers without a name. */
const struct syscall_info *syscall_info(unsigned long nr);

#endif
