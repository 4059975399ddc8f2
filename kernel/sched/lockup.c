/* SPDX-License-Identifier: MIT */
/*
 * CPUs that hang (CONFIG_LOCKUP_DETECTOR).
 *
 * Each CPU has a timer that beats five times in twice kernel.watchdog_thresh seconds. A beat looks
 * at two things:
 *
 *	soft	this CPU: it was interrupted in code that cannot be preempted, as at the beats before,
 *		and has not switched threads nor been seen preemptible in between. SOFT_BEATS such
 *		beats in a row are a soft lock-up: nothing else has run here for all that time.
 *	hard	the next CPU, its buddy: it has not had a beat of its own for HARD_BEATS of ours. That
 *		alone proves nothing in a guest, whose CPUs stand still as the host likes. So it is
 *		asked by an NMI where it is, twice: only if it answers both times, which shows that it
 *		runs, with interrupts off both times, and has had no beat meanwhile, is it a hard
 *		lock-up.
 *
 * Both count beats that really happened on a CPU that really ran, not time on a clock, which may
 * jump: a guest that was not run for a minute has one late beat, not twenty.
 *
 * A report is made once, until the CPU gets on. The report of a soft lock-up comes from the CPU
 * itself, that of a hard one from its buddy.
 */
#include <kernel/backtrace.h>
#include <kernel/cpu_look.h>
#include <kernel/detectors.h>
#include <kernel/hardirq.h>
#include <kernel/hrtimer.h>
#include <kernel/log.h>
#include <kernel/mutex.h>
#include <kernel/smp.h>
#include <kernel/workqueue.h>
#include "sched_private.h"

#define SOFT_BEATS 5
#define HARD_BEATS 3

int watchdog_thresh = 10;
int soft_watchdog = 1, nmi_watchdog = 1;
int softlockup_panic, hardlockup_panic, softlockup_all_cpu_backtrace;

enum buddy_stage { BUDDY_FINE, BUDDY_ASKED, BUDDY_ASKED_AGAIN, BUDDY_REPORTED };

struct watchdog { /* its CPU, in the timer's interrupt */
	struct hrtimer timer;
	bool started;
	unsigned long beats;  /* A: read by the buddy */
	unsigned long passes; /* rcu_passes at the last beat */
	unsigned int stuck;   /* beats in a row that found no progress */
	u64 stuck_since_ns;
	bool soft_reported;
	/* Of the CPU that this one looks after. */
	unsigned long buddy_beats;
	unsigned int buddy_silent;
	enum buddy_stage stage;
};

static DEFINE_PER_CPU(struct watchdog, watchdogs);

static u64 beat_ns(void)
{
	return 2ull * READ_ONCE(watchdog_thresh) * NSEC_PER_SEC / SOFT_BEATS;
}

/* ---- soft ---- */

static void report_soft(struct watchdog *w, const struct trap_frame *frame)
{
	const struct thread *t = current;

	w->soft_reported = true;
	pr_emerg("watchdog: BUG: soft lockup - CPU#%u stuck for %llus! [%s:%d]\n",
		 smp_processor_id(), (ktime_get_ns() - w->stuck_since_ns) / NSEC_PER_SEC, t->name,
		 t->tid);
	show_registers(KERN_EMERG, frame, 0);
	show_backtrace(KERN_EMERG, frame);
	if (softlockup_all_cpu_backtrace)
		show_other_cpus(KERN_EMERG);
	if (softlockup_panic)
		panic("softlockup: hung tasks");
}

/* In the timer's interrupt: what did it interrupt? The interrupt itself counts in another part of
 * the word. */
static bool makes_progress(const struct watchdog *w, const struct trap_frame *frame)
{
	return !frame || frame_is_user(frame) || !(preempt_count() & PREEMPT_MASK) ||
	       this_cpu_read(cpu_in_idle) || this_cpu_read(rcu_passes) != w->passes;
}

static void look_at_self(struct watchdog *w)
{
	const struct trap_frame *frame = get_irq_frame();

	if (!soft_watchdog || makes_progress(w, frame)) {
		w->passes = this_cpu_read(rcu_passes);
		w->stuck = 0;
		w->stuck_since_ns = ktime_get_ns();
		w->soft_reported = false;
		return;
	}
	if (++w->stuck >= SOFT_BEATS && !w->soft_reported)
		report_soft(w, frame);
}

/* ---- hard ---- */

static void report_hard(unsigned int cpu, const struct cpu_look *look)
{
	pr_emerg("watchdog: BUG: hard lockup - CPU#%u takes no interrupts, it runs %s; found by "
		 "CPU#%u\n",
		 cpu, sched_cpu_thread_name(cpu), smp_processor_id());
	cpu_look_show(KERN_EMERG, cpu, look);
	if (hardlockup_panic)
		panic("hard lockup of CPU %u", cpu);
}

static void buddy_is_silent(struct watchdog *w, unsigned int cpu)
{
	struct cpu_look look;

	if (w->stage == BUDDY_REPORTED)
		return;
	if (w->stage == BUDDY_FINE) {
		cpu_look_ask(cpu);
		w->stage = BUDDY_ASKED;
		return;
	}
	/* No answer yet: it is not being run, or not for long enough. It will be found later if it
	 * is broken. */
	if (!cpu_look_answer(cpu, &look))
		return;
	if (!look.irqs_off) {
		w->stage = BUDDY_FINE;
		w->buddy_silent = 0;
	} else if (w->stage == BUDDY_ASKED) {
		cpu_look_ask(cpu);
		w->stage = BUDDY_ASKED_AGAIN;
	} else {
		w->stage = BUDDY_REPORTED;
		report_hard(cpu, &look);
	}
}

static unsigned int buddy_of(unsigned int me)
{
	unsigned int cpu, first = me;

	for_each_online_cpu(cpu) {
		if (cpu > me)
			return cpu;
		if (cpu < first)
			first = cpu;
	}
	return first;
}

static void look_at_buddy(struct watchdog *w)
{
	unsigned int me = smp_processor_id(), buddy = buddy_of(me);
	const struct watchdog *other = per_cpu_ptr(&watchdogs, buddy);
	unsigned long beats = READ_ONCE(other->beats);

	if (buddy == me || !nmi_watchdog || !READ_ONCE(other->started) || beats != w->buddy_beats) {
		w->buddy_beats = beats;
		w->buddy_silent = 0;
		w->stage = BUDDY_FINE;
	} else if (++w->buddy_silent >= HARD_BEATS) {
		buddy_is_silent(w, buddy);
	}
}

/* ---- the beat ---- */

static enum hrtimer_restart beat(struct hrtimer *timer)
{
	struct watchdog *w = container_of(timer, struct watchdog, timer);
	u64 ns = beat_ns();

	/* Just switched off: watchdog_restart() is on its way, or has still to begin. */
	if (!ns)
		return HRTIMER_NORESTART;
	WRITE_ONCE(w->beats, w->beats + 1);
	look_at_self(w);
	look_at_buddy(w);
	hrtimer_forward_now(timer, ns);
	return HRTIMER_RESTART;
}

static long stop_here(void *unused)
{
	struct watchdog *w = this_cpu_ptr(&watchdogs);

	if (w->started)
		hrtimer_cancel(&w->timer);
	WRITE_ONCE(w->started, false);
	return 0;
}

/* The timer stays on the CPU that starts it. */
static void start_here(void *unused)
{
	struct watchdog *w = this_cpu_ptr(&watchdogs);

	*w = (struct watchdog){ .beats = w->beats };
	w->passes = this_cpu_read(rcu_passes);
	hrtimer_init(&w->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	w->timer.function = beat;
	hrtimer_start(&w->timer, beat_ns(), HRTIMER_MODE_REL);
	WRITE_ONCE(w->started, true);
}

void watchdog_restart(void)
{
	static DEFINE_MUTEX(restarting);
	unsigned int cpu;

	mutex_lock(&restarting);
	for_each_online_cpu(cpu)
		work_on_cpu(cpu, stop_here, NULL);
	if (watchdog_thresh)
		on_each_cpu(start_here, NULL, true);
	mutex_unlock(&restarting);
}
