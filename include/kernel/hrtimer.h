/* SPDX-License-Identifier: MIT */
/*
 * High-resolution timers (kernel/time/hrtimer.c).
 *
 *	hrtimer_init(&t, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
 *	t.function = expired;
 *	hrtimer_start(&t, 5 * NSEC_PER_MSEC, HRTIMER_MODE_REL);
 *
 * A timer belongs to the CPU that started it last and expires there. The function runs in
 * hard-interrupt context, without locks held; it may start or try_to_cancel any timer, its own too,
 * and returns HRTIMER_RESTART after hrtimer_forward to run again.
 *
 * hrtimer_start and hrtimer_try_to_cancel: any context but NMI, locks up to LOCK_RANK_TIMER held.
 * hrtimer_cancel waits for a running function: it may be called with nothing held that the function
 * takes, and not from the function.
 */
#ifndef KERNEL_HRTIMER_H
#define KERNEL_HRTIMER_H

#include <kernel/time.h>
#include <lib/rbtree.h>

#ifndef CLOCK_REALTIME
#define CLOCK_REALTIME		0
#define CLOCK_MONOTONIC		1
#define CLOCK_BOOTTIME		7
#endif

struct hrtimer_cpu;
struct hrtimer;

enum hrtimer_restart { HRTIMER_NORESTART, HRTIMER_RESTART };
enum hrtimer_mode {
	HRTIMER_MODE_ABS, /* a time of the timer's clock */
	HRTIMER_MODE_REL, /* from now; not moved by setting the clock */
};

/* Base lock (LOCK_RANK_TIMER): everything but function. */
struct hrtimer {
	struct rb_node node;
	u64 expires_ns;	     /* latest: what the hardware is set to */
	u64 soft_expires_ns; /* earliest: may run with another's interrupt from here on */
	/* owner, before the start */
	enum hrtimer_restart (*function)(struct hrtimer *timer);
	struct hrtimer_cpu *base;
	u8 clock; /* index of the base's trees */
	bool queued;
};

void hrtimer_init(struct hrtimer *timer, clockid_t clock, enum hrtimer_mode mode);
/* Starts or restarts it. A time in the past expires at once. */
void hrtimer_start(struct hrtimer *timer, u64 time_ns, enum hrtimer_mode mode);
/* The same, but it may expire up to slack_ns late. */
void hrtimer_start_range_ns(struct hrtimer *timer, u64 time_ns, u64 slack_ns,
			    enum hrtimer_mode mode);
/* 1: was waiting; 0: was not. Not running when it returns */
int hrtimer_cancel(struct hrtimer *timer);
/* as above; -1: its function is running now */
int hrtimer_try_to_cancel(struct hrtimer *timer);
/*
 * Moves the expiry by whole intervals until it lies behind now; how many. An interval of 0 moves it
 * to where it never comes. From the function, or while not queued.
 */
u64 hrtimer_forward(struct hrtimer *timer, u64 now_ns, u64 interval_ns);
u64 hrtimer_forward_now(struct hrtimer *timer, u64 interval_ns);
u64 hrtimer_now(const struct hrtimer *timer);		/* its clock's time */
s64 hrtimer_get_remaining(const struct hrtimer *timer); /* may be negative */
bool hrtimer_active(const struct hrtimer *timer);	/* queued or its function running */

static inline bool hrtimer_is_queued(const struct hrtimer *timer) { return READ_ONCE(timer->queued); }
static inline u64 hrtimer_get_expires(const struct hrtimer *timer) { return timer->soft_expires_ns; }
static inline void hrtimer_restart(struct hrtimer *timer)
{
	hrtimer_start_range_ns(timer, timer->soft_expires_ns,
			       timer->expires_ns - timer->soft_expires_ns, HRTIMER_MODE_ABS);
}

/*
 * Sleeps in the state that the caller has set, until time_ns of the clock. 0: that time has come;
 * -EINTR: woken before. A time of KTIME_MAX never comes.
 */
int schedule_hrtimeout_range(u64 time_ns, u64 slack_ns, enum hrtimer_mode mode, clockid_t clock);

/* Machine: the one-shot timer's interrupt, interrupts off. */
void hrtimer_interrupt(void);
/* the scheduler's own one-shot: calls sched_tick(). Interrupts off */
void hrtimer_set_tick(u64 at_ns);
/* The clock was set: every CPU looks at its CLOCK_REALTIME timers anew. Sleeps. */
void hrtimers_clock_stepped(void);

#endif
