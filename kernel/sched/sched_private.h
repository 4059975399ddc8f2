/* SPDX-License-Identifier: MIT */
/*
 * Between the parts of the scheduler: the run queue of a CPU, and what the parts call of each
 * other.
 *
 * Marks: Q: the run queue's lock; L: this CPU only, interrupts off; A: atomic or a single word that
 * others may read at any time.
 */
#ifndef SCHED_PRIVATE_H
#define SCHED_PRIVATE_H

#include <kernel/bug.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <uapi/sched.h>

#define NICE_0_WEIGHT	1024u
#define IDLE_WEIGHT	3u		/* SCHED_IDLE */
#define RT_PRIORITIES	100		/* 1 to 99 are used */

/* thread->on_rq */
#define ON_RQ_NO	0
#define ON_RQ_YES	1
#define ON_RQ_MIGRATING	2	/* taken off one queue, not yet on the next; wait a moment */

struct fair_queue {		    /* Q */
	struct rb_root_cached tree; /* runnable threads but the running one, by vruntime */
	u64 min_vruntime_ns;	    /* never goes back; A for placement by other CPUs */
	u64 load;		    /* weights of the runnable, the running one included */
	unsigned int nr;
};

struct rt_queue { /* Q */
	/* bit 99 - priority: the first set bit is the most urgent */
	unsigned long bitmap[2];
	struct list_head queue[RT_PRIORITIES];
	unsigned int nr; /* the running one included */
	u64 used_ns;	 /* in the present period */
	u64 period_start_ns;
	bool throttled;
};

struct run_queue {
	spinlock_t lock;	 /* LOCK_RANK_RUNQUEUE */
	unsigned int nr_running; /* Q, A: of all classes, without the idle thread */
	struct thread *curr;	 /* Q, A */
	u64 clock_ns;		 /* Q: brought up to date when the lock is taken for work */
	struct fair_queue fair;
	u64 nr_switches; /* Q, A */
	/* Q: when another CPU called this one out of idle; 0: it has come, or was not called */
	u64 called_ns;
	u32 call_cost_ns; /* Q, A: how long that takes, on average */
	/* Q: of the thread that fell asleep last: a waker may have changed its own by the switch */
	unsigned int sleep_state;
	bool preempted;	     /* L: it does not switch of its own will; for the trace */
	struct thread *push; /* L: thread that leaves this CPU after the switch */
	unsigned int cpu;
	bool tick_fast; /* Q: the tick is set for the end of a slice */
	u64 tick_at_ns; /* L: 0: none is set */
	struct thread *idle;
	struct rt_queue rt;

	/* Accounting */
	/* Q, A: may be negative; only the sum means something */
	unsigned int nr_uninterruptible;
	u64 account_ns;				 /* L: up to here the times below are complete */
	u64 user_ns, nice_ns, system_ns, irq_ns; /* L, A */
	u64 idle_ns;				 /* L, A: without the present idle period */
	u64 idle_since_ns;			 /* L, A: 0: not idle */

	/* Balancing */
	u64 balance_at_ns; /* L */
	/* L: looks in a row that saw one thread too many elsewhere */
	unsigned int imbalanced;
} __aligned(64);

DECLARE_PER_CPU(struct run_queue, run_queues);

#define rq_of_cpu(cpu)	(&per_cpu(run_queues, cpu))
#define this_rq()	this_cpu_ptr(&run_queues)

extern unsigned int sched_nr_cpus;	   /* CPUs that take part */
extern struct cpumask sched_idle_mask;	   /* hint: may be stale in both directions */
extern struct cpumask sched_overload_mask; /* hint: had more than one runnable thread */

/* By its own policy, or because it holds a lock that a real-time thread waits for. */
static inline bool thread_is_rt(const struct thread *t)
{
	return t->run_priority != 0;
}

static inline bool thread_is_idle(const struct thread *t)
{
	return t->flags & BIT(TF_IDLE);
}

static inline bool cpu_is_idle(unsigned int cpu)
{
	const struct run_queue *rq = rq_of_cpu(cpu);

	return !READ_ONCE(rq->nr_running) && READ_ONCE(rq->curr) == rq->idle;
}

/* Preemption is the caller's: interrupts are off. */
static inline void rq_lock(struct run_queue *rq)
{
	lock_debug_before(&rq->lock, false);
	lock_stat_spin(&rq->lock);
	lock_debug_acquired(&rq->lock);
}

static inline void rq_lock_nested(struct run_queue *rq)
{
	lock_debug_before(&rq->lock, true);
	lock_stat_spin(&rq->lock);
	lock_debug_acquired(&rq->lock);
}

static inline void rq_unlock(struct run_queue *rq)
{
	lock_debug_release(&rq->lock);
	lock_stat_spin_release(&rq->lock);
	raw_spin_unlock(&rq->lock);
}

/* lower CPU first */
void rq_lock_both(struct run_queue *a, struct run_queue *b) __acquires(a) __acquires(b);

/* Clocks of two CPUs may differ by less than a moment: time does not go back. */
static inline void rq_update_clock(struct run_queue *rq)
{
	u64 now = arch_clock_ns();

	if (likely(now > rq->clock_ns))
		rq->clock_ns = now;
}

/* The queue of a thread whose t->lock is held: locked, and t stays on it. Clock up to date. */
struct run_queue *thread_rq_lock(struct thread *t) __acquires(t);

/* core.c. Queue locked. */
void rq_activate(struct run_queue *rq, struct thread *t, unsigned int flags);
void rq_deactivate(struct run_queue *rq, struct thread *t, u8 on_rq);
void rq_resched(struct run_queue *rq); /* the running thread shall make room */
void rq_check_preempt(struct run_queue *rq, struct thread *t);
void rq_update_curr(struct run_queue *rq); /* run time of the running thread up to the clock */
void thread_set_cpu(struct thread *t, unsigned int cpu); /* while it is on no queue */
void set_thread_weight(struct thread *t);

/* Follows a value that varies; one outlier moves it by no more than its own size. */
static inline void average_in(u32 *average, u64 sample)
{
	u32 limit = 2 * *average + 20 * NSEC_PER_USEC;

	sample = min_t(u64, sample, limit);
	WRITE_ONCE(*average, *average - *average / 8 + (u32)sample / 8);
}
#define BURST_AT_FIRST_NS	NSEC_PER_MSEC	/* until it is known: long */
#define CALL_COST_MAX_NS	(2 * NSEC_PER_MSEC)

#define ENQUEUE_WAKEUP	1u	/* slept: gets some credit */
#define ENQUEUE_NEW	2u	/* first time: starts with a debit */

/* fair.c. Queue locked. */
void fair_queue_init(struct fair_queue *fq);
void fair_enqueue(struct run_queue *rq, struct thread *t, unsigned int flags);
void fair_dequeue(struct run_queue *rq, struct thread *t);
struct thread *fair_pick(struct run_queue *rq);
void fair_put_prev(struct run_queue *rq, struct thread *t);
void fair_set_running(struct run_queue *rq, struct thread *t);
void fair_account(struct run_queue *rq, struct thread *t, u64 delta_ns);
bool fair_should_preempt(struct run_queue *rq, const struct thread *curr,
			 const struct thread *woken);
u64 fair_slice_of(const struct run_queue *rq, const struct thread *t);
s64 fair_slice_left(struct run_queue *rq, const struct thread *curr);
void fair_yield(struct run_queue *rq, struct thread *curr);
void fair_move(struct thread *t, struct run_queue *from, struct run_queue *to);

/* rt.c. Queue locked. */
void rt_queue_init(struct rt_queue *rt);
void rt_enqueue(struct run_queue *rq, struct thread *t, bool head);
void rt_dequeue(struct run_queue *rq, struct thread *t);
struct thread *rt_pick(struct run_queue *rq);
bool rt_may_run(const struct run_queue *rq);
bool rt_check_throttle(struct run_queue *rq);
void rt_account(struct run_queue *rq, struct thread *t, u64 delta_ns);
s64 rt_slice_left(struct run_queue *rq, struct thread *curr);
void rt_yield(struct run_queue *rq, struct thread *curr);
unsigned int rt_select_cpu(struct thread *t);
/* lets the lock go and takes it again */
bool rt_pull(struct run_queue *rq) __must_hold(rq);

/* balance.c */
unsigned int select_cpu(struct thread *t, int wake_flags); /* for a wake-up: t->lock held */
unsigned int select_cpu_new(struct thread *t);
/* as rt_pull; true: something is runnable now */
bool balance_newidle(struct run_queue *rq) __must_hold(rq);
void balance_tick(struct run_queue *rq); /* from the tick, nothing locked */

/* tick.c. This CPU, interrupts off. */
void tick_start_busy(struct run_queue *rq);
void tick_want_slice(struct run_queue *rq); /* queue locked: more than one is runnable now */

/* account.c */
void account_tick(struct run_queue *rq, u64 now, bool user);
void account_idle_enter(struct run_queue *rq);
void account_idle_exit(struct run_queue *rq);
void loadavg_kick(void); /* this CPU is busy: samples are to be taken */

/* thread.c */
void thread_init_idle(struct thread *t, unsigned int cpu);
void thread_finish_dead(struct thread *t);

/* balance.c: see cpu_startup_entry */
void idle_loop(void);

#endif
