// SPDX-License-Identifier: MIT
/*
 * What becomes of a process when a thread of it runs another program: the other threads die, the one left takes the process's number,
 * handlers are its own again. The program itself is loaded by fs/exec.
 */
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/trace.h>
#include <lib/string.h>
#include "internal.h"

static int kill_others(struct process *p)
{
	spin_lock_irq(&p->siglock);
	if (p->flags & PROCESS_GROUP_EXIT || p->group_exit_thread) {
		/* Somebody else was first; the signal that ends us is on its way. */
		spin_unlock_irq(&p->siglock);
		return -EAGAIN;
	}
	p->group_exit_thread = current;
	zap_other_threads(p);
	while (p->nr_threads > 1) {
		set_current_state(THREAD_KILLABLE);
		spin_unlock_irq(&p->siglock);
		schedule();
		__set_current_state(THREAD_RUNNING);
		spin_lock_irq(&p->siglock);
		if (fatal_signal_pending(current)) {
			p->group_exit_thread = NULL;
			spin_unlock_irq(&p->siglock);
			return -EAGAIN;
		}
	}
	spin_unlock_irq(&p->siglock);
	return 0;
}

/* The leader is dead and we go on under its number. Ours is free. */
static void take_over(struct process *p, struct thread *t)
{
	struct thread *old;
	struct pid *old_pid;

	spin_lock_irq(&process_lock);
	old = p->leader;
	old_pid = t->pid;
	rcu_assign_pointer(old_pid->thread, NULL);
	pid_drop_if_unused(old_pid);
	trace_follow_fork(t->tid, p->pid->nr);
	t->pid = get_pid(p->pid);
	t->tid = p->pid->nr;
	rcu_assign_pointer(p->pid->thread, t);
	p->leader = get_thread(t);
	t->start_ns = old->start_ns;
	t->start_boottime_ns = old->start_boottime_ns;
	atomic_dec(&old->cred->user->nr_processes);
	atomic_dec(&nr_user_threads);
	spin_unlock_irq(&process_lock);
	put_pid(old_pid);
	put_thread(old);
}

static int unshare_handlers(struct process *p)
{
	struct signal_handlers *old = p->signals, *new;

	if (refcount_read(&old->refs) == 1)
		return 0;
	new = signal_handlers_alloc();
	if (!new)
		return -ENOMEM;
	/* Parents and senders look at it under process_lock or siglock. */
	spin_lock_irq(&process_lock);
	spin_lock(&p->siglock);
	spin_lock(&old->lock);
	memcpy(new->action, old->action, sizeof(new->action));
	spin_unlock(&old->lock);
	rcu_assign_pointer(p->signals, new);
	spin_unlock(&p->siglock);
	spin_unlock_irq(&process_lock);
	put_signal_handlers(old);
	return 0;
}

int process_become_single(void)
{
	struct thread *t = current;
	struct process *p = t->process;
	int err;

	if (p->nr_threads > 1 || p->leader != t) {
		err = kill_others(p);
		if (err)
			return err;
		if (p->leader != t)
			take_over(p, t);
		p->group_exit_thread = NULL;
	}
	p->exit_signal = SIGCHLD;
	return unshare_handlers(p);
}

void process_new_program(const char *name)
{
	struct thread *t = current;
	struct process *p = t->process;

	posix_timers_delete_all(p);
	spin_lock_irq(&process_lock);
	p->did_exec = true;
	spin_unlock_irq(&process_lock);
	spin_lock_irq(&p->siglock);
	spin_lock(&p->signals->lock);
	flush_signal_handlers(p, false);
	spin_unlock(&p->signals->lock);
	spin_unlock_irq(&p->siglock);
	p->membarrier_state = 0;
	t->sigaltstack_sp = 0;
	t->sigaltstack_size = 0;
	t->sigaltstack_flags = SS_DISABLE;
	t->restart.fn = NULL;
	set_thread_name(t, name);
}
