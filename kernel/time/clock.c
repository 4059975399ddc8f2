/* SPDX-License-Identifier: MIT */
/*
 * The clocks. CLOCK_MONOTONIC is the machine's clock (arch_clock_ns); the others are offsets to it,
 * each one word, so that readers need neither lock nor retry.
 *
 * step_mutex is held while CLOCK_REALTIME is set, from the change of the offset to the last
 * notifier.
 */
#include <kernel/hrtimer.h>
#include <kernel/init.h>
#include <kernel/mutex.h>
#include <kernel/time.h>
#include <lib/errno.h>
#include <uapi/time.h>

s64 clock_real_offset_ns;
s64 clock_boot_offset_ns;

static DEFINE_MUTEX(step_mutex);
static struct clock_step_notifier *step_notifiers; /* step_mutex */

int clock_read_ns(clockid_t clock, u64 *ns)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE: *ns = ktime_get_real_ns(); return 0;
	case CLOCK_TAI: *ns = ktime_get_real_ns(); return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE: *ns = ktime_get_ns(); return 0;
	case CLOCK_BOOTTIME: *ns = ktime_get_boottime_ns(); return 0;
	default: return -EINVAL;
	}
}

void __init timekeeping_set_boot_time(u64 real_ns)
{
	WRITE_ONCE(clock_real_offset_ns, real_ns - ktime_get_ns());
}

/*
 * CLOCK_REALTIME may not come to lie before CLOCK_MONOTONIC: nothing computes with times before
 * 1970.
 */
static int step_to(s64 offset_ns)
{
	struct clock_step_notifier *notifier;

	if (offset_ns < 0)
		return -EINVAL;
	mutex_lock(&step_mutex);
	WRITE_ONCE(clock_real_offset_ns, offset_ns);
	hrtimers_clock_stepped();
	for (notifier = step_notifiers; notifier; notifier = notifier->next)
		notifier->stepped(notifier);
	mutex_unlock(&step_mutex);
	return 0;
}

int do_settimeofday64(const struct timespec64 *ts)
{
	if (!timespec64_valid(ts) || ts->tv_sec >= KTIME_SEC_MAX)
		return -EINVAL;
	return step_to(timespec64_to_ns(ts) - ktime_get_ns());
}

int timekeeping_inject_offset(s64 delta_ns)
{
	s64 offset;

	if (__builtin_add_overflow(READ_ONCE(clock_real_offset_ns), delta_ns, &offset))
		return -EINVAL;
	return step_to(offset);
}

void clock_step_register(struct clock_step_notifier *notifier)
{
	mutex_lock(&step_mutex);
	notifier->next = step_notifiers;
	step_notifiers = notifier;
	mutex_unlock(&step_mutex);
}
