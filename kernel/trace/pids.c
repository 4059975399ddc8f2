/* SPDX-License-Identifier: MIT */
/*
 * Lists of threads whose records are kept, or not (kernel/trace_filter.h): a bit for each number. Those who write records read them with preemption
 * off. Bits are set and cleared one by one, by the administrator and by those who fork and end.
 */
#include <kernel/atomic.h>
#include <kernel/preempt.h>
#include <kernel/trace_filter.h>
#include <lib/bitmap.h>

unsigned long *trace_pid_lists[TRACE_NR_PID_LISTS];

DEFINE_STATIC_KEY(trace_follow_key);

/* Kernel threads have numbers that are in no list. */
static bool is_in(enum trace_pid_list list, s32 pid, bool without)
{
	const unsigned long *bits = smp_load_acquire(&trace_pid_lists[list]);

	return bits ? (u32)pid < TRACE_PIDS_MAX && test_bit(pid, bits) : without;
}

bool trace_pid_is_ignored(s32 pid)
{
	return !is_in(TRACE_PIDS_ONLY, pid, true) || is_in(TRACE_PIDS_NOT, pid, false);
}

/* ---- threads that come and go ---- */

void trace_follow(s32 pid, s32 child)
{
	if (!pid) /* of a kernel thread, and of those that are idle */
		return;
	preempt_disable();
	for (int i = 0; i < TRACE_NR_PID_LISTS; i++) {
		unsigned long *bits = smp_load_acquire(&trace_pid_lists[i]);

		if (!bits || !test_bit(pid, bits))
			continue;
		if (child)
			set_bit(child, bits);
		else
			clear_bit(pid, bits);
	}
	preempt_enable();
}
