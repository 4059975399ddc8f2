/* SPDX-License-Identifier: MIT */
/*
 * Kernel threads.
 *
 * kthread_create makes one that sleeps; its first wake-up starts it. It runs until its function
 * returns. Who stops one with kthread_stop must know that it has not ended by itself, or hold a
 * reference.
 */
#include <arch/traps.h>
#include <kernel/log.h>
#include <kernel/wait.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/rculist.h>
#include "sched_private.h"

#define OOPS_EXIT_CODE	11	/* as if by SIGSEGV */

void (*thread_exit_hook)(long code);
const struct credentials *kernel_thread_cred;
struct fs_context *kernel_thread_fs;

/* For those who look from outside: debuggers. kernel_threads_lock writes, RCU reads. */
LIST_HEAD(kernel_threads);
static DEFINE_SPINLOCK(kernel_threads_lock, LOCK_RANK_LEAF);

static void enlist(struct thread *t)
{
	unsigned long flags;

	spin_lock_irqsave(&kernel_threads_lock, flags);
	list_add_tail_rcu(&t->kthread_node, &kernel_threads);
	spin_unlock_irqrestore(&kernel_threads_lock, flags);
}

static void delist(struct thread *t)
{
	unsigned long flags;

	spin_lock_irqsave(&kernel_threads_lock, flags);
	if (!list_empty(&t->kthread_node))
		list_del_rcu(&t->kthread_node);
	spin_unlock_irqrestore(&kernel_threads_lock, flags);
}

static void __noreturn kthread_exit(struct thread *t, int result)
{
	struct completion *done;
	unsigned long flags;

	spin_lock_irqsave(&t->lock, flags);
	t->exit_code = result;
	set_thread_flag(t, TF_EXITING);
	done = t->exit_done;
	spin_unlock_irqrestore(&t->lock, flags);
	delist(t);
	/* Whoever waits finds no stack of it: it cannot be set aside before its last switch, for which grace periods wait (mm_settle()). */
	preempt_disable();
	if (done)
		complete(done);
	thread_exit_final();
}

/* First C function of the thread, after schedule_tail. */
static void kthread_main(void)
{
	struct thread *t = current;

	/* Stopped before it was started: its function is never called. */
	kthread_exit(t, kthread_should_stop() ? -EINTR : t->kthread_func(t->kthread_arg));
}

static atomic_t nr_kthreads; /* ever made */

static void set_default_parameters(struct thread *t)
{
	t->policy = SCHED_NORMAL;
	t->nice = 0;
	t->rt_priority = 0;
	t->run_priority = 0;
	cpumask_setall(&t->affinity);
	set_thread_weight(t);
}

static struct thread *create(int (*func)(void *arg), void *arg, const char *name_fmt, va_list args)
{
	char name[sizeof_field(struct thread, name)];
	struct thread *t;

	vsnprintf(name, sizeof(name), name_fmt, args);
	t = thread_alloc(name);
	if (!t)
		return ERR_PTR(-ENOMEM);
	t->kthread_func = func;
	t->kthread_arg = arg;
	t->cred = kernel_thread_cred;
	t->fs = kernel_thread_fs;
	t->flags |= BIT(TF_KERNEL_THREAD);
	t->kthread_nr = atomic_inc_return(&nr_kthreads);
	set_default_parameters(t);
	arch_thread_setup_kernel(t, kthread_main);
	/* Asleep, as far as wake-ups can see. */
	t->state = THREAD_IDLE;
	/* The running thread's own reference is the only one. */
	refcount_set(&t->refs, 1);
	enlist(t);
	return t;
}

struct thread *kthread_create(int (*func)(void *arg), void *arg, const char *name_fmt, ...)
{
	struct thread *t;
	va_list args;

	va_start(args, name_fmt);
	t = create(func, arg, name_fmt, args);
	va_end(args);
	return t;
}

struct thread *kthread_run(int (*func)(void *arg), void *arg, const char *name_fmt, ...)
{
	struct thread *t;
	va_list args;

	va_start(args, name_fmt);
	t = create(func, arg, name_fmt, args);
	va_end(args);
	if (!IS_ERR(t))
		wake_up_thread(t);
	return t;
}

void kthread_bind(struct thread *t, unsigned int cpu)
{
	unsigned long flags;

	spin_lock_irqsave(&t->lock, flags);
	WARN_ON(t->on_rq || t->on_cpu);
	cpumask_clear(&t->affinity);
	cpumask_set_cpu(cpu, &t->affinity);
	thread_set_cpu(t, cpu);
	set_thread_flag(t, TF_BOUND);
	spin_unlock_irqrestore(&t->lock, flags);
}

bool kthread_should_stop(void)
{
	return READ_ONCE(current->kthread_stop);
}

int kthread_stop(struct thread *t)
{
	DECLARE_COMPLETION(done);
	unsigned long flags;
	bool exited;
	int result;

	get_thread(t);
	spin_lock_irqsave(&t->lock, flags);
	exited = test_thread_flag(t, TF_EXITING);
	if (!exited)
		t->exit_done = &done;
	spin_unlock_irqrestore(&t->lock, flags);
	WRITE_ONCE(t->kthread_stop, true);
	wake_up_thread(t);
	if (!exited)
		wait_for_completion(&done);
	result = t->exit_code;
	put_thread(t);
	return result;
}

/*
 * The stack is new and empty, interrupts are on; what current held when it failed stays as it is.
 */
void thread_exit_oops(void)
{
	struct thread *t = current;

	if (t->process && thread_exit_hook)
		thread_exit_hook(OOPS_EXIT_CODE);
	kthread_exit(t, -EFAULT);
}
