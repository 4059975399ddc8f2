/* SPDX-License-Identifier: MIT */
/*
 * High-resolution timers. Use: kernel/hrtimer.h.
 *
 * Each CPU has a base: a tree of timers for each clock, ordered by the time at which they must
 * have expired. The hardware is set to the earliest of them and of the scheduler's tick. Only the
 * CPU itself sets its hardware, with interrupts off; another CPU that cancels a timer leaves it
 * set, and the interrupt finds nothing to do.
 *
 * A timer names its base. It changes base only while it is not queued and its function does not
 * run, under both bases' locks in turn, so who holds base->lock and sees timer->base == base holds
 * the timer.
 *
 *	idle --start--> queued --interrupt--> running --NORESTART--> idle
 *	                  ^  \--cancel--> idle  |  ^
 *	                  +------RESTART--------+  +-- cancel waits, try_to_cancel says -1
 *
 * CLOCK_BOOTTIME runs with CLOCK_MONOTONIC and shares its tree; its offset is added and taken off
 * at the interface. CLOCK_REALTIME has its own: its offset changes when the clock is set.
 */
#include <arch/timer.h>
#include <kernel/bug.h>
#include <kernel/cpumask.h>
#include <kernel/hrtimer.h>
#include <kernel/log.h>
#include <kernel/object_debug.h>
#include <kernel/sched.h>
#include <kernel/smp.h>

enum { TREE_MONOTONIC, TREE_REALTIME, NR_TREES };

#define NEVER	(~0ull)

struct hrtimer_cpu {
	spinlock_t lock;		      /* LOCK_RANK_TIMER */
	struct rb_root_cached tree[NR_TREES]; /* lock */
	struct hrtimer *running;	      /* lock; read without by hrtimer_cancel */
	/* this CPU, interrupts off: what the hardware is set to */
	u64 programmed_ns;
	u64 tick_ns;	   /* this CPU, interrupts off */
	bool in_interrupt; /* this CPU: the end of it sets the hardware */
};

static DEFINE_PER_CPU_ALIGNED(struct hrtimer_cpu, hrtimer_cpus) = {
	.lock = SPINLOCK_INIT("hrtimer_cpu", LOCK_RANK_TIMER),
	.programmed_ns = NEVER,
	.tick_ns = NEVER,
};

/* ---- clocks ---- */

static unsigned int tree_of(clockid_t clock)
{
	return clock == CLOCK_REALTIME ? TREE_REALTIME : TREE_MONOTONIC;
}

/* A tree's time minus CLOCK_MONOTONIC. */
static s64 tree_offset(unsigned int tree)
{
	return tree == TREE_REALTIME ? READ_ONCE(clock_real_offset_ns) : 0;
}

/* The clock's time minus its tree's. */
static s64 clock_offset(const struct hrtimer *timer)
{
	return timer->clock == CLOCK_BOOTTIME ? READ_ONCE(clock_boot_offset_ns) : 0;
}

static u64 tree_now(unsigned int tree)
{
	return arch_clock_ns() + tree_offset(tree);
}

u64 hrtimer_now(const struct hrtimer *timer)
{
	return tree_now(tree_of(timer->clock)) + clock_offset(timer);
}

/* Not before 0: setting the clock far back makes times that lie before boot. */
static u64 tree_to_monotonic(unsigned int tree, u64 ns)
{
	s64 offset = tree_offset(tree);

	return offset > 0 && ns < (u64)offset ? 0 : ns - offset;
}

/* ---- the hardware ---- */

static struct hrtimer *first_timer(const struct hrtimer_cpu *base, unsigned int tree)
{
	struct rb_node *node = rb_first_cached(&base->tree[tree]);

	return node ? rb_entry(node, struct hrtimer, node) : NULL;
}

/* This CPU, interrupts off. */
static void program(struct hrtimer_cpu *base, u64 at_ns)
{
	u64 now = arch_clock_ns();

	base->programmed_ns = at_ns;
	arch_timer_program(at_ns > now ? at_ns - now : 0);
}

static void program_if_earlier(struct hrtimer_cpu *base, u64 at_ns)
{
	if (at_ns < base->programmed_ns && !base->in_interrupt)
		program(base, at_ns);
}

static u64 next_event(const struct hrtimer_cpu *base)
{
	u64 next = base->tick_ns;

	for (unsigned int tree = 0; tree < NR_TREES; tree++) {
		const struct hrtimer *first = first_timer(base, tree);

		if (first)
			next = min(next, tree_to_monotonic(tree, first->expires_ns));
	}
	return next;
}

void hrtimer_set_tick(u64 at_ns)
{
	struct hrtimer_cpu *base = this_cpu_ptr(&hrtimer_cpus);

	base->tick_ns = at_ns ?: NEVER;
	program_if_earlier(base, base->tick_ns);
}

/* ---- queueing ---- */

/* Base lock held. True when it is the first of its tree now. */
static bool enqueue(struct hrtimer_cpu *base, struct hrtimer *timer)
{
	struct rb_root_cached *tree = &base->tree[tree_of(timer->clock)];
	struct rb_node **link = &tree->rb_root.rb_node;
	struct rb_node *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (timer->expires_ns < rb_entry(parent, struct hrtimer, node)->expires_ns) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(&timer->node, parent, link);
	rb_insert_color_cached(&timer->node, tree, leftmost);
	WRITE_ONCE(timer->queued, true);
	object_armed(timer, OBJECT_TIMER, timer->function);
	return leftmost;
}

static void dequeue(struct hrtimer_cpu *base, struct hrtimer *timer)
{
	rb_erase_cached(&timer->node, &base->tree[tree_of(timer->clock)]);
	WRITE_ONCE(timer->queued, false);
	object_disarmed(timer);
}

/* Interrupts off. */
static struct hrtimer_cpu *lock_base(const struct hrtimer *timer) __acquires(&timer->base->lock)
{
	for (;;) {
		struct hrtimer_cpu *base = READ_ONCE(timer->base);

		/* NULL: on its way between two bases. */
		if (likely(base)) {
			spin_lock(&base->lock);
			if (likely(base == timer->base))
				return base;
			spin_unlock(&base->lock);
		}
		cpu_relax();
	}
}

/*
 * The timer is not queued. Moves it to this CPU, unless its function runs where it is: there
 * hrtimer_cancel would look for it. Returns the base that it is on, locked.
 */
static struct hrtimer_cpu *move_here(struct hrtimer *timer, struct hrtimer_cpu *base)
	__must_hold(&base->lock)
{
	struct hrtimer_cpu *here = this_cpu_ptr(&hrtimer_cpus);

	if (likely(base == here) || base->running == timer)
		return base;
	WRITE_ONCE(timer->base, NULL);
	spin_unlock(&base->lock);
	spin_lock(&here->lock);
	WRITE_ONCE(timer->base, here);
	return here;
}

void hrtimer_init(struct hrtimer *timer, clockid_t clock, enum hrtimer_mode mode)
{
	if (object_initialised(timer))
		return;
	*timer = (struct hrtimer){ .clock = clock };
	/* What is relative to now must not move when the clock is set. */
	if (clock == CLOCK_REALTIME && mode == HRTIMER_MODE_REL)
		timer->clock = CLOCK_MONOTONIC;
	preempt_disable();
	timer->base = this_cpu_ptr(&hrtimer_cpus);
	preempt_enable();
}

static void set_expiry(struct hrtimer *timer, u64 time_ns, u64 slack_ns, enum hrtimer_mode mode)
{
	if (mode == HRTIMER_MODE_REL)
		time_ns = ktime_add_safe(hrtimer_now(timer), time_ns);
	time_ns = time_ns > (u64)clock_offset(timer) ? time_ns - clock_offset(timer) : 0;
	timer->soft_expires_ns = min_t(u64, time_ns, KTIME_MAX);
	timer->expires_ns = ktime_add_safe(timer->soft_expires_ns, slack_ns);
}

void hrtimer_start_range_ns(struct hrtimer *timer, u64 time_ns, u64 slack_ns,
			    enum hrtimer_mode mode)
{
	struct hrtimer_cpu *base;
	unsigned long flags;

	local_irq_save(flags);
	base = lock_base(timer);
	if (timer->queued)
		dequeue(base, timer);
	base = move_here(timer, base);
	set_expiry(timer, time_ns, slack_ns, mode);
	/*
	 * On another CPU its function runs there now, and that interrupt's end sets the hardware.
	 */
	if (enqueue(base, timer) && base == this_cpu_ptr(&hrtimer_cpus))
		program_if_earlier(base,
				   tree_to_monotonic(tree_of(timer->clock), timer->expires_ns));
	spin_unlock(&base->lock);
	local_irq_restore(flags);
}

void hrtimer_start(struct hrtimer *timer, u64 time_ns, enum hrtimer_mode mode)
{
	hrtimer_start_range_ns(timer, time_ns, 0, mode);
}

int hrtimer_try_to_cancel(struct hrtimer *timer)
{
	struct hrtimer_cpu *base;
	unsigned long flags;
	int was_queued;

	local_irq_save(flags);
	base = lock_base(timer);
	was_queued = timer->queued;
	/* Running: even if it is queued again, the function may still do so once more. */
	if (base->running == timer)
		was_queued = -1;
	else if (was_queued)
		dequeue(base, timer);
	spin_unlock(&base->lock);
	local_irq_restore(flags);
	return was_queued;
}

int hrtimer_cancel(struct hrtimer *timer)
{
	int was_queued;

	while ((was_queued = hrtimer_try_to_cancel(timer)) < 0)
		cpu_relax();
	return was_queued;
}

bool hrtimer_active(const struct hrtimer *timer)
{
	struct hrtimer_cpu *base;
	unsigned long flags;
	bool active;

	local_irq_save(flags);
	base = lock_base(timer);
	active = timer->queued || base->running == timer;
	spin_unlock(&base->lock);
	local_irq_restore(flags);
	return active;
}

u64 hrtimer_forward(struct hrtimer *timer, u64 now_ns, u64 interval_ns)
{
	u64 now = now_ns - clock_offset(timer), steps;

	if (now < timer->soft_expires_ns)
		return 0;
	/* Where it is, a function that restarts it would run for ever, with interrupts off. */
	if (!interval_ns)
		interval_ns = KTIME_MAX;
	steps = (now - timer->soft_expires_ns) / interval_ns + 1;
	timer->soft_expires_ns = ktime_add_safe(timer->soft_expires_ns, steps * interval_ns);
	timer->expires_ns = ktime_add_safe(timer->expires_ns, steps * interval_ns);
	return steps;
}

u64 hrtimer_forward_now(struct hrtimer *timer, u64 interval_ns)
{
	return hrtimer_forward(timer, hrtimer_now(timer), interval_ns);
}

s64 hrtimer_get_remaining(const struct hrtimer *timer)
{
	return timer->soft_expires_ns + clock_offset(timer) - hrtimer_now(timer);
}

/* ---- expiry ---- */

/* Base lock held, let go while the function runs. */
static void run_timer(struct hrtimer_cpu *base, struct hrtimer *timer) __must_hold(&base->lock)
{
	enum hrtimer_restart restart;

	dequeue(base, timer);
	WRITE_ONCE(base->running, timer);
	spin_unlock(&base->lock);
	restart = timer->function(timer);
	spin_lock(&base->lock);
	/* Unless it was started again meanwhile, by its function or another CPU. */
	if (restart == HRTIMER_RESTART && !timer->queued)
		enqueue(base, timer);
	/*
	 * The last touch: with NORESTART the timer may be gone already, and only its address is
	 * compared.
	 */
	smp_store_release(&base->running, NULL);
}

/*
 * In the order of the latest expiry: a timer with slack may run before one in front of it that
 * has none left, but none runs before its earliest time.
 */
static void run_expired(struct hrtimer_cpu *base, unsigned int tree, u64 now)
{
	struct hrtimer *timer;

	while ((timer = first_timer(base, tree)) && timer->soft_expires_ns <= now)
		run_timer(base, timer);
}

/*
 * The one-shot interrupt, interrupts off. A timer restarted into the past runs in the next round.
 */
void hrtimer_interrupt(void)
{
	struct hrtimer_cpu *base = this_cpu_ptr(&hrtimer_cpus);
	u64 now;

	base->in_interrupt = true;
	base->programmed_ns = NEVER;
	spin_lock(&base->lock);
	now = arch_clock_ns();
	for (unsigned int tree = 0; tree < NR_TREES; tree++)
		if (first_timer(base, tree))
			run_expired(base, tree, now + tree_offset(tree));
	spin_unlock(&base->lock);
	if (base->tick_ns <= now) {
		base->tick_ns = NEVER;
		sched_tick();
	}
	base->in_interrupt = false;
	spin_lock(&base->lock);
	now = next_event(base);
	if (now != NEVER)
		program(base, now);
	spin_unlock(&base->lock);
}

/* ---- setting the clock ---- */

static void look_again(void *unused)
{
	program(this_cpu_ptr(&hrtimer_cpus), 0);
}

void hrtimers_clock_stepped(void)
{
	on_each_cpu(look_again, NULL, true);
}
