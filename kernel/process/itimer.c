// SPDX-License-Identifier: MIT
/*
 * Interval timers of setitimer(2), and limits on CPU time.
 *
 * ITIMER_REAL is one high-resolution timer, started again when its signal is taken, so that a tiny interval cannot flood the machine.
 * What counts CPU time is looked at by cpu_tick, a timer that runs while something is armed: after as long as the next expiry is away
 * if all threads ran all the time, at least every TICK_MIN; up to TICK_IDLE apart while the process sleeps.
 */
#include <kernel/hrtimer.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <mm/uaccess.h>
#include <uapi/time.h>
#include "internal.h"

#define TICK_MIN	(4 * NSEC_PER_MSEC)
#define TICK_IDLE	(64 * NSEC_PER_MSEC)
#define NEVER		(~0ull)

static enum hrtimer_restart real_timer_expired(struct hrtimer *timer)
{
	struct process *p = container_of(timer, struct process, real_timer);

	send_signal_process(p, SIGALRM, SEND_SIG_PRIV);
	return HRTIMER_NORESTART;
}

void itimer_real_rearm(struct process *p)
{
	if (!p->real_interval_ns || hrtimer_is_queued(&p->real_timer))
		return;
	hrtimer_forward_now(&p->real_timer, p->real_interval_ns);
	hrtimer_restart(&p->real_timer);
}

/* --- CPU time --- */

static void send_locked(struct process *p, int sig)
{
	struct thread *t = list_first_entry_or_null(&p->threads, struct thread, process_node);

	if (t)
		send_signal_locked(sig, SEND_SIG_PRIV, t, true);
}

static u64 check_cpu_itimer(struct process *p, struct cpu_itimer *timer, u64 now_ns, int sig)
{
	if (!timer->expires_ns)
		return NEVER;
	if (now_ns >= timer->expires_ns) {
		timer->expires_ns = timer->interval_ns ? timer->expires_ns + timer->interval_ns : 0;
		if (timer->expires_ns && timer->expires_ns <= now_ns)
			timer->expires_ns = now_ns + timer->interval_ns;
		send_locked(p, sig);
	}
	return timer->expires_ns ? timer->expires_ns - now_ns : NEVER;
}

/* Over the soft limit: SIGXCPU, and again each second; over the hard one: SIGKILL. */
static u64 check_cpu_limit(struct process *p, u64 now_ns)
{
	struct rlimit *limit = &p->limits[RLIMIT_CPU];

	if (limit->rlim_cur == RLIM_INFINITY)
		return NEVER;
	if (limit->rlim_max != RLIM_INFINITY && now_ns / NSEC_PER_SEC >= limit->rlim_max) {
		send_locked(p, SIGKILL);
		return NEVER;
	}
	if (now_ns / NSEC_PER_SEC >= limit->rlim_cur) {
		send_locked(p, SIGXCPU);
		if (limit->rlim_cur < limit->rlim_max)
			limit->rlim_cur = now_ns / NSEC_PER_SEC + 1;
	}
	return limit->rlim_cur * NSEC_PER_SEC - min_t(u64, now_ns, limit->rlim_cur * NSEC_PER_SEC);
}

static bool cpu_tick_is_wanted(struct process *p)
{
	return p->cpu_itimer[0].expires_ns || p->cpu_itimer[1].expires_ns || p->nr_cpu_timers ||
	       p->limits[RLIMIT_CPU].rlim_cur != RLIM_INFINITY;
}

static u64 next_tick(struct process *p, const struct process_times *times, u64 nearest_ns)
{
	unsigned int running = max(atomic_read(&p->nr_live), 1);
	u64 period = clamp_t(u64, nearest_ns / running, TICK_MIN, NSEC_PER_SEC);

	/* Nothing ran since the last look: it sleeps, look less often. */
	if (times->run_ns == p->cpu_tick_seen_ns && p->cpu_tick_period_ns)
		period = max(period, min_t(u64, 2 * p->cpu_tick_period_ns, TICK_IDLE));
	p->cpu_tick_seen_ns = times->run_ns;
	p->cpu_tick_period_ns = period;
	return period;
}

static enum hrtimer_restart cpu_tick_expired(struct hrtimer *timer)
{
	struct process *p = container_of(timer, struct process, cpu_tick);
	enum hrtimer_restart again = HRTIMER_NORESTART;
	struct process_times times;
	u64 nearest = NEVER;
	unsigned long flags;

	process_times(p, &times);
	spin_lock_irqsave(&p->siglock, flags);
	nearest = min(nearest, check_cpu_itimer(p, &p->cpu_itimer[0], times.user_ns, SIGVTALRM));
	nearest = min(nearest, check_cpu_itimer(p, &p->cpu_itimer[1],
						times.user_ns + times.system_ns, SIGPROF));
	nearest = min(nearest, posix_cpu_timers_check(p, &times));
	nearest = min(nearest, check_cpu_limit(p, times.run_ns));
	if (cpu_tick_is_wanted(p) && !list_empty(&p->threads)) {
		hrtimer_forward_now(timer, next_tick(p, &times, nearest));
		again = HRTIMER_RESTART;
	}
	spin_unlock_irqrestore(&p->siglock, flags);
	return again;
}

void cpu_tick_update(struct process *p)
{
	assert_spin_locked(&p->siglock);
	p->cpu_tick_period_ns = 0;
	if (cpu_tick_is_wanted(p))
		hrtimer_start(&p->cpu_tick, TICK_MIN, HRTIMER_MODE_REL);
}

void cpu_limit_changed(struct process *p)
{
	/* 0 would mean at once; POSIX lets it be a second. */
	if (!p->limits[RLIMIT_CPU].rlim_cur)
		p->limits[RLIMIT_CPU].rlim_cur = 1;
	cpu_tick_update(p);
}

void process_timers_init(struct process *p)
{
	hrtimer_init(&p->real_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	p->real_timer.function = real_timer_expired;
	hrtimer_init(&p->cpu_tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	p->cpu_tick.function = cpu_tick_expired;
	xa_init(&p->posix_timers);
}

void process_timers_exit(struct process *p)
{
	posix_timers_delete_all(p);
	spin_lock_irq(&p->siglock);
	p->real_interval_ns = 0;
	p->cpu_itimer[0].expires_ns = 0;
	p->cpu_itimer[1].expires_ns = 0;
	p->limits[RLIMIT_CPU].rlim_cur = RLIM_INFINITY;
	spin_unlock_irq(&p->siglock);
	hrtimer_cancel(&p->real_timer);
	hrtimer_cancel(&p->cpu_tick);
}

/* --- system calls --- */

struct itimer_ns {
	u64 value, interval;
};

static struct __kernel_old_timeval ns_to_old_timeval(u64 ns)
{
	return (struct __kernel_old_timeval){ .tv_sec = ns / NSEC_PER_SEC,
					      .tv_usec = ns % NSEC_PER_SEC / NSEC_PER_USEC };
}

static u64 cpu_itimer_now(struct process *p, int which)
{
	struct process_times times;

	process_times(p, &times);
	return which == ITIMER_VIRTUAL ? times.user_ns : times.user_ns + times.system_ns;
}

static void get_real(struct process *p, struct itimer_ns *out)
{
	s64 left = hrtimer_is_queued(&p->real_timer) ? hrtimer_get_remaining(&p->real_timer) : 0;

	/* Armed but expired just now: one microsecond, as 0 would say "not armed". */
	out->value = left > 0 ? left : hrtimer_is_queued(&p->real_timer) ? NSEC_PER_USEC : 0;
	out->interval = p->real_interval_ns;
}

static void get_itimer(int which, struct itimer_ns *out)
{
	struct process *p = current->process;
	struct cpu_itimer *timer;
	u64 now;

	if (which == ITIMER_REAL) {
		spin_lock_irq(&p->siglock);
		get_real(p, out);
		spin_unlock_irq(&p->siglock);
		return;
	}
	timer = &p->cpu_itimer[which == ITIMER_PROF];
	now = cpu_itimer_now(p, which);
	spin_lock_irq(&p->siglock);
	out->interval = timer->interval_ns;
	out->value = !timer->expires_ns	       ? 0
		     : timer->expires_ns > now ? timer->expires_ns - now
					       : TICK_MIN;
	spin_unlock_irq(&p->siglock);
}

static void set_real(struct process *p, const struct itimer_ns *new, struct itimer_ns *old)
{
	for (;;) {
		spin_lock_irq(&p->siglock);
		if (hrtimer_try_to_cancel(&p->real_timer) >= 0)
			break;
		/* Its function waits for siglock. */
		spin_unlock_irq(&p->siglock);
		hrtimer_cancel(&p->real_timer);
	}
	get_real(p, old);
	p->real_interval_ns = new->value ? new->interval : 0;
	if (new->value)
		hrtimer_start(&p->real_timer, new->value, HRTIMER_MODE_REL);
	spin_unlock_irq(&p->siglock);
}

static void set_itimer(int which, const struct itimer_ns *new, struct itimer_ns *old)
{
	struct process *p = current->process;
	struct cpu_itimer *timer;
	u64 now;

	get_itimer(which, old);
	if (which == ITIMER_REAL) {
		struct itimer_ns now_cancelled;

		set_real(p, new, &now_cancelled);
		return;
	}
	timer = &p->cpu_itimer[which == ITIMER_PROF];
	now = cpu_itimer_now(p, which);
	spin_lock_irq(&p->siglock);
	timer->expires_ns = new->value ? now + new->value : 0;
	timer->interval_ns = new->interval;
	cpu_tick_update(p);
	spin_unlock_irq(&p->siglock);
}

static int put_itimer(struct __kernel_old_itimerval __user *to, const struct itimer_ns *from)
{
	struct __kernel_old_itimerval value = {
		.it_interval = ns_to_old_timeval(from->interval),
		.it_value = ns_to_old_timeval(from->value),
	};

	return copy_to_user(to, &value, sizeof(value)) ? -EFAULT : 0;
}

static int timeval_to_ns(const struct __kernel_old_timeval *tv, u64 *ns)
{
	if (tv->tv_sec < 0 || (unsigned long)tv->tv_usec >= USEC_PER_SEC)
		return -EINVAL;
	*ns = tv->tv_sec >= KTIME_SEC_MAX
		      ? (u64)KTIME_MAX
		      : (u64)tv->tv_sec * NSEC_PER_SEC + tv->tv_usec * NSEC_PER_USEC;
	return 0;
}

long sys_getitimer(int which, struct __kernel_old_itimerval __user *value)
{
	struct itimer_ns now;

	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	get_itimer(which, &now);
	return put_itimer(value, &now);
}

long sys_setitimer(int which, struct __kernel_old_itimerval __user *value,
		   struct __kernel_old_itimerval __user *old)
{
	struct __kernel_old_itimerval in = {};
	struct itimer_ns new, former;

	if (value && copy_from_user(&in, value, sizeof(in)))
		return -EFAULT;
	if (timeval_to_ns(&in.it_value, &new.value) ||
	    timeval_to_ns(&in.it_interval, &new.interval))
		return -EINVAL;
	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	set_itimer(which, &new, &former);
	return old ? put_itimer(old, &former) : 0;
}

long sys_alarm(unsigned int seconds)
{
	u64 left = min_t(unsigned int, seconds, INT_MAX);
	struct itimer_ns new = { .value = left * NSEC_PER_SEC }, old;

	set_itimer(ITIMER_REAL, &new, &old);
	left = old.value / NSEC_PER_SEC;
	/* Rounded, but never to 0 while one was pending. */
	if ((!left && old.value) || old.value % NSEC_PER_SEC >= NSEC_PER_SEC / 2)
		left++;
	return left;
}
