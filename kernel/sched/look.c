/* SPDX-License-Identifier: MIT */
/*
 * Threads that sleep, seen from outside (kernel/thread_look.h).
 *
 * Who wakes a thread has its lock. With it held, and the thread neither on a CPU nor on a queue, its
 * stack and its list of locks stay as they are, and exist. They are copied meanwhile: nothing is
 * printed with the lock, which the console's own way may want.
 */
#include <kernel/backtrace.h>
#include <kernel/lock_graph.h>
#include <kernel/log.h>
#include <kernel/thread_look.h>
#include <lib/string.h>
#include "sched_private.h"

#define ASLEEP                                                                              \
	(THREAD_INTERRUPTIBLE | THREAD_UNINTERRUPTIBLE | THREAD_STOPPED | THREAD_TRACED | \
	 THREAD_PARKED)

/* All of kernel/sched, kernel/sync/sleep and kernel/time/sleep.c. */
extern char __sched_text_start[], __sched_text_end[];

#ifdef CONFIG_DEBUG_LOCKS
static void copy_locks(const struct thread *t, struct thread_look *look)
{
	look->wanted_class = t->wanted_lock ? t->wanted_class : 0;
	look->nr_held = t->nr_held;
	memcpy(look->held, t->held, t->nr_held * sizeof(t->held[0]));
}

static void show_locks(const char *level, const struct thread_look *look)
{
	if (look->wanted_class)
		printk("%s  waits for %s\n", level, lock_class_name(look->wanted_class));
	for (unsigned int i = 0; i < look->nr_held; i++)
		printk("%s  holds %s since %pS\n", level, lock_class_name(look->held[i].class),
		       (void *)look->held[i].ip);
}
#else
static inline void copy_locks(const struct thread *t, struct thread_look *look)
{
}
static inline void show_locks(const char *level, const struct thread_look *look)
{
}
#endif

bool thread_look(struct thread *t, struct thread_look *look)
{
	unsigned long flags;
	bool asleep;

	spin_lock_irqsave(&t->lock, flags);
	asleep = (READ_ONCE(t->state) & ASLEEP) && !READ_ONCE(t->on_rq) && !READ_ONCE(t->on_cpu);
	if (asleep) {
		look->nr_calls = backtrace_save_thread(t, look->calls, THREAD_LOOK_DEPTH);
		copy_locks(t, look);
	}
	spin_unlock_irqrestore(&t->lock, flags);
	return asleep;
}

void thread_look_show(const char *level, const struct thread_look *look)
{
	printk("%sCall trace:\n", level);
	for (size_t i = 0; i < look->nr_calls; i++)
		printk("%s  %pS\n", level, (void *)look->calls[i]);
	show_locks(level, look);
}

static bool is_of_sleeping(unsigned long address)
{
	return address >= (unsigned long)__sched_text_start &&
	       address < (unsigned long)__sched_text_end;
}

unsigned long thread_waits_in(struct thread *t)
{
	struct thread_look look;

	if (!thread_look(t, &look))
		return 0;
	for (size_t i = 0; i < look.nr_calls; i++)
		if (!is_of_sleeping(look.calls[i]))
			return look.calls[i];
	return 0;
}
