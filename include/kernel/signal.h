/* SPDX-License-Identifier: MIT */
/*
 * Signals (kernel/process/signal*.c; frames on the user's stack: arch/x86_64/entry/signal.c).
 *
 * A signal is pending for a process or for one thread: a bit in pending_set and, memory and limits permitting, its siginfo in pending_list.
 * TF_SIGNAL_PENDING says that a thread must look before it returns to user mode; sleeps that a signal ends are woken.
 *
 * Error codes for restarting system calls never reach user mode (lib/errno.h): -ERESTARTSYS (SA_RESTART decides), -ERESTARTNOINTR,
 * -ERESTARTNOHAND, -ERESTART_RESTARTBLOCK (restart_syscall).
 */
#ifndef KERNEL_SIGNAL_H
#define KERNEL_SIGNAL_H

#include <kernel/process.h>
#include <lib/errno.h>

struct siginfo;

#define SEND_SIG_NOINFO	((struct siginfo *)0)	/* from current, as kill(2) would */
#define SEND_SIG_PRIV	((struct siginfo *)1)	/* from the kernel */

/* Any context but NMI. 0, -ESRCH (gone), -EAGAIN (limit, realtime signals only). No permission checks. */
int send_signal_thread(struct thread *t, int sig, struct siginfo *info);
int send_signal_process(struct process *p, int sig, struct siginfo *info);
int kill_pgrp(struct pid *pgrp, int sig, struct siginfo *info); /* 0 when one was reached */
int kill_session(struct pid *session, int sig, struct siginfo *info);
int kill_pid(struct pid *pid, int sig, struct siginfo *info);
void kill_process(struct process *p); /* SIGKILL, also against init: OOM */
/* May current send it? 0 or -EPERM. */
int signal_permission(struct process *p, int sig);

/* A fault of current: cannot be blocked or ignored. */
void force_sig(int sig);
void force_sig_fault(int sig, int code, void __user *addr);
void force_sig_trap(int sig, int code, int trapno, void __user *addr);
void force_sig_info(struct siginfo *info);
/* the default action, whatever the handler */
void force_fatal_sig(int sig);
void force_sigsegv(int sig); /* the frame of sig could not be built */

void signal_wake_up(struct thread *t, bool fatal);  /* its siglock held */
void recalc_sigpending(void);			    /* current; siglock held */
bool signal_is_ignored(struct process *p, int sig); /* by its handler */
bool signal_blocked_or_ignored(int sig);	    /* current: SIGTTIN, SIGTTOU */
void set_current_blocked(const sigset_t *set);
/* select, ppoll, sigsuspend ...: the mask is in force until the next return to user mode or restore_saved_sigmask. 0 or -errno. */
int set_user_sigmask(const sigset_t __user *mask, size_t size);
void restore_saved_sigmask(void);
void restore_saved_sigmask_unless(bool interrupted);
void flush_signal_handlers(struct process *p, bool force_default);

/* A queued signal; the memory comes from send, or belongs to a POSIX timer, which re-arms itself when its signal is taken. */
struct sigqueue {
	struct list_head list;	  /* siglock of the target; empty while not queued */
	unsigned int flags;	  /* SIGQUEUE_* */
	struct user_struct *user; /* whose limit it counts against */
	struct siginfo info;
};
#define SIGQUEUE_TIMER	1
/* NULL: no memory, or the limit of t's user */
struct sigqueue *sigqueue_alloc(struct thread *t, bool over_limit);
void sigqueue_free(struct sigqueue *q); /* one that is off its queue; siglock held */

/* siglock held. 1: ignored, nothing is queued; 0: queued (perhaps already before). */
int send_sigqueue_locked(struct sigqueue *q, struct process *p, struct thread *t,
			 bool whole_process);

/* A signal taken off the queues for delivery to a handler. */
struct ksignal {
	int sig;
	struct sigaction_kernel action;
	struct siginfo info;
};
/* false: nothing to deliver. Stops and exits happen inside */
bool get_signal(struct ksignal *ks);
/* the frame stands: block the mask; or SIGSEGV */
void signal_setup_done(bool failed, struct ksignal *ks, bool stepping);
/* current; siglock held; 0: none. For signalfd too */
int dequeue_signal(const sigset_t *blocked, struct siginfo *info);
int copy_siginfo_to_user(struct siginfo __user *to, const struct siginfo *from);
int copy_siginfo_from_user(struct siginfo *to, const struct siginfo __user *from);

/* Frames and stacks (arch/x86_64/entry). */
void arch_do_signal(struct trap_frame *frame);
/* kernel/process/rseq.c: a restartable sequence that was disturbed is aborted. */
void rseq_signal_deliver(struct ksignal *ks, struct trap_frame *frame);
void rseq_handle_notify_resume(struct trap_frame *frame);
struct sigaltstack;
int save_altstack(struct sigaltstack __user *stack);
int restore_altstack(const struct sigaltstack __user *stack);
bool on_sig_stack(unsigned long sp);
static inline unsigned long sigaltstack_top(const struct thread *t) { return t->sigaltstack_sp + t->sigaltstack_size; }

/* Signals by what their default action is. */
#define SIGNALS_STOP	(sigmask(SIGSTOP) | sigmask(SIGTSTP) | sigmask(SIGTTIN) | sigmask(SIGTTOU))
#define SIGNALS_IGNORE	(sigmask(SIGCONT) | sigmask(SIGCHLD) | sigmask(SIGWINCH) | sigmask(SIGURG))
#define SIGNALS_CORE	(sigmask(SIGQUIT) | sigmask(SIGILL) | sigmask(SIGTRAP) | sigmask(SIGABRT) | sigmask(SIGFPE) | \
			 sigmask(SIGSEGV) | sigmask(SIGBUS) | sigmask(SIGSYS) | sigmask(SIGXCPU) | sigmask(SIGXFSZ))
#define SIGNALS_SYNCHRONOUS (sigmask(SIGSEGV) | sigmask(SIGBUS) | sigmask(SIGILL) | sigmask(SIGTRAP) | sigmask(SIGFPE) | sigmask(SIGSYS))
#define SIGNALS_KERNEL_ONLY (sigmask(SIGKILL) | sigmask(SIGSTOP))
#define signal_in(sig, mask)	((sig) <= 64 && (sigmask(sig) & (mask)))

#endif
