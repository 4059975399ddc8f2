/* SPDX-License-Identifier: MIT */
/*
 * Threads that wait for ever (CONFIG_DETECT_HUNG_TASK).
 *
 * khungtaskd looks LOOKS times within kernel.hung_task_timeout_secs at every thread. One that
 * sleeps uninterruptibly (state D; sleeps that a fatal signal ends and those of idle service
 * threads are not meant) and has not been switched to at all since LOOKS looks is reported. Looks
 * are counted, not time: if the guest was not run for some minutes, that was one look for every
 * thread.
 */
#include <kernel/backtrace.h>
#include <kernel/detectors.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/wait.h>
#include <lib/err.h>
#include "sched_private.h"

#define LOOKS 4

int hung_task_timeout_secs = 120;
int hung_task_warnings = 10;
int hung_task_panic;

static struct thread *hung_thread;

static bool is_waiting(const struct thread *t)
{
	unsigned int state = READ_ONCE(t->state);

	return state == THREAD_UNINTERRUPTIBLE && !READ_ONCE(t->on_cpu);
}

/* With the thread's lock nobody wakes it: its stack stays as it is. Whether there is a panic does not hang on whether there are words left. */
static void report(struct thread *t)
{
	bool is_hung;

	spin_lock(&t->lock);
	is_hung = is_waiting(t) && !t->on_rq;
	if (is_hung && hung_task_warnings) {
		if (hung_task_warnings > 0)
			hung_task_warnings--;
		pr_err("INFO: task %s:%d blocked for more than %d seconds.\n", t->name, t->tid,
		       hung_task_timeout_secs);
		pr_err("\"echo 0 > /proc/sys/kernel/hung_task_timeout_secs\" disables this "
		       "message.\n");
		show_thread_backtrace(KERN_ERR, t);
	}
	spin_unlock(&t->lock);
	if (is_hung && hung_task_panic)
		panic("hung_task: blocked tasks");
}

static bool look_at(struct thread *t)
{
	unsigned long switches = t->nr_voluntary_switches + t->nr_involuntary_switches;

	if (!is_waiting(t) || switches != t->hung_switches) {
		t->hung_switches = switches;
		t->hung_looks = 0;
		return true;
	}
	if (++t->hung_looks % LOOKS == 0) /* again after each such time, as on Linux */
		report(t);
	return true;
}

static int hung_main(void *unused)
{
	for (;;) {
		int seconds = READ_ONCE(hung_task_timeout_secs);

		set_current_state(THREAD_IDLE);
		/* Woken early: the number has changed, and the counting goes on with the new one.
		 */
		if (schedule_timeout_ns(seconds ? seconds * NSEC_PER_SEC / LOOKS : WAIT_FOREVER))
			continue;
		if (READ_ONCE(hung_task_timeout_secs))
			for_all_threads(look_at);
	}
	return 0;
}

void hung_task_restart(void)
{
	if (hung_thread)
		wake_up_thread(hung_thread);
}

void __init hung_task_init(void)
{
	struct thread *t = kthread_run(hung_main, NULL, "khungtaskd");

	if (IS_ERR(t))
		pr_err("hung_task: no memory for the thread\n");
	else
		hung_thread = t;
}
