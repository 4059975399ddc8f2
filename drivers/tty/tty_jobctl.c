// SPDX-License-Identifier: MIT
/*
 * Sessions, controlling terminals and job control (POSIX.1-2017, 11.1.3 "The Controlling Terminal" and 11.1.4 "Terminal Access
 * Control").
 *
 * A tty that controls a session holds references on the session's and the foreground group's identifiers, and the session holds one
 * reference on the tty. process->tty of each member points to it without a reference: it is read and changed under the process's
 * signal lock, and the session's reference is dropped only after session_clear_tty() has been through all members.
 */
#include "internal.h"

#include <kernel/process.h>
#include <kernel/rcu.h>
#include <kernel/signal.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/ioctls.h>

static struct tty *process_tty_get(struct process *p)
{
	struct tty *tty;
	unsigned long flags;

	spin_lock_irqsave(&p->signals->lock, flags);
	tty = p->tty;
	if (tty)
		tty_get(tty);
	spin_unlock_irqrestore(&p->signals->lock, flags);
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
		if (sigset_has(&current->blocked, sig) || signal_is_ignored(current->process, sig)) {
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
	return result;
}

/* tty becomes current's controlling terminal. The caller has checked that it may. */
static void control(struct tty *tty)
{
	struct process *p = current->process;
	struct pid *old_pgrp, *old_session;

	tty_get(tty);			/* the session's */
	spin_lock_irq(&tty->ctrl_lock);
	old_pgrp = tty->pgrp;
	old_session = tty->session;
	tty->pgrp = get_pid(current_pgrp());
	tty->session = get_pid(current_session());
	spin_unlock_irq(&tty->ctrl_lock);
	process_set_tty(p, tty);
	put_pid(old_pgrp);
	put_pid(old_session);
}

void tty_open_controlling(struct tty *tty, struct file *file)
{
	if (tty_is_pty_master(tty) || !current->process->is_session_leader || READ_ONCE(current->process->tty) ||
	    READ_ONCE(tty->session) || !(file->mode & FMODE_READ))
		return;
	control(tty);
}

/* Takes the session off its terminal: no member has one afterwards. */
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
	tty_put(tty);			/* the session's */
}

/* Hang-up: the leader hears of it (and is continued, if stopped, to act on it), the foreground group loses its terminal. */
void tty_hangup_session(struct tty *tty)
{
	struct pid *session = session_get(tty);
	struct process *leader;

	if (!session)
		return;
	rcu_read_lock();
	leader = rcu_dereference(session->process);
	if (leader) {
		send_signal_process(leader, SIGHUP, SEND_SIG_PRIV);
		send_signal_process(leader, SIGCONT, SEND_SIG_PRIV);
	}
	rcu_read_unlock();
	put_pid(session);
	release_session(tty);
}

/* A session leader exits, or gives its terminal up (TIOCNOTTY). */
static void leave(struct process *leader, bool exiting)
{
	struct tty *tty = process_tty_get(leader);

	if (!tty)
		return;
	tty_signal_pgrp(tty, SIGHUP);
	tty_signal_pgrp(tty, SIGCONT);
	if (exiting && tty->driver->type != TTY_TYPE_PTY_SLAVE)
		tty_vhangup(tty);
	else
		release_session(tty);
	tty_put(tty);
}

static void session_exit(struct process *leader)
{
	leave(leader, true);
}

static long set_controlling(struct tty *tty, struct file *file, unsigned long force)
{
	struct process *p = current->process;
	struct pid *session;

	if (p->is_session_leader && tty->session == current_session())
		return 0;
	if (!p->is_session_leader || READ_ONCE(p->tty))
		return -EPERM;
	session = session_get(tty);
	if (session) {
		put_pid(session);
		if (force != 1 || !capable(CAP_SYS_ADMIN))
			return -EPERM;
		release_session(tty);
	}
	if (!(file->mode & FMODE_READ) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	control(tty);
	return 0;
}

static long give_up(struct tty *tty)
{
	struct process *p = current->process;

	if (!tty_current_is(tty))
		return -ENOTTY;
	if (p->is_session_leader)
		leave(p, false);
	else
		process_set_tty(p, NULL);
	return 0;
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
	if (!tty_current_is(real) || READ_ONCE(real->session) != current_session())
		return -ENOTTY;
	if (get_user(nr, arg))
		return -EFAULT;
	if (nr < 0)
		return -EINVAL;

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

long tty_jobctl_ioctl(struct tty *tty, struct tty *real, struct file *file, unsigned int command, unsigned long arg)
{
	s32 __user *p = (s32 __user *)arg;

	switch (command) {
	case TIOCSCTTY:
		return set_controlling(real, file, arg);
	case TIOCNOTTY:
		return give_up(tty);
	case TIOCGPGRP:
		return get_pgrp(tty, real, p);
	case TIOCSPGRP:
		return set_pgrp(tty, real, p);
	case TIOCGSID:
		return get_session(tty, real, p);
	default:
		return -ENOIOCTLCMD;
	}
}

void tty_jobctl_init(void)
{
	tty_session_exit_hook = session_exit;
}
