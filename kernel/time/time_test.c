/* SPDX-License-Identifier: MIT */
/*
 * Clocks, high-resolution and coarse timers: order, earliest times, restarts, cancelling under
 * fire.
 */
#include <kernel/hardirq.h>
#include <kernel/hrtimer.h>
#include <kernel/ktest.h>
#include <kernel/random.h>
#include <kernel/sched.h>
#include <kernel/timer.h>
#include <kernel/wait.h>
#include <lib/errno.h>

KTEST_SUITE("time");

KTEST_CASE(clocks_do_not_go_back)
{
	u64 last = 0, end = ktime_get_ns() + ktest_torture_ns() / 4;

	while (last < end) {
		u64 now = ktime_get_ns();

		KTEST_ASSERT(now >= last);
		last = now;
	}
}

static void read_clock(void *arg, unsigned int number)
{
	u64 *latest = arg, end = ktime_get_ns() + ktest_torture_ns() / 2;

	for (;;) {
		u64 seen = READ_ONCE(*latest), now;

		smp_mb();
		now = ktime_get_ns();
		/*
		 * What another CPU read before we did may not lie in our future by more than a
		 * moment.
		 */
		if ((s64)(now - seen) < -1000) {
			KTEST_FAIL("clock of CPU %u is %lld ns behind", smp_processor_id(),
				   (s64)(seen - now));
			return;
		}
		if (now > end)
			return;
		if (now > seen)
			cmpxchg(latest, seen, now);
	}
}

KTEST_CASE(clocks_of_cpus_agree)
{
	u64 latest = 0;

	ktest_in_threads(num_online_cpus(), read_clock, &latest);
}

KTEST_CASE(timespecs_round_down)
{
	static const s64 values[] = { 0, 1, -1, 999999999, 1000000000, -1000000000, -1500000000 };

	for (unsigned int i = 0; i < ARRAY_SIZE(values); i++) {
		struct timespec64 ts = ns_to_timespec64(values[i]);

		KTEST_EXPECT(ts.tv_nsec >= 0 && ts.tv_nsec < NSEC_PER_SEC);
		KTEST_EXPECT_EQ(timespec64_to_ns(&ts), values[i]);
	}
	KTEST_EXPECT_EQ(ktime_add_safe(KTIME_MAX - 1, 5), KTIME_MAX);
	KTEST_EXPECT_EQ(ktime_add_safe(5, 6), 11);
}

KTEST_CASE(setting_the_clock_moves_real_time_only)
{
	struct timespec64 ts;
	u64 before = ktime_get_ns(), passed;
	s64 offset = clock_real_offset_ns, moved;

	ktime_get_real_ts64(&ts);
	ts.tv_sec += 1000;
	KTEST_EXPECT_EQ(do_settimeofday64(&ts), 0);
	passed = ktime_get_ns() - before;
	moved = clock_real_offset_ns - offset;
	/* From when it was read, which was a moment ago. */
	KTEST_EXPECT(moved <= (s64)(1000 * NSEC_PER_SEC));
	KTEST_EXPECT(moved >= (s64)(1000 * NSEC_PER_SEC - passed));
	KTEST_EXPECT(passed < 900 * NSEC_PER_SEC);
	KTEST_EXPECT_EQ(timekeeping_inject_offset(-moved), 0);
	KTEST_EXPECT_EQ(clock_real_offset_ns, offset);
	ts.tv_nsec = -1;
	KTEST_EXPECT_EQ(do_settimeofday64(&ts), -EINVAL);
}

/* ---- hrtimers ---- */

struct shot {
	struct hrtimer timer;
	struct completion done;
	u64 expired_ns;
	unsigned int count, rounds;
	bool in_hardirq;
};

static enum hrtimer_restart fire(struct hrtimer *timer)
{
	struct shot *shot = container_of(timer, struct shot, timer);

	shot->expired_ns = ktime_get_ns();
	shot->in_hardirq = in_hardirq();
	if (++shot->count < shot->rounds) {
		hrtimer_forward_now(timer, NSEC_PER_MSEC);
		return HRTIMER_RESTART;
	}
	complete(&shot->done);
	return HRTIMER_NORESTART;
}

static void shot_init(struct shot *shot, clockid_t clock, enum hrtimer_mode mode)
{
	*shot = (struct shot){ .rounds = 1 };
	init_completion(&shot->done);
	hrtimer_init(&shot->timer, clock, mode);
	shot->timer.function = fire;
}

/* Also until its function has returned, which may be on another CPU. */
static void wait_for_shot(struct shot *shot)
{
	wait_for_completion(&shot->done);
	while (hrtimer_active(&shot->timer))
		cpu_relax();
}

KTEST_CASE(timers_expire_in_time)
{
	static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME };
	struct shot shot;

	for (unsigned int i = 0; i < ARRAY_SIZE(clocks); i++) {
		u64 start = ktime_get_ns();

		shot_init(&shot, clocks[i], HRTIMER_MODE_REL);
		hrtimer_start(&shot.timer, 3 * NSEC_PER_MSEC, HRTIMER_MODE_REL);
		wait_for_shot(&shot);
		KTEST_EXPECT(shot.expired_ns - start >= 3 * NSEC_PER_MSEC);
		KTEST_EXPECT(shot.in_hardirq);

		shot_init(&shot, clocks[i], HRTIMER_MODE_ABS);
		hrtimer_start(&shot.timer, hrtimer_now(&shot.timer) + NSEC_PER_MSEC,
			      HRTIMER_MODE_ABS);
		wait_for_shot(&shot);
	}
}

KTEST_CASE(timer_in_the_past_expires_at_once)
{
	struct shot shot;

	shot_init(&shot, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	hrtimer_start(&shot.timer, 0, HRTIMER_MODE_ABS);
	wait_for_shot(&shot);
	KTEST_EXPECT_EQ(shot.count, 1);
}

KTEST_CASE(timer_runs_as_often_as_it_restarts)
{
	u64 start = ktime_get_ns();
	struct shot shot;

	shot_init(&shot, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	shot.rounds = 10;
	hrtimer_start(&shot.timer, NSEC_PER_MSEC, HRTIMER_MODE_REL);
	wait_for_shot(&shot);
	KTEST_EXPECT_EQ(shot.count, 10);
	KTEST_EXPECT(ktime_get_ns() - start >= 10 * NSEC_PER_MSEC);
}

KTEST_CASE(forward_skips_whole_intervals)
{
	struct hrtimer t;

	hrtimer_init(&t, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	t.soft_expires_ns = t.expires_ns = 1000;
	KTEST_EXPECT_EQ(hrtimer_forward(&t, 999, 100), 0);
	KTEST_EXPECT_EQ(hrtimer_forward(&t, 1000, 100), 1);
	KTEST_EXPECT_EQ(hrtimer_get_expires(&t), 1100);
	KTEST_EXPECT_EQ(hrtimer_forward(&t, 1599, 100), 5);
	KTEST_EXPECT_EQ(hrtimer_get_expires(&t), 1600);
	KTEST_EXPECT_EQ(hrtimer_forward(&t, 1599, 0), 0);
	KTEST_EXPECT_EQ(hrtimer_get_expires(&t), 1600);
	hrtimer_forward(&t, 1600, 0);
	KTEST_EXPECT_EQ(hrtimer_get_expires(&t), KTIME_MAX);
}

KTEST_CASE(cancelled_timer_does_not_expire)
{
	struct shot shot;
	unsigned long flags;

	shot_init(&shot, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	KTEST_EXPECT_EQ(hrtimer_cancel(&shot.timer), 0);
	/* On this CPU, so that it does not expire before, however long that takes. */
	local_irq_save(flags);
	hrtimer_start(&shot.timer, 5 * NSEC_PER_MSEC, HRTIMER_MODE_REL);
	KTEST_EXPECT(hrtimer_is_queued(&shot.timer));
	KTEST_EXPECT_EQ(hrtimer_cancel(&shot.timer), 1);
	local_irq_restore(flags);
	msleep(10);
	KTEST_EXPECT_EQ(shot.count, 0);
}

KTEST_CASE(expired_setting_of_the_clock_fires_real_timers)
{
	struct shot shot;

	shot_init(&shot, CLOCK_REALTIME, HRTIMER_MODE_ABS);
	hrtimer_start(&shot.timer, ktime_get_real_ns() + 1000 * NSEC_PER_SEC, HRTIMER_MODE_ABS);
	KTEST_EXPECT_EQ(timekeeping_inject_offset(2000 * NSEC_PER_SEC), 0);
	wait_for_shot(&shot);
	KTEST_EXPECT_EQ(timekeeping_inject_offset(-2000 * NSEC_PER_SEC), 0);
}

/* ---- under fire ---- */

#define NR_TARGETS	8

struct target {
	struct hrtimer timer;
	atomic_t inside;
	atomic_t fired;
};

struct battle {
	struct target targets[NR_TARGETS];
	atomic64_t starts;
	u64 end_ns;
	bool any_fired;
};

static struct battle battle;

static enum hrtimer_restart hit(struct hrtimer *timer)
{
	struct target *target = container_of(timer, struct target, timer);

	if (atomic_inc_return(&target->inside) != 1)
		KTEST_FAIL("a timer's function runs twice at once");
	atomic_inc(&target->fired);
	WRITE_ONCE(battle.any_fired, true);
	udelay(5);
	atomic_dec(&target->inside);
	if (atomic_read(&target->fired) % 4)
		return HRTIMER_NORESTART;
	hrtimer_forward_now(timer, 20 * NSEC_PER_USEC);
	return HRTIMER_RESTART;
}

static void shoot(void *arg, unsigned int number)
{
	struct battle *b = arg;

	while (ktime_get_ns() < b->end_ns || !READ_ONCE(b->any_fired)) {
		struct target *target = &b->targets[get_random_u32_below(NR_TARGETS)];

		switch (get_random_u32_below(8)) {
		case 0: hrtimer_cancel(&target->timer); break;
		case 1: hrtimer_try_to_cancel(&target->timer); break;
		default:
			hrtimer_start_range_ns(&target->timer, get_random_u32_below(200000),
					       get_random_u32_below(50000), HRTIMER_MODE_REL);
			atomic64_inc(&b->starts);
		}
	}
}

KTEST_CASE(timers_survive_starts_and_cancels_from_all_cpus)
{
	struct battle *b = &battle;
	unsigned int fired = 0;

	for (unsigned int i = 0; i < NR_TARGETS; i++) {
		b->targets[i] = (struct target){ .fired = ATOMIC_INIT(0) };
		hrtimer_init(&b->targets[i].timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
		b->targets[i].timer.function = hit;
	}
	atomic64_set(&b->starts, 0);
	b->any_fired = false;
	b->end_ns = ktime_get_ns() + ktest_torture_ns();
	ktest_in_threads(num_online_cpus() + 1, shoot, b);
	for (unsigned int i = 0; i < NR_TARGETS; i++) {
		hrtimer_cancel(&b->targets[i].timer);
		KTEST_EXPECT(!hrtimer_active(&b->targets[i].timer));
		KTEST_EXPECT_EQ(atomic_read(&b->targets[i].inside), 0);
		fired += atomic_read(&b->targets[i].fired);
	}
	ktest_note("%lld starts, %u expired", atomic64_read(&b->starts), fired);
}

/* ---- coarse timers and sleeping ---- */

static unsigned int nr_timer_calls;

static void count_timer_call(struct timer_list *timer)
{
	WRITE_ONCE(nr_timer_calls, nr_timer_calls + 1);
}

KTEST_CASE(coarse_timers)
{
	struct timer_list timer;
	u64 now = ktime_get_ns();

	nr_timer_calls = 0;
	timer_setup(&timer, count_timer_call, 0);
	KTEST_EXPECT(!timer_pending(&timer));
	KTEST_EXPECT(!mod_timer(&timer, now + 1000 * NSEC_PER_SEC));
	KTEST_EXPECT(timer_pending(&timer));
	KTEST_EXPECT(mod_timer(&timer, now + 2 * NSEC_PER_MSEC));
	while (!READ_ONCE(nr_timer_calls))
		msleep(1);
	KTEST_EXPECT(ktime_get_ns() >= now + 2 * NSEC_PER_MSEC);
	KTEST_EXPECT(!timer_pending(&timer));
	/* Its function may run yet, on another CPU: there is nothing to delete then. */
	KTEST_EXPECT(!del_timer_sync(&timer));
	KTEST_EXPECT_EQ(READ_ONCE(nr_timer_calls), 1);
	mod_timer(&timer, ktime_get_ns() + 1000 * NSEC_PER_SEC);
	KTEST_EXPECT(del_timer(&timer));
	KTEST_EXPECT(!del_timer_sync(&timer));
}

KTEST_CASE(sleeps_are_not_too_short)
{
	u64 start = ktime_get_ns();

	msleep(3);
	KTEST_EXPECT(ktime_get_ns() - start >= 3 * NSEC_PER_MSEC);
	start = ktime_get_ns();
	usleep_range(500, 600);
	KTEST_EXPECT(ktime_get_ns() - start >= 500 * NSEC_PER_USEC);
	start = ktime_get_ns();
	set_current_state(THREAD_UNINTERRUPTIBLE);
	KTEST_EXPECT_EQ(schedule_hrtimeout_range(2 * NSEC_PER_MSEC, 0, HRTIMER_MODE_REL,
						 CLOCK_MONOTONIC),
			0);
	KTEST_EXPECT(ktime_get_ns() - start >= 2 * NSEC_PER_MSEC);
}
