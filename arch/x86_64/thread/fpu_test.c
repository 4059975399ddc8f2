/* SPDX-License-Identifier: MIT */
/* Threads that keep values in vector registers find them again after switches, on whichever CPU. */
#include <arch/fpu.h>
#include <arch/fpu_layout.h>
#include <kernel/ktest.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <lib/string.h>

KTEST_SUITE("fpu");

static void load_xmm0(const u64 value[2])
{
	asm volatile("movdqu (%0), %%xmm0" : : "r"(value) : "memory");
}

static void store_xmm0(u64 value[2])
{
	asm volatile("movdqu %%xmm0, (%0)" : : "r"(value) : "memory");
}

static void keep_value(void *arg, unsigned int number)
{
	u64 end = ktime_get_ns() + ktest_torture_ns(), rounds = 0;

	/* As a first exec does: from here on the registers are this thread's. */
	if (fpu_thread_reset()) {
		KTEST_FAIL("no memory");
		return;
	}
	while (ktime_get_ns() < end) {
		u64 mine[2] = { number * 0x0101010101010101ull, ++rounds }, found[2];

		load_xmm0(mine);
		if (rounds % 16)
			sched_yield_current();
		else
			msleep(1);
		store_xmm0(found);
		if (memcmp(mine, found, sizeof(mine))) {
			/* lint: clang-analyzer-core.CallAndMessage: store_xmm0() fills it, by asm */
			KTEST_FAIL("thread %u found %llx %llx", number, found[0], found[1]);
			return;
		}
	}
}

KTEST_CASE(registers_survive_switches)
{
	ktest_in_threads(2 * num_online_cpus() + 1, keep_value, NULL);
}

static void start_with_zero(void *arg, unsigned int number)
{
	const u64 ones[2] = { ~0ull, ~0ull };
	const struct fxsave_area *area;
	u64 found[2];

	if (fpu_thread_reset()) {
		KTEST_FAIL("no memory");
		return;
	}
	store_xmm0(found);
	/* lint: clang-analyzer-core.UndefinedBinaryOperatorResult: store_xmm0() fills it, by asm */
	KTEST_EXPECT_EQ(found[0] | found[1], 0);
	load_xmm0(ones);
	area = fpu_state_of(current);
	KTEST_EXPECT_EQ(area->mxcsr, 0x1f80);
	KTEST_EXPECT(!memcmp(area->xmm[0], ones, sizeof(ones)));
	KTEST_EXPECT_EQ(fpu_thread_reset(), 0);
	store_xmm0(found);
	KTEST_EXPECT_EQ(found[0] | found[1], 0);
}

KTEST_CASE(programs_start_with_clean_registers)
{
	ktest_in_threads(2, start_with_zero, NULL);
}
