/* SPDX-License-Identifier: MIT */
/*
 * Is the thread of RCU itself stuck?
 *
 * It looks for CPUs that let no grace period end, but such a CPU may hold the thread up, too: it
 * sleeps by a timer of the CPU that it ran on last, which may take no interrupts any more; it waits
 * there for its turn; it is itself what a handler has interrupted that does not return. So the
 * ticks of all CPUs look at the thread, which counts its steps. While it has something to do and
 * makes no step for
 *
 *	WAKE_NS		it is woken. If it slept, it now runs elsewhere, and looks and reports by itself
 *	the timeout	it is reported from here, with the place of its CPU, asked by an NMI
 *
 * A guest's clock may jump: time counts as far as ticks saw it, at most TICK_LOOK_NS each. A CPU
 * that is idle has no ticks; it has one soon after it leaves that.
 */
#include <kernel/cpu_look.h>
#include <kernel/detectors.h>
#include <kernel/log.h>
#include <kernel/rcu.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <lib/kernel.h>
#include "rcu_private.h"

#define WAKE_NS		(100 * NSEC_PER_MSEC)
#define TICK_LOOK_NS	(200 * NSEC_PER_MSEC)	/* the most that one tick counts for */
#define ANSWER_TICKS	100u			/* for a CPU to say where it is */

static struct {
	bool taken; /* atomic: a tick looks, and the rest is its own */
	bool asked;
	unsigned int cpu; /* asked, and has not answered so many ticks */
	unsigned int unanswered;
	unsigned long steps; /* of the thread, at the last tick */
	u64 last_ns;	     /* when that was */
	u64 stuck_ns;	     /* for so long without a step */
	u64 woken_ns;	     /* of these, when it was woken last */
} watch;

static void report(const struct cpu_look *look)
{
	pr_err("rcu: INFO: stall: the thread %s, which ends grace periods, has done nothing for %llu ms; it is on CPU %u, which runs %s\n",
	       rcu_thread->name, watch.stuck_ns / NSEC_PER_MSEC, watch.cpu,
	       sched_cpu_thread_name(watch.cpu));
	if (look)
		cpu_look_show(KERN_ERR, watch.cpu, look);
	else
		pr_err("rcu: CPU %u does not answer\n", watch.cpu);
	if (panic_on_rcu_stall)
		panic("RCU stall");
	watch.asked = false;
	watch.stuck_ns = 0;
	watch.woken_ns = 0;
}

static void ask(void)
{
	watch.asked = true;
	watch.unanswered = 0;
	watch.cpu = READ_ONCE(rcu_thread->cpu);
	cpu_look_ask(watch.cpu);
}

static void look_for_answer(void)
{
	struct cpu_look look;

	if (cpu_look_answer(watch.cpu, &look))
		report(&look);
	else if (++watch.unanswered == ANSWER_TICKS)
		report(NULL);
}

static void look_at_thread(u64 now)
{
	unsigned long steps = READ_ONCE(rcu_thread_steps);

	if (steps != watch.steps) {
		watch.steps = steps;
		watch.stuck_ns = 0;
		watch.woken_ns = 0;
		watch.asked = false;
	} else {
		watch.stuck_ns += min_t(u64, now - watch.last_ns, TICK_LOOK_NS);
	}
	watch.last_ns = now;
	if (watch.asked) {
		look_for_answer();
	} else if (watch.stuck_ns >= rcu_stall_timeout * (u64)NSEC_PER_SEC) {
		ask();
	} else if (watch.stuck_ns - watch.woken_ns >= WAKE_NS) {
		watch.woken_ns = watch.stuck_ns;
		/* Out of its own waits only: whatever a callback sleeps in is none of ours. */
		wake_up_state(rcu_thread, THREAD_NOLOAD);
	}
}

void rcu_tick(void)
{
	if (likely(READ_ONCE(rcu_thread_sleeps)) || !rcu_thread || xchg(&watch.taken, true))
		return;
	look_at_thread(ktime_get_ns());
	smp_store_release(&watch.taken, false);
}
