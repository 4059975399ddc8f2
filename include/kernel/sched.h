/* SPDX-License-Identifier: MIT */
/*
 * The scheduler's interface (kernel/sched).
 *
 * Per-CPU run queues; classes in falling order: SCHED_FIFO and SCHED_RR, fair, idle. schedule() may
 * be called with preemption on only, except by preempt_schedule. Wake-ups and switches carry full
 * barriers: what a waker wrote before is seen by the woken.
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include <arch/fpu.h>
#include <kernel/thread.h>

void thread_cache_init(void); /* the slab is there, no thread but the boot one */
void sched_init(void);	      /* boot CPU; the boot stack becomes CPU 0's idle thread */
/* before an application processor starts: its run queue and idle thread */
void sched_init_cpu(unsigned int cpu);
/* its kernel_rsp and stack_top are where an AP starts */
struct thread *idle_thread(unsigned int cpu);
void sched_cpu_online(void); /* on a CPU that is ready: from now on it takes part */
/* every CPU's idle loop, when its bring-up is done */
__noreturn void cpu_startup_entry(void);

void schedule(void);
void preempt_schedule(void);
/* interrupt return to the kernel; interrupts off on entry and exit */
void preempt_schedule_irq(void);
void schedule_tail(struct thread *prev); /* first code of a new thread, from assembly */
/* a point where a long loop may be preempted; true when it was */
int cond_resched(void);
void sched_yield_current(void);
s64 schedule_timeout_ns(s64 timeout_ns);
void resched_cpu(unsigned int cpu);
void sched_ipi(void); /* handler of the reschedule interrupt */
/* from the timer interrupt, when hrtimer_set_tick's time has come */
void sched_tick(void);
/* process floor: CPU-time limits and timers */
extern void (*thread_tick_hook)(struct thread *t, u64 delta_ns, bool user);
const char *sched_cpu_thread_name(unsigned int cpu);

/* True when it was woken (its state was in the mask). Any context but NMI. */
bool try_to_wake_up(struct thread *t, unsigned int state_mask);
/* WAKE_SYNC of kernel/wait.h */
bool try_to_wake_up_flags(struct thread *t, unsigned int state_mask, int wake_flags);
#define wake_up_thread(t)	try_to_wake_up(t, THREAD_INTERRUPTIBLE | THREAD_UNINTERRUPTIBLE)
bool wake_up_state(struct thread *t, unsigned int state_mask);
void wake_up_new_thread(struct thread *t); /* first start of a thread made by thread_alloc */
/* makes it pass through the kernel soon, if it runs in user mode */
void kick_thread(struct thread *t);

/*
 * A thread with a stack, in state THREAD_NEW, scheduling parameters inherited from current; NULL
 * without memory. The caller sets up what it shall run: arch_thread_setup_user() or
 * arch_thread_setup_kernel(). Refcount 1 for the caller, 1 for the running thread itself.
 */
struct thread *thread_alloc(const char *name);
void thread_free_unstarted(struct thread *t);
/* current is dead: the last switch; drops its own reference. Preemption is off. */
__noreturn void thread_exit_final(void);
extern void (*thread_free_hook)(struct thread *t); /* process floor: last reference gone */
/* process floor: an oops ends current, which has a process */
extern void (*thread_exit_hook)(long code);

/*
 * Calls visit for every thread, idle ones and those that have not started too, with interrupts off;
 * it may take the thread's own lock and print. Until visit returns false.
 */
#ifdef CONFIG_THREAD_LIST
void for_all_threads(bool (*visit)(struct thread *t));
#endif

extern struct list_head kernel_threads; /* by kthread_node, under RCU */

/* Kernel threads. They have the rights and the root directory that the floors above set here. */
extern const struct credentials *kernel_thread_cred;
extern struct fs_context *kernel_thread_fs;
struct thread *kthread_create(int (*func)(void *arg), void *arg, const char *name_fmt, ...)
	__attribute__((format(printf, 3, 4)));
struct thread *kthread_run(int (*func)(void *arg), void *arg, const char *name_fmt, ...)
	__attribute__((format(printf, 3, 4)));
void kthread_bind(struct thread *t, unsigned int cpu); /* before its first run */
bool kthread_should_stop(void);
int kthread_stop(struct thread *t); /* waits; the thread's result */

/*
 * Parameters (system calls and kit). All may sleep. 0 or a negative errno as sched_setscheduler(2)
 * and friends.
 */
int sched_set_policy(struct thread *t, int policy, int rt_priority, bool reset_on_fork);
int sched_set_nice(struct thread *t, int nice);
/* at least that, for a while; 0: no more. Any context but NMI */
void sched_set_boost(struct thread *t, unsigned int rt_priority);
/* EINVAL: no online CPU in it */
int sched_set_affinity(struct thread *t, const struct cpumask *mask);
u64 sched_rr_interval_ns(struct thread *t);
u64 thread_run_ns(struct thread *t); /* CPU time so far, to the moment */
/*
 * User and system time: sum_exec divided in the ratio of what the tick saw. They sum up to
 * thread_run_ns and never go back.
 */
void thread_cpu_times(struct thread *t, u64 *user_ns, u64 *system_ns);
/* 1, 5, 15 minutes, FSHIFT fixed point (11 bits) */
unsigned long sched_load_average(unsigned int index);
unsigned int sched_nr_running(void);
unsigned long long sched_nr_switches(void);
u64 cpu_idle_ns(unsigned int cpu);
/*
 * ktime_get_ns() as this CPU's scheduler knew it last: at its last switch, wake-up or tick, which is at most 10 ms ago where a thread
 * runs. Reads no hardware. That of another CPU may be older: two such times do not tell which was first. Any context.
 */
u64 sched_clock_ns(void);
void sched_cpu_times(unsigned int cpu, u64 *user_ns, u64 *nice_ns, u64 *system_ns, u64 *irq_ns);

/* arch/x86_64/thread */
void arch_thread_setup_kernel(struct thread *t, void (*entry)(void));
/* the child returns through its copied trap frame */
void arch_thread_setup_user(struct thread *t);
/*
 * Switches stacks, user segment bases, FPU state; returns on next's stack with the thread that ran
 * before it.
 */
struct thread *arch_switch_to(struct thread *prev, struct thread *next);

/*
 * Address-space switch, supplied by mm/space: called at every switch of threads, with the run queue
 * lock held and interrupts off. next: of next_thread; NULL for a kernel thread, which then runs on
 * whatever tables are loaded. Memory management itself keeps track of what each CPU has loaded and
 * takes it away before it frees the tables, so the scheduler holds no references and prev may be
 * NULL.
 */
void space_switch(struct address_space *prev, struct address_space *next,
		  struct thread *next_thread);

#endif
