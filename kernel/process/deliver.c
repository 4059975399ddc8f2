// SPDX-License-Identifier: MIT
/*
 * Taking signals: what a thread does about them before it returns to user mode. Default actions happen here; a handler's frame is
 * the architecture's to build.
 */
#include <kernel/log.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include "internal.h"

/* Faults first: their frame must be the one that shows the faulting instruction. */
static int next_signal(const sigset_t *pending, const sigset_t *blocked)
{
	u64 set = pending->sig[0] & ~blocked->sig[0];

	if (set & SIGNALS_SYNCHRONOUS)
		set &= SIGNALS_SYNCHRONOUS;
	return set ? __builtin_ctzll(set) + 1 : 0;
}

/* The first entry of that number; without one, what is known of a signal whose siginfo found no memory. */
static void collect_signal(int sig, struct list_head *list, sigset_t *set, struct siginfo *info)
{
	struct sigqueue *q, *first = NULL;

	list_for_each_entry(q, list, list) {
		if (q->info.si_signo != sig)
			continue;
		if (first)
			goto another_stays;
		first = q;
	}
	sigset_del(set, sig);
	if (!first) {
		*info = (struct siginfo){ .si_signo = sig, .si_code = SI_USER };
		return;
	}
another_stays:
	list_del_init(&first->list);
	*info = first->info;
	if (first->flags & SIGQUEUE_TIMER)
		posix_timer_rearm(first, info);
	sigqueue_free(first);
}

int dequeue_signal(const sigset_t *blocked, struct siginfo *info)
{
	struct thread *t = current;
	struct process *p = t->process;
	int sig = next_signal(&t->pending_set, blocked);

	assert_spin_locked(&p->siglock);
	if (sig) {
		collect_signal(sig, &t->pending_list, &t->pending_set, info);
	} else {
		sig = next_signal(&p->pending_set, blocked);
		if (sig)
			collect_signal(sig, &p->pending_list, &p->pending_set, info);
		if (sig == SIGALRM)
			itimer_real_rearm(p);
	}
	recalc_sigpending();
	if (sig && signal_in(sig, SIGNALS_STOP))
		t->stop_state |= STOP_DEQUEUED;
	return sig;
}

static void take_action(struct process *p, int sig, struct sigaction_kernel *action)
{
	struct sigaction_kernel *slot = &p->signals->action[sig - 1];

	spin_lock(&p->signals->lock);
	*action = *slot;
	if (action->flags & SA_RESETHAND && action->handler != SIG_DFL &&
	    action->handler != SIG_IGN)
		slot->handler = SIG_DFL;
	spin_unlock(&p->signals->lock);
}

int show_unhandled_signals = 1; /* debug.exception-trace */

static void report_fault(int sig)
{
	const struct trap_frame *frame = thread_frame(current);

	printk_ratelimited(
		KERN_INFO
		"%s[%d]: killed by signal %d: trap %lu error %lx address %lx ip %llx sp %llx\n",
		current->name, current->tid, sig, current->trap_number, current->trap_error,
		current->fault_address, frame->rip, frame->rsp);
}

static __noreturn void die_of(int sig) __releases(&current->process->siglock)
{
	spin_unlock_irq(&current->process->siglock);
	if (signal_in(sig, SIGNALS_SYNCHRONOUS) && show_unhandled_signals)
		report_fault(sig);
	do_group_exit(sig);
}

/* The parent hears of stops and continuations in the order in which they happened. */
/* lint: context: true: the lock was let go */
static bool tell_parent(struct process *p)
{
	int why;

	if (!(p->flags & (PROCESS_CLD_STOPPED | PROCESS_CLD_CONTINUED)))
		return false;
	why = p->flags & PROCESS_CLD_CONTINUED ? CLD_CONTINUED : CLD_STOPPED;
	p->flags &= ~(PROCESS_CLD_STOPPED | PROCESS_CLD_CONTINUED);
	spin_unlock_irq(&p->siglock);
	spin_lock_irq(&process_lock);
	notify_parent_stopped(p, why);
	spin_unlock_irq(&process_lock);
	return true;
}

/*
 * Answers what to do about one signal. TAKE: a handler; NONE: nothing pending; AGAIN: siglock was released, look at everything anew;
 * NEXT: this one needs nothing.
 */
enum signal_step { STEP_TAKE, STEP_NONE, STEP_AGAIN, STEP_NEXT };

/* lint: context: STEP_AGAIN: the lock was let go */
static enum signal_step default_stop(struct process *p, int sig)
{
	if (sig != SIGSTOP) {
		struct pid *pgrp;
		bool orphaned;

		/* Nobody could ever continue it. */
		spin_unlock_irq(&p->siglock);
		pgrp = current_pgrp();
		orphaned = pgrp_is_orphaned(pgrp);
		put_pid(pgrp);
		if (orphaned)
			return STEP_AGAIN;
		spin_lock_irq(&p->siglock);
	}
	if (do_signal_stop(sig))
		return STEP_AGAIN;
	return STEP_NEXT;
}

/* lint: context: STEP_AGAIN: the lock was let go */
static enum signal_step take_one(struct process *p, struct ksignal *ks)
{
	if (p->flags & PROCESS_GROUP_EXIT || p->group_exit_thread) {
		sigset_del(&current->pending_set, SIGKILL);
		recalc_sigpending();
		die_of(SIGKILL);
	}
	if (current->stop_state & STOP_PENDING && do_signal_stop(0))
		return STEP_AGAIN;
	ks->sig = dequeue_signal(&current->blocked, &ks->info);
	if (!ks->sig)
		return STEP_NONE;
	take_action(p, ks->sig, &ks->action);
	if (ks->action.handler == SIG_IGN)
		return STEP_NEXT;
	if (ks->action.handler != SIG_DFL)
		return STEP_TAKE;
	if (signal_in(ks->sig, SIGNALS_IGNORE))
		return STEP_NEXT;
	if (p->flags & PROCESS_UNKILLABLE && !signal_in(ks->sig, SIGNALS_KERNEL_ONLY))
		return STEP_NEXT;
	if (signal_in(ks->sig, SIGNALS_STOP))
		return default_stop(p, ks->sig);
	die_of(ks->sig);
}

/* lint: context: STEP_AGAIN: the lock was let go */
bool get_signal(struct ksignal *ks)
{
	struct process *p = current->process;
	enum signal_step step;

	run_resume_work();
	clear_thread_flag(current, TF_NOTIFY_SIGNAL);
again:
	spin_lock_irq(&p->siglock);
	if (tell_parent(p))
		goto again;
	do {
		step = take_one(p, ks);
	} while (step == STEP_NEXT);
	if (step == STEP_AGAIN)
		goto again;
	spin_unlock_irq(&p->siglock);
	return step == STEP_TAKE;
}

void signal_setup_done(bool failed, struct ksignal *ks, bool stepping)
{
	sigset_t blocked;

	if (failed) {
		force_sigsegv(ks->sig);
		return;
	}
	clear_thread_flag(current, TF_RESTORE_SIGMASK);
	blocked.sig[0] = current->blocked.sig[0] | ks->action.mask.sig[0];
	if (!(ks->action.flags & SA_NODEFER))
		sigset_add(&blocked, ks->sig);
	set_current_blocked(&blocked);
	if (current->sigaltstack_flags & SS_AUTODISARM) {
		current->sigaltstack_sp = 0;
		current->sigaltstack_size = 0;
		current->sigaltstack_flags = SS_DISABLE;
	}
	if (stepping)
		force_sig_trap(SIGTRAP, TRAP_TRACE, 1, NULL);
}

/* --- masks that last for one call --- */

int set_user_sigmask(const sigset_t __user *mask, size_t size)
{
	sigset_t set;

	if (!mask)
		return 0;
	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (copy_from_user(&set, mask, sizeof(set)))
		return -EFAULT;
	set_thread_flag(current, TF_RESTORE_SIGMASK);
	current->saved_sigmask = current->blocked;
	set_current_blocked(&set);
	return 0;
}

void restore_saved_sigmask(void)
{
	if (test_thread_flag(current, TF_RESTORE_SIGMASK)) {
		clear_thread_flag(current, TF_RESTORE_SIGMASK);
		set_current_blocked(&current->saved_sigmask);
	}
}

/* A call that a signal interrupted leaves the mask in force: the handler that it wanted to let through must run. */
void restore_saved_sigmask_unless(bool interrupted)
{
	if (!interrupted)
		restore_saved_sigmask();
}

/* --- siginfo over the boundary: 48 bytes hold everything, the rest is zero --- */

#define SIGINFO_USED	48

static bool siginfo_layout_is_known(int code)
{
	return code >= SI_DETHREAD || code == SI_ASYNCNL;
}

int copy_siginfo_to_user(struct siginfo __user *to, const struct siginfo *from)
{
	if (copy_to_user(to, from, SIGINFO_USED) ||
	    clear_user((char __user *)to + SIGINFO_USED, sizeof(*from) - SIGINFO_USED))
		return -EFAULT;
	return 0;
}

int copy_siginfo_from_user(struct siginfo *to, const struct siginfo __user *from)
{
	if (copy_from_user(to, from, sizeof(*to)))
		return -EFAULT;
	if (!siginfo_layout_is_known(to->si_code) &&
	    memchr_inv((char *)to + SIGINFO_USED, 0, sizeof(*to) - SIGINFO_USED))
		return -E2BIG;
	memset((char *)to + SIGINFO_USED, 0, sizeof(*to) - SIGINFO_USED);
	return 0;
}
