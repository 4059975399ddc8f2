/* SPDX-License-Identifier: MIT */
/*
 * Tests inside the kernel (kernel/ktest), in NAME_test.c beside the code they test:
 *
 *	#include <kernel/ktest.h>
 *	KTEST_SUITE("mutex");
 *	KTEST_CASE(trylock_of_a_held_one_fails) { ... KTEST_EXPECT(!mutex_trylock(&m)); }
 *
 * The boot argument `ktest` runs all, `ktest=PATTERN[,PATTERN]` those whose "suite.case" matches a
 * glob, prints KTAP on the console and powers off. Cases run in a kernel thread, one after another,
 * in link order; they may sleep and start threads. An expectation may be checked by any thread that
 * the case started, as long as it ends before the case does.
 *
 * A case shall not depend on how fast anything is: an emulated CPU may stand still for half a
 * second. It waits for what it wants to see, without a limit: what never comes is noticed by
 * whoever runs the guest. Only that something does not happen is waited for by time.
 */
#ifndef KERNEL_KTEST_H
#define KERNEL_KTEST_H

#include <lib/compiler.h>
#include <lib/types.h>

struct ktest_case {
	const char *suite;
	const char *name;
	void (*run)(void);
};

/* First in the file. */
#define KTEST_SUITE(text)	static const char ktest_suite_name[] = text

#define KTEST_CASE(case_name)								\
	static void ktest_run_##case_name(void);					\
	static const struct ktest_case ktest_case_##case_name				\
	__used __section(".rodata.ktab_ktest.5") __aligned(8) =				\
		{ ktest_suite_name, #case_name, ktest_run_##case_name };		\
	static void ktest_run_##case_name(void)

void ktest_fail(const char *file, int line, const char *fmt, ...) __printf(3, 4);
/* the case is counted as skipped; it should return then */
void ktest_skip(const char *reason);
void ktest_note(const char *fmt, ...) __printf(1, 2); /* a "# ..." line */

#define KTEST_FAIL(fmt, ...)	ktest_fail(__FILE__, __LINE__, fmt, ##__VA_ARGS__)
#define KTEST_EXPECT(condition) ({							\
	bool ktest_ok_ = !!(condition);							\
	if (unlikely(!ktest_ok_))							\
		ktest_fail(__FILE__, __LINE__, "expected %s", #condition);		\
	ktest_ok_;									\
})
#define KTEST_EXPECT_EQ(a, b) ({							\
	long ktest_a_ = (long)(a), ktest_b_ = (long)(b);				\
	if (unlikely(ktest_a_ != ktest_b_))						\
		ktest_fail(__FILE__, __LINE__, "%s is %ld (%lx), expected %s = %ld (%lx)",	\
			   #a, ktest_a_, ktest_a_, #b, ktest_b_, ktest_b_);		\
	ktest_a_ == ktest_b_;								\
})
/* Ends the case (or the void function it stands in). */
#define KTEST_ASSERT(condition)		do { if (!KTEST_EXPECT(condition)) return; } while (0)
#define KTEST_ASSERT_EQ(a, b)		do { if (!KTEST_EXPECT_EQ(a, b)) return; } while (0)

/* Runs func(arg, number) in nr kernel threads at once and waits for all. Floor 5 and above. */
void ktest_in_threads(unsigned int nr, void (*func)(void *arg, unsigned int number), void *arg);
/* The case's own thread stays on that CPU until the case ends, or ktest_move_freely(). Floor 5 and above. */
void ktest_stay_on(unsigned int cpu);
void ktest_move_freely(void);
/* How long a test that looks for races goes on: short, or as ktest.torture=MILLISECONDS says. */
u64 ktest_torture_ns(void);

/*
 * Called at the end of boot, in a thread: runs the tests and does not return when the command line
 * asks for them.
 */
#ifdef CONFIG_KTEST
void ktest_run_if_asked(void);
#else
static inline void ktest_run_if_asked(void) { }
#endif

#endif
