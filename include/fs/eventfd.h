/* SPDX-License-Identifier: MIT */
/* eventfd, timerfd, signalfd for the kernel and the system calls. */
#ifndef FS_EVENTFD_H
#define FS_EVENTFD_H

#include <kernel/sigset.h>
#include <kit/types.h>

struct file;
struct __kernel_itimerspec;

struct file *eventfd_fget(unsigned int fd);	  /* -EBADF, -EINVAL: it is none */
void eventfd_signal(struct file *eventfd, u64 n); /* any context but NMI */

long do_eventfd(unsigned int count, int flags);
long do_timerfd_create(int clock, int flags);
long do_timerfd_settime(int fd, int flags, u64 value_ns, u64 interval_ns, u64 *old_value_ns,
			u64 *old_interval_ns);
long do_timerfd_gettime(int fd, u64 *value_ns, u64 *interval_ns);
long do_signalfd(int fd, const sigset_t *mask, int flags);
void timerfd_init(void);

#endif
