/* SPDX-License-Identifier: MIT */
/* Where a thread sleeps, seen from outside: for reports, /proc and SysRq. */
#ifndef KERNEL_THREAD_LOOK_H
#define KERNEL_THREAD_LOOK_H

#include <kernel/thread.h>

#define THREAD_LOOK_DEPTH 32

struct thread_look {
	size_t nr_calls;
	unsigned long
		calls[THREAD_LOOK_DEPTH]; /* innermost first; within each call, not behind it */
#ifdef CONFIG_DEBUG_LOCKS
	u16 wanted_class; /* of the sleeping lock that it waits for; 0: none */
	unsigned int nr_held;
	struct held_sleeping_lock held[MAX_HELD_SLEEPING];
#endif
};

/* False: it runs, is about to, or has ended. The caller has a reference or is in an RCU section. Any context but NMI. */
bool thread_look(struct thread *t, struct thread_look *look);
/* Into the log; level is a KERN_* string. */
void thread_look_show(const char *level, const struct thread_look *look);
/* The innermost call that is not part of sleeping itself; 0: thread_look() is false. */
unsigned long thread_waits_in(struct thread *t);

#endif
