/* SPDX-License-Identifier: MIT */
/*
 * RCU. Use: kernel/rcu.h.
 *
 * A read-side section runs with preemption off, so a CPU that is seen outside such a region has
 * left every section that it was in before. Seen outside means one of:
 *
 *	- rcu_passes changed: it switched threads, or was interrupted while it was preemptible (user mode is);
 *	- rcu_watch is even or changed: it is or was in the idle loop, with no interrupt handler on top.
 *
 * One thread runs batches, one after the other (that it is not stuck itself: rcu_watch.c):
 *
 *	queued -> taken -> snapshot of every CPU -> each CPU seen outside -> callbacks called
 *	          \______________ grace period ________________/
 *
 * A batch lets CPUs pass by themselves for a few milliseconds, which costs nothing and gathers
 * callbacks for the next one; then it interrupts those that have not, which are CPUs that compute
 * in user mode or sit in a long section. An urgent batch (synchronize_rcu, rcu_barrier, many
 * callbacks) interrupts at once. CPUs in the idle loop are left alone always.
 *
 * Ordering. Updater: unlink; full barrier (the batch's start); look at the counters. CPU: read-side
 * loads; counter (x86 keeps loads before a later store); full barrier; loads of the next section.
 * So if the counter is seen changed, the loads before are done; if it is not yet changed when the
 * snapshot is taken, the loads after the change see what was unlinked.
 */
#include <kernel/smp.h>
#include <kernel/bug.h>
#include <kernel/cpu_look.h>
#include <kernel/detectors.h>
#include <kernel/hardirq.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/rcu.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/parse.h>
#include <mm/slab.h>
#include "rcu_private.h"

#define LAZY_NS		(3 * NSEC_PER_MSEC)	/* for CPUs to pass by themselves */
#define POKE_FIRST_NS	(20 * NSEC_PER_USEC)	/* between looks at CPUs that were interrupted, doubling to */
#define POKE_LAST_NS	(1 * NSEC_PER_MSEC)
#define POKE_AGAIN_NS	(10 * NSEC_PER_MSEC)
#define STALL_LOOK_NS	(20 * NSEC_PER_MSEC)	/* the most that one look at the CPUs counts for in a stall */
#define STALL_FEWEST_S	3u			/* limits of the timeout, as Linux has them */
#define STALL_MOST_S	300u
#define MANY_CALLBACKS	5000u
#define OFFSET_LIMIT	4096ul			/* smaller "functions" are offsets for kfree_rcu */

struct rcu_cpu {
	/* atomic: newest first. Pushed by its CPU, taken by the thread */
	struct rcu_head *queued;
	/* its CPU, interrupts off; reset by the thread. Approximate */
	unsigned int nr_queued;
	unsigned long passes; /* the thread's: snapshot */
	unsigned long watch;  /* the thread's: snapshot */
	bool waiting;	      /* the thread's */
};

DEFINE_PER_CPU(unsigned long, rcu_passes);
DEFINE_PER_CPU(bool, rcu_poked);
/* odd: look at rcu_passes; even: idle */
static DEFINE_PER_CPU_ALIGNED(unsigned long, rcu_watch) = 1;
static DEFINE_PER_CPU_ALIGNED(struct rcu_cpu, rcu_cpus);

int panic_on_rcu_stall;
unsigned int rcu_stall_timeout = 21;

static int set_stall_timeout(const char *value)
{
	unsigned int seconds;
	int error = kstrtouint(value, 0, &seconds);

	if (!error)
		rcu_stall_timeout = clamp(seconds, STALL_FEWEST_S, STALL_MOST_S);
	return error;
}
BOOT_PARAM("rcupdate.rcu_cpu_stall_timeout", set_stall_timeout);

struct thread *rcu_thread;
bool rcu_thread_sleeps;
unsigned long rcu_thread_steps;
/* number of the batch that runs or ran last; written by the thread */
static u64 batch_started;
static u64 batch_passed; /* highest whose grace period is over */
static u64 batch_done;	 /* highest whose callbacks have been called */
static u64 batch_urgent; /* batches up to this one are urgent; only rises. Atomic */
static DECLARE_WAIT_QUEUE_HEAD(batch_wait);

/* ---- the CPUs' side ---- */

static void watch_change(void)
{
	__atomic_add_fetch(this_cpu_ptr(&rcu_watch), 1, __ATOMIC_SEQ_CST);
}

void rcu_idle_enter(void)
{
	this_cpu_write(cpu_in_idle, true);
	watch_change();
}

void rcu_idle_exit(void)
{
	watch_change();
	this_cpu_write(cpu_in_idle, false);
}

void rcu_irq_enter_idle(void)
{
	watch_change();
}

void rcu_irq_exit_idle(void)
{
	watch_change();
}

void rcu_interrupted(void)
{
	if (!(preempt_count() & PREEMPT_MASK)) {
		this_cpu_inc(rcu_passes);
		smp_mb();
		this_cpu_write(rcu_poked, false);
	} else if (this_cpu_read(rcu_poked)) {
		/* In a section, perhaps: a switch soon after its end will do. */
		this_cpu_write(rcu_poked, false);
		resched_cpu(smp_processor_id());
	}
}

/* After a full barrier behind what there is to do. From here on the thread is expected to do it. */
static void wake_thread(void)
{
	WRITE_ONCE(rcu_thread_sleeps, false);
	wake_up_thread(rcu_thread);
}

static void make_urgent(u64 batch)
{
	u64 old = READ_ONCE(batch_urgent);

	while (old < batch && !try_cmpxchg(&batch_urgent, &old, batch))
		cpu_relax();
	if (rcu_thread)
		wake_thread();
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	struct rcu_cpu *rc;
	unsigned long flags;

	head->func = func;
	local_irq_save(flags);
	rc = this_cpu_ptr(&rcu_cpus);
	head->next = READ_ONCE(rc->queued);
	while (!try_cmpxchg(&rc->queued, &head->next, head))
		cpu_relax();
	/* try_cmpxchg is the barrier between the queue and rcu_thread_sleeps. */
	if (++rc->nr_queued == MANY_CALLBACKS)
		make_urgent(READ_ONCE(batch_started) + 1);
	else if (unlikely(READ_ONCE(rcu_thread_sleeps)))
		wake_thread();
	local_irq_restore(flags);
}

void kfree_rcu_ptr(struct rcu_head *head, void *object)
{
	unsigned long offset = (char *)head - (char *)object;

	BUG_ON(offset >= OFFSET_LIMIT);
	call_rcu(head, (void (*)(struct rcu_head *))offset);
}

/* ---- batches ---- */

static void step(void)
{
	WRITE_ONCE(rcu_thread_steps, rcu_thread_steps + 1);
}

/* Seen outside every section that it was in when the snapshot was taken. */
static bool cpu_passed(unsigned int cpu, const struct rcu_cpu *rc)
{
	unsigned long watch = READ_ONCE(per_cpu(rcu_watch, cpu));

	return !(watch & 1) || watch != rc->watch ||
	       READ_ONCE(per_cpu(rcu_passes, cpu)) != rc->passes;
}

static void take_snapshot(void)
{
	unsigned int cpu;

	smp_mb();
	for_each_online_cpu(cpu) {
		struct rcu_cpu *rc = &per_cpu(rcu_cpus, cpu);

		rc->passes = READ_ONCE(per_cpu(rcu_passes, cpu));
		rc->watch = READ_ONCE(per_cpu(rcu_watch, cpu));
		rc->waiting = rc->watch & 1;
	}
	/* This CPU runs the thread, in no section. */
	preempt_disable();
	this_cpu_ptr(&rcu_cpus)->waiting = false;
	preempt_enable();
}

/*
 * A CPU that came online after the snapshot has waiting false and can see nothing that was unlinked
 * before.
 */
static unsigned int look_at_cpus(bool poke)
{
	unsigned int cpu, left = 0;

	for_each_online_cpu(cpu) {
		struct rcu_cpu *rc = &per_cpu(rcu_cpus, cpu);

		if (!rc->waiting)
			continue;
		if (cpu_passed(cpu, rc)) {
			rc->waiting = false;
			continue;
		}
		left++;
		if (poke) {
			WRITE_ONCE(per_cpu(rcu_poked, cpu), true);
			smp_send_reschedule(cpu);
		}
	}
	smp_mb();
	return left;
}

#define STALL_ANSWER_LOOKS	100u	/* of 10 ms each, for a CPU to say where it is */

/* The reader is whatever that CPU is in: a section is a region with preemption off. */
static void show_stalled(unsigned int cpu)
{
	struct cpu_look look;

	cpu_look_ask(cpu);
	for (unsigned int i = 0; i < STALL_ANSWER_LOOKS; i++) {
		if (cpu_look_answer(cpu, &look)) {
			cpu_look_show(KERN_ERR, cpu, &look);
			return;
		}
		step();
		set_current_state(THREAD_IDLE);
		schedule_timeout_ns(POKE_AGAIN_NS);
	}
	pr_err("rcu: CPU %u does not answer\n", cpu);
}

static void report_stall(u64 since_ns)
{
	unsigned int cpu;
	bool any = false;

	for_each_online_cpu(cpu) {
		if (!per_cpu(rcu_cpus, cpu).waiting || cpu_passed(cpu, &per_cpu(rcu_cpus, cpu)))
			continue;
		any = true;
		pr_err("rcu: INFO: stall: CPU %u has not passed a quiescent state for %llu ms; it runs %s\n",
		       cpu, (ktime_get_ns() - since_ns) / NSEC_PER_MSEC,
		       sched_cpu_thread_name(cpu));
		show_stalled(cpu);
	}
	/* The last ones may have passed since they were looked at: then there is none. */
	if (any && panic_on_rcu_stall)
		panic("RCU stall");
}

static bool is_urgent(u64 batch)
{
	return READ_ONCE(batch_urgent) >= batch;
}

/*
 * Sleeps, not as long when the batch is or becomes urgent. The state is set before the look, as
 * always.
 */
static void doze(u64 batch, u64 ns, bool lazy)
{
	set_current_state(THREAD_IDLE);
	if (lazy && is_urgent(batch))
		__set_current_state(THREAD_RUNNING);
	else
		schedule_timeout_ns(ns);
}

static void wait_for_cpus(u64 batch)
{
	u64 start = ktime_get_ns(), poked = 0, last = start;
	u64 pause = POKE_FIRST_NS, waited = 0;

	doze(batch, LAZY_NS, true);
	for (;;) {
		u64 now = ktime_get_ns();
		bool poke = !poked || now - poked >= POKE_AGAIN_NS;

		step();
		if (!look_at_cpus(poke))
			return;
		if (poke)
			poked = now;
		/* The clock of a guest may jump: time counts as far as this thread was there to look. */
		waited += min_t(u64, now - last, STALL_LOOK_NS);
		last = now;
		if (waited >= rcu_stall_timeout * (u64)NSEC_PER_SEC) {
			report_stall(start);
			waited = 0;
		}
		doze(batch, pause, false);
		if (pause < POKE_LAST_NS)
			pause *= 2;
	}
}

static void call_one(struct rcu_head *head)
{
	unsigned long offset = (unsigned long)head->func;

	if (offset < OFFSET_LIMIT)
		kfree((char *)head - offset);
	else
		head->func(head);
}

static struct rcu_head *reversed(struct rcu_head *head)
{
	struct rcu_head *oldest_first = NULL;

	while (head) {
		struct rcu_head *next = head->next;

		head->next = oldest_first;
		oldest_first = head;
		head = next;
	}
	return oldest_first;
}

static void call_batch(struct rcu_head **taken)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct rcu_head *head = reversed(taken[cpu]);

		while (head) {
			struct rcu_head *next = head->next;

			step();
			call_one(head);
			cond_resched();
			head = next;
		}
	}
}

static void finish_stage(u64 *stage, u64 batch)
{
	smp_store_release(stage, batch);
	wake_up_all(&batch_wait);
}

static void run_batch(void)
{
	static struct rcu_head *taken[CONFIG_NR_CPUS];
	u64 batch = batch_started + 1;
	unsigned int cpu;

	WRITE_ONCE(batch_started, batch);
	smp_mb();
	for_each_possible_cpu(cpu) {
		struct rcu_cpu *rc = &per_cpu(rcu_cpus, cpu);

		taken[cpu] = xchg(&rc->queued, NULL);
		WRITE_ONCE(rc->nr_queued, 0);
	}
	take_snapshot();
	wait_for_cpus(batch);
	finish_stage(&batch_passed, batch);
	call_batch(taken);
	finish_stage(&batch_done, batch);
}

static bool batch_wanted(void)
{
	unsigned int cpu;

	if (is_urgent(batch_started + 1))
		return true;
	for_each_possible_cpu(cpu)
		if (READ_ONCE(per_cpu(rcu_cpus, cpu).queued))
			return true;
	return false;
}

static int rcu_main(void *unused)
{
	for (;;) {
		step();
		__set_current_state(THREAD_IDLE);
		/* After the state: who clears it wakes the thread, which then must not fall asleep. */
		smp_store_release(&rcu_thread_sleeps, true);
		smp_mb();
		if (!batch_wanted())
			schedule();
		__set_current_state(THREAD_RUNNING);
		WRITE_ONCE(rcu_thread_sleeps, false);
		if (batch_wanted())
			run_batch();
	}
	return 0;
}

/* Waits until a batch that began after this call has come to the stage. */
static void wait_for_stage(const u64 *stage)
{
	u64 batch;

	smp_mb();
	batch = READ_ONCE(batch_started) + 1;
	make_urgent(batch);
	wait_event(&batch_wait, smp_load_acquire(stage) >= batch);
}

void synchronize_rcu(void)
{
	might_sleep();
	/* With one CPU the caller runs, so no reader does. */
	if (num_online_cpus() == 1 || !rcu_thread) {
		smp_mb();
		return;
	}
	wait_for_stage(&batch_passed);
}

void rcu_barrier(void)
{
	might_sleep();
	if (rcu_thread)
		wait_for_stage(&batch_done);
}

void __init rcu_init(void)
{
	struct thread *t = kthread_create(rcu_main, NULL, "rcu");

	if (IS_ERR(t))
		panic("rcu: no memory for the thread");
	rcu_thread = t; /* before it can sleep and be woken */
	wake_up_thread(t);
}
