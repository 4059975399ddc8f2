// SPDX-License-Identifier: MIT
/*
 * Job control stops of whole processes.
 *
 *	running --(stop signal dequeued: do_signal_stop)--> stopping --(last thread: thread_take_part_in_stop)--> PROCESS_STOPPED
 *	   ^                                                    |                                                    |
 *	   +----------------- SIGCONT is sent: process_continue +----------------------------------------------------+
 *
 * The first thread marks all others STOP_PENDING and counts them in group_stop_count; each stops when it comes by get_signal. The parent
 * is told once, by the last one, or after a SIGCONT by whoever comes by get_signal next (PROCESS_CLD_*).
 */
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include "internal.h"

#define STOP_FLAGS	(PROCESS_STOPPED | PROCESS_CONTINUED | PROCESS_CLD_STOPPED | PROCESS_CLD_CONTINUED)

static void set_stop_flags(struct process *p, unsigned int flags)
{
	p->flags = (p->flags & ~STOP_FLAGS) | flags;
}

bool thread_take_part_in_stop(struct thread *t)
{
	struct process *p = t->process;
	bool counted = t->stop_state & STOP_COUNTED;

	t->stop_state &= ~(STOP_PENDING | STOP_COUNTED | STOP_DEQUEUED);
	if (!counted)
		return false;
	if (p->group_stop_count)
		p->group_stop_count--;
	if (p->group_stop_count || p->flags & PROCESS_STOPPED)
		return false;
	set_stop_flags(p, PROCESS_STOPPED);
	return true;
}

void thread_leave_stop(struct thread *t)
{
	t->stop_state &= ~(STOP_PENDING | STOP_COUNTED | STOP_DEQUEUED);
}

void process_continue(struct process *p)
{
	struct thread *t;

	list_for_each_entry(t, &p->threads, process_node) {
		thread_leave_stop(t);
		wake_up_state(t, THREAD_STOPPED);
	}
	if (p->flags & PROCESS_STOPPED)
		set_stop_flags(p, PROCESS_CONTINUED | PROCESS_CLD_CONTINUED);
	else if (p->group_stop_count)
		set_stop_flags(p, PROCESS_CONTINUED | PROCESS_CLD_STOPPED);
	else
		return;
	p->group_stop_count = 0;
	p->stop_code = 0;
}

static bool ask_to_stop(struct thread *t)
{
	if (test_thread_flag(t, TF_EXITING) || sigset_has(&t->pending_set, SIGKILL))
		return false;
	t->stop_state |= STOP_PENDING | STOP_COUNTED;
	return true;
}

/* sig 0: another thread began the stop. */
static bool begin_stop(struct process *p, int sig)
{
	struct thread *t;

	if (!(current->stop_state & STOP_DEQUEUED) || p->flags & PROCESS_GROUP_EXIT ||
	    p->group_exit_thread)
		return false;
	if (!(p->flags & PROCESS_STOPPED))
		p->stop_code = sig;
	p->group_stop_count = 0;
	if (ask_to_stop(current))
		p->group_stop_count++;
	list_for_each_entry(t, &p->threads, process_node) {
		if (t == current || READ_ONCE(t->state) & THREAD_STOPPED || !ask_to_stop(t))
			continue;
		p->group_stop_count++;
		signal_wake_up(t, false);
	}
	return true;
}

/* lint: context: true: the lock was let go */
bool do_signal_stop(int sig)
{
	struct process *p = current->process;
	bool last;

	if (!(current->stop_state & STOP_PENDING) && !begin_stop(p, sig))
		return false;
	last = thread_take_part_in_stop(current);
	/*
	 * The waker of SIGCONT and SIGKILL holds siglock: the state is set before it can look. Special: a wake-up that was on its way
	 * to an earlier sleep must not end this one.
	 */
	set_special_state(THREAD_STOPPED | THREAD_WAKEKILL);
	spin_unlock_irq(&p->siglock);
	if (last) {
		spin_lock_irq(&process_lock);
		notify_parent_stopped(p, CLD_STOPPED);
		spin_unlock_irq(&process_lock);
	}
	schedule();
	return true;
}
