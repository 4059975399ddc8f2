// SPDX-License-Identifier: MIT
/* The futex system calls, and what a thread leaves behind at its end. */
#include <kernel/hrtimer.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <kernel/user_time.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/futex.h>
#include <uapi/time.h>
#include "futex.h"

static bool op_has_timeout(int op)
{
	return op == FUTEX_WAIT || op == FUTEX_WAIT_BITSET || op == FUTEX_LOCK_PI ||
	       op == FUTEX_LOCK_PI2 || op == FUTEX_WAIT_REQUEUE_PI;
}

long sys_futex(unsigned int __user *uaddr, int op, unsigned int val,
	       const struct __kernel_timespec __user *timeout, unsigned int __user *uaddr2,
	       unsigned int val3)
{
	int command = op & FUTEX_CMD_MASK, err;
	unsigned int flags = (op & FUTEX_PRIVATE_FLAG ? 0 : FUTEX_FLAG_SHARED) |
			     (op & FUTEX_CLOCK_REALTIME ? FUTEX_FLAG_REALTIME : 0);
	u64 expires_ns, *expires = NULL;
	u32 val2 = (unsigned long)timeout; /* for the operations without a timeout */

	if (timeout && op_has_timeout(command)) {
		err = get_user_timespec(timeout, &expires_ns);
		if (err)
			return err;
		if (command == FUTEX_WAIT)
			expires_ns = ktime_add_safe(ktime_get_ns(), expires_ns);
		expires = &expires_ns;
	}
	if (flags & FUTEX_FLAG_REALTIME && command != FUTEX_WAIT_BITSET &&
	    command != FUTEX_WAIT_REQUEUE_PI && command != FUTEX_LOCK_PI2)
		return -ENOSYS;
	switch (command) {
	case FUTEX_WAIT: return futex_wait(uaddr, flags, val, expires, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAIT_BITSET: return futex_wait(uaddr, flags, val, expires, val3);
	case FUTEX_WAKE: return futex_wake(uaddr, flags, val, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET: return futex_wake(uaddr, flags, val, val3);
	case FUTEX_REQUEUE: return futex_requeue(uaddr, flags, uaddr2, val, val2, NULL);
	case FUTEX_CMP_REQUEUE: return futex_requeue(uaddr, flags, uaddr2, val, val2, &val3);
	case FUTEX_LOCK_PI:
		/* The one operation whose timeout was always absolute and of the time of day. */
		return futex_lock_pi(uaddr, flags | FUTEX_FLAG_REALTIME, expires, false);
	case FUTEX_LOCK_PI2: return futex_lock_pi(uaddr, flags, expires, false);
	case FUTEX_TRYLOCK_PI: return futex_lock_pi(uaddr, flags, NULL, true);
	case FUTEX_UNLOCK_PI: return futex_unlock_pi(uaddr, flags);
	case FUTEX_WAIT_REQUEUE_PI:
		return futex_wait_requeue_pi(uaddr, flags, val, expires, uaddr2);
	case FUTEX_CMP_REQUEUE_PI:
		return futex_cmp_requeue_pi(uaddr, flags, uaddr2, val, val2, val3);
	case FUTEX_WAKE_OP: return futex_wake_op(uaddr, flags, uaddr2, val, val2, val3);
	}
	return -ENOSYS;
}

/* --- futex_waitv: the first of several --- */

static int read_waitv(struct futex_waitv *v, struct futex_waitv __user *from, unsigned int nr)
{
	if (copy_from_user(v, from, nr * sizeof(*v)))
		return -EFAULT;
	for (unsigned int i = 0; i < nr; i++) {
		if (v[i].flags & ~(FUTEX_32 | FUTEX_PRIVATE_FLAG) || v[i].__reserved)
			return -EINVAL;
		if (!(v[i].flags & FUTEX_32))
			return -EINVAL;
	}
	return 0;
}

/* Takes the first nr off; the highest that had been woken, or -1. */
static int unqueue_all(struct futex_waiter *waiters, int nr)
{
	int woken = -1;

	for (int i = 0; i < nr; i++)
		if (!futex_unqueue(&waiters[i]))
			woken = i;
	return woken;
}

/* 0: all queued; 1: *woken was woken meanwhile; -errno: nothing is queued. */
static int queue_all(struct futex_waitv *v, struct futex_waiter *waiters, unsigned int nr,
		     int *woken)
{
	for (unsigned int i = 0; i < nr; i++) {
		u32 __user *uaddr = u64_to_user_ptr(v[i].uaddr);
		struct futex_bucket *bucket;
		int err;

		/* A page that has to be brought in sleeps: back to running for that time. */
		do {
			__set_current_state(THREAD_RUNNING);
			err = futex_wait_setup(uaddr, v[i].val, !(v[i].flags & FUTEX_PRIVATE_FLAG),
					       &waiters[i].key, &bucket);
		} while (err == -ERESTART);
		if (err) {
			*woken = unqueue_all(waiters, i);
			return *woken >= 0 ? 1 : err;
		}
		waiters[i].bitset = FUTEX_BITSET_MATCH_ANY;
		futex_queue_unlock(&waiters[i], bucket);
	}
	return 0;
}

static bool any_woken(struct futex_waiter *waiters, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		if (!READ_ONCE(waiters[i].bucket))
			return true;
	return false;
}

static int wait_multiple(struct futex_waitv *v, struct futex_waiter *waiters, unsigned int nr,
			 const u64 *expires_ns, clockid_t clock)
{
	int woken, err, slept;

	for (;;) {
		err = queue_all(v, waiters, nr, &woken);
		if (err)
			return err > 0 ? woken : err;
		set_current_state(THREAD_INTERRUPTIBLE);
		slept = -EINTR;
		if (!any_woken(waiters, nr) && !signal_pending(current)) {
			if (expires_ns)
				slept = schedule_hrtimeout_range(*expires_ns,
								 current->timer_slack_ns,
								 HRTIMER_MODE_ABS, clock);
			else
				schedule();
		}
		__set_current_state(THREAD_RUNNING);
		woken = unqueue_all(waiters, nr);
		if (woken >= 0)
			return woken;
		if (!slept)
			return -ETIMEDOUT;
		if (signal_pending(current))
			return -ERESTARTSYS;
	}
}

long sys_futex_waitv(struct futex_waitv __user *uwaiters, unsigned int nr, unsigned int flags,
		     struct __kernel_timespec __user *timeout, int clock)
{
	struct futex_waiter *waiters;
	struct futex_waitv *v;
	u64 expires_ns;
	long result;

	if (flags)
		return -EINVAL;
	if (!nr || nr > FUTEX_WAITV_MAX || !uwaiters)
		return -EINVAL;
	if (timeout) {
		if (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME)
			return -EINVAL;
		result = get_user_timespec(timeout, &expires_ns);
		if (result)
			return result;
	}
	v = kcalloc(nr, sizeof(*v) + sizeof(*waiters), GFP_KERNEL);
	if (!v)
		return -ENOMEM;
	waiters = (struct futex_waiter *)(v + nr);
	result = read_waitv(v, uwaiters, nr);
	if (!result)
		result = wait_multiple(v, waiters, nr, timeout ? &expires_ns : NULL, clock);
	kfree(v);
	return result;
}

/* --- robust futexes --- */

long sys_set_robust_list(struct robust_list_head __user *head, size_t len)
{
	if (len != sizeof(*head))
		return -EINVAL;
	current->robust_list = head;
	return 0;
}

long sys_get_robust_list(int pid, struct robust_list_head __user *__user *head, size_t __user *len)
{
	struct robust_list_head __user *list;
	struct thread *t;
	int err;

	t = pid ? find_get_thread(pid) : get_thread(current);
	if (!t)
		return -ESRCH;
	err = thread_may_access(t, ACCESS_READ | ACCESS_REALCREDS);
	list = t->robust_list;
	put_thread(t);
	if (err)
		return err;
	if (put_user(sizeof(*list), len))
		return -EFAULT;
	return put_user((unsigned long)list, (unsigned long __user *)head);
}

/* A lock that the dead thread held: mark it, and wake one that waits for it. */
static int leave_lock_behind(struct thread *t, u32 __user *uaddr, bool inherits, bool pending)
{
	u32 word, found;
	int err;

	if ((unsigned long)uaddr % sizeof(u32))
		return -1;
again:
	if (get_user(word, uaddr))
		return -1;
	/* Unlocked but its waiter not yet woken when the thread died: wake it in its stead. */
	if (pending && !inherits && !word) {
		futex_wake_user(uaddr, 1);
		return 0;
	}
	if ((word & FUTEX_TID_MASK) != t->tid)
		return 0;
	err = futex_cmpxchg_user(&found, uaddr, word, (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED);
	if (err)
		return -1;
	if (found != word) {
		cond_resched();
		goto again;
	}
	/* Who waits for one with priority inheritance is woken by futex_exit_pi. */
	if (word & FUTEX_WAITERS && !inherits)
		futex_wake_user(uaddr, 1);
	return 0;
}

static u32 __user *futex_of(unsigned long entry, long offset)
{
	/* bit 0 marks those with priority inheritance */
	return (u32 __user *)((entry & ~1ul) + offset);
}

static void walk_robust_list(struct thread *t)
{
	struct robust_list_head __user *head = t->robust_list;
	unsigned long entry, next, pending, end = (unsigned long)&head->list;
	unsigned int limit = ROBUST_LIST_LIMIT;
	long offset;

	t->robust_list = NULL;
	if (!head || get_user(entry, (unsigned long __user *)&head->list.next) ||
	    get_user(offset, &head->futex_offset) ||
	    get_user(pending, (unsigned long __user *)&head->list_op_pending))
		return;
	while ((entry & ~1ul) != end && limit--) {
		/* First the link: the entry may be gone once it is unlocked. */
		bool bad = get_user(next, (unsigned long __user *)(entry & ~1ul));

		if ((entry & ~1ul) != (pending & ~1ul) &&
		    leave_lock_behind(t, futex_of(entry, offset), entry & 1, false))
			return;
		if (bad)
			return;
		entry = next;
		cond_resched();
	}
	if (pending & ~1ul)
		leave_lock_behind(t, futex_of(pending, offset), pending & 1, true);
}

void futex_exit_thread(struct thread *t)
{
	walk_robust_list(t);
	futex_exit_pi(t);
}
