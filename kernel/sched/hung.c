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
#include <kernel/detectors.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/thread_look.h>
#include <kernel/wait.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include "sched_private.h"

#define LOOKS 4

int hung_task_timeout_secs = 120;
int hung_task_warnings = 10;
int hung_task_panic;

static struct thread *hung_thread;

/* khungtaskd's: the hung thread that it has seen last. */
static struct {
	char name[sizeof_field(struct thread, name)];
	s32 tid;
	struct thread_look look;
} found;
static bool is_found; /* khungtaskd's */

static bool is_waiting(const struct thread *t)
{
	unsigned int state = READ_ONCE(t->state);

	return state == THREAD_UNINTERRUPTIBLE && !READ_ONCE(t->on_cpu);
}

/* False: it has been woken. */
static bool collect(struct thread *t)
{
	if (!is_waiting(t) || !thread_look(t, &found.look))
		return false;
	strscpy(found.name, t->name, sizeof(found.name));
	found.tid = t->tid;
	return true;
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
		t->hung_is_due = true;
	return true;
}

static bool find_due(struct thread *t)
{
	if (!t->hung_is_due)
		return true;
	t->hung_is_due = false;
	is_found = collect(t);
	return !is_found;
}

/* One at a time: nothing is printed while the list's lock is held, with interrupts off. */
static bool find_next(void)
{
	is_found = false;
	for_all_threads(find_due);
	return is_found;
}

static void report(void)
{
	if (!hung_task_warnings)
		return;
	if (hung_task_warnings > 0)
		hung_task_warnings--;
	pr_err("INFO: task %s:%d blocked for more than %d seconds.\n", found.name, found.tid,
	       hung_task_timeout_secs);
	pr_err("\"echo 0 > /proc/sys/kernel/hung_task_timeout_secs\" disables this message.\n");
	thread_look_show(KERN_ERR, &found.look);
}

/* Whether there is a panic does not hang on whether there are words left. */
static void look(void)
{
	bool any = false;

	for_all_threads(look_at);
	while (find_next()) {
		any = true;
		report();
	}
	if (any && READ_ONCE(hung_task_panic))
		panic("hung_task: blocked tasks");
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
			look();
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
