/* SPDX-License-Identifier: MIT */
/* What the calls of time share. */
#ifndef KERNEL_SYSCALL_CLOCK_H
#define KERNEL_SYSCALL_CLOCK_H

#include <lib/types.h>

int any_clock_read(clockid_t clock, u64 *ns); /* CPU-time clocks too; -EINVAL */

#endif
