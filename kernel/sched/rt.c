/* SPDX-License-Identifier: MIT */
/*
 * The real-time class: SCHED_FIFO and SCHED_RR.
 *
 * A list for each priority; the running thread stays at the head of its list, so a preempted one
 * goes on before its equals. SCHED_RR threads go to the tail when their slice is over.
 *
 * So that a runaway program can be stopped, real-time threads get at most RUNTIME_NS of each
 * PERIOD_NS as long as others want to run; an idle CPU is not denied to them.
 */
#include "sched_private.h"

#define RR_SLICE_NS	(100 * NSEC_PER_MSEC)
#define PERIOD_NS	(1 * NSEC_PER_SEC)
#define RUNTIME_NS	(950 * NSEC_PER_MSEC)

void rt_queue_init(struct rt_queue *rt)
{
	*rt = (struct rt_queue){ 0 };
	for (unsigned int i = 0; i < RT_PRIORITIES; i++)
		INIT_LIST_HEAD(&rt->queue[i]);
}

static unsigned int index_of(const struct thread *t)
{
	return RT_PRIORITIES - 1 - t->run_priority;
}

void rt_enqueue(struct run_queue *rq, struct thread *t, bool head)
{
	struct rt_queue *rt = &rq->rt;
	unsigned int index = index_of(t);

	if (head)
		list_add(&t->rt.node, &rt->queue[index]);
	else
		list_add_tail(&t->rt.node, &rt->queue[index]);
	__set_bit(index, rt->bitmap);
	rt->nr++;
	t->rt.slice_left_ns = RR_SLICE_NS;
}

void rt_dequeue(struct run_queue *rq, struct thread *t)
{
	struct rt_queue *rt = &rq->rt;
	unsigned int index = index_of(t);

	list_del_init(&t->rt.node);
	if (list_empty(&rt->queue[index]))
		__clear_bit(index, rt->bitmap);
	rt->nr--;
}

static unsigned int first_index(const struct rt_queue *rt)
{
	return rt->bitmap[0] ? __ffs(rt->bitmap[0]) : 64 + __ffs(rt->bitmap[1]);
}

struct thread *rt_pick(struct run_queue *rq)
{
	return list_first_entry(&rq->rt.queue[first_index(&rq->rt)], struct thread, rt.node);
}

static bool period_is_over(const struct run_queue *rq)
{
	return rq->clock_ns - rq->rt.period_start_ns >= PERIOD_NS;
}

/* A CPU that was idle has had no tick since the period ended. */
bool rt_may_run(const struct run_queue *rq)
{
	return !rq->rt.throttled || !rq->fair.nr || period_is_over(rq);
}

void rt_account(struct run_queue *rq, struct thread *t, u64 delta_ns)
{
	struct rt_queue *rt = &rq->rt;

	if (period_is_over(rq)) {
		rt->period_start_ns = rq->clock_ns;
		rt->used_ns = 0;
		rt->throttled = false;
	}
	rt->used_ns += delta_ns;
	t->rt.slice_left_ns -= min(t->rt.slice_left_ns, delta_ns);
}

/* From the tick: throttles, or ends it. True when the wrong class runs. */
bool rt_check_throttle(struct run_queue *rq)
{
	struct rt_queue *rt = &rq->rt;

	rt->throttled = rt->used_ns >= RUNTIME_NS && !period_is_over(rq);
	return rt->nr && rt_may_run(rq) != thread_is_rt(rq->curr);
}

static void to_tail(struct run_queue *rq, struct thread *t)
{
	list_move_tail(&t->rt.node, &rq->rt.queue[index_of(t)]);
}

/* Of SCHED_RR's slice: not positive when an equal waits and it is its turn. */
s64 rt_slice_left(struct run_queue *rq, struct thread *curr)
{
	if (curr->policy != SCHED_RR)
		return RR_SLICE_NS;
	if (curr->rt.slice_left_ns)
		return curr->rt.slice_left_ns;
	curr->rt.slice_left_ns = RR_SLICE_NS;
	if (list_is_singular(&rq->rt.queue[index_of(curr)]))
		return RR_SLICE_NS;
	to_tail(rq, curr);
	return 0;
}

void rt_yield(struct run_queue *rq, struct thread *curr)
{
	to_tail(rq, curr);
}

/* ---- placement ---- */

/* What a real-time thread would displace there: -1 idle, 0 a fair thread, else a priority. */
static int running_priority(unsigned int cpu)
{
	const struct thread *curr;

	if (cpu_is_idle(cpu))
		return -1;
	curr = READ_ONCE(rq_of_cpu(cpu)->curr);
	return curr->run_priority;
}

/* Where it displaces the least; where it ran last, if that is as good. */
unsigned int rt_select_cpu(struct thread *t)
{
	unsigned int cpu, best = nr_cpu_ids;
	int least = RT_PRIORITIES;

	if (cpumask_test_cpu(t->cpu, &t->affinity) && cpu_online(t->cpu)) {
		best = t->cpu;
		least = running_priority(best);
	}
	for_each_cpu(cpu, &t->affinity) {
		if (least < 0)
			break;
		if (cpu_online(cpu) && running_priority(cpu) < least) {
			best = cpu;
			least = running_priority(cpu);
		}
	}
	return best < nr_cpu_ids ? best : cpumask_first(&cpu_online_mask);
}

/* The most urgent thread that waits in `from` and may run on `to`, above the priority. */
static struct thread *find_waiting(struct run_queue *from, const struct run_queue *to, int above)
{
	unsigned int index;

	for_each_set_bit(index, from->rt.bitmap, RT_PRIORITIES) {
		struct thread *t;

		if (RT_PRIORITIES - 1 - (int)index <= above)
			break;
		list_for_each_entry(t, &from->rt.queue[index], rt.node)
			if (t != from->curr && cpumask_test_cpu(to->cpu, &t->affinity))
				return t;
	}
	return NULL;
}

static bool pull_from(struct run_queue *rq, struct run_queue *from)
{
	int above = rq->rt.nr ? rt_pick(rq)->run_priority : 0;
	struct thread *t = find_waiting(from, rq, above);

	if (!t)
		return false;
	rq_deactivate(from, t, ON_RQ_MIGRATING);
	thread_set_cpu(t, rq->cpu);
	rq_activate(rq, t, 0);
	return true;
}

/*
 * This CPU is about to run something less urgent: looks for real-time threads that wait elsewhere.
 */
bool rt_pull(struct run_queue *rq) __must_hold(rq)
{
	bool pulled = false;
	unsigned int cpu;

	for_each_cpu(cpu, &sched_overload_mask) {
		struct run_queue *from = rq_of_cpu(cpu);

		if (from == rq || READ_ONCE(from->rt.nr) < 2)
			continue;
		rq_unlock(rq);
		rq_lock_both(rq, from);
		pulled |= pull_from(rq, from);
		rq_unlock(from);
	}
	return pulled;
}
