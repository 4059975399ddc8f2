/* SPDX-License-Identifier: MIT */
/* Futexes (kernel/process/futex.c), for the rest of the process floor. */
#ifndef KERNEL_FUTEX_H
#define KERNEL_FUTEX_H

#include <kit/types.h>

struct thread;

void futex_init(void);
int futex_wake_user(u32 __user *uaddr, int nr); /* waiters of any kind; how many woke, or -errno */
/* current: marks the robust futexes that it holds as left behind */
void futex_exit_thread(struct thread *t);
/* of one that may wait for a futex with priority inheritance */
void futex_priority_changed(struct thread *t);

#endif
