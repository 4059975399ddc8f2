/* SPDX-License-Identifier: MIT */
/*
 * Work queues. Use: kernel/workqueue.h.
 *
 * A queue is a name and limits; the work is done by pools of workers. Each CPU has two pools
 * (normal and WQ_HIGHPRI), and there are two for WQ_UNBOUND. A pool begins without workers; it gets
 * its first when it gets its first work, by work that the unbound pool does.
 *
 * An item's way, all under the lock of its pool:
 *
 *	queue_work -> inactive list of the queue -> worklist -> busy worker -> done
 *	                 (max_active reached)          ^ WORK_PENDING ends here, it may be queued again
 *
 * Concurrency. In a pool of a CPU nr_running counts the busy workers that are not asleep. A worker
 * takes another item only while it is the only one, and when it falls asleep with work on the list
 * it wakes the next: so one worker runs as long as there is work, and no more. In an unbound pool
 * every item gets a worker as soon as one is free, and the scheduler spreads them.
 *
 * Before a worker takes the last idle one's place, it makes another, so that there is always one
 * to wake when it sleeps. If memory does not suffice, the items of WQ_MEM_RECLAIM queues are done
 * by these queues' own rescuer threads meanwhile.
 *
 * Lock: pool->lock (LOCK_RANK_WORK), interrupts off. No two pools' locks are held at once.
 */
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/object_debug.h>
#include <lib/printf.h>
#include <mm/slab.h>
#include "workqueue_private.h"

#define DEFAULT_ACTIVE	256

struct workqueue_struct *system_wq __ro_after_init;
struct workqueue_struct *system_highpri_wq __ro_after_init;
struct workqueue_struct *system_unbound_wq __ro_after_init;

static struct worker_pool *pool_for(const struct workqueue_struct *wq, unsigned int cpu)
{
	bool high = wq->flags & WQ_HIGHPRI;

	return wq->flags & WQ_UNBOUND ? &unbound_pools[high] : &per_cpu(cpu_pools, cpu)[high];
}

/* ---- queueing ---- */

/*
 * The pool, locked, where the item must go: where it runs now, if it does, so that it cannot run
 * twice at once; else where it is wanted.
 */
static struct worker_pool *lock_target(struct work_struct *work, struct worker_pool *wanted)
	__acquires(&wanted->lock)
{
	struct worker_pool *last = READ_ONCE(work->pool);

	if (last && last != wanted) {
		spin_lock(&last->lock);
		if (busy_with(last, work))
			return last;
		spin_unlock(&last->lock);
	}
	spin_lock(&wanted->lock);
	return wanted;
}

void queue_pending(unsigned int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	struct worker_pool *pool = lock_target(work, pool_for(wq, cpu));
	struct queue_part *part = part_of(wq, pool);
	bool spawn = !pool->nr_workers;

	WRITE_ONCE(work->pool, pool);
	smp_wmb(); /* see is_on_list_of */
	work->wq = wq;
	work->ticket = ++pool->last_ticket;
	work->colour = READ_ONCE(wq->colour);
	object_armed(work, OBJECT_WORK, work->func);
	atomic_inc(&wq->in_flight[work->colour]);
	if (part->nr_active < wq->max_active) {
		part->nr_active++;
		put_on_worklist(pool, work);
		if (needs_worker(pool))
			wake_worker(pool);
	} else {
		work->inactive = true;
		list_add_tail(&work->entry, &part->inactive);
	}
	spin_unlock(&pool->lock);
	if (unlikely(spawn))
		queue_work(system_unbound_wq, &pool->spawn);
}

bool queue_work_on(unsigned int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	unsigned long flags;
	bool queued;

	local_irq_save(flags);
	queued = !test_and_set_bit(WORK_PENDING, &work->state);
	if (queued)
		queue_pending(cpu_online(cpu) ? cpu : smp_processor_id(), wq, work);
	local_irq_restore(flags);
	return queued;
}

bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	unsigned long flags;
	bool queued;

	local_irq_save(flags);
	queued = !test_and_set_bit(WORK_PENDING, &work->state);
	if (queued)
		queue_pending(smp_processor_id(), wq, work);
	local_irq_restore(flags);
	return queued;
}

/* ---- delayed ---- */

static void delay_is_over(struct timer_list *timer)
{
	struct delayed_work *dwork = from_timer(dwork, timer, timer);
	unsigned int cpu = dwork->cpu < 0 ? smp_processor_id() : (unsigned int)dwork->cpu;

	queue_pending(cpu, dwork->wq, &dwork->work);
}

void init_delayed_work(struct delayed_work *dwork, work_func_t func)
{
	INIT_WORK(&dwork->work, func);
	timer_setup(&dwork->timer, delay_is_over, 0);
	dwork->wq = NULL;
	dwork->cpu = -1;
}

void start_delay(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork, u64 delay_ns)
{
	dwork->wq = wq;
	dwork->cpu = cpu;
	if (delay_ns)
		mod_timer(&dwork->timer, ktime_add_safe(ktime_get_ns(), delay_ns));
	else
		delay_is_over(&dwork->timer);
}

static bool queue_delayed(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork,
			  u64 delay_ns)
{
	unsigned long flags;
	bool queued;

	local_irq_save(flags);
	queued = !test_and_set_bit(WORK_PENDING, &dwork->work.state);
	if (queued)
		start_delay(cpu, wq, dwork, delay_ns);
	local_irq_restore(flags);
	return queued;
}

bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork, u64 delay_ns)
{
	return queue_delayed(-1, wq, dwork, delay_ns);
}

bool queue_delayed_work_on(unsigned int cpu, struct workqueue_struct *wq,
			   struct delayed_work *dwork, u64 delay_ns)
{
	return queue_delayed(cpu, wq, dwork, delay_ns);
}

/* ---- queues ---- */

static unsigned int nr_pools(void)
{
	return 2 * nr_cpu_ids + 2;
}

struct workqueue_struct *alloc_workqueue(const char *name_fmt, unsigned int flags, int max_active,
					 ...)
{
	struct workqueue_struct *wq = kzalloc(sizeof(*wq), GFP_KERNEL);
	va_list args;

	if (!wq)
		return NULL;
	wq->parts = kcalloc(nr_pools(), sizeof(*wq->parts), GFP_KERNEL);
	if (!wq->parts)
		goto free_wq;
	for (unsigned int i = 0; i < nr_pools(); i++)
		INIT_LIST_HEAD(&wq->parts[i].inactive);
	va_start(args, max_active);
	vsnprintf(wq->name, sizeof(wq->name), name_fmt, args);
	va_end(args);
	wq->flags = flags & WQ_ORDERED ? flags | WQ_UNBOUND : flags;
	wq->max_active = flags & WQ_ORDERED ? 1 : max_active > 0 ? max_active : DEFAULT_ACTIVE;
	mutex_init(&wq->flush_mutex);
	if (start_rescuer(wq))
		goto free_parts;
	return wq;

free_parts:
	kfree(wq->parts);
free_wq:
	kfree(wq);
	return NULL;
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	drain_workqueue(wq);
	if (wq->rescuer)
		kthread_stop(wq->rescuer);
	kfree(wq->parts);
	/* Whoever did the last item may still look for a flusher. */
	kfree_rcu(wq, rcu);
}

struct cpu_call {
	struct work_struct work;
	long (*func)(void *arg);
	void *arg;
	long result;
};

static void do_cpu_call(struct work_struct *work)
{
	struct cpu_call *call = container_of(work, struct cpu_call, work);

	call->result = call->func(call->arg);
}

long work_on_cpu(unsigned int cpu, long (*func)(void *arg), void *arg)
{
	struct cpu_call call = { .func = func, .arg = arg };

	INIT_WORK(&call.work, do_cpu_call);
	queue_work_on(cpu, system_wq, &call.work);
	flush_work(&call.work);
	return call.result;
}

void __init workqueue_init(void)
{
	worker_pools_init();
	system_wq = alloc_workqueue("events", 0, 0);
	system_highpri_wq = alloc_workqueue("events_highpri", WQ_HIGHPRI, 0);
	system_unbound_wq = alloc_workqueue("events_unbound", WQ_UNBOUND, 0);
	if (!system_wq || !system_highpri_wq || !system_unbound_wq ||
	    make_worker(&unbound_pools[0]))
		panic("no memory for the work queues");
}
