/* SPDX-License-Identifier: MIT */
/*
 * Mutexes.
 *
 * owner holds the holder's address and three flags:
 *
 *	WAITERS	the list is not empty: unlock must wake the first
 *	HANDOFF	the first waiter has been passed over: unlock must give the lock to it
 *	PICKUP	given: only the thread named may take it
 *
 *	           lock                        unlock
 *	0 -------------------> holder -----------------------> 0
 *	                         |  WAITERS: wake the first, which competes
 *	                         |  HANDOFF: holder' | PICKUP -> holder'
 *
 * A thread that finds the lock taken spins as long as the holder runs on a CPU: it will likely be
 * through before a switch would be. Else it sleeps in the list, first come first served; but
 * whoever comes while the lock is free takes it, which keeps a busy lock moving. The first waiter
 * that wakes and finds it taken asks for the hand-over, so that nobody waits for ever.
 *
 * wait_lock (LOCK_RANK_WAIT) guards the list and changes of WAITERS.
 *
 * mutex_unlock may touch the structure after another thread has got the lock: who frees a mutex
 * makes sure by other means (a reference count) that nobody is in mutex_unlock. Completions have no
 * such rule.
 */
#include <kernel/bug.h>
#include <kernel/lock_graph.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <lib/errno.h>

/* For the callers: the checker is to see the functions themselves here. */
#undef mutex_trylock
#undef mutex_lock_interruptible
#undef mutex_lock_killable

#define WAITERS		1l
#define HANDOFF		2l
#define PICKUP		4l
#define FLAGS		7l

struct mutex_waiter {
	struct list_head node;
	struct thread *thread;
};

/* Or mutex_init(): then a macro of this name takes the key away. */
void mutex_init_key(struct mutex *lock, const struct lock_key *key)
{
	atomic64_set(&lock->owner, 0);
	spin_lock_init(&lock->wait_lock, LOCK_RANK_WAIT);
	INIT_LIST_HEAD(&lock->waiters);
	lock_checks_init(&lock->checks, &lock->wait_lock, key);
}

static struct thread *owner_of(s64 owner)
{
	return (struct thread *)(owner & ~FLAGS);
}

bool mutex_is_locked(const struct mutex *lock)
{
	return owner_of(atomic64_read(&lock->owner)) != NULL;
}

bool mutex_is_held(const struct mutex *lock)
{
	return owner_of(atomic64_read(&lock->owner)) == current;
}

/*
 * NULL: current has it. Else who has it, at that moment. ask_handoff, from the first waiter only:
 * if it cannot be had, the holder is told to hand it over.
 */
static struct thread *try_or_owner(struct mutex *lock, bool ask_handoff)
{
	s64 self = (s64)current;
	s64 old = atomic64_read(&lock->owner);

	for (;;) {
		s64 flags = old & FLAGS;
		s64 task = old & ~FLAGS;

		if (!task) {
			task = self;
		} else if (flags & PICKUP) {
			if (task != self)
				break;
			flags &= ~PICKUP;
		} else if (ask_handoff && !(flags & HANDOFF)) {
			flags |= HANDOFF;
		} else {
			break;
		}
		if (!atomic64_try_cmpxchg(&lock->owner, &old, task | flags))
			continue;
		if (task == self)
			return NULL;
		break;
	}
	return owner_of(old);
}

bool mutex_trylock(struct mutex *lock)
{
	if (try_or_owner(lock, false))
		return false;
	sleeping_lock_taken(lock, &lock->checks, &lock->wait_lock, LOCK_KIND_MUTEX, 0);
	return true;
}

/*
 * The owner's memory stays: threads are freed by RCU, and preemption is off. True: the owner
 * changed; false: do not spin on.
 */
static bool spin_on_owner(const struct mutex *lock, const struct thread *owner)
{
	while (owner_of(atomic64_read(&lock->owner)) == owner) {
		if (!READ_ONCE(owner->on_cpu) || need_resched())
			return false;
		cpu_relax();
	}
	return true;
}

static bool take_by_spinning(struct mutex *lock)
{
	bool taken = false;

	preempt_disable();
	for (;;) {
		struct thread *owner = try_or_owner(lock, false);

		if (!owner)
			taken = true;
		if (!owner || owner == current || !spin_on_owner(lock, owner))
			break;
		cpu_relax();
	}
	preempt_enable();
	return taken;
}

static bool is_first(const struct mutex *lock, const struct mutex_waiter *waiter)
{
	return READ_ONCE(lock->waiters.next) == &waiter->node;
}

static void remove_waiter(struct mutex *lock, struct mutex_waiter *waiter)
{
	list_del(&waiter->node);
	if (list_empty(&lock->waiters))
		atomic64_and(~(WAITERS | HANDOFF), &lock->owner);
}

/* wait_lock held on entry and exit, let go while asleep. */
static int wait_in_list(struct mutex *lock, struct mutex_waiter *waiter, unsigned int state)
	__must_hold(&lock->wait_lock)
{
	bool first = false;

	for (;;) {
		set_current_state(state);
		if (!try_or_owner(lock, first))
			return 0;
		if (signal_pending_state(state, current))
			return -EINTR;
		spin_unlock(&lock->wait_lock);
		schedule();
		first = is_first(lock, waiter);
		spin_lock(&lock->wait_lock);
	}
}

static noinline int lock_slow(struct mutex *lock, unsigned int state)
{
	struct mutex_waiter waiter = { .thread = current };
	int error = 0;

	if (take_by_spinning(lock))
		return 0;
	WARN_ONCE(mutex_is_held(lock), "mutex %p: locked twice\n", lock);
	spin_lock(&lock->wait_lock);
	list_add_tail(&waiter.node, &lock->waiters);
	atomic64_or(WAITERS, &lock->owner);
	error = wait_in_list(lock, &waiter, state);
	__set_current_state(THREAD_RUNNING);
	remove_waiter(lock, &waiter);
	spin_unlock(&lock->wait_lock);
	return error;
}

static inline bool lock_fast(struct mutex *lock)
{
	s64 free = 0;

	return likely(atomic64_try_cmpxchg(&lock->owner, &free, (s64)current));
}

/* Level: of the class, see mutex_lock_nested. */
static __always_inline int lock_checked(struct mutex *lock, unsigned int state, unsigned int level)
{
	u64 started = 0;
	int error;

	might_sleep();
	sleeping_lock_wanted(lock, &lock->checks, &lock->wait_lock, level);
	if (!lock_fast(lock)) {
		started = lock_wait_begins();
		error = lock_slow(lock, state);
		if (error)
			return error;
	}
	sleeping_lock_taken(lock, &lock->checks, &lock->wait_lock, LOCK_KIND_MUTEX, started);
	return 0;
}

void mutex_lock(struct mutex *lock) __acquires(lock)
{
	__acquire(lock);
	lock_checked(lock, THREAD_UNINTERRUPTIBLE, 0);
}

int mutex_lock_interruptible(struct mutex *lock)
{
	return lock_checked(lock, THREAD_INTERRUPTIBLE, 0);
}

int mutex_lock_killable(struct mutex *lock)
{
	return lock_checked(lock, THREAD_KILLABLE, 0);
}

#ifdef CONFIG_DEBUG_LOCKS
void mutex_lock_nested(struct mutex *lock, unsigned int level) __acquires(lock)
{
	__acquire(lock);
	lock_checked(lock, THREAD_UNINTERRUPTIBLE, level);
}
#endif

/*
 * wait_lock held. Without a waiter the lock becomes free: the one that asked has been interrupted.
 */
static void hand_over(struct mutex *lock, struct thread *next)
{
	s64 old = atomic64_read(&lock->owner);
	s64 new;

	do {
		new = (old & WAITERS) | (s64)next;
		if (next)
			new |= PICKUP;
	} while (!atomic64_try_cmpxchg(&lock->owner, &old, new));
}

static noinline void unlock_slow(struct mutex *lock)
{
	s64 owner = atomic64_read(&lock->owner);
	struct mutex_waiter *first;
	struct thread *next;

	WARN_ONCE(owner_of(owner) != current, "mutex %p: unlocked by another than its holder\n",
		  lock);
	while (!(owner & HANDOFF)) {
		if (!atomic64_try_cmpxchg(&lock->owner, &owner, owner & FLAGS))
			continue;
		if (!(owner & WAITERS))
			return;
		break;
	}
	spin_lock(&lock->wait_lock);
	first = list_first_entry_or_null(&lock->waiters, struct mutex_waiter, node);
	next = first ? first->thread : NULL;
	if (owner & HANDOFF)
		hand_over(lock, next);
	if (next)
		wake_up_thread(next);
	spin_unlock(&lock->wait_lock);
}

void mutex_unlock(struct mutex *lock) __releases(lock)
{
	s64 self = (s64)current;

	__release(lock);
	sleeping_lock_released(lock);
	if (unlikely(!atomic64_try_cmpxchg(&lock->owner, &self, 0)))
		unlock_slow(lock);
}
