/* SPDX-License-Identifier: MIT */
/*
 * Futexes with priority inheritance: what futex_pi.c lends to futex_requeue_pi.c. The locks are
 * told in futex_pi.c.
 */
#ifndef KERNEL_PROCESS_FUTEX_PI_H
#define KERNEL_PROCESS_FUTEX_PI_H

#include "futex.h"

struct pi_state {
	struct list_head bucket_node; /* bucket's lock */
	struct futex_key key;	      /* I */
	struct thread *owner;	      /* pi_lock; with a reference. NULL: it died */
	struct list_head owned_node;  /* pi_lock: of owner->pi_owned */
	struct list_head waiters;     /* pi_lock: the most urgent first, then by arrival */
};

struct pi_waiter {
	struct list_head node;
	struct thread *thread;
	struct pi_state *state;
	bool granted; /* pi_lock: it is the owner now, and off the list */
};

/*
 * Bucket locked. Tries to take the lock for waiter->thread. 0: it has it; 1: waiter->state is what
 * to wait by, for which *new may have been used up; -ERESTART: look again; -EFAULT: after bringing
 * the page in; -EBUSY: *leaving, the owner, exits. For these three futex_pi_wait_to_retry().
 */
int futex_pi_try_lock(u32 __user *uaddr, struct futex_bucket *bucket, const struct futex_key *key,
		      bool only_try, struct pi_waiter *waiter, struct pi_state **new,
		      struct thread **leaving);
/* Bucket locked, after a 1. 0: it waits; 1: the same, but the owner is dead, so look soon;
 * -EDEADLK. */
int futex_pi_enqueue(struct pi_waiter *waiter);
/* By the waiter, nothing locked. 0: the lock is ours; else we are off the list. */
int futex_pi_wait(u32 __user *uaddr, struct futex_bucket *bucket, struct pi_waiter *waiter,
		  const u64 *expires_ns, clockid_t clock);
/* Nothing locked. Why the word cannot be taken yet, and when to look again. 0: now. */
int futex_pi_wait_to_retry(int err, u32 __user *uaddr, struct thread *leaving);

#endif
