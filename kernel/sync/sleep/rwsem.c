/* SPDX-License-Identifier: MIT */
/*
 * Reader-writer semaphores.
 *
 * count:	bit 0	WRITER	held by a writer
 *		bit 1	WAITERS	the list is not empty
 *		bit 8.. readers
 *
 * Taking a free one is one compare-and-exchange; it works only while nobody waits, so the list is first come first served and a stream of
 * readers cannot starve a writer. Once somebody waits, whoever leaves gives the lock to the first in the list: to a writer alone, or to all
 * readers in the list up to the next writer's turn. A waiter wakes up as the holder and never competes.
 *
 * Before it queues, a thread spins while a writer that holds the lock runs on a CPU and nobody waits yet.
 *
 * wait_lock (LOCK_RANK_WAIT) guards the list, changes of WAITERS, and grants. While WAITERS is set, count changes by grants and by
 * leaving only.
 */
#include <kernel/bug.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <lib/errno.h>

#define WRITER		1l
#define WAITERS		2l
#define READER		256l
#define READERS(count)	((count) & ~(READER - 1))

struct rwsem_waiter {
	struct list_head node;
	struct thread *thread;
	bool writer;
	bool granted;		/* wait_lock; read by the waiter without */
};

void init_rwsem(struct rw_semaphore *sem)
{
	atomic64_set(&sem->count, 0);
	spin_lock_init(&sem->wait_lock, LOCK_RANK_WAIT);
	INIT_LIST_HEAD(&sem->waiters);
	sem->owner = NULL;
}

bool rwsem_is_locked(const struct rw_semaphore *sem)
{
	return (atomic64_read(&sem->count) & ~WAITERS) != 0;
}

static inline bool try_read(struct rw_semaphore *sem)
{
	s64 old = atomic64_read(&sem->count);

	while (!(old & (WRITER | WAITERS)))
		if (likely(atomic64_try_cmpxchg(&sem->count, &old, old + READER)))
			return true;
	return false;
}

static inline bool try_write(struct rw_semaphore *sem)
{
	s64 free = 0;

	if (!likely(atomic64_try_cmpxchg(&sem->count, &free, WRITER)))
		return false;
	WRITE_ONCE(sem->owner, current);
	return true;
}

bool down_read_trylock(struct rw_semaphore *sem)
{
	return try_read(sem);
}

bool down_write_trylock(struct rw_semaphore *sem)
{
	return try_write(sem);
}

/* The waiter's frame may be gone once granted is seen, so its thread is fetched before; RCU keeps the thread. */
static void grant(struct rwsem_waiter *waiter)
{
	struct thread *thread = waiter->thread;

	list_del(&waiter->node);
	smp_store_release(&waiter->granted, true);
	wake_up_thread(thread);
}

static void grant_readers(struct rw_semaphore *sem)
{
	struct rwsem_waiter *waiter, *next;

	list_for_each_entry_safe(waiter, next, &sem->waiters, node) {
		if (waiter->writer)
			break;
		atomic64_add(READER, &sem->count);
		grant(waiter);
	}
}

/* wait_lock held. Gives the lock to as many at the head of the list as can have it now. */
static void grant_head(struct rw_semaphore *sem)
{
	struct rwsem_waiter *first = list_first_entry_or_null(&sem->waiters, struct rwsem_waiter, node);
	s64 count = atomic64_read(&sem->count);

	if (!first || (count & WRITER))
		return;
	if (!first->writer) {
		grant_readers(sem);
	} else if (!READERS(count)) {
		atomic64_add(WRITER, &sem->count);
		WRITE_ONCE(sem->owner, first->thread);
		grant(first);
	}
	if (list_empty(&sem->waiters))
		atomic64_and(~WAITERS, &sem->count);
}

/* Somebody who left saw WAITERS: there is a waiter, which keeps the structure, unless another has granted meanwhile. */
static noinline void wake_head(struct rw_semaphore *sem)
{
	unsigned long flags;

	spin_lock_irqsave(&sem->wait_lock, flags);
	grant_head(sem);
	spin_unlock_irqrestore(&sem->wait_lock, flags);
}

static bool writer_runs(const struct rw_semaphore *sem)
{
	const struct thread *owner = READ_ONCE(sem->owner);

	return owner && READ_ONCE(owner->on_cpu) && !need_resched() && !(atomic64_read(&sem->count) & WAITERS);
}

static bool take_by_spinning(struct rw_semaphore *sem, bool writer)
{
	bool taken;

	preempt_disable();
	while (!(taken = writer ? try_write(sem) : try_read(sem)) && writer_runs(sem))
		cpu_relax();
	preempt_enable();
	return taken;
}

/* True: granted. False: a signal came first, and the waiter is out of the list. */
static bool wait_for_grant(struct rw_semaphore *sem, struct rwsem_waiter *waiter, unsigned int state)
{
	unsigned long flags;
	bool granted;

	for (;;) {
		set_current_state(state);
		if (smp_load_acquire(&waiter->granted))
			break;
		if (signal_pending_state(state, current))
			break;
		schedule();
	}
	__set_current_state(THREAD_RUNNING);
	if (likely(smp_load_acquire(&waiter->granted)))
		return true;
	spin_lock_irqsave(&sem->wait_lock, flags);
	granted = waiter->granted;
	if (!granted) {
		list_del(&waiter->node);
		if (list_empty(&sem->waiters))
			atomic64_and(~WAITERS, &sem->count);
		else
			grant_head(sem);
	}
	spin_unlock_irqrestore(&sem->wait_lock, flags);
	return granted;
}

static noinline int down_slow(struct rw_semaphore *sem, bool writer, unsigned int state)
{
	struct rwsem_waiter waiter = { .thread = current, .writer = writer };
	unsigned long flags;

	if (take_by_spinning(sem, writer))
		return 0;
	WARN_ONCE(READ_ONCE(sem->owner) == current, "rw_semaphore %p: its writer takes it again\n", sem);
	spin_lock_irqsave(&sem->wait_lock, flags);
	list_add_tail(&waiter.node, &sem->waiters);
	/* From here on nobody gets past the list; what became free before is granted now. */
	atomic64_or(WAITERS, &sem->count);
	grant_head(sem);
	spin_unlock_irqrestore(&sem->wait_lock, flags);
	return wait_for_grant(sem, &waiter, state) ? 0 : -EINTR;
}

void down_read(struct rw_semaphore *sem)
{
	might_sleep();
	if (!try_read(sem))
		down_slow(sem, false, THREAD_UNINTERRUPTIBLE);
}

int down_read_killable(struct rw_semaphore *sem)
{
	might_sleep();
	return likely(try_read(sem)) ? 0 : down_slow(sem, false, THREAD_KILLABLE);
}

void down_write(struct rw_semaphore *sem)
{
	might_sleep();
	if (!try_write(sem))
		down_slow(sem, true, THREAD_UNINTERRUPTIBLE);
}

int down_write_killable(struct rw_semaphore *sem)
{
	might_sleep();
	return likely(try_write(sem)) ? 0 : down_slow(sem, true, THREAD_KILLABLE);
}

void up_read(struct rw_semaphore *sem)
{
	s64 count = atomic64_sub_return(READER, &sem->count);

	if (unlikely((count & WAITERS) && !READERS(count)))
		wake_head(sem);
}

void up_write(struct rw_semaphore *sem)
{
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
