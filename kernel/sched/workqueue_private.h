/* SPDX-License-Identifier: MIT */
/* Between the parts of the work queues; workqueue.c tells how they fit together. */
#ifndef WORKQUEUE_PRIVATE_H
#define WORKQUEUE_PRIVATE_H

#include <kernel/bug.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/wait.h>
#include <kernel/workqueue.h>
#include <lib/list.h>

#define UNBOUND_CPU	(~0u)

struct worker_pool {
	spinlock_t lock;
	struct list_head worklist;
	struct list_head idle, busy; /* workers; idle: last in, first out */
	unsigned int nr_workers, nr_idle;
	unsigned int nr_starting; /* made, and have not looked at the list yet */
	int nr_running;		  /* bound: busy and awake */
	bool managing;		  /* a worker is being made */
	u64 last_ticket;
	struct list_head flushers; /* woken when any item is done */
	unsigned int cpu;	   /* I; UNBOUND_CPU */
	unsigned int id;	   /* I: index of parts */
	int nice;		   /* I */
	unsigned int next_worker;  /* for names */
	struct work_struct spawn;  /* makes the first worker */
} __aligned(64);

struct worker {
	struct list_head node;	  /* pool->idle or busy */
	struct worker_pool *pool; /* I; a rescuer's changes */
	struct thread *thread;	  /* I */
	struct work_struct *work; /* what it does; only compared, the function may free it */
	work_func_t func;
	u64 ticket;
	/* items that were queued again while this worker does them */
	struct list_head again;
	bool counted;  /* in nr_running, but for sleeping */
	bool sleeping; /* own thread */
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
	/* by pool->id: an item that runs may hold its queue to another pool */
	struct queue_part *parts;
	atomic_t in_flight[2]; /* items queued and not done, by colour */
	unsigned int colour;   /* flush_mutex writes */
	struct mutex flush_mutex;
	struct thread *flusher; /* in flush_workqueue; flush_mutex writes */
	struct thread *rescuer;
	bool rescue_wanted; /* atomic */
	struct worker rescue_worker;
	struct rcu_head rcu;
};

DECLARE_PER_CPU(struct worker_pool[2], cpu_pools); /* normal, high priority */
extern struct worker_pool unbound_pools[2];

static inline bool is_unbound(const struct worker_pool *pool)
{
	return pool->cpu == UNBOUND_CPU;
}

static inline struct queue_part *part_of(const struct workqueue_struct *wq,
					 const struct worker_pool *pool)
{
	return &wq->parts[pool->id];
}

/*
 * Pool locked: on a list of this pool? In this order: it may be on its way to another pool at this
 * moment, under that pool's lock, and there work->pool is stored before the entry is linked.
 */
static inline bool is_on_list_of(const struct worker_pool *pool, const struct work_struct *work)
{
	if (list_empty(&work->entry))
		return false;
	smp_rmb();
	return READ_ONCE(work->pool) == pool;
}

/* There is work, and nobody awake to do it. */
static inline bool needs_worker(const struct worker_pool *pool)
{
	return !list_empty(&pool->worklist) && (is_unbound(pool) || !pool->nr_running);
}

static inline void put_on_worklist(struct worker_pool *pool, struct work_struct *work)
{
	work->inactive = false;
	list_add_tail(&work->entry, &pool->worklist);
}

/* worker.c. Pool locked, but for make_worker. */
struct worker *busy_with(const struct worker_pool *pool, const struct work_struct *work);
void wake_worker(struct worker_pool *pool);
void wake_flushers(struct worker_pool *pool);
void leave_queue(struct worker_pool *pool, struct workqueue_struct *wq, u8 colour, bool was_active);
int make_worker(struct worker_pool *pool); /* makes one and starts it; nothing locked */
int start_rescuer(struct workqueue_struct *wq);
void worker_pools_init(void);

/* workqueue.c: the caller has set WORK_PENDING; interrupts off. */
void queue_pending(unsigned int cpu, struct workqueue_struct *wq, struct work_struct *work);
void start_delay(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork, u64 delay_ns);

#endif
