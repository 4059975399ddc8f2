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

/*
 * What the checks know of one sleeping lock (kernel/lock_graph.h). 0: not known yet; a lock that was
 * initialised as it was defined is a class of its own.
 */
struct lock_checks {
#ifdef CONFIG_DEBUG_LOCKS
	u16 class; /* in the graph of classes */
#endif
#ifdef CONFIG_LOCK_STAT
	u16 stat_class;
#endif
};

/* A place where locks are initialised: all of them are one class. */
struct lock_key {
	const char *name;
};

struct mutex {
	atomic64_t owner; /* struct thread * | flags in the low bits */
	spinlock_t wait_lock;
	struct list_head waiters; /* wait_lock; FIFO */
	struct lock_checks checks;
};
#define MUTEX_INIT(name) \
	{ .wait_lock = SPINLOCK_INIT(#name, LOCK_RANK_WAIT), .waiters = LIST_HEAD_INIT((name).waiters) }
#define DEFINE_MUTEX(name)	struct mutex name = MUTEX_INIT(name)

/*
 * key NULL: the class is that of the place where it is locked first. Nobody asks for a key in a
 * kernel without the checks: there the function has no such parameter.
 */
#ifdef CONFIG_LOCK_NAMES
void mutex_init_key(struct mutex *lock, const struct lock_key *key);
#define mutex_init(lock) do {								\
	static const struct lock_key lock_key_ = { #lock };				\
	mutex_init_key(lock, &lock_key_);						\
} while (0)
#else
void mutex_init(struct mutex *lock);
#define mutex_init_key(lock, key)	mutex_init(lock)
#endif
void mutex_lock(struct mutex *lock) __acquires(lock);
int mutex_lock_interruptible(struct mutex *lock); /* 0 or -EINTR */
int mutex_lock_killable(struct mutex *lock);	  /* 0 or -EINTR */
bool mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock) __releases(lock);
bool mutex_is_locked(const struct mutex *lock);
bool mutex_is_held(const struct mutex *lock); /* by current */

struct rw_semaphore {
	atomic64_t count;
	spinlock_t wait_lock;
	struct list_head waiters; /* wait_lock; FIFO of readers and writers */
	struct thread *owner;	  /* the writer, for optimistic spinning and checks */
	struct lock_checks checks;
};
#define RWSEM_INIT(name) \
	{ .wait_lock = SPINLOCK_INIT(#name, LOCK_RANK_WAIT), .waiters = LIST_HEAD_INIT((name).waiters) }
#define DECLARE_RWSEM(name)	struct rw_semaphore name = RWSEM_INIT(name)

#ifdef CONFIG_LOCK_NAMES
void init_rwsem_key(struct rw_semaphore *sem, const struct lock_key *key);
#define init_rwsem(sem) do {								\
	static const struct lock_key lock_key_ = { #sem };				\
	init_rwsem_key(sem, &lock_key_);						\
} while (0)
#else
void init_rwsem(struct rw_semaphore *sem);
#define init_rwsem_key(sem, key)	init_rwsem(sem)
#endif
void down_read(struct rw_semaphore *sem) __acquires(sem);
int down_read_killable(struct rw_semaphore *sem); /* 0 or -EINTR */
bool down_read_trylock(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem) __releases(sem);
void down_write(struct rw_semaphore *sem) __acquires(sem);
int down_write_killable(struct rw_semaphore *sem); /* 0 or -EINTR */
bool down_write_trylock(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem) __releases(sem);
void downgrade_write(struct rw_semaphore *sem);
bool rwsem_is_locked(const struct rw_semaphore *sem);

/*
 * Two locks of one class at once: the second is taken by these, with a level (1 to 7) that says which
 * it is in an order that the caller keeps, as parent before child. Levels are classes of their own.
 */
#ifdef CONFIG_DEBUG_LOCKS
/* For a lock whose place in an order does not depend on the caller: after its initialisation. */
void lock_checks_set_level(struct lock_checks *checks, unsigned int level);
/* How many locks of its class current holds: for orders that something else keeps free of cycles. */
unsigned int mutex_next_level(const struct mutex *lock);
void mutex_lock_nested(struct mutex *lock, unsigned int level) __acquires(lock);
void down_read_nested(struct rw_semaphore *sem, unsigned int level) __acquires(sem);
void down_write_nested(struct rw_semaphore *sem, unsigned int level) __acquires(sem);
/* "Caller holds": that current does not is reported, with a backtrace. A rw_semaphore in either way. */
void lock_graph_assert_held(const void *lock, const char *name);
void lock_graph_assert_write(const struct rw_semaphore *sem, const char *name);
#define assert_mutex_held(lock)		lock_graph_assert_held(lock, #lock)
#define assert_rwsem_held(sem)		lock_graph_assert_held(sem, #sem)
#define assert_rwsem_held_write(sem)	lock_graph_assert_write(sem, #sem)
#else
#define assert_mutex_held(lock)		((void)(lock))
#define assert_rwsem_held(sem)		((void)(sem))
#define assert_rwsem_held_write(sem)	((void)(sem))
static inline void lock_checks_set_level(struct lock_checks *checks, unsigned int level) { }
#define mutex_lock_nested(lock, level)	mutex_lock(lock)
#define down_read_nested(sem, level)	down_read(sem)
#define down_write_nested(sem, level)	down_write(sem)
#endif

#ifdef __CHECKER__
/* The checker follows a lock through a condition only if it sees one: what comes out is a truth value here, not -EINTR. */
#define mutex_trylock(lock)		(mutex_trylock(lock) && ({ __acquire(lock); 1; }))
#define down_read_trylock(lock)		(down_read_trylock(lock) && ({ __acquire(lock); 1; }))
#define down_write_trylock(lock)	(down_write_trylock(lock) && ({ __acquire(lock); 1; }))
#define mutex_lock_interruptible(lock)	(mutex_lock_interruptible(lock) || ({ __acquire(lock); 0; }))
#define mutex_lock_killable(lock)	(mutex_lock_killable(lock) || ({ __acquire(lock); 0; }))
#define down_read_killable(lock)	(down_read_killable(lock) || ({ __acquire(lock); 0; }))
#define down_write_killable(lock)	(down_write_killable(lock) || ({ __acquire(lock); 0; }))
#endif

#endif
