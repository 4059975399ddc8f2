/* SPDX-License-Identifier: MIT */
/*
 * What sleeping locks a thread holds (CONFIG_DEBUG_LOCKS): thread->held, its own, in the order
 * taken.
 *
 * From it come the edges of the graph (lock_graph.c) and three checks: a thread that ends, or that
 * returns from a system call to its program, holds none; memory is not freed with a lock in it that
 * is held; and who says that his caller holds a lock (assert_mutex_held) is right.
 */
#include <arch/layout.h>
#include <kernel/log.h>
#include <kernel/sched.h>
#include <mm/slab.h>
#include "lock_graph.h"

extern char __data_start[], __data_end[], __bss_start[], __bss_end[];

static bool in_image_or_module(const void *p)
{
	const char *at = p;

	return (at >= __data_start && at < __data_end) || (at >= __bss_start && at < __bss_end) ||
	       ((unsigned long)p >= MODULES_START && (unsigned long)p < MODULES_END);
}

u16 lock_class_of_first_use(const void *lock, const char *name, unsigned long ip)
{
	return lock_class(in_image_or_module(lock) ? (unsigned long)lock : ip, 0, name);
}

/* One that was defined, or one of a module, gets its class by its first use. */
static u16 class_of(const void *lock, struct lock_checks *checks, const char *name,
		    unsigned long ip)
{
	if (unlikely(!READ_ONCE(checks->class)))
		WRITE_ONCE(checks->class, lock_class_of_first_use(lock, name, ip));
	return checks->class;
}

void lock_checks_set_level(struct lock_checks *checks, unsigned int level)
{
	checks->class = lock_class_at_level(checks->class, level);
}

unsigned int mutex_next_level(const struct mutex *lock)
{
	const struct thread *t = current;
	unsigned int nr = 0;

	for (unsigned int i = 0; i < t->nr_held; i++)
		nr += lock_class_base(t->held[i].class) == lock_class_base(lock->checks.class);
	return nr;
}

void lock_graph_wanted(const void *lock, struct lock_checks *checks, const char *name,
		       unsigned int level, unsigned long ip)
{
	struct thread *t = this_cpu_read(current_thread);
	u16 class = lock_class_at_level(class_of(lock, checks, name, ip), level);

	if (unlikely(!t))
		return;
	t->wanted_lock = lock;
	t->wanted_class = class;
	for (unsigned int i = 0; class && i < t->nr_held; i++)
		if (t->held[i].class)
			lock_graph_edge(t->held[i].class, class, t->held[i].ip, ip);
}

void lock_graph_taken(const void *lock, struct lock_checks *checks, const char *name,
		      unsigned long ip)
{
	struct thread *t = this_cpu_read(current_thread);
	u16 class;

	if (unlikely(!t))
		return;
	class = t->wanted_lock == lock ? t->wanted_class : class_of(lock, checks, name, ip);
	t->wanted_lock = NULL;
	if (t->nr_held == MAX_HELD_SLEEPING) {
		pr_err_once("lock checker: %s[%d] holds more than %u sleeping locks: %s\n", t->name,
			    t->tid, MAX_HELD_SLEEPING, lock_class_name(class));
		return;
	}
	t->held[t->nr_held++] =
		(struct held_sleeping_lock){ .lock = lock, .class = class, .ip = ip };
}

/* A rw_semaphore may be let go by another thread than took it. */
void lock_graph_released(const void *lock)
{
	struct thread *t = this_cpu_read(current_thread);
	unsigned int i = t ? t->nr_held : 0;

	while (i && t->held[i - 1].lock != lock)
		i--;
	if (!i)
		return;
	for (t->nr_held--; i <= t->nr_held; i++)
		t->held[i - 1] = t->held[i];
}

static void print_held(const struct thread *t)
{
	for (unsigned int i = 0; i < t->nr_held; i++)
		pr_err("  holds %s since %pS\n", lock_class_name(t->held[i].class),
		       (void *)t->held[i].ip);
}

void lock_graph_check_none(const char *where)
{
	struct thread *t = current;

	if (likely(!t->nr_held))
		return;
	if (lock_debug_report_begins(t->held[0].ip ^ (unsigned long)where)) {
		pr_err("lock checker: %s[%d] holds a sleeping lock %s\n", t->name, t->tid, where);
		print_held(t);
		dump_stack();
	}
	/* Said once: the thread goes on with an empty list. */
	t->nr_held = 0;
}

static void report_not_held(const char *name, const char *how, unsigned long ip)
{
	if (!lock_debug_report_begins(ip))
		return;
	pr_err("lock checker: not held here%s: %s\n", how, name);
	print_held(current);
	dump_stack();
}

/* While the list is full nobody knows, nor before there are threads. */
void lock_graph_assert_held(const void *lock, const char *name)
{
	const struct thread *t = this_cpu_read(current_thread);

	if (unlikely(!t || t->nr_held == MAX_HELD_SLEEPING))
		return;
	for (unsigned int i = t->nr_held; i; i--)
		if (t->held[i - 1].lock == lock)
			return;
	report_not_held(name, "", (unsigned long)__builtin_return_address(0));
}

void lock_graph_assert_write(const struct rw_semaphore *sem, const char *name)
{
	const struct thread *t = this_cpu_read(current_thread);

	if (unlikely(t && READ_ONCE(sem->owner) != t))
		report_not_held(name, " for writing", (unsigned long)__builtin_return_address(0));
}

static bool lock_graph_freed(const void *start, size_t size)
{
	struct thread *t = this_cpu_read(current_thread);

	if (!t || in_interrupt())
		return false;
	for (unsigned int i = 0; i < t->nr_held; i++) {
		if ((unsigned long)t->held[i].lock - (unsigned long)start >= size)
			continue;
		if (lock_debug_report_begins(t->held[i].ip ^ 1)) {
			pr_err("lock checker: freed while held: %s, taken by %s[%d] at %pS\n",
			       lock_class_name(t->held[i].class), t->name, t->tid,
			       (void *)t->held[i].ip);
			dump_stack();
		}
		return true;
	}
	return false;
}

void __init lock_graph_init(void)
{
#ifdef CONFIG_DEBUG_SLAB
	memory_freed_hook = lock_graph_freed;
#endif
}
