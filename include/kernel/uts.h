/* SPDX-License-Identifier: MIT */
/* The system's names: uname(2), /proc/sys/kernel/{hostname,domainname,ostype,osrelease,version}, /proc/version. */
#ifndef KERNEL_UTS_H
#define KERNEL_UTS_H

#include <kernel/mutex.h>
#include <uapi/utsname.h>

extern struct rw_semaphore uts_lock;
extern struct new_utsname system_uts; /* uts_lock; all but nodename and domainname constant */

#endif
