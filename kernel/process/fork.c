// SPDX-License-Identifier: MIT
/*
 * Making threads and processes.
 *
 * clone_prepare does all that can fail, on objects that nobody else sees; clone_commit links them under process_lock and starts the
 * child. The number is reserved before and found by others only then.
 */
#include <arch/thread.h>
#include <kernel/futex.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/time.h>
#include <kernel/trace_events.h>
#include <lib/err.h>
#include <lib/rculist.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/sched.h>
#include "internal.h"

static struct process_part *parts;
static DEFINE_PER_CPU(unsigned long, nr_forks);

void process_part_register(struct process_part *part)
{
	struct process_part **end = &parts;

	while (*end)
		end = &(*end)->next;
	*end = part;
}

void process_parts_exit(struct thread *t)
{
	for (struct process_part *part = parts; part; part = part->next)
		part->exit(t);
}

unsigned long total_forks(void)
{
	unsigned long sum = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(nr_forks, cpu);
	return sum;
}

/* --- checks --- */

#define CLONE_NAMESPACES (CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | \
			  CLONE_NEWTIME)

static int check_flags(const struct clone_request *request)
{
	u64 flags = request->flags;

	if (flags & (CLONE_NAMESPACES | CLONE_INTO_CGROUP))
		return -EINVAL;
	if ((flags & (CLONE_NEWNS | CLONE_FS)) == (CLONE_NEWNS | CLONE_FS))
		return -EINVAL;
	if (flags & CLONE_THREAD && !(flags & CLONE_SIGHAND))
		return -EINVAL;
	if (flags & CLONE_SIGHAND && !(flags & CLONE_VM))
		return -EINVAL;
	/* A sibling of init would have nobody to reap it. */
	if (flags & CLONE_PARENT && current->process &&
	    current->process->flags & PROCESS_UNKILLABLE)
		return -EINVAL;
	if (flags & CLONE_PIDFD && flags & (CLONE_DETACHED | CLONE_THREAD))
		return -EINVAL;
	if (request->wanted_tid && !capable(CAP_SYS_ADMIN) && !capable(CAP_CHECKPOINT_RESTORE))
		return -EPERM;
	return 0;
}

/* Counts the child with its user; the limit of processes does not bind root. */
static int count_thread(const struct credentials *cred)
{
	int count = atomic_inc_return(&cred->user->nr_processes);

	if (current->process && count > rlimit(RLIMIT_NPROC) && cred->user->uid &&
	    !capable(CAP_SYS_RESOURCE) && !capable(CAP_SYS_ADMIN))
		goto uncount;
	if (atomic_inc_return(&nr_user_threads) <= threads_max)
		return 0;
	atomic_dec(&nr_user_threads);
uncount:
	atomic_dec(&cred->user->nr_processes);
	return -EAGAIN;
}

static void uncount_thread(const struct credentials *cred)
{
	atomic_dec(&nr_user_threads);
	atomic_dec(&cred->user->nr_processes);
}

/* --- the parts of a child --- */

static int copy_handlers(struct process *p, struct process *from, u64 flags)
{
	struct signal_handlers *h;

	if (flags & CLONE_SIGHAND) {
		refcount_inc(&from->signals->refs);
		p->signals = from->signals;
		return 0;
	}
	h = signal_handlers_alloc();
	if (!h)
		return -ENOMEM;
	spin_lock_irq(&from->siglock);
	spin_lock(&from->signals->lock);
	memcpy(h->action, from->signals->action, sizeof(h->action));
	spin_unlock(&from->signals->lock);
	spin_unlock_irq(&from->siglock);
	p->signals = h;
	if (flags & CLONE_CLEAR_SIGHAND || from == &kernel_process)
		flush_signal_handlers(p, from == &kernel_process);
	return 0;
}

static struct process *copy_process(struct clone_request *request)
{
	struct process *from = current->process ?: &kernel_process;
	struct process *p = process_alloc();
	int err;

	if (!p)
		return ERR_PTR(-ENOMEM);
	err = copy_handlers(p, from, request->flags);
	if (err) {
		put_process(p);
		return ERR_PTR(err);
	}
	spin_lock_irq(&from->siglock);
	memcpy(p->limits, from->limits, sizeof(p->limits));
	p->dumpable = from->dumpable;
	p->no_new_privs = from->no_new_privs;
	p->oom_score_adj = from->oom_score_adj;
	p->tty = from->tty;
	spin_unlock_irq(&from->siglock);
	p->personality = from->personality;
	p->membarrier_state = from->membarrier_state;
	p->has_child_subreaper = from->has_child_subreaper || from->is_child_subreaper;
	p->exit_signal = request->flags & CLONE_PARENT ? from->exit_signal : request->exit_signal;
	p->exit_report = request->exit_report;
	return p;
}

static int copy_space(struct thread *child, u64 flags)
{
	struct address_space *space = current->space;

	if (!space)
		return 0;
	if (flags & CLONE_VM)
		space_get(space);
	else
		space = space_fork(space);
	if (!space)
		return -ENOMEM;
	child->space = space;
	return 0;
}

static void copy_signal_state(struct thread *child, u64 flags)
{
	struct thread *t = current;

	child->blocked = t->blocked;
	/* A thread on shared memory needs a stack of its own; a vfork child borrows the parent's. */
	if ((flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM) {
		child->sigaltstack_flags = SS_DISABLE;
		return;
	}
	child->sigaltstack_sp = t->sigaltstack_sp;
	child->sigaltstack_size = t->sigaltstack_size;
	child->sigaltstack_flags = t->sigaltstack_flags;
}

static void copy_registers(struct thread *child, struct clone_request *request)
{
	struct trap_frame *frame = thread_frame(child);

	if (request->kernel_entry) {
		arch_thread_setup_kernel(child, request->kernel_entry);
		return;
	}
	*frame = *thread_frame(current);
	frame->rax = 0;
	if (request->stack)
		frame->rsp = request->stack;
	arch_thread_setup_user(child);
	thread_save_bases();
	child->fs_base = request->flags & CLONE_SETTLS ? request->tls : current->fs_base;
	child->gs_base = current->gs_base;
}

static void copy_thread_state(struct thread *child, struct clone_request *request)
{
	u64 flags = request->flags;

	copy_signal_state(child, flags);
	child->timer_slack_ns = current->timer_slack_ns ?: 50 * NSEC_PER_USEC;
	child->clear_child_tid = flags & CLONE_CHILD_CLEARTID ? (u32 __user *)request->child_tid
							      : NULL;
	child->set_child_tid = flags & CLONE_CHILD_SETTID ? (u32 __user *)request->child_tid : NULL;
	if (child->set_child_tid)
		/* written by the child itself, in its memory */
		set_thread_flag(child, TF_NOTIFY_RESUME);
	if (!(flags & CLONE_VM)) {
		child->rseq = current->rseq;
		child->rseq_len = current->rseq_len;
		child->rseq_signature = current->rseq_signature;
		if (child->rseq)
			/* it starts on a CPU of its own */
			set_thread_flag(child, TF_NOTIFY_RESUME);
	}
	copy_registers(child, request);
}

static int clone_parts(struct thread *child, u64 flags)
{
	for (struct process_part *part = parts; part; part = part->next) {
		int err = part->clone(child, flags);

		if (err)
			return err;
	}
	return 0;
}

/* One that nobody has seen. */
static void free_child(struct thread *child)
{
	put_cred(child->cred);
	put_pid(child->pid);
	put_process(child->process);
	thread_free_unstarted(child);
}

struct thread *clone_prepare(struct clone_request *request)
{
	const struct credentials *cred = current->process ? current->cred : &init_cred;
	struct thread *child;
	struct pid *pid;
	int err = check_flags(request);

	if (err)
		return ERR_PTR(err);
	err = count_thread(cred);
	if (err)
		return ERR_PTR(err);
	err = -ENOMEM;
	child = thread_alloc(request->name ?: current->name);
	if (!child)
		goto uncount;
	child->cred = get_cred(cred);
	INIT_LIST_HEAD(&child->pending_list);
	INIT_LIST_HEAD(&child->process_node);
	INIT_LIST_HEAD(&child->pi_owned);
	if (request->flags & CLONE_THREAD) {
		child->process = get_process(current->process);
	} else {
		struct process *p = copy_process(request);

		err = PTR_ERR_OR_ZERO(p);
		if (err)
			goto free_child;
		child->process = p;
	}
	err = current->process ? fpu_thread_copy(child) : fpu_thread_alloc(child);
	if (err)
		goto free_child;
	err = copy_space(child, request->flags);
	if (err)
		goto free_child;
	err = clone_parts(child, request->flags);
	if (err)
		goto free_parts;
	pid = pid_alloc(request->wanted_tid);
	err = PTR_ERR_OR_ZERO(pid);
	if (err)
		goto free_parts;
	child->pid = get_pid(pid);
	child->tid = pid->nr;
	if (!(request->flags & CLONE_THREAD))
		child->process->pid = get_pid(pid);
	copy_thread_state(child, request);
	return child;

free_parts:
	process_parts_exit(child);
	if (child->space)
		space_put(child->space);
	child->space = NULL;
free_child:
	free_child(child);
uncount:
	uncount_thread(cred);
	return ERR_PTR(err);
}

void clone_abort(struct thread *child)
{
	struct pid *pid = child->pid;

	process_parts_exit(child);
	if (child->space)
		space_put(child->space);
	child->space = NULL;
	uncount_thread(child->cred);
	pid_abandon(pid);
	free_child(child);
}

/* --- making it seen --- */

static void link_process(struct thread *child, u64 flags)
{
	struct process *p = child->process, *from = current->process ?: &kernel_process;

	p->parent = flags & CLONE_PARENT ? from->real_parent : from;
	p->real_parent = p->parent;
	p->parent_thread = flags & CLONE_PARENT ? from->parent_thread : current;
	list_add_tail(&p->sibling, &p->parent->children);
	p->pgrp = get_pid(from->pgrp);
	p->session = get_pid(from->session);
	list_add_tail(&p->pgrp_node, &p->pgrp->group_members);
	list_add_tail(&p->session_node, &p->session->session_members);
	list_add_tail_rcu(&p->all_node, &all_processes);
	p->leader = get_thread(child);
	p->pid->process = p;
	if (p->pid->nr == 1) {
		p->flags |= PROCESS_UNKILLABLE;
		p->is_child_subreaper = false;
		init_process = p;
	}
	get_process(p); /* the tree's; the one of process_alloc belongs to the thread */
}

static bool clone_link(struct thread *child, u64 flags)
{
	struct process *p = child->process, *from = current->process ?: &kernel_process;

	spin_lock_irq(&process_lock);
	spin_lock(&from->siglock);
	/* A signal for the whole process or group reaches parent and child alike: the child must not miss what the parent has pending. */
	if (current->process) {
		recalc_sigpending();
		if (signal_pending(current)) {
			spin_unlock(&from->siglock);
			spin_unlock_irq(&process_lock);
			return false;
		}
	}
	child->pid->thread = child;
	if (flags & CLONE_THREAD) {
		process_link_thread(p, child);
		spin_unlock(&from->siglock);
	} else {
		spin_unlock(&from->siglock);
		link_process(child, flags);
		spin_lock(&p->siglock);
		process_link_thread(p, child);
		spin_unlock(&p->siglock);
	}
	pid_publish(child->pid);
	spin_unlock_irq(&process_lock);
	return true;
}

static void wait_for_vfork(struct thread *child, struct completion *done)
{
	if (!wait_for_completion_killable(done))
		return;
	/* We die; the completion stands on our stack. */
	spin_lock_irq(&child->process->siglock);
	child->vfork_done = NULL;
	spin_unlock_irq(&child->process->siglock);
}

long clone_commit(struct thread *child, struct clone_request *request)
{
	struct completion vfork_done;
	s32 tid = child->tid;

	if (request->flags & CLONE_VFORK) {
		init_completion(&vfork_done);
		/* lint: autoVariables: taken back before this function ends */
		child->vfork_done = &vfork_done;
	}
	/* Before the child can run: it may look at the variable. */
	if (request->flags & CLONE_PARENT_SETTID)
		(void)put_user(tid, request->parent_tid);
	if (!clone_link(child, request->flags)) {
		child->vfork_done = NULL;
		clone_abort(child);
		return -ERESTARTNOINTR;
	}
	this_cpu_inc(nr_forks);
	trace_follow_fork(current->tid, child->tid);
	trace_task_newtask(child, request->flags, child->process->oom_score_adj);
	trace_sched_process_fork(current, child);
	wake_up_new_thread(child);
	if (request->flags & CLONE_VFORK)
		wait_for_vfork(child, &vfork_done);
	put_thread(child);
	return tid;
}

/* --- leaving --- */

static void complete_vfork(struct thread *t)
{
	struct completion *done;

	/* Not t->lock, which stands behind the locks of wait queues. */
	spin_lock_irq(&t->process->siglock);
	done = t->vfork_done;
	t->vfork_done = NULL;
	if (done)
		complete(done);
	spin_unlock_irq(&t->process->siglock);
}

void thread_release_space(struct thread *t)
{
	futex_exit_thread(t);
	if (t->clear_child_tid) {
		/* Nobody to be told when the memory goes with us. */
		if (t->space && atomic_read(&t->space->users) > 1 &&
		    !put_user((u32)0, t->clear_child_tid))
			futex_wake_user(t->clear_child_tid, 1);
		t->clear_child_tid = NULL;
	}
	t->rseq = NULL;
	if (t->vfork_done)
		complete_vfork(t);
}

void process_leave_space(void)
{
	thread_release_space(current);
}
