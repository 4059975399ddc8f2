/* SPDX-License-Identifier: MIT */
/*
 * Futexes, among their own files.
 *
 * A futex is known by a key: what memory the word lies in and where. Waiters queue in a bucket of a hash table; a bucket has a lock
 * (LOCK_RANK_FUTEX, two by _nested in order of address), which makes "look at the word, then queue" and "change the word, then wake" exclude
 * each other. `waiters` counts those in the bucket or about to be, so that a waker can leave an empty one alone without the lock:
 *
 *	waiter: waiters++, barrier, lock, read the word, queue	waker: change the word, barrier, read waiters
 */
#ifndef KERNEL_PROCESS_FUTEX_H
#define KERNEL_PROCESS_FUTEX_H

#include <kernel/futex.h>
#include <kernel/restart.h>
#include <kernel/spinlock.h>
#include <kernel/time.h>
#include <kernel/thread.h>
#include <lib/list.h>

struct futex_key {
	unsigned long object; /* address space, or the number of a mapping */
	unsigned long place;  /* address, or position in the mapping with bit 0 set */
};

struct futex_bucket {
	atomic_t waiters;
	spinlock_t lock;
	struct list_head queue;	    /* lock: by arrival */
	struct list_head pi_states; /* lock: see futex_pi.c */
} ____cacheline_aligned;

struct pi_requeue;

struct futex_waiter {
	struct list_head list; /* bucket's lock */
	struct thread *thread;
	struct futex_key key; /* bucket's lock: changed by requeue */
	u32 bitset;
	/* I: it may only be moved to a lock with inheritance; see there */
	struct pi_requeue *requeue;
	/* read without lock, checked under it; NULL: taken off by a waker */
	struct futex_bucket *bucket;
};

#define FUTEX_FLAG_SHARED	0x1
#define FUTEX_FLAG_REALTIME	0x2

struct futex_bucket *futex_bucket_of(const struct futex_key *key);
int futex_get_key(u32 __user *uaddr, bool shared, bool write, struct futex_key *key);
static inline bool futex_key_equal(const struct futex_key *a, const struct futex_key *b)
{
	return a->object == b->object && a->place == b->place;
}
/* Counts itself a waiter of the bucket and takes its lock; futex_unlock_waiter takes both back. */
struct futex_bucket *futex_lock_waiter(const struct futex_key *key);
void futex_unlock_waiter(struct futex_bucket *bucket);
void futex_queue_unlock(struct futex_waiter *waiter, struct futex_bucket *bucket);
bool futex_unqueue(struct futex_waiter *waiter); /* false: a waker had taken it off */
/*
 * 0: the word has the value, bucket is locked with us counted; else nothing is held: -EWOULDBLOCK: another value, -ERESTART: try again (the
 * page was brought in), -EFAULT.
 */
int futex_wait_setup(u32 __user *uaddr, u32 value, bool shared, struct futex_key *key,
		     struct futex_bucket **bucket);
int futex_wait(u32 __user *uaddr, unsigned int flags, u32 value, const u64 *expires_ns, u32 bitset);
int futex_wake(u32 __user *uaddr, unsigned int flags, int nr, u32 bitset);
int futex_wake_op(u32 __user *uaddr, unsigned int flags, u32 __user *uaddr2, int nr, int nr2,
		  u32 op);
int futex_requeue(u32 __user *uaddr, unsigned int flags, u32 __user *uaddr2, int nr_wake,
		  int nr_requeue, const u32 *compare);

void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b);
void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b);
/* Bucket locked. The entry is gone for us once its bucket is NULL; the thread is held so that it can be woken after the unlock. */
struct thread *futex_take_off(struct futex_waiter *waiter);
int futex_read_word(u32 *value, u32 __user *uaddr); /* bucket locked: a fault is not served */
/* Sleeps until woken or expires_ns: 0 when the time is over, else -EINTR. */
int futex_sleep(const u64 *expires_ns, unsigned int flags);

/* futex_requeue_pi.c */
int futex_wait_requeue_pi(u32 __user *uaddr, unsigned int flags, u32 value, const u64 *expires_ns,
			  u32 __user *uaddr2);
int futex_cmp_requeue_pi(u32 __user *uaddr, unsigned int flags, u32 __user *uaddr2, int nr_wake,
			 int nr_requeue, u32 compare);

/* futex_pi.c */
int futex_lock_pi(u32 __user *uaddr, unsigned int flags, const u64 *expires_ns, bool only_try);
int futex_unlock_pi(u32 __user *uaddr, unsigned int flags);
void futex_exit_pi(struct thread *t);

#endif
