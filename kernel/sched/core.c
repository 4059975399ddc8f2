/* SPDX-License-Identifier: MIT */
/*
 * The scheduler's core: the switch, and waking up. Documentation/scheduling.md tells the whole.
 *
 * Locks: t->lock (LOCK_RANK_THREAD), then a run queue's (LOCK_RANK_RUNQUEUE), then a second run
 * queue's of a higher CPU. A run queue's lock is taken with interrupts off and held across the
 * switch: the thread switched to lets it go.
 *
 * A thread's states, with who takes each step:
 *
 *	            wake_up_new_thread            schedule: picked
 *	   NEW ---------------------> runnable <------------------> running
 *	                               ^    schedule: preempted       |
 *	        try_to_wake_up         |                              | schedule: state not RUNNING
 *	                               +---------- asleep <-----------+
 *	                                                              | state DEAD
 *	                                            finish_switch <---+
 *
 *	on_rq	runnable or running; under the run queue's lock
 *	on_cpu	running, or its registers are still being saved: a waker waits for the end of that
 */
#include <kernel/smp.h>
#include <kernel/backtrace.h>
#include <kernel/bug.h>
#include <kernel/hardirq.h>
#include <kernel/lock_graph.h>
#include <kernel/log.h>
#include <kernel/trace_events.h>
#include <kernel/workqueue.h>
#include <mm/slab.h>
#include <mm/space.h>
#include "sched_private.h"

DEFINE_PER_CPU(struct run_queue, run_queues);

unsigned int sched_nr_cpus = 1;

/* ---- queues ---- */

void rq_lock_both(struct run_queue *a, struct run_queue *b) __acquires(a) __acquires(b)
{
	if (a->cpu > b->cpu)
		swap(a, b);
	rq_lock(a);
	rq_lock_nested(b);
}

struct run_queue *thread_rq_lock(struct thread *t) __acquires(t)
{
	for (;;) {
		struct run_queue *rq = rq_of_cpu(READ_ONCE(t->cpu));

		rq_lock(rq);
		if (likely(rq->cpu == t->cpu && t->on_rq != ON_RQ_MIGRATING)) {
			rq_update_clock(rq);
			return rq;
		}
		rq_unlock(rq);
		while (READ_ONCE(t->on_rq) == ON_RQ_MIGRATING)
			cpu_relax();
	}
}

void rq_update_curr(struct run_queue *rq)
{
	struct thread *curr = rq->curr;
	u64 delta = rq->clock_ns - curr->se.exec_start_ns;

	if (unlikely((s64)delta <= 0))
		return;
	curr->se.exec_start_ns = rq->clock_ns;
	curr->se.sum_exec_ns += delta;
	if (unlikely(thread_is_rt(curr)))
		rt_account(rq, curr, delta);
	else if (likely(curr != rq->idle))
		fair_account(rq, curr, delta);
}

/* A second runnable thread: slices must end, and idle CPUs may help. */
static void note_overload(struct run_queue *rq)
{
	if (!rq->tick_fast)
		tick_want_slice(rq);
	if (sched_nr_cpus > 1 && !cpumask_test_cpu(rq->cpu, &sched_overload_mask))
		cpumask_set_cpu(rq->cpu, &sched_overload_mask);
}

void rq_activate(struct run_queue *rq, struct thread *t, unsigned int flags)
{
	if (likely(!thread_is_rt(t)))
		fair_enqueue(rq, t, flags);
	else
		rt_enqueue(rq, t, false);
	WRITE_ONCE(t->on_rq, ON_RQ_YES);
	if (++rq->nr_running == 2)
		note_overload(rq);
}

/*
 * on_rq: ON_RQ_NO for a thread that falls asleep or whose t->lock is held; ON_RQ_MIGRATING for one
 * that goes to another queue: a waker that looks without the queue's lock must not take it for one
 * that sleeps.
 */
void rq_deactivate(struct run_queue *rq, struct thread *t, u8 on_rq)
{
	if (likely(!thread_is_rt(t)))
		fair_dequeue(rq, t);
	else
		rt_dequeue(rq, t);
	WRITE_ONCE(t->on_rq, on_rq);
	rq->nr_running--;
}

void thread_set_cpu(struct thread *t, unsigned int cpu)
{
	if (t->cpu == cpu)
		return;
	trace_sched_migrate_task(t, cpu);
	fair_move(t, rq_of_cpu(t->cpu), rq_of_cpu(cpu));
	WRITE_ONCE(t->cpu, cpu);
}

/* ---- asking for a switch ---- */

void rq_resched(struct run_queue *rq)
{
	struct thread *curr = rq->curr;

	if (test_thread_flag(curr, TF_NEED_RESCHED))
		return;
	set_thread_flag(curr, TF_NEED_RESCHED);
	if (rq->cpu == smp_processor_id()) {
		set_need_resched_here();
		return;
	}
	if (curr == rq->idle)
		rq->called_ns = rq->clock_ns;
	smp_send_reschedule(rq->cpu);
}

/* Queue locked, clock up to date: this CPU, which was idle, has found out. */
static void note_call_answered(struct run_queue *rq)
{
	if (rq->called_ns)
		average_in(&rq->call_cost_ns,
			   min_t(u64, rq->clock_ns - rq->called_ns, CALL_COST_MAX_NS));
	rq->called_ns = 0;
}

void resched_cpu(unsigned int cpu)
{
	struct run_queue *rq = rq_of_cpu(cpu);
	unsigned long flags;

	local_irq_save(flags);
	rq_lock(rq);
	rq_resched(rq);
	rq_unlock(rq);
	local_irq_restore(flags);
}

void sched_ipi(void)
{
	struct run_queue *rq = this_rq();

	if (test_thread_flag(current, TF_NEED_RESCHED))
		set_need_resched_here();
	if (rq->nr_running > 1 && !rq->tick_fast) {
		rq_lock(rq);
		rq_update_clock(rq);
		if (rq->nr_running > 1)
			tick_want_slice(rq);
		rq_unlock(rq);
	}
	rcu_interrupted();
}

void kick_thread(struct thread *t)
{
	unsigned int cpu;

	preempt_disable();
	cpu = READ_ONCE(t->cpu);
	if (cpu != smp_processor_id() && READ_ONCE(rq_of_cpu(cpu)->curr) == t)
		smp_send_reschedule(cpu);
	preempt_enable();
}

void rq_check_preempt(struct run_queue *rq, struct thread *t)
{
	struct thread *curr = rq->curr;

	if (curr == rq->idle)
		rq_resched(rq);
	else if (unlikely(thread_is_rt(t))) {
		if (!thread_is_rt(curr) || t->run_priority > curr->run_priority)
			rq_resched(rq);
	} else if (likely(!thread_is_rt(curr)) && fair_should_preempt(rq, curr, t)) {
		rq_resched(rq);
	}
}

/* ---- the switch ---- */

static void put_prev(struct run_queue *rq, struct thread *prev)
{
	if (likely(!thread_is_rt(prev)))
		fair_put_prev(rq, prev);
}

/*
 * The thread to run; the running one has been brought up to date. May let the lock go and take it
 * again when there is nothing to do.
 */
static struct thread *pick_next(struct run_queue *rq, struct thread *prev)
{
	struct thread *next;

	if (prev->on_rq == ON_RQ_YES) {
		if (rq->nr_running == 1) {
			prev->se.slice_start_ns = prev->se.sum_exec_ns;
			return prev;
		}
		put_prev(rq, prev);
	}
	if (unlikely(thread_is_rt(prev)) && prev->on_rq != ON_RQ_YES && sched_nr_cpus > 1)
		rt_pull(rq);
	if (unlikely(!rq->nr_running) && (sched_nr_cpus == 1 || !balance_newidle(rq)))
		return rq->idle;
	if (unlikely(rq->rt.nr) && rt_may_run(rq))
		next = rt_pick(rq);
	else
		next = fair_pick(rq);
	next->se.slice_start_ns = next->se.sum_exec_ns;
	return next;
}

/* A thread that may not stay on this CPU and is off it now: to one where it may run. */
static void push_away(struct thread *t)
{
	struct run_queue *rq;

	/*
	 * Wakers and changers of its parameters wait while it is ON_RQ_MIGRATING: nobody moves it.
	 */
	thread_set_cpu(t, select_cpu(t, 0));
	rq = rq_of_cpu(t->cpu);
	rq_lock(rq);
	rq_update_clock(rq);
	rq_activate(rq, t, 0);
	rq_check_preempt(rq, t);
	rq_unlock(rq);
}

/* On the new thread's stack, interrupts off, the queue locked since before the switch. */
static void finish_switch(struct thread *prev) __releases(this_rq())
{
	struct run_queue *rq = this_rq();
	unsigned int prev_state = READ_ONCE(prev->state);
	struct thread *push = rq->push;

	rq->push = NULL;
	/*
	 * All that prev did is visible to who sees this; its state was read before: it may run at
	 * once.
	 */
	smp_store_release(&prev->on_cpu, false);
	rq_unlock(rq);
	if (unlikely(push))
		push_away(push);
	local_irq_enable();
	if (unlikely(prev_state == THREAD_DEAD))
		thread_finish_dead(prev);
}

/*
 * First code of a new thread, from its entry in assembly: preemption count 1, as after any switch.
 */
void schedule_tail(struct thread *prev) __releases(this_rq())
{
	finish_switch(prev);
	preempt_enable();
}

static void switch_to(struct run_queue *rq, struct thread *prev, struct thread *next) __releases(rq)
{
	rq->nr_switches++;
	next->on_cpu = true;
	WRITE_ONCE(rq->curr, next);
	if (unlikely(prev == rq->idle))
		account_idle_exit(rq);
	else if (unlikely(next == rq->idle))
		account_idle_enter(rq);
	/*
	 * Kernel threads run on whatever space is loaded; mm takes care that it does not go away
	 * under them.
	 */
	if (prev->space || next->space)
		space_switch(prev->space, next->space, next);
	prev = arch_switch_to(prev, next);
	finish_switch(prev);
}

/* What is not allowed here any more goes to another CPU, once it is off this one. */
static void leave_if_not_allowed(struct run_queue *rq, struct thread *prev)
{
	if (prev->on_rq == ON_RQ_YES && !cpumask_test_cpu(rq->cpu, &prev->affinity)) {
		rq_deactivate(rq, prev, ON_RQ_MIGRATING);
		rq->push = prev;
	}
	/* Who waits for this looks at on_rq next. */
	smp_store_release(&prev->migrate_pending, false);
}

static void clear_need_resched(struct thread *t)
{
	if (t->flags & BIT(TF_NEED_RESCHED))
		clear_thread_flag(t, TF_NEED_RESCHED);
	clear_need_resched_here();
}

static void fall_asleep(struct run_queue *rq, struct thread *prev, unsigned int state)
{
	if (unlikely(signal_pending_state(state, prev))) {
		WRITE_ONCE(prev->state, THREAD_RUNNING);
		return;
	}
	if ((state & (THREAD_UNINTERRUPTIBLE | THREAD_NOLOAD)) == THREAD_UNINTERRUPTIBLE) {
		prev->counts_in_load = true;
		WRITE_ONCE(rq->nr_uninterruptible, rq->nr_uninterruptible + 1);
	}
	average_in(&prev->se.burst_ns, prev->se.sum_exec_ns - prev->se.burst_start_ns);
	rq->sleep_state = state;
	rq_deactivate(rq, prev, ON_RQ_NO);
}

static void __schedule(bool preempted);

/* A place is how one came here: the nearest callers are the scheduler's own. */
static unsigned long place_of_calls(void)
{
	unsigned long calls[16], place = 0;
	size_t nr = backtrace_save_calls(calls, ARRAY_SIZE(calls));

	for (size_t i = 0; i < nr; i++)
		place = place * 31 + calls[i];
	return place ?: 1;
}

/*
 * Reported, once for each place, and done all the same: the count stays with the thread that has it,
 * and harms no other.
 */
static noinline void schedule_in_atomic(bool preempted)
{
	static unsigned long places[BUG_PLACES];
	unsigned int excess = preempt_count() - 1;

	if (bug_place_note(places, BUG_PLACES, place_of_calls()) == BUG_PLACE_NEW) {
		pr_err("BUG: scheduling while atomic: %s[%d], preemption count %x\n", current->name,
		       current->tid, excess);
		dump_stack();
	}
	this_cpu_sub(preempt_word, excess);
	__schedule(preempted);
	this_cpu_add(preempt_word, excess);
}

static inline void check_stack_end(const struct thread *t)
{
	if (IS_ENABLED(CONFIG_DEBUG_STACK) && *(const u64 *)t->stack != STACK_UNUSED &&
	    !thread_is_idle(t))
		panic("corrupted stack end detected inside scheduler: %s[%d]", t->name, t->tid);
}

/* Preemption count 1, and interrupts on when it returns. */
static void __schedule(bool preempted)
{
	struct run_queue *rq;
	struct thread *prev, *next;
	unsigned int state;

	if (unlikely(preempt_count() != 1)) {
		schedule_in_atomic(preempted);
		return;
	}
	local_irq_disable();
	rcu_note_context_switch();
	rq = this_rq();
	/* Kept there and not in a register, which those would have to save who do not trace. */
	rq->preempted = preempted;
	prev = rq->curr;
	check_stack_end(prev);
	/*
	 * A full barrier: between the state that prev has set and the look at it below; and for
	 * RCU.
	 */
	rq_lock(rq);
	rq_update_clock(rq);
	rq_update_curr(rq);
	state = READ_ONCE(prev->state);
	if (!preempted && state != THREAD_RUNNING)
		fall_asleep(rq, prev, state);
	if (unlikely(prev->migrate_pending))
		leave_if_not_allowed(rq, prev);
	next = pick_next(rq, prev);
	/*
	 * Not before: while the lock was let go there, others may have asked prev again to make
	 * room.
	 */
	clear_need_resched(prev);
	if (unlikely(prev == rq->idle))
		note_call_answered(rq);
	if (likely(next != prev)) {
		if (prev->on_rq == ON_RQ_YES)
			prev->nr_involuntary_switches++;
		else
			prev->nr_voluntary_switches++;
		/* It may go on in the middle of a restartable sequence, or on another CPU. */
		if (prev->rseq)
			set_thread_flag(prev, TF_NOTIFY_RESUME);
		next->se.exec_start_ns = rq->clock_ns;
		trace_sched_switch(prev, next, rq->sleep_state, rq->preempted);
		switch_to(rq, prev, next);
	} else {
		rq_unlock(rq);
		local_irq_enable();
	}
}

void schedule(void)
{
	struct thread *t = current;

	might_sleep();
	if (unlikely(t->flags & BIT(TF_WORKER)) && t->state != THREAD_RUNNING)
		workqueue_worker_sleeps(t);
	do {
		preempt_disable();
		__schedule(false);
		preempt_enable_no_resched();
	} while (unlikely(need_resched()));
	if (unlikely(t->flags & BIT(TF_WORKER)))
		workqueue_worker_runs(t);
}

void preempt_schedule(void)
{
	if (irqs_disabled())
		return;
	do {
		preempt_disable();
		__schedule(true);
		preempt_enable_no_resched();
	} while (need_resched());
}

void preempt_schedule_irq(void)
{
	do {
		preempt_disable();
		__schedule(true);
		local_irq_disable();
		preempt_enable_no_resched();
	} while (need_resched());
}

int cond_resched(void)
{
	if (likely(this_cpu_read(preempt_word)))
		return 0;
	preempt_schedule();
	return 1;
}

/* The idle thread's: preemption stays off in it. */
static void schedule_idle(void)
{
	__schedule(false);
}

u64 sched_clock_ns(void) { return READ_ONCE(this_rq()->clock_ns); }

void sched_yield_current(void)
{
	struct run_queue *rq;
	unsigned long flags;

	local_irq_save(flags);
	rq = this_rq();
	rq_lock(rq);
	rq_update_clock(rq);
	rq_update_curr(rq);
	if (thread_is_rt(current))
		rt_yield(rq, current);
	else
		fair_yield(rq, current);
	rq_unlock(rq);
	local_irq_restore(flags);
	schedule();
}

void thread_exit_final(void)
{
	lock_graph_check_none("as it ends");
	set_special_state(THREAD_DEAD);
	__schedule(false);
	BUG();
}

/* ---- waking up ---- */

/* Runnable, but with its state set for sleeping: it only has to be told not to. */
static bool wake_runnable(struct thread *t)
{
	struct run_queue *rq = thread_rq_lock(t);
	bool runnable = t->on_rq == ON_RQ_YES;

	if (runnable) {
		WRITE_ONCE(t->state, THREAD_RUNNING);
		trace_sched_wakeup(t);
	}
	rq_unlock(rq);
	return runnable;
}

static void wake_sleeping(struct thread *t, int wake_flags)
{
	struct run_queue *rq;
	unsigned int cpu;

	WRITE_ONCE(t->state, THREAD_WAKING);
	/* Off the queue, but the CPU that it slept on may still be saving its registers. */
	while (!likely(!smp_load_acquire(&t->on_cpu)))
		cpu_relax();
	cpu = select_cpu(t, wake_flags);
	thread_set_cpu(t, cpu);
	rq = rq_of_cpu(cpu);
	rq_lock(rq);
	if (unlikely(t->counts_in_load)) {
		t->counts_in_load = false;
		WRITE_ONCE(rq->nr_uninterruptible, rq->nr_uninterruptible - 1);
	}
	rq_update_clock(rq);
	rq_update_curr(rq);
	t->se.burst_start_ns = t->se.sum_exec_ns;
	rq_activate(rq, t, ENQUEUE_WAKEUP);
	WRITE_ONCE(t->state, THREAD_RUNNING);
	trace_sched_wakeup(t);
	rq_check_preempt(rq, t);
	rq_unlock(rq);
}

/* A thread that has set its state and now wakes itself is not asleep yet. */
static bool wake_self(struct thread *t, unsigned int state_mask)
{
	if (!(t->state & state_mask))
		return false;
	trace_sched_waking(t);
	WRITE_ONCE(t->state, THREAD_RUNNING);
	trace_sched_wakeup(t);
	return true;
}

bool try_to_wake_up_flags(struct thread *t, unsigned int state_mask, int wake_flags)
{
	unsigned long flags;
	bool woken = false;

	if (t == current)
		return wake_self(t, state_mask);
	/*
	 * A full barrier between the condition that the caller made true and the look at the state;
	 * the sleeper has one between the state and its look at the condition.
	 */
	spin_lock_irqsave(&t->lock, flags);
	if (READ_ONCE(t->state) & state_mask) {
		woken = true;
		trace_sched_waking(t);
		/* on_rq before on_cpu: see fall_asleep, then finish_switch. */
		if (!READ_ONCE(t->on_rq) || !wake_runnable(t))
			wake_sleeping(t, wake_flags);
	}
	spin_unlock_irqrestore(&t->lock, flags);
	return woken;
}

bool try_to_wake_up(struct thread *t, unsigned int state_mask)
{
	return try_to_wake_up_flags(t, state_mask, 0);
}

bool wake_up_state(struct thread *t, unsigned int state_mask)
{
	return try_to_wake_up(t, state_mask);
}

void wake_up_new_thread(struct thread *t)
{
	struct run_queue *rq;
	unsigned long flags;

	spin_lock_irqsave(&t->lock, flags);
	thread_set_cpu(t, select_cpu_new(t));
	rq = rq_of_cpu(t->cpu);
	rq_lock(rq);
	rq_update_clock(rq);
	rq_update_curr(rq);
	rq_activate(rq, t, ENQUEUE_NEW);
	WRITE_ONCE(t->state, THREAD_RUNNING);
	trace_sched_wakeup_new(t);
	rq_check_preempt(rq, t);
	rq_unlock(rq);
	spin_unlock_irqrestore(&t->lock, flags);
}

/* ---- start ---- */

static void run_queue_init(struct run_queue *rq, unsigned int cpu, struct thread *idle)
{
	spin_lock_init(&rq->lock, LOCK_RANK_RUNQUEUE);
	rq->cpu = cpu;
	rq->idle = idle;
	rq->curr = idle;
	fair_queue_init(&rq->fair);
	rt_queue_init(&rq->rt);
}

static struct thread boot_thread;

void __init sched_init(void)
{
	extern u8 boot_stack[];
	struct thread *t = &boot_thread;

	lock_graph_init();
	t->stack = boot_stack;
	thread_init_idle(t, 0);
	run_queue_init(rq_of_cpu(0), 0, t);
	t->on_cpu = true;
	this_cpu_write(current_thread, t);
	preempt_disable();
}

void __init sched_init_cpu(unsigned int cpu)
{
	struct thread *t = thread_alloc("idle");

	if (!t)
		panic("no memory for the idle thread of CPU %u", cpu);
	thread_init_idle(t, cpu);
	t->on_cpu = true;
	run_queue_init(rq_of_cpu(cpu), cpu, t);
	per_cpu(current_thread, cpu) = t;
	per_cpu(preempt_word, cpu) = PREEMPT_NO_RESCHED + 1;
}

struct thread *idle_thread(unsigned int cpu)
{
	return rq_of_cpu(cpu)->idle;
}

void sched_cpu_online(void)
{
	unsigned int cpu = smp_processor_id();

	cpumask_set_cpu(cpu, &cpu_online_mask);
	__atomic_fetch_add(&sched_nr_cpus, cpu != 0, __ATOMIC_SEQ_CST);
}

void cpu_startup_entry(void)
{
	struct run_queue *rq = this_rq();

	might_sleep_begins();
	rq_update_clock(rq);
	rq->account_ns = rq->clock_ns;
	account_idle_enter(rq);
	local_irq_enable();
	for (;;) {
		idle_loop();
		schedule_idle();
	}
}

/* ---- looking ---- */

unsigned int sched_nr_running(void)
{
	unsigned int cpu, sum = 0;

	for_each_online_cpu(cpu)
		sum += READ_ONCE(rq_of_cpu(cpu)->nr_running);
	return sum;
}

unsigned long long sched_nr_switches(void)
{
	unsigned long long sum = 0;
	unsigned int cpu;

	for_each_online_cpu(cpu)
		sum += READ_ONCE(rq_of_cpu(cpu)->nr_switches);
	return sum;
}

/* Of whatever runs there at the moment; for reports only. Under RCU the name stays. */
const char *sched_cpu_thread_name(unsigned int cpu)
{
	return READ_ONCE(rq_of_cpu(cpu)->curr)->name;
}
