// SPDX-License-Identifier: MIT
/*
 * Waiting for children. A zombie that is waited for is reaped and its figures are added to the parent's; stops and continuations are
 * told once each.
 */
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/time.h>
#include <mm/gfp.h>
#include <uapi/wait.h>
#include "internal.h"

static bool concerns(const struct wait_request *request, const struct process *child)
{
	if (request->which == P_PID && child->pid != request->pid)
		return false;
	if (request->which == P_PGID && child->pgrp != request->pid)
		return false;
	if (request->options & __WNOTHREAD && child->parent_thread != current)
		return false;
	if (request->options & __WALL)
		return true;
	/* "Clone" children are those that tell their end by another signal than SIGCHLD. */
	return (child->exit_signal != SIGCHLD) == !!(request->options & __WCLONE);
}

static void found(struct wait_request *request, struct process *child, int cause, int status)
{
	request->child = child->pid->nr;
	request->cause = cause;
	request->status = status;
	rcu_read_lock();
	request->uid = thread_cred(child->leader)->uid;
	rcu_read_unlock();
	process_rusage(child, RUSAGE_BOTH, &request->usage);
}

/* siglock of both is never needed at once: the child is a zombie and changes no more. */
static void inherit_figures(struct process *p, struct process *child)
{
	spin_lock(&p->siglock);
	p->child_user_ns += child->user_ns + child->child_user_ns;
	p->child_system_ns += child->system_ns + child->child_system_ns;
	p->child_min_flt += child->min_flt + child->child_min_flt;
	p->child_maj_flt += child->maj_flt + child->child_maj_flt;
	p->child_nvcsw += child->nvcsw + child->child_nvcsw;
	p->child_nivcsw += child->nivcsw + child->child_nivcsw;
	p->child_max_rss = max3(p->child_max_rss, child->max_rss, child->child_max_rss);
	spin_unlock(&p->siglock);
}

static bool take_zombie(struct wait_request *request, struct process *child)
{
	int code = child->exit_code;

	if (!(request->options & WEXITED) || child->exit_state != PROCESS_ZOMBIE)
		return false;
	request->code = code;
	if (code & 0x7f)
		found(request, child, CLD_KILLED, code & 0x7f);
	else
		found(request, child, CLD_EXITED, code >> 8);
	if (request->options & WNOWAIT)
		return true;
	inherit_figures(current->process, child);
	release_process(child);
	return true;
}

static bool take_stopped(struct wait_request *request, struct process *child)
{
	int code = 0;

	if (!(request->options & WSTOPPED))
		return false;
	spin_lock(&child->siglock);
	if (child->flags & PROCESS_STOPPED)
		code = child->stop_code;
	if (!(request->options & WNOWAIT) && code)
		child->stop_code = 0;
	spin_unlock(&child->siglock);
	if (!code)
		return false;
	request->code = code << 8 | 0x7f;
	found(request, child, CLD_STOPPED, code);
	return true;
}

static bool take_continued(struct wait_request *request, struct process *child)
{
	bool continued;

	if (!(request->options & WCONTINUED))
		return false;
	spin_lock(&child->siglock);
	continued = child->flags & PROCESS_CONTINUED;
	if (continued && !(request->options & WNOWAIT))
		child->flags &= ~PROCESS_CONTINUED;
	spin_unlock(&child->siglock);
	if (!continued)
		return false;
	request->code = 0xffff;
	found(request, child, CLD_CONTINUED, SIGCONT);
	return true;
}

/* 1: found; 0: some child may yet do; -ECHILD. */
static int look_at_children(struct wait_request *request)
{
	int result = -ECHILD;
	struct process *child;

	spin_lock_irq(&process_lock);
	list_for_each_entry(child, &current->process->children, sibling) {
		if (!concerns(request, child))
			continue;
		result = 0;
		if (take_zombie(request, child) || take_stopped(request, child) ||
		    take_continued(request, child)) {
			result = 1;
			break;
		}
	}
	spin_unlock_irq(&process_lock);
	return result;
}

int process_wait(struct wait_request *request)
{
	struct process *p = current->process;
	DEFINE_WAIT(entry);
	int result;

	for (;;) {
		/*
		 * On the queue anew each time, by its lock: whoever wakes us takes us off it only after we may run again. Another thread's child
		 * may have been meant, and the wake-up for ours must still find us.
		 */
		prepare_to_wait(&p->child_wait, &entry, THREAD_INTERRUPTIBLE);
		result = look_at_children(request);
		if (result || request->options & WNOHANG)
			break;
		if (signal_pending(current)) {
			result = -ERESTARTSYS;
			break;
		}
		schedule();
	}
	finish_wait(&p->child_wait, &entry);
	pid_flush_dead();
	return result;
}

/* --- figures --- */

static struct __kernel_old_timeval to_timeval(u64 ns)
{
	return (struct __kernel_old_timeval){ .tv_sec = ns / NSEC_PER_SEC,
					      .tv_usec = ns % NSEC_PER_SEC / NSEC_PER_USEC };
}

void process_rusage(struct process *p, int who, struct rusage *usage)
{
	struct process_times times = {};
	u64 user_ns = 0, system_ns = 0;
	unsigned long max_rss = 0;

	*usage = (struct rusage){};
	if (who == RUSAGE_SELF || who == RUSAGE_BOTH) {
		process_times(p, &times);
		max_rss = p->max_rss;
	}
	if (who == RUSAGE_CHILDREN || who == RUSAGE_BOTH) {
		unsigned long flags;

		spin_lock_irqsave(&p->siglock, flags);
		user_ns = p->child_user_ns;
		system_ns = p->child_system_ns;
		times.min_flt += p->child_min_flt;
		times.maj_flt += p->child_maj_flt;
		times.nvcsw += p->child_nvcsw;
		times.nivcsw += p->child_nivcsw;
		max_rss = max(max_rss, p->child_max_rss);
		spin_unlock_irqrestore(&p->siglock, flags);
	}
	usage->ru_utime = to_timeval(user_ns + times.user_ns);
	usage->ru_stime = to_timeval(system_ns + times.system_ns);
	usage->ru_minflt = times.min_flt;
	usage->ru_majflt = times.maj_flt;
	usage->ru_nvcsw = times.nvcsw;
	usage->ru_nivcsw = times.nivcsw;
	usage->ru_maxrss = max_rss * (PAGE_SIZE / 1024);
}
