/* SPDX-License-Identifier: MIT */
/*
 * Virtual time, threads, interrupts, and the kit's locks, waits, timers and work on top of them.
 *
 * There is one processor. Threads are stacks of their own (host_fiber), switched only where the kit may sleep; with a seed also at any call
 * outside of critical sections. Everything that happens later (timers, the test's fake_after, delayed work) is an event in one list
 * by time; due events run in interrupt context, on the stack of whoever is there, when interrupts are let in.
 */
#include <kit/lock.h>
#include <kit/memory.h>
#include <kit/time.h>
#include <kit/wait.h>
#include <kit/work.h>
#include "internal.h"

struct thread {
	struct list_head node; /* in ready while it can run and does not */
	struct host_fiber *fiber;
	void (*function)(void *data);
	void *data;
	const void *channel; /* NULL: not waiting */
	struct thread *next_waiting;
	u64 deadline;
	bool timed_out, is_worker;
	u32 spins; /* spinlocks that it holds */
};

struct event {
	struct list_head node;
	u64 at;
	void (*function)(void *data);
	void *data;
};

/* Timers and work are known by their address. */
struct pending {
	struct list_head node;
	const void *key;
	void (*on_timer)(struct timer *timer);
	void (*on_work)(struct work *work);
	struct event *event; /* armed, or delayed */
	bool queued, running;
	bool is_freed; /* by its own function, which may do that */
	struct thread *runner;
};

struct held { struct list_head node; const void *lock; };

static LIST_HEAD(ready);
static LIST_HEAD(events);
static LIST_HEAD(pendings);
static LIST_HEAD(helds);
static struct thread *waiting; /* all that wait, the latest first */
static struct thread *current_thread, *dead;
static u64 clock_ns = 1000000000ull;
static u32 irqs_off, irq_depth, nr_programs;
static u64 seed;

u64 now(void) { return clock_ns; }
void *thread_id(void) { return current_thread; }
bool interrupts_are_off(void) { return irqs_off || irq_depth; }
bool is_atomic(void) { return irqs_off || irq_depth || current_thread->spins; }

u32 random_below(u32 n)
{
	if (!seed)
		return 0;
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(seed >> 33) % n;
}

/* --- events --- */

static struct event *event_add(u64 at, void (*function)(void *data), void *data)
{
	struct event *e = host_alloc(sizeof(*e)), *other;
	struct list_head *before = &events;

	*e = (struct event){ .at = at, .function = function, .data = data };
	list_for_each_entry(other, &events, node) {
		if (other->at > at) {
			before = &other->node;
			break;
		}
	}
	list_add_tail(&e->node, before);
	return e;
}

static void event_drop(struct event *e)
{
	list_del(&e->node);
	host_free(e);
}

void run_in_interrupt(void (*function)(void *data), void *data)
{
	u32 spins = current_thread->spins, off = irqs_off;

	irq_depth++;
	function(data);
	if (current_thread->spins != spins || irqs_off != off)
		complain("an interrupt's handler ended with a lock held");
	irq_depth--;
}

static void run_due(void)
{
	while (!interrupts_are_off() && !list_empty(&events)) {
		struct event e = *list_first_entry(&events, struct event, node);

		if (e.at > clock_ns)
			return;
		event_drop(list_first_entry(&events, struct event, node));
		run_in_interrupt(e.function, e.data);
	}
}

void pass_time(u64 ns)
{
	clock_ns += ns;
	run_due();
}

void interrupts_off(void) { irqs_off++; }
void interrupts_on(void)
{
	irqs_off--;
	run_due();
}

/* --- threads --- */

static void switch_to(struct thread *next)
{
	struct thread *before = current_thread;

	if (next == before)
		return;
	current_thread = next;
	host_fiber_switch(before->fiber, next->fiber);
	if (dead) {
		host_fiber_free(dead->fiber);
		host_free(dead);
		dead = NULL;
	}
}

static struct thread *take_ready(void)
{
	struct thread *t;
	u32 n = 0;

	list_for_each_entry(t, &ready, node)
		n++;
	if (!n)
		return NULL;
	n = seed ? random_below(n) : 0;
	list_for_each_entry(t, &ready, node)
		if (!n--)
			break;
	list_del(&t->node);
	return t;
}

static void make_ready(struct thread *t, bool timed_out)
{
	struct thread **link = &waiting;

	while (*link != t)
		link = &(*link)->next_waiting;
	*link = t->next_waiting;
	t->channel = NULL;
	t->timed_out = timed_out;
	list_add_tail(&t->node, &ready);
}

static void wake_late_ones(void)
{
	struct thread *t, *next;

	for (t = waiting; t; t = next) {
		next = t->next_waiting;
		if (t->deadline && t->deadline <= clock_ns)
			make_ready(t, true);
	}
}

/* Nobody can run: to the next moment at which something happens. False: nothing ever will. */
static bool jump(void)
{
	u64 at = list_empty(&events) ? 0 : list_first_entry(&events, struct event, node)->at;

	for (struct thread *t = waiting; t; t = t->next_waiting)
		if (t->deadline && (!at || t->deadline < at))
			at = t->deadline;
	if (!at)
		return false;
	if (at > clock_ns)
		clock_ns = at;
	return true;
}

/* Runs others until somebody can run; the caller is waiting, ready or dead. */
static void schedule(void)
{
	for (;;) {
		struct thread *next;

		run_due();
		wake_late_ones();
		next = take_ready();
		if (next) {
			switch_to(next);
			return;
		}
		if (!jump()) {
			complain("every thread sleeps, and nothing will ever wake one");
			host_exit(1);
		}
	}
}

bool sleep_on(const void *channel, u64 deadline)
{
	struct thread *t = current_thread;

	t->channel = channel;
	t->deadline = deadline;
	t->timed_out = false;
	t->next_waiting = waiting;
	waiting = t;
	schedule();
	return !t->timed_out;
}

/* The one that has waited longest first. */
void wake(const void *channel, bool all)
{
	struct thread *t, *oldest;

	do {
		oldest = NULL;
		for (t = waiting; t; t = t->next_waiting)
			if (t->channel == channel)
				oldest = t;
		if (oldest)
			make_ready(oldest, false);
	} while (oldest && all);
}

static void thread_main(void *data)
{
	struct thread *t = data;

	if (dead) {
		host_fiber_free(dead->fiber);
		host_free(dead);
		dead = NULL;
	}
	t->function(t->data);
	if (t->spins)
		complain("a thread ended with a spinlock held");
	if (!t->is_worker && !--nr_programs)
		wake(&nr_programs, true);
	dead = t;
	schedule();
}

static void start_thread(void (*function)(void *data), void *data, bool is_worker)
{
	struct thread *t = host_alloc(sizeof(*t));

	t->function = function;
	t->data = data;
	t->is_worker = is_worker;
	t->fiber = host_fiber_create(thread_main, t);
	list_add_tail(&t->node, &ready);
}

void spawn(void (*function)(void *data), void *data)
{
	nr_programs++;
	start_thread(function, data, false);
}

void spawn_worker(void (*function)(void *data), void *data) { start_thread(function, data, true); }
void fake_thread(void (*function)(void *data), void *data) { spawn(function, data); }

void fake_join(void)
{
	while (nr_programs)
		sleep_on(&nr_programs, 0);
}

void sched_start(void)
{
	const char *text = host_variable("FAKE_SEED");

	seed = text ? (u64)host_number(text) : 0;
	current_thread = host_alloc(sizeof(*current_thread));
	current_thread->fiber = host_fiber_self();
}

static void yield_now(void)
{
	list_add_tail(&current_thread->node, &ready);
	schedule();
}

void preempt_off(void) { current_thread->spins++; }
void preempt_on(void) { current_thread->spins--; }

static u64 registration_ns;

void fake_slow_registration(u64 ns) { registration_ns = ns; }

void programs_first(void)
{
	if (registration_ns && !is_atomic())
		fake_sleep(registration_ns);
}

/* A call that is put off. */
static const char *slow_call;
static u64 slow_ns;

void fake_put_off(const char *call, u64 ns)
{
	slow_call = call;
	slow_ns = ns;
}

static void put_off(const char *call)
{
	if (!slow_call || is_atomic() || strcmp(call, slow_call))
		return;
	slow_call = NULL;
	fake_sleep(slow_ns);
}

void enter_call(const char *call, bool may_sleep)
{
	if (may_sleep && is_atomic())
		complain("%s may sleep, and is called %s", call,
			 irq_depth		 ? "in an interrupt"
			 : current_thread->spins ? "with a spinlock held"
						 : "with interrupts off");
	pass_time(FAKE_CALL_NS);
	put_off(call);
	if (seed && !is_atomic() && random_below(3) == 0)
		yield_now();
}

u64 fake_now(void) { return clock_ns; }

void fake_sleep(u64 ns)
{
	static const char channel;

	sleep_on(&channel, clock_ns + ns);
}

/* Others that are ready run before this one does. */
void fake_settle(void)
{
	do
		yield_now();
	while (!list_empty(&ready));
}

void fake_after(u64 ns, void (*function)(void *data), void *data) { event_add(clock_ns + ns, function, data); }

/* --- the kit's time --- */

u64 ktime_get_ns(void)
{
	enter_call("ktime_get_ns", false);
	return clock_ns;
}

u64 ktime_get_real_ns(void)
{
	enter_call("ktime_get_real_ns", false);
	return clock_ns + 1700000000000000000ull;
}

void msleep(u32 ms)
{
	enter_call("msleep", true);
	fake_sleep(ms * 1000000ull);
}

void udelay(u32 us)
{
	if (us > 1000)
		complain("udelay(%u): at most 1000", us);
	pass_time(us * 1000ull);
}

/* --- locks --- */

static void lock_held(const void *lock)
{
	struct held *h = host_alloc(sizeof(*h));

	h->lock = lock;
	list_add(&h->node, &helds);
}

static void lock_released(const void *lock)
{
	struct held *h;

	list_for_each_entry(h, &helds, node) {
		if (h->lock == lock) {
			list_del(&h->node);
			host_free(h);
			return;
		}
	}
}

static void take_spin(spinlock_t *lock)
{
	if (lock->private[0]) {
		complain(
			irq_depth
				? "a spinlock is taken in an interrupt, which the interrupted code holds without spin_lock_save"
				: "a spinlock is taken twice");
		host_exit(1);
	}
	lock->private[0] = (u64)(unsigned long)current_thread;
	current_thread->spins++;
	lock_held(lock);
}

static void drop_spin(spinlock_t *lock)
{
	if (lock->private[0] != (u64)(unsigned long)current_thread)
		complain("a spinlock is unlocked that is not held");
	lock->private[0] = 0;
	current_thread->spins--;
	lock_released(lock);
}

void spin_lock(spinlock_t *lock)
{
	enter_call("spin_lock", false);
	take_spin(lock);
}

void spin_unlock(spinlock_t *lock)
{
	drop_spin(lock);
	enter_call("spin_unlock", false);
}

bool spin_trylock(spinlock_t *lock)
{
	enter_call("spin_trylock", false);
	if (lock->private[0])
		return false;
	take_spin(lock);
	return true;
}

u64 spin_lock_save(spinlock_t *lock)
{
	enter_call("spin_lock_save", false);
	interrupts_off();
	take_spin(lock);
	return 0x200 | irqs_off;
}

void spin_unlock_restore(spinlock_t *lock, u64 flags)
{
	if (flags != (0x200 | irqs_off))
		complain("spin_unlock_restore: other flags than the last spin_lock_save gave");
	drop_spin(lock);
	interrupts_on();
	enter_call("spin_unlock_restore", false);
}

void mutex_lock(struct mutex *lock)
{
	enter_call("mutex_lock", true);
	if (lock->private[0] == (u64)(unsigned long)current_thread) {
		complain("a mutex is locked twice by one thread");
		host_exit(1);
	}
	while (lock->private[0])
		sleep_on(lock, 0);
	lock->private[0] = (u64)(unsigned long)current_thread;
	lock_held(lock);
}

int mutex_lock_interruptible(struct mutex *lock)
{
	if (fault("mutex_lock_interruptible"))
		return -EINTR;
	mutex_lock(lock);
	return 0;
}

bool mutex_trylock(struct mutex *lock)
{
	enter_call("mutex_trylock", false);
	if (lock->private[0])
		return false;
	lock->private[0] = (u64)(unsigned long)current_thread;
	lock_held(lock);
	return true;
}

void mutex_unlock(struct mutex *lock)
{
	enter_call("mutex_unlock", false);
	if (lock->private[0] != (u64)(unsigned long)current_thread)
		complain("a mutex is unlocked by a thread that does not hold it");
	lock->private[0] = 0;
	lock_released(lock);
	wake(lock, false);
}

/* --- completions: private[0] counts, all ones stands for all --- */

void complete(struct completion *c)
{
	enter_call("complete", false);
	if (c->private[0] != ~0ull)
		c->private[0]++;
	wake(c, false);
}

void complete_all(struct completion *c)
{
	enter_call("complete_all", false);
	c->private[0] = ~0ull;
	wake(c, true);
}

void reinit_completion(struct completion *c)
{
	enter_call("reinit_completion", false);
	for (struct thread *t = waiting; t; t = t->next_waiting)
		if (t->channel == c)
			complain("reinit_completion: somebody waits");
	c->private[0] = 0;
}

int completion_wait(struct completion *c, u32 timeout_ms)
{
	u64 deadline = clock_ns + timeout_ms * 1000000ull;

	enter_call("completion_wait", true);
	while (!c->private[0])
		if (clock_ns >= deadline || (!sleep_on(c, deadline) && !c->private[0]))
			return -ETIMEDOUT;
	if (c->private[0] != ~0ull)
		c->private[0]--;
	return 0;
}

/* --- timers and work --- */

static struct pending *pending_of(const void *key)
{
	struct pending *p;

	list_for_each_entry(p, &pendings, node)
		if (p->key == key)
			return p;
	return NULL;
}

static struct pending *pending_make(const void *key)
{
	struct pending *p = pending_of(key);

	if (!p) {
		p = host_alloc(sizeof(*p));
		p->key = key;
		list_add_tail(&p->node, &pendings);
	}
	return p;
}

void timer_setup(struct timer *timer, void (*callback)(struct timer *timer))
{
	struct pending *p = pending_make(timer);

	enter_call("timer_setup", false);
	if (p->event)
		complain("timer_setup of an armed timer");
	p->on_timer = callback;
}

static void timer_fires(void *data)
{
	struct pending *p = data;

	p->event = NULL;
	p->on_timer((struct timer *)p->key);
}

void timer_arm(struct timer *timer, u64 delay_ns)
{
	struct pending *p = pending_of(timer);

	enter_call("timer_arm", false);
	if (!p || !p->on_timer) {
		complain("timer_arm before timer_setup");
		return;
	}
	if (p->event)
		event_drop(p->event);
	p->event = event_add(clock_ns + delay_ns, timer_fires, p);
}

bool timer_cancel(struct timer *timer)
{
	struct pending *p = pending_of(timer);

	enter_call("timer_cancel", true);
	if (!p || !p->event)
		return false;
	event_drop(p->event);
	p->event = NULL;
	return true;
}

void work_setup(struct work *work, void (*function)(struct work *work))
{
	struct pending *p = pending_make(work);

	enter_call("work_setup", false);
	if (p->queued)
		complain("work_setup of queued work");
	p->on_work = function;
}

static void run_work(void *data)
{
	struct pending *p = data;
	struct work *work = (struct work *)p->key;

	while (p->running)
		sleep_on(p, 0);
	if (!p->queued)
		return;
	p->queued = false;
	p->running = true;
	p->runner = current_thread;
	p->on_work(work);
	if (p->is_freed) {
		host_free(p);
		return;
	}
	p->running = false;
	p->runner = NULL;
	wake(p, true);
}

static void work_is_due(void *data)
{
	struct pending *p = data;

	p->event = NULL;
	start_thread(run_work, p, true);
}

bool work_schedule_delayed(struct work *work, u64 delay_ns)
{
	struct pending *p = pending_of(work);

	enter_call("work_schedule", false);
	if (!p || !p->on_work) {
		complain("work_schedule before work_setup");
		return false;
	}
	if (p->queued)
		return false;
	p->queued = true;
	if (delay_ns)
		p->event = event_add(clock_ns + delay_ns, work_is_due, p);
	else
		start_thread(run_work, p, true);
	return true;
}

bool work_schedule(struct work *work) { return work_schedule_delayed(work, 0); }

static bool take_back(struct pending *p)
{
	bool was_queued = p->queued;

	if (p->event)
		event_drop(p->event);
	p->event = NULL;
	p->queued = false;
	return was_queued;
}

bool work_cancel(struct work *work)
{
	struct pending *p = pending_of(work);
	bool was_queued;

	enter_call("work_cancel", true);
	if (!p)
		return false;
	if (p->runner == current_thread)
		complain("work_cancel from the work's own function");
	was_queued = take_back(p);
	while (p->running)
		sleep_on(p, 0);
	return was_queued;
}

void work_flush(struct work *work)
{
	struct pending *p = pending_of(work);

	enter_call("work_flush", true);
	if (p && p->runner == current_thread)
		complain("work_flush from the work's own function");
	if (p && p->event) {
		event_drop(p->event);
		work_is_due(p);
	}
	while (p && (p->queued || p->running))
		sleep_on(p, clock_ns + 1000);
}

/* --- the end of things --- */

static bool lies_in(const void *p, const void *start, size_t size)
{
	return (const char *)p >= (const char *)start &&
	       (const char *)p < (const char *)start + size;
}

void memory_goes(const void *start, size_t size)
{
	struct pending *p, *next;
	struct held *h;

	list_for_each_entry(h, &helds, node)
		if (lies_in(h->lock, start, size))
			complain("memory is freed with a held lock in it");
	list_for_each_entry_safe(p, next, &pendings, node) {
		if (!lies_in(p->key, start, size))
			continue;
		if (p->on_timer && p->event)
			complain("memory is freed with an armed timer in it");
		else if (!p->queued && p->runner == current_thread)
			list_del(&p->node), p->is_freed = true;
		else if (p->queued || p->running)
			complain("memory is freed with queued or running work in it");
		else
			list_del(&p->node), host_free(p);
	}
}

u32 left_over_work(void)
{
	struct pending *p;
	struct held *h;
	u32 n = 0;

	list_for_each_entry(p, &pendings, node) {
		if (p->event || p->queued || p->running) {
			note("left over: %s", p->on_timer ? "an armed timer" : "queued work");
			take_back(p);
			n++;
		}
	}
	list_for_each_entry(h, &helds, node) {
		note("left over: a held lock");
		n++;
	}
	return n;
}
