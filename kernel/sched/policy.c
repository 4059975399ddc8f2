/* SPDX-License-Identifier: MIT */
/*
 * Changing a thread's policy, priority, nice value and affinity. No permission is checked here: the
 * system calls do that.
 *
 * A change that matters to the queue is made with t->lock and the queue's lock held: the thread is
 * taken off the queue as it was and put back as it is.
 */
#include <kernel/wait.h>
#include <lib/errno.h>
#include "sched_private.h"

#define RR_INTERVAL_NS	(100 * NSEC_PER_MSEC)

struct change {
	struct thread *thread;
	struct run_queue *rq;
	unsigned long flags;
	bool queued;
};

static void change_begin(struct change *c, struct thread *t) __acquires(&t->lock) __acquires(c->rq)
{
	c->thread = t;
	spin_lock_irqsave(&t->lock, c->flags);
	c->rq = thread_rq_lock(t);
	c->queued = t->on_rq == ON_RQ_YES;
	if (c->rq->curr == t)
		rq_update_curr(c->rq);
	if (c->queued)
		rq_deactivate(c->rq, t, ON_RQ_NO);
}

/* Who runs there is decided anew, if it may have changed. */
static void change_end(struct change *c) __releases(c->rq) __releases(&c->thread->lock)
{
	struct thread *t = c->thread;
	struct run_queue *rq = c->rq;

	if (c->queued) {
		rq_activate(rq, t, 0);
		if (rq->curr == t)
			rq_resched(rq);
		else
			rq_check_preempt(rq, t);
	}
	rq_unlock(rq);
	spin_unlock_irqrestore(&t->lock, c->flags);
}

static bool policy_is_valid(int policy, int rt_priority)
{
	switch (policy) {
	case SCHED_NORMAL:
	case SCHED_BATCH:
	case SCHED_IDLE: return rt_priority == 0;
	case SCHED_FIFO:
	case SCHED_RR: return rt_priority >= 1 && rt_priority <= 99;
	default: return false;
	}
}

int sched_set_policy(struct thread *t, int policy, int rt_priority, bool reset_on_fork)
{
	struct change c;

	if (!policy_is_valid(policy, rt_priority))
		return -EINVAL;
	change_begin(&c, t);
	t->policy = policy;
	t->rt_priority = rt_priority;
	t->reset_on_fork = reset_on_fork;
	t->run_priority = max(t->rt_priority, t->boost_priority);
	set_thread_weight(t);
	change_end(&c);
	return 0;
}

void sched_set_boost(struct thread *t, unsigned int rt_priority)
{
	struct change c;

	if (READ_ONCE(t->boost_priority) == rt_priority)
		return;
	change_begin(&c, t);
	t->boost_priority = rt_priority;
	t->run_priority = max(t->rt_priority, t->boost_priority);
	change_end(&c);
}

int sched_set_nice(struct thread *t, int nice)
{
	struct change c;

	if (nice < -20 || nice > 19)
		return -EINVAL;
	change_begin(&c, t);
	t->nice = nice;
	set_thread_weight(t);
	change_end(&c);
	return 0;
}

u64 sched_rr_interval_ns(struct thread *t)
{
	struct run_queue *rq;
	unsigned long flags;
	u64 ns = 0;

	spin_lock_irqsave(&t->lock, flags);
	rq = thread_rq_lock(t);
	if (t->policy == SCHED_RR)
		ns = RR_INTERVAL_NS;
	else if (t->policy != SCHED_FIFO)
		ns = fair_slice_of(rq, t);
	rq_unlock(rq);
	spin_unlock_irqrestore(&t->lock, flags);
	return ns;
}

/* ---- affinity ---- */

/* Waits but runs nowhere: it is moved as it is. Both locks of the pair are taken here. */
static void move_waiting(struct thread *t, struct run_queue *from) __releases(from)
{
	struct run_queue *to;

	rq_deactivate(from, t, ON_RQ_MIGRATING);
	rq_unlock(from);
	thread_set_cpu(t, select_cpu(t, 0));
	to = rq_of_cpu(t->cpu);
	rq_lock(to);
	rq_update_clock(to);
	rq_activate(to, t, 0);
	rq_check_preempt(to, t);
	rq_unlock(to);
}

/* A sleeping thread finds a CPU when it is woken; a running one leaves at its next switch. */
static void leave_cpu(struct thread *t, struct run_queue *rq) __releases(rq)
{
	if (t->on_rq != ON_RQ_YES || cpumask_test_cpu(rq->cpu, &t->affinity)) {
		rq_unlock(rq);
	} else if (rq->curr != t) {
		move_waiting(t, rq);
	} else {
		t->migrate_pending = true;
		rq_resched(rq);
		rq_unlock(rq);
	}
}

/* It runs on another CPU and leaves at once, unless what it does there forbids preemption. */
static void wait_until_left(struct thread *t)
{
	while (smp_load_acquire(&t->migrate_pending) || READ_ONCE(t->on_rq) == ON_RQ_MIGRATING) {
		set_current_state(THREAD_UNINTERRUPTIBLE);
		schedule_timeout_ns(20 * NSEC_PER_USEC);
	}
}

int sched_set_affinity(struct thread *t, const struct cpumask *mask)
{
	struct run_queue *rq;
	unsigned long flags;

	if (!cpumask_intersects(mask, &cpu_online_mask))
		return -EINVAL;
	spin_lock_irqsave(&t->lock, flags);
	rq = thread_rq_lock(t);
	t->affinity = *mask;
	leave_cpu(t, rq);
	/* For current, this is where it leaves. */
	spin_unlock_irqrestore(&t->lock, flags);
	if (t != current)
		wait_until_left(t);
	return 0;
}
