/* SPDX-License-Identifier: MIT */
/* Work queues: waiting for items, taking them back, waiting for whole queues. */
#include <kernel/object_debug.h>
#include <lib/errno.h>
#include "workqueue_private.h"

static DECLARE_WAIT_QUEUE_HEAD(cancel_wait);

/* Queued or running by this ticket? Pool locked. */
static bool ticket_is_open(struct worker_pool *pool, struct work_struct *work, u64 ticket)
{
	const struct worker *worker = busy_with(pool, work);

	if (worker && worker->ticket == ticket)
		return true;
	return is_on_list_of(pool, work) && work->ticket == ticket;
}

/* Pool locked, let go while asleep. */
static void wait_for_ticket(struct worker_pool *pool, struct work_struct *work, u64 ticket)
	__must_hold(&pool->lock)
{
	struct flusher flusher = { .thread = current };

	list_add(&flusher.node, &pool->flushers);
	for (;;) {
		set_current_state(THREAD_UNINTERRUPTIBLE);
		if (!ticket_is_open(pool, work, ticket))
			break;
		spin_unlock_irq(&pool->lock);
		schedule();
		spin_lock_irq(&pool->lock);
	}
	__set_current_state(THREAD_RUNNING);
	list_del(&flusher.node);
}

/* The pool of the item, locked, interrupts off; NULL: it was never queued. */
/* lint: context: NULL: nothing is locked */
static struct worker_pool *lock_pool_of(const struct work_struct *work)
{
	struct worker_pool *pool;

	while ((pool = READ_ONCE(work->pool))) {
		spin_lock_irq(&pool->lock);
		if (likely(work->pool == pool))
			break;
		spin_unlock_irq(&pool->lock);
	}
	return pool;
}

/* The latest queueing that is still open: what waits on a list, else what runs. */
static bool open_ticket(struct worker_pool *pool, struct work_struct *work, u64 *ticket)
{
	const struct worker *worker = busy_with(pool, work);

	if (is_on_list_of(pool, work))
		*ticket = work->ticket;
	else if (worker)
		*ticket = worker->ticket;
	else
		return false;
	return true;
}

/* lint: context: after lock_pool_of() */
static bool flush(struct work_struct *work)
{
	struct worker_pool *pool = lock_pool_of(work);
	u64 ticket;
	bool open;

	if (!pool)
		return false;
	open = open_ticket(pool, work, &ticket);
	if (open)
		wait_for_ticket(pool, work, ticket);
	spin_unlock_irq(&pool->lock);
	return open;
}

bool flush_work(struct work_struct *work)
{
	might_sleep();
	WARN_ON_ONCE(current_work() == work);
	return flush(work);
}

bool flush_delayed_work(struct delayed_work *dwork)
{
	might_sleep();
	if (del_timer_sync(&dwork->timer)) {
		local_irq_disable();
		queue_pending(smp_processor_id(), dwork->wq, &dwork->work);
		local_irq_enable();
	}
	return flush_work(&dwork->work);
}

/* Takes it off the list that it is on. */
static bool take_off_list(struct work_struct *work)
{
	struct worker_pool *pool;
	bool taken = false;
	unsigned long flags;

	local_irq_save(flags);
	/* lint: clang-analyzer-core.NullDereference: per-CPU, by asm */
	pool = READ_ONCE(work->pool);
	if (pool) {
		spin_lock(&pool->lock);
		taken = is_on_list_of(pool, work);
		if (taken) {
			list_del_init(&work->entry);
			object_disarmed(work);
			leave_queue(pool, work->wq, work->colour, !work->inactive);
			wake_flushers(pool);
			if (needs_worker(pool))
				wake_worker(pool);
		}
		spin_unlock(&pool->lock);
	}
	local_irq_restore(flags);
	return taken;
}

enum grab { GRAB_WAS_IDLE, GRAB_WAS_PENDING, GRAB_RETRY, GRAB_CANCELLED_ELSEWHERE };

/* Makes WORK_PENDING the caller's, so that nobody can queue it. */
static enum grab grab_pending(struct work_struct *work, struct delayed_work *dwork)
{
	if (dwork && del_timer(&dwork->timer))
		return GRAB_WAS_PENDING;
	if (!test_and_set_bit(WORK_PENDING, &work->state))
		return GRAB_WAS_IDLE;
	if (take_off_list(work))
		return GRAB_WAS_PENDING;
	/* It is on its way to a list, or its timer's function is; or another cancels it. */
	return test_bit(WORK_CANCELING, &work->state) ? GRAB_CANCELLED_ELSEWHERE : GRAB_RETRY;
}

static bool cancel(struct work_struct *work, struct delayed_work *dwork)
{
	enum grab grab;

	while ((grab = grab_pending(work, dwork)) == GRAB_RETRY)
		cpu_relax();
	if (grab == GRAB_CANCELLED_ELSEWHERE)
		return false;
	clear_bit(WORK_PENDING, &work->state);
	return grab == GRAB_WAS_PENDING;
}

static bool cancel_sync(struct work_struct *work, struct delayed_work *dwork)
{
	enum grab grab;

	might_sleep();
	WARN_ON_ONCE(current_work() == work);
	for (;;) {
		grab = grab_pending(work, dwork);
		if (grab <= GRAB_WAS_PENDING)
			break;
		if (grab == GRAB_CANCELLED_ELSEWHERE)
			wait_event(&cancel_wait, !test_bit(WORK_CANCELING, &work->state));
		cpu_relax();
	}
	set_bit(WORK_CANCELING, &work->state);
	flush(work);
	clear_bit(WORK_CANCELING, &work->state);
	smp_mb__after_atomic();
	clear_bit(WORK_PENDING, &work->state);
	wake_up_all(&cancel_wait);
	return grab == GRAB_WAS_PENDING;
}

bool cancel_work(struct work_struct *work)
{
	return cancel(work, NULL);
}

bool cancel_work_sync(struct work_struct *work)
{
	return cancel_sync(work, NULL);
}

bool cancel_delayed_work(struct delayed_work *dwork)
{
	return cancel(&dwork->work, dwork);
}

bool cancel_delayed_work_sync(struct delayed_work *dwork)
{
	return cancel_sync(&dwork->work, dwork);
}

int try_cancel_delayed_work(struct delayed_work *dwork)
{
	enum grab grab = grab_pending(&dwork->work, dwork);

	if (grab > GRAB_WAS_PENDING)
		return -EAGAIN;
	clear_bit(WORK_PENDING, &dwork->work.state);
	return grab == GRAB_WAS_PENDING;
}

bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork, u64 delay_ns)
{
	unsigned long flags;
	enum grab grab;

	local_irq_save(flags);
	while ((grab = grab_pending(&dwork->work, dwork)) == GRAB_RETRY) {
		local_irq_restore(flags);
		cpu_relax();
		local_irq_save(flags);
	}
	if (grab != GRAB_CANCELLED_ELSEWHERE)
		start_delay(-1, wq, dwork, delay_ns);
	local_irq_restore(flags);
	return grab == GRAB_WAS_PENDING;
}

static void wait_for_colour(struct workqueue_struct *wq, unsigned int colour)
{
	WRITE_ONCE(wq->flusher, current);
	for (;;) {
		set_current_state(THREAD_UNINTERRUPTIBLE);
		if (!atomic_read(&wq->in_flight[colour]))
			break;
		schedule();
	}
	__set_current_state(THREAD_RUNNING);
	WRITE_ONCE(wq->flusher, NULL);
}

/*
 * Items carry the colour that the queue had. Twice: change the colour, so that new items do not
 * count, and wait for those of the old one. Twice, because an item may have read the colour just
 * before a change and be counted after it.
 */
void flush_workqueue(struct workqueue_struct *wq)
{
	might_sleep();
	mutex_lock(&wq->flush_mutex);
	for (int i = 0; i < 2; i++) {
		unsigned int old = wq->colour;

		WRITE_ONCE(wq->colour, !old);
		wait_for_colour(wq, old);
	}
	mutex_unlock(&wq->flush_mutex);
}

void drain_workqueue(struct workqueue_struct *wq)
{
	do
		flush_workqueue(wq);
	while (atomic_read(&wq->in_flight[0]) || atomic_read(&wq->in_flight[1]));
}
