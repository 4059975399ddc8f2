/* SPDX-License-Identifier: MIT */
/*
 * One CPU alone: run_alone() (kernel/smp.h).
 *
 * Each CPU gets a thread that goes before all others. Whoever ran there is preempted, so he is at a point where that may be and holds no lock that another CPU waits
 * for with interrupts off: no CPU can fail to come because another one is there already. An interrupt would give no such guarantee.
 *
 *	COMING ---- all CPUs run the thread ----> QUIET ---- all have interrupts off ----> ALONE ---- the function has returned ----> OVER
 *
 * Who is the last to arrive at a step opens it for all.
 */
#include <kernel/hardirq.h>
#include <kernel/mutex.h>
#include <kernel/rcu.h>
#include <kernel/smp.h>
#include <kernel/wait.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <mm/slab.h>
#include "sched_private.h"

#define HIGHEST_PRIORITY	(RT_PRIORITIES - 1)

enum step { COMING, QUIET, ALONE, OVER };

struct alone {
	void (*func)(void *data); /* I */
	void *data;		  /* I */
	unsigned int cpu, nr;	  /* I: which CPU calls it; how many there are */
	atomic_t missing;	  /* who has not arrived at the next step */
	unsigned int step;	  /* the last to arrive there writes it */
	struct completion left;	  /* nobody looks at this any more */
};

static DEFINE_MUTEX(alone_lock); /* two at once would wait for each other's CPUs */

/*
 * It takes as long as the last CPU takes to come, which is seconds with 64 CPUs on two of a busy host. Who waits holds nothing that RCU guards: he keeps no grace
 * period waiting, nor is it him who hangs, but the one who does not come.
 */
static void arrive(struct alone *a, enum step step)
{
	if (atomic_dec_and_test(&a->missing)) {
		atomic_set(&a->missing, a->nr);
		smp_store_release(&a->step, step);
	}
	while (smp_load_acquire(&a->step) < step) {
		rcu_note_context_switch();
		smp_mb();
		cpu_relax();
	}
}

static int take_cpu(void *arg)
{
	struct alone *a = arg;

	preempt_disable();
	arrive(a, QUIET);
	local_irq_disable();
	arrive(a, ALONE);
	if (smp_processor_id() == a->cpu)
		a->func(a->data);
	arrive(a, OVER);
	local_irq_enable();
	preempt_enable();
	if (atomic_dec_and_test(&a->missing))
		complete(&a->left);
	return 0;
}

static struct thread *make_thread(struct alone *a, unsigned int cpu)
{
	struct thread *t = kthread_create(take_cpu, a, "alone/%u", cpu);

	if (IS_ERR(t))
		return t;
	kthread_bind(t, cpu);
	WARN_ON(sched_set_policy(t, SCHED_FIFO, HIGHEST_PRIORITY, false));
	return t;
}

/* All threads are there before the first one starts: one that has started waits for the others. */
static int make_threads(struct alone *a, struct thread **threads)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		struct thread *t = make_thread(a, cpu);

		if (IS_ERR(t)) {
			while (a->nr)
				kthread_stop(threads[--a->nr]);
			return PTR_ERR(t);
		}
		threads[a->nr++] = t;
	}
	return 0;
}

int run_alone(void (*func)(void *data), void *data)
{
	struct alone a = { .func = func, .data = data, .left = COMPLETION_INIT(a.left) };
	struct thread **threads = kcalloc(num_online_cpus(), sizeof(*threads), GFP_KERNEL);
	int error = -ENOMEM;

	if (!threads)
		return error;
	mutex_lock(&alone_lock);
	error = make_threads(&a, threads);
	if (!error) {
		a.cpu = cpumask_first(&cpu_online_mask);
		atomic_set(&a.missing, a.nr);
		/* The one of this CPU takes it from us: not before the others are awake, for which it waits. */
		preempt_disable();
		for (unsigned int i = 0; i < a.nr; i++)
			wake_up_thread(threads[i]);
		preempt_enable();
		wait_for_completion(&a.left);
	}
	mutex_unlock(&alone_lock);
	kfree(threads);
	return error;
}
