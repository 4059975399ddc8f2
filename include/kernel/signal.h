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
int kill_pgrp(struct pid *pgrp, int sig, struct siginfo *info);		/* 0 when one was reached */
int kill_session(struct pid *session, int sig, struct siginfo *info);
int kill_pid(struct pid *pid, int sig, struct siginfo *info);
void kill_process(struct process *p);			/* SIGKILL, also against init: OOM */
/* May current send it? 0 or -EPERM. */
int signal_permission(struct process *p, int sig);

/* A fault of current: cannot be blocked or ignored. */
void force_sig(int sig);
void force_sig_fault(int sig, int code, void __user *addr);
void force_sig_trap(int sig, int code, int trapno, void __user *addr);
void force_sig_info(struct siginfo *info);
void force_fatal_sig(int sig);				/* the default action, whatever the handler */
void force_sigsegv(int sig);				/* the frame of sig could not be built */

void signal_wake_up(struct thread *t, bool fatal);	/* its siglock held */
void recalc_sigpending(void);				/* current; siglock held */
bool signal_is_ignored(struct process *p, int sig);	/* by its handler */
bool signal_blocked_or_ignored(int sig);		/* current: SIGTTIN, SIGTTOU */
void set_current_blocked(const sigset_t *set);
/* select, ppoll, sigsuspend ...: the mask is in force until the next return to user mode or restore_saved_sigmask. 0 or -errno. */
int set_user_sigmask(const sigset_t __user *mask, size_t size);
void restore_saved_sigmask(void);
void restore_saved_sigmask_unless(bool interrupted);
void flush_signal_handlers(struct process *p, bool force_default);

/* A queued signal. Made by sigqueue_alloc, or preallocated by a timer that owns it. */
struct sigqueue {
	struct list_head list;		/* siglock of the target; empty while not queued */
	unsigned int flags;
	struct user_struct *user;	/* whose limit it counts against */
	struct kernel_siginfo_storage { u8 bytes[128]; } __aligned(8) info;
};
#define SIGQUEUE_PREALLOC	1
struct sigqueue *sigqueue_alloc_timer(void);
void sigqueue_free_timer(struct sigqueue *q);
/* 0 queued, 1 ignored or queued already (overrun counted); pid and whole say to whom. */
int send_sigqueue(struct sigqueue *q, struct pid *pid, bool whole_process);

/* A signal taken off the queues for delivery. */
struct ksignal {
	int sig;
	struct sigaction_kernel action;
	u8 info[128] __aligned(8);	/* struct siginfo */
};
bool get_signal(struct ksignal *ks);			/* false: nothing to deliver. Stops, exits inside */
void signal_delivered(struct ksignal *ks, bool stepping);	/* the frame stands: block, forget one-shot handlers */
int dequeue_signal(const sigset_t *not_wanted, struct siginfo *info);	/* siglock held; 0: none */
void signalfd_notify(struct process *p);

/* Parents (kernel/process/exit.c). process_lock held. */
bool notify_parent_exit(struct process *p, int sig);	/* true: nobody waits, reap at once */
void notify_parent_stopped(struct process *p, int why);

/* Takes everything off a queue. */
struct signal_pending_view { struct list_head *list; sigset_t *set; };
void flush_signal_queue(struct list_head *list, sigset_t *set);
void exit_signals(struct thread *t);			/* before exit: no more signals for t */
/* All other threads of current's process get SIGKILL; siglock held. How many. */
int zap_other_threads(struct process *p);

/* From the entry code, before a return to user mode; see arch/entry.h. */
void arch_do_signal(struct trap_frame *frame, bool in_syscall);
struct sigaltstack;
int save_altstack(struct sigaltstack __user *stack, unsigned long sp);
int restore_altstack(const struct sigaltstack __user *stack);
unsigned long sigsp(unsigned long sp, struct ksignal *ks);
bool on_sig_stack(unsigned long sp);

#endif
