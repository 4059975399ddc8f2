/* SPDX-License-Identifier: MIT */
/*
 * Time of day and time since boot (kernel/time/clock.c).
 *
 * ktime_t is nanoseconds in 64 bits. Three clocks, all read without a lock, from any context, NMI
 * too:
 *
 *	ktime_get_ns		CLOCK_MONOTONIC: since boot, never steps
 *	ktime_get_boottime_ns	CLOCK_BOOTTIME: the same and the time spent suspended
 *	ktime_get_real_ns	CLOCK_REALTIME: since 1970, steps when it is set
 *
 * Each reads the hardware. Who can do with a time that is some milliseconds old asks the scheduler: sched_clock_ns() (kernel/sched.h).
 */
#ifndef KERNEL_TIME_H
#define KERNEL_TIME_H

#include <arch/clock.h>
#include <lib/compiler.h>
#include <lib/types.h>

#define NSEC_PER_USEC	1000l
#define NSEC_PER_MSEC	1000000l
#define NSEC_PER_SEC	1000000000l
#define USEC_PER_MSEC	1000l
#define USEC_PER_SEC	1000000l
#define MSEC_PER_SEC	1000l
#define KTIME_MAX	((s64)(~0ull >> 1))
#define KTIME_SEC_MAX	(KTIME_MAX / NSEC_PER_SEC)

/* What times(2) and /proc count in, and the resolution that the coarse clocks report. */
#define USER_HZ			100
#define NSEC_PER_USER_TICK	(NSEC_PER_SEC / USER_HZ)
#define COARSE_RESOLUTION_NS	(4 * NSEC_PER_MSEC)

struct timespec64 {
	time64_t tv_sec;
	long tv_nsec;
};

/* CLOCK_REALTIME minus CLOCK_MONOTONIC; one word, so it is read whole */
extern s64 clock_real_offset_ns;
extern s64 clock_boot_offset_ns; /* CLOCK_BOOTTIME minus CLOCK_MONOTONIC */

static inline u64 ktime_get_ns(void) { return arch_clock_ns(); }
static inline u64 ktime_get_boottime_ns(void) { return arch_clock_ns() + READ_ONCE(clock_boot_offset_ns); }
static inline u64 ktime_get_real_ns(void) { return arch_clock_ns() + READ_ONCE(clock_real_offset_ns); }
static inline time64_t ktime_get_real_seconds(void) { return ktime_get_real_ns() / NSEC_PER_SEC; }
static inline ktime_t ktime_get(void) { return ktime_get_ns(); }

/*
 * Time by a clock's number (CLOCK_* of uapi/time.h, the dynamic and CPU-time clocks excepted);
 * -EINVAL for others.
 */
int clock_read_ns(clockid_t clock, u64 *ns);

static inline struct timespec64 ns_to_timespec64(s64 ns)
{
	struct timespec64 ts = { .tv_sec = ns / NSEC_PER_SEC, .tv_nsec = ns % NSEC_PER_SEC };

	if (ts.tv_nsec < 0) {
		ts.tv_sec--;
		ts.tv_nsec += NSEC_PER_SEC;
	}
	return ts;
}

/* Sticks at KTIME_MAX. */
static inline s64 timespec64_to_ns(const struct timespec64 *ts)
{
	if (ts->tv_sec >= KTIME_SEC_MAX)
		return KTIME_MAX;
	return ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec;
}

static inline bool timespec64_valid(const struct timespec64 *ts)
{
	return ts->tv_sec >= 0 && (unsigned long)ts->tv_nsec < NSEC_PER_SEC;
}

/* a + b for absolute times of far-away timeouts: sticks at KTIME_MAX. */
static inline u64 ktime_add_safe(u64 a, u64 b)
{
	u64 sum = a + b;

	return sum < a || sum > (u64)KTIME_MAX ? (u64)KTIME_MAX : sum;
}

static inline void ktime_get_ts64(struct timespec64 *ts) { *ts = ns_to_timespec64(ktime_get_ns()); }
static inline void ktime_get_real_ts64(struct timespec64 *ts) { *ts = ns_to_timespec64(ktime_get_real_ns()); }
static inline void ktime_get_boottime_ts64(struct timespec64 *ts) { *ts = ns_to_timespec64(ktime_get_boottime_ns()); }

/* Sets CLOCK_REALTIME and moves the timers that run by it. 0 or -EINVAL. May sleep. */
int do_settimeofday64(const struct timespec64 *ts);
/* Adds delta to CLOCK_REALTIME (adjtimex, clock_adjtime). */
int timekeeping_inject_offset(s64 delta_ns);
/* Once, while booting: what the hardware clock says now. */
void timekeeping_set_boot_time(u64 real_ns);
/*
 * Called after each step of CLOCK_REALTIME, in process context (timerfd's TFD_TIMER_CANCEL_ON_SET).
 */
struct clock_step_notifier {
	void (*stepped)(struct clock_step_notifier *notifier);
	struct clock_step_notifier *next;
};
void clock_step_register(struct clock_step_notifier *notifier); /* for ever */

/* Delays. The first two spin and may be called anywhere; the others sleep. */
void ndelay(u64 ns);
void udelay(u64 us);
static inline void mdelay(u64 ms) { udelay(ms * USEC_PER_MSEC); }
void msleep(u64 ms);
void usleep_range(u64 min_us, u64 max_us);

#endif
