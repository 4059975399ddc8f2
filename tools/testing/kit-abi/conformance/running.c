// SPDX-License-Identifier: MIT
/*
 * Conformance: the headers lock, wait, time, work.
 *
 * No expectation is about how soon something comes: it waits for that, up to LONG_MS.
 */
#include "conform.h"

#include <kit/cpu.h>
#include <kit/errno.h>
#include <kit/memory.h>
#include <kit/time.h>
#include <kit/wait.h>
#include <kit/work.h>

#define NR_CLERKS	4
#define ROUNDS		1000

/* A work item that does something of a case's. */
struct clerk {
	struct work work;
	struct completion done;
	void (*run)(struct clerk *clerk);
	int result;
};

static struct clerk clerks[NR_CLERKS];

static void clerk_work(struct work *work)
{
	struct clerk *clerk = container_of(work, struct clerk, work);

	clerk->run(clerk);
	complete(&clerk->done);
}

static void begin(u32 nr, void (*run)(struct clerk *clerk))
{
	for (u32 i = 0; i < nr; i++) {
		reinit_completion(&clerks[i].done);
		clerks[i].result = 0;
		work_setup(&clerks[i].work, clerk_work);
		clerks[i].run = run;
		EXPECT(work_schedule(&clerks[i].work));
	}
}

static void await(u32 nr)
{
	for (u32 i = 0; i < nr; i++) {
		EXPECT(completion_wait(&clerks[i].done, LONG_MS) == 0);
		work_flush(&clerks[i].work); /* the function has returned too */
	}
}

/* --- locks --- */

static spinlock_t spin; /* all-zero: free */
static struct mutex mutex;
static volatile u32 counter; /* by the lock of the case */

/* Adds 1 in steps, which another holder would tear. */
static void count_slowly(void)
{
	u32 seen = counter;

	if (seen % 64 == 0)
		udelay(20);
	counter = seen + 1;
}

static void count_with_spin(struct clerk *clerk)
{
	for (u32 i = 0; i < ROUNDS; i++) {
		u64 flags = 0;

		if (i & 1)
			spin_lock(&spin);
		else
			flags = spin_lock_save(&spin);
		count_slowly();
		if (i & 1)
			spin_unlock(&spin);
		else
			spin_unlock_restore(&spin, flags);
	}
}

static void spin_case(void)
{
	u64 flags;

	counter = 0;
	begin(NR_CLERKS, count_with_spin);
	await(NR_CLERKS);
	EXPECT(counter == NR_CLERKS * ROUNDS);
	EXPECT(spin_trylock(&spin));
	EXPECT(!spin_trylock(&spin));
	spin_unlock(&spin);
	flags = spin_lock_save(&spin);
	EXPECT(!spin_trylock(&spin));
	spin_unlock_restore(&spin, flags);
	EXPECT(spin_trylock(&spin));
	spin_unlock(&spin);
}

static atomic_t section_cpu; /* one more than the CPU that holds `spin`; 0: none */
static struct completion ticked;

static void tick_beside(struct timer *timer)
{
	EXPECT(atomic_read(&section_cpu) != (s32)cpu_current() + 1);
	complete(&ticked);
}

static void spin_save_case(void)
{
	static struct timer timer;
	u64 flags;

	timer_setup(&timer, tick_beside);
	for (u32 round = 0; round < 3; round++) {
		reinit_completion(&ticked);
		flags = spin_lock_save(&spin);
		atomic_set(&section_cpu, (s32)cpu_current() + 1);
		timer_arm(&timer, 0);
		udelay(1000);
		udelay(1000);
		atomic_set(&section_cpu, 0);
		spin_unlock_restore(&spin, flags);
		EXPECT(completion_wait(&ticked, LONG_MS) == 0);
	}
	timer_cancel(&timer);
}

static void count_with_mutex(struct clerk *clerk)
{
	for (u32 i = 0; i < ROUNDS; i++) {
		if (i % 3 == 0)
			mutex_lock(&mutex);
		else if (i % 3 == 1)
			clerk->result |= mutex_lock_interruptible(&mutex);
		else
			while (!mutex_trylock(&mutex))
				msleep(1);
		count_slowly();
		if (counter % 1024 == 0)
			msleep(1); /* the holder may sleep */
		mutex_unlock(&mutex);
	}
}

static void mutex_case(void)
{
	counter = 0;
	begin(NR_CLERKS, count_with_mutex);
	await(NR_CLERKS);
	EXPECT(counter == NR_CLERKS * ROUNDS);
	for (u32 i = 0; i < NR_CLERKS; i++)
		EXPECT(clerks[i].result == 0);
	EXPECT(mutex_trylock(&mutex));
	EXPECT(!mutex_trylock(&mutex));
	mutex_unlock(&mutex);
}

static struct completion holds, lets_go;

static void hold_mutex(struct clerk *clerk)
{
	mutex_lock(&mutex);
	complete(&holds);
	clerk->result = completion_wait(&lets_go, 2 * LONG_MS);
	mutex_unlock(&mutex);
}

/* The caller is a program that gets signals. */
s64 running_interrupted(void)
{
	s64 result;

	reinit_completion(&holds);
	reinit_completion(&lets_go);
	begin(1, hold_mutex);
	result = completion_wait(&holds, LONG_MS);
	if (!result)
		result = mutex_lock_interruptible(&mutex);
	complete(&lets_go);
	await(1);
	return result;
}

/* --- completions --- */

static struct completion event; /* all-zero: it has not happened */

static void complete_later(struct clerk *clerk)
{
	msleep(2);
	complete(&event);
}

static void wait_for_event(struct clerk *clerk)
{
	clerk->result = completion_wait(&event, LONG_MS);
}

static void tick_event(struct timer *timer)
{
	complete(&event);
}

static void completion_case(void)
{
	static struct timer timer;
	u64 start = ktime_get_ns();

	EXPECT(completion_wait(&event, 20) == -ETIMEDOUT);
	EXPECT(ktime_get_ns() - start >= 20 * NS_PER_MS);
	complete(&event);
	complete(&event);
	EXPECT(completion_wait(&event, LONG_MS) == 0);
	EXPECT(completion_wait(&event, LONG_MS) == 0);
	EXPECT(completion_wait(&event, 0) == -ETIMEDOUT);
	complete(&event);
	reinit_completion(&event);
	EXPECT(completion_wait(&event, 1) == -ETIMEDOUT);
	begin(1, complete_later);
	EXPECT(completion_wait(&event, LONG_MS) == 0);
	await(1);
	timer_setup(&timer, tick_event);
	timer_arm(&timer, NS_PER_MS);
	EXPECT(completion_wait(&event, LONG_MS) == 0);
	EXPECT(!timer_cancel(&timer));
}

static void complete_all_case(void)
{
	u32 passed = 0;

	reinit_completion(&event);
	begin(3, wait_for_event);
	msleep(5);
	complete(&event);
	while (passed < LONG_MS && completion_wait(&clerks[passed % 3].done, 1))
		passed++;
	EXPECT(passed < LONG_MS && clerks[passed % 3].result == 0);
	for (u32 i = 0; i < 3; i++)
		if (i != passed % 3)
			EXPECT(completion_wait(&clerks[i].done, 5) == -ETIMEDOUT);
	complete(&clerks[passed % 3].done);
	complete_all(&event);
	await(3);
	for (u32 i = 0; i < 3; i++)
		EXPECT(clerks[i].result == 0);
	EXPECT(completion_wait(&event, 0) == 0 && completion_wait(&event, 0) == 0);
	reinit_completion(&event);
	EXPECT(completion_wait(&event, 1) == -ETIMEDOUT);
}

/* --- time --- */

static void clock_case(void)
{
	u64 last = ktime_get_ns(), now, real = ktime_get_real_ns();

	for (u32 i = 0; i < 5000; i++, last = now) {
		now = ktime_get_ns();
		if (!EXPECT(now >= last))
			return;
	}
	EXPECT(real > 1577836800ull * 1000 * NS_PER_MS); /* 2020 */
	now = ktime_get_ns();
	msleep(10);
	EXPECT(ktime_get_ns() - now >= 10 * NS_PER_MS);
	EXPECT(ktime_get_real_ns() - real >= 10 * NS_PER_MS);
	EXPECT(ktime_get_real_ns() - real < 3600 * 1000 * NS_PER_MS);
	now = ktime_get_ns();
	udelay(1000);
	EXPECT(ktime_get_ns() - now >= NS_PER_MS);
}

struct alarm {
	struct timer timer;
	struct completion rang;
	atomic_t calls, inside;
	u32 again; /* how often it arms itself anew */
	u64 last;
};

static struct alarm alarm;

static void ring(struct timer *timer)
{
	struct alarm *a = container_of(timer, struct alarm, timer);

	EXPECT(a == &alarm);
	EXPECT(atomic_inc_return(&a->inside) == 1);
	a->last = ktime_get_ns();
	atomic_inc_return(&a->calls);
	if (a->again) {
		a->again--;
		timer_arm(timer, NS_PER_MS);
	}
	atomic_dec_return(&a->inside);
	complete(&a->rang);
}

static void reset_alarm(void)
{
	timer_cancel(&alarm.timer);
	reinit_completion(&alarm.rang);
	atomic_set(&alarm.calls, 0);
	alarm.again = 0;
	timer_setup(&alarm.timer, ring);
}

static void timer_case(void)
{
	static struct timer zero;
	u64 start;

	EXPECT(!timer_cancel(&zero));
	reset_alarm();
	EXPECT(!timer_cancel(&alarm.timer));
	start = ktime_get_ns();
	timer_arm(&alarm.timer, 5 * NS_PER_MS);
	EXPECT(completion_wait(&alarm.rang, LONG_MS) == 0);
	EXPECT(alarm.last - start >= 5 * NS_PER_MS);
	msleep(10);
	EXPECT(atomic_read(&alarm.calls) == 1 && !timer_cancel(&alarm.timer));
}

static void timer_moved_case(void)
{
	u64 start;

	reset_alarm();
	timer_arm(&alarm.timer, NEVER_NS);
	timer_arm(&alarm.timer, NS_PER_MS); /* sooner */
	EXPECT(completion_wait(&alarm.rang, LONG_MS) == 0);
	start = ktime_get_ns();
	timer_arm(&alarm.timer, 20 * NS_PER_MS);
	timer_arm(&alarm.timer, NEVER_NS); /* later */
	if (ktime_get_ns() - start <
	    20 * NS_PER_MS) { /* or the machine stood still between the two */
		msleep(30);
		EXPECT(atomic_read(&alarm.calls) == 1);
	}
	EXPECT(timer_cancel(&alarm.timer));
	reset_alarm();
	alarm.again = 3;
	timer_arm(&alarm.timer, NS_PER_MS);
	for (u32 i = 0; i < 4; i++)
		EXPECT(completion_wait(&alarm.rang, LONG_MS) == 0);
	EXPECT(atomic_read(&alarm.calls) == 4);
}

static volatile bool tick_runs, tick_ended;
static struct timer long_timer;

static void tick_long(struct timer *timer)
{
	tick_runs = true;
	udelay(1000);
	udelay(1000);
	timer_arm(timer, NEVER_NS);
	tick_runs = false;
	tick_ended = true;
}

static void arm_long(struct clerk *clerk)
{
	timer_arm(&long_timer, 0);
}

/* The clerk arms it on another CPU, if there is one, since this one is busy. */
static void cancel_while_it_runs(void)
{
	u64 end = ktime_get_ns() + LONG_MS * NS_PER_MS;

	tick_ended = false;
	begin(1, arm_long);
	while (!tick_runs && !tick_ended && ktime_get_ns() < end)
		;
	EXPECT(timer_cancel(&long_timer)); /* what its callback had armed */
	EXPECT(!tick_runs);
	await(1);
}

static void timer_cancel_case(void)
{
	reset_alarm();
	timer_arm(&alarm.timer, NEVER_NS);
	EXPECT(timer_cancel(&alarm.timer));
	EXPECT(!timer_cancel(&alarm.timer));
	alarm.again = ~0u;
	timer_arm(&alarm.timer, 0);
	EXPECT(completion_wait(&alarm.rang, LONG_MS) == 0);
	timer_cancel(&alarm.timer);
	atomic_set(&alarm.calls, 0);
	timer_setup(&long_timer, tick_long);
	for (u32 i = 0; i < 4; i++)
		cancel_while_it_runs();
	EXPECT(atomic_read(&alarm.calls) == 0);
}

/* --- work --- */

struct job {
	struct work work;
	atomic_t calls, inside;
	struct completion done;
	u32 again;
	u32 sleep_ms;
	u64 last;
};

static struct job job;

static void do_job(struct work *work)
{
	struct job *j = container_of(work, struct job, work);

	EXPECT(atomic_inc_return(&j->inside) == 1);
	j->last = ktime_get_ns();
	if (j->again) {
		j->again--;
		EXPECT(work_schedule(work)); /* it runs, so it is not queued */
		EXPECT(!work_schedule(work));
	}
	msleep(j->sleep_ms); /* it may sleep */
	atomic_inc_return(&j->calls);
	atomic_dec_return(&j->inside);
	complete(&j->done);
}

static void reset_job(u32 sleep_ms)
{
	work_cancel(&job.work);
	work_setup(&job.work, do_job);
	atomic_set(&job.calls, 0);
	reinit_completion(&job.done);
	job.again = 0;
	job.sleep_ms = sleep_ms;
}

static void work_case(void)
{
	static struct work zero;
	u64 start = ktime_get_ns();

	EXPECT(!work_cancel(&zero));
	reset_job(0);
	EXPECT(work_schedule(&job.work));
	EXPECT(completion_wait(&job.done, LONG_MS) == 0);
	work_flush(&job.work);
	EXPECT(work_schedule_delayed(&job.work, 5 * NS_PER_MS));
	EXPECT(completion_wait(&job.done, LONG_MS) == 0);
	EXPECT(job.last - start >= 5 * NS_PER_MS);
	EXPECT(work_schedule_delayed(&job.work, NEVER_NS));
	EXPECT(!work_schedule_delayed(&job.work, 0) && !work_schedule(&job.work));
	EXPECT(work_cancel(&job.work) && atomic_read(&job.calls) == 2);
}

static void work_again_case(void)
{
	reset_job(1);
	job.again = 5;
	work_schedule(&job.work);
	for (u32 i = 0; i < 6; i++)
		EXPECT(completion_wait(&job.done, LONG_MS) == 0);
	work_flush(&job.work);
	EXPECT(atomic_read(&job.calls) == 6);
	for (u32 i = 0; i < 20; i++) { /* also from beside, while it runs */
		work_schedule(&job.work);
		udelay(300);
	}
	work_flush(&job.work);
	EXPECT(atomic_read(&job.calls) > 6 && atomic_read(&job.inside) == 0);
}

static void work_flush_case(void)
{
	for (u32 i = 1; i <= 3; i++) {
		reset_job(i);
		work_schedule(&job.work);
		work_flush(&job.work);
		EXPECT(atomic_read(&job.calls) == 1);
		work_flush(&job.work); /* nothing is queued */
		EXPECT(atomic_read(&job.calls) == 1);
	}
}

static void work_cancel_case(void)
{
	reset_job(5);
	EXPECT(work_schedule_delayed(&job.work, NEVER_NS));
	EXPECT(work_cancel(&job.work));
	EXPECT(!work_cancel(&job.work));
	EXPECT(work_schedule_delayed(&job.work, 0)); /* it can be queued anew */
	while (!atomic_read(&job.inside) && !atomic_read(&job.calls))
		msleep(1);
	EXPECT(!work_cancel(&job.work)); /* it ran, and has ended now */
	EXPECT(atomic_read(&job.inside) == 0 && atomic_read(&job.calls) == 1);
	msleep(2);
	EXPECT(atomic_read(&job.calls) == 1);
}

struct parcel {
	struct work work;
	struct completion *opened;
};

static void open_parcel(struct work *work)
{
	struct parcel *parcel = container_of(work, struct parcel, work);
	struct completion *opened = parcel->opened;

	memset(parcel, 0x5a, sizeof(*parcel));
	kfree(parcel);
	complete(opened);
}

static void work_freed_case(void)
{
	reinit_completion(&event);
	for (u32 i = 0; i < 20; i++) {
		struct parcel *parcel = kzalloc(sizeof(*parcel));

		if (!EXPECT(parcel))
			return;
		parcel->opened = &event;
		work_setup(&parcel->work, open_parcel);
		EXPECT(work_schedule(&parcel->work));
		EXPECT(completion_wait(&event, LONG_MS) == 0);
	}
}

/* A timer's callback, which may not wait, hands over to an item, which may. */
static void tick_to_work(struct timer *timer)
{
	EXPECT(work_schedule(&job.work));
}

static void work_from_timer_case(void)
{
	static struct timer timer;

	reset_job(2);
	timer_setup(&timer, tick_to_work);
	timer_arm(&timer, NS_PER_MS);
	EXPECT(completion_wait(&job.done, LONG_MS) == 0);
	timer_cancel(&timer);
	work_flush(&job.work);
}

static const struct conform_case cases[] = {
	{ "spinlocks: all-zero is free, one holder, trylock", spin_case },
	{ "spin_lock_save: interrupts stay away", spin_save_case },
	{ "mutexes: all-zero is free, one holder, who may sleep, trylock", mutex_case },
	{ "completions: once for each complete(), kept until then, forgotten by reinit; -ETIMEDOUT not before its time",
	  completion_case },
	{ "complete() lets one waiter through, complete_all() all, later ones too",
	  complete_all_case },
	{ "clocks never go back; msleep and udelay take at least their time", clock_case },
	{ "a timer runs once, with its own address, not before its time", timer_case },
	{ "a timer that is armed is moved; its callback may arm it again", timer_moved_case },
	{ "timer_cancel: neither armed nor running; says whether it was armed", timer_cancel_case },
	{ "a work item runs; it is queued once at a time; delayed, not before its time",
	  work_case },
	{ "a work item may queue itself, and never runs twice at a time", work_again_case },
	{ "work_flush: what was queued has run", work_flush_case },
	{ "work_cancel: neither queued nor running; says whether it was queued", work_cancel_case },
	{ "a work item's function may free it", work_freed_case },
	{ "a timer's callback may queue a work item", work_from_timer_case },
};

void running_run(void)
{
	conform_run(cases, ARRAY_SIZE(cases));
}
