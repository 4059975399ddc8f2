/* SPDX-License-Identifier: MIT */
/*
 * From a plain futex to a lock with priority inheritance: what condition variables whose mutex
 * inherits are made of.
 *
 * Who waits (FUTEX_WAIT_REQUEUE_PI) queues at the plain futex with a pi_requeue, which names the
 * one lock that it may be moved to. Who signals (FUTEX_CMP_REQUEUE_PI) takes waiters off and, in the
 * same moment, lets each take that lock, or wait for it in the line of the lock: it sleeps on and is
 * woken when the lock is its own.
 *
 *	queued --(time or signal)--> off, and back with an error
 *	   \--(moved: waiter.bucket is NULL)--> in the line of the lock, or granted
 *						--> futex_pi_wait
 *
 * Locks: both buckets. The mover holds that of the lock until everything of a waiter is written,
 * and a moved waiter looks at nothing before it has held that lock.
 */
#include <kernel/hrtimer.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/futex.h>
#include "futex_pi.h"

struct pi_requeue {
	struct futex_key key;	 /* I: of the lock */
	struct pi_waiter waiter; /* by the mover, with the lock's bucket locked */
};

static int restart_or(int slept)
{
	if (!slept)
		return -ETIMEDOUT;
	return signal_pending(current) ? -ERESTARTNOINTR : -EWOULDBLOCK;
}

int futex_wait_requeue_pi(u32 __user *uaddr, unsigned int flags, u32 value, const u64 *expires_ns,
			  u32 __user *uaddr2)
{
	clockid_t clock = flags & FUTEX_FLAG_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
	struct pi_requeue requeue = { .waiter = { .thread = current } };
	struct futex_waiter waiter = { .bitset = FUTEX_BITSET_MATCH_ANY, .requeue = &requeue };
	bool shared = flags & FUTEX_FLAG_SHARED;
	struct futex_bucket *bucket;
	int err;

	if (uaddr == uaddr2)
		return -EINVAL;
	err = futex_get_key(uaddr2, shared, true, &requeue.key);
	if (err)
		return err;
	do {
		err = futex_wait_setup(uaddr, value, shared, &waiter.key, &bucket);
	} while (err == -ERESTART);
	if (err)
		return err;
	if (futex_key_equal(&waiter.key, &requeue.key)) {
		futex_unlock_waiter(bucket);
		return -EINVAL;
	}
	set_current_state(THREAD_INTERRUPTIBLE);
	futex_queue_unlock(&waiter, bucket);
	err = signal_pending(current) ? -EINTR : futex_sleep(expires_ns, flags);
	__set_current_state(THREAD_RUNNING);
	if (futex_unqueue(&waiter))
		return restart_or(err);
	err = futex_pi_wait(uaddr2, futex_bucket_of(&requeue.key), &requeue.waiter, expires_ns,
			    clock);
	/* It cannot simply begin again: the value may have changed by now. */
	return err == -EINTR ? -EWOULDBLOCK : err;
}

/* What is moved, where from and where to. */
struct move {
	u32 __user *uaddr2;
	struct futex_key key, key2;
	struct futex_bucket *from, *to;
	struct pi_state *new;	/* for the lock, if it has none yet */
	struct thread *leaving; /* see futex_pi_try_lock */
};

/* The one to be served next: the most urgent, among them the first that came. */
static struct futex_waiter *next_waiter(const struct move *m)
{
	struct futex_waiter *waiter, *best = NULL;

	list_for_each_entry(waiter, &m->from->queue, list)
		if (futex_key_equal(&waiter->key, &m->key) &&
		    (!best || waiter->thread->run_priority > best->thread->run_priority))
			best = waiter;
	return best;
}

/* Both buckets locked. 0: moved, and *woken is who has to be woken, or NULL. */
static int move_one(struct move *m, struct futex_waiter *waiter, struct thread **woken)
{
	struct pi_waiter *pi = &waiter->requeue->waiter;
	struct thread *t;
	int err, wake;

	do {
		err = futex_pi_try_lock(m->uaddr2, m->to, &m->key2, false, pi, &m->new,
					&m->leaving);
	} while (err == -ERESTART);
	if (err < 0)
		return err;
	if (!err)
		pi->granted = true;
	wake = err ? futex_pi_enqueue(pi) : 1;
	if (wake < 0)
		return wake;
	t = futex_take_off(waiter);
	if (wake) {
		*woken = t;
	} else {
		*woken = NULL;
		put_thread(t);
	}
	return 0;
}

static bool fits(const struct move *m, const struct futex_waiter *waiter)
{
	return waiter->requeue && futex_key_equal(&waiter->requeue->key, &m->key2);
}

/* Both buckets locked. The number moved goes to *done; 0 or what stopped it. */
static int move_all(struct move *m, int limit, int *done)
{
	struct futex_waiter *waiter;
	struct thread *woken;
	int err;

	while (*done < limit && (waiter = next_waiter(m))) {
		if (!fits(m, waiter))
			return -EINVAL;
		err = move_one(m, waiter, &woken);
		if (err)
			return err;
		if (woken) {
			wake_up_state(woken, THREAD_INTERRUPTIBLE);
			put_thread(woken);
		}
		++*done;
	}
	return 0;
}

static int get_keys(struct move *m, u32 __user *uaddr, bool shared)
{
	int err = futex_get_key(uaddr, shared, false, &m->key);

	if (!err)
		err = futex_get_key(m->uaddr2, shared, true, &m->key2);
	if (!err && futex_key_equal(&m->key, &m->key2))
		err = -EINVAL;
	m->from = futex_bucket_of(&m->key);
	m->to = futex_bucket_of(&m->key2);
	return err;
}

/* One try with everything locked. 1: the plain word has to be brought in. */
static int try_move(struct move *m, u32 __user *uaddr, u32 compare, int limit, int *done)
{
	u32 found;
	int err;

	futex_lock_two(m->from, m->to);
	err = futex_read_word(&found, uaddr) ? 1 : found != compare ? -EAGAIN : 0;
	if (!err)
		err = move_all(m, limit, done);
	futex_unlock_two(m->from, m->to);
	return err;
}

int futex_cmp_requeue_pi(u32 __user *uaddr, unsigned int flags, u32 __user *uaddr2, int nr_wake,
			 int nr_requeue, u32 compare)
{
	struct move m = { .uaddr2 = uaddr2 };
	int err, done = 0, limit;
	u32 word;

	if (nr_wake != 1 || nr_requeue < 0 || uaddr == uaddr2)
		return -EINVAL;
	limit = nr_requeue < INT_MAX ? nr_requeue + 1 : INT_MAX;
	do {
		err = get_keys(&m, uaddr, flags & FUTEX_FLAG_SHARED);
		if (err)
			break;
		if (!m.new)
			m.new = kzalloc(sizeof(*m.new), GFP_KERNEL);
		if (!m.new)
			return -ENOMEM;
		err = try_move(&m, uaddr, compare, limit, &done);
		if (err == 1)
			err = (get_user(word, uaddr)) ? -EFAULT : -ERESTART;
		else if (err == -EFAULT || err == -EBUSY)
			err = futex_pi_wait_to_retry(err, uaddr2, m.leaving) ?: -ERESTART;
	} while (err == -ERESTART && !done);
	kfree(m.new);
	return err && err != -ERESTART ? err : done;
}
