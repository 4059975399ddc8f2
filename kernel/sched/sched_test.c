/* SPDX-License-Identifier: MIT */
/* Kernel threads, wake-ups, policies, affinity, preemption. */
#include <kernel/hrtimer.h>
#include <kernel/ktest.h>
#include <kernel/random.h>
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

/* ---- priorities ---- */

struct spinner {
	struct completion started;
	bool stop;
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

struct alarm {
	struct hrtimer timer;
	struct thread *thread;
	struct spinner spinner;
	u64 woken_ns, ran_ns;
	s64 loops_when_woken, loops_when_run;
	bool after_denial;
};

static int note_when_run(void *arg)
{
	struct alarm *alarm = arg;

	alarm->ran_ns = ktime_get_ns();
	alarm->loops_when_run = atomic64_read(&alarm->spinner.loops);
	WRITE_ONCE(alarm->spinner.stop, true);
	return 0;
}

/* As a CPU is left that became idle while real-time threads were denied it, and had no tick since; their period is over. */
static void leave_denied(struct run_queue *rq)
{
	unsigned long flags;

	local_irq_save(flags);
	rq_lock(rq);
	rq->rt.throttled = true;
	rq->rt.period_start_ns = rq->clock_ns - NSEC_PER_SEC;
	rq_unlock(rq);
	local_irq_restore(flags);
}

static void ring(struct alarm *alarm)
{
	alarm->woken_ns = ktime_get_ns();
	alarm->loops_when_woken = atomic64_read(&alarm->spinner.loops);
	wake_up_thread(alarm->thread);
}

static enum hrtimer_restart ring_by_interrupt(struct hrtimer *timer)
{
	ring(container_of(timer, struct alarm, timer));
	return HRTIMER_NORESTART;
}

/* By other tests, in the present period: a host that held a real-time thread up has taken much of its time. */
static bool real_time_is_used_up(const struct run_queue *rq)
{
	return READ_ONCE(rq->rt.used_ns) > NSEC_PER_SEC / 2 &&
	       arch_clock_ns() - READ_ONCE(rq->rt.period_start_ns) < NSEC_PER_SEC;
}

static int spin_until_alarm(void *arg)
{
	struct alarm *alarm = arg;

	complete(&alarm->spinner.started);
	while (real_time_is_used_up(rq_of_cpu(0)))
		cpu_relax();
	if (alarm->after_denial) {
		leave_denied(rq_of_cpu(0));
		ring(alarm);
	} else {
		/* It interrupts this very CPU. */
		hrtimer_start(&alarm->timer, 2 * NSEC_PER_MSEC, HRTIMER_MODE_REL);
	}
	while (!READ_ONCE(alarm->spinner.stop)) {
		cpu_relax();
		atomic64_inc(&alarm->spinner.loops);
	}
	return 0;
}

/*
 * A thread spins in the kernel on CPU 0; a real-time thread that an interrupt wakes there runs at
 * once: however long that takes, the one that spins does nothing more meanwhile.
 */
static void preempt_the_kernel(bool after_denial)
{
	struct alarm alarm = { .spinner.started = COMPLETION_INIT(alarm.spinner.started),
			       .after_denial = after_denial };
	struct thread *hog = kthread_create(spin_until_alarm, &alarm, "ktest/hog");
	struct thread *fifo = kthread_create(note_when_run, &alarm, "ktest/fifo");

	KTEST_ASSERT(!IS_ERR(hog) && !IS_ERR(fifo));
	kthread_bind(hog, 0);
	kthread_bind(fifo, 0);
	get_thread(hog);
	get_thread(fifo);
	KTEST_EXPECT_EQ(sched_set_policy(fifo, SCHED_FIFO, 50, false), 0);
	hrtimer_init(&alarm.timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	alarm.timer.function = ring_by_interrupt;
	alarm.thread = fifo;
	wake_up_thread(hog);
	wait_for_completion(&alarm.spinner.started);
	kthread_stop(hog); /* it ends when the other has run */
	kthread_stop(fifo);
	hrtimer_cancel(&alarm.timer);
	KTEST_EXPECT(alarm.ran_ns >= alarm.woken_ns);
	ktest_note("%llu us from the wake-up", (alarm.ran_ns - alarm.woken_ns) / NSEC_PER_USEC);
	KTEST_EXPECT_EQ(alarm.loops_when_run, alarm.loops_when_woken);
	put_thread(hog);
	put_thread(fifo);
}

KTEST_CASE(real_time_thread_preempts_the_kernel)
{
	preempt_the_kernel(false);
}

KTEST_CASE(real_time_is_not_denied_when_its_period_is_over)
{
	preempt_the_kernel(true);
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
	u64 least, most; /* what the first gets for 100 of the second's */
};

#define ENOUGH_NS	(200 * NSEC_PER_MSEC)
#define WINDOW_LOOKS	100

static bool in_proportion(const struct share *share, const u64 ns[2])
{
	return ns[0] + ns[1] >= ENOUGH_NS && ns[0] * 100 >= ns[1] * share->least &&
	       ns[0] * 100 <= ns[1] * share->most;
}

/*
 * Two threads share CPU 0, the second with the policy and nice value. When the host holds the CPU
 * up, that is charged to the one that runs, and the other catches up later: the proportion need not
 * hold always, but again and again, and that is waited for. To make up for 100 ms of a thread with
 * SCHED_IDLE takes the other more than 3 s, so what was before a window counts no more.
 */
static void compete(const struct share *share)
{
	struct spinner s[2] = {};
	struct thread *t[2];
	u64 ns[2] = {}, before[2] = {};
	unsigned int looks = 0;

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
	do {
		for (int k = 0; k < 2 && looks % WINDOW_LOOKS == 0; k++)
			before[k] += ns[k];
		looks++;
		msleep(20);
		for (int k = 0; k < 2; k++)
			ns[k] = thread_run_ns(t[k]) - before[k];
	} while (!in_proportion(share, ns));
	for (int i = 0; i < 2; i++)
		WRITE_ONCE(s[i].stop, true);
	for (int i = 0; i < 2; i++) {
		kthread_stop(t[i]);
		put_thread(t[i]);
	}
	ktest_note("%llu and %llu us", ns[0] / NSEC_PER_USEC, ns[1] / NSEC_PER_USEC);
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
	compete(&(struct share){ SCHED_IDLE, 0, 3000, ~0ull });
}

/* A fair thread that lives of what a real-time thread leaves of their CPU. */
struct leftovers {
	struct completion over;
	struct thread *rt;
	struct spinner spinner; /* rt's */
	u64 least_ns; /* that rt has had between two turns of the fair thread, the first left out */
	u64 rt_ns, left_ns; /* the last of these, and the turn before it */
};

/* By the scheduler's accounts: what the host takes away may make a turn longer, but not each. */
static bool is_five_percent(u64 rt_ns, u64 left_ns)
{
	return left_ns * 100 >= rt_ns * 2 && left_ns * 100 <= rt_ns * 10;
}

static int live_of_leftovers(void *arg)
{
	struct leftovers *l = arg;
	u64 rt_before = 0, own_before = 0;
	unsigned int turns = 0;

	l->least_ns = ~0ull;
	do {
		u64 rt = thread_run_ns(l->rt), own = thread_run_ns(current);

		if (rt == rt_before)
			continue;
		/* It has run since the last look, which ended a turn. */
		l->rt_ns = rt - rt_before;
		l->left_ns = own - own_before;
		rt_before = rt;
		own_before = own;
		if (turns++)
			l->least_ns = min(l->least_ns, l->rt_ns);
	} while (turns < 2 || !is_five_percent(l->rt_ns, l->left_ns));
	WRITE_ONCE(l->spinner.stop, true);
	complete(&l->over);
	return 0;
}

/*
 * Of each second, a real-time thread that never sleeps gets 950 ms before a fair one has its turn, and that is for the rest. A CPU that stands still is
 * charged to whoever is on it, so a turn may be too long, or left out; but real time is never cut, and every now and then there is a turn as it should be.
 */
KTEST_CASE(real_time_leaves_five_percent)
{
	struct leftovers l = { .over = COMPLETION_INIT(l.over),
			       .spinner.started = COMPLETION_INIT(l.spinner.started) };
	struct thread *fair = kthread_create(live_of_leftovers, &l, "ktest/fair");

	l.rt = kthread_create(count_loops, &l.spinner, "ktest/rt");
	KTEST_ASSERT(!IS_ERR(fair) && !IS_ERR(l.rt));
	get_thread(fair);
	get_thread(l.rt);
	/* Not on the CPU of this test, if there is another. */
	kthread_bind(fair, num_online_cpus() - 1);
	kthread_bind(l.rt, num_online_cpus() - 1);
	KTEST_EXPECT_EQ(sched_set_policy(l.rt, SCHED_FIFO, 10, false), 0);
	wake_up_thread(fair);
	wake_up_thread(l.rt);
	wait_for_completion(&l.over);
	kthread_stop(fair);
	kthread_stop(l.rt);
	put_thread(fair);
	put_thread(l.rt);
	ktest_note("%llu us for %llu us of real time", l.left_ns / NSEC_PER_USEC,
		   l.rt_ns / NSEC_PER_USEC);
	KTEST_EXPECT(l.least_ns >= 940 * NSEC_PER_MSEC);
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

static void note_cpu(void *arg, unsigned int number)
{
	struct cpumask *seen = arg;

	while (!cpumask_equal(seen, &cpu_online_mask))
		cpumask_set_cpu(smp_processor_id(), seen);
}

/* Until each CPU has been seen by one of them. */
KTEST_CASE(threads_spread_over_all_cpus)
{
	struct cpumask seen = {};

	ktest_in_threads(2 * num_online_cpus(), note_cpu, &seen);
	KTEST_EXPECT_EQ(cpumask_weight(&seen), num_online_cpus());
}

/* The last tick is not taken back when a CPU becomes idle: it comes, and finds it so. Looked at from another CPU, which this thread keeps busy. */
KTEST_CASE(idle_cpus_have_no_tick)
{
	unsigned int cpu, nr = num_online_cpus();

	if (nr == 1) {
		ktest_skip("nobody to look from");
		return;
	}
	for_each_online_cpu(cpu) {
		ktest_stay_on((cpu + 1) % nr);
		while (!cpu_is_idle(cpu) || READ_ONCE(rq_of_cpu(cpu)->tick_at_ns))
			msleep(1);
	}
}

/* Threads that others have left behind may be about to end: 200 ms without them come. */
KTEST_CASE(nobody_switches_without_a_reason)
{
	u64 switches;

	do {
		switches = sched_nr_switches();
		msleep(200);
		switches = sched_nr_switches() - switches;
	} while (switches >= 100);
	ktest_note("%llu switches", switches);
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
	u64 ran, took, user, system;

	do {
		ran = run_for_3_ms(&took);
		KTEST_EXPECT(ran <= took + SKEW_NS);
	} while (ran < took / 10 * 9);
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
	/* One that is stopped before it begins never comes, and the others wait for it. */
	while (atomic_read(&fight.nr_ready) < NR_FIGHTERS)
		msleep(1);
	msleep(3 * ktest_torture_ns() / NSEC_PER_MSEC);
	WRITE_ONCE(fight.stop, true);
	for (unsigned int i = 0; i < NR_FIGHTERS; i++)
		kthread_stop(fight.fighters[i]);
	/* Each may strike any of them until all have ended. */
	for (unsigned int i = 0; i < NR_FIGHTERS; i++)
		put_thread(fight.fighters[i]);
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

static int burn_10_ms(void *arg)
{
	u64 end_ns = ktime_get_ns() + 10 * NSEC_PER_MSEC;

	while (ktime_get_ns() < end_ns)
		cpu_relax();
	return 0;
}

/* What tests count before and after would count it, or not. With one CPU the joiner cannot run before; with more it has to wait for grace periods. */
KTEST_CASE(a_thread_that_was_waited_for_has_no_stack)
{
	DECLARE_COMPLETION(ended);

	if (num_online_cpus() > 1) {
		ktest_skip("more than one CPU");
		return;
	}
	for (unsigned int i = 0; i < 10; i++) {
		struct thread *t = kthread_create(burn_10_ms, NULL, "ktest/burn");

		KTEST_ASSERT(!IS_ERR(t));
		get_thread(t);
		t->exit_done = &ended;
		wake_up_thread(t);
		wait_for_completion(&ended);
		KTEST_EXPECT(!READ_ONCE(t->stack));
		put_thread(t);
	}
}

KTEST_CASE(many_threads_come_and_go)
{
	ktest_in_threads(2 * num_online_cpus(), make_threads, NULL);
	msleep(20);
	rcu_barrier();
}
