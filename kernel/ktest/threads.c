/* SPDX-License-Identifier: MIT */
/* Threads for tests that need several at once. */
#include <kernel/ktest.h>
#include <kernel/sched.h>
#include <kernel/wait.h>
#include <lib/err.h>

void ktest_stay_on(unsigned int cpu)
{
	struct cpumask only = {};

	cpumask_set_cpu(cpu, &only);
	KTEST_EXPECT_EQ(sched_set_affinity(current, &only), 0);
}

void ktest_move_freely(void)
{
	struct cpumask all;

	cpumask_setall(&all);
	sched_set_affinity(current, &all);
}

struct crowd {
	void (*func)(void *arg, unsigned int number);
	void *arg;
	atomic_t next_number;
};

static int crowd_main(void *arg)
{
	struct crowd *crowd = arg;

	crowd->func(crowd->arg, atomic_fetch_add(1, &crowd->next_number));
	return 0;
}

void ktest_in_threads(unsigned int nr, void (*func)(void *arg, unsigned int number), void *arg)
{
	struct crowd crowd = { .func = func, .arg = arg };
	DECLARE_COMPLETION(ended);
	unsigned int started = 0;
	struct thread *t;

	for (unsigned int i = 0; i < nr; i++) {
		t = kthread_create(crowd_main, &crowd, "ktest/%u", i);
		if (IS_ERR(t)) {
			KTEST_FAIL("no memory for thread %u", i);
			continue;
		}
		t->exit_done = &ended;
		wake_up_thread(t);
		started++;
	}
	while (started--)
		wait_for_completion(&ended);
}
