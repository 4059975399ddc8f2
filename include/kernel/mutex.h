/* SPDX-License-Identifier: MIT */
/*
 * Sleeping locks: mutex and reader-writer semaphore.
 *
 * Mutex: one holder, the holder unlocks; not from interrupts. A contender spins while the holder
 * runs on another CPU, then sleeps; a waiter that was passed over too often gets the lock handed to
 * it. rw_semaphore: many readers or one writer, writers not starved; one word that readers of an
 * uncontended one change by one atomic.
 */
#ifndef KERNEL_MUTEX_H
#define KERNEL_MUTEX_H

#include <kit/list.h>
#include <kernel/atomic.h>
#include <kernel/spinlock.h>

struct mutex {
	atomic64_t owner;		/* struct thread * | flags in the low bits */
	spinlock_t wait_lock;
	struct list_head waiters;	/* wait_lock; FIFO */
};
#define MUTEX_INIT(name) \
	{ .wait_lock = SPINLOCK_INIT(#name, LOCK_RANK_WAIT), .waiters = LIST_HEAD_INIT((name).waiters) }
#define DEFINE_MUTEX(name)	struct mutex name = MUTEX_INIT(name)

void mutex_init(struct mutex *lock);
void mutex_lock(struct mutex *lock);
int mutex_lock_interruptible(struct mutex *lock);	/* 0 or -EINTR */
int mutex_lock_killable(struct mutex *lock);		/* 0 or -EINTR */
bool mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
bool mutex_is_locked(const struct mutex *lock);
bool mutex_is_held(const struct mutex *lock);		/* by current */

struct rw_semaphore {
	atomic64_t count;
	spinlock_t wait_lock;
	struct list_head waiters;	/* wait_lock; FIFO of readers and writers */
	struct thread *owner;		/* the writer, for optimistic spinning and checks */
};
#define RWSEM_INIT(name) \
	{ .wait_lock = SPINLOCK_INIT(#name, LOCK_RANK_WAIT), .waiters = LIST_HEAD_INIT((name).waiters) }
#define DECLARE_RWSEM(name)	struct rw_semaphore name = RWSEM_INIT(name)

void init_rwsem(struct rw_semaphore *sem);
void down_read(struct rw_semaphore *sem);
int down_read_killable(struct rw_semaphore *sem);	/* 0 or -EINTR */
bool down_read_trylock(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
int down_write_killable(struct rw_semaphore *sem);	/* 0 or -EINTR */
bool down_write_trylock(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void downgrade_write(struct rw_semaphore *sem);
bool rwsem_is_locked(const struct rw_semaphore *sem);

#endif
