// SPDX-License-Identifier: MIT
/* What does not end until somebody says stop. MAX_S is a limit for the case that nobody does. */
#include "crimes.h"

#include <kit/lock.h>
#include <kit/time.h>
#include <kit/work.h>

#define MAX_S 120
#define MAX_RCU_S 30	/* what the guest has to wait for may wait for the CPU that is held */

static atomic_t stopped;

void stop_hanging(void)
{
	atomic_set(&stopped, 1);
}

static unsigned int max_s = MAX_S;

static void spin_until_stop(void)
{
	u64 end = ktime_get_ns() + max_s * 1000000000ull;

	while (!atomic_read(&stopped) && ktime_get_ns() < end)
		;
}

/* A CPU that does not schedule: a reader of RCU, too. */
static void soft_lockup(void)
{
	static spinlock_t lock;

	atomic_set(&stopped, 0);
	spin_lock(&lock);
	spin_until_stop();
	spin_unlock(&lock);
}

/* A CPU that takes no interrupts. */
static void hard_lockup(void)
{
	static spinlock_t lock;
	u64 flags;

	atomic_set(&stopped, 0);
	flags = spin_lock_save(&lock);
	spin_until_stop();
	spin_unlock_restore(&lock, flags);
}

/* A CPU that takes no interrupts, by whose timer the thread of RCU sleeps; or that thread's own, which cannot go elsewhere. */
static void hold_rcu_up(void (*crime)(void (*spin)(void)))
{
	atomic_set(&stopped, 0);
	max_s = MAX_RCU_S;
	crime(spin_until_stop);
	max_s = MAX_S;
}

static void rcu_asleep(void)
{
	hold_rcu_up(crime_rcu_asleep);
}

static void rcu_under_spin(void)
{
	hold_rcu_up(crime_rcu_under_spin);
}

static struct mutex held;
static atomic_t is_held;

static void hold(struct work *work)
{
	u64 end = ktime_get_ns() + MAX_S * 1000000000ull;

	mutex_lock(&held);
	atomic_set(&is_held, 1);
	while (!atomic_read(&stopped) && ktime_get_ns() < end)
		msleep(20);
	mutex_unlock(&held);
}

/* A thread that waits for a lock whose holder does not come to an end. */
static void hung_task(void)
{
	static struct work work;

	atomic_set(&stopped, 0);
	atomic_set(&is_held, 0);
	work_setup(&work, hold);
	work_schedule(&work);
	while (!atomic_read(&is_held))
		msleep(1);
	mutex_lock(&held);
	mutex_unlock(&held);
	work_flush(&work);
}

const struct crime hang_crimes[] = {
	{ "soft-lockup", soft_lockup },	      { "hard-lockup", hard_lockup },
	{ "hung-task", hung_task },	      { "rcu-asleep", rcu_asleep },
	{ "rcu-under-spin", rcu_under_spin }, { NULL, NULL },
};
