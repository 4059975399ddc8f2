/* SPDX-License-Identifier: MIT */
/*
 * struct thread: what the scheduler runs, in user or kernel mode.
 *
 * Allocated by thread_alloc (kernel/sched), freed by RCU after the last put_thread. Fields are
 * marked with what guards them:
 *
 *	I	set before the thread first runs, then never
 *	C	only the thread itself (current)
 *	R	its run queue's lock (rq_lock of thread->cpu)
 *	S	process->siglock (LOCK_RANK_SIGNAL)
 *	A	atomic
 *	P	process_lock (of the process tree), readers by RCU
 *	T	thread->lock (LOCK_RANK_THREAD)
 */
#ifndef KERNEL_THREAD_H
#define KERNEL_THREAD_H

#include <kit/list.h>
#include <lib/rbtree.h>
#include <arch/percpu.h>
#include <arch/trap_frame.h>
#include <kernel/cpumask.h>
#include <kernel/lock_stat.h>
#include <kernel/rcu.h>
#include <kernel/refcount.h>
#include <kernel/restart.h>
#include <kernel/sigset.h>
#include <kernel/spinlock.h>

struct completion;
struct file;
struct kcov;
struct pi_waiter;
struct pid;
struct process;
struct address_space;
struct files;
struct fs_context;
struct credentials;
struct fpu_state;
struct robust_list_head;
struct rseq;
struct rw_semaphore;

/* States. A sleeper sets its state, checks its condition and calls schedule(). */
#define THREAD_RUNNING		0x00	/* running or on a run queue */
#define THREAD_INTERRUPTIBLE	0x01	/* sleeps; a signal wakes it */
#define THREAD_UNINTERRUPTIBLE	0x02	/* sleeps; only its event wakes it */
#define THREAD_WAKEKILL		0x04	/* with the above: a fatal signal wakes it */
#define THREAD_STOPPED		0x08	/* by a job control signal */
#define THREAD_TRACED		0x10
#define THREAD_DEAD		0x20	/* will never run again */
#define THREAD_NEW		0x40	/* not yet started */
#define THREAD_PARKED		0x80
#define THREAD_NOLOAD		0x100	/* with UNINTERRUPTIBLE: does not count in the load average */
#define THREAD_WAKING		0x200	/* being put on a run queue */
#define THREAD_IDLE		(THREAD_UNINTERRUPTIBLE | THREAD_NOLOAD)	/* a service thread waits for something to do */
#define THREAD_KILLABLE		(THREAD_UNINTERRUPTIBLE | THREAD_WAKEKILL)

/*
 * thread->flags: work before a return to user mode, tested all at once against TF_USER_WORK.
 * Atomic, any CPU.
 */
#define TF_NEED_RESCHED		0	/* bit numbers */
#define TF_SIGNAL_PENDING	1	/* a signal may be deliverable */
#define TF_NOTIFY_RESUME	2	/* work list: thread->resume_work */
#define TF_NOTIFY_SIGNAL	3
#define TF_RESTORE_SIGMASK	4	/* saved_sigmask must be restored if no handler runs */
#define TF_SINGLE_STEP		9
#define TF_FULL_RETURN		10	/* the frame was changed: SYSRET cannot restore it */
#define TF_EXITING		16	/* not user work: past the point of no return in exit */
#define TF_KERNEL_THREAD	17
#define TF_NO_IO		18	/* allocation may not start I/O (memory scopes) */
#define TF_NO_FS		19
#define TF_MEMDIE		20	/* chosen by the OOM killer: may use the reserves */
#define TF_FORK_NO_EXEC		21
#define TF_WORKER		22	/* of a work queue: tells its pool when it sleeps */
#define TF_BOUND		23	/* kthread_bind: affinity is not the user's to change */
#define TF_NPROC_EXCEEDED	25	/* setuid went over the new user's limit of processes: exec will refuse */
#define TF_IDLE			24	/* the idle loop of a CPU */
#define TF_MEMALLOC		26	/* frees memory: may use the reserves and does not reclaim itself */
#define TF_USER_WORK		((1ul << TF_NEED_RESCHED) | (1ul << TF_SIGNAL_PENDING) | \
				 (1ul << TF_NOTIFY_RESUME) | (1ul << TF_NOTIFY_SIGNAL))

#define MAX_HELD_SLEEPING	24

struct held_sleeping_lock {
	const void *lock;
	unsigned long ip; /* where it was taken */
	u16 class;
};

struct sched_entity {	     /* all R; the times are kept for every class */
	struct rb_node node; /* in the fair queue while runnable and not running */
	/* weighted run time; off the queue: relative to the queue's minimum */
	u64 vruntime_ns;
	/* when sum_exec_ns was brought up to date last, while running */
	u64 exec_start_ns;
	u64 sum_exec_ns;    /* total run time */
	u64 slice_start_ns; /* sum_exec_ns at the start of the present slice */
	u64 burst_start_ns; /* sum_exec_ns when it was woken last */
	/* how long it runs between a wake-up and its next sleep, on average */
	u32 burst_ns;
	u32 weight;
	u32 inverse_weight; /* 2^32 / weight */
};

struct sched_rt_entity {       /* SCHED_FIFO, SCHED_RR; all R */
	struct list_head node; /* empty while not runnable */
	u64 slice_left_ns;
};

struct thread {
	/*
	 * Used by assembly and on every entry: keep first. arch/x86_64/cpu/thread_offsets.h asserts
	 * the offsets.
	 */
	unsigned long flags;	  /* A: TF_* */
	unsigned long kernel_rsp; /* R: saved stack pointer while not running */
	unsigned long stack_top;  /* I: of the kernel stack, what the entry loads */
	/* C: user bases, valid while not running (or by the accessors) */
	unsigned long fs_base, gs_base;
	struct fpu_state *fpu; /* C */
	unsigned int fpu_cpu;  /* C: whose registers hold it last */

	/* Scheduling */
	unsigned int state; /* by the sleeper itself; wakers under T */
	unsigned int cpu;   /* R, T: where it runs or ran last */
	bool on_cpu;	    /* R: some CPU stands on its stack */
	/* R: runnable: on a queue or running (ON_RQ_* of the scheduler) */
	u8 on_rq;
	bool counts_in_load; /* R: sleeps uninterruptibly */
	/* R: to leave this CPU at its next switch: affinity changed */
	bool migrate_pending;
	u8 policy;	   /* T+R: SCHED_NORMAL ... */
	s8 nice;	   /* T+R */
	u8 rt_priority;	   /* T+R: 1..99, by policy; 0: not real-time */
	u8 boost_priority; /* T+R: inherited from who waits for it; 0: none */
	u8 run_priority;   /* T+R: the higher of the two: what the scheduler goes by */
	bool reset_on_fork;
	struct sched_entity se;
	struct sched_rt_entity rt;
	struct cpumask affinity;				      /* T+R */
	spinlock_t lock;					      /* LOCK_RANK_THREAD */
	unsigned long nr_voluntary_switches, nr_involuntary_switches; /* R */
	/* C: sampled by the tick; sum_exec_ns is exact. thread_cpu_times() combines them */
	u64 user_ns, system_ns;
	/* T: what thread_cpu_times() said last; never goes back */
	u64 user_shown_ns, system_shown_ns;
	u64 start_ns;					/* I: monotonic */
	u64 start_boottime_ns;				/* I */
	unsigned long nr_minor_faults, nr_major_faults; /* C */

	/* Identity */
	refcount_t refs;
	struct rcu_head rcu;
	/* P: in the only pid namespace, changed by exec alone; 0 for kernel threads */
	s32 tid;
	struct pid *pid; /* P: the same, with a reference; NULL for kernel threads */
	char name[16];	 /* T: comm */
	void *stack;	 /* I: lowest address */
#ifdef CONFIG_THREAD_LIST
	struct list_head all_node; /* all_threads_lock */
#endif

	/* Kernel threads */
	int (*kthread_func)(void *arg); /* I */
	void *kthread_arg;		/* I */
	bool kthread_stop;		/* A */
	struct list_head kthread_node;	/* of kernel_threads (kernel/sched/kthread.c) */
	u32 kthread_nr;			/* I: tells kernel threads apart in traces */
	int exit_code;			/* C until dead */
	struct completion *exit_done;	/* C */

	/* Floors above: opaque to the scheduler, which only switches address spaces. */
	struct address_space *space;	/* C+T: NULL for kernel threads */
	struct process *process;	/* I: NULL for kernel threads */
	struct list_head process_node;	/* P: of process->threads */
	struct files *files;		/* C+T */
	struct fs_context *fs;		/* C+T: root, cwd, umask */
	const struct credentials *cred; /* C writes, readers by RCU */
	/* C: references that it has in hand, to give to files (kernel/process/cred.c) */
	const struct credentials *spare_cred;
	unsigned int nr_spare_creds;
	/* C: return addresses of wrapped calls (kernel/module/call.c) */
	struct call_stack *call_stack;
	void *journal; /* C: file system's */
	struct char_file
		*char_call; /* C: whose driver it is calling, with its lock (drivers/char) */

	sigset_t blocked;		/* S; C may read without */
	sigset_t saved_sigmask;		/* C: see TF_RESTORE_SIGMASK */
	struct list_head pending_list;	/* S: queued siginfo of this thread */
	sigset_t pending_set;		/* S */
	unsigned long sigaltstack_sp;	/* C */
	size_t sigaltstack_size;	/* C */
	unsigned int sigaltstack_flags; /* C */
	sigset_t real_blocked;		/* S: sigtimedwait: what is blocked in fact */
	unsigned int stop_state;	/* S: job control, kernel/process/stop.c */
	struct restart_block restart;	/* C */
	/* C: of the last fault, for signal frames */
	unsigned long trap_number, trap_error, fault_address;

	u32 __user *clear_child_tid;		     /* C */
	u32 __user *set_child_tid;		     /* C */
	struct robust_list_head __user *robust_list; /* C */
	/* kernel/process/futex_pi.c: contended locks with priority inheritance that it holds */
	struct list_head pi_owned;
	struct pi_waiter *pi_blocked;  /* the same: which one it waits for */
	bool pi_dead;		       /* A, the same: it exits and has given up all of them */
	struct completion *vfork_done; /* S: the parent waits in vfork */
	int pdeath_signal;	       /* P */
	void *resume_work;	       /* A: lock-free list of callbacks for TF_NOTIFY_RESUME */
	struct rseq __user *rseq;      /* C: kernel/process/rseq.c */
	u32 rseq_len, rseq_signature;  /* C */
	unsigned long timer_slack_ns;  /* C: how late its sleeps may end */
	unsigned int user_pagefault_disabled; /* C: copies fail instead of faulting in */
	unsigned int plug_depth;	      /* C: block layer */
	void *ptrace;			      /* S */
#ifdef CONFIG_DEBUG_LOCKS
	/* C: sleeping locks, in the order taken */
	struct held_sleeping_lock held[MAX_HELD_SLEEPING];
	unsigned int nr_held;	 /* C */
	u16 wanted_class;	 /* C: of the lock that it is about to wait for */
	const void *wanted_lock; /* C */
#endif
#ifdef CONFIG_LOCK_STAT
	struct lock_stat_stack lock_stat; /* C: the same, with times */
#endif
#ifdef CONFIG_DETECT_HUNG_TASK
	unsigned long hung_switches; /* khungtaskd's: switches at its last look */
	unsigned int hung_looks;     /* khungtaskd's: looks since then */
	bool hung_is_due;	     /* khungtaskd's: to be reported */
#endif
	void *debug; /* C: checkers' and tracers' own */
#ifdef CONFIG_KCOV
	struct kcov *kcov;	/* C: where its coverage goes, NULL: nowhere */
	struct file *kcov_file; /* C: held meanwhile */
#endif
};

#ifdef CONFIG_KASAN
#define THREAD_STACK_SIZE	32768ul		/* variables have room around them */
#else
#define THREAD_STACK_SIZE	16384ul
#endif

extern struct list_head kernel_threads; /* readers by RCU */

DECLARE_PER_CPU(struct thread *, current_thread);
#define current		this_cpu_read_stable(current_thread)

/* The user registers of a thread that came from user mode. */
static inline struct trap_frame *thread_frame(const struct thread *t)
{
	return (struct trap_frame *)(t->stack_top - FRAME_SIZE);
}

static inline void set_thread_flag(struct thread *t, int bit) { set_bit(bit, &t->flags); }
static inline void clear_thread_flag(struct thread *t, int bit) { clear_bit(bit, &t->flags); }
static inline bool test_thread_flag(const struct thread *t, int bit) { return test_bit(bit, &t->flags); }

/* Memory scopes, bit is TF_NO_IO or TF_NO_FS: what current allocates until thread_scope_leave() does not come back there. They nest. */
static inline bool thread_scope_enter(int bit)
{
	bool was = test_thread_flag(current, bit);

	set_thread_flag(current, bit);
	return was;
}

static inline void thread_scope_leave(int bit, bool was)
{
	if (!was)
		clear_thread_flag(current, bit);
}

static inline bool signal_pending(const struct thread *t)
{
	return READ_ONCE(t->flags) & ((1ul << TF_SIGNAL_PENDING) | (1ul << TF_NOTIFY_SIGNAL));
}

/*
 * True when SIGKILL (or the exit of the whole process) is on its way: what ends a killable sleep.
 */
static inline bool fatal_signal_pending(const struct thread *t)
{
	return signal_pending(t) && sigset_has(&t->pending_set, 9);
}

static inline bool signal_pending_state(unsigned int state, const struct thread *t)
{
	if (!(state & (THREAD_INTERRUPTIBLE | THREAD_WAKEKILL)) || !signal_pending(t))
		return false;
	return (state & THREAD_INTERRUPTIBLE) || fatal_signal_pending(t);
}

#define set_current_state(s)	smp_store_mb(current->state, s)
#define __set_current_state(s)	WRITE_ONCE(current->state, s)
/*
 * For states in which a wake-up that was meant for an earlier sleep must not be taken for one of
 * this: stopped, traced, dead. Ordinary sleeps look at their condition again instead. Followed by
 * schedule(), with no condition to look at.
 */
#define set_special_state(s) do {							\
	unsigned long special_flags_;							\
	spin_lock_irqsave(&current->lock, special_flags_);				\
	WRITE_ONCE(current->state, s);							\
	spin_unlock_irqrestore(&current->lock, special_flags_);				\
} while (0)

static inline struct thread *get_thread(struct thread *t)
{
	refcount_inc(&t->refs);
	return t;
}

void put_thread(struct thread *t);

#endif
