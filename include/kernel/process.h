/* SPDX-License-Identifier: MIT */
/*
 * struct process: the thread group; what user space calls a process (kernel/process).
 *
 * process_lock (LOCK_RANK_PROCESS, interrupts off) guards the tree: parents, children, groups, sessions, lists of threads, identifiers.
 * siglock (LOCK_RANK_SIGNAL, interrupts off) guards one process's signal state. Order: process_lock, then siglock, then a thread's.
 *
 *	I	immutable	C	the process's own threads	A	atomic
 *	N	process_lock; readers by RCU
 *	S	siglock
 *	NS	written under both, so either suffices to read; readers by RCU too
 *
 * A process is born by clone() without CLONE_THREAD. When its last thread has passed do_exit it is a zombie, until a parent's wait (or
 * nobody's interest) reaps it: release_process takes its numbers away. The memory goes with the last reference, a grace period later.
 */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H

#include <kernel/cred.h>
#include <kernel/hrtimer.h>
#include <kernel/restart.h>
#include <kernel/thread.h>
#include <kernel/wait.h>
#include <lib/list.h>
#include <lib/xarray.h>
#include <uapi/resource.h>
#include <uapi/signal.h>

struct file;
struct seq_file;
struct sem_undo_list;
struct tty;

/* One identifier number in use: as a thread, process, group or session; found by number under RCU. */
struct pid {
	refcount_t refs;
	s32 nr;				  /* I */
	struct thread *thread;		  /* N: whose tid it is */
	struct process *process;	  /* N: whose number (tgid) it is */
	struct list_head group_members;	  /* N: processes by pgrp_node */
	struct list_head session_members; /* N: by session_node */
	wait_queue_head_t poll_wait;	  /* pidfds */
	struct list_head proc_dirs;	  /* /proc's own; empty: it has not been looked up there */
	struct pid *next_dead;		  /* see pid_note_dead */
	struct rcu_head rcu;
};

/* Shared by CLONE_SIGHAND. */
struct signal_handlers {
	refcount_t refs;
	/* LOCK_RANK_SIGNAL_ACTION, within siglock; handler alone may be read without */
	spinlock_t lock;
	struct sigaction_kernel {
		__sighandler_t handler;
		unsigned long flags;
		__sigrestore_t restorer;
		sigset_t mask;
	} action[64];
};

struct cpu_itimer {	/* S: ITIMER_VIRTUAL, ITIMER_PROF */
	u64 expires_ns; /* in time of the process; 0: not armed */
	u64 interval_ns;
};

struct process {
	refcount_t refs;
	struct pid *pid; /* I */
	/* N: changes when another thread execs; holds a reference */
	struct thread *leader;
	struct list_head threads;    /* NS */
	unsigned int nr_threads;     /* NS: on the list */
	atomic_t nr_live;	     /* not yet in do_exit */
	struct process *parent;	     /* N */
	struct process *real_parent; /* N: the same, as there is no tracing */
	/* N: of parent, which made it; __WNOTHREAD and PR_SET_PDEATHSIG. Not a reference */
	struct thread *parent_thread;
	struct list_head children, sibling;	      /* N */
	struct pid *pgrp, *session;		      /* N */
	struct list_head pgrp_node, session_node;     /* N */
	bool is_session_leader;			      /* N */
	bool did_exec;				      /* N */
	bool is_child_subreaper, has_child_subreaper; /* N */
	bool no_new_privs;			      /* S: of all threads */
	u8 dumpable;				      /* S */
	s16 oom_score_adj;			      /* S */
	struct tty *tty;			      /* S: controlling terminal */
	/* S, A: of a session leader whose terminal was hung up; a reference */
	struct pid *lost_foreground;
	struct list_head all_node; /* N: of all processes */

	spinlock_t siglock;
	struct signal_handlers *signals; /* I until exec */
	struct list_head pending_list;	 /* S: of the whole process */
	sigset_t pending_set;		 /* S */
	wait_queue_head_t child_wait;	 /* wait4 */
	/* signalfd's poll and read; also for signals of single threads */
	wait_queue_head_t signalfd_wait;
	struct thread *signal_target;	  /* S: whom a signal for the process went to last */
	unsigned int flags;		  /* S: PROCESS_* */
	int group_exit_code;		  /* S: as wait reports it */
	struct thread *group_exit_thread; /* S: kills the others (exec) */
	unsigned int group_stop_count;	  /* S: threads that have yet to stop */
	int stop_code;			  /* S: the signal; taken by wait */
	int exit_signal;		  /* N: 0: none */
	int exit_code;			  /* of a zombie; S before */
	unsigned int exit_state;	  /* N: 0, PROCESS_ZOMBIE, PROCESS_REAPED */

	struct rlimit limits[RLIM_NLIMITS]; /* S; words may be read without */
	/* S: of dead threads; then of waited-for children */
	u64 user_ns, system_ns, run_ns, child_user_ns, child_system_ns;
	unsigned long min_flt, maj_flt, nvcsw, nivcsw, child_min_flt, child_maj_flt, child_nvcsw,
		child_nivcsw;
	unsigned long max_rss, child_max_rss; /* pages */
	struct hrtimer real_timer;	      /* ITIMER_REAL */
	u64 real_interval_ns;		      /* S */
	struct cpu_itimer cpu_itimer[2];      /* virtual, prof */
	struct hrtimer cpu_tick;	      /* runs while a limit or timer on CPU time is armed */
	u64 cpu_tick_seen_ns;		      /* S: run_ns at the last one */
	u64 cpu_tick_period_ns;		      /* S */
	struct xarray posix_timers;	      /* S: by identifier */
	u32 next_timer_id;		      /* S */
	unsigned int nr_cpu_timers;	      /* S: armed POSIX timers on CPU time */
	unsigned int personality;	      /* C */
	unsigned long membarrier_state;	      /* A */
	struct sem_undo_list *sem_undo;	      /* A: SysV undo list, shared by CLONE_SYSVSEM */
	/* I: of a helper that the kernel started and waits for */
	struct exit_report *exit_report;
	struct rcu_head rcu;
};

#define PROCESS_ZOMBIE	1
#define PROCESS_REAPED	2

#define PROCESS_STOPPED		0x01	/* flags: job control stop in effect */
#define PROCESS_CONTINUED	0x02	/* to be reported by wait */
#define PROCESS_GROUP_EXIT	0x04	/* all threads are to die; group_exit_code */
#define PROCESS_UNKILLABLE	0x08	/* init */
#define PROCESS_CLD_STOPPED	0x10	/* the parent is to be told */
#define PROCESS_CLD_CONTINUED	0x20

/* dumpable: who may look into the process (PR_GET_DUMPABLE). */
#define DUMPABLE_NO	0
#define DUMPABLE_USER	1
#define DUMPABLE_ROOT	2

extern struct process *init_process; /* pid 1 */
/* "pid 0": parent of init and of the helpers that the kernel starts */
extern struct process kernel_process;
extern spinlock_t process_lock;
extern struct list_head all_processes; /* N */

/* Lookup under RCU; the result is valid within the section, or get_ it. NULL: none. */
struct pid *find_pid(s32 nr);
struct thread *find_thread(s32 tid);
struct process *find_process(s32 pid);
struct pid *get_pid(struct pid *pid); /* NULL passes */
void put_pid(struct pid *pid);
static inline struct process *get_process(struct process *p)
{
	refcount_inc(&p->refs);
	return p;
}
void put_process(struct process *p);
/* With a reference; NULL. */
struct process *find_get_process(s32 pid);
struct thread *find_get_thread(s32 tid);
struct pid *find_get_pid(s32 nr);
/* Next process with pid >= nr, with a reference, NULL at the end: /proc. */
struct process *next_process(s32 nr);
/* Next thread of p with tid >= nr, with a reference. */
struct thread *next_process_thread(struct process *p, s32 nr);
static inline s32 pid_nr(const struct pid *pid) { return pid ? pid->nr : 0; }
#define thread_tgid(t)	((t)->process ? (t)->process->pid->nr : (t)->tid)
s32 process_ppid(struct process *p);
extern int pid_max;	/* kernel.pid_max: numbers are below */
extern int threads_max; /* kernel.threads-max */
extern atomic_t nr_user_threads;
extern unsigned int process_nr_open;	   /* fs.nr_open: highest RLIMIT_NOFILE */
void cpu_limit_changed(struct process *p); /* siglock held: RLIMIT_CPU was set */
extern int last_pid;

#define current_process()	(current->process)
static inline unsigned long process_rlimit(const struct process *p, unsigned int which)
{
	if (unlikely(!p))
		return RLIM_INFINITY; /* a kernel thread */
	return READ_ONCE(p->limits[which].rlim_cur);
}
/* Of current; kernel threads have none. */
#define rlimit(which)		(likely(current->process) ? process_rlimit(current->process, which) : RLIM_INFINITY)

/* Sums over live and dead threads. */
struct process_times {
	u64 user_ns, system_ns, run_ns;
	unsigned long min_flt, maj_flt, nvcsw, nivcsw;
};
void process_times(struct process *p, struct process_times *times);
/* Clocks of CPU time, by clock number (kernel/process/cpu_clock.c). */
bool clock_is_cpu(clockid_t clock);
int cpu_clock_read(clockid_t clock, u64 *ns); /* -EINVAL */
/* with references; NULL: none. *t: when it is a thread's */
struct process *cpu_clock_process(clockid_t clock, struct thread **t);

/* State letter of /proc: R S D T t Z X I. */
char thread_state_letter(const struct thread *t);
/* Name of a thread, 16 bytes with the zero. */
void get_thread_name(char *buf, struct thread *t);
void set_thread_name(struct thread *t, const char *name);
/* t's memory with a reference, NULL when it has none (any more). */
struct address_space *get_thread_space(struct thread *t);
/* Whether current may look into t: /proc/PID, process_vm_*, kcmp; what ptrace would allow. 0 or -EPERM. */
#define ACCESS_READ	0x1
#define ACCESS_ATTACH	0x2
#define ACCESS_FSCREDS	0x8
#define ACCESS_REALCREDS 0x10
int thread_may_access(struct thread *t, unsigned int mode);

struct exit_report {
	struct completion done;
	int code; /* as wait reports it */
};

/* The arguments of clone, clone3, fork, vfork. */
struct clone_request {
	u64 flags;	 /* CLONE_*, without the exit signal */
	int exit_signal; /* 0: none */
	int __user *child_tid;
	int __user *parent_tid;
	unsigned long stack; /* first stack pointer; 0: the parent's */
	unsigned long tls;
	s32 wanted_tid; /* 0: any */
	/* a process that the kernel starts: runs here first; see process_spawn */
	void (*kernel_entry)(void);
	const char *name;		 /* of such a one */
	struct exit_report *exit_report; /* of such a one; may be NULL */
};
/*
 * In two steps: everything that can fail, then what others see. A child that was prepared is committed (its tid, or -ERESTARTNOINTR when a
 * signal came first; then it is gone) or aborted.
 */
struct thread *clone_prepare(struct clone_request *request); /* ERR_PTR */
long clone_commit(struct thread *child, struct clone_request *request);
void clone_abort(struct thread *child);
unsigned long total_forks(void);

/*
 * What floors above keep for each thread (files, fs context). Registered while booting. clone runs in the parent; exit in the thread
 * itself, or for a child that never ran. Kernel threads that start a process have none of it: clone then makes the first.
 */
struct process_part {
	int (*clone)(struct thread *child, u64 flags); /* 0 or -errno */
	/* also when clone was not reached: what is not there is NULL */
	void (*exit)(struct thread *t);
	struct process_part *next;
};
void process_part_register(struct process_part *part);

/* What wait(2) and its kin ask for, and find. */
struct wait_request {
	int which; /* P_ALL, P_PID, P_PGID */
	struct pid *pid;
	int options; /* W*, __W* */
	/* Out, when a child was found: */
	s32 child;
	int cause;  /* CLD_* */
	int status; /* of waitid: exit code or signal */
	int code;   /* of wait4 */
	u32 uid;
	struct rusage usage;
};
/* 1: found; 0: WNOHANG and nothing yet; -ECHILD, -ERESTARTSYS. */
int process_wait(struct wait_request *request);
/* RUSAGE_SELF, _CHILDREN, or both: RUSAGE_BOTH */
void process_rusage(struct process *p, int who, struct rusage *usage);

__noreturn void do_exit(long code); /* this thread: code as wait reports it */
__noreturn void do_group_exit(int code);
/*
 * exec (fs/exec), past which nothing of the old program is left: the other threads end (-EAGAIN: killed meanwhile; -ENOMEM), then,
 * after the address space was changed, signals, timers and name are those of a new program.
 */
int process_become_single(void);
/* between the two: robust futexes, the word to clear, the parent that waits in vfork */
void process_leave_space(void);
void process_new_program(const char *name);
/* caches, tables, init_cred: before the first process or file */
void process_early_init(void);
/* The first process: runs init= / rdinit= or the defaults, in a thread of its own. Returns at once. */
void process_start_init(void);
int kernel_execve(const char *name, const char *const *argv, const char *const *envp);
/* A user-mode helper (modprobe, uevent): runs path; waits for its end when asked. Status as wait reports it (wait) or 0; -errno. */
int call_usermodehelper(const char *path, char **argv, char **envp, bool wait);

/* Sessions and terminals (tty floor). */
struct pid *current_pgrp(void);
struct pid *current_session(void);
bool pgrp_is_orphaned(struct pid *pgrp); /* takes process_lock */
/* The controlling terminal of p; of all members of the session, which is cleared. The tty counts its own references. */
void process_set_tty(struct process *p, struct tty *tty);
void session_clear_tty(struct pid *session);
bool session_has_leader_with_tty(struct pid *session, struct tty *tty);
/* a session leader is exiting: hang its terminal up */
extern void (*tty_session_exit_hook)(struct process *leader);
/* /proc: its thread has gone, and so may its directories */
extern void (*pid_flush_hook)(struct pid *pid);

/* Work before the return to user mode: runs func in t; -ESRCH when it is exiting. Any context but NMI. */
struct resume_work { struct resume_work *next; void (*func)(struct resume_work *work); };
int thread_add_resume_work(struct thread *t, struct resume_work *work);
void run_resume_work(void); /* current's */

#endif
