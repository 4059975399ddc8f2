/* SPDX-License-Identifier: MIT */
/*
 * As crimes.c: grace periods that do not end because their thread cannot go on. Each spins with
 * interrupts off, in spin(), which the module supplies and ends.
 */
#include <kernel/log.h>
#include <kernel/rcu.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <kit/module.h>
#include <lib/err.h>
#include "crimes.h"

struct crime_callback {
	struct rcu_head head;
	void (*spin)(void);
	struct thread *thread; /* of RCU */
	bool pending;
};

/* Only one at a time commits a crime here: a callback cannot be taken back. */
static struct crime_callback callback;

static void await_callback(void)
{
	while (smp_load_acquire(&callback.pending))
		usleep_range(100, 200);
}

static void note_thread(struct rcu_head *head)
{
	callback.thread = current;
	smp_store_release(&callback.pending, false);
}

static void queue(void (*function)(struct rcu_head *head))
{
	callback.pending = true;
	call_rcu(&callback.head, function);
}

/* A grace period is under way, and its thread sleeps by a timer of this CPU. */
static bool rcu_sleeps_here(void)
{
	const struct thread *t = callback.thread;

	return READ_ONCE(callback.pending) && READ_ONCE(t->state) == THREAD_IDLE &&
	       !READ_ONCE(t->on_rq) && !READ_ONCE(t->on_cpu) &&
	       READ_ONCE(t->cpu) == smp_processor_id();
}

/* Goes where the thread is, until it falls asleep there. */
static int spin_where_rcu_sleeps(void *unused)
{
	for (;;) {
		struct cpumask mask = { 0 };

		cpumask_set_cpu(READ_ONCE(callback.thread->cpu), &mask);
		sched_set_affinity(current, &mask);
		if (!READ_ONCE(callback.pending))
			queue(note_thread);
		for (int i = 0; i < 1000; i++) {
			local_irq_disable();
			if (rcu_sleeps_here()) {
				callback.spin();
				local_irq_enable();
				await_callback();
				return 0;
			}
			local_irq_enable();
			cpu_relax();
		}
	}
}

void crime_rcu_asleep(void (*spin)(void))
{
	struct thread *t;

	callback.spin = spin;
	queue(note_thread);
	await_callback();
	t = kthread_create(spin_where_rcu_sleeps, NULL, "crime");
	if (IS_ERR(t))
		return;
	get_thread(t);
	wake_up_thread(t);
	while (READ_ONCE(t->state) != THREAD_DEAD)
		usleep_range(1000, 2000);
	put_thread(t);
}

static void spin_in_callback(struct rcu_head *head)
{
	local_irq_disable();
	callback.spin();
	local_irq_enable();
	smp_store_release(&callback.pending, false);
}

/* Its thread itself is kept from going on. */
void crime_rcu_under_spin(void (*spin)(void))
{
	callback.spin = spin;
	queue(spin_in_callback);
	await_callback();
}

EXPORT_INTERNAL(crime_rcu_asleep);
EXPORT_INTERNAL(crime_rcu_under_spin);
