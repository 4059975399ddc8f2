// SPDX-License-Identifier: MIT
/*
 * The end of threads and processes.
 *
 *	do_exit: no more signals; memory, files and other parts go; exit_notify: off the lists; the last switch.
 *
 * The last thread makes the process a zombie, tells the parent, and hands the children to the nearest ancestor that asked for them
 * (PR_SET_CHILD_SUBREAPER) or to init. A process whose parent does not care is reaped on the spot.
 */
#include <kernel/log.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/time.h>
#include <kernel/trace_events.h>
#include <lib/rculist.h>
#include <lib/string.h>
#include <mm/alloc_fault.h>
#include <mm/space.h>
#include <uapi/signal.h>
#include <uapi/wait.h>
#include "internal.h"

/* --- telling the parent --- */

static u64 user_ticks(u64 ns)
{
	return ns / NSEC_PER_USER_TICK;
}

static u32 process_uid(struct process *p)
{
	u32 uid;

	rcu_read_lock();
	uid = thread_cred(p->leader)->uid;
	rcu_read_unlock();
	return uid;
}

static void fill_child_info(struct siginfo *info, struct process *p, int code, int status)
{
	struct process_times times;

	process_times(p, &times);
	memset(info, 0, sizeof(*info));
	info->si_signo = SIGCHLD;
	info->si_code = code;
	info->si_pid = p->pid->nr;
	info->si_uid = process_uid(p);
	info->si_status = status;
	info->si_utime = user_ticks(times.user_ns);
	info->si_stime = user_ticks(times.system_ns);
}

void wake_parent(struct process *parent, struct process *child)
{
	if (waitqueue_active(&parent->child_wait))
		__wake_up(&parent->child_wait, THREAD_INTERRUPTIBLE, 0, child);
}

static void send_to_parent(struct process *parent, int sig, struct siginfo *info)
{
	struct thread *t = list_first_entry_or_null(&parent->threads, struct thread, process_node);

	if (t)
		send_signal_locked(sig, info, t, true);
}

bool notify_parent_exit(struct process *p, int sig)
{
	struct process *parent = p->parent;
	bool reap = false;
	struct siginfo info;

	assert_spin_locked(&process_lock);
	wake_up_all(&p->pid->poll_wait);
	if (p->exit_code & 0x7f)
		fill_child_info(&info, p, CLD_KILLED, p->exit_code & 0x7f);
	else
		fill_child_info(&info, p, CLD_EXITED, p->exit_code >> 8);
	info.si_signo = sig;
	spin_lock(&parent->siglock);
	if (sig == SIGCHLD) {
		const struct sigaction_kernel *action = &parent->signals->action[SIGCHLD - 1];
		bool ignored = READ_ONCE(action->handler) == SIG_IGN;

		/* POSIX: who ignores SIGCHLD, or says SA_NOCLDWAIT, gets no zombies. The signal is still sent for the latter. */
		reap = ignored || READ_ONCE(action->flags) & SA_NOCLDWAIT;
		if (ignored)
			sig = 0;
	}
	if (sig > 0 && sig <= SIGRTMAX)
		send_to_parent(parent, sig, &info);
	wake_parent(parent, p);
	spin_unlock(&parent->siglock);
	return reap;
}

void notify_parent_stopped(struct process *p, int why)
{
	struct process *parent = p->parent;
	const struct sigaction_kernel *action;
	struct siginfo info;

	assert_spin_locked(&process_lock);
	fill_child_info(&info, p, why,
			why == CLD_CONTINUED ? SIGCONT : READ_ONCE(p->stop_code) & 0x7f);
	spin_lock(&parent->siglock);
	action = &parent->signals->action[SIGCHLD - 1];
	if (READ_ONCE(action->handler) != SIG_IGN && !(READ_ONCE(action->flags) & SA_NOCLDSTOP))
		send_to_parent(parent, SIGCHLD, &info);
	wake_parent(parent, p);
	spin_unlock(&parent->siglock);
}

/* --- process groups that lose the last member who could continue them --- */

static bool is_orphaned(struct pid *pgrp, struct process *but)
{
	struct process *p;

	/* lint: clang-analyzer-core.NullDereference: lists are circular */
	list_for_each_entry(p, &pgrp->group_members, pgrp_node) {
		if (p == but || p->exit_state || p->real_parent->pid->nr <= 1)
			continue;
		if (p->real_parent->pgrp != pgrp && p->real_parent->session == p->session)
			return false;
	}
	return true;
}

static bool has_stopped_member(struct pid *pgrp)
{
	struct process *p;

	list_for_each_entry(p, &pgrp->group_members, pgrp_node)
		if (READ_ONCE(p->flags) & PROCESS_STOPPED)
			return true;
	return false;
}

static void signal_group_locked(struct pid *pgrp, int sig)
{
	struct process *p;

	list_for_each_entry(p, &pgrp->group_members, pgrp_node)
		send_signal_process(p, sig, SEND_SIG_PRIV);
}

/* p exits (dying_parent NULL), or its parent does. */
static void check_orphaned_group(struct process *p, struct process *dying_parent)
{
	struct process *parent = dying_parent ?: p->real_parent;
	struct pid *pgrp = p->pgrp;

	if (parent->pgrp == pgrp || parent->session != p->session ||
	    !is_orphaned(pgrp, dying_parent ? NULL : p) || !has_stopped_member(pgrp))
		return;
	signal_group_locked(pgrp, SIGHUP);
	signal_group_locked(pgrp, SIGCONT);
}

bool pgrp_is_orphaned(struct pid *pgrp)
{
	unsigned long flags;
	bool orphaned;

	spin_lock_irqsave(&process_lock, flags);
	orphaned = is_orphaned(pgrp, NULL);
	spin_unlock_irqrestore(&process_lock, flags);
	return orphaned;
}

/* --- reaping --- */

void release_process(struct process *p)
{
	struct pid *pid = p->pid, *pgrp = p->pgrp, *session = p->session;
	struct thread *leader = p->leader;

	assert_spin_locked(&process_lock);
	p->exit_state = PROCESS_REAPED;
	list_del_init(&p->sibling);
	list_del_init(&p->pgrp_node);
	list_del_init(&p->session_node);
	list_del_rcu(&p->all_node);
	rcu_assign_pointer(pid->process, NULL);
	rcu_assign_pointer(pid->thread, NULL);
	pid_note_dead(pid);
	pid_drop_if_unused(pid);
	if (pgrp != pid)
		pid_drop_if_unused(pgrp);
	if (session != pid && session != pgrp)
		pid_drop_if_unused(session);
	put_pid(pgrp);
	put_pid(session);
	atomic_dec(&leader->cred->user->nr_processes);
	atomic_dec(&nr_user_threads);
	put_thread(leader);
	put_process(p);
}

/* --- children of the dying --- */

/* The nearest ancestor that wants orphans and lives; init at last. */
static struct process *find_reaper(struct process *p)
{
	struct process *q;

	if (!p->has_child_subreaper)
		return init_process;
	for (q = p->real_parent; q->pid->nr > 1; q = q->real_parent)
		if (q->is_child_subreaper && atomic_read(&q->nr_live))
			return q;
	return init_process;
}

static void send_parent_death(struct process *child)
{
	struct thread *t;

	list_for_each_entry(t, &child->threads, process_node)
		if (t->pdeath_signal)
			send_signal_process(child, t->pdeath_signal, SEND_SIG_NOINFO);
}

static void reparent(struct process *child, struct process *father, struct process *reaper)
{
	child->real_parent = reaper;
	child->parent = reaper;
	child->parent_thread = list_first_entry_or_null(&reaper->threads, struct thread,
							process_node);
	list_move_tail(&child->sibling, &reaper->children);
	send_parent_death(child);
	/* The new parent knows nothing of special signals. */
	child->exit_signal = SIGCHLD;
	if (child->exit_state == PROCESS_ZOMBIE && notify_parent_exit(child, SIGCHLD)) {
		check_orphaned_group(child, father);
		release_process(child);
		return;
	}
	check_orphaned_group(child, father);
}

/* Children made by a thread that goes while its process lives on belong to another thread of it. */
static void pass_children_on(struct thread *t, struct process *p)
{
	struct thread *heir = list_first_entry_or_null(&p->threads, struct thread, process_node);
	struct process *child;

	list_for_each_entry(child, &p->children, sibling) {
		if (child->parent_thread != t)
			continue;
		child->parent_thread = heir;
		send_parent_death(child);
	}
}

static void forget_children(struct process *p)
{
	struct process *child, *next, *reaper;

	if (list_empty(&p->children))
		return;
	reaper = find_reaper(p);
	list_for_each_entry_safe(child, next, &p->children, sibling)
		reparent(child, p, reaper);
}

/* --- exit --- */

/* The thread is off its process; a single thread's number is free at once, the leader's lives as long as the process. */
static void unlink_thread(struct thread *t, struct process *p)
{
	spin_lock(&p->siglock);
	process_account_thread(p, t);
	process_unlink_thread(t);
	if (p->signal_target == t)
		p->signal_target = NULL;
	flush_signal_queue(&t->pending_list, &t->pending_set);
	if (p->leader == t && !(p->flags & PROCESS_GROUP_EXIT))
		p->exit_code = t->exit_code;
	if (p->group_exit_thread && p->nr_threads == 1)
		wake_up_thread(p->group_exit_thread);
	spin_unlock(&p->siglock);
	if (p->leader == t)
		return;
	rcu_assign_pointer(t->pid->thread, NULL);
	pid_note_dead(t->pid);
	pid_drop_if_unused(t->pid);
	atomic_dec(&t->cred->user->nr_processes);
	atomic_dec(&nr_user_threads);
}

static void become_zombie(struct process *p)
{
	bool reap;

	spin_lock(&p->siglock);
	flush_signal_queue(&p->pending_list, &p->pending_set);
	if (p->flags & PROCESS_GROUP_EXIT)
		p->exit_code = p->group_exit_code;
	spin_unlock(&p->siglock);
	forget_children(p);
	check_orphaned_group(p, NULL);
	p->exit_state = PROCESS_ZOMBIE;
	if (p->exit_report) {
		p->exit_report->code = p->exit_code;
		complete(&p->exit_report->done);
	}
	reap = notify_parent_exit(p, p->exit_signal);
	if (reap)
		release_process(p);
}

static void exit_notify(struct thread *t, struct process *p)
{
	spin_lock_irq(&process_lock);
	unlink_thread(t, p);
	if (list_empty(&p->threads))
		become_zombie(p);
	else
		pass_children_on(t, p);
	spin_unlock_irq(&process_lock);
	pid_flush_dead();
}

static void exit_space(struct thread *t, struct process *p)
{
	struct address_space *space = t->space;

	thread_release_space(t);
	if (!space)
		return;
	spin_lock_irq(&p->siglock);
	p->max_rss = max(p->max_rss, space_rss_peak(space));
	spin_unlock_irq(&p->siglock);
	spin_lock_irq(&t->lock);
	t->space = NULL;
	spin_unlock_irq(&t->lock);
	space_put(space);
}

/* --- work before the return to user mode --- */

#define RESUME_WORK_CLOSED	((struct resume_work *)1)

int thread_add_resume_work(struct thread *t, struct resume_work *work)
{
	void *head = READ_ONCE(t->resume_work);

	do {
		if (head == RESUME_WORK_CLOSED)
			return -ESRCH;
		work->next = head;
	} while (!try_cmpxchg(&t->resume_work, &head, (void *)work));
	set_thread_flag(t, TF_NOTIFY_RESUME);
	kick_thread(t);
	return 0;
}

static void run_work_list(struct resume_work *work)
{
	struct resume_work *in_order = NULL, *next;

	/* Added in front: turn it round. */
	for (; work; work = next) {
		next = work->next;
		work->next = in_order;
		in_order = work;
	}
	for (work = in_order; work; work = next) {
		next = work->next;
		work->func(work);
		cond_resched();
	}
}

void run_resume_work(void)
{
	struct thread *t = current;

	while (READ_ONCE(t->resume_work) && t->resume_work != RESUME_WORK_CLOSED)
		run_work_list(xchg(&t->resume_work, NULL));
}

static void close_resume_work(struct thread *t)
{
	run_resume_work();
	for (;;) {
		void *none = NULL;

		if (try_cmpxchg(&t->resume_work, &none, (void *)RESUME_WORK_CLOSED))
			return;
		run_resume_work();
	}
}

static void last_thread_exits(struct process *p, long code)
{
	if (p->flags & PROCESS_UNKILLABLE || p == init_process)
		panic("init was killed: exit code 0x%08x", p->group_exit_code ?: (int)code);
	process_timers_exit(p);
}

__noreturn void do_exit(long code)
{
	struct thread *t = current;
	struct process *p = t->process;
	bool last;

	/* A fault on the way out: what is left to release is leaked, the thread must not come back. */
	if (test_thread_flag(t, TF_EXITING)) {
		pr_alert("%s[%d]: fault while exiting, something is leaked\n", t->name, t->tid);
		set_current_state(THREAD_UNINTERRUPTIBLE);
		for (;;)
			schedule();
	}
	trace_sched_process_exit(t);
	exit_signals(t);
	t->exit_code = code;
	last = atomic_dec_and_test(&p->nr_live);
	if (last)
		last_thread_exits(p, code);
	exit_space(t, p);
	process_parts_exit(t);
	if (last && p->is_session_leader && tty_session_exit_hook)
		tty_session_exit_hook(p);
	close_resume_work(t);
	alloc_fault_thread_exits();
	exit_notify(t, p);
	preempt_disable();
	thread_exit_final();
}

__noreturn void do_group_exit(int code)
{
	struct process *p = current->process;

	spin_lock_irq(&p->siglock);
	if (p->flags & PROCESS_GROUP_EXIT) {
		code = p->group_exit_code;
	} else if (p->group_exit_thread) {
		code = 0; /* another thread execs */
	} else {
		p->group_exit_code = code;
		p->flags = (p->flags & PROCESS_UNKILLABLE) | PROCESS_GROUP_EXIT;
		zap_other_threads(p);
	}
	spin_unlock_irq(&p->siglock);
	do_exit(code);
}
