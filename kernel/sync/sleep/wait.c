/* SPDX-License-Identifier: MIT */
/*
 * Wait queues: kernel/wait.h has the contract, Documentation/scheduling.md the argument that no
 * wake-up is lost.
 *
 * In short: the sleeper queues itself and sets its state, then looks at the condition; the waker
 * makes the condition true, then looks at the queue and the state. Both have a full barrier between
 * their two steps, so at least one sees the other.
 */
#include <kernel/sched.h>
#include <kernel/wait.h>
#include <lib/list.h>

void init_waitqueue_head(wait_queue_head_t *head)
{
	spin_lock_init(&head->lock, LOCK_RANK_WAIT);
	INIT_LIST_HEAD(&head->entries);
}

void init_waitqueue_func_entry(wait_queue_entry_t *entry, wait_queue_func_t func)
{
	entry->flags = 0;
	entry->private = NULL;
	entry->func = func;
	INIT_LIST_HEAD(&entry->entry);
}

void init_wait_entry(wait_queue_entry_t *entry)
{
	entry->flags = 0;
	entry->private = current;
	entry->func = autoremove_wake_function;
	INIT_LIST_HEAD(&entry->entry);
}

/*
 * Exclusive waiters stand behind all others, so that a wake-up reaches every shared waiter before
 * it has used up its number of exclusive ones; those that ask for priority stand before everybody.
 */
static void queue_entry(wait_queue_head_t *head, wait_queue_entry_t *entry)
{
	if ((entry->flags & WQ_FLAG_EXCLUSIVE) && !(entry->flags & WQ_FLAG_PRIORITY))
		list_add_tail(&entry->entry, &head->entries);
	else
		list_add(&entry->entry, &head->entries);
}

void add_wait_queue(wait_queue_head_t *head, wait_queue_entry_t *entry)
{
	unsigned long flags;

	entry->flags &= ~WQ_FLAG_EXCLUSIVE;
	spin_lock_irqsave(&head->lock, flags);
	queue_entry(head, entry);
	spin_unlock_irqrestore(&head->lock, flags);
}

void add_wait_queue_exclusive(wait_queue_head_t *head, wait_queue_entry_t *entry)
{
	unsigned long flags;

	entry->flags |= WQ_FLAG_EXCLUSIVE;
	spin_lock_irqsave(&head->lock, flags);
	queue_entry(head, entry);
	spin_unlock_irqrestore(&head->lock, flags);
}

void remove_wait_queue(wait_queue_head_t *head, wait_queue_entry_t *entry)
{
	unsigned long flags;

	spin_lock_irqsave(&head->lock, flags);
	list_del_init(&entry->entry);
	spin_unlock_irqrestore(&head->lock, flags);
}

void prepare_to_wait(wait_queue_head_t *head, wait_queue_entry_t *entry, unsigned int state)
{
	unsigned long flags;

	spin_lock_irqsave(&head->lock, flags);
	if (list_empty(&entry->entry))
		queue_entry(head, entry);
	set_current_state(state);
	spin_unlock_irqrestore(&head->lock, flags);
}

void prepare_to_wait_exclusive(wait_queue_head_t *head, wait_queue_entry_t *entry,
			       unsigned int state)
{
	entry->flags |= WQ_FLAG_EXCLUSIVE;
	prepare_to_wait(head, entry, state);
}

/*
 * An exclusive waiter that a signal takes off the queue may have been chosen by a wake-up already:
 * then it is off the queue, and its caller looks at the condition once more before it believes the
 * error. One still on the queue is removed here, under the lock, so that no wake-up can be spent on
 * it.
 */
int prepare_to_wait_event(wait_queue_head_t *head, wait_queue_entry_t *entry, unsigned int state)
{
	unsigned long flags;
	int error = 0;

	spin_lock_irqsave(&head->lock, flags);
	if (unlikely(signal_pending_state(state, current))) {
		list_del_init(&entry->entry);
		error = -ERESTARTSYS;
	} else {
		if (list_empty(&entry->entry))
			queue_entry(head, entry);
		set_current_state(state);
	}
	spin_unlock_irqrestore(&head->lock, flags);
	return error;
}

/*
 * Without the lock when the waker took the entry off: autoremove_wake_function does that as its
 * last touch of the entry, and list_empty_careful pairs with list_del_init_careful.
 */
void finish_wait(wait_queue_head_t *head, wait_queue_entry_t *entry)
{
	unsigned long flags;

	__set_current_state(THREAD_RUNNING);
	if (list_empty_careful(&entry->entry))
		return;
	spin_lock_irqsave(&head->lock, flags);
	list_del_init(&entry->entry);
	spin_unlock_irqrestore(&head->lock, flags);
}

int default_wake_function(wait_queue_entry_t *entry, unsigned int mode, int flags, void *key)
{
	return try_to_wake_up_flags(entry->private, mode, flags);
}

int autoremove_wake_function(wait_queue_entry_t *entry, unsigned int mode, int flags, void *key)
{
	int woken = try_to_wake_up_flags(entry->private, mode, flags);

	if (woken)
		list_del_init_careful(&entry->entry);
	return woken;
}

static void wake_up_entries(wait_queue_head_t *head, unsigned int mode, int nr_exclusive,
			    int wake_flags, void *key)
{
	wait_queue_entry_t *entry, *next;

	list_for_each_entry_safe(entry, next, &head->entries, entry) {
		/* the entry may be gone once its thread runs */
		unsigned int flags = entry->flags;
		int woken = entry->func(entry, mode, wake_flags, key);

		if (woken < 0)
			break;
		if (woken && (flags & WQ_FLAG_EXCLUSIVE) && !--nr_exclusive)
			break;
	}
}

void __wake_up_locked_key(wait_queue_head_t *head, unsigned int mode, int nr_exclusive, void *key)
{
	assert_spin_locked(&head->lock);
	wake_up_entries(head, mode, nr_exclusive, 0, key);
}

/*
 * An empty queue costs a barrier, not the lock. The barrier orders the caller's condition before
 * the look at the queue. A callback may wake another queue (epoll does): the nesting is bounded by
 * its own rules.
 */
static inline void wake_up_queue(wait_queue_head_t *head, unsigned int mode, int nr_exclusive,
				 int wake_flags, void *key)
{
	unsigned long flags;

	if (!wq_has_sleeper(head))
		return;
	spin_lock_irqsave_nested(&head->lock, flags);
	wake_up_entries(head, mode, nr_exclusive, wake_flags, key);
	spin_unlock_irqrestore(&head->lock, flags);
}

void __wake_up(wait_queue_head_t *head, unsigned int mode, int nr_exclusive, void *key)
{
	wake_up_queue(head, mode, nr_exclusive, 0, key);
}

void __wake_up_sync(wait_queue_head_t *head, unsigned int mode, int nr_exclusive, void *key)
{
	wake_up_queue(head, mode, nr_exclusive, WAKE_SYNC, key);
}
