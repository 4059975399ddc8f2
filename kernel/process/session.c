// SPDX-License-Identifier: MIT
/*
 * Sessions and process groups. Both are lists of processes that hang on the identifier of their leader; a process is in one of each.
 * process_lock guards all of it.
 */
#include <kernel/process.h>
#include <kernel/signal.h>
#include <kernel/syscalls.h>
#include "internal.h"

struct pid *current_pgrp(void)
{
	struct pid *pid;
	unsigned long flags;

	spin_lock_irqsave(&process_lock, flags);
	pid = get_pid(current->process->pgrp);
	spin_unlock_irqrestore(&process_lock, flags);
	return pid;
}

struct pid *current_session(void)
{
	struct pid *pid;
	unsigned long flags;

	spin_lock_irqsave(&process_lock, flags);
	pid = get_pid(current->process->session);
	spin_unlock_irqrestore(&process_lock, flags);
	return pid;
}

static void move_to_group(struct process *p, struct pid *pgrp)
{
	struct pid *old = p->pgrp;

	if (old == pgrp)
		return;
	list_move_tail(&p->pgrp_node, &pgrp->group_members);
	p->pgrp = get_pid(pgrp);
	pid_drop_if_unused(old);
	put_pid(old);
}

static void move_to_session(struct process *p, struct pid *session)
{
	struct pid *old = p->session;

	if (old == session)
		return;
	list_move_tail(&p->session_node, &session->session_members);
	p->session = get_pid(session);
	pid_drop_if_unused(old);
	put_pid(old);
}

/* The caller may move itself, and children that have not run another program yet. */
static int check_setpgid(struct process *p, struct process *caller)
{
	if (p != caller) {
		if (p->real_parent != caller)
			return -ESRCH;
		if (p->session != caller->session)
			return -EPERM;
		if (p->did_exec)
			return -EACCES;
	}
	return p->is_session_leader ? -EPERM : 0;
}

static int setpgid_locked(s32 nr, s32 pgid)
{
	struct process *caller = current->process, *p = nr ? find_process(nr) : caller, *member;
	struct pid *pgrp;
	int err;

	if (!p)
		return -ESRCH;
	err = check_setpgid(p, caller);
	if (err)
		return err;
	pgrp = p->pid;
	if (pgid && pgid != p->pid->nr) {
		pgrp = find_pid(pgid);
		member = pgrp ? list_first_entry_or_null(&pgrp->group_members, struct process,
							 pgrp_node)
			      : NULL;
		if (!member || member->session != caller->session)
			return -EPERM;
	}
	move_to_group(p, pgrp);
	return 0;
}

long sys_setpgid(int nr, int pgid)
{
	int err;

	if (pgid < 0)
		return -EINVAL;
	spin_lock_irq(&process_lock);
	err = setpgid_locked(nr, pgid);
	spin_unlock_irq(&process_lock);
	return err;
}

long sys_getpgid(int nr)
{
	struct process *p;
	struct thread *t;
	long result = -ESRCH;

	spin_lock_irq(&process_lock);
	t = nr ? find_thread(nr) : NULL;
	p = nr ? (t ? t->process : find_process(nr)) : current->process;
	if (p)
		result = p->pgrp->nr;
	spin_unlock_irq(&process_lock);
	return result;
}

long sys_getpgrp(void)
{
	return sys_getpgid(0);
}

long sys_getsid(int nr)
{
	struct process *p;
	struct thread *t;
	long result = -ESRCH;

	spin_lock_irq(&process_lock);
	t = nr ? find_thread(nr) : NULL;
	p = nr ? (t ? t->process : find_process(nr)) : current->process;
	if (p)
		result = p->session->nr;
	spin_unlock_irq(&process_lock);
	return result;
}

long sys_setsid(void)
{
	struct process *p = current->process;
	long result = -EPERM;

	spin_lock_irq(&process_lock);
	/* A group of this number may outlive its leader and belong to another session. */
	if (p->is_session_leader || !list_empty(&p->pid->group_members))
		goto out;
	p->is_session_leader = true;
	move_to_session(p, p->pid);
	move_to_group(p, p->pid);
	spin_lock(&p->siglock);
	p->tty = NULL;
	spin_unlock(&p->siglock);
	result = p->pid->nr;
out:
	spin_unlock_irq(&process_lock);
	return result;
}

/* --- terminals --- */

void process_set_tty(struct process *p, struct tty *tty)
{
	unsigned long flags;

	spin_lock_irqsave(&p->siglock, flags);
	p->tty = tty;
	spin_unlock_irqrestore(&p->siglock, flags);
}

void session_clear_tty(struct pid *session)
{
	struct process *p;
	unsigned long flags;

	spin_lock_irqsave(&process_lock, flags);
	list_for_each_entry(p, &session->session_members, session_node) {
		spin_lock(&p->siglock);
		p->tty = NULL;
		spin_unlock(&p->siglock);
	}
	spin_unlock_irqrestore(&process_lock, flags);
}

bool session_has_leader_with_tty(struct pid *session, struct tty *tty)
{
	struct process *p;
	unsigned long flags;
	bool found = false;

	spin_lock_irqsave(&process_lock, flags);
	list_for_each_entry(p, &session->session_members, session_node)
		found |= p->is_session_leader && READ_ONCE(p->tty) == tty;
	spin_unlock_irqrestore(&process_lock, flags);
	return found;
}
