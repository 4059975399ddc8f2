/* SPDX-License-Identifier: MIT */
/*
 * The lock checker (CONFIG_DEBUG_LOCKS).
 *
 * Each CPU keeps a list of the spinlocks that it holds. Spinlocks forbid preemption, so the list
 * belongs to whatever runs there, and an interrupt's locks lie on top of those of what it
 * interrupted. Checked:
 *
 *	order	a lock's rank is higher than that of every lock taken in the same interrupt level and still held (equal for _nested);
 *		spinlocks of modules have one rank, and learnt classes (kernel/module/kit/lock.c)
 *	owner	nobody takes a lock that its CPU holds, or lets go one that it does not
 *	irq	a lock that an interrupt handler waits for is never held with interrupts on, and while it is held no lock is waited for that
 *		elsewhere is held with interrupts on
 *	sleep	might_sleep() is not called with preemption or interrupts off
 *	freed	memory is not freed with a lock in it that is held
 *
 * A finding is reported with a backtrace, once for each place that it is made in, and the checker
 * goes on; after MAX_REPORTS it is off, since what follows would be noise.
 */
#include <kernel/backtrace.h>
#include <kernel/bug.h>
#include <kernel/log.h>
#include <kernel/spinlock.h>
#include <arch/percpu.h>
#include <lib/kernel.h>

#define MAX_HELD	48

#define LOCK_USED_IN_IRQ	1	/* taken by an interrupt handler */
#define LOCK_USED_IRQS_ON	2	/* taken with interrupts on */
#define LOCK_USE_REPORTED	4

#define MAX_REPORTS	64

struct held_lock {
	spinlock_t *lock;
	bool in_irq;
};

struct held_locks {
	unsigned int depth;
	bool busy; /* the checker itself runs: printk takes locks too */
	struct held_lock held[MAX_HELD];
};

static DEFINE_PER_CPU(struct held_locks, held_locks);
static bool lock_debug_off;
static bool sleep_is_checked;		    /* once; might_sleep_begins() */
static unsigned long reported[MAX_REPORTS]; /* bug_place_note()'s */
static bool trapping;			    /* a test commits crimes and counts the findings */
static unsigned int nr_trapped;

static const void *taken_at(const spinlock_t *lock)
{
	return lock->owner_ip ? (const void *)(0xffffffff00000000ul | lock->owner_ip) : NULL;
}

static void print_held(const struct held_locks *h)
{
	for (unsigned int i = 0; i < h->depth; i++) {
		const spinlock_t *lock = h->held[i].lock;

		pr_err("  holds %s (rank %u) since %pS\n", lock->name ?: "?", lock->rank,
		       taken_at(lock));
	}
}

bool lock_debug_report_begins(unsigned long place)
{
	enum bug_place seen;

	if (READ_ONCE(trapping)) {
		__atomic_fetch_add(&nr_trapped, 1, __ATOMIC_RELAXED);
		return false;
	}
	seen = bug_place_note(reported, MAX_REPORTS, place);
	if (seen == BUG_PLACES_FULL && !xchg(&lock_debug_off, true))
		pr_err("lock checker: %u findings, it is off now\n", MAX_REPORTS);
	return seen == BUG_PLACE_NEW;
}

void lock_debug_trap(bool on)
{
	WRITE_ONCE(nr_trapped, 0);
	WRITE_ONCE(trapping, on);
}

unsigned int lock_debug_trapped(void)
{
	return xchg(&nr_trapped, 0);
}

/* One place is one kind of finding about one class of locks. */
static void report(struct held_locks *h, const spinlock_t *lock, const char *what)
{
	if (!lock_debug_report_begins((unsigned long)what ^ (unsigned long)lock->name << 1 ^
				      lock->rank))
		return;
	pr_err("lock checker: %s: %s (%p, rank %u), CPU %u\n", what, lock->name ?: "?", lock,
	       lock->rank, this_cpu_read(cpu_number));
	if (lock->owner_cpu)
		pr_err("  held by CPU %u since %pS\n", lock->owner_cpu - 1u, taken_at(lock));
	print_held(h);
	dump_stack();
}

/* NULL when there is nothing to check: switched off, or called by the checker. */
static struct held_locks *enter_checker(void)
{
	struct held_locks *h = this_cpu_ptr(&held_locks);

	if (unlikely(READ_ONCE(lock_debug_off)) || h->busy || in_nmi())
		return NULL;
	h->busy = true;
	barrier();
	return h;
}

static void leave_checker(struct held_locks *h)
{
	barrier();
	h->busy = false;
}

static void check_order(struct held_locks *h, const spinlock_t *lock, bool nested)
{
	bool in_irq = in_hardirq();

	for (unsigned int i = 0; i < h->depth; i++) {
		const struct held_lock *held = &h->held[i];

		if (held->in_irq != in_irq || held->lock->rank == LOCK_RANK_NONE)
			continue;
		if (held->lock->rank < lock->rank || (nested && held->lock->rank == lock->rank))
			continue;
		report(h, lock, "wrong order");
		return;
	}
}

/*
 * A lock is taken by handlers (A), another is held with interrupts on (B): who holds A and waits
 * for B may wait for a CPU whose handler waits for A.
 */
static void check_irq_order(struct held_locks *h, const spinlock_t *lock)
{
	if (!(lock->irq_use & LOCK_USED_IRQS_ON))
		return;
	for (unsigned int i = 0; i < h->depth; i++)
		if (h->held[i].lock->irq_use & LOCK_USED_IN_IRQ)
			report(h, lock,
			       "held elsewhere with interrupts on, wanted inside one that interrupts take");
}

/* A handler that only tries does not wait for what it has interrupted. */
static void note_irq_use(struct held_locks *h, spinlock_t *lock, bool irqs_on, bool tried)
{
	bool in_irq = in_hardirq();
	u8 use = in_irq && !tried ? LOCK_USED_IN_IRQ : !in_irq && irqs_on ? LOCK_USED_IRQS_ON : 0;

	if (use & ~lock->irq_use)
		lock->irq_use |= use;
	if (lock->irq_use == (LOCK_USED_IN_IRQ | LOCK_USED_IRQS_ON)) {
		lock->irq_use |= LOCK_USE_REPORTED;
		report(h, lock, "taken by an interrupt and held with interrupts on");
	}
}

void lock_debug_before(spinlock_t *lock, bool nested)
{
	unsigned long flags;
	struct held_locks *h;

	local_irq_save(flags);
	h = enter_checker();
	if (h) {
		if (lock->owner_cpu == this_cpu_read(cpu_number) + 1)
			report(h, lock, "taken twice");
		if (lock->rank != LOCK_RANK_NONE)
			check_order(h, lock, nested);
		check_irq_order(h, lock);
		leave_checker(h);
	}
	local_irq_restore(flags);
}

static void acquired(spinlock_t *lock, unsigned long ip, bool tried)
{
	bool in_irq = in_hardirq();
	unsigned long flags;
	struct held_locks *h;

	local_irq_save(flags);
	h = enter_checker();
	if (h) {
		lock->owner_cpu = this_cpu_read(cpu_number) + 1;
		lock->owner_ip = (u32)ip;
		if (h->depth < MAX_HELD)
			h->held[h->depth++] = (struct held_lock){ lock, in_irq };
		else
			report(h, lock, "too many locks held");
		note_irq_use(h, lock, !irqs_disabled_flags(flags), tried);
		leave_checker(h);
	}
	local_irq_restore(flags);
}

void lock_debug_acquired(spinlock_t *lock)
{
	acquired(lock, (unsigned long)__builtin_return_address(0), false);
}

void lock_debug_acquired_by_try(spinlock_t *lock)
{
	acquired(lock, (unsigned long)__builtin_return_address(0), true);
}

void lock_debug_release(spinlock_t *lock)
{
	unsigned long flags;
	struct held_locks *h;

	local_irq_save(flags);
	h = enter_checker();
	if (h) {
		unsigned int i = h->depth;

		if (lock->owner_cpu != this_cpu_read(cpu_number) + 1)
			report(h, lock, "let go by another CPU than the holder");
		lock->owner_cpu = 0;
		while (i && h->held[i - 1].lock != lock)
			i--;
		if (i) {
			h->depth--;
			for (i--; i < h->depth; i++)
				h->held[i] = h->held[i + 1];
		}
		leave_checker(h);
	}
	local_irq_restore(flags);
}

void lock_debug_assert_held(const spinlock_t *lock)
{
	if (!READ_ONCE(lock_debug_off) && lock->owner_cpu != this_cpu_read(cpu_number) + 1)
		report(this_cpu_ptr(&held_locks), lock, "not held here");
}

spinlock_t *lock_debug_held(enum lock_rank rank, unsigned int *at)
{
	struct held_locks *h = this_cpu_ptr(&held_locks);

	/* Off, nobody takes out what is let go: the locks listed may be gone. */
	if (READ_ONCE(lock_debug_off) || h->busy || in_nmi())
		return NULL;
	while (*at < h->depth) {
		const struct held_lock *held = &h->held[(*at)++];

		if (held->in_irq == in_hardirq() && held->lock->rank == rank)
			return held->lock;
	}
	return NULL;
}

void lock_debug_forget_cpu(void)
{
	struct held_locks *h = this_cpu_ptr(&held_locks);

	h->depth = 0;
	h->busy = false;
}

bool lock_debug_freed(const void *start, size_t size)
{
	unsigned long flags;
	struct held_locks *h;
	bool found = false;

	local_irq_save(flags);
	h = enter_checker();
	for (unsigned int i = 0; h && i < h->depth && !found; i++) {
		const spinlock_t *lock = h->held[i].lock;

		found = (unsigned long)lock - (unsigned long)start < size;
		if (found)
			report(h, lock, "freed while held");
	}
	if (h)
		leave_checker(h);
	local_irq_restore(flags);
	return found;
}

void might_sleep_begins(void)
{
	WRITE_ONCE(sleep_is_checked, true);
}

/*
 * The place is hardly ever in the function that says that it may sleep, which many call, but in its
 * caller: each of these is told.
 */
static unsigned long place_of_sleep(unsigned long ip)
{
	unsigned long calls[8];
	size_t nr = backtrace_save_calls(calls, ARRAY_SIZE(calls));

	for (size_t i = 0; i + 1 < nr; i++)
		if (calls[i] == ip)
			return ip << 1 ^ calls[i + 1];
	return ip;
}

static noinline void report_sleep(const char *file, int line, unsigned long ip)
{
	if (!lock_debug_report_begins(place_of_sleep(ip)))
		return;
	pr_err("lock checker: sleep in atomic context at %s:%d, preemption count %x, interrupts %s\n",
	       file, line, preempt_count(), irqs_disabled() ? "off" : "on");
	print_held(this_cpu_ptr(&held_locks));
	dump_stack();
}

void might_sleep_check(const char *file, int line)
{
	if (unlikely(!preemptible() && READ_ONCE(sleep_is_checked) && !panic_in_progress))
		report_sleep(file, line, (unsigned long)__builtin_return_address(0));
}

bool lock_debug_failed(void)
{
	return READ_ONCE(reported[0]) != 0;
}
