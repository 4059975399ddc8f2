/* SPDX-License-Identifier: MIT */
/*
 * Out of memory: which process is ended.
 *
 * The badness of a process is what it holds, in thousandths of all memory, plus its oom_score_adj; -1000 exempts it, as do init and
 * kernel threads. While a victim is on its way out nobody else is chosen: those who ask wait a little and try again.
 */
#define pr_fmt(fmt) "mm: " fmt
#include "cache.h"
#include <kernel/log.h>
#include <kernel/mutex.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/time.h>
#include <mm/oom.h>
#include <mm/space.h>

#define OOM_SCORE_ADJ_MIN	(-1000)
#define VICTIM_TIME_NS		(5 * NSEC_PER_SEC)	/* how long a victim may take before another is chosen */
#define WAIT_NS			(20 * NSEC_PER_MSEC)

static DEFINE_MUTEX(oom_lock);
static struct address_space *victim_space; /* oom_lock; a reference of the structure */
static u64 victim_since_ns;		   /* oom_lock */

/* The memory of a process, by any of its threads that still has it; with a user. */
static struct address_space *process_space(struct process *p)
{
	struct address_space *s = NULL;
	struct thread *t;

	for (s32 nr = 1; !s && (t = next_process_thread(p, nr)); nr = t->tid + 1) {
		s = get_thread_space(t);
		put_thread(t);
	}
	return s;
}

unsigned long oom_badness(struct process *p)
{
	struct address_space *s = process_space(p);
	unsigned long total = total_ram_pages();
	long points;

	if (!s)
		return 0;
	points = (space_rss(s) + (atomic64_read(&s->table_bytes) >> PAGE_SHIFT)) * 1000 / total;
	space_put(s);
	points = max(points, 1l) + READ_ONCE(p->oom_score_adj);
	return clamp(points, 1l, 2000l);
}

static bool exempt(const struct process *p)
{
	return READ_ONCE(p->oom_score_adj) == OOM_SCORE_ADJ_MIN || (p->flags & PROCESS_UNKILLABLE);
}

/* The worst process, with a reference. */
static struct process *choose(void)
{
	struct process *p, *worst = NULL;
	unsigned long worst_points = 0;

	for (s32 nr = 1; (p = next_process(nr)); nr = p->pid->nr + 1) {
		unsigned long points = exempt(p) ? 0 : oom_badness(p);

		if (points <= worst_points) {
			put_process(p);
			continue;
		}
		if (worst)
			put_process(worst);
		worst = get_process(p);
		worst_points = points;
		put_process(p);
	}
	return worst;
}

/* Is the last victim still holding its memory? */
static bool victim_lives(void)
{
	if (!victim_space)
		return false;
	/* Its tables go when everything in them is free. */
	if (READ_ONCE(victim_space->pgd) && ktime_get_ns() - victim_since_ns < VICTIM_TIME_NS)
		return true;
	space_drop(victim_space);
	victim_space = NULL;
	return false;
}

/* Its threads may use the last pages: they are about to free many. */
static void kill_with_reserves(struct process *p)
{
	struct thread *t;

	for (s32 nr = 1; (t = next_process_thread(p, nr)); nr = t->tid + 1) {
		set_thread_flag(t, TF_MEMDIE);
		put_thread(t);
	}
	kill_process(p);
}

static void end_process(struct process *p)
{
	struct address_space *s = process_space(p);

	if (s) {
		space_grab(s);
		victim_space = s;
		victim_since_ns = ktime_get_ns();
		pr_err("out of memory: process %d (%s) is killed, it holds %lu KiB, oom_score_adj %d\n",
		       p->pid->nr, p->leader ? p->leader->name : "?",
		       space_rss(s) << (PAGE_SHIFT - 10), p->oom_score_adj);
		space_put(s);
	}
	mm_event_inc(MM_OOM_KILL);
	kill_with_reserves(p);
}

bool out_of_memory(gfp_t gfp, unsigned int order)
{
	struct process *p;
	bool found = true;

	if (test_thread_flag(current, TF_MEMDIE))
		return false;
	mutex_lock(&oom_lock);
	if (!victim_lives()) {
		p = choose();
		if (p) {
			end_process(p);
			put_process(p);
		} else {
			found = false;
			pr_err_ratelimited(
				"out of memory, and no process to kill (block of 2^%u pages)\n",
				order);
		}
	}
	mutex_unlock(&oom_lock);
	if (found && !fatal_signal_pending(current)) {
		set_current_state(THREAD_KILLABLE);
		schedule_timeout_ns(WAIT_NS);
	}
	return found;
}
