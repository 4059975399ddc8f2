/* SPDX-License-Identifier: MIT */
/* Calls to other CPUs and deferred work. */
#include <kernel/irq_work.h>
#include <kernel/ktest.h>
#include <kernel/rcu.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <mm/slab.h>

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

static atomic_t nr_calling;
static struct completion all_have_called;

/* CPUs that call each other at the same time do not wait for ever. */
static int caller(void *arg)
{
	for (int i = 0; i < 40; i++) {
		on_each_cpu(note_call, NULL, true);
		smp_call_function_single((unsigned long)arg, note_call, NULL, i & 1);
	}
	if (atomic_dec_and_test(&nr_calling))
		complete(&all_have_called);
	while (!kthread_should_stop())
		msleep(1);
	return 0;
}

KTEST_CASE(calls_cross)
{
	struct thread *callers[4] = { 0 };
	unsigned int cpu, nr = 0;

	init_completion(&all_have_called);
	atomic_set(&nr_calling, min_t(unsigned int, num_online_cpus(), ARRAY_SIZE(callers)));
	for_each_online_cpu(cpu) {
		if (nr == ARRAY_SIZE(callers))
			break;
		callers[nr] = kthread_create(caller,
					     (void *)(unsigned long)((cpu + 1) % num_online_cpus()),
					     "ktest-caller");
		kthread_bind(callers[nr], cpu);
		wake_up_new_thread(callers[nr++]);
	}
	wait_for_completion(&all_have_called);
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
	while (smp_load_acquire(&data.pending))
		msleep(1);
	KTEST_EXPECT(done);
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

	worked_in_interrupt = false;
	local_irq_save(flags);
	KTEST_EXPECT(irq_work_queue(&w));
	KTEST_EXPECT(!irq_work_queue(&w));
	KTEST_EXPECT(!worked_in_interrupt);
	local_irq_restore(flags);
	irq_work_sync(&w);
	KTEST_EXPECT(worked_in_interrupt);
}

/* --- alone --- */

#define ALONE_ROUNDS	5
#define LOOK_NS		(10 * NSEC_PER_MSEC)

struct counter { u64 n; } __aligned(64);

struct alone_look {
	struct completion there; /* the other is running: who is stopped before has done nothing */
	struct counter *counters;
	unsigned int nr_inside, moved, with_interrupts, calls;
};

/* Never sleeps, and is nowhere for long where it may not be preempted. */
static int count_up(void *arg)
{
	struct counter *c = arg;

	while (!kthread_should_stop())
		WRITE_ONCE(c->n, c->n + 1);
	return 0;
}

static void look_round(void *data)
{
	struct alone_look *l = data;
	u64 sum[2] = { 0 }, end;

	l->calls++;
	l->nr_inside++;
	l->with_interrupts += !irqs_disabled();
	for (int i = 0; i < 2; i++) {
		for (unsigned int k = 0; k < num_online_cpus(); k++)
			sum[i] += READ_ONCE(l->counters[k].n);
		end = ktime_get_ns() + LOOK_NS;
		while (ktime_get_ns() < end)
			cpu_relax();
	}
	l->moved += sum[0] != sum[1];
	l->moved += --l->nr_inside != 0;
}

static int look_again_and_again(void *arg)
{
	struct alone_look *l = arg;
	int errors = 0;

	complete(&l->there);
	for (int i = 0; i < ALONE_ROUNDS; i++)
		errors += run_alone(look_round, l) != 0;
	while (!kthread_should_stop())
		msleep(1);
	return errors;
}

/* Two want it at once, while all CPUs are busy. */
KTEST_CASE(alone_nobody_else_runs)
{
	unsigned int nr = num_online_cpus(), cpu;
	struct counter *counters = kcalloc(nr, sizeof(*counters), GFP_KERNEL);
	struct thread **busy = kcalloc(nr, sizeof(*busy), GFP_KERNEL), *other;
	struct alone_look look = { .counters = counters };

	KTEST_ASSERT(counters && busy);
	init_completion(&look.there);
	for_each_online_cpu(cpu) {
		busy[cpu] = kthread_create(count_up, &counters[cpu], "ktest-busy");
		kthread_bind(busy[cpu], cpu);
		wake_up_thread(busy[cpu]);
	}
	for_each_online_cpu(cpu)
		while (!READ_ONCE(counters[cpu].n))
			msleep(1);
	other = kthread_run(look_again_and_again, &look, "ktest-alone");
	wait_for_completion(&look.there);
	for (int i = 0; i < ALONE_ROUNDS; i++)
		KTEST_EXPECT_EQ(run_alone(look_round, &look), 0);
	KTEST_EXPECT_EQ(kthread_stop(other), 0);
	for (unsigned int i = 0; i < nr; i++)
		kthread_stop(busy[i]);
	KTEST_EXPECT_EQ(look.calls, 2 * ALONE_ROUNDS);
	KTEST_EXPECT_EQ(look.moved, 0);
	KTEST_EXPECT_EQ(look.with_interrupts, 0);
	kfree(busy);
	kfree(counters);
}

#define LATE_PASSES	1000

struct late {
	struct completion there; /* the one that is late can not be preempted any more */
	struct completion over;	 /* once for each of the two threads */
};

static int come_late(void *arg)
{
	struct late *late = arg;
	unsigned long passes;

	preempt_disable();
	passes = READ_ONCE(per_cpu(rcu_passes, 0));
	complete(&late->there);
	while (READ_ONCE(per_cpu(rcu_passes, 0)) - passes <= LATE_PASSES)
		cpu_relax();
	preempt_enable();
	complete(&late->over);
	return 0;
}

static void do_nothing(void *data)
{
}

static int call_alone(void *arg)
{
	struct late *late = arg;

	wait_for_completion(&late->there);
	KTEST_EXPECT_EQ(run_alone(do_nothing, NULL), 0);
	complete(&late->over);
	return 0;
}

/*
 * CPU 0 waits for one that does not come yet: neither does RCU wait for CPU 0 meanwhile, nor does it look hung. The other comes when it has seen CPU 0
 * pass RCU's quiescent states while it waits.
 */
KTEST_CASE(alone_waiting_is_no_hanging)
{
	struct late late = { .there = COMPLETION_INIT(late.there),
			     .over = COMPLETION_INIT(late.over) };
	struct thread *slow, *caller;

	if (num_online_cpus() == 1) {
		ktest_skip("nobody to wait for");
		return;
	}
	slow = kthread_create(come_late, &late, "ktest-late");
	caller = kthread_create(call_alone, &late, "ktest-alone");
	KTEST_ASSERT(!IS_ERR(slow) && !IS_ERR(caller));
	kthread_bind(slow, num_online_cpus() - 1);
	kthread_bind(caller, 0);
	wake_up_thread(slow);
	wake_up_thread(caller);
	wait_for_completion(&late.over);
	wait_for_completion(&late.over);
}
