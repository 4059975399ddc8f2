/* SPDX-License-Identifier: MIT */
/*
 * Where the time goes.
 *
 * A thread's run time is exact: the switch measures it. Its division into user and system time is
 * sampled by the tick, which charges what has passed since the last one to the mode that it finds.
 * A CPU's idle time is exact too.
 *
 * Load averages: every 5 s a timer counts the threads that run, want to, or sleep uninterruptibly.
 * It stops when there are none, and what it missed then is made up for when a CPU gets busy again:
 * in idle time the averages only decay.
 */
#include <kernel/hrtimer.h>
#include <lib/math64.h>
#include "sched_private.h"

/* ---- threads and CPUs ---- */

void account_idle_enter(struct run_queue *rq)
{
	WRITE_ONCE(rq->idle_since_ns, rq->clock_ns);
}

void account_idle_exit(struct run_queue *rq)
{
	u64 idle = rq->clock_ns - rq->idle_since_ns;

	WRITE_ONCE(rq->idle_ns, rq->idle_ns + idle);
	WRITE_ONCE(rq->idle_since_ns, 0);
	rq->account_ns += idle; /* accounted */
	tick_start_busy(rq);
}

/* Time since the last tick, idle time left out. */
void account_tick(struct run_queue *rq, u64 now, bool user)
{
	struct thread *t = rq->curr;
	s64 delta = now - rq->account_ns;

	if (t == rq->idle || delta <= 0)
		return;
	rq->account_ns = now;
	if (user) {
		t->user_ns += delta;
		if (t->nice > 0)
			WRITE_ONCE(rq->nice_ns, rq->nice_ns + delta);
		else
			WRITE_ONCE(rq->user_ns, rq->user_ns + delta);
	} else {
		t->system_ns += delta;
		WRITE_ONCE(rq->system_ns, rq->system_ns + delta);
	}
	if (t->process && thread_tick_hook)
		thread_tick_hook(t, delta, user);
}

u64 thread_run_ns(struct thread *t)
{
	struct run_queue *rq;
	unsigned long flags;
	u64 ns;

	spin_lock_irqsave(&t->lock, flags);
	rq = thread_rq_lock(t);
	if (rq->curr == t)
		rq_update_curr(rq);
	ns = t->se.sum_exec_ns;
	rq_unlock(rq);
	spin_unlock_irqrestore(&t->lock, flags);
	return ns;
}

/* part of `whole`, in the ratio of user to user + system. */
static u64 user_part(u64 whole, u64 user, u64 system)
{
	if (!system)
		return whole;
	return user ? mul_u64_u64_div_u64(whole, user, user + system) : 0;
}

/* Neither result goes back although the ratio may: what was shown once is the least shown later. */
void thread_cpu_times(struct thread *t, u64 *user_ns, u64 *system_ns)
{
	u64 total = thread_run_ns(t);
	unsigned long flags;
	u64 user;

	spin_lock_irqsave(&t->lock, flags);
	total = max(total, t->user_shown_ns + t->system_shown_ns);
	user = user_part(total, READ_ONCE(t->user_ns), READ_ONCE(t->system_ns));
	user = clamp(user, t->user_shown_ns, total - t->system_shown_ns);
	*user_ns = t->user_shown_ns = user;
	*system_ns = t->system_shown_ns = total - user;
	spin_unlock_irqrestore(&t->lock, flags);
}

u64 cpu_idle_ns(unsigned int cpu)
{
	const struct run_queue *rq = rq_of_cpu(cpu);
	u64 ns = READ_ONCE(rq->idle_ns), since = READ_ONCE(rq->idle_since_ns);
	u64 now = arch_clock_ns();

	return since && now > since ? ns + (now - since) : ns;
}

void sched_cpu_times(unsigned int cpu, u64 *user_ns, u64 *nice_ns, u64 *system_ns, u64 *irq_ns)
{
	const struct run_queue *rq = rq_of_cpu(cpu);

	*user_ns = READ_ONCE(rq->user_ns);
	*nice_ns = READ_ONCE(rq->nice_ns);
	*system_ns = READ_ONCE(rq->system_ns);
	*irq_ns = READ_ONCE(rq->irq_ns);
}

/* ---- load averages ---- */

#define FSHIFT		11
#define FIXED_1		(1ul << FSHIFT)
#define SAMPLE_NS	(5 * NSEC_PER_SEC)

/* FIXED_1 * e^(-5 s / 1, 5, 15 min), with 20 more bits so that small loads decay to 0. */
#define EXTRA_BITS	20
static const u64 decay[3] = { 1884, 2014, 2037 };

static u64 averages[3];	     /* fixed point of FSHIFT + EXTRA_BITS; the timer's */
static u64 sampled_until_ns; /* the timer's */
static bool sampling;	     /* atomic */
static struct hrtimer load_timer;

static u64 decayed(u64 average, u64 factor, unsigned long samples)
{
	for (; samples; samples >>= 1) {
		if (samples & 1)
			average = average * factor >> FSHIFT;
		factor = factor * factor >> FSHIFT;
	}
	return average;
}

static unsigned int count_active(void)
{
	unsigned int cpu, active = 0;

	for_each_online_cpu(cpu) {
		const struct run_queue *rq = rq_of_cpu(cpu);

		active += READ_ONCE(rq->nr_running) + READ_ONCE(rq->nr_uninterruptible);
	}
	return (int)active > 0 ? active : 0;
}

static enum hrtimer_restart sample_load(struct hrtimer *timer)
{
	u64 active = (u64)count_active() << (FSHIFT + EXTRA_BITS);

	for (unsigned int i = 0; i < 3; i++) {
		u64 average = averages[i] * decay[i] + active * (FIXED_1 - decay[i]);

		WRITE_ONCE(averages[i], average >> FSHIFT);
	}
	sampled_until_ns = hrtimer_get_expires(timer);
	if (!active) {
		smp_store_release(&sampling, false);
		return HRTIMER_NORESTART;
	}
	hrtimer_forward_now(timer, SAMPLE_NS);
	return HRTIMER_RESTART;
}

void loadavg_kick(void)
{
	unsigned long missed;
	u64 now;

	if (likely(READ_ONCE(sampling)) || xchg(&sampling, true))
		return;
	now = ktime_get_ns();
	missed = (now - sampled_until_ns) / SAMPLE_NS;
	for (unsigned int i = 0; i < 3; i++)
		WRITE_ONCE(averages[i], decayed(averages[i], decay[i], missed));
	sampled_until_ns += missed * SAMPLE_NS;
	hrtimer_init(&load_timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	load_timer.function = sample_load;
	hrtimer_start(&load_timer, sampled_until_ns + SAMPLE_NS, HRTIMER_MODE_ABS);
}

/* While sampling stands still, what has decayed since is computed here. */
unsigned long sched_load_average(unsigned int index)
{
	u64 average = READ_ONCE(averages[index]);

	if (!READ_ONCE(sampling))
		average = decayed(average, decay[index],
				  (ktime_get_ns() - READ_ONCE(sampled_until_ns)) / SAMPLE_NS);
	return average >> EXTRA_BITS;
}
