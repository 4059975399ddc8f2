/* SPDX-License-Identifier: MIT */
/* Work queues: the pools, their workers, and the rescuers. The whole is told in workqueue.c. */
#include <kernel/init.h>
#include <kernel/lock_graph.h>
#include <kernel/object_debug.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <mm/slab.h>
#include "workqueue_private.h"

#define IDLE_KEEP	2			/* idle workers that are not worth ending */
#define IDLE_END_NS	(300 * NSEC_PER_SEC)
#define RETRY_NS	(10 * NSEC_PER_MSEC)	/* after a worker could not be made */

DEFINE_PER_CPU(struct worker_pool[2], cpu_pools);
struct worker_pool unbound_pools[2];

/* The function too: another item may lie where one freed itself. */
struct worker *busy_with(const struct worker_pool *pool, const struct work_struct *work)
{
	struct worker *worker;

	list_for_each_entry(worker, &pool->busy, node)
		if (worker->work == work && worker->func == work->func)
			return worker;
	return NULL;
}

void wake_worker(struct worker_pool *pool)
{
	struct worker *worker = list_first_entry_or_null(&pool->idle, struct worker, node);

	if (worker)
		wake_up_thread(worker->thread);
}

/* ---- done ---- */

/* Pool locked: the item has left its queue's part. */
void leave_queue(struct worker_pool *pool, struct workqueue_struct *wq, u8 colour, bool was_active)
{
	struct queue_part *part = part_of(wq, pool);
	struct work_struct *next;

	if (was_active) {
		part->nr_active--;
		next = list_first_entry_or_null(&part->inactive, struct work_struct, entry);
		if (next && part->nr_active < wq->max_active) {
			list_del(&next->entry);
			part->nr_active++;
			put_on_worklist(pool, next);
		}
	}
	/* From here on only RCU keeps the queue, and its flusher. */
	if (atomic_dec_and_test(&wq->in_flight[colour])) {
		struct thread *flusher = READ_ONCE(wq->flusher);

		if (flusher)
			wake_up_thread(flusher);
	}
}

void wake_flushers(struct worker_pool *pool)
{
	struct flusher *flusher;

	list_for_each_entry(flusher, &pool->flushers, node)
		wake_up_thread(flusher->thread);
}

/* Pool locked, let go while the function runs. */
static void process_one(struct worker *worker, struct work_struct *work)
	__must_hold(&worker->pool->lock)
{
	struct worker_pool *pool = worker->pool;
	struct workqueue_struct *wq = work->wq;
	work_func_t func = work->func;
	u8 colour = work->colour;

	worker->work = work;
	worker->func = func;
	worker->ticket = work->ticket;
	list_del_init(&work->entry);
	object_disarmed(work);
	if (needs_worker(pool))
		wake_worker(pool);
	/*
	 * From here on it can be queued again, and what was written before that is seen by the
	 * function.
	 */
	clear_bit(WORK_PENDING, &work->state);
	smp_mb__after_atomic();
	spin_unlock_irq(&pool->lock);
	func(work);
	if (unlikely(preempt_count() || irqs_disabled())) {
		WARN(true, "work %pS returned in atomic context\n", func);
		local_irq_enable();
	}
	lock_graph_check_none("at the end of a work item");
	spin_lock_irq(&pool->lock);
	worker->work = NULL;
	leave_queue(pool, wq, colour, true);
	wake_flushers(pool);
}

/*
 * An item from the list; NULL: another worker of this pool does it at this moment, and gets it for
 * afterwards.
 */
static struct work_struct *take_item(struct worker *worker, struct work_struct *work)
{
	struct worker *other = busy_with(worker->pool, work);

	if (likely(!other))
		return work;
	list_move_tail(&work->entry, &other->again);
	return NULL;
}

static void process_with_repeats(struct worker *worker, struct work_struct *work)
{
	work = take_item(worker, work);
	while (work) {
		process_one(worker, work);
		work = list_first_entry_or_null(&worker->again, struct work_struct, entry);
	}
}

/* ---- workers ---- */

static int worker_main(void *arg);

static void name_worker(const struct worker_pool *pool, unsigned int id, char *name, size_t size)
{
	const char *high = pool->nice < 0 ? "H" : "";

	if (is_unbound(pool))
		snprintf(name, size, "kworker/u:%u%s", id, high);
	else
		snprintf(name, size, "kworker/%u:%u%s", pool->cpu, id, high);
}

/* It enters the pool by itself. */
int make_worker(struct worker_pool *pool)
{
	struct worker *worker = kzalloc(sizeof(*worker), GFP_KERNEL);
	char name[sizeof_field(struct thread, name)];
	struct thread *thread;

	if (!worker)
		return -ENOMEM;
	name_worker(pool, __atomic_fetch_add(&pool->next_worker, 1, __ATOMIC_RELAXED), name,
		    sizeof(name));
	thread = kthread_create(worker_main, worker, "%s", name);
	if (IS_ERR(thread)) {
		kfree(worker);
		return PTR_ERR(thread);
	}
	worker->pool = pool;
	worker->thread = thread;
	INIT_LIST_HEAD(&worker->again);
	thread->flags |= BIT(TF_WORKER);
	if (!is_unbound(pool))
		kthread_bind(thread, pool->cpu);
	sched_set_nice(thread, pool->nice);
	spin_lock_irq(&pool->lock);
	pool->nr_workers++;
	pool->nr_starting++;
	spin_unlock_irq(&pool->lock);
	wake_up_thread(thread);
	return 0;
}

static void spawn_first_worker(struct work_struct *work)
{
	struct worker_pool *pool = container_of(work, struct worker_pool, spawn);

	while (!READ_ONCE(pool->nr_workers) && make_worker(pool))
		msleep(RETRY_NS / NSEC_PER_MSEC);
}

/* Pool locked. The queues that must go on without memory are helped by their rescuers. */
static void call_rescuers(struct worker_pool *pool)
{
	struct work_struct *work;

	list_for_each_entry(work, &pool->worklist, entry) {
		if (work->wq->rescuer) {
			WRITE_ONCE(work->wq->rescue_wanted, true);
			wake_up_thread(work->wq->rescuer);
		}
	}
}

/* Somebody who will look at the list before he sleeps, or can be woken to. */
static bool has_reserve(const struct worker_pool *pool)
{
	return pool->nr_idle || pool->nr_starting;
}

/*
 * Pool locked, let go meanwhile: there shall be an idle worker to wake when this one sleeps. The new one may take an item before we come to
 * one: then it is no reserve any more. Who makes one is the reserve of the others.
 */
static void keep_reserve(struct worker_pool *pool) __must_hold(&pool->lock)
{
	int error = 0;

	if (likely(has_reserve(pool)) || pool->managing)
		return;
	pool->managing = true;
	do {
		if (error)
			call_rescuers(pool);
		spin_unlock_irq(&pool->lock);
		if (error)
			msleep(RETRY_NS / NSEC_PER_MSEC);
		error = make_worker(pool);
		spin_lock_irq(&pool->lock);
	} while (!has_reserve(pool) && needs_worker(pool));
	pool->managing = false;
}

static void count_running(struct worker *worker, int by)
{
	if (!is_unbound(worker->pool))
		worker->pool->nr_running += by;
}

static void do_work(struct worker *worker)
{
	struct worker_pool *pool = worker->pool;

	if (!needs_worker(pool))
		return;
	keep_reserve(pool);
	if (!needs_worker(pool))
		return;
	list_add(&worker->node, &pool->busy);
	worker->counted = !is_unbound(pool);
	count_running(worker, 1);
	do {
		process_with_repeats(worker,
				     list_first_entry(&pool->worklist, struct work_struct, entry));
	} while (!list_empty(&pool->worklist) && (is_unbound(pool) || pool->nr_running == 1));
	count_running(worker, -1);
	worker->counted = false;
	list_del(&worker->node);
}

/* Pool locked, let go meanwhile. False: idle for long, and others are: the worker may end. */
static bool rest(struct worker *worker) __must_hold(&worker->pool->lock)
{
	struct worker_pool *pool = worker->pool;
	s64 left;

	list_add(&worker->node, &pool->idle);
	pool->nr_idle++;
	left = pool->nr_idle > IDLE_KEEP ? IDLE_END_NS : WAIT_FOREVER;
	set_current_state(THREAD_IDLE);
	spin_unlock_irq(&pool->lock);
	left = schedule_timeout_ns(left);
	spin_lock_irq(&pool->lock);
	list_del(&worker->node);
	pool->nr_idle--;
	return left || needs_worker(pool) || pool->nr_idle < IDLE_KEEP;
}

static int worker_main(void *arg)
{
	struct worker *worker = arg;
	struct worker_pool *pool = worker->pool;

	spin_lock_irq(&pool->lock);
	pool->nr_starting--;
	do
		do_work(worker);
	while (rest(worker));
	pool->nr_workers--;
	spin_unlock_irq(&pool->lock);
	clear_thread_flag(current, TF_WORKER);
	kfree(worker);
	return 0;
}

/*
 * A busy worker of a CPU's pool is about to sleep: another takes over if there is work. Its state
 * is set already, so it may lose the CPU here only by preemption, which does not put it to sleep.
 */
void workqueue_worker_sleeps(struct thread *t)
{
	struct worker *worker = t->kthread_arg;
	struct worker_pool *pool = worker->pool;
	unsigned long flags;

	if (!worker->counted || worker->sleeping)
		return;
	spin_lock_irqsave(&pool->lock, flags);
	worker->sleeping = true;
	pool->nr_running--;
	if (needs_worker(pool))
		wake_worker(pool);
	spin_unlock_irqrestore(&pool->lock, flags);
}

void workqueue_worker_runs(struct thread *t)
{
	struct worker *worker = t->kthread_arg;
	struct worker_pool *pool = worker->pool;
	unsigned long flags;

	if (!worker->sleeping)
		return;
	spin_lock_irqsave(&pool->lock, flags);
	worker->sleeping = false;
	pool->nr_running++;
	spin_unlock_irqrestore(&pool->lock, flags);
}

struct work_struct *current_work(void)
{
	struct worker *worker = current->kthread_arg;

	return current->flags & BIT(TF_WORKER) ? worker->work : NULL;
}

/* ---- rescuers ---- */

static struct work_struct *find_work_of(const struct worker_pool *pool,
					const struct workqueue_struct *wq)
{
	struct work_struct *work;

	list_for_each_entry(work, &pool->worklist, entry)
		if (work->wq == wq)
			return work;
	return NULL;
}

/* Does what the queue has on this pool's list, as a worker that the pool does not count. */
static void rescue_pool(struct worker *rescuer, struct workqueue_struct *wq,
			struct worker_pool *pool)
{
	struct work_struct *work;

	rescuer->pool = pool;
	spin_lock_irq(&pool->lock);
	list_add(&rescuer->node, &pool->busy);
	while ((work = find_work_of(pool, wq)))
		process_with_repeats(rescuer, work);
	list_del(&rescuer->node);
	spin_unlock_irq(&pool->lock);
}

static void rescue(struct workqueue_struct *wq)
{
	bool high = wq->flags & WQ_HIGHPRI;
	unsigned int cpu;

	if (wq->flags & WQ_UNBOUND) {
		rescue_pool(&wq->rescue_worker, wq, &unbound_pools[high]);
		return;
	}
	for_each_online_cpu(cpu)
		rescue_pool(&wq->rescue_worker, wq, &per_cpu(cpu_pools, cpu)[high]);
}

static int rescuer_main(void *arg)
{
	struct workqueue_struct *wq = container_of(arg, struct workqueue_struct, rescue_worker);

	while (!kthread_should_stop()) {
		set_current_state(THREAD_IDLE);
		if (!READ_ONCE(wq->rescue_wanted) && !kthread_should_stop())
			schedule();
		__set_current_state(THREAD_RUNNING);
		if (xchg(&wq->rescue_wanted, false))
			rescue(wq);
	}
	return 0;
}

int start_rescuer(struct workqueue_struct *wq)
{
	struct thread *rescuer;

	if (!(wq->flags & WQ_MEM_RECLAIM))
		return 0;
	rescuer = kthread_create(rescuer_main, &wq->rescue_worker, "wq/%s", wq->name);
	if (IS_ERR(rescuer))
		return PTR_ERR(rescuer);
	INIT_LIST_HEAD(&wq->rescue_worker.again);
	wq->rescue_worker.thread = rescuer;
	wq->rescuer = rescuer;
	rescuer->flags |= BIT(TF_WORKER);
	wake_up_thread(rescuer);
	return 0;
}

/* ---- start ---- */

static void __init pool_init(struct worker_pool *pool, unsigned int cpu, unsigned int id)
{
	spin_lock_init(&pool->lock, LOCK_RANK_WORK);
	INIT_LIST_HEAD(&pool->worklist);
	INIT_LIST_HEAD(&pool->idle);
	INIT_LIST_HEAD(&pool->busy);
	INIT_LIST_HEAD(&pool->flushers);
	INIT_WORK(&pool->spawn, spawn_first_worker);
	pool->cpu = cpu;
	pool->id = id;
	pool->nice = id & 1 ? -20 : 0;
}

void __init worker_pools_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		for (unsigned int high = 0; high < 2; high++)
			pool_init(&per_cpu(cpu_pools, cpu)[high], cpu, 2 * cpu + high);
	for (unsigned int high = 0; high < 2; high++)
		pool_init(&unbound_pools[high], UNBOUND_CPU, 2 * nr_cpu_ids + high);
}
