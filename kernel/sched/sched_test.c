/* SPDX-License-Identifier: MIT */
/* Kernel threads, wake-ups, policies, affinity, preemption. */
#include <kernel/hrtimer.h>
#include <kernel/ktest.h>
#include <kernel/random.h>
#include <kernel/wait.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <mm/stat.h>
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

/* ---- priorities ---- */

struct spinner {
	struct completion started;
	bool stop;
	u64 woken_ns, ran_ns;
	atomic64_t loops;
};

static int spin_until_stopped(void *arg)
{
	struct spinner *s = arg;

	complete(&s->started);
	while (!READ_ONCE(s->stop))
		cpu_relax();
	return 0;
}

static int note_when_run(void *arg)
{
	struct spinner *s = arg;

	WRITE_ONCE(s->ran_ns, ktime_get_ns());
	WRITE_ONCE(s->stop, true);
	return 0;
}

struct alarm {
	struct hrtimer timer;
	struct thread *thread;
	struct spinner *spinner;
};

static enum hrtimer_restart wake_it(struct hrtimer *timer)
{
	struct alarm *alarm = container_of(timer, struct alarm, timer);

	alarm->spinner->woken_ns = ktime_get_ns();
	wake_up_thread(alarm->thread);
	return HRTIMER_NORESTART;
}

/* A thread spins in the kernel on CPU 0, until a real-time thread that an interrupt wakes there has run. How late that is. */
static u64 wake_behind_hog(void)
{
	struct spinner s = { .started = COMPLETION_INIT(s.started) };
	struct alarm alarm = { .spinner = &s };
	struct thread *hog = kthread_create(spin_until_stopped, &s, "ktest/hog");
	struct thread *fifo = kthread_create(note_when_run, &s, "ktest/fifo");

	if (!KTEST_EXPECT(!IS_ERR(hog) && !IS_ERR(fifo)))
		return 0;
	kthread_bind(hog, 0);
	kthread_bind(fifo, 0);
	get_thread(hog);
	get_thread(fifo);
	KTEST_EXPECT_EQ(sched_set_policy(fifo, SCHED_FIFO, 50, false), 0);
	hrtimer_init(&alarm.timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	alarm.timer.function = wake_it;
	alarm.thread = fifo;
	wake_up_thread(hog);
	wait_for_completion(&s.started);
	hrtimer_start(&alarm.timer, 2 * NSEC_PER_MSEC, HRTIMER_MODE_REL);
	kthread_stop(hog);
	kthread_stop(fifo);
	hrtimer_cancel(&alarm.timer);
	KTEST_EXPECT(s.ran_ns >= s.woken_ns);
	put_thread(hog);
	put_thread(fifo);
	return s.ran_ns - s.woken_ns;
}

/* It runs at once, unless the host stops the CPU just then: that is asked for until it is so once. */
KTEST_CASE(real_time_thread_preempts_the_kernel)
{
	u64 late_ns = wake_behind_hog();

	for (int i = 0; i < 20 && late_ns >= 50 * NSEC_PER_MSEC; i++)
		late_ns = wake_behind_hog();
	ktest_note("%llu us from the wake-up", late_ns / NSEC_PER_USEC);
	KTEST_EXPECT(late_ns < 50 * NSEC_PER_MSEC);
}

static int count_loops(void *arg)
{
	struct spinner *s = arg;

	complete(&s->started);
	while (!READ_ONCE(s->stop)) {
		cpu_relax();
		atomic64_inc(&s->loops);
	}
	return 0;
}

struct share {
	int policy, nice;
	u64 least, most; /* what the first gets for 100 of the second's; 0: no matter how much */
};

static bool in_proportion(const struct share *share, const u64 ns[2])
{
	return ns[0] * 100 >= ns[1] * share->least &&
	       (!share->most || ns[0] * 100 <= ns[1] * share->most);
}

#define WINDOWS		5
#define WINDOW_LOOKS	20 /* the first behind 200 ms, the others 20 ms apart */

/*
 * Two threads share CPU 0, the second with the policy and nice value. When the host holds the CPU
 * up, that is charged to the one that runs, and the other catches up later: the proportion need not
 * hold always, but again and again. To make up for 100 ms of a thread with SCHED_IDLE takes the
 * other more than 3 s, so what was before a window counts no more.
 */
static void compete(const struct share *share)
{
	struct spinner s[2] = {};
	struct thread *t[2];
	u64 ns[2] = {}, before[2] = {};

	for (int i = 0; i < 2; i++) {
		init_completion(&s[i].started);
		t[i] = kthread_create(count_loops, &s[i], "ktest/share%d", i);
		KTEST_ASSERT(!IS_ERR(t[i]));
		get_thread(t[i]);
		kthread_bind(t[i], 0);
	}
	KTEST_EXPECT_EQ(sched_set_policy(t[1], share->policy, 0, false), 0);
	KTEST_EXPECT_EQ(sched_set_nice(t[1], share->nice), 0);
	wake_up_thread(t[0]);
	wake_up_thread(t[1]);
	for (unsigned int i = 0; i < WINDOWS * WINDOW_LOOKS; i++) {
		for (int k = 0; k < 2 && i && i % WINDOW_LOOKS == 0; k++)
			before[k] += ns[k];
		msleep(i % WINDOW_LOOKS ? 20 : 200);
		for (int k = 0; k < 2; k++)
			ns[k] = thread_run_ns(t[k]) - before[k];
		if (in_proportion(share, ns) && thread_run_ns(t[1]))
			break;
	}
	for (int i = 0; i < 2; i++)
		WRITE_ONCE(s[i].stop, true);
	for (int i = 0; i < 2; i++) {
		kthread_stop(t[i]);
		put_thread(t[i]);
	}
	ktest_note("%llu and %llu us", ns[0] / NSEC_PER_USEC, ns[1] / NSEC_PER_USEC);
	KTEST_EXPECT(in_proportion(share, ns));
	KTEST_EXPECT(before[1] + ns[1]);
}

KTEST_CASE(equal_threads_share_equally)
{
	compete(&(struct share){ SCHED_NORMAL, 0, 85, 118 });
}

KTEST_CASE(nice_5_gets_a_third)
{
	/* 1.25^5 = 3.05 */
	compete(&(struct share){ SCHED_NORMAL, 5, 260, 350 });
}

KTEST_CASE(idle_policy_gets_what_is_left)
{
	compete(&(struct share){ SCHED_IDLE, 0, 3000, 0 });
}

KTEST_CASE(real_time_leaves_five_percent)
{
	struct spinner s[2] = {};
	struct thread *t[2];
	u64 ns;

	for (int i = 0; i < 2; i++) {
		init_completion(&s[i].started);
		t[i] = kthread_create(count_loops, &s[i], "ktest/rt%d", i);
		KTEST_ASSERT(!IS_ERR(t[i]));
		get_thread(t[i]);
		/* Not on the CPU of this test, if there is another. */
		kthread_bind(t[i], num_online_cpus() - 1);
	}
	sched_set_policy(t[1], SCHED_FIFO, 10, false);
	sched_set_policy(current, SCHED_FIFO, 90, false);
	wake_up_thread(t[0]);
	wake_up_thread(t[1]);
	msleep(2050); /* at least one whole period, wherever it began */
	ns = thread_run_ns(t[0]);
	sched_set_policy(current, SCHED_NORMAL, 0, false);
	for (int i = 0; i < 2; i++)
		WRITE_ONCE(s[i].stop, true);
	for (int i = 0; i < 2; i++) {
		kthread_stop(t[i]);
		put_thread(t[i]);
	}
	ktest_note("the fair thread ran %llu ms of 2050", ns / NSEC_PER_MSEC);
	KTEST_EXPECT(ns > 10 * NSEC_PER_MSEC && ns < 300 * NSEC_PER_MSEC);
}

KTEST_CASE(bad_parameters_are_refused)
{
	struct cpumask none = {};

	KTEST_EXPECT_EQ(sched_set_policy(current, SCHED_FIFO, 0, false), -EINVAL);
	KTEST_EXPECT_EQ(sched_set_policy(current, SCHED_FIFO, 100, false), -EINVAL);
	KTEST_EXPECT_EQ(sched_set_policy(current, SCHED_NORMAL, 1, false), -EINVAL);
	KTEST_EXPECT_EQ(sched_set_policy(current, 99, 0, false), -EINVAL);
	KTEST_EXPECT_EQ(sched_set_nice(current, 20), -EINVAL);
	KTEST_EXPECT_EQ(sched_set_nice(current, -21), -EINVAL);
	KTEST_EXPECT_EQ(sched_set_affinity(current, &none), -EINVAL);
}

/* ---- CPUs ---- */

KTEST_CASE(affinity_moves_the_caller)
{
	struct cpumask mask, all;
	unsigned int cpu;

	cpumask_setall(&all);
	for (unsigned int round = 0; round < 10; round++) {
		for_each_online_cpu(cpu) {
			cpumask_clear(&mask);
			cpumask_set_cpu(cpu, &mask);
			KTEST_EXPECT_EQ(sched_set_affinity(current, &mask), 0);
			KTEST_EXPECT_EQ(smp_processor_id(), cpu);
		}
	}
	KTEST_EXPECT_EQ(sched_set_affinity(current, &all), 0);
}

KTEST_CASE(affinity_moves_others)
{
	struct spinner s = { .started = COMPLETION_INIT(s.started) };
	struct thread *t = kthread_run(spin_until_stopped, &s, "ktest/moved");
	struct cpumask mask;
	unsigned int cpu;

	KTEST_ASSERT(!IS_ERR(t));
	get_thread(t);
	wait_for_completion(&s.started);
	for (unsigned int round = 0; round < 10; round++) {
		for_each_online_cpu(cpu) {
			cpumask_clear(&mask);
			cpumask_set_cpu(cpu, &mask);
			KTEST_EXPECT_EQ(sched_set_affinity(t, &mask), 0);
			KTEST_EXPECT_EQ(READ_ONCE(t->cpu), cpu);
		}
	}
	WRITE_ONCE(s.stop, true);
	kthread_stop(t);
	put_thread(t);
}

struct spread {
	u64 end_ns;
	struct cpumask seen;
};

static void note_cpu(void *arg, unsigned int number)
{
	struct spread *s = arg;

	while (!cpumask_equal(&s->seen, &cpu_online_mask) && ktime_get_ns() < s->end_ns)
		cpumask_set_cpu(smp_processor_id(), &s->seen);
}

KTEST_CASE(threads_spread_over_all_cpus)
{
	struct spread s = { .end_ns = ktime_get_ns() + 30 * NSEC_PER_SEC };

	ktest_in_threads(2 * num_online_cpus(), note_cpu, &s);
	KTEST_EXPECT_EQ(cpumask_weight(&s.seen), num_online_cpus());
}

/* It is switched off a moment after the CPU has become idle; one that is busy is none to look at. */
static bool ticks_only_while_busy(unsigned int cpu)
{
	for (int i = 0; i < 10000; i++) {
		if (!READ_ONCE(rq_of_cpu(cpu)->tick_at_ns) || !cpu_is_idle(cpu))
			return true;
		msleep(1);
	}
	return false;
}

KTEST_CASE(idle_cpus_have_no_tick)
{
	unsigned int cpu;
	u64 switches;

	msleep(50);
	switches = sched_nr_switches();
	msleep(200);
	for_each_online_cpu(cpu)
		KTEST_EXPECT(ticks_only_while_busy(cpu));
	KTEST_EXPECT(sched_nr_switches() - switches < 100);
}

struct nap {
	struct completion started, end;
	u64 ran_ns, took_ns; /* from before it to behind it */
};

static int take_a_nap(void *arg)
{
	struct nap *nap = arg;
	u64 start_ns = arch_clock_ns(), before = thread_run_ns(current);

	complete(&nap->started);
	wait_for_completion(&nap->end);
	nap->ran_ns = thread_run_ns(current) - before;
	nap->took_ns = arch_clock_ns() - start_ns;
	return 0;
}

static bool sleeps(struct thread *t)
{
	return READ_ONCE(t->state) == THREAD_UNINTERRUPTIBLE && !READ_ONCE(t->on_rq) &&
	       !READ_ONCE(t->on_cpu);
}

/* Clocks of two CPUs may differ by less than that. */
#define SKEW_NS NSEC_PER_MSEC

/* What this thread had of 3 ms or more. */
static u64 run_for_3_ms(u64 *took)
{
	u64 start_ns = arch_clock_ns(), before = thread_run_ns(current), ran;

	udelay(3000);
	ran = thread_run_ns(current) - before;
	*took = arch_clock_ns() - start_ns;
	return ran;
}

/* Never more than has passed, and nearly all of it unless others ran meanwhile: that is asked for until it is so once. */
KTEST_CASE(run_time_is_counted)
{
	u64 end_ns = arch_clock_ns() + 30 * NSEC_PER_SEC, ran, took, user, system;

	do {
		ran = run_for_3_ms(&took);
		KTEST_EXPECT(ran <= took + SKEW_NS);
	} while (ran < took / 10 * 9 && arch_clock_ns() < end_ns);
	KTEST_EXPECT(ran >= took / 10 * 9);
	thread_cpu_times(current, &user, &system);
	KTEST_EXPECT(user + system <= thread_run_ns(current));
}

KTEST_CASE(sleep_is_no_run_time)
{
	struct nap nap = { .started = COMPLETION_INIT(nap.started),
			   .end = COMPLETION_INIT(nap.end) };
	struct thread *t = kthread_create(take_a_nap, &nap, "ktest/nap");
	u64 asleep_ns, before;

	KTEST_ASSERT(!IS_ERR(t));
	get_thread(t);
	wake_up_thread(t);
	wait_for_completion(&nap.started);
	while (!sleeps(t))
		msleep(1);
	before = thread_run_ns(t);
	asleep_ns = arch_clock_ns();
	msleep(20);
	asleep_ns = arch_clock_ns() - asleep_ns;
	KTEST_EXPECT_EQ(thread_run_ns(t), before);
	complete(&nap.end);
	kthread_stop(t);
	put_thread(t);
	KTEST_EXPECT(nap.ran_ns + asleep_ns <= nap.took_ns + SKEW_NS);
}

/* ---- under fire: threads that change each other's parameters while they wake each other ---- */

#define NR_FIGHTERS	12

struct fight {
	struct thread *fighters[NR_FIGHTERS];
	atomic_t nr_ready;
	bool stop;
	atomic64_t wakes;
};

static struct fight fight;

static void strike(void)
{
	struct thread *t = fight.fighters[get_random_u32_below(NR_FIGHTERS)];
	struct cpumask mask = {};

	switch (get_random_u32_below(8)) {
	case 0:
		cpumask_set_cpu(get_random_u32_below(num_online_cpus()), &mask);
		sched_set_affinity(t, &mask);
		break;
	case 1:
		cpumask_setall(&mask);
		sched_set_affinity(t, &mask);
		break;
	case 2: sched_set_nice(t, (int)get_random_u32_below(40) - 20); break;
	case 3: sched_set_policy(t, SCHED_FIFO, 1 + get_random_u32_below(20), false); break;
	case 4: sched_set_policy(t, SCHED_RR, 1 + get_random_u32_below(20), false); break;
	case 5:
		sched_set_policy(t, get_random_u32_below(2) ? SCHED_NORMAL : SCHED_BATCH, 0, false);
		break;
	case 6: sched_yield_current(); break;
	default: atomic64_add(wake_up_thread(t), &fight.wakes);
	}
}

static int fighter(void *unused)
{
	atomic_inc(&fight.nr_ready);
	while (atomic_read(&fight.nr_ready) < NR_FIGHTERS)
		msleep(1);
	while (!READ_ONCE(fight.stop)) {
		strike();
		if (get_random_u32_below(4) == 0) {
			set_current_state(THREAD_INTERRUPTIBLE);
			schedule_timeout_ns(get_random_u32_below(200000));
		}
	}
	return 0;
}

KTEST_CASE(threads_survive_changes_while_they_run)
{
	fight = (struct fight){ .stop = false };
	for (unsigned int i = 0; i < NR_FIGHTERS; i++) {
		struct thread *t = kthread_create(fighter, NULL, "ktest/fight%u", i);

		KTEST_ASSERT(!IS_ERR(t));
		fight.fighters[i] = get_thread(t);
	}
	sched_set_policy(current, SCHED_FIFO, 99, false);
	for (unsigned int i = 0; i < NR_FIGHTERS; i++)
		wake_up_thread(fight.fighters[i]);
	msleep(3 * ktest_torture_ns() / NSEC_PER_MSEC);
	WRITE_ONCE(fight.stop, true);
	for (unsigned int i = 0; i < NR_FIGHTERS; i++) {
		kthread_stop(fight.fighters[i]);
		put_thread(fight.fighters[i]);
	}
	sched_set_policy(current, SCHED_NORMAL, 0, false);
	ktest_note("%lld wake-ups", atomic64_read(&fight.wakes));
}

/* ---- making and ending many ---- */

static void make_threads(void *arg, unsigned int number)
{
	for (unsigned int i = 0; i < 50; i++) {
		struct thread *t = kthread_run(return_arg, (void *)7l, "ktest/short");

		KTEST_ASSERT(!IS_ERR(t));
		if (i % 8 == 0)
			msleep(1);
	}
}

static void burn_10_ms(void *arg, unsigned int number)
{
	u64 end_ns = ktime_get_ns() + 10 * NSEC_PER_MSEC;

	while (ktime_get_ns() < end_ns)
		cpu_relax();
}

/* What tests count before and after would count it, or not. With one CPU the joiner cannot run before; with more it has to wait for grace periods. */
KTEST_CASE(a_thread_that_was_waited_for_has_no_stack)
{
	long before = mm_level_read(MM_KERNEL_STACKS);

	for (unsigned int i = 0; i < 10 && num_online_cpus() == 1; i++) {
		ktest_in_threads(1, burn_10_ms, NULL);
		KTEST_EXPECT_EQ(mm_level_read(MM_KERNEL_STACKS), before);
	}
}

KTEST_CASE(many_threads_come_and_go)
{
	ktest_in_threads(2 * num_online_cpus(), make_threads, NULL);
	msleep(20);
	rcu_barrier();
}
