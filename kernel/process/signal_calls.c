// SPDX-License-Identifier: MIT
/* System calls of signals. Linux's sigset_t is 8 bytes; another size is EINVAL. */
#include <kernel/hrtimer.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/syscalls.h>
#include <kernel/time.h>
#include <kernel/user_time.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <uapi/signal.h>
#include <uapi/time.h>
#include "internal.h"

static bool signal_is_valid(int sig)
{
	return sig >= 1 && sig <= 64;
}

/* --- handlers and masks --- */

/* A signal that is now ignored and pending goes away, as POSIX wants. */
static void install_action(int sig, const struct sigaction_kernel *new)
{
	struct process *p = current->process;

	/* lint: arrayIndexOutOfBoundsCond: sig - 1 is below 64 */
	p->signals->action[sig - 1] = *new;
	if (new->handler == SIG_IGN || (new->handler == SIG_DFL &&signal_in(sig, SIGNALS_IGNORE)))
		flush_signals_of(sigmask(sig), p);
}

#define SA_KNOWN	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER | SA_RESETHAND | \
			 SA_EXPOSE_TAGBITS | SA_RESTORER)

long sys_rt_sigaction(int sig, const struct sigaction __user *act, struct sigaction __user *old,
		      size_t size)
{
	struct process *p = current->process;
	struct sigaction_kernel former, new;
	struct sigaction in, out;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (act && copy_from_user(&in, act, sizeof(in)))
		return -EFAULT;
	if (!signal_is_valid(sig) || (act && signal_in(sig, SIGNALS_KERNEL_ONLY)))
		return -EINVAL;
	if (act) {
		new.handler = in.sa_handler;
		/* Unknown flags read back as clear: that is how programs find out what is supported. */
		new.flags = in.sa_flags &SA_KNOWN;
		new.restorer = in.sa_restorer;
		new.mask.sig[0] = in.sa_mask.sig[0] & ~SIGNALS_KERNEL_ONLY;
	}
	spin_lock_irq(&p->siglock);
	spin_lock(&p->signals->lock);
	former = p->signals->action[sig - 1];
	if (act)
		install_action(sig, &new);
	spin_unlock(&p->signals->lock);
	spin_unlock_irq(&p->siglock);
	if (!old)
		return 0;
	memset(&out, 0, sizeof(out));
	out.sa_handler = former.handler;
	out.sa_flags = former.flags;
	out.sa_restorer = former.restorer;
	out.sa_mask = former.mask;
	return copy_to_user(old, &out, sizeof(out)) ? -EFAULT : 0;
}

long sys_rt_sigprocmask(int how, const sigset_t __user *set, sigset_t __user *old, size_t size)
{
	sigset_t former = current->blocked, wanted;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (set) {
		if (copy_from_user(&wanted, set, sizeof(wanted)))
			return -EFAULT;
		switch (how) {
		case SIG_BLOCK: wanted.sig[0] |= former.sig[0]; break;
		case SIG_UNBLOCK: wanted.sig[0] = former.sig[0] & ~wanted.sig[0]; break;
		case SIG_SETMASK: break;
		default: return -EINVAL;
		}
		set_current_blocked(&wanted);
	}
	return old && copy_to_user(old, &former, sizeof(former)) ? -EFAULT : 0;
}

long sys_rt_sigpending(sigset_t __user *set, size_t size)
{
	struct process *p = current->process;
	sigset_t pending;

	if (size > sizeof(sigset_t))
		return -EINVAL;
	spin_lock_irq(&p->siglock);
	pending.sig[0] = (current->pending_set.sig[0] | p->pending_set.sig[0]) &
			 current->blocked.sig[0];
	spin_unlock_irq(&p->siglock);
	return copy_to_user(set, &pending, size) ? -EFAULT : 0;
}

long sys_rt_sigsuspend(sigset_t __user *mask, size_t size)
{
	sigset_t set;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (copy_from_user(&set, mask, sizeof(set)))
		return -EFAULT;
	current->saved_sigmask = current->blocked;
	set_current_blocked(&set);
	while (!signal_pending(current)) {
		set_current_state(THREAD_INTERRUPTIBLE);
		if (!signal_pending(current))
			schedule();
		__set_current_state(THREAD_RUNNING);
	}
	set_thread_flag(current, TF_RESTORE_SIGMASK);
	return -ERESTARTNOHAND;
}

long sys_pause(void)
{
	while (!signal_pending(current)) {
		set_current_state(THREAD_INTERRUPTIBLE);
		if (!signal_pending(current))
			schedule();
		__set_current_state(THREAD_RUNNING);
	}
	return -ERESTARTNOHAND;
}

/* --- waiting for a signal --- */

static int wait_for_signal(const sigset_t *wanted, struct siginfo *info, s64 timeout_ns)
{
	struct thread *t = current;
	struct process *p = t->process;
	sigset_t others = { { ~wanted->sig[0] | SIGNALS_KERNEL_ONLY } };
	int sig, slept = 0;

	spin_lock_irq(&p->siglock);
	sig = dequeue_signal(&others, info);
	if (sig || !timeout_ns)
		goto out;
	/* While it sleeps, what it waits for must be able to wake it, and is not ignored. */
	t->real_blocked = t->blocked;
	t->blocked.sig[0] &= others.sig[0];
	recalc_sigpending();
	spin_unlock_irq(&p->siglock);
	set_current_state(THREAD_INTERRUPTIBLE);
	if (signal_pending(t))
		slept = -EINTR;
	else
		slept = schedule_hrtimeout_range(timeout_ns, t->timer_slack_ns, HRTIMER_MODE_REL,
						 CLOCK_MONOTONIC);
	__set_current_state(THREAD_RUNNING);
	spin_lock_irq(&p->siglock);
	t->blocked = t->real_blocked;
	t->real_blocked = (sigset_t){ { 0 } };
	sig = dequeue_signal(&others, info);
out:
	spin_unlock_irq(&p->siglock);
	if (sig)
		return sig;
	return slept == -EINTR ? -EINTR : -EAGAIN;
}

long sys_rt_sigtimedwait(const sigset_t __user *set, struct siginfo __user *info,
			 const struct __kernel_timespec __user *timeout, size_t size)
{
	u64 timeout_ns = KTIME_MAX;
	struct siginfo taken;
	sigset_t wanted;
	int sig;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (copy_from_user(&wanted, set, sizeof(wanted)))
		return -EFAULT;
	if (timeout) {
		int error = get_user_timespec(timeout, &timeout_ns);

		if (error)
			return error;
	}
	sig = wait_for_signal(&wanted, &taken, timeout_ns);
	if (sig > 0 && info && copy_siginfo_to_user(info, &taken))
		return -EFAULT;
	return sig;
}

/* --- sending --- */

static void fill_sender(struct siginfo *info, int sig, int code)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = sig;
	info->si_code = code;
	info->si_pid = current->process->pid->nr;
	info->si_uid = current_uid();
}

/* Signal 0 only asks whether it would be allowed. RCU section held. */
static int send_checked(struct process *p, int sig, struct siginfo *info)
{
	int err = sig && !signal_is_valid(sig) ? -EINVAL : signal_permission(p, sig);

	return err || !sig ? err : send_signal_process(p, sig, info);
}

static int kill_one(s32 nr, int sig, struct siginfo *info)
{
	struct process *p;
	int err = -ESRCH;

	rcu_read_lock();
	p = find_process(nr);
	/* A thread's number names its process too. */
	if (!p) {
		struct thread *t = find_thread(nr);

		p = t ? t->process : NULL;
	}
	if (p)
		err = send_checked(p, sig, info);
	rcu_read_unlock();
	return err;
}

static int kill_group(s32 nr, int sig, struct siginfo *info)
{
	struct process *p;
	struct pid *pgrp;
	int result = -ESRCH;

	spin_lock_irq(&process_lock);
	pgrp = nr ? find_pid(nr) : current->process->pgrp;
	if (pgrp) {
		list_for_each_entry(p, &pgrp->group_members, pgrp_node) {
			int err = send_checked(p, sig, info);

			if (result)
				result = err;
		}
	}
	spin_unlock_irq(&process_lock);
	return result;
}

/* Everybody but init and the caller's own process. EPERM only when there was somebody and nobody could be reached. */
static int kill_everybody(int sig, struct siginfo *info)
{
	struct process *p;
	int count = 0, result = 0;

	spin_lock_irq(&process_lock);
	list_for_each_entry(p, &all_processes, all_node) {
		int err;

		if (p->pid->nr <= 1 || p == current->process)
			continue;
		err = send_checked(p, sig, info);
		count++;
		if (err != -EPERM)
			result = err;
	}
	spin_unlock_irq(&process_lock);
	return count ? result : -ESRCH;
}

long sys_kill(int pid, int sig)
{
	struct siginfo info;

	fill_sender(&info, sig, SI_USER);
	if (pid > 0)
		return kill_one(pid, sig, &info);
	if (pid == INT_MIN)
		return -ESRCH;
	return pid == -1 ? kill_everybody(sig, &info) : kill_group(-pid, sig, &info);
}

static int send_to_thread(s32 tgid, s32 tid, int sig, struct siginfo *info)
{
	struct thread *t;
	int err = -ESRCH;

	rcu_read_lock();
	t = find_thread(tid);
	if (t && t->process && (tgid <= 0 || t->process->pid->nr == tgid)) {
		err = sig && !signal_is_valid(sig) ? -EINVAL : signal_permission(t->process, sig);
		/* It exits just now: as if it had died right after the signal. */
		if (!err && sig && send_signal_thread(t, sig, info) == -EAGAIN)
			err = -EAGAIN;
	}
	rcu_read_unlock();
	return err;
}

long sys_tgkill(int tgid, int tid, int sig)
{
	struct siginfo info;

	if (tid <= 0 || tgid <= 0)
		return -EINVAL;
	fill_sender(&info, sig, SI_TKILL);
	return send_to_thread(tgid, tid, sig, &info);
}

long sys_tkill(int tid, int sig)
{
	struct siginfo info;

	if (tid <= 0)
		return -EINVAL;
	fill_sender(&info, sig, SI_TKILL);
	return send_to_thread(0, tid, sig, &info);
}

/* Programs may not pass their signals off as the kernel's or as another's kill. */
static bool code_may_be_sent(const struct siginfo *info, s32 target)
{
	return (info->si_code < 0 && info->si_code != SI_TKILL) ||
	       target == current->process->pid->nr;
}

long sys_rt_sigqueueinfo(int pid, int sig, struct siginfo __user *uinfo)
{
	struct siginfo info;
	int err = copy_siginfo_from_user(&info, uinfo);

	if (err)
		return err;
	info.si_signo = sig;
	if (!code_may_be_sent(&info, pid))
		return -EPERM;
	return kill_one(pid, sig, &info);
}

long sys_rt_tgsigqueueinfo(int tgid, int tid, int sig, struct siginfo __user *uinfo)
{
	struct siginfo info;
	int err = copy_siginfo_from_user(&info, uinfo);

	if (err)
		return err;
	info.si_signo = sig;
	if (tid <= 0 || tgid <= 0)
		return -EINVAL;
	if (!((info.si_code < 0 && info.si_code != SI_TKILL) || tid == current->tid))
		return -EPERM;
	return send_to_thread(tgid, tid, sig, &info);
}

/* --- alternate stacks --- */

bool on_sig_stack(unsigned long sp)
{
	struct thread *t = current;

	/* With SS_AUTODISARM the stack is given up while a handler is on it. */
	if (t->sigaltstack_flags & SS_AUTODISARM)
		return false;
	return sp > t->sigaltstack_sp && sp - t->sigaltstack_sp <= t->sigaltstack_size;
}

static unsigned int altstack_mode(unsigned long sp)
{
	if (!current->sigaltstack_size)
		return SS_DISABLE;
	return on_sig_stack(sp) ? SS_ONSTACK : 0;
}

static int set_altstack(const struct sigaltstack *stack, unsigned long sp)
{
	struct thread *t = current;
	unsigned int mode = stack->ss_flags & ~SS_FLAG_BITS;
	bool disable = mode == SS_DISABLE;

	if (on_sig_stack(sp))
		return -EPERM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (!disable && stack->ss_size < MINSIGSTKSZ)
		return -ENOMEM;
	t->sigaltstack_sp = disable ? 0 : (unsigned long)stack->ss_sp;
	t->sigaltstack_size = disable ? 0 : stack->ss_size;
	t->sigaltstack_flags = stack->ss_flags;
	return 0;
}

long sys_sigaltstack(const struct sigaltstack __user *stack, struct sigaltstack __user *old)
{
	unsigned long sp = thread_frame(current)->rsp;
	struct sigaltstack in, out = {};
	int err;

	if (stack && copy_from_user(&in, stack, sizeof(in)))
		return -EFAULT;
	out.ss_sp = (void *)current->sigaltstack_sp;
	out.ss_size = current->sigaltstack_size;
	out.ss_flags = altstack_mode(sp) | (current->sigaltstack_flags & SS_FLAG_BITS);
	if (stack) {
		err = set_altstack(&in, sp);
		if (err)
			return err;
	}
	return old && copy_to_user(old, &out, sizeof(out)) ? -EFAULT : 0;
}

/* Into the frame of a handler. */
int save_altstack(struct sigaltstack __user *stack)
{
	struct thread *t = current;
	struct sigaltstack out = {
		.ss_sp = (void *)t->sigaltstack_sp,
		.ss_flags = t->sigaltstack_flags,
		.ss_size = t->sigaltstack_size,
	};

	return copy_to_user(stack, &out, sizeof(out)) ? -EFAULT : 0;
}

/* Out of it: a stack that cannot be set is no reason to fail. */
int restore_altstack(const struct sigaltstack __user *stack)
{
	struct sigaltstack in;

	if (copy_from_user(&in, stack, sizeof(in)))
		return -EFAULT;
	set_altstack(&in, thread_frame(current)->rsp);
	return 0;
}
