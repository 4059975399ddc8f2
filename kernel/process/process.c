// SPDX-License-Identifier: MIT
/*
 * Process objects: their memory, their links, their sums.
 *
 * References to a process: one by each of its threads until the thread's memory goes, one by the tree until it is reaped, and whoever
 * took one. The leader is held by the process until it is reaped, so that a zombie still has a name and a state to show.
 */
#include <kernel/futex.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/trace.h>
#include <kernel/trace_events.h>
#include <lib/rculist.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <uapi/capability.h>
#include "internal.h"

DEFINE_SPINLOCK(process_lock, LOCK_RANK_PROCESS);
LIST_HEAD(all_processes);
struct process *init_process;
atomic_t nr_user_threads;
int threads_max;
unsigned int process_nr_open = 1024 * 1024;
void (*tty_session_exit_hook)(struct process *leader);

/* "Process 0": what init and helpers of the kernel are children of, and inherit from. It has no threads and takes no signals. */
static struct pid kernel_pid = {
	.refs = REFCOUNT_INIT(1),
	.process = &kernel_process,
	.group_members = LIST_HEAD_INIT(kernel_pid.group_members),
	.session_members = LIST_HEAD_INIT(kernel_pid.session_members),
	.poll_wait = WAIT_QUEUE_HEAD_INIT(kernel_pid.poll_wait),
};

static struct signal_handlers kernel_handlers = {
	.refs = REFCOUNT_INIT(1),
	.lock = SPINLOCK_INIT("kernel_handlers", LOCK_RANK_SIGNAL_ACTION),
	.action[SIGCHLD - 1] = { .handler = SIG_IGN }, /* its children are reaped at once */
};

struct process kernel_process = {
	.refs = REFCOUNT_INIT(1),
	.pid = &kernel_pid,
	.pgrp = &kernel_pid,
	.session = &kernel_pid,
	.parent = &kernel_process,
	.real_parent = &kernel_process,
	.threads = LIST_HEAD_INIT(kernel_process.threads),
	.children = LIST_HEAD_INIT(kernel_process.children),
	.siglock = SPINLOCK_INIT("kernel_process", LOCK_RANK_SIGNAL),
	.signals = &kernel_handlers,
	.pending_list = LIST_HEAD_INIT(kernel_process.pending_list),
	.child_wait = WAIT_QUEUE_HEAD_INIT(kernel_process.child_wait),
	.signalfd_wait = WAIT_QUEUE_HEAD_INIT(kernel_process.signalfd_wait),
	.dumpable = DUMPABLE_USER,
	.limits = {
		[RLIMIT_CPU] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_FSIZE] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_DATA] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_STACK] = { _STK_LIM, RLIM_INFINITY },
		[RLIMIT_CORE] = { 0, RLIM_INFINITY },
		[RLIMIT_RSS] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_NOFILE] = { 1024, 4096 },
		[RLIMIT_MEMLOCK] = { MLOCK_LIMIT, MLOCK_LIMIT },
		[RLIMIT_AS] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_LOCKS] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_MSGQUEUE] = { 819200, 819200 },
		[RLIMIT_RTTIME] = { RLIM_INFINITY, RLIM_INFINITY },
	},
};

struct kmem_cache *process_cache;
static struct kmem_cache *handlers_cache;

struct process *process_alloc(void)
{
	struct process *p = kmem_cache_zalloc(process_cache, GFP_KERNEL);

	if (!p)
		return NULL;
	refcount_set(&p->refs, 1);
	INIT_LIST_HEAD(&p->threads);
	INIT_LIST_HEAD(&p->children);
	INIT_LIST_HEAD(&p->sibling);
	INIT_LIST_HEAD(&p->pgrp_node);
	INIT_LIST_HEAD(&p->session_node);
	INIT_LIST_HEAD(&p->all_node);
	INIT_LIST_HEAD(&p->pending_list);
	spin_lock_init(&p->siglock, LOCK_RANK_SIGNAL);
	init_waitqueue_head(&p->child_wait);
	init_waitqueue_head(&p->signalfd_wait);
	process_timers_init(p);
	return p;
}

static void process_free_rcu(struct rcu_head *head)
{
	struct process *p = container_of(head, struct process, rcu);

	if (p->signals)
		put_signal_handlers(p->signals);
	kmem_cache_free(process_cache, p);
}

void put_process(struct process *p)
{
	if (!p || !refcount_dec_and_test(&p->refs))
		return;
	put_pid(p->lost_foreground);
	put_pid(p->pid);
	/* an epoll that watches a signalfd on this process's behalf outlives it */
	if (waitqueue_active(&p->signalfd_wait))
		__wake_up(&p->signalfd_wait, WAKE_NORMAL, 0, (void *)WAKE_KEY_FREE);
	call_rcu(&p->rcu, process_free_rcu);
}

struct signal_handlers *signal_handlers_alloc(void)
{
	struct signal_handlers *h = kmem_cache_zalloc(handlers_cache, GFP_KERNEL);

	if (!h)
		return NULL;
	refcount_set(&h->refs, 1);
	spin_lock_init(&h->lock, LOCK_RANK_SIGNAL_ACTION);
	return h;
}

void put_signal_handlers(struct signal_handlers *h)
{
	if (refcount_dec_and_test(&h->refs))
		kmem_cache_free(handlers_cache, h);
}

/* The last reference to a thread's structure is gone; it has long left all lists. */
static void free_thread_hook(struct thread *t)
{
	put_spare_creds(t);
	put_cred(t->cred);
	if (!rcu_access_pointer(t->pid->thread)) /* nobody has taken its number over (exec) */
		trace_follow_end(t->tid);
	put_pid(t->pid);
	put_process(t->process);
}

void process_early_init(void)
{
	process_cache = KMEM_CACHE(process, SLAB_HWCACHE_ALIGN | SLAB_PANIC);
	handlers_cache = KMEM_CACHE(signal_handlers, SLAB_PANIC);
	cred_init();
	signal_early_init();
	futex_init();
	thread_free_hook = free_thread_hook;
	thread_exit_hook = do_exit;
	/* As many as would fill an eighth of memory with their stacks. */
	threads_max = clamp_t(unsigned long,
			      total_ram_pages() / 8 / (THREAD_STACK_SIZE / PAGE_SIZE), 64, INT_MAX);
	kernel_process.limits[RLIMIT_NPROC] = (struct rlimit){ threads_max / 2, threads_max / 2 };
	kernel_process.limits[RLIMIT_SIGPENDING] = (struct rlimit){ threads_max / 2,
								    threads_max / 2 };
	kernel_thread_cred = &init_cred;
	current->cred = &init_cred;
}

void process_link_thread(struct process *p, struct thread *t)
{
	assert_spin_locked(&process_lock);
	assert_spin_locked(&p->siglock);
	list_add_tail_rcu(&t->process_node, &p->threads);
	p->nr_threads++;
	atomic_inc(&p->nr_live);
}

void process_unlink_thread(struct thread *t)
{
	assert_spin_locked(&process_lock);
	assert_spin_locked(&t->process->siglock);
	list_del_rcu(&t->process_node);
	t->process->nr_threads--;
}

void process_account_thread(struct process *p, struct thread *t)
{
	u64 user_ns, system_ns;

	thread_cpu_times(t, &user_ns, &system_ns);
	p->user_ns += user_ns;
	p->system_ns += system_ns;
	p->run_ns += thread_run_ns(t);
	p->min_flt += t->nr_minor_faults;
	p->maj_flt += t->nr_major_faults;
	p->nvcsw += t->nr_voluntary_switches;
	p->nivcsw += t->nr_involuntary_switches;
}

void process_times(struct process *p, struct process_times *times)
{
	unsigned long flags;
	struct thread *t;

	spin_lock_irqsave(&p->siglock, flags);
	*times = (struct process_times){
		.user_ns = p->user_ns,
		.system_ns = p->system_ns,
		.run_ns = p->run_ns,
		.min_flt = p->min_flt,
		.maj_flt = p->maj_flt,
		.nvcsw = p->nvcsw,
		.nivcsw = p->nivcsw,
	};
	list_for_each_entry(t, &p->threads, process_node) {
		u64 user_ns, system_ns;

		thread_cpu_times(t, &user_ns, &system_ns);
		times->user_ns += user_ns;
		times->system_ns += system_ns;
		times->run_ns += thread_run_ns(t);
		times->min_flt += t->nr_minor_faults;
		times->maj_flt += t->nr_major_faults;
		times->nvcsw += t->nr_voluntary_switches;
		times->nivcsw += t->nr_involuntary_switches;
	}
	spin_unlock_irqrestore(&p->siglock, flags);
}

s32 process_ppid(struct process *p)
{
	struct process *parent;
	s32 nr;

	rcu_read_lock();
	parent = rcu_dereference(p->real_parent);
	nr = parent ? parent->pid->nr : 0;
	rcu_read_unlock();
	return nr;
}

char thread_state_letter(const struct thread *t)
{
	unsigned int state = READ_ONCE(t->state);

	if (state & THREAD_DEAD || test_thread_flag(t, TF_EXITING))
		return t->process && READ_ONCE(t->process->exit_state) == PROCESS_REAPED ? 'X'
											 : 'Z';
	if (state & THREAD_STOPPED)
		return 'T';
	if (state & THREAD_TRACED)
		return 't';
	if (state & THREAD_UNINTERRUPTIBLE)
		return t->process ? 'D' : 'I';
	if (state & THREAD_INTERRUPTIBLE)
		return 'S';
	return state & THREAD_PARKED ? 'I' : 'R';
}

void get_thread_name(char *buf, struct thread *t)
{
	unsigned long flags;

	spin_lock_irqsave(&t->lock, flags);
	strscpy_pad(buf, t->name, sizeof(t->name));
	spin_unlock_irqrestore(&t->lock, flags);
}

void set_thread_name(struct thread *t, const char *name)
{
	unsigned long flags;

	spin_lock_irqsave(&t->lock, flags);
	trace_task_rename(t, name, t->process ? t->process->oom_score_adj : 0);
	strscpy_pad(t->name, name, sizeof(t->name));
	spin_unlock_irqrestore(&t->lock, flags);
}

struct address_space *get_thread_space(struct thread *t)
{
	struct address_space *space;
	unsigned long flags;

	spin_lock_irqsave(&t->lock, flags);
	space = t->space;
	if (space)
		space_get(space);
	spin_unlock_irqrestore(&t->lock, flags);
	return space;
}

/* The rules of ptrace's access check, which /proc and its kin use too. */
int thread_may_access(struct thread *t, unsigned int mode)
{
	const struct credentials *me = current->cred, *cred;
	u32 uid = mode & ACCESS_FSCREDS ? me->fsuid : me->uid,
	    gid = mode & ACCESS_FSCREDS ? me->fsgid : me->gid;
	u64 caps = mode & ACCESS_FSCREDS ? me->cap_effective : me->cap_permitted;
	bool may;

	if (t->process && t->process == current->process)
		return 0;
	rcu_read_lock();
	cred = thread_cred(t);
	may = uid == cred->euid && uid == cred->suid && uid == cred->uid && gid == cred->egid &&
	      gid == cred->sgid && gid == cred->gid &&
	      (!t->process || READ_ONCE(t->process->dumpable) == DUMPABLE_USER) &&
	      !(cred->cap_permitted & ~caps);
	rcu_read_unlock();
	return may || capable(CAP_SYS_PTRACE) ? 0 : -EPERM;
}
