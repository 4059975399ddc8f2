/* SPDX-License-Identifier: MIT */
/* What rcu.c and rcu_watch.c share. */
#ifndef RCU_PRIVATE_H
#define RCU_PRIVATE_H

#include <lib/types.h>

struct thread;

extern struct thread *rcu_thread;
extern unsigned int rcu_stall_timeout; /* seconds */
/*
 * It has nothing to do until it is woken. Set by the thread, behind its state and before its last look at the queues;
 * cleared by it, and by who is about to wake it.
 */
extern bool rcu_thread_sleeps;
/* Counts what the thread does: a look at the CPUs, a callback. The thread's; wraps. */
extern unsigned long rcu_thread_steps;

#endif
