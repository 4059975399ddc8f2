/* SPDX-License-Identifier: MIT */
/*
 * The tick of a busy CPU.
 *
 * Set when a CPU leaves idle, not renewed when it fires on an idle one. While threads wait, it is
 * set for the end of the running thread's slice (tick_fast); while one runs alone, it comes every
 * 10 ms for the accounting of user and system time, load, and throttling. A switch does not move
 * it: a tick that comes too early looks how much of the slice is left and sets itself again.
 */
#include <kernel/smp.h>
#include <kernel/hardirq.h>
#include <kernel/hrtimer.h>
#include "sched_private.h"

#define TICK_ALONE_NS	(10 * NSEC_PER_MSEC)
#define TICK_FIRST_NS	(3 * NSEC_PER_MSEC)	/* from the moment a second thread is there */
#define TICK_MIN_NS	(500 * NSEC_PER_USEC)

void (*thread_tick_hook)(struct thread *t, u64 delta_ns, bool user);

static void set_tick(struct run_queue *rq, u64 at_ns)
{
	rq->tick_at_ns = at_ns;
	hrtimer_set_tick(at_ns);
}

void tick_start_busy(struct run_queue *rq)
{
	if (!rq->tick_at_ns)
		set_tick(rq, rq->clock_ns + TICK_ALONE_NS);
}

void tick_want_slice(struct run_queue *rq)
{
	u64 at = rq->clock_ns + TICK_FIRST_NS;

	if (rq->cpu != smp_processor_id()) {
		smp_send_reschedule(rq->cpu); /* its handler comes here */
		return;
	}
	rq->tick_fast = true;
	if (!rq->tick_at_ns || rq->tick_at_ns > at)
		set_tick(rq, at);
}

/* When to tick next, 0: not. Asks for a switch when the slice is over. */
static u64 look_at_slice(struct run_queue *rq)
{
	struct thread *curr = rq->curr;
	s64 left;

	if (curr == rq->idle)
		return 0;
	if (rt_check_throttle(rq))
		rq_resched(rq);
	rq->tick_fast = rq->nr_running > 1;
	if (!rq->tick_fast)
		return TICK_ALONE_NS;
	left = thread_is_rt(curr) ? rt_slice_left(rq, curr) : fair_slice_left(rq, curr);
	if (left > 0)
		return clamp_t(u64, left, TICK_MIN_NS, TICK_ALONE_NS);
	rq_resched(rq);
	return TICK_FIRST_NS;
}

/* From the timer interrupt, nothing locked. */
void sched_tick(void)
{
	struct trap_frame *frame = get_irq_frame();
	struct run_queue *rq = this_rq();
	bool user = frame && frame_is_user(frame);
	u64 next;

	rq_lock(rq);
	rq_update_clock(rq);
	rq_update_curr(rq);
	rq->tick_fast = false;
	next = look_at_slice(rq);
	set_tick(rq, next ? rq->clock_ns + next : 0);
	rq_unlock(rq);
	account_tick(rq, rq->clock_ns, user);
	rcu_interrupted();
	rcu_tick();
	if (next) {
		balance_tick(rq);
		loadavg_kick();
	}
}
