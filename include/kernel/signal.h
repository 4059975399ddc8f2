/* SPDX-License-Identifier: MIT */
/*
 * Signals (kernel/process/signal.c, delivery frames in arch/x86_64/entry).
 *
 * Error codes for restarting system calls never reach user mode: -ERESTARTSYS (SA_RESTART decides), -ERESTARTNOINTR, -ERESTARTNOHAND,
 * -ERESTART_RESTARTBLOCK (restart_syscall).
 */
#ifndef KERNEL_SIGNAL_H
#define KERNEL_SIGNAL_H

#include <kernel/process.h>

#define ERESTARTSYS		512
#define ERESTARTNOINTR		513
#define ERESTARTNOHAND		514
#define ERESTART_RESTARTBLOCK	516
#ifndef ENOIOCTLCMD
#define ENOIOCTLCMD		515
#endif

struct siginfo;
typedef struct siginfo siginfo_kernel_t;

#define SEND_SIG_NOINFO	((struct siginfo *)0)	/* from a user process */
#define SEND_SIG_PRIV	((struct siginfo *)1)	/* from the kernel */

/* Any context but NMI for kill_*; 0, -ESRCH, -EAGAIN (queue limit). No permission checks. */
int send_signal_thread(struct thread *t, int sig, struct siginfo *info);
int send_signal_process(struct process *p, int sig, struct siginfo *info);
int kill_pgrp(struct pid *pgrp, int sig, struct siginfo *info);
int kill_session(struct pid *session, int sig, struct siginfo *info);
void kill_process(struct process *p);			/* SIGKILL, also against init: OOM */

/* A fault of current: cannot be blocked or ignored. */
void force_sig(int sig);
void force_sig_fault(int sig, int code, void __user *addr);
void force_sig_trap(int sig, int code, int trapno, void __user *addr);

void signal_wake_up(struct thread *t, bool fatal);
void recalc_sigpending(void);		/* current; signals->lock held */
bool signal_is_ignored(struct process *p, int sig);
void set_current_blocked(const sigset_t *set);
/* select, ppoll, sigsuspend ...: the mask is in force until the next return to user mode or restore_saved_sigmask. */
int set_user_sigmask(const sigset_t __user *mask, size_t size);
void restore_saved_sigmask(void);
void restore_saved_sigmask_unless(bool interrupted);
void flush_signal_handlers(struct process *p, bool force_default);

#endif
