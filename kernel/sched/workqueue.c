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
#include <kernel/bug.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/wait.h>
#include <kernel/workqueue.h>
#include <lib/err.h>
#include <lib/list.h>
#include <lib/printf.h>
#include <mm/slab.h>

#define DEFAULT_ACTIVE	256
#define IDLE_KEEP	2			/* idle workers that are not worth ending */
#define IDLE_END_NS	(300 * NSEC_PER_SEC)
#define RETRY_NS	(10 * NSEC_PER_MSEC)	/* after a worker could not be made */
#define UNBOUND_CPU	(~0u)

struct worker_pool {
	spinlock_t lock;
	struct list_head worklist;
	struct list_head idle, busy;	/* workers; idle: last in, first out */
	unsigned int nr_workers, nr_idle;
	int nr_running;			/* bound: busy and awake */
	bool managing;			/* a worker is being made */
	u64 last_ticket;
	struct list_head flushers;	/* woken when any item is done */
	unsigned int cpu;		/* I; UNBOUND_CPU */
	unsigned int id;		/* I: index of parts */
	int nice;			/* I */
	unsigned int next_worker;	/* for names */
	struct work_struct spawn;	/* makes the first worker */
};

struct worker {
	struct list_head node;		/* pool->idle or busy */
	struct worker_pool *pool;	/* I; a rescuer's changes */
	struct thread *thread;		/* I */
	struct work_struct *work;	/* what it does; only compared, the function may free it */
	work_func_t func;
	u64 ticket;
	struct list_head again;		/* items that were queued again while this worker does them */
	bool counted;			/* in nr_running, but for sleeping */
	bool sleeping;			/* own thread */
};

/*
 * A thread that waits for an item. Woken directly: a wait queue's lock may not be taken under the
 * pool's.
 */
struct flusher {
	struct list_head node;
	struct thread *thread;
};

/* A queue's part in one pool; pool lock. */
struct queue_part {
	unsigned int nr_active;
	struct list_head inactive;
};

struct workqueue_struct {
	char name[24];
	unsigned int flags;
	unsigned int max_active;
	struct queue_part *parts;	/* by pool->id: an item that runs may hold its queue to another pool */
	atomic_t in_flight[2];		/* items queued and not done, by colour */
	unsigned int colour;		/* flush_mutex writes */
	struct mutex flush_mutex;
	struct thread *flusher;		/* in flush_workqueue; flush_mutex writes */
	struct thread *rescuer;
	bool rescue_wanted;		/* atomic */
	struct worker rescue_worker;
	struct rcu_head rcu;
};

static DEFINE_PER_CPU_ALIGNED(struct worker_pool[2], cpu_pools);	/* normal, high priority */
static struct worker_pool unbound_pools[2];
static DECLARE_WAIT_QUEUE_HEAD(cancel_wait);

struct workqueue_struct *system_wq __ro_after_init;
struct workqueue_struct *system_highpri_wq __ro_after_init;
struct workqueue_struct *system_unbound_wq __ro_after_init;

static bool is_unbound(const struct worker_pool *pool)
{
	return pool->cpu == UNBOUND_CPU;
}

static struct worker_pool *pool_for(const struct workqueue_struct *wq, unsigned int cpu)
{
	bool high = wq->flags & WQ_HIGHPRI;

	return wq->flags & WQ_UNBOUND ? &unbound_pools[high] : &per_cpu(cpu_pools, cpu)[high];
}

static struct queue_part *part_of(const struct workqueue_struct *wq, const struct worker_pool *pool)
{
	return &wq->parts[pool->id];
}

/*
 * Pool locked: on a list of this pool? In this order: it may be on its way to another pool at this
 * moment, under that pool's lock, and there work->pool is stored before the entry is linked.
 */
static bool is_on_list_of(const struct worker_pool *pool, const struct work_struct *work)
{
	if (list_empty(&work->entry))
		return false;
	smp_rmb();
	return READ_ONCE(work->pool) == pool;
}

/* The function too: another item may lie where one freed itself. */
static struct worker *busy_with(const struct worker_pool *pool, const struct work_struct *work)
{
	struct worker *worker;

	list_for_each_entry(worker, &pool->busy, node)
		if (worker->work == work && worker->func == work->func)
			return worker;
	return NULL;
}

/* ---- waking workers ---- */

/* There is work, and nobody awake to do it. */
static bool needs_worker(const struct worker_pool *pool)
{
	return !list_empty(&pool->worklist) && (is_unbound(pool) || !pool->nr_running);
}

static void wake_worker(struct worker_pool *pool)
{
	struct worker *worker = list_first_entry_or_null(&pool->idle, struct worker, node);

	if (worker)
		wake_up_thread(worker->thread);
}

static void put_on_worklist(struct worker_pool *pool, struct work_struct *work)
{
	work->inactive = false;
	list_add_tail(&work->entry, &pool->worklist);
}

/* ---- queueing ---- */

/*
 * The pool, locked, where the item must go: where it runs now, if it does, so that it cannot run
 * twice at once; else where it is wanted.
 */
static struct worker_pool *lock_target(struct work_struct *work, struct worker_pool *wanted)
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

/* The caller has set WORK_PENDING; interrupts off. */
static void queue_pending(unsigned int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	struct worker_pool *pool = lock_target(work, pool_for(wq, cpu));
	struct queue_part *part = part_of(wq, pool);
	bool spawn = !pool->nr_workers;

	WRITE_ONCE(work->pool, pool);
	smp_wmb();			/* see is_on_list_of */
	work->wq = wq;
	work->ticket = ++pool->last_ticket;
	work->colour = READ_ONCE(wq->colour);
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

/* WORK_PENDING is set, interrupts off. */
static void start_delay(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork, u64 delay_ns)
{
	dwork->wq = wq;
	dwork->cpu = cpu;
	if (delay_ns)
		mod_timer(&dwork->timer, ktime_add_safe(ktime_get_ns(), delay_ns));
	else
		delay_is_over(&dwork->timer);
}

static bool queue_delayed(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork, u64 delay_ns)
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

bool queue_delayed_work_on(unsigned int cpu, struct workqueue_struct *wq, struct delayed_work *dwork,
			   u64 delay_ns)
{
	return queue_delayed(cpu, wq, dwork, delay_ns);
}

/* ---- done ---- */

/* Pool locked: the item has left its queue's part. */
static void leave_queue(struct worker_pool *pool, struct workqueue_struct *wq, u8 colour, bool was_active)
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

static void wake_flushers(struct worker_pool *pool)
{
	struct flusher *flusher;

	list_for_each_entry(flusher, &pool->flushers, node)
		wake_up_thread(flusher->thread);
}

/* Pool locked, let go while the function runs. */
static void process_one(struct worker *worker, struct work_struct *work)
{
	struct worker_pool *pool = worker->pool;
	struct workqueue_struct *wq = work->wq;
	work_func_t func = work->func;
	u8 colour = work->colour;

	worker->work = work;
	worker->func = func;
	worker->ticket = work->ticket;
	list_del_init(&work->entry);
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

/* Makes a worker and starts it; nothing locked. It enters the pool by itself. */
static int make_worker(struct worker_pool *pool)
{
	struct worker *worker = kzalloc(sizeof(*worker), GFP_KERNEL);
	char name[sizeof_field(struct thread, name)];
	struct thread *thread;

	if (!worker)
		return -ENOMEM;
	name_worker(pool, __atomic_fetch_add(&pool->next_worker, 1, __ATOMIC_RELAXED), name, sizeof(name));
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

/* Pool locked, let go meanwhile: there shall be an idle worker to wake when this one sleeps. */
static void keep_reserve(struct worker_pool *pool)
{
	int error = 0;

	if (likely(pool->nr_idle) || pool->managing)
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
	} while (error && !list_empty(&pool->worklist));
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
		process_with_repeats(worker, list_first_entry(&pool->worklist, struct work_struct, entry));
	} while (!list_empty(&pool->worklist) && (is_unbound(pool) || pool->nr_running == 1));
	count_running(worker, -1);
	worker->counted = false;
	list_del(&worker->node);
}

/* Pool locked, let go meanwhile. False: idle for long, and others are: the worker may end. */
static bool rest(struct worker *worker)
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

static struct work_struct *find_work_of(const struct worker_pool *pool, const struct workqueue_struct *wq)
{
	struct work_struct *work;

	list_for_each_entry(work, &pool->worklist, entry)
		if (work->wq == wq)
			return work;
	return NULL;
}

/* Does what the queue has on this pool's list, as a worker that the pool does not count. */
static void rescue_pool(struct worker *rescuer, struct workqueue_struct *wq, struct worker_pool *pool)
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

/* ---- waiting and cancelling ---- */

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
	pool = READ_ONCE(work->pool);
	if (pool) {
		spin_lock(&pool->lock);
		taken = is_on_list_of(pool, work);
		if (taken) {
			list_del_init(&work->entry);
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

/* ---- queues ---- */

static unsigned int nr_pools(void)
{
	return 2 * nr_cpu_ids + 2;
}

static int start_rescuer(struct workqueue_struct *wq)
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

struct workqueue_struct *alloc_workqueue(const char *name_fmt, unsigned int flags, int max_active, ...)
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

void __init workqueue_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		for (unsigned int high = 0; high < 2; high++)
			pool_init(&per_cpu(cpu_pools, cpu)[high], cpu, 2 * cpu + high);
	for (unsigned int high = 0; high < 2; high++)
		pool_init(&unbound_pools[high], UNBOUND_CPU, 2 * nr_cpu_ids + high);
	system_wq = alloc_workqueue("events", 0, 0);
	system_highpri_wq = alloc_workqueue("events_highpri", WQ_HIGHPRI, 0);
	system_unbound_wq = alloc_workqueue("events_unbound", WQ_UNBOUND, 0);
	if (!system_wq || !system_highpri_wq || !system_unbound_wq || make_worker(&unbound_pools[0]))
		panic("no memory for the work queues");
}
