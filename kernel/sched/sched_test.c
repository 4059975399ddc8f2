/* SPDX-License-Identifier: MIT */
/* Kernel threads, wake-ups, policies, affinity, preemption. */
#include <kernel/ktest.h>
#include <kernel/wait.h>
#include <lib/err.h>
#include <lib/errno.h>
#include "sched_private.h"

KTEST_SUITE("sched");

static int return_arg(void *arg)
{
	return (int)(long)arg;
}

struct started {
	struct completion started;
	int result;
};

static int wait_for_stop(void *arg)
{
	struct started *s = arg;

	complete(&s->started);
	while (!kthread_should_stop()) {
		set_current_state(THREAD_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
	}
	__set_current_state(THREAD_RUNNING);
	return s->result;
}

KTEST_CASE(kthread_stop_gives_the_result)
{
	struct started s = { .started = COMPLETION_INIT(s.started), .result = 42 };
	struct thread *t = kthread_run(wait_for_stop, &s, "ktest/%d", 1);

	KTEST_ASSERT(!IS_ERR(t));
	wait_for_completion(&s.started);
	KTEST_EXPECT_EQ(kthread_stop(t), 42);
}

KTEST_CASE(kthread_stopped_before_its_start_never_runs)
{
	struct thread *t = kthread_create(return_arg, (void *)42l, "ktest");

	KTEST_ASSERT(!IS_ERR(t));
	KTEST_EXPECT_EQ(kthread_stop(t), -EINTR);
}
