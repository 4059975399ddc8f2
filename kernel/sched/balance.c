/* SPDX-License-Identifier: MIT */
/*
 * Which CPU runs what: placement of woken and new threads, and moving them later.
 *
 *	sync wake-up	the waker's CPU if nothing else waits there
 *	short wake-up	the same, where waker and woken both sleep again sooner than an idle CPU would answer a call
 *	wake-up		the CPU that it ran on last if that is idle, for its caches; else the waker's if
 *			idle, else any idle one; else the less busy of last and waker's
 *	start		an idle CPU, else the least busy
 *	newly idle	takes a waiting thread from the busiest CPU before it goes idle
 *	tick		a CPU with waiting threads calls an idle CPU to take one; a CPU that is less
 *			busy than another takes one from it. One thread too many on one of two CPUs is
 *			passed on now and then, so that all get the same in the long run
 *
 * Two shared masks keep this short. Both are hints that may be stale: a bit is set by its CPU, and
 * cleared by whoever finds it wrong, so that a CPU that goes in and out of idle writes nothing
 * shared. What a bit says is checked on the CPU's own queue.
 */
#include <kernel/wait.h>
#include <lib/rbtree.h>
#include "sched_private.h"

#define BALANCE_EVERY_NS	(8 * NSEC_PER_MSEC)
#define ROTATE_AFTER		16	/* looks */
#define MAX_PULL		8

struct cpumask sched_idle_mask;
struct cpumask sched_overload_mask;

static bool may_use(unsigned int cpu, const struct thread *t)
{
	return cpumask_test_cpu(cpu, &t->affinity) && cpu_online(cpu);
}

/*
 * An idle CPU that t may use, nr_cpu_ids if there is none. Takes its hint away: others shall not
 * choose it too.
 */
static unsigned int claim_idle_cpu(const struct thread *t)
{
	unsigned int cpu;

	for_each_cpu(cpu, &sched_idle_mask) {
		if (!cpumask_test_cpu(cpu, &t->affinity))
			continue;
		cpumask_clear_cpu(cpu, &sched_idle_mask);
		if (cpu_is_idle(cpu))
			return cpu;
	}
	return nr_cpu_ids;
}

static unsigned int busyness(unsigned int cpu)
{
	return READ_ONCE(rq_of_cpu(cpu)->nr_running);
}

static unsigned int any_allowed(const struct thread *t)
{
	unsigned int cpu;

	for_each_cpu(cpu, &t->affinity)
		if (cpu_online(cpu))
			return cpu;
	return cpumask_first(&cpu_online_mask);
}

/*
 * Two that take turns, each for a moment only: to wake another CPU each time would take longer than the waker needs to make room here. What a
 * call costs differs much (microseconds on a machine, milliseconds in a guest whose host is busy), so it is measured. Each time that nobody
 * is called, the figure fades a little: sooner or later it is measured anew.
 */
static bool is_short_turn(const struct thread *t, unsigned int here)
{
	struct run_queue *rq = rq_of_cpu(here);
	u32 cost = READ_ONCE(rq->call_cost_ns);
	u64 waker, now;

	if (in_interrupt() || rq->nr_running != 1)
		return false;
	/* How long the waker has been at it already counts: it may be about to run for ever. */
	now = arch_clock_ns();
	waker = max_t(u64, current->se.burst_ns,
		      current->se.sum_exec_ns - current->se.burst_start_ns + now -
			      current->se.exec_start_ns);
	if (waker + t->se.burst_ns >= cost)
		return false;
	WRITE_ONCE(rq->call_cost_ns, cost - cost / 1024);
	return true;
}

static unsigned int fair_select_cpu(const struct thread *t, int wake_flags)
{
	unsigned int last = t->cpu, here = smp_processor_id(), idle;

	if (!may_use(last, t)) {
		idle = claim_idle_cpu(t);
		return idle < nr_cpu_ids ? idle : any_allowed(t);
	}
	/* The waker is about to sleep: as good as idle, and the CPU need not be woken. */
	if ((wake_flags & WAKE_SYNC) && busyness(here) == 1 && may_use(here, t))
		return here;
	if (may_use(here, t) && is_short_turn(t, here))
		return here;
	if (cpu_is_idle(last))
		return last;
	idle = claim_idle_cpu(t);
	if (idle < nr_cpu_ids)
		return idle;
	if (last != here && busyness(here) < busyness(last) && may_use(here, t))
		return here;
	return last;
}

unsigned int select_cpu(struct thread *t, int wake_flags)
{
	if (sched_nr_cpus == 1)
		return t->cpu;
	return unlikely(thread_is_rt(t)) ? rt_select_cpu(t) : fair_select_cpu(t, wake_flags);
}

unsigned int select_cpu_new(struct thread *t)
{
	unsigned int cpu, best;

	if (sched_nr_cpus == 1)
		return t->cpu;
	best = claim_idle_cpu(t);
	if (best < nr_cpu_ids)
		return best;
	best = may_use(t->cpu, t) ? t->cpu : any_allowed(t);
	for_each_cpu(cpu, &t->affinity)
		if (cpu_online(cpu) && busyness(cpu) < busyness(best))
			best = cpu;
	return best;
}

/* ---- pulling ---- */

/* The waiting thread that would run last; both queues locked. */
static struct thread *find_movable(struct run_queue *from, const struct run_queue *to)
{
	struct rb_node *node;

	for (node = rb_last(&from->fair.tree.rb_root); node; node = rb_prev(node)) {
		struct thread *t = rb_entry(node, struct thread, se.node);

		if (cpumask_test_cpu(to->cpu, &t->affinity))
			return t;
	}
	return NULL;
}

static bool pull_one(struct run_queue *rq, struct run_queue *from)
{
	struct thread *t = find_movable(from, rq);

	if (!t)
		return false;
	rq_deactivate(from, t, ON_RQ_MIGRATING);
	thread_set_cpu(t, rq->cpu);
	rq_activate(rq, t, 0);
	return true;
}

/*
 * Takes threads while that makes the two more equal; `surplus`: by how many `from` must be ahead.
 */
static unsigned int pull_fair(struct run_queue *rq, struct run_queue *from, unsigned int surplus)
{
	unsigned int pulled = 0;

	while (pulled < MAX_PULL && from->nr_running >= rq->nr_running + surplus &&
	       pull_one(rq, from))
		pulled++;
	return pulled;
}

/* The CPU with most runnable threads but at least `least`; it is not this one. */
static struct run_queue *find_busiest(const struct run_queue *rq, unsigned int least)
{
	struct run_queue *busiest = NULL;
	unsigned int cpu;

	for_each_cpu(cpu, &sched_overload_mask) {
		unsigned int nr = busyness(cpu);

		if (nr < 2) {
			cpumask_clear_cpu(cpu, &sched_overload_mask);
			/* It may have got its second one between the two. */
			if (busyness(cpu) >= 2)
				cpumask_set_cpu(cpu, &sched_overload_mask);
		}
		if (cpu == rq->cpu || nr < least)
			continue;
		least = nr + 1;
		busiest = rq_of_cpu(cpu);
	}
	return busiest;
}

bool balance_newidle(struct run_queue *rq) __must_hold(rq)
{
	struct run_queue *busiest;

	if (rt_pull(rq))
		return true;
	busiest = find_busiest(rq, 2);
	if (busiest) {
		rq_unlock(rq);
		rq_lock_both(rq, busiest);
		if (!rq->nr_running)
			pull_fair(rq, busiest, 2);
		rq_unlock(busiest);
	}
	return rq->nr_running;
}

static void balance_busy(struct run_queue *rq)
{
	struct run_queue *busiest = find_busiest(rq, rq->nr_running + 1);
	unsigned int surplus = 2;

	if (!busiest) {
		rq->imbalanced = 0;
		return;
	}
	if (++rq->imbalanced >= ROTATE_AFTER) {
		rq->imbalanced = 0;
		surplus = 1;
	}
	rq_lock_both(rq, busiest);
	rq_update_clock(rq);
	rq_update_clock(busiest);
	if (surplus == 2)
		pull_fair(rq, busiest, surplus);
	else if (busiest->nr_running > rq->nr_running)
		pull_one(rq, busiest);
	rq_unlock(busiest);
	rq_unlock(rq);
}

/* Threads wait here: an idle CPU looks for work when it is told to reschedule. */
static void call_idle_cpu(void)
{
	unsigned int cpu;

	for_each_cpu(cpu, &sched_idle_mask) {
		cpumask_clear_cpu(cpu, &sched_idle_mask);
		if (cpu_is_idle(cpu)) {
			resched_cpu(cpu);
			return;
		}
	}
}

void balance_tick(struct run_queue *rq)
{
	if (sched_nr_cpus == 1)
		return;
	if (rq->nr_running > 1)
		call_idle_cpu();
	if (rq->nr_running && rq->clock_ns >= rq->balance_at_ns) {
		rq->balance_at_ns = rq->clock_ns + BALANCE_EVERY_NS;
		balance_busy(rq);
	}
}
