// SPDX-License-Identifier: MIT
/*
 * Futexes with priority inheritance.
 *
 * The word holds the owner's thread number; the uncontended ways never come here. While somebody waits, a pi_state stands for the lock:
 * it hangs in the futex's bucket, knows the owner, and holds the waiters in order of priority. The owner runs at least at the priority of the
 * first waiter of any lock it holds; if it waits for another such lock itself, that one's owner inherits in turn.
 *
 *	no state --(lock: taken by another)--> owner, waiters --(unlock, others wait on)--> the first waiter is the owner
 *	   ^                                      |       \--(owner dies)--> no owner --(first waiter wakes)--> it is the owner
 *	   +--------(unlock or give up: nobody waits)
 *
 * Locks: the bucket's, so that word and state agree; within it pi_lock (LOCK_RANK_FUTEX_PI), one for the whole system, for everything below: owners,
 * waiters, priorities. It is only taken when somebody has to wait.
 */
#include <kernel/futex.h>
#include <kernel/hrtimer.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/wait.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/futex.h>
#include "futex.h"
#include "futex_pi.h"

#define MAX_CHAIN	1024	/* owners that wait for owners that wait ... */

static DEFINE_SPINLOCK(pi_lock, LOCK_RANK_FUTEX_PI);
static atomic_t nr_states;		   /* in the system: 0 as a rule */
static DECLARE_WAIT_QUEUE_HEAD(exit_wait); /* for an owner to be pi_dead */

/* --- priorities; pi_lock held --- */

static unsigned int urgency(const struct thread *t)
{
	return READ_ONCE(t->run_priority);
}

static struct pi_waiter *first_waiter(struct pi_state *state)
{
	return list_first_entry_or_null(&state->waiters, struct pi_waiter, node);
}

static void insert_waiter(struct pi_waiter *waiter)
{
	struct pi_waiter *other;

	list_for_each_entry(other, &waiter->state->waiters, node)
		if (urgency(other->thread) < urgency(waiter->thread))
			break;
	list_add_tail(&waiter->node, &other->node);
}

/* What t inherits of all the locks that it holds. */
static unsigned int inherited(struct thread *t)
{
	unsigned int highest = 0;
	struct pi_state *state;

	list_for_each_entry(state, &t->pi_owned, owned_node) {
		struct pi_waiter *waiter = first_waiter(state);

		if (waiter)
			highest = max(highest, urgency(waiter->thread));
	}
	return highest;
}

/* The waiters of a lock of t's have changed: t, and along the chain whoever t waits for. */
static void update_boost(struct thread *t)
{
	for (unsigned int depth = 0; t && depth < MAX_CHAIN; depth++) {
		unsigned int before = urgency(t);
		struct pi_waiter *waiter;

		sched_set_boost(t, inherited(t));
		waiter = t->pi_blocked;
		if (urgency(t) == before || !waiter || waiter->granted)
			return;
		list_del(&waiter->node);
		insert_waiter(waiter);
		t = waiter->state->owner;
	}
}

/* Would t, by waiting for the state's owner, wait for itself? */
static bool is_deadlock(const struct pi_state *state, const struct thread *t)
{
	const struct thread *owner = state->owner;

	for (unsigned int depth = 0; owner && depth < MAX_CHAIN; depth++) {
		if (owner == t)
			return true;
		if (!owner->pi_blocked || owner->pi_blocked->granted)
			return false;
		owner = owner->pi_blocked->state->owner;
	}
	return false;
}

/* --- states; bucket locked --- */

static struct pi_state *find_state(struct futex_bucket *bucket, const struct futex_key *key)
{
	struct pi_state *state;

	list_for_each_entry(state, &bucket->pi_states, bucket_node)
		if (futex_key_equal(&state->key, key))
			return state;
	return NULL;
}

static void set_owner(struct pi_state *state, struct thread *owner)
{
	struct thread *old = state->owner;

	if (old) {
		list_del(&state->owned_node);
		update_boost(old);
		put_thread(old);
	}
	state->owner = owner;
	if (owner) {
		get_thread(owner);
		list_add(&state->owned_node, &owner->pi_owned);
		update_boost(owner);
	}
}

static void free_state(struct pi_state *state)
{
	set_owner(state, NULL);
	list_del(&state->bucket_node);
	atomic_dec(&nr_states);
	kfree(state);
}

static void remove_waiter(struct pi_waiter *waiter)
{
	struct pi_state *state = waiter->state;

	list_del(&waiter->node);
	waiter->thread->pi_blocked = NULL;
	if (list_empty(&state->waiters))
		free_state(state);
	else if (state->owner)
		update_boost(state->owner);
	else
		/* now it is its turn to take over */
		wake_up_state(first_waiter(state)->thread, THREAD_INTERRUPTIBLE);
}

/* The lock goes to the waiter, whatever else it was to be. */
static void grant(struct pi_state *state, struct pi_waiter *waiter)
{
	struct thread *t = waiter->thread;

	list_del(&waiter->node);
	t->pi_blocked = NULL;
	if (list_empty(&state->waiters))
		free_state(state);
	else
		set_owner(state, t);
	waiter->granted = true;
}

/* --- the word; bucket locked, so faults are not served here --- */

static int read_word(u32 *value, u32 __user *uaddr)
{
	int err;

	pagefault_disable();
	err = get_user(*value, uaddr);
	pagefault_enable();
	return err;
}

/* 0, -EFAULT, or -ERESTART: it was not `old` any more. */
static int change_word(u32 __user *uaddr, u32 old, u32 new)
{
	u32 found;
	int err;

	pagefault_disable();
	err = futex_cmpxchg_user(&found, uaddr, old, new);
	pagefault_enable();
	return err ?: found == old ? 0 : -ERESTART;
}

/* Without locks: brings the page in for writing. */
static int fault_in(u32 __user *uaddr)
{
	u32 word, found;

	/* lint: uninitvar: get_user() sets it */
	return get_user(word, uaddr) || futex_cmpxchg_user(&found, uaddr, word, word) ? -EFAULT : 0;
}

/* --- locking --- */

/*
 * A new state for the thread that the word names. bucket locked. -ESRCH: there is no such thread, or only what is left of it until it is
 * waited for; -EBUSY: it is exiting and will mark the word: *leaving is that thread, with a reference.
 */
static int attach_to_owner(struct futex_bucket *bucket, const struct futex_key *key, u32 word,
			   struct pi_state **state, struct thread **leaving)
{
	struct thread *owner = find_get_thread(word & FUTEX_TID_MASK);
	struct pi_state *new = *state;
	int err = 0;

	if (!owner)
		return -ESRCH;
	if (!owner->process)
		err = -EPERM;
	spin_lock(&pi_lock);
	/* It looks for states after it has set the flag: either we see it, or it sees us. */
	atomic_inc(&nr_states);
	smp_mb__after_atomic();
	if (!err && test_thread_flag(owner, TF_EXITING))
		err = (smp_load_acquire(&owner->pi_dead)) ? -ESRCH : -EBUSY;
	if (err) {
		atomic_dec(&nr_states);
	} else {
		new->key = *key;
		new->owner = NULL;
		INIT_LIST_HEAD(&new->waiters);
		list_add(&new->bucket_node, &bucket->pi_states);
		set_owner(new, owner);
	}
	spin_unlock(&pi_lock);
	if (err == -EBUSY)
		*leaving = owner;
	else
		put_thread(owner);
	return err;
}

int futex_pi_try_lock(u32 __user *uaddr, struct futex_bucket *bucket, const struct futex_key *key,
		      bool only_try, struct pi_waiter *waiter, struct pi_state **new,
		      struct thread **leaving)
{
	struct pi_state **found = &waiter->state;
	u32 word, me = waiter->thread->tid;
	int err = read_word(&word, uaddr);

	if (err)
		return -EFAULT;
	if ((word & FUTEX_TID_MASK) == me)
		return -EDEADLK;
	*found = find_state(bucket, key);
	if (!*found && !(word & FUTEX_TID_MASK))
		return change_word(uaddr, word, (word & FUTEX_OWNER_DIED) | me);
	if (only_try)
		return -EWOULDBLOCK;
	/* The owner must come to the kernel to unlock. */
	if (!(word & FUTEX_WAITERS)) {
		err = change_word(uaddr, word, word | FUTEX_WAITERS);
		if (err)
			return err;
	}
	if (*found)
		return 1;
	err = attach_to_owner(bucket, key, word, new, leaving);
	if (err == -ESRCH) {
		/* It may have unlocked and gone since the word was read. */
		u32 again;

		if (read_word(&again, uaddr))
			return -EFAULT;
		return again == (word | FUTEX_WAITERS) ? -ESRCH : -ERESTART;
	}
	if (err)
		return err;
	*found = *new;
	*new = NULL;
	return 1;
}

/* The owner died and we are the first: the word is ours to set. bucket locked. */
static int take_over(u32 __user *uaddr, struct pi_waiter *waiter)
{
	u32 word;
	int err;

	do {
		err = read_word(&word, uaddr);
		if (!err)
			err = change_word(uaddr, word,
					  current->tid | FUTEX_WAITERS | FUTEX_OWNER_DIED);
	} while (err == -ERESTART);
	if (err)
		return err;
	spin_lock(&pi_lock);
	grant(waiter->state, waiter);
	spin_unlock(&pi_lock);
	return 0;
}

static void sleep_once(const u64 *expires_ns, clockid_t clock, int *slept)
{
	if (!expires_ns)
		schedule();
	else if (!schedule_hrtimeout_range(*expires_ns, 0, HRTIMER_MODE_ABS, clock))
		*slept = -ETIMEDOUT;
}

/* One look at how things stand, under the locks. 0: the lock is ours; 1: wait on; -EFAULT: our word has to be brought in. */
static int check_grant(u32 __user *uaddr, struct futex_bucket *bucket, struct pi_waiter *waiter,
		       bool leave)
{
	bool first;
	int result = 1;

	spin_lock(&bucket->lock);
	spin_lock(&pi_lock);
	first = !waiter->granted && !waiter->state->owner && first_waiter(waiter->state) == waiter;
	if (waiter->granted)
		result = 0;
	else if (leave && !first)
		remove_waiter(waiter);
	spin_unlock(&pi_lock);
	if (first)
		result = take_over(uaddr, waiter);
	if (first && result && leave) {
		spin_lock(&pi_lock);
		remove_waiter(waiter);
		spin_unlock(&pi_lock);
	}
	spin_unlock(&bucket->lock);
	return result;
}

int futex_pi_wait(u32 __user *uaddr, struct futex_bucket *bucket, struct pi_waiter *waiter,
		  const u64 *expires_ns, clockid_t clock)
{
	int err = 0, result;

	for (;;) {
		/* Before the look, so that a grant in between is a wake-up. */
		set_current_state(THREAD_INTERRUPTIBLE);
		if (signal_pending(current))
			err = err ?: -EINTR;
		result = check_grant(uaddr, bucket, waiter, err);
		if (!result || err)
			break;
		if (result == 1) {
			sleep_once(expires_ns, clock, &err);
			continue;
		}
		__set_current_state(THREAD_RUNNING);
		if (fault_in(uaddr))
			err = -EFAULT;
	}
	__set_current_state(THREAD_RUNNING);
	return result ? err : 0;
}

int futex_pi_wait_to_retry(int err, u32 __user *uaddr, struct thread *leaving)
{
	if (err == -EFAULT)
		return fault_in(uaddr);
	if (err == -EBUSY) {
		/* Asleep, for it may need this CPU to come to its end. */
		/* lint: clang-analyzer-core.NullDereference: a waiter has its state */
		err = wait_event_killable(&exit_wait, smp_load_acquire(&leaving->pi_dead));
		put_thread(leaving);
		return err ? -EINTR : 0;
	}
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : 0;
}

int futex_pi_enqueue(struct pi_waiter *waiter)
{
	struct pi_state *state = waiter->state;
	int err = 0;

	spin_lock(&pi_lock);
	if (is_deadlock(state, waiter->thread)) {
		err = -EDEADLK;
		if (list_empty(&state->waiters))
			free_state(state);
	} else {
		insert_waiter(waiter);
		waiter->thread->pi_blocked = waiter;
		if (state->owner)
			update_boost(state->owner);
		else
			err = 1;
	}
	spin_unlock(&pi_lock);
	return err;
}

int futex_lock_pi(u32 __user *uaddr, unsigned int flags, const u64 *expires_ns, bool only_try)
{
	clockid_t clock = flags & FUTEX_FLAG_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
	struct pi_waiter waiter = { .thread = current };
	struct pi_state *new = NULL;
	struct thread *leaving = NULL;
	struct futex_bucket *bucket;
	struct futex_key key;
	bool queued;
	int err;

again:
	err = futex_get_key(uaddr, flags & FUTEX_FLAG_SHARED, true, &key);
	if (err)
		goto out;
	if (!new)
		new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	bucket = futex_bucket_of(&key);
	spin_lock(&bucket->lock);
	err = futex_pi_try_lock(uaddr, bucket, &key, only_try, &waiter, &new, &leaving);
	queued = err == 1;
	if (queued)
		err = min(futex_pi_enqueue(&waiter), 0);
	spin_unlock(&bucket->lock);
	if (queued && !err) {
		err = futex_pi_wait(uaddr, bucket, &waiter, expires_ns, clock);
		if (err == -EINTR)
			err = -ERESTARTNOINTR;
	} else if (err == -EFAULT || err == -ERESTART || err == -EBUSY) {
		err = futex_pi_wait_to_retry(err, uaddr, leaving);
		if (!err)
			goto again;
	}
out:
	kfree(new);
	return err;
}

/* --- unlocking --- */

/* bucket locked. */
static int unlock_contended(u32 __user *uaddr, u32 word, struct pi_state *state)
{
	struct pi_waiter *waiter;
	struct thread *t;
	int err;

	spin_lock(&pi_lock);
	waiter = first_waiter(state);
	if (state->owner != current) {
		spin_unlock(&pi_lock);
		return -EINVAL;
	}
	/* lint: analyzer-null-dereference: the caller saw a waiter, and holds the bucket */
	t = get_thread(waiter->thread);
	spin_unlock(&pi_lock);
	/* Waiters come and go under the bucket's lock, but their order may change: who is named here is who gets it. */
	err = change_word(uaddr, word, t->tid | FUTEX_WAITERS);
	if (!err) {
		spin_lock(&pi_lock);
		grant(state, t->pi_blocked);
		spin_unlock(&pi_lock);
		wake_up_state(t, THREAD_INTERRUPTIBLE);
	}
	put_thread(t);
	return err;
}

int futex_unlock_pi(u32 __user *uaddr, unsigned int flags)
{
	struct futex_bucket *bucket;
	struct pi_state *state;
	struct futex_key key;
	u32 word;
	int err;

	for (;;) {
		if (get_user(word, uaddr))
			return -EFAULT;
		/* lint: uninitvar: get_user() sets it */
		if ((word & FUTEX_TID_MASK) != current->tid)
			return -EPERM;
		err = futex_get_key(uaddr, flags & FUTEX_FLAG_SHARED, true, &key);
		if (err)
			return err;
		bucket = futex_bucket_of(&key);
		spin_lock(&bucket->lock);
		state = find_state(bucket, &key);
		err = state ? unlock_contended(uaddr, word, state) : change_word(uaddr, word, 0);
		spin_unlock(&bucket->lock);
		if (err == -EFAULT)
			err = fault_in(uaddr) ?: -ERESTART;
		if (err != -ERESTART)
			return err;
		cond_resched();
	}
}

/* --- the end of an owner --- */

static void give_up_all(struct thread *t)
{
	struct pi_state *state;

	spin_lock(&pi_lock);
	while ((state = list_first_entry_or_null(&t->pi_owned, struct pi_state, owned_node))) {
		struct pi_waiter *waiter = first_waiter(state);

		set_owner(state, NULL);
		/* It will mark the word: only it is sure to have the memory. */
		if (waiter)
			wake_up_state(waiter->thread, THREAD_INTERRUPTIBLE);
	}
	spin_unlock(&pi_lock);
}

/* current exits or becomes another program; the words on its robust list are marked already. */
void futex_exit_pi(struct thread *t)
{
	/* between TF_EXITING and the look at nr_states: see attach_to_owner */
	smp_mb();
	if (atomic_read(&nr_states))
		give_up_all(t);
	if (!test_thread_flag(t, TF_EXITING))
		return;
	smp_store_mb(t->pi_dead, true);
	if (waitqueue_active(&exit_wait))
		wake_up_all(&exit_wait);
}

/* The scheduler has been told another priority for t: its place in line changes, and what the owner inherits. */
void futex_priority_changed(struct thread *t)
{
	struct pi_waiter *waiter;

	if (!atomic_read(&nr_states))
		return;
	spin_lock(&pi_lock);
	waiter = t->pi_blocked;
	if (waiter && !waiter->granted) {
		list_del(&waiter->node);
		insert_waiter(waiter);
		if (waiter->state->owner)
			update_boost(waiter->state->owner);
	}
	spin_unlock(&pi_lock);
}
