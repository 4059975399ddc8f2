/* SPDX-License-Identifier: MIT */
/*
 * Wait queues, completions.
 *
 *	wait_event(queue, condition)			sleeps until the condition is true, whatever happens
 *	wait_event_interruptible(queue, condition)	or until a signal is pending: -ERESTARTSYS
 *	wait_event_killable(queue, condition)		or until a fatal signal is pending: -ERESTARTSYS
 *	..._timeout(queue, condition, ns)		or until ns nanoseconds have passed: 0; else the time left, at least 1
 *
 * The waker makes the condition true and then calls wake_up(). wake_up() may be called from any
 * context but NMI. Locking: head->lock (LOCK_RANK_WAIT), interrupts off. Entry callbacks run under
 * it and may not sleep.
 */
#ifndef KERNEL_WAIT_H
#define KERNEL_WAIT_H

#include <kit/list.h>
#include <kernel/spinlock.h>
#include <kernel/thread.h>
#include <lib/errno.h>

struct wait_queue_entry;

typedef struct wait_queue_head {
	spinlock_t lock;
	struct list_head entries;
} wait_queue_head_t;

/*
 * Returns nonzero when it woke somebody (counts against the number of exclusive waiters to wake).
 */
typedef int (*wait_queue_func_t)(struct wait_queue_entry *entry, unsigned int mode, int flags,
				 void *key);

#define WQ_FLAG_EXCLUSIVE	0x01	/* wake_up() wakes one of these */
#define WQ_FLAG_PRIORITY	0x02	/* stands in front */

typedef struct wait_queue_entry {
	unsigned int flags;
	void *private; /* the thread, for the default callback */
	wait_queue_func_t func;
	struct list_head entry;
} wait_queue_entry_t;

#define WAIT_QUEUE_HEAD_INIT(name) \
	{ .lock = SPINLOCK_INIT(#name, LOCK_RANK_WAIT), .entries = LIST_HEAD_INIT((name).entries) }
#define DECLARE_WAIT_QUEUE_HEAD(name)	wait_queue_head_t name = WAIT_QUEUE_HEAD_INIT(name)

void init_waitqueue_head(wait_queue_head_t *head);
void init_waitqueue_func_entry(wait_queue_entry_t *entry, wait_queue_func_t func);
void init_wait_entry(wait_queue_entry_t *entry); /* for current, autoremove_wake_function */
#define DEFINE_WAIT(name)	wait_queue_entry_t name; init_wait_entry(&name)

void add_wait_queue(wait_queue_head_t *head, wait_queue_entry_t *entry);
void add_wait_queue_exclusive(wait_queue_head_t *head, wait_queue_entry_t *entry);
void remove_wait_queue(wait_queue_head_t *head, wait_queue_entry_t *entry);
void prepare_to_wait(wait_queue_head_t *head, wait_queue_entry_t *entry, unsigned int state);
void prepare_to_wait_exclusive(wait_queue_head_t *head, wait_queue_entry_t *entry,
			       unsigned int state);
/*
 * As prepare_to_wait, but -ERESTARTSYS and not queued when a signal is pending that the state lets
 * through.
 */
int prepare_to_wait_event(wait_queue_head_t *head, wait_queue_entry_t *entry, unsigned int state);
void finish_wait(wait_queue_head_t *head, wait_queue_entry_t *entry);

int default_wake_function(wait_queue_entry_t *entry, unsigned int mode, int flags, void *key);
int autoremove_wake_function(wait_queue_entry_t *entry, unsigned int mode, int flags, void *key);

/*
 * For `flags` of the callbacks: the waker is about to sleep itself, so the woken may as well have
 * its CPU.
 */
#define WAKE_SYNC	0x1

/*
 * mode: a mask of thread states to wake (kernel/thread.h); nr_exclusive 0: all; key is handed to
 * the callbacks (poll events).
 */
void __wake_up(wait_queue_head_t *head, unsigned int mode, int nr_exclusive, void *key);
void __wake_up_locked_key(wait_queue_head_t *head, unsigned int mode, int nr_exclusive, void *key);
void __wake_up_sync(wait_queue_head_t *head, unsigned int mode, int nr_exclusive, void *key);
#define WAKE_NORMAL	(THREAD_INTERRUPTIBLE | THREAD_UNINTERRUPTIBLE)
/* A key: the queue is going away, its memory a grace period later; entries leave it at once, in their callbacks (epoll's do). */
#define WAKE_KEY_FREE	0x4000ul
#define wake_up(head)			__wake_up(head, WAKE_NORMAL, 1, NULL)
#define wake_up_nr(head, nr)		__wake_up(head, WAKE_NORMAL, nr, NULL)
#define wake_up_all(head)		__wake_up(head, WAKE_NORMAL, 0, NULL)
#define wake_up_interruptible(head)	__wake_up(head, THREAD_INTERRUPTIBLE, 1, NULL)
#define wake_up_interruptible_all(head)	__wake_up(head, THREAD_INTERRUPTIBLE, 0, NULL)
#define wake_up_poll(head, events)	__wake_up(head, WAKE_NORMAL, 1, (void *)(unsigned long)(events))
#define wake_up_interruptible_poll(head, events) \
	__wake_up(head, THREAD_INTERRUPTIBLE, 1, (void *)(unsigned long)(events))
#define wake_up_interruptible_sync(head)	__wake_up_sync(head, THREAD_INTERRUPTIBLE, 1, NULL)
#define wake_up_interruptible_sync_poll(head, events) \
	__wake_up_sync(head, THREAD_INTERRUPTIBLE, 1, (void *)(unsigned long)(events))

/*
 * True when somebody waits. The caller has made the condition true before; the barrier pairs with
 * the one in prepare_to_wait, so that a waker may skip the lock of an empty queue.
 */
static inline bool wq_has_sleeper(wait_queue_head_t *head)
{
	smp_mb();
	return !list_empty(&head->entries);
}

static inline bool waitqueue_active(wait_queue_head_t *head)
{
	return !list_empty(&head->entries);
}

void schedule(void);
/* state set by the caller; the time left, 0 when it ran out; WAIT_FOREVER: no limit */
s64 schedule_timeout_ns(s64 timeout_ns);
#define WAIT_FOREVER	((s64)(~0ull >> 1))

/*
 * The loop behind all of them. The condition is looked at after the state is set and the entry is
 * queued, so that no wake-up is lost, and once more when a signal ends the wait: a true condition
 * wins. 0 or -ERESTARTSYS.
 */
#define wait_event_common(head, condition, state, entry_flags, sleep) ({			\
	wait_queue_entry_t wait_entry_;							\
	int wait_error_;								\
	init_wait_entry(&wait_entry_);							\
	wait_entry_.flags = (entry_flags);						\
	for (;;) {									\
		wait_error_ = prepare_to_wait_event(head, &wait_entry_, state);		\
		if (condition) {							\
			wait_error_ = 0;						\
			break;								\
		}									\
		if (wait_error_)							\
			break;								\
		sleep;									\
	}										\
	finish_wait(head, &wait_entry_);						\
	wait_error_;									\
})

/*
 * -ERESTARTSYS; 0: the time ran out and the condition is false; else what was left of the time, at
 * least 1.
 */
#define wait_event_timeout_common(head, condition, state, ns) ({				\
	s64 wait_left_ = (ns);								\
	bool wait_true_;								\
	int wait_result_ = 0;								\
	might_sleep();									\
	wait_true_ = (condition);							\
	if (!wait_true_)								\
		wait_result_ = wait_event_common(head,					\
			(wait_true_ = (condition)) || wait_left_ <= 0, state, 0,	\
			wait_left_ = schedule_timeout_ns(wait_left_));			\
	wait_result_ ? (s64)wait_result_ : !wait_true_ ? (s64)0 : wait_left_ > 0 ? wait_left_ : (s64)1;	\
})

/* 0 or -ERESTARTSYS, as wait_event_common. */
#define wait_event_error(head, condition, state, entry_flags) ({				\
	might_sleep();									\
	(condition) ? 0 : wait_event_common(head, condition, state, entry_flags, schedule());	\
})

#define wait_event(head, condition)	(void)wait_event_error(head, condition, THREAD_UNINTERRUPTIBLE, 0)
#define wait_event_interruptible(head, condition) \
	wait_event_error(head, condition, THREAD_INTERRUPTIBLE, 0)
#define wait_event_interruptible_exclusive(head, condition) \
	wait_event_error(head, condition, THREAD_INTERRUPTIBLE, WQ_FLAG_EXCLUSIVE)
#define wait_event_killable(head, condition) \
	wait_event_error(head, condition, THREAD_KILLABLE, 0)
#define wait_event_timeout(head, condition, ns) \
	wait_event_timeout_common(head, condition, THREAD_UNINTERRUPTIBLE, ns)
#define wait_event_interruptible_timeout(head, condition, ns) \
	wait_event_timeout_common(head, condition, THREAD_INTERRUPTIBLE, ns)
#define wait_event_killable_timeout(head, condition, ns) \
	wait_event_timeout_common(head, condition, THREAD_KILLABLE, ns)
/*
 * Sleeps with head->lock, which the caller holds with interrupts off, let go; holds it again at the
 * end. 0 or -ERESTARTSYS.
 */
#define wait_event_interruptible_locked_irq(head, condition)	wait_event_locked_irq_common(head, condition, THREAD_INTERRUPTIBLE)
#define wait_event_locked_irq(head, condition)	(void)wait_event_locked_irq_common(head, condition, THREAD_UNINTERRUPTIBLE)
#define wait_event_locked_irq_common(head, condition, state) ({				\
	int wait_error_ = 0;								\
	wait_queue_entry_t wait_entry_;							\
	init_wait_entry(&wait_entry_);							\
	while (!(condition)) {								\
		if (signal_pending_state(state, current)) {				\
			wait_error_ = -ERESTARTSYS;					\
			break;								\
		}									\
		if (list_empty(&wait_entry_.entry))					\
			list_add_tail(&wait_entry_.entry, &(head)->entries);		\
		set_current_state(state);						\
		spin_unlock_irq(&(head)->lock);						\
		schedule();								\
		spin_lock_irq(&(head)->lock);						\
	}										\
	__set_current_state(THREAD_RUNNING);						\
	list_del_init(&wait_entry_.entry);						\
	wait_error_;									\
})

/* A one-time event: complete() lets one waiter through, complete_all() all there ever are. */
struct completion {
	unsigned int done; /* wait.lock; UINT_MAX after complete_all */
	wait_queue_head_t wait;
};
#define COMPLETION_INIT(name)	{ .wait = WAIT_QUEUE_HEAD_INIT((name).wait) }
#define DECLARE_COMPLETION(name)	struct completion name = COMPLETION_INIT(name)
void init_completion(struct completion *c);
static inline void reinit_completion(struct completion *c) { c->done = 0; }
bool try_wait_for_completion(struct completion *c); /* does not sleep; true: took one */
void complete(struct completion *c);		    /* any context but NMI */
void complete_all(struct completion *c);
void wait_for_completion(struct completion *c);
int wait_for_completion_interruptible(struct completion *c); /* 0 or -ERESTARTSYS */
int wait_for_completion_killable(struct completion *c);
/* time left, 0: timed out */
s64 wait_for_completion_timeout(struct completion *c, s64 timeout_ns);
bool completion_done(struct completion *c);

#endif
