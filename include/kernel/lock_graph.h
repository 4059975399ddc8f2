/* SPDX-License-Identifier: MIT */
/*
 * What mutexes, rw_semaphores and the spinlocks of modules tell the checks: the graph of lock classes (CONFIG_DEBUG_LOCKS,
 * kernel/sync/sleep/lock_graph.c) and, but for the last, the statistics (CONFIG_LOCK_STAT). Nothing without them.
 */
#ifndef KERNEL_LOCK_GRAPH_H
#define KERNEL_LOCK_GRAPH_H

#include <arch/clock.h>
#include <kernel/lock_stat.h>
#include <kernel/mutex.h>
#include <kernel/thread.h>

#define LOCK_GRAPH_KEYS 1024 /* bytes of addresses that lock_graph_move() uses */

#ifdef CONFIG_DEBUG_LOCKS
const char *lock_class_name(u16 class); /* while its module is there */
/* The class of all locks that were initialised with key; makes it. */
u16 lock_class_of_key(const struct lock_key *key);
/* Of a lock that says nothing of its class: itself, if it was defined; else the place of its first use, ip. */
u16 lock_class_of_first_use(const void *lock, const char *name, unsigned long ip);
/*
 * A lock of class `to` is going to be taken, at ip, inside one of `from`, taken at from_ip: learnt, or reported. Any context but
 * NMI.
 */
void lock_graph_edge(u16 from, u16 to, unsigned long from_ip, unsigned long ip);
/* current is going to wait for the lock, holding what it holds: reported if that closes a cycle. */
void lock_graph_wanted(const void *lock, struct lock_checks *checks, const char *name,
		       unsigned int level, unsigned long ip);
void lock_graph_taken(const void *lock, struct lock_checks *checks, const char *name,
		      unsigned long ip);
void lock_graph_released(const void *lock);
/* Locks of a module that goes, and those that were locked first there, are no classes any more. */
void lock_graph_forget(unsigned long start, unsigned long size);
/*
 * Code that is freed while its module stays: locks that were locked first there live on, so their
 * classes do, under keys in the LOCK_GRAPH_KEYS bytes at `to`, where neither locks nor code are.
 */
void lock_graph_move(unsigned long start, unsigned long size, unsigned long to);
/* current is at the end of something and should hold no lock: reported if it does. */
void lock_graph_check_none(const char *where);
void lock_graph_init(void);
#else
static inline void lock_graph_init(void)
{
}
static inline void lock_graph_forget(unsigned long start, unsigned long size)
{
}
static inline void lock_graph_move(unsigned long start, unsigned long size, unsigned long to)
{
}
static inline void lock_graph_check_none(const char *where)
{
}
#endif

/* The key is looked at in a kernel with the checks only: without them there is none (kernel/mutex.h). */
#ifdef CONFIG_LOCK_NAMES
static inline void lock_checks_init(struct lock_checks *checks, spinlock_t *inner,
				    const struct lock_key *key)
{
	*checks = (struct lock_checks){};
	inner->name = key ? key->name : "(mutex of a module)";
#ifdef CONFIG_DEBUG_LOCKS
	if (key)
		checks->class = lock_class_of_key(key);
#endif
}
#else
#define lock_checks_init(checks, inner, key)	((void)0)
#endif

static __always_inline void sleeping_lock_wanted(const void *lock, struct lock_checks *checks,
						 const spinlock_t *inner, unsigned int level)
{
#ifdef CONFIG_DEBUG_LOCKS
	lock_graph_wanted(lock, checks, inner->name, level,
			  (unsigned long)__builtin_return_address(0));
#endif
}

/* When current begins to wait; 0 if nobody asks. */
static inline u64 lock_wait_begins(void)
{
	return IS_ENABLED(CONFIG_LOCK_STAT) ? arch_clock_ns() : 0;
}

/* started: when it began to wait; 0: it had not to. */
static __always_inline void sleeping_lock_taken(const void *lock, struct lock_checks *checks,
						const spinlock_t *inner, enum lock_kind kind,
						u64 started)
{
#ifdef CONFIG_DEBUG_LOCKS
	lock_graph_taken(lock, checks, inner->name, (unsigned long)__builtin_return_address(0));
#endif
#ifdef CONFIG_LOCK_STAT
	lock_stat_taken(&current->lock_stat, lock, &checks->stat_class, inner->name, kind,
			started ? max_t(u64, arch_clock_ns() - started, 1) : 0);
#endif
}

static inline void sleeping_lock_released(const void *lock)
{
#ifdef CONFIG_DEBUG_LOCKS
	lock_graph_released(lock);
#endif
#ifdef CONFIG_LOCK_STAT
	lock_stat_release(&current->lock_stat, lock);
#endif
}

#endif
