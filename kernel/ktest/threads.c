/* SPDX-License-Identifier: MIT */
/* Threads for tests that need several at once. */
#include <kernel/ktest.h>
#include <kernel/sched.h>
#include <kernel/wait.h>
#include <lib/err.h>

struct crowd {
	void (*func)(void *arg, unsigned int number);
	void *arg;
	atomic_t next_number;
	atomic_t running;
	struct completion done;
};

static void leave_crowd(struct crowd *crowd)
{
	if (atomic_dec_and_test(&crowd->running))
		complete(&crowd->done);
}

static int crowd_main(void *arg)
{
	struct crowd *crowd = arg;

	crowd->func(crowd->arg, atomic_fetch_add(1, &crowd->next_number));
	leave_crowd(crowd);
	return 0;
}

void ktest_in_threads(unsigned int nr, void (*func)(void *arg, unsigned int number), void *arg)
{
	struct crowd crowd = { .func = func, .arg = arg, .running = ATOMIC_INIT(1) };

	init_completion(&crowd.done);
	for (unsigned int i = 0; i < nr; i++) {
		atomic_inc(&crowd.running);
		if (!IS_ERR(kthread_run(crowd_main, &crowd, "ktest/%u", i)))
			continue;
		KTEST_FAIL("no memory for thread %u", i);
		leave_crowd(&crowd);
	}
	leave_crowd(&crowd);
	wait_for_completion(&crowd.done);
}
