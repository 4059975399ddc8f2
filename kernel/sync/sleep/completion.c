/* SPDX-License-Identifier: MIT */
/*
 * Completions. complete() holds the lock from the change of `done` to its last touch of the
 * structure, and a waiter takes the lock before it returns: so the waiter may free the structure at
 * once.
 */
#include <kernel/sched.h>
#include <kernel/wait.h>
#include <lib/kernel.h>

#define DONE_FOR_EVER	UINT_MAX

void init_completion(struct completion *c)
{
	c->done = 0;
	init_waitqueue_head(&c->wait);
}

void complete(struct completion *c)
{
	unsigned long flags;

	spin_lock_irqsave_nested(&c->wait.lock, flags);
	if (c->done != DONE_FOR_EVER)
		c->done++;
	__wake_up_locked_key(&c->wait, WAKE_NORMAL, 1, NULL);
	spin_unlock_irqrestore(&c->wait.lock, flags);
}

void complete_all(struct completion *c)
{
	unsigned long flags;

	spin_lock_irqsave_nested(&c->wait.lock, flags);
	c->done = DONE_FOR_EVER;
	__wake_up_locked_key(&c->wait, WAKE_NORMAL, 0, NULL);
	spin_unlock_irqrestore(&c->wait.lock, flags);
}

/* The lock is held with interrupts off, here and there. Time left, 0: ran out, -ERESTARTSYS. */
static s64 wait_locked(struct completion *c, s64 timeout_ns, unsigned int state)
	__must_hold(&c->wait.lock)
{
	wait_queue_entry_t entry;

	init_wait_entry(&entry);
	entry.flags = WQ_FLAG_EXCLUSIVE;
	while (!c->done && timeout_ns > 0) {
		if (signal_pending_state(state, current)) {
			timeout_ns = -ERESTARTSYS;
			break;
		}
		if (list_empty(&entry.entry))
			list_add_tail(&entry.entry, &c->wait.entries);
		set_current_state(state);
		spin_unlock_irq(&c->wait.lock);
		timeout_ns = schedule_timeout_ns(timeout_ns);
		spin_lock_irq(&c->wait.lock);
	}
	__set_current_state(THREAD_RUNNING);
	list_del_init(&entry.entry);
	if (!c->done)
		return timeout_ns;
	if (c->done != DONE_FOR_EVER)
		c->done--;
	return timeout_ns > 0 ? timeout_ns : 1;
}

static s64 wait_common(struct completion *c, s64 timeout_ns, unsigned int state)
{
	s64 left;

	might_sleep();
	spin_lock_irq(&c->wait.lock);
	left = wait_locked(c, timeout_ns, state);
	spin_unlock_irq(&c->wait.lock);
	return left;
}

void wait_for_completion(struct completion *c)
{
	wait_common(c, WAIT_FOREVER, THREAD_UNINTERRUPTIBLE);
}

int wait_for_completion_interruptible(struct completion *c)
{
	s64 left = wait_common(c, WAIT_FOREVER, THREAD_INTERRUPTIBLE);

	return left < 0 ? left : 0;
}

int wait_for_completion_killable(struct completion *c)
{
	s64 left = wait_common(c, WAIT_FOREVER, THREAD_KILLABLE);

	return left < 0 ? left : 0;
}

s64 wait_for_completion_timeout(struct completion *c, s64 timeout_ns)
{
	return wait_common(c, timeout_ns, THREAD_UNINTERRUPTIBLE);
}

bool try_wait_for_completion(struct completion *c)
{
	unsigned long flags;
	bool taken;

	spin_lock_irqsave(&c->wait.lock, flags);
	taken = c->done != 0;
	if (taken && c->done != DONE_FOR_EVER)
		c->done--;
	spin_unlock_irqrestore(&c->wait.lock, flags);
	return taken;
}

bool completion_done(struct completion *c)
{
	unsigned long flags;
	bool done;

	/* The lock: when this says true, complete() has let go of the structure. */
	spin_lock_irqsave(&c->wait.lock, flags);
	done = c->done != 0;
	spin_unlock_irqrestore(&c->wait.lock, flags);
	return done;
}
