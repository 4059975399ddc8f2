/* SPDX-License-Identifier: MIT */
/* Calls to other CPUs and deferred work. */
#include <kernel/irq_work.h>
#include <kernel/ktest.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/time.h>
#include <lib/errno.h>

KTEST_SUITE("smp");

static atomic_t nr_calls;
static struct cpumask called;

static void note_call(void *info)
{
	atomic_inc(&nr_calls);
	cpumask_set_cpu(smp_processor_id(), &called);
}

KTEST_CASE(every_cpu_is_called_once)
{
	for (int round = 0; round < 10; round++) {
		atomic_set(&nr_calls, 0);
		cpumask_clear(&called);
		on_each_cpu(note_call, NULL, true);
		KTEST_EXPECT_EQ(atomic_read(&nr_calls), num_online_cpus());
		KTEST_EXPECT(cpumask_equal(&called, &cpu_online_mask));
	}
}

KTEST_CASE(many_leaves_out_the_caller)
{
	unsigned int me;

	atomic_set(&nr_calls, 0);
	cpumask_clear(&called);
	me = get_cpu();
	smp_call_function_many(&cpu_online_mask, note_call, NULL, true);
	put_cpu();
	KTEST_EXPECT_EQ(atomic_read(&nr_calls), num_online_cpus() - 1);
	KTEST_EXPECT(!cpumask_test_cpu(me, &called));
}

KTEST_CASE(one_cpu_is_called)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		cpumask_clear(&called);
		KTEST_EXPECT_EQ(smp_call_function_single(cpu, note_call, NULL, true), 0);
		KTEST_EXPECT(cpumask_test_cpu(cpu, &called));
		KTEST_EXPECT_EQ(cpumask_weight(&called), 1);
	}
	KTEST_EXPECT_EQ(smp_call_function_single(CONFIG_NR_CPUS, note_call, NULL, true), -ENXIO);
}

static atomic_t nr_callers_done;

/* CPUs that call each other at the same time do not wait for ever. */
static int caller(void *arg)
{
	for (int i = 0; i < 40; i++) {
		on_each_cpu(note_call, NULL, true);
		smp_call_function_single((unsigned long)arg, note_call, NULL, i & 1);
	}
	atomic_inc(&nr_callers_done);
	while (!kthread_should_stop())
		msleep(1);
	return 0;
}

KTEST_CASE(calls_cross)
{
	struct thread *callers[4] = { 0 };
	unsigned int cpu, nr = 0;

	atomic_set(&nr_callers_done, 0);
	for_each_online_cpu(cpu) {
		if (nr == ARRAY_SIZE(callers))
			break;
		callers[nr] = kthread_create(caller,
					     (void *)(unsigned long)((cpu + 1) % num_online_cpus()),
					     "ktest-caller");
		kthread_bind(callers[nr], cpu);
		wake_up_new_thread(callers[nr++]);
	}
	for (int i = 0; i < 10000 && atomic_read(&nr_callers_done) < nr; i++)
		msleep(1);
	KTEST_EXPECT_EQ(atomic_read(&nr_callers_done), nr);
	while (nr)
		KTEST_EXPECT_EQ(kthread_stop(callers[--nr]), 0);
}

static void async_done(void *info)
{
	WRITE_ONCE(*(bool *)info, true);
}

KTEST_CASE(an_asynchronous_call_arrives)
{
	bool done = false;
	struct call_single_data data = { .func = async_done, .info = &done };
	unsigned int cpu = cpumask_next(-1, &cpu_online_mask);

	KTEST_EXPECT_EQ(smp_call_function_single_async(cpu, &data), 0);
	for (int i = 0; i < 1000 && READ_ONCE(data.pending); i++)
		msleep(1);
	KTEST_EXPECT(done && !data.pending);
}

static bool worked_in_interrupt;

static void work(struct irq_work *w)
{
	WRITE_ONCE(worked_in_interrupt, in_hardirq());
}

KTEST_CASE(deferred_work_runs_when_interrupts_are_on)
{
	static struct irq_work w = IRQ_WORK_INIT(work);
	unsigned long flags;

	local_irq_save(flags);
	KTEST_EXPECT(irq_work_queue(&w));
	KTEST_EXPECT(!irq_work_queue(&w));
	KTEST_EXPECT(!worked_in_interrupt);
	local_irq_restore(flags);
	irq_work_sync(&w);
	KTEST_EXPECT(worked_in_interrupt);
}
