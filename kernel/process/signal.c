// SPDX-License-Identifier: MIT
/*
 * Sending signals: who may, what is queued where, who is woken.
 *
 * All state is guarded by the siglock of the target's process, taken with interrupts off: signals come from interrupts (terminals, timers) too.
 * A signal for a process goes to its common queue; one thread that does not block it is woken to take it. A signal that would kill
 * the process without a trace does so at once: every thread gets SIGKILL, and the code that wait reports is recorded.
 */
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <lib/err.h>
#include <mm/slab.h>
#include <uapi/capability.h>
#include "internal.h"

struct kmem_cache *sigqueue_cache;

void signal_early_init(void)
{
	sigqueue_cache = KMEM_CACHE(sigqueue, SLAB_PANIC);
}

/* --- what is pending, and whether it concerns a thread --- */

__sighandler_t signal_handler_of(struct process *p, int sig)
{
	return READ_ONCE(p->signals->action[sig - 1].handler);
}

static bool handler_ignores(__sighandler_t handler, int sig)
{
	return handler == SIG_IGN || (handler == SIG_DFL && signal_in(sig, SIGNALS_IGNORE));
}

bool signal_is_ignored(struct process *p, int sig)
{
	return handler_ignores(signal_handler_of(p, sig), sig);
}

bool signal_blocked_or_ignored(int sig)
{
	return sigset_has(&current->blocked, sig) ||
	       signal_handler_of(current->process, sig) == SIG_IGN;
}

static bool has_pending(const struct thread *t)
{
	unsigned long pending = t->pending_set.sig[0] | t->process->pending_set.sig[0];

	return t->stop_state & STOP_PENDING || pending & ~t->blocked.sig[0];
}

/* Only sets the flag: a clear one may be about to be set by a waker that needs no signal. */
void recalc_sigpending_thread(struct thread *t)
{
	if (has_pending(t))
		set_thread_flag(t, TF_SIGNAL_PENDING);
}

void recalc_sigpending(void)
{
	assert_spin_locked(&current->process->siglock);
	if (has_pending(current))
		set_thread_flag(current, TF_SIGNAL_PENDING);
	else if (test_thread_flag(current, TF_SIGNAL_PENDING))
		clear_thread_flag(current, TF_SIGNAL_PENDING);
}

void signal_wake_up(struct thread *t, bool fatal)
{
	set_thread_flag(t, TF_SIGNAL_PENDING);
	if (!wake_up_state(t, THREAD_INTERRUPTIBLE | (fatal ? THREAD_WAKEKILL : 0)))
		kick_thread(t);
}

/* --- queues --- */

struct sigqueue *sigqueue_alloc(struct thread *t, bool over_limit)
{
	struct user_struct *user;
	struct sigqueue *q;

	rcu_read_lock();
	user = get_user_struct(thread_cred(t)->user);
	rcu_read_unlock();
	if (atomic_inc_return(&user->nr_sigpending) >
		    process_rlimit(t->process, RLIMIT_SIGPENDING) &&
	    !over_limit)
		goto uncount;
	q = kmem_cache_alloc(sigqueue_cache, GFP_ATOMIC);
	if (!q)
		goto uncount;
	INIT_LIST_HEAD(&q->list);
	q->flags = 0;
	q->user = user;
	return q;

uncount:
	atomic_dec(&user->nr_sigpending);
	put_user_struct(user);
	return NULL;
}

void sigqueue_free(struct sigqueue *q)
{
	if (q->flags & SIGQUEUE_TIMER) {
		posix_timer_signal_gone(q);
		return;
	}
	atomic_dec(&q->user->nr_sigpending);
	put_user_struct(q->user);
	kmem_cache_free(sigqueue_cache, q);
}

static void flush_mask(u64 mask, struct list_head *list, sigset_t *set)
{
	struct sigqueue *q, *next;

	if (!(set->sig[0] & mask))
		return;
	set->sig[0] &= ~mask;
	list_for_each_entry_safe(q, next, list, list) {
		if (!signal_in(q->info.si_signo, mask))
			continue;
		list_del_init(&q->list);
		sigqueue_free(q);
	}
}

void flush_signal_queue(struct list_head *list, sigset_t *set)
{
	flush_mask(~0ull, list, set);
}

void flush_signals_of(u64 mask, struct process *p)
{
	struct thread *t;

	flush_mask(mask, &p->pending_list, &p->pending_set);
	list_for_each_entry(t, &p->threads, process_node)
		flush_mask(mask, &t->pending_list, &t->pending_set);
}

/* --- sending --- */

/* A blocked signal is not ignored: the handler may be another one when it is let through. */
static bool is_ignored_by(struct thread *t, int sig, bool force)
{
	__sighandler_t handler = signal_handler_of(t->process, sig);

	if (sigset_has(&t->blocked, sig) || sigset_has(&t->real_blocked, sig))
		return false;
	if (t->process->flags & PROCESS_UNKILLABLE && handler == SIG_DFL &&
	    !(force && signal_in(sig, SIGNALS_KERNEL_ONLY)))
		return true;
	return handler_ignores(handler, sig);
}

/* Side effects of stop signals and SIGCONT, which happen whether or not the signal is delivered. False: drop it. */
static bool prepare_signal(int sig, struct thread *t, bool force)
{
	struct process *p = t->process;

	if (p->flags & PROCESS_GROUP_EXIT)
		return false;
	if (signal_in(sig, SIGNALS_STOP)) {
		flush_signals_of(sigmask(SIGCONT), p);
	} else if (sig == SIGCONT) {
		flush_signals_of(SIGNALS_STOP, p);
		process_continue(p);
	}
	return !is_ignored_by(t, sig, force);
}

static bool thread_wants(struct thread *t, int sig)
{
	if (sigset_has(&t->blocked, sig) || test_thread_flag(t, TF_EXITING))
		return false;
	if (sig == SIGKILL)
		return true;
	if (READ_ONCE(t->state) & (THREAD_STOPPED | THREAD_TRACED))
		return false;
	return READ_ONCE(t->on_cpu) || !test_thread_flag(t, TF_SIGNAL_PENDING);
}

/* Who takes a signal of the whole process: the given thread, else the next one round the circle that can. NULL: all block it or are busy. */
static struct thread *choose_thread(struct thread *first, int sig, bool whole_process)
{
	struct process *p = first->process;
	struct thread *t;

	if (thread_wants(first, sig))
		return first;
	if (!whole_process || list_is_singular(&p->threads))
		return NULL;
	t = p->signal_target;
	for (unsigned int i = 0; i < p->nr_threads; i++) {
		if (!t || list_is_last(&t->process_node, &p->threads))
			t = list_first_entry(&p->threads, struct thread, process_node);
		else
			t = list_next_entry(t, process_node);
		if (thread_wants(t, sig)) {
			p->signal_target = t;
			return t;
		}
	}
	return NULL;
}

static void kill_all_threads(struct process *p)
{
	struct thread *t;

	list_for_each_entry(t, &p->threads, process_node) {
		thread_leave_stop(t);
		sigset_add(&t->pending_set, SIGKILL);
		signal_wake_up(t, true);
	}
}

static bool is_fatal_for(struct thread *t, int sig)
{
	return signal_handler_of(t->process, sig) == SIG_DFL &&
	       !signal_in(sig, SIGNALS_IGNORE | SIGNALS_STOP) &&
	       !sigset_has(&t->real_blocked, sig) && !(t->process->flags & PROCESS_GROUP_EXIT);
}

/* The signal is pending: find somebody to look at it. */
static void complete_signal(int sig, struct thread *target, bool whole_process)
{
	struct process *p = target->process;
	struct thread *t = choose_thread(target, sig, whole_process);

	if (!t)
		return;
	if (is_fatal_for(t, sig) && !signal_in(sig, SIGNALS_CORE)) {
		p->flags = (p->flags & PROCESS_UNKILLABLE) | PROCESS_GROUP_EXIT;
		p->group_exit_code = sig;
		p->group_stop_count = 0;
		kill_all_threads(p);
		return;
	}
	signal_wake_up(t, sig == SIGKILL);
}

static void fill_info(struct siginfo *to, int sig, const struct siginfo *info)
{
	if (info != SEND_SIG_NOINFO && info != SEND_SIG_PRIV) {
		*to = *info;
		return;
	}
	*to = (struct siginfo){ .si_signo = sig };
	if (info == SEND_SIG_NOINFO) {
		to->si_code = SI_USER;
		to->si_pid = current->process ? current->process->pid->nr : 0;
		to->si_uid = current->process ? current_uid() : 0;
	} else {
		to->si_code = SI_KERNEL;
	}
}

int send_signal_locked(int sig, struct siginfo *info, struct thread *t, bool whole_process)
{
	struct process *p = t->process;
	struct list_head *list = whole_process ? &p->pending_list : &t->pending_list;
	sigset_t *set = whole_process ? &p->pending_set : &t->pending_set;
	bool special = info == SEND_SIG_NOINFO || info == SEND_SIG_PRIV;
	struct sigqueue *q;

	assert_spin_locked(&p->siglock);
	if (!prepare_signal(sig, t, info == SEND_SIG_PRIV))
		return 0;
	if (sig < SIGRTMIN && sigset_has(set, sig))
		return 0;
	if (sig != SIGKILL) {
		q = sigqueue_alloc(t, sig < SIGRTMIN && (special || info->si_code >= 0));
		if (q) {
			list_add_tail(&q->list, list);
			fill_info(&q->info, sig, info);
		} else if (!special && sig >= SIGRTMIN && info->si_code != SI_USER) {
			return -EAGAIN; /* what sigqueue promises is that nothing gets lost */
		}
	}
	if (waitqueue_active(&p->signalfd_wait))
		wake_up_all(&p->signalfd_wait);
	sigset_add(set, sig);
	complete_signal(sig, t, whole_process);
	return 0;
}

int send_sigqueue_locked(struct sigqueue *q, struct process *p, struct thread *t,
			 bool whole_process)
{
	int sig = q->info.si_signo;

	assert_spin_locked(&p->siglock);
	if (!prepare_signal(sig, t, false))
		return 1;
	if (!list_empty(&q->list))
		return 0;
	if (waitqueue_active(&p->signalfd_wait))
		wake_up_all(&p->signalfd_wait);
	list_add_tail(&q->list, whole_process ? &p->pending_list : &t->pending_list);
	sigset_add(whole_process ? &p->pending_set : &t->pending_set, sig);
	complete_signal(sig, t, whole_process);
	return 0;
}

int send_signal_thread(struct thread *t, int sig, struct siginfo *info)
{
	struct process *p = t->process;
	unsigned long flags;
	int err = -ESRCH;

	if (!p)
		return -ESRCH;
	spin_lock_irqsave(&p->siglock, flags);
	if (!test_thread_flag(t, TF_EXITING))
		err = send_signal_locked(sig, info, t, false);
	spin_unlock_irqrestore(&p->siglock, flags);
	return err;
}

int send_signal_process(struct process *p, int sig, struct siginfo *info)
{
	struct thread *t;
	unsigned long flags;
	int err = -ESRCH;

	spin_lock_irqsave(&p->siglock, flags);
	t = list_first_entry_or_null(&p->threads, struct thread, process_node);
	/* A zombie takes signals in silence. */
	if (t)
		err = send_signal_locked(sig, info, t, true);
	else if (READ_ONCE(p->exit_state) != PROCESS_REAPED)
		err = 0;
	spin_unlock_irqrestore(&p->siglock, flags);
	return err;
}

int kill_pid(struct pid *pid, int sig, struct siginfo *info)
{
	struct process *p;
	int err = -ESRCH;

	rcu_read_lock();
	p = rcu_dereference(pid->process);
	if (p)
		err = sig ? send_signal_process(p, sig, info) : 0;
	rcu_read_unlock();
	return err;
}

int kill_pgrp(struct pid *pgrp, int sig, struct siginfo *info)
{
	struct process *p;
	unsigned long flags;
	int result = -ESRCH;

	spin_lock_irqsave(&process_lock, flags);
	list_for_each_entry(p, &pgrp->group_members, pgrp_node) {
		int err = send_signal_process(p, sig, info);

		if (result)
			result = err;
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return result;
}

int kill_session(struct pid *session, int sig, struct siginfo *info)
{
	struct process *p;
	unsigned long flags;
	int result = -ESRCH;

	spin_lock_irqsave(&process_lock, flags);
	list_for_each_entry(p, &session->session_members, session_node) {
		int err = send_signal_process(p, sig, info);

		if (result)
			result = err;
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return result;
}

void kill_process(struct process *p)
{
	unsigned long flags;
	struct thread *t;

	spin_lock_irqsave(&p->siglock, flags);
	p->flags &= ~PROCESS_UNKILLABLE;
	t = list_first_entry_or_null(&p->threads, struct thread, process_node);
	if (t)
		send_signal_locked(SIGKILL, SEND_SIG_PRIV, t, true);
	spin_unlock_irqrestore(&p->siglock, flags);
}

static bool same_session(struct process *p)
{
	return rcu_access_pointer(p->session) == rcu_access_pointer(current->process->session);
}

int signal_permission(struct process *p, int sig)
{
	const struct credentials *me = current->cred, *cred;
	struct thread *t;
	bool may;

	if (p == current->process)
		return 0;
	rcu_read_lock();
	t = rcu_dereference(p->leader);
	cred = t ? thread_cred(t) : &init_cred;
	may = me->euid == cred->suid || me->euid == cred->uid || me->uid == cred->suid ||
	      me->uid == cred->uid || capable(CAP_KILL) || (sig == SIGCONT && same_session(p));
	rcu_read_unlock();
	return may ? 0 : -EPERM;
}

/* --- faults of current --- */

static void force_info(struct siginfo *info, enum signal_handler handler)
{
	struct thread *t = current;
	struct process *p = t->process;
	struct sigaction_kernel *action = &p->signals->action[info->si_signo - 1];
	bool blocked, ignored;
	unsigned long flags;

	spin_lock_irqsave(&p->siglock, flags);
	spin_lock(&p->signals->lock);
	blocked = sigset_has(&t->blocked, info->si_signo);
	ignored = action->handler == SIG_IGN;
	if (blocked || ignored || handler != HANDLER_CURRENT) {
		action->handler = SIG_DFL;
		if (blocked)
			sigset_del(&t->blocked, info->si_signo);
	}
	/* Not even init survives its own faults. */
	if (action->handler == SIG_DFL)
		p->flags &= ~PROCESS_UNKILLABLE;
	spin_unlock(&p->signals->lock);
	send_signal_locked(info->si_signo, info, t, false);
	/* It may have been pending and blocked before. */
	recalc_sigpending();
	spin_unlock_irqrestore(&p->siglock, flags);
}

void force_sig_info(struct siginfo *info)
{
	force_info(info, HANDLER_CURRENT);
}

void force_sig(int sig)
{
	force_info(&(struct siginfo){ .si_signo = sig, .si_code = SI_KERNEL }, HANDLER_CURRENT);
}

void force_fatal_sig(int sig)
{
	force_info(&(struct siginfo){ .si_signo = sig, .si_code = SI_KERNEL }, HANDLER_DEFAULT);
}

void force_sigsegv(int sig)
{
	if (sig == SIGSEGV)
		force_fatal_sig(SIGSEGV);
	else
		force_sig(SIGSEGV);
}

void force_sig_fault(int sig, int code, void __user *addr)
{
	struct siginfo info = { .si_signo = sig, .si_code = code };

	info.si_addr = (__force void *)addr;
	force_info(&info, HANDLER_CURRENT);
}

void force_sig_trap(int sig, int code, int trapno, void __user *addr)
{
	current->trap_number = trapno;
	force_sig_fault(sig, code, addr);
}

/* --- exit and exec --- */

int zap_other_threads(struct process *p)
{
	struct thread *t;
	int count = 0;

	p->group_stop_count = 0;
	list_for_each_entry(t, &p->threads, process_node) {
		if (t == current)
			continue;
		thread_leave_stop(t);
		count++;
		if (test_thread_flag(t, TF_EXITING))
			continue;
		sigset_add(&t->pending_set, SIGKILL);
		signal_wake_up(t, true);
	}
	return count;
}

/* Signals of the process that current was to take: wake others for them. */
static void retarget_shared_pending(u64 which)
{
	struct process *p = current->process;
	u64 pending = p->pending_set.sig[0] & which;
	struct thread *t;

	if (!pending)
		return;
	list_for_each_entry(t, &p->threads, process_node) {
		if (t == current || test_thread_flag(t, TF_EXITING) ||
		    !(pending & ~t->blocked.sig[0]))
			continue;
		pending &= t->blocked.sig[0];
		if (!test_thread_flag(t, TF_SIGNAL_PENDING))
			signal_wake_up(t, false);
		if (!pending)
			break;
	}
}

void exit_signals(struct thread *t)
{
	struct process *p = t->process;
	bool stopped = false;

	spin_lock_irq(&p->siglock);
	set_thread_flag(t, TF_EXITING);
	if (!list_is_singular(&p->threads) && !(p->flags & PROCESS_GROUP_EXIT) &&
	    test_thread_flag(t, TF_SIGNAL_PENDING)) {
		retarget_shared_pending(~t->blocked.sig[0]);
		stopped = t->stop_state & STOP_PENDING && thread_take_part_in_stop(t);
	}
	spin_unlock_irq(&p->siglock);
	if (!stopped)
		return;
	spin_lock_irq(&process_lock);
	notify_parent_stopped(p, CLD_STOPPED);
	spin_unlock_irq(&process_lock);
}

void set_current_blocked(const sigset_t *wanted)
{
	struct thread *t = current;
	sigset_t set = { { wanted->sig[0] & ~SIGNALS_KERNEL_ONLY } };

	if (t->blocked.sig[0] == set.sig[0])
		return;
	spin_lock_irq(&t->process->siglock);
	if (test_thread_flag(t, TF_SIGNAL_PENDING) && !list_is_singular(&t->process->threads))
		retarget_shared_pending(set.sig[0] & ~t->blocked.sig[0]);
	t->blocked = set;
	recalc_sigpending();
	spin_unlock_irq(&t->process->siglock);
}

void flush_signal_handlers(struct process *p, bool force_default)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(p->signals->action); i++) {
		struct sigaction_kernel *action = &p->signals->action[i];

		*action = (struct sigaction_kernel){
			.handler = force_default || action->handler != SIG_IGN ? SIG_DFL : SIG_IGN
		};
	}
}
