// SPDX-License-Identifier: MIT
/* Crimes with locks. */
#include "crimes.h"

#include <kit/lock.h>
#include <kit/memory.h>
#include <kit/time.h>
#include <kit/work.h>

#define BIG 6000 /* of a class that hardly anybody else uses */

static struct mutex lock_a, lock_b, lock_c;
static struct mutex kept;

/* a, b; b, c; c, a: no two of them disagree. */
static void mutex_cycle(void)
{
	mutex_lock(&lock_a);
	mutex_lock(&lock_b);
	mutex_unlock(&lock_b);
	mutex_unlock(&lock_a);
	mutex_lock(&lock_b);
	mutex_lock(&lock_c);
	mutex_unlock(&lock_c);
	mutex_unlock(&lock_b);
	mutex_lock(&lock_c);
	mutex_lock(&lock_a);
	mutex_unlock(&lock_a);
	mutex_unlock(&lock_c);
}

static spinlock_t spin_a, spin_b;

/* Each order once, by one thread: nobody ever waits. */
static void spin_cycle(void)
{
	spin_lock(&spin_a);
	spin_lock(&spin_b);
	spin_unlock(&spin_b);
	spin_unlock(&spin_a);
	spin_lock(&spin_b);
	spin_lock(&spin_a);
	spin_unlock(&spin_a);
	spin_unlock(&spin_b);
}

static spinlock_t around_core;

/* A lock of the core that stands above those of modules, inside one. */
static void spin_around_core(void)
{
	spin_lock(&around_core);
	crime_spin_rank_of_module();
	spin_unlock(&around_core);
}

static void freed_while_held(void)
{
	struct mutex *lock = kzalloc(BIG);

	mutex_lock(lock);
	kfree(lock);
	mutex_unlock(lock);
}

static void spinlock_freed_while_held(void)
{
	spinlock_t *lock = kzalloc(BIG);

	spin_lock(lock);
	kfree(lock);
	spin_unlock(lock);
}

/* The system call ends with it; nobody else ever takes it. The report names who called: that is not the last thing done here. */
static void kept_by_system_call(void)
{
	mutex_trylock(&kept);
	__asm__ volatile("");
}

static struct mutex kept_by_work;

static void keep_it(struct work *work)
{
	mutex_trylock(&kept_by_work);
}

static void kept_by_a_work_item(void)
{
	static struct work work;

	work_setup(&work, keep_it);
	work_schedule(&work);
	work_flush(&work);
}

static atomic_t expired;

/* Its callback has done what it does. */
static void run_timer(struct timer *timer)
{
	atomic_set(&expired, 0);
	timer_arm(timer, 1000000);
	while (!atomic_read(&expired))
		msleep(1);
	timer_cancel(timer);
}

static spinlock_t shared_with_timer;

static void in_interrupt(struct timer *timer)
{
	spin_lock(&shared_with_timer);
	spin_unlock(&shared_with_timer);
	atomic_set(&expired, 1);
}

/* Taken by a timer, and elsewhere with interrupts on; never both at once. */
static void irq_unsafe(void)
{
	static struct timer timer;

	timer_setup(&timer, in_interrupt);
	run_timer(&timer);
	spin_lock(&shared_with_timer);
	spin_unlock(&shared_with_timer);
}

static spinlock_t taken_by_timer, held_elsewhere;

static void in_another_interrupt(struct timer *timer)
{
	spin_lock(&taken_by_timer);
	spin_unlock(&taken_by_timer);
	atomic_set(&expired, 1);
}

/*
 * A timer takes the first, the second is held with interrupts on, and once wanted inside the first:
 * who holds that waits for a CPU whose timer waits for him. Never all of it at once.
 */
static void irq_order(void)
{
	static struct timer timer;
	u64 flags;

	timer_setup(&timer, in_another_interrupt);
	run_timer(&timer);
	spin_lock(&held_elsewhere);
	spin_unlock(&held_elsewhere);
	flags = spin_lock_save(&taken_by_timer);
	spin_lock(&held_elsewhere);
	spin_unlock(&held_elsewhere);
	spin_unlock_restore(&taken_by_timer, flags);
}

static void schedule_while_atomic(void)
{
	static spinlock_t lock;
	int times = 3;

	__asm__ volatile("" : "+r"(times)); /* one call, in a loop */
	spin_lock(&lock);
	while (times--)
		msleep(1);
	spin_unlock(&lock);
}

/* Ends whoever writes to /dev/crimes; nobody takes the lock again. */
static void oops_with_a_lock(void)
{
	static spinlock_t never_let_go;
	volatile char *p = NULL;

	__asm__ volatile("" : "+r"(p));
	spin_lock(&never_let_go);
	*p = 0;
}

static spinlock_t around_sleep;

static void kzalloc_inside(void)
{
	spin_lock(&around_sleep);
	kfree(kzalloc(64));
	spin_unlock(&around_sleep);
}

static void expired_never(struct timer *timer)
{
}

/* It is not armed: there is nothing to wait for. */
static void timer_cancel_inside(void)
{
	static struct timer timer;

	timer_setup(&timer, expired_never);
	spin_lock(&around_sleep);
	timer_cancel(&timer);
	spin_unlock(&around_sleep);
}

const struct crime lock_crimes[] = {
	{ "mutex-cycle", mutex_cycle },
	{ "spin-cycle", spin_cycle },
	{ "spin-around-core", spin_around_core },
	{ "mutex-freed", freed_while_held },
	{ "spinlock-freed", spinlock_freed_while_held },
	{ "kept-by-call", kept_by_system_call },
	{ "kept-by-work", kept_by_a_work_item },
	{ "irq-unsafe", irq_unsafe },
	{ "irq-order", irq_order },
	{ "atomic", schedule_while_atomic },
	{ "oops-with-lock", oops_with_a_lock },
	{ "sleep-kzalloc", kzalloc_inside },
	{ "sleep-timer-cancel", timer_cancel_inside },
	{ NULL, NULL },
};
