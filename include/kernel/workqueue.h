/* SPDX-License-Identifier: MIT */
/*
 * Work queues: functions run by kernel threads, in process context (kernel/sched/workqueue.c).
 *
 * Each CPU has a pool of workers; it keeps one of them running as long as there is work, and starts
 * another when that one sleeps. A work item runs on the CPU that queued it. WQ_UNBOUND queues share
 * a pool whose workers run anywhere: for long computations.
 *
 * An item is queued at most once at a time, and never runs on two CPUs at once, even when it is
 * queued again while it runs. Its function may sleep, queue it again, or free it. queue_work: any
 * context but NMI, locks up to LOCK_RANK_WORK held. The flush and cancel_..._sync functions sleep,
 * and may not be called from the work that they wait for.
 */
#ifndef KERNEL_WORKQUEUE_H
#define KERNEL_WORKQUEUE_H

#include <kit/list.h>
#include <kernel/atomic.h>
#include <kernel/timer.h>

struct workqueue_struct;
struct worker_pool;
struct thread;
struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	/* atomic: WORK_PENDING; who set it owns the item until it is on a list */
	unsigned long state;
	struct worker_pool *pool;    /* where it was queued last; pool lock, read without */
	struct workqueue_struct *wq; /* pool lock */
	struct list_head entry;	     /* pool lock */
	work_func_t func;
	u64 ticket; /* pool lock: which queueing this is, for flush */
	/* pool lock: which of the queue's counters it is in, for flush_workqueue */
	u8 colour;
	bool inactive; /* pool lock: waits behind max_active others */
};

#define WORK_PENDING	0		/* bit numbers of state */
#define WORK_CANCELING	1		/* cancel_work_sync holds WORK_PENDING until it is through */

struct delayed_work {
	struct work_struct work;
	struct timer_list timer;
	struct workqueue_struct *wq; /* owner of WORK_PENDING */
	int cpu;
};

#define WORK_INIT(name, function)	{ .entry = LIST_HEAD_INIT((name).entry), .func = (function) }
#define DECLARE_WORK(name, function)	struct work_struct name = WORK_INIT(name, function)

static inline void INIT_WORK(struct work_struct *work, work_func_t func)
{
	*work = (struct work_struct){ .func = func };
	INIT_LIST_HEAD(&work->entry);
}

void init_delayed_work(struct delayed_work *dwork, work_func_t func);
#define INIT_DELAYED_WORK(dwork, func)	init_delayed_work(dwork, func)

static inline struct delayed_work *to_delayed_work(struct work_struct *work)
{
	return container_of(work, struct delayed_work, work);
}

#define WQ_UNBOUND	0x1u	/* not bound to a CPU */
#define WQ_HIGHPRI	0x2u	/* workers with nice -20 */
#define WQ_MEM_RECLAIM	0x4u	/* makes progress without memory: has a thread of its own in reserve */
#define WQ_ORDERED	0x8u	/* one item at a time, in order; implies WQ_UNBOUND */

/*
 * max_active: items running at once, for each CPU (WQ_UNBOUND: in all); 0: 256. NULL without
 * memory.
 */
struct workqueue_struct *alloc_workqueue(const char *name_fmt, unsigned int flags, int max_active,
					 ...) __attribute__((format(printf, 1, 4)));
#define alloc_ordered_workqueue(fmt, flags, ...) \
	alloc_workqueue(fmt, (flags) | WQ_UNBOUND | WQ_ORDERED, 1, ##__VA_ARGS__)
/* waits for what is queued; nobody may queue any more */
void destroy_workqueue(struct workqueue_struct *wq);

extern struct workqueue_struct *system_wq; /* for short work */
extern struct workqueue_struct *system_highpri_wq;
extern struct workqueue_struct *system_unbound_wq; /* for long work */
#define system_long_wq	system_unbound_wq

/* True when it was queued, false when it was already. */
bool queue_work(struct workqueue_struct *wq, struct work_struct *work);
bool queue_work_on(unsigned int cpu, struct workqueue_struct *wq, struct work_struct *work);
bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork, u64 delay_ns);
bool queue_delayed_work_on(unsigned int cpu, struct workqueue_struct *wq,
			   struct delayed_work *dwork, u64 delay_ns);
/* As above, but a pending one gets the new delay; true when it was pending. */
bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork, u64 delay_ns);
static inline bool schedule_work(struct work_struct *work) { return queue_work(system_wq, work); }
static inline bool schedule_work_on(unsigned int cpu, struct work_struct *work)
{
	return queue_work_on(cpu, system_wq, work);
}
static inline bool schedule_delayed_work(struct delayed_work *dwork, u64 delay_ns)
{
	return queue_delayed_work(system_wq, dwork, delay_ns);
}
/* Runs func(arg) on the CPU and waits for its result. */
long work_on_cpu(unsigned int cpu, long (*func)(void *arg), void *arg);

/* true: it was pending and will not run; it may be running */
bool cancel_work(struct work_struct *work);
/* and it is neither pending nor running when this returns */
bool cancel_work_sync(struct work_struct *work);
bool cancel_delayed_work(struct delayed_work *dwork);
bool cancel_delayed_work_sync(struct delayed_work *dwork);
/*
 * One attempt, for callers that hold locks. 1: it was pending and will not run; 0: it was not; -EAGAIN: it is on its way to a worker at this moment,
 * or another cancels it. It may be running in each case.
 */
int try_cancel_delayed_work(struct delayed_work *dwork);
/* waits for what is queued and running; true: there was something */
bool flush_work(struct work_struct *work);
bool flush_delayed_work(struct delayed_work *dwork); /* starts the delayed now */
void flush_workqueue(struct workqueue_struct *wq);   /* waits for all that was queued before */
void drain_workqueue(struct workqueue_struct *wq);   /* and for what that queued */
#define flush_scheduled_work()	flush_workqueue(system_wq)

static inline bool work_pending(const struct work_struct *work) { return test_bit(WORK_PENDING, &work->state); }
static inline bool delayed_work_pending(const struct delayed_work *dwork) { return work_pending(&dwork->work); }
/* the item that runs, NULL outside workers */
struct work_struct *current_work(void);

void workqueue_init(void); /* after the scheduler and the slab */

/* Hooks of the scheduler, for threads with TF_WORKER: about to sleep, and running again. */
void workqueue_worker_sleeps(struct thread *t);
void workqueue_worker_runs(struct thread *t);

#endif
