/* SPDX-License-Identifier: MIT */
/* Spinlocks: exclusion between CPUs, both ways of waiting, and the checker's findings. */
#include <arch/clock.h>
#include <kernel/cpumask.h>
#include <kernel/ktest.h>
#include <kernel/seqlock.h>
#include <kernel/spinlock.h>

KTEST_SUITE("spinlock");

struct shared {
	spinlock_t lock;
	unsigned long plain; /* lock */
	unsigned long check; /* lock: always equal to plain */
	atomic64_t rounds;
	u64 end_ns;
};

static void add_under_lock(void *arg, unsigned int number)
{
	struct shared *s = arg;
	unsigned long flags, i;

	for (i = 0; arch_clock_ns() < s->end_ns; i++) {
		if (i & 1) {
			spin_lock_irqsave(&s->lock, flags);
		} else {
			spin_lock_irq(&s->lock);
			flags = RFLAGS_IF;
		}
		if (s->plain != s->check)
			KTEST_FAIL("two holders at once");
		s->plain++;
		cpu_relax();
		s->check++;
		spin_unlock_irqrestore(&s->lock, flags);
	}
	atomic64_add(i, &s->rounds);
}

static void test_exclusion(void)
{
	struct shared s = {
		.lock = SPINLOCK_INIT("test", LOCK_RANK_KIT),
		.end_ns = arch_clock_ns() + ktest_torture_ns(),
	};

	ktest_in_threads(2 * num_online_cpus(), add_under_lock, &s);
	KTEST_EXPECT_EQ(s.plain, atomic64_read(&s.rounds));
	KTEST_EXPECT_EQ(s.lock.word, 0);
	ktest_note("%lld rounds", atomic64_read(&s.rounds));
}

KTEST_CASE(holders_exclude_each_other)
{
	bool queued = spin_lock_test_queues(false);

	test_exclusion();
	spin_lock_test_queues(queued);
}

KTEST_CASE(queued_waiters_exclude_each_other)
{
	bool queued = spin_lock_test_queues(true);

	test_exclusion();
	spin_lock_test_queues(queued);
}

/* lint: sparse: the macros hide the condition */
KTEST_CASE(trylock_fails_on_a_held_lock)
{
	spinlock_t lock = SPINLOCK_INIT("test", LOCK_RANK_KIT);

	KTEST_ASSERT(spin_trylock(&lock));
	KTEST_EXPECT(!spin_trylock(&lock));
	KTEST_EXPECT(in_atomic());
	spin_unlock(&lock);
	KTEST_EXPECT(!in_atomic());
	KTEST_EXPECT(!spin_is_locked(&lock));
}

KTEST_CASE(seqcount_readers_see_a_writer)
{
	static seqcount_t s = SEQCOUNT_INIT;
	unsigned int start = read_seqcount_begin(&s);

	KTEST_EXPECT(!read_seqcount_retry(&s, start));
	write_seqcount_begin(&s);
	KTEST_EXPECT(read_seqcount_retry(&s, start));
	KTEST_EXPECT(read_seqcount_retry(&s, raw_seqcount_begin(&s)));
	write_seqcount_end(&s);
	KTEST_EXPECT(read_seqcount_retry(&s, start));
}

#ifdef CONFIG_DEBUG_LOCKS
KTEST_CASE(checker_finds_a_wrong_order)
{
	spinlock_t outer = SPINLOCK_INIT("outer", LOCK_RANK_KIT);
	spinlock_t inner = SPINLOCK_INIT("inner", LOCK_RANK_KIT + 1);

	lock_debug_trap(true);
	spin_lock(&outer);
	spin_lock(&inner);
	spin_unlock(&inner);
	spin_unlock(&outer);
	KTEST_EXPECT_EQ(lock_debug_trapped(), 0);
	spin_lock(&inner);
	spin_lock(&outer);
	spin_unlock(&outer);
	spin_unlock(&inner);
	KTEST_EXPECT_EQ(lock_debug_trapped(), 1);
	lock_debug_trap(false);
}

KTEST_CASE(checker_finds_an_equal_rank_unless_nested)
{
	spinlock_t a = SPINLOCK_INIT("a", LOCK_RANK_KIT);
	spinlock_t b = SPINLOCK_INIT("b", LOCK_RANK_KIT);

	lock_debug_trap(true);
	spin_lock(&a);
	spin_lock_nested(&b);
	spin_unlock(&b);
	KTEST_EXPECT_EQ(lock_debug_trapped(), 0);
	spin_lock(&b);
	spin_unlock(&b);
	spin_unlock(&a);
	KTEST_EXPECT_EQ(lock_debug_trapped(), 1);
	lock_debug_trap(false);
}

KTEST_CASE(checker_finds_a_sleep_with_preemption_off)
{
	lock_debug_trap(true);
	might_sleep();
	KTEST_EXPECT_EQ(lock_debug_trapped(), 0);
	preempt_disable();
	might_sleep();
	preempt_enable();
	KTEST_EXPECT_EQ(lock_debug_trapped(), 1);
	lock_debug_trap(false);
}

KTEST_CASE(checker_finds_unsafe_use_in_interrupts)
{
	spinlock_t lock = SPINLOCK_INIT("lock", LOCK_RANK_KIT);

	lock_debug_trap(true);
	spin_lock(&lock);
	spin_unlock(&lock);
	KTEST_EXPECT_EQ(lock_debug_trapped(), 0);
	local_irq_disable();
	this_cpu_add(preempt_word, HARDIRQ_OFFSET);
	spin_lock(&lock);
	spin_unlock(&lock);
	this_cpu_sub(preempt_word, HARDIRQ_OFFSET);
	local_irq_enable();
	KTEST_EXPECT(lock_debug_trapped() >= 1);
	lock_debug_trap(false);
}

/* A handler that tries goes away again, if what it has interrupted holds the lock. */
/* lint: sparse: the macros hide the condition */
KTEST_CASE(checker_lets_interrupts_try)
{
	spinlock_t lock = SPINLOCK_INIT("lock", LOCK_RANK_KIT);

	lock_debug_trap(true);
	local_irq_disable();
	this_cpu_add(preempt_word, HARDIRQ_OFFSET);
	if (spin_trylock(&lock))
		spin_unlock(&lock);
	this_cpu_sub(preempt_word, HARDIRQ_OFFSET);
	local_irq_enable();
	spin_lock(&lock);
	spin_unlock(&lock);
	KTEST_EXPECT_EQ(lock_debug_trapped(), 0);
	lock_debug_trap(false);
}

KTEST_CASE(checker_forgets_what_a_thread_kept_that_ended)
{
	spinlock_t kept = SPINLOCK_INIT("kept", LOCK_RANK_KIT + 1);
	spinlock_t lower = SPINLOCK_INIT("lower", LOCK_RANK_KIT);

	lock_debug_trap(true);
	local_irq_disable();
	spin_lock(&kept);
	spin_forget_held();
	spin_lock(&lower);
	spin_unlock(&lower);
	raw_spin_unlock(&kept);
	preempt_enable_no_resched();
	local_irq_enable();
	KTEST_EXPECT_EQ(lock_debug_trapped(), 0);
	lock_debug_trap(false);
}

KTEST_CASE(checker_finds_a_lock_that_is_not_held)
{
	spinlock_t lock = SPINLOCK_INIT("lock", LOCK_RANK_KIT);

	lock_debug_trap(true);
	assert_spin_locked(&lock);
	KTEST_EXPECT_EQ(lock_debug_trapped(), 1);
	lock_debug_trap(false);
}
#endif
