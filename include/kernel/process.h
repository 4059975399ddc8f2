/* SPDX-License-Identifier: MIT */
/*
 * struct process: the thread group; what user space calls a process (kernel/process).
 *
 * process_lock (LOCK_RANK_PROCESS, a rw-style lock of writers; readers by RCU) guards the tree: parent, children, groups, sessions and the
 * table of identifiers. signals->lock guards signal state. Marks as in kernel/thread.h; N: process_lock for writing, RCU readers.
 */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H

#include <kit/list.h>
#include <kernel/cred.h>
#include <kernel/hrtimer.h>
#include <kernel/thread.h>
#include <kernel/wait.h>
#include <uapi/resource.h>
#include <uapi/signal.h>

struct tty;
struct signal_handlers;

/* One identifier number in use: as a thread, process, group or session; found by number under RCU. */
struct pid {
	refcount_t refs;
	s32 nr;				/* I */
	struct thread *thread;		/* N: whose tid it is */
	struct process *process;	/* N: whose leader it is (tgid) */
	struct list_head group_members;	/* N: processes by pgrp_node */
	struct list_head session_members;
	wait_queue_head_t poll_wait;	/* pidfds */
	struct rcu_head rcu;
};

struct signal_handlers {		/* shared by CLONE_SIGHAND */
	refcount_t refs;
	spinlock_t lock;		/* LOCK_RANK_SIGNAL; guards all signal state of the processes that share it */
	struct sigaction_kernel { void __user *handler; unsigned long flags; void __user *restorer; sigset_t mask; } action[64];
};

struct process {
	refcount_t refs;
	struct pid *pid;		/* I */
	struct thread *leader;		/* N: changes when another thread execs */
	struct list_head threads;	/* N */
	unsigned int nr_threads;	/* N */
	unsigned int nr_live;		/* A */
	struct process *parent;		/* N */
	struct process *real_parent;	/* N */
	struct list_head children, sibling;	/* N */
	struct pid *pgrp, *session;	/* N */
	struct list_head pgrp_node, session_node;
	bool is_session_leader;		/* N */
	bool did_exec;
	bool is_child_subreaper, has_child_subreaper;
	struct tty *tty;		/* S: controlling terminal */
	struct list_head all_node;	/* N */
	struct signal_handlers *signals;	/* I until exec */
	struct list_head pending_list;	/* S: of the whole process */
	sigset_t pending_set;		/* S */
	wait_queue_head_t child_wait;	/* wait4 */
	unsigned int flags;		/* S: PROCESS_* */
	int group_exit_code;		/* S */
	struct thread *group_exit_thread;	/* S: exec kills the others */
	unsigned int group_stop_count;	/* S */
	int stop_code;			/* S: reported by wait */
	int exit_signal;		/* N */
	int exit_code;			/* N: of a zombie */
	unsigned int exit_state;	/* N: 0, PROCESS_ZOMBIE, PROCESS_REAPED */
	struct rlimit limits[RLIM_NLIMITS];	/* leader's S */
	u64 user_ns, system_ns, child_user_ns, child_system_ns;	/* S: of dead threads; of waited-for children */
	unsigned long min_flt, maj_flt, nvcsw, nivcsw, child_min_flt, child_maj_flt, child_nvcsw, child_nivcsw, max_rss, child_max_rss;
	struct hrtimer real_timer;	/* ITIMER_REAL */
	u64 real_interval_ns;
	u64 virt_timer_ns, virt_interval_ns, prof_timer_ns, prof_interval_ns;
	struct list_head posix_timers;
	s16 oom_score_adj;
	u8 dumpable;
	bool no_new_privs;
	unsigned int personality;
	unsigned long auxv_size;
	void *io_accounting;
	void *ipc;			/* SysV undo list */
	wait_queue_head_t pidfd_wait;
	struct rcu_head rcu;
};

#define PROCESS_ZOMBIE	1
#define PROCESS_REAPED	2

#define PROCESS_STOPPED		0x01	/* flags: job control stop in effect */
#define PROCESS_CONTINUED	0x02	/* to be reported by wait */
#define PROCESS_GROUP_EXIT	0x04
#define PROCESS_UNKILLABLE	0x08	/* init */
#define PROCESS_CLD_STOPPED	0x10
#define PROCESS_CLD_CONTINUED	0x20

extern struct process *init_process;	/* pid 1 */
extern spinlock_t process_lock;		/* interrupts off */

/* Lookup under RCU; the result is valid within the section, or get_ it. */
struct pid *find_pid(s32 nr);
struct thread *find_thread(s32 tid);
struct process *find_process(s32 pid);
struct process *get_process(struct process *p);
void put_process(struct process *p);
struct pid *get_pid(struct pid *pid);
void put_pid(struct pid *pid);
/* Next process with pid >= nr, with a reference, NULL at the end: /proc. */
struct process *next_process(s32 nr);

#define current_process()	(current->process)
unsigned long process_rlimit(const struct process *p, unsigned int which);
#define rlimit(which)		process_rlimit(current->process, which)

__noreturn void do_exit(long code);		/* this thread: code as wait reports it */
__noreturn void do_group_exit(int code);
/* The first process: opens the console, runs init= / rdinit= or the defaults. */
void process_init(void);
int kernel_execve(const char *name, const char *const *argv, const char *const *envp);
/* A user-mode helper (modprobe, uevent): runs path, waits when asked. Status as wait, or -errno. */
int call_usermodehelper(const char *path, char **argv, char **envp, bool wait);

/* Sessions and terminals (tty floor). */
struct pid *current_pgrp(void);
struct pid *current_session(void);
bool pgrp_is_orphaned(struct pid *pgrp);
void process_set_tty(struct process *p, struct tty *tty);
void session_clear_tty(struct pid *session);
void disassociate_ctty(bool on_exit);		/* supplied by the tty class through tty_hooks */
extern void (*tty_session_exit_hook)(struct process *leader);

/* Return-to-user work: runs callback(arg) in t before it returns to user mode; -ESRCH when it is exiting. */
struct resume_work { struct resume_work *next; void (*func)(struct resume_work *work); };
int thread_add_resume_work(struct thread *t, struct resume_work *work);

#endif
