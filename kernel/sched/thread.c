/* SPDX-License-Identifier: MIT */
/*
 * Making and freeing threads.
 *
 * References: one is the running thread's own, dropped after its last switch; one is the maker's.
 * The stack goes after the last switch, the structure a grace period after the last reference, so
 * that whoever finds a thread under RCU may look at it, lock it and wake it.
 */
#include <arch/fpu.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include "sched_private.h"

static struct kmem_cache *thread_cache __ro_after_init;

void (*thread_free_hook)(struct thread *t);

void __init thread_cache_init(void)
{
	thread_cache = kmem_cache_create("thread", sizeof(struct thread), 64,
					 SLAB_HWCACHE_ALIGN | SLAB_PANIC, NULL);
}

/* Every thread, for detectors that look at all of them. */
#ifdef CONFIG_THREAD_LIST
static DEFINE_SPINLOCK(all_threads_lock, LOCK_RANK_THREAD_LIST);
static LIST_HEAD(all_threads);

static void list_thread(struct thread *t)
{
	unsigned long flags;

	spin_lock_irqsave(&all_threads_lock, flags);
	list_add_tail(&t->all_node, &all_threads);
	spin_unlock_irqrestore(&all_threads_lock, flags);
}

static void unlist_thread(struct thread *t)
{
	unsigned long flags;

	spin_lock_irqsave(&all_threads_lock, flags);
	list_del(&t->all_node);
	spin_unlock_irqrestore(&all_threads_lock, flags);
}

void for_all_threads(bool (*visit)(struct thread *t))
{
	struct thread *t;
	unsigned long flags;

	spin_lock_irqsave(&all_threads_lock, flags);
	list_for_each_entry(t, &all_threads, all_node)
		if (!visit(t))
			break;
	spin_unlock_irqrestore(&all_threads_lock, flags);
}
#else
static inline void list_thread(struct thread *t) { }
static inline void unlist_thread(struct thread *t) { }
#endif

static void init_common(struct thread *t, const char *name)
{
	strscpy(t->name, name, sizeof(t->name));
	spin_lock_init(&t->lock, LOCK_RANK_THREAD);
	INIT_LIST_HEAD(&t->rt.node);
	INIT_LIST_HEAD(&t->pending_list);
	INIT_LIST_HEAD(&t->process_node);
	INIT_LIST_HEAD(&t->kthread_node);
	RB_CLEAR_NODE(&t->se.node);
	t->fpu_cpu = ~0u;
	t->stack_top = (unsigned long)t->stack + THREAD_STACK_SIZE;
	t->start_ns = ktime_get_ns();
	t->start_boottime_ns = ktime_get_boottime_ns();
}

/* As fork(2) has it: SCHED_RESET_ON_FORK drops what needs privilege. */
static void inherit_parameters(struct thread *t, const struct thread *parent)
{
	t->policy = parent->policy;
	t->nice = parent->nice;
	t->rt_priority = parent->rt_priority;
	if (parent->reset_on_fork) {
		if (parent->rt_priority) {
			t->policy = SCHED_NORMAL;
			t->rt_priority = 0;
			t->nice = 0;
		}
		if (t->nice < 0)
			t->nice = 0;
	}
	t->run_priority = t->rt_priority;
	t->affinity = parent->affinity;
	t->cpu = parent->cpu;
	t->se.vruntime_ns = parent->se.vruntime_ns;
	t->se.burst_ns = BURST_AT_FIRST_NS;
}

struct thread *thread_alloc(const char *name)
{
	struct thread *t = kmem_cache_zalloc(thread_cache, GFP_KERNEL);
	struct thread *parent = current;
	unsigned long flags;

	if (!t)
		return NULL;
	t->stack = stack_alloc();
	if (!t->stack) {
		kmem_cache_free(thread_cache, t);
		return NULL;
	}
	init_common(t, name);
	refcount_set(&t->refs, 2);
	t->state = THREAD_NEW;
	spin_lock_irqsave(&parent->lock, flags);
	inherit_parameters(t, parent);
	spin_unlock_irqrestore(&parent->lock, flags);
	set_thread_weight(t);
	list_thread(t);
	return t;
}

void thread_free_unstarted(struct thread *t)
{
	unlist_thread(t);
	fpu_thread_free(t);
	stack_free(t->stack);
	kmem_cache_free(thread_cache, t);
}

/* The thread stands on its stack or will be started on it by hand: no queue ever holds it. */
void thread_init_idle(struct thread *t, unsigned int cpu)
{
	init_common(t, "idle");
	snprintf(t->name, sizeof(t->name), "idle/%u", cpu);
	refcount_set(&t->refs, 1);
	t->flags = BIT(TF_IDLE) | BIT(TF_KERNEL_THREAD) | BIT(TF_BOUND);
	t->state = THREAD_RUNNING;
	t->policy = SCHED_NORMAL;
	t->nice = 0;
	t->rt_priority = 0;
	t->run_priority = 0;
	t->cpu = cpu;
	cpumask_clear(&t->affinity);
	cpumask_set_cpu(cpu, &t->affinity);
	set_thread_weight(t);
}

static void free_by_rcu(struct rcu_head *head)
{
	struct thread *t = container_of(head, struct thread, rcu);

	fpu_thread_free(t);
	kfree(t->call_stack);
	kmem_cache_free(thread_cache, t);
}

void put_thread(struct thread *t)
{
	if (!refcount_dec_and_test(&t->refs))
		return;
	unlist_thread(t);
	if (thread_free_hook && t->process)
		thread_free_hook(t);
	call_rcu(&t->rcu, free_by_rcu);
}

/* After its last switch, on another stack. */
void thread_finish_dead(struct thread *t)
{
	void *stack = t->stack;

	t->stack = NULL;
	stack_free(stack);
	put_thread(t);
}
