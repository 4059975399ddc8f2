/* SPDX-License-Identifier: MIT */
/*
 * Reader-writer semaphores.
 *
 * count:	bit 0	WRITER	held by a writer
 *		bit 1	WAITERS	the list is not empty: who leaves must look at it
 *		bit 2	HANDOFF	the first waiter has waited long: nobody else may take it
 *		bit 8..	readers
 *
 * Taking a free one that nobody waits for is one compare-and-exchange. When that fails a thread
 * spins as long as a writer holds it and runs on a CPU, and takes the lock when it finds it free
 * even if others wait, which keeps a busy lock moving: a switch to the next waiter costs more than
 * most sections. Then it joins the list, first come first served. Who leaves looks at the head of
 * the list: readers there are made holders, all up to the next writer, and wake up as such; a
 * writer is woken and competes. After HANDOFF_NS at the head a waiter sets HANDOFF, and from then
 * on is the next: neither side starves the other.
 *
 * wait_lock (LOCK_RANK_WAIT) guards the list and changes of WAITERS and HANDOFF.
 */
#include <kernel/bug.h>
#include <kernel/lock_graph.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <lib/errno.h>

/* For the callers: the checker is to see the functions themselves here. */
#undef down_read_trylock
#undef down_write_trylock
#undef down_read_killable
#undef down_write_killable

#define WRITER		1l
#define WAITERS		2l
#define HANDOFF		4l
#define READER		256l
#define HELD		(~(READER - 1) | WRITER)

#define HANDOFF_NS	(4 * NSEC_PER_MSEC)

struct rwsem_waiter {
	struct list_head node;
	struct thread *thread;
	bool writer;
	/* of a reader: it is a holder. wait_lock; read by the waiter without */
	bool granted;
	u64 since_ns;
};

/* Or init_rwsem(): then a macro of this name takes the key away. */
void init_rwsem_key(struct rw_semaphore *sem, const struct lock_key *key)
{
	atomic64_set(&sem->count, 0);
	spin_lock_init(&sem->wait_lock, LOCK_RANK_WAIT);
	INIT_LIST_HEAD(&sem->waiters);
	sem->owner = NULL;
	lock_checks_init(&sem->checks, &sem->wait_lock, key);
}

bool rwsem_is_locked(const struct rw_semaphore *sem)
{
	return (atomic64_read(&sem->count) & HELD) != 0;
}

/* forbidden: the bits that may not be set. */
static inline bool try_read(struct rw_semaphore *sem, s64 forbidden)
{
	s64 old = atomic64_read(&sem->count);

	while (!(old & forbidden))
		if (likely(atomic64_try_cmpxchg(&sem->count, &old, old + READER)))
			return true;
	return false;
}

static inline bool try_write(struct rw_semaphore *sem, s64 forbidden)
{
	s64 old = atomic64_read(&sem->count);

	while (!(old & forbidden)) {
		if (likely(atomic64_try_cmpxchg(&sem->count, &old, old | WRITER))) {
			WRITE_ONCE(sem->owner, current);
			return true;
		}
	}
	return false;
}

#define READ_FAST	(WRITER | WAITERS | HANDOFF)
#define READ_STEAL	(WRITER | HANDOFF)
#define WRITE_FAST	(~0l)
#define WRITE_STEAL	(HELD | HANDOFF)

static __always_inline bool note_taken(struct rw_semaphore *sem, enum lock_kind kind, u64 started)
{
	sleeping_lock_taken(sem, &sem->checks, &sem->wait_lock, kind, started);
	return true;
}

bool down_read_trylock(struct rw_semaphore *sem)
{
	return try_read(sem, READ_FAST) && note_taken(sem, LOCK_KIND_READ, 0);
}

bool down_write_trylock(struct rw_semaphore *sem)
{
	return try_write(sem, WRITE_FAST) && note_taken(sem, LOCK_KIND_WRITE, 0);
}

/* ---- the list; wait_lock held ---- */

static struct rwsem_waiter *first_waiter(struct rw_semaphore *sem)
{
	return list_first_entry_or_null(&sem->waiters, struct rwsem_waiter, node);
}

/* The flags go with the waiter for whom they were set. */
static void leave_list(struct rw_semaphore *sem, struct rwsem_waiter *waiter)
{
	s64 clear = first_waiter(sem) == waiter ? HANDOFF : 0;

	list_del(&waiter->node);
	if (list_empty(&sem->waiters))
		clear |= WAITERS;
	if (clear & atomic64_read(&sem->count))
		atomic64_and(~clear, &sem->count);
}

static void ask_for_handoff(struct rw_semaphore *sem, const struct rwsem_waiter *first)
{
	if (ktime_get_ns() - first->since_ns >= HANDOFF_NS)
		atomic64_or(HANDOFF, &sem->count);
}

/*
 * The waiter's frame may be gone once granted is seen, so its thread is fetched before; RCU keeps
 * the thread.
 */
static void grant_reader(struct rw_semaphore *sem, struct rwsem_waiter *waiter)
{
	struct thread *thread = waiter->thread;

	leave_list(sem, waiter);
	smp_store_release(&waiter->granted, true);
	wake_up_thread(thread);
}

/* With one reader in, no writer can come between: the others follow. */
static void grant_readers(struct rw_semaphore *sem, struct rwsem_waiter *first)
{
	struct rwsem_waiter *waiter, *next;

	if (!try_read(sem, WRITER)) {
		ask_for_handoff(sem, first);
		return;
	}
	list_for_each_entry_safe(waiter, next, &sem->waiters, node) {
		if (waiter->writer)
			break;
		if (waiter != first)
			atomic64_add(READER, &sem->count);
		grant_reader(sem, waiter);
	}
}

static void serve_head(struct rw_semaphore *sem)
{
	struct rwsem_waiter *first = first_waiter(sem);

	if (!first)
		return;
	if (!first->writer)
		grant_readers(sem, first);
	else if (!rwsem_is_locked(sem))
		wake_up_thread(first->thread);
}

/* Somebody who left saw WAITERS. */
static noinline void wake_head(struct rw_semaphore *sem)
{
	unsigned long flags;

	spin_lock_irqsave(&sem->wait_lock, flags);
	serve_head(sem);
	spin_unlock_irqrestore(&sem->wait_lock, flags);
}

/* ---- waiting ---- */

static bool writer_runs(const struct rw_semaphore *sem)
{
	const struct thread *owner = READ_ONCE(sem->owner);

	return owner && READ_ONCE(owner->on_cpu) && !need_resched() &&
	       !(atomic64_read(&sem->count) & HANDOFF);
}

static bool take_by_spinning(struct rw_semaphore *sem, bool writer)
{
	bool taken;

	/* Preemption off: that keeps the owner's memory, too. */
	preempt_disable();
	for (;;) {
		taken = writer ? try_write(sem, WRITE_STEAL) : try_read(sem, READ_STEAL);
		if (taken || !writer_runs(sem))
			break;
		cpu_relax();
	}
	preempt_enable();
	return taken;
}

/* The first in the list may take what is handed over; others wait until they are the first. */
static bool try_as_waiter(struct rw_semaphore *sem, struct rwsem_waiter *waiter)
{
	if (!waiter->writer)
		return waiter->granted;
	if (first_waiter(sem) != waiter)
		return false;
	if (try_write(sem, HELD)) {
		leave_list(sem, waiter);
		return true;
	}
	ask_for_handoff(sem, waiter);
	return false;
}

/* wait_lock held, let go while asleep. A signal takes the waiter out of the list. */
/* lint: context: 1: granted, and the lock is not held */
static int wait_in_list(struct rw_semaphore *sem, struct rwsem_waiter *waiter, unsigned int state)
{
	for (;;) {
		set_current_state(state);
		if (try_as_waiter(sem, waiter))
			return 0;
		if (signal_pending_state(state, current)) {
			leave_list(sem, waiter);
			serve_head(sem);
			return -EINTR;
		}
		spin_unlock_irq(&sem->wait_lock);
		schedule();
		/* A reader that was made a holder need not take the lock again. */
		if (smp_load_acquire(&waiter->granted)) {
			local_irq_disable();
			return 1;
		}
		spin_lock_irq(&sem->wait_lock);
	}
}

/* lint: context: after wait_in_list() */
static noinline int down_slow(struct rw_semaphore *sem, bool writer, unsigned int state)
{
	struct rwsem_waiter waiter = { .thread = current, .writer = writer };
	int result;

	if (take_by_spinning(sem, writer))
		return 0;
	WARN_ONCE(READ_ONCE(sem->owner) == current, "rw_semaphore %p: its writer takes it again\n",
		  sem);
	waiter.since_ns = ktime_get_ns();
	spin_lock_irq(&sem->wait_lock);
	list_add_tail(&waiter.node, &sem->waiters);
	/* From here on who leaves looks at the list; what was left before is seen now. */
	atomic64_or(WAITERS, &sem->count);
	serve_head(sem);
	result = wait_in_list(sem, &waiter, state);
	__set_current_state(THREAD_RUNNING);
	if (result == 1) {
		local_irq_enable();
		return 0;
	}
	spin_unlock_irq(&sem->wait_lock);
	return result;
}

/* Level: of the class, see mutex_lock_nested. */
static __always_inline int down_checked(struct rw_semaphore *sem, bool writer, unsigned int state,
					unsigned int level)
{
	u64 started = 0;
	int error;

	might_sleep();
	sleeping_lock_wanted(sem, &sem->checks, &sem->wait_lock, level);
	if (unlikely(!(writer ? try_write(sem, WRITE_FAST) : try_read(sem, READ_FAST)))) {
		started = lock_wait_begins();
		error = down_slow(sem, writer, state);
		if (error)
			return error;
	}
	note_taken(sem, writer ? LOCK_KIND_WRITE : LOCK_KIND_READ, started);
	return 0;
}

void down_read(struct rw_semaphore *sem) __acquires(sem)
{
	__acquire(sem);
	down_checked(sem, false, THREAD_UNINTERRUPTIBLE, 0);
}

int down_read_killable(struct rw_semaphore *sem)
{
	return down_checked(sem, false, THREAD_KILLABLE, 0);
}

void down_write(struct rw_semaphore *sem) __acquires(sem)
{
	__acquire(sem);
	down_checked(sem, true, THREAD_UNINTERRUPTIBLE, 0);
}

int down_write_killable(struct rw_semaphore *sem)
{
	return down_checked(sem, true, THREAD_KILLABLE, 0);
}

#ifdef CONFIG_DEBUG_LOCKS
void down_read_nested(struct rw_semaphore *sem, unsigned int level) __acquires(sem)
{
	__acquire(sem);
	down_checked(sem, false, THREAD_UNINTERRUPTIBLE, level);
}

void down_write_nested(struct rw_semaphore *sem, unsigned int level) __acquires(sem)
{
	__acquire(sem);
	down_checked(sem, true, THREAD_UNINTERRUPTIBLE, level);
}
#endif

void up_read(struct rw_semaphore *sem) __releases(sem)
{
	s64 count;

	__release(sem);
	sleeping_lock_released(sem);
	count = atomic64_sub_return(READER, &sem->count);
	if (unlikely((count & (WAITERS | HELD)) == WAITERS))
		wake_head(sem);
}

void up_write(struct rw_semaphore *sem) __releases(sem)
{
	__release(sem);
	sleeping_lock_released(sem);
	WRITE_ONCE(sem->owner, NULL);
	if (unlikely(atomic64_sub_return(WRITER, &sem->count) & WAITERS))
		wake_head(sem);
}

void downgrade_write(struct rw_semaphore *sem)
{
	WRITE_ONCE(sem->owner, NULL);
	if (unlikely(atomic64_add_return(READER - WRITER, &sem->count) & WAITERS))
		wake_head(sem);
}
