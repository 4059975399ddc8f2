// SPDX-License-Identifier: MIT
/*
 * Timers of timer_create(2).
 *
 * Everything is guarded by the owner's siglock. A timer has its queue entry made beforehand, so an expiry cannot fail: it queues the
 * signal, and the timer with an interval is started again when that signal is taken, with the expiries that were missed as its overrun.
 * An ignored signal is never taken: then the timer goes on by itself, at most once in a tick.
 *
 * A timer that is deleted while its signal is queued lives on until the signal is taken.
 */
#include <kernel/hrtimer.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <kernel/user_time.h>
#include <lib/xarray.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/time.h>
#include "internal.h"

#define TICK_NS		(4 * NSEC_PER_MSEC)
#define NEVER		(~0ull)

struct posix_timer {
	/* whose it is; alive as long as the timer is in its table */
	struct process *process;
	struct thread *target;	       /* SIGEV_THREAD_ID; a reference. Else NULL */
	struct thread *clock_thread;   /* CPU time of a thread; a reference */
	struct process *clock_process; /* CPU time of a process; a reference */
	int id;
	clockid_t clock;
	int notify;	     /* SIGEV_* */
	bool deleted, rearm; /* rearm: by the taking of its signal */
	u64 interval_ns;
	u64 cpu_expires_ns; /* CPU time: 0 not armed */
	s64 overrun;	    /* of the last signal taken */
	s64 missed;	    /* expiries while its signal was ignored or queued */
	struct hrtimer hrtimer;
	struct sigqueue queue;
};

static bool on_cpu_time(const struct posix_timer *timer)
{
	return timer->clock_process;
}

/* --- life --- */

static void timer_free(struct posix_timer *timer)
{
	struct user_struct *user = timer->queue.user;

	if (timer->target)
		put_thread(timer->target);
	if (timer->clock_thread)
		put_thread(timer->clock_thread);
	put_process(timer->clock_process);
	atomic_dec(&user->nr_sigpending);
	put_user_struct(user);
	kfree(timer);
}

void posix_timer_signal_gone(struct sigqueue *q)
{
	struct posix_timer *timer = container_of(q, struct posix_timer, queue);

	if (timer->deleted)
		timer_free(timer);
}

static int clamp_overrun(s64 overrun)
{
	return min_t(s64, overrun, INT_MAX);
}

void posix_timer_rearm(struct sigqueue *q, struct siginfo *info)
{
	struct posix_timer *timer = container_of(q, struct posix_timer, queue);

	if (timer->deleted || !timer->rearm)
		return;
	timer->rearm = false;
	timer->overrun = timer->missed;
	timer->missed = 0;
	if (!on_cpu_time(timer) && timer->interval_ns) {
		timer->overrun += hrtimer_forward_now(&timer->hrtimer, timer->interval_ns) - 1;
		hrtimer_restart(&timer->hrtimer);
	}
	info->si_overrun = clamp_overrun(timer->overrun);
}

/* siglock held. True: the signal is ignored. */
static bool timer_fire(struct posix_timer *timer)
{
	struct process *p = timer->process;
	struct thread *t = timer->target;

	if (timer->notify == SIGEV_NONE)
		return false;
	if (!list_empty(&timer->queue.list)) {
		timer->missed++;
		return false;
	}
	if (!t)
		t = list_first_entry_or_null(&p->threads, struct thread, process_node);
	if (!t || test_thread_flag(t, TF_EXITING))
		return true;
	timer->rearm = true;
	timer->queue.info.si_overrun = 0;
	return send_sigqueue_locked(&timer->queue, p, t, !timer->target);
}

static enum hrtimer_restart timer_expired(struct hrtimer *hrtimer)
{
	struct posix_timer *timer = container_of(hrtimer, struct posix_timer, hrtimer);
	enum hrtimer_restart again = HRTIMER_NORESTART;
	unsigned long flags;

	spin_lock_irqsave(&timer->process->siglock, flags);
	if (timer_fire(timer) && timer->interval_ns) {
		/* Nobody will take it: go on, but not faster than a tick. */
		timer->rearm = false;
		timer->missed += hrtimer_forward_now(hrtimer, timer->interval_ns);
		if (timer->interval_ns < TICK_NS)
			timer->missed += hrtimer_forward(hrtimer, hrtimer_now(hrtimer) + TICK_NS,
							 timer->interval_ns);
		again = HRTIMER_RESTART;
	}
	spin_unlock_irqrestore(&timer->process->siglock, flags);
	return again;
}

/* --- CPU time --- */

static u64 cpu_now(struct posix_timer *timer, const struct process_times *own)
{
	u64 user_ns, system_ns;

	if (timer->clock_thread) {
		thread_cpu_times(timer->clock_thread, &user_ns, &system_ns);
		return (timer->clock & 3) == 1 ? user_ns
		       : (timer->clock & 3) == 0 && timer->clock < 0
			       ? user_ns + system_ns
			       : thread_run_ns(timer->clock_thread);
	}
	if (timer->clock < 0 && (timer->clock & 3) == 0)
		return own->user_ns + own->system_ns;
	return timer->clock < 0 && (timer->clock & 3) == 1 ? own->user_ns : own->run_ns;
}

static void cpu_timer_disarm(struct posix_timer *timer)
{
	if (timer->cpu_expires_ns)
		timer->process->nr_cpu_timers--;
	timer->cpu_expires_ns = 0;
}

u64 posix_cpu_timers_check(struct process *p, const struct process_times *times)
{
	struct posix_timer *timer;
	unsigned long id;
	u64 nearest = NEVER;

	if (!p->nr_cpu_timers)
		return NEVER;
	xa_for_each(&p->posix_timers, id, timer) {
		u64 now;

		if (!on_cpu_time(timer) || !timer->cpu_expires_ns)
			continue;
		now = cpu_now(timer, times);
		if (now >= timer->cpu_expires_ns) {
			u64 late = now - timer->cpu_expires_ns;

			timer_fire(timer);
			if (timer->interval_ns) {
				timer->missed += late / timer->interval_ns;
				timer->cpu_expires_ns += (late / timer->interval_ns + 1) *
							 timer->interval_ns;
			} else {
				cpu_timer_disarm(timer);
				continue;
			}
		}
		nearest = min(nearest, timer->cpu_expires_ns - now);
	}
	return nearest;
}

/* --- creation --- */

static bool clock_has_timers(clockid_t clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_TAI:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM: return true;
	}
	return clock_is_cpu(clock);
}

static clockid_t hrtimer_clock(clockid_t clock)
{
	switch (clock) {
	case CLOCK_MONOTONIC: return CLOCK_MONOTONIC;
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM: return CLOCK_BOOTTIME;
	}
	return CLOCK_REALTIME;
}

/* Whom the event names: NULL for the process. */
static int find_target(const struct sigevent *event, struct thread **target)
{
	*target = NULL;
	switch (event->sigev_notify) {
	case SIGEV_SIGNAL | SIGEV_THREAD_ID:
		*target = find_get_thread(event->sigev_notify_thread_id);
		if (!*target)
			return -EINVAL;
		if ((*target)->process == current->process)
			break;
		put_thread(*target);
		return -EINVAL;
	case SIGEV_SIGNAL:
	case SIGEV_THREAD: break;
	case SIGEV_NONE: return 0;
	default: return -EINVAL;
	}
	if (event->sigev_signo >= 1 && event->sigev_signo <= SIGRTMAX)
		return 0;
	if (*target)
		put_thread(*target);
	return -EINVAL;
}

static struct posix_timer *timer_alloc(clockid_t clock, const struct sigevent *event,
				       struct thread *target)
{
	struct posix_timer *timer = kzalloc(sizeof(*timer), GFP_KERNEL);
	struct user_struct *user = current_user();

	if (!timer)
		return ERR_PTR(-EAGAIN);
	if (atomic_inc_return(&user->nr_sigpending) > rlimit(RLIMIT_SIGPENDING)) {
		atomic_dec(&user->nr_sigpending);
		kfree(timer);
		return ERR_PTR(-EAGAIN);
	}
	timer->process = current->process;
	timer->clock = clock;
	timer->target = target;
	timer->notify = event->sigev_notify & ~SIGEV_THREAD_ID;
	INIT_LIST_HEAD(&timer->queue.list);
	timer->queue.flags = SIGQUEUE_TIMER;
	timer->queue.user = get_user_struct(user);
	timer->queue.info.si_signo = event->sigev_signo;
	timer->queue.info.si_code = SI_TIMER;
	timer->queue.info.si_value = event->sigev_value;
	if (clock_is_cpu(clock)) {
		timer->clock_process = cpu_clock_process(clock, &timer->clock_thread);
		return timer;
	}
	hrtimer_init(&timer->hrtimer, hrtimer_clock(clock), HRTIMER_MODE_ABS);
	timer->hrtimer.function = timer_expired;
	return timer;
}

static int timer_insert(struct posix_timer *timer, u32 *id)
{
	struct process *p = current->process;
	int err;

	spin_lock_irq(&p->siglock);
	err = xa_alloc_cyclic(&p->posix_timers, id, timer, xa_limit_31b, &p->next_timer_id,
			      GFP_ATOMIC);
	timer->id = *id;
	timer->queue.info.si_tid = *id;
	spin_unlock_irq(&p->siglock);
	return err < 0 ? -EAGAIN : 0;
}

long sys_timer_create(int clock, struct sigevent __user *uevent, int __user *uid)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	struct process *p = current->process;
	struct posix_timer *timer;
	struct thread *target;
	u32 id = 0;
	int err;

	if (uevent && copy_from_user(&event, uevent, sizeof(event)))
		return -EFAULT;
	if (!clock_has_timers(clock))
		return clock < 0 || clock >= MAX_CLOCKS || clock == CLOCK_SGI_CYCLE ? -EINVAL
										    : -EOPNOTSUPP;
	if ((clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM) &&
	    !capable(CAP_WAKE_ALARM))
		return -EPERM;
	err = find_target(&event, &target);
	if (err)
		return err;
	timer = timer_alloc(clock, &event, target);
	if (IS_ERR(timer)) {
		if (target)
			put_thread(target);
		return PTR_ERR(timer);
	}
	err = clock_is_cpu(clock) && !timer->clock_process ? -EINVAL : timer_insert(timer, &id);
	if (err) {
		timer_free(timer);
		return err;
	}
	if (!uevent)
		timer->queue.info.si_int = id;
	if (!put_user((int)id, uid))
		return 0;
	spin_lock_irq(&p->siglock);
	xa_erase(&p->posix_timers, id);
	spin_unlock_irq(&p->siglock);
	timer_free(timer);
	return -EFAULT;
}

/* --- looking up, stopping --- */

/* With siglock held when there is one. */
/* lint: context: returns with the lock if it finds the timer */
static struct posix_timer *timer_lock(int id)
{
	struct process *p = current->process;
	struct posix_timer *timer;

	spin_lock_irq(&p->siglock);
	timer = id >= 0 ? xa_load(&p->posix_timers, id) : NULL;
	if (!timer)
		spin_unlock_irq(&p->siglock);
	return timer;
}

/* lint: context: what timer_lock() took */
static void timer_unlock(struct posix_timer *timer)
{
	spin_unlock_irq(&timer->process->siglock);
}

/* Stopped when true; else siglock was released while its function ran, and the timer may be gone. */
static bool timer_stop(struct posix_timer *timer)
{
	if (on_cpu_time(timer)) {
		cpu_timer_disarm(timer);
		return true;
	}
	if (hrtimer_try_to_cancel(&timer->hrtimer) >= 0)
		return true;
	timer_unlock(timer);
	cpu_relax();
	return false;
}

/* lint: context: after timer_lock() */
long sys_timer_delete(int id)
{
	struct posix_timer *timer;

	do {
		timer = timer_lock(id);
		if (!timer)
			return -EINVAL;
	} while (!timer_stop(timer));
	xa_erase(&timer->process->posix_timers, id);
	timer->deleted = true;
	if (list_empty(&timer->queue.list)) {
		spin_unlock_irq(&current->process->siglock);
		timer_free(timer);
		return 0;
	}
	timer_unlock(timer);
	return 0;
}

void posix_timers_delete_all(struct process *p)
{
	unsigned long id = 0;
	struct posix_timer *timer;

	for (;;) {
		spin_lock_irq(&p->siglock);
		timer = xa_find(&p->posix_timers, &id, INT_MAX, XA_PRESENT);
		spin_unlock_irq(&p->siglock);
		if (!timer)
			break;
		sys_timer_delete(id);
	}
	spin_lock_irq(&p->siglock);
	p->next_timer_id = 0;
	spin_unlock_irq(&p->siglock);
}

/* --- reading and setting --- */

static struct __kernel_timespec to_timespec(u64 ns)
{
	return (struct __kernel_timespec){ .tv_sec = ns / NSEC_PER_SEC,
					   .tv_nsec = ns % NSEC_PER_SEC };
}

static u64 hrtimer_left(struct posix_timer *timer)
{
	s64 left;

	/* Its signal waits to be taken: tell the next expiry, as if it had been taken. */
	if (!hrtimer_is_queued(&timer->hrtimer) && timer->interval_ns &&
	    (timer->rearm || timer->notify == SIGEV_NONE) && hrtimer_get_expires(&timer->hrtimer)) {
		u64 late = hrtimer_now(&timer->hrtimer) - hrtimer_get_expires(&timer->hrtimer);

		return timer->interval_ns - late % timer->interval_ns;
	}
	if (!hrtimer_is_queued(&timer->hrtimer))
		return 0;
	left = hrtimer_get_remaining(&timer->hrtimer);
	return left > 0 ? left : timer->notify == SIGEV_NONE ? 0 : 1;
}

static void timer_read(struct posix_timer *timer, const struct process_times *times,
		       struct __kernel_itimerspec *out)
{
	u64 left;

	if (on_cpu_time(timer)) {
		u64 now = cpu_now(timer, times);

		left = !timer->cpu_expires_ns	     ? 0
		       : timer->cpu_expires_ns > now ? timer->cpu_expires_ns - now
						     : 1;
	} else {
		left = hrtimer_left(timer);
	}
	out->it_interval = to_timespec(timer->interval_ns);
	out->it_value = to_timespec(left);
}

long sys_timer_gettime(int id, struct __kernel_itimerspec __user *value)
{
	struct __kernel_itimerspec out;
	struct process_times times;
	struct posix_timer *timer;

	process_times(current->process, &times);
	timer = timer_lock(id);
	if (!timer)
		return -EINVAL;
	timer_read(timer, &times, &out);
	timer_unlock(timer);
	return copy_to_user(value, &out, sizeof(out)) ? -EFAULT : 0;
}

long sys_timer_getoverrun(int id)
{
	struct posix_timer *timer = timer_lock(id);
	int overrun;

	if (!timer)
		return -EINVAL;
	overrun = clamp_overrun(timer->overrun);
	timer_unlock(timer);
	return overrun;
}

static void timer_start(struct posix_timer *timer, const struct process_times *times, u64 value_ns,
			bool absolute)
{
	if (on_cpu_time(timer)) {
		timer->cpu_expires_ns =
			max_t(u64, 1, absolute ? value_ns : cpu_now(timer, times) + value_ns);
		timer->process->nr_cpu_timers++;
		cpu_tick_update(timer->process);
		return;
	}
	/* A relative time is not moved when the clock is set. */
	hrtimer_init(&timer->hrtimer,
		     absolute ? hrtimer_clock(timer->clock)
		     : timer->clock == CLOCK_REALTIME || timer->clock == CLOCK_TAI ||
				     timer->clock == CLOCK_REALTIME_ALARM
			     ? CLOCK_MONOTONIC
			     : hrtimer_clock(timer->clock),
		     absolute ? HRTIMER_MODE_ABS : HRTIMER_MODE_REL);
	timer->hrtimer.function = timer_expired;
	hrtimer_start(&timer->hrtimer, value_ns, absolute ? HRTIMER_MODE_ABS : HRTIMER_MODE_REL);
}

long sys_timer_settime(int id, int flags, const struct __kernel_itimerspec __user *value,
		       struct __kernel_itimerspec __user *old)
{
	struct __kernel_itimerspec in, out;
	struct process_times times;
	struct posix_timer *timer;
	u64 value_ns, interval_ns;

	if (!value)
		return -EINVAL;
	if (copy_from_user(&in, value, sizeof(in)))
		return -EFAULT;
	if (timespec_to_ns(&in.it_value, &value_ns) ||
	    timespec_to_ns(&in.it_interval, &interval_ns))
		return -EINVAL;
	do {
		process_times(current->process, &times);
		timer = timer_lock(id);
		if (!timer)
			return -EINVAL;
		timer_read(timer, &times, &out);
	} while (!timer_stop(timer));
	timer->rearm = false;
	timer->missed = 0;
	timer->overrun = 0;
	timer->interval_ns = value_ns ? interval_ns : 0;
	if (value_ns)
		timer_start(timer, &times, value_ns, flags & TIMER_ABSTIME);
	else if (!on_cpu_time(timer))
		timer->hrtimer.soft_expires_ns = 0;
	timer_unlock(timer);
	return old && copy_to_user(old, &out, sizeof(out)) ? -EFAULT : 0;
}
