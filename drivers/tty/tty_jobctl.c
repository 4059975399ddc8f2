// SPDX-License-Identifier: MIT
/*
 * Sessions, controlling terminals and job control (POSIX.1-2017, 11.1.3 "The Controlling Terminal" and 11.1.4 "Terminal Access
 * Control").
 *
 * A tty that controls a session holds references on the session's and the foreground group's identifiers, and the session holds one
 * reference on the tty; session_mutex serialises taking and losing it. process->tty of each member points to it without a reference: it
 * is read and changed under the process's siglock, and the session's reference is dropped only after session_clear_tty() has been through
 * all members.
 */
#include "internal.h"

#include <kernel/process.h>
#include <kernel/rcu.h>
#include <kernel/signal.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/ioctls.h>

static DEFINE_MUTEX(session_mutex); /* which session a terminal controls */

static struct tty *process_tty_get(struct process *p)
{
	struct tty *tty;
	unsigned long flags;

	spin_lock_irqsave(&p->siglock, flags);
	tty = p->tty;
	if (tty)
		tty_get(tty);
	spin_unlock_irqrestore(&p->siglock, flags);
	return tty;
}

struct tty *tty_current(void)
{
	return current->process ? process_tty_get(current->process) : NULL;
}

bool tty_current_is(const struct tty *tty)
{
	return READ_ONCE(current->process->tty) == tty;
}

static struct pid *pgrp_get(struct tty *tty)
{
	struct pid *pgrp;
	unsigned long flags;

	spin_lock_irqsave(&tty->ctrl_lock, flags);
	pgrp = tty->pgrp ? get_pid(tty->pgrp) : NULL;
	spin_unlock_irqrestore(&tty->ctrl_lock, flags);
	return pgrp;
}

static struct pid *session_get(struct tty *tty)
{
	struct pid *session;
	unsigned long flags;

	spin_lock_irqsave(&tty->ctrl_lock, flags);
	session = tty->session ? get_pid(tty->session) : NULL;
	spin_unlock_irqrestore(&tty->ctrl_lock, flags);
	return session;
}

void tty_signal_pgrp(struct tty *tty, int sig)
{
	struct pid *pgrp = pgrp_get(tty);

	if (!pgrp)
		return;
	kill_pgrp(pgrp, sig, SEND_SIG_PRIV);
	put_pid(pgrp);
}

/*
 * A process of a background group touches its terminal: reading and changing it stop the group, unless the signal is blocked or ignored
 * (then a read fails and a write goes through), or nobody could continue it.
 */
int tty_check_change(struct tty *tty, int sig)
{
	struct pid *pgrp, *own;
	int result = 0;

	if (!tty_current_is(tty))
		return 0;
	pgrp = pgrp_get(tty);
	own = current_pgrp();
	if (pgrp && pgrp != own) {
		if (sigset_has(&current->blocked, sig) ||
		    signal_is_ignored(current->process, sig)) {
			result = sig == SIGTTIN ? -EIO : 0;
		} else if (pgrp_is_orphaned(own)) {
			result = -EIO;
		} else {
			kill_pgrp(own, sig, SEND_SIG_PRIV);
			set_thread_flag(current, TF_SIGNAL_PENDING);
			result = -ERESTARTSYS;
		}
	}
	put_pid(pgrp);
	put_pid(own);
	return result;
}

/* tty, which controls no session, becomes current's controlling terminal. session_mutex held; the caller has checked that it may. */
static void control(struct tty *tty)
{
	struct pid *pgrp = current_pgrp(), *session = current_session();

	put_pid(xchg(&current->process->lost_foreground, NULL));
	tty_get(tty); /* the session's */
	spin_lock_irq(&tty->ctrl_lock);
	tty->pgrp = pgrp;
	tty->session = session;
	spin_unlock_irq(&tty->ctrl_lock);
	process_set_tty(current->process, tty);
}

void tty_open_controlling(struct tty *tty, struct file *file)
{
	if (tty_is_pty_master(tty) || !current->process->is_session_leader ||
	    !(file->mode & FMODE_READ))
		return;
	mutex_lock(&session_mutex);
	if (!READ_ONCE(current->process->tty) && !READ_ONCE(tty->session))
		control(tty);
	mutex_unlock(&session_mutex);
}

/* session_mutex held. */
static void release_session(struct tty *tty)
{
	struct pid *pgrp, *session;

	spin_lock_irq(&tty->ctrl_lock);
	pgrp = tty->pgrp;
	session = tty->session;
	tty->pgrp = tty->session = NULL;
	spin_unlock_irq(&tty->ctrl_lock);
	if (!session)
		return;
	session_clear_tty(session);
	put_pid(pgrp);
	put_pid(session);
	tty_put(tty); /* the session's */
}

void tty_release_session(struct tty *tty)
{
	mutex_lock(&session_mutex);
	release_session(tty);
	mutex_unlock(&session_mutex);
}

/* The group that had the foreground when its terminal went: it hears of that when the session's leader exits. siglock of the leader. */
static void remember_foreground(struct process *leader, struct pid *pgrp)
{
	struct pid *old;
	unsigned long flags;

	spin_lock_irqsave(&leader->siglock, flags);
	old = leader->lost_foreground;
	leader->lost_foreground = get_pid(pgrp);
	spin_unlock_irqrestore(&leader->siglock, flags);
	put_pid(old);
}

/* Hang-up: the leader hears of it (and is continued, if stopped, to act on it), and the session loses its terminal. */
void tty_hangup_session(struct tty *tty)
{
	struct pid *session, *pgrp;
	struct process *leader;

	mutex_lock(&session_mutex);
	session = session_get(tty);
	pgrp = pgrp_get(tty);
	release_session(tty);
	mutex_unlock(&session_mutex);
	if (!session)
		return;
	rcu_read_lock();
	leader = rcu_dereference(session->process);
	if (leader) {
		remember_foreground(leader, pgrp);
		send_signal_process(leader, SIGHUP, SEND_SIG_PRIV);
		send_signal_process(leader, SIGCONT, SEND_SIG_PRIV);
	}
	rcu_read_unlock();
	put_pid(session);
	put_pid(pgrp);
}

static void signal_and_put(struct pid *pgrp, bool wake)
{
	if (!pgrp)
		return;
	kill_pgrp(pgrp, SIGHUP, SEND_SIG_PRIV);
	if (wake)
		kill_pgrp(pgrp, SIGCONT, SEND_SIG_PRIV);
	put_pid(pgrp);
}

/* A session leader exits: the foreground group hears of it, and a real line is hung up for whoever else has it open. */
static void session_exit(struct process *leader)
{
	struct tty *tty = process_tty_get(leader);

	if (tty) {
		signal_and_put(pgrp_get(tty), false);
		if (tty->driver->type == TTY_TYPE_PTY_SLAVE)
			tty_release_session(tty);
		else
			tty_vhangup(tty);
		tty_put(tty);
	}
	signal_and_put(xchg(&leader->lost_foreground, NULL), true);
}

static int may_take(struct tty *tty, struct file *file, unsigned long force)
{
	struct process *p = current->process;

	if (!p->is_session_leader || READ_ONCE(p->tty))
		return -EPERM;
	if (READ_ONCE(tty->session) && (force != 1 || !capable(CAP_SYS_ADMIN)))
		return -EPERM;
	return (file->mode & FMODE_READ) || capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static long set_controlling(struct tty *tty, struct file *file, unsigned long force)
{
	int error = 0;

	mutex_lock(&session_mutex);
	if (!current->process->is_session_leader || !READ_ONCE(tty->session) ||
	    !tty_current_is(tty)) {
		error = may_take(tty, file, force);
		if (!error) {
			release_session(tty);
			control(tty);
		}
	}
	mutex_unlock(&session_mutex);
	return error;
}

/* TIOCNOTTY: of a leader, all its session loses the terminal. */
static long give_up(struct tty *tty)
{
	if (!tty_current_is(tty))
		return -ENOTTY;
	if (current->process->is_session_leader) {
		signal_and_put(pgrp_get(tty), true);
		tty_release_session(tty);
	} else {
		process_set_tty(current->process, NULL);
	}
	return 0;
}

static bool is_session_of_current(struct tty *tty)
{
	struct pid *session = current_session();
	bool same = READ_ONCE(tty->session) == session;

	put_pid(session);
	return same;
}

static long get_pgrp(struct tty *tty, struct tty *real, s32 __user *arg)
{
	struct pid *pgrp;
	s32 nr;

	if (tty == real && !tty_current_is(real))
		return -ENOTTY;
	pgrp = pgrp_get(real);
	nr = pgrp ? pgrp->nr : 0;
	put_pid(pgrp);
	return put_user(nr, arg);
}

static long set_pgrp(struct tty *tty, struct tty *real, const s32 __user *arg)
{
	struct pid *pgrp, *old = NULL;
	struct process *member;
	int error = tty_check_change(real, SIGTTOU);
	s32 nr;

	if (error)
		return error == -EIO ? -ENOTTY : error;
	if (get_user(nr, arg))
		return -EFAULT;
	if (nr < 0)
		return -EINVAL;
	if (!tty_current_is(real) || !is_session_of_current(real))
		return -ENOTTY;

	spin_lock_irq(&process_lock);
	pgrp = find_pid(nr);
	if (!pgrp || list_empty(&pgrp->group_members)) {
		error = -ESRCH;
	} else {
		member = list_first_entry(&pgrp->group_members, struct process, pgrp_node);
		if (member->session != current->process->session)
			error = -EPERM;
		else
			get_pid(pgrp);
	}
	spin_unlock_irq(&process_lock);
	if (error)
		return error;

	spin_lock_irq(&real->ctrl_lock);
	old = real->pgrp;
	real->pgrp = pgrp;
	spin_unlock_irq(&real->ctrl_lock);
	put_pid(old);
	return 0;
}

static long get_session(struct tty *tty, struct tty *real, s32 __user *arg)
{
	struct pid *session;
	s32 nr;

	if (tty == real && !tty_current_is(real))
		return -ENOTTY;
	session = session_get(real);
	if (!session)
		return -ENOTTY;
	nr = session->nr;
	put_pid(session);
	return put_user(nr, arg);
}

long tty_jobctl_ioctl(struct tty *tty, struct tty *real, struct file *file, unsigned int command,
		      unsigned long arg)
{
	s32 __user *p = (s32 __user *)arg;

	switch (command) {
	case TIOCSCTTY: return set_controlling(real, file, arg);
	case TIOCNOTTY: return give_up(tty);
	case TIOCGPGRP: return get_pgrp(tty, real, p);
	case TIOCSPGRP: return set_pgrp(tty, real, p);
	case TIOCGSID: return get_session(tty, real, p);
	default: return -ENOIOCTLCMD;
	}
}

void tty_jobctl_init(void)
{
	tty_session_exit_hook = session_exit;
}
