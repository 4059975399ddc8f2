// SPDX-License-Identifier: MIT
/*
 * What instrumented code calls: at each of its blocks, and before comparisons. The thread that runs
 * is its only writer, so nothing is locked; an interrupt in between belongs to nobody and is left
 * out.
 */
#include <kernel/kcov.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>
#include <lib/compiler.h>
#include <uapi/kcov.h>

#define CALLER ((unsigned long)__builtin_return_address(0))

static __always_inline struct kcov *kcov_here(enum kcov_mode mode)
{
	const struct thread *thread = this_cpu_read(current_thread);
	struct kcov *kcov = thread ? READ_ONCE(thread->kcov) : NULL;

	return unlikely(kcov) && kcov->mode == mode && !in_interrupt() ? kcov : NULL;
}

/* The program may write anything into the count. */
void __sanitizer_cov_trace_pc(void)
{
	struct kcov *kcov = kcov_here(KCOV_PC);
	u64 at;

	if (likely(!kcov))
		return;
	at = READ_ONCE(kcov->area[0]) + 1;
	if (at && at < kcov->words) {
		/* First the count: what comes in between is behind this record. */
		WRITE_ONCE(kcov->area[0], at);
		barrier();
		kcov->area[at] = CALLER;
	}
}

#define RECORD_WORDS 4

static __always_inline void compared(u64 type, u64 a, u64 b, unsigned long ip)
{
	struct kcov *kcov = kcov_here(KCOV_COMPARISON);
	u64 count, at;

	if (likely(!kcov))
		return;
	count = READ_ONCE(kcov->area[0]);
	at = 1 + count * RECORD_WORDS;
	if (count < kcov->words / RECORD_WORDS && at + RECORD_WORDS <= kcov->words) {
		WRITE_ONCE(kcov->area[0], count + 1);
		barrier();
		kcov->area[at] = type;
		kcov->area[at + 1] = a;
		kcov->area[at + 2] = b;
		kcov->area[at + 3] = ip;
	}
}

#define COMPARISON(bytes, type, log)                                         \
	void __sanitizer_cov_trace_cmp##bytes(type a, type b)                \
	{                                                                    \
		compared(KCOV_CMP_SIZE(log), a, b, CALLER);                  \
	}                                                                    \
	void __sanitizer_cov_trace_const_cmp##bytes(type a, type b)          \
	{                                                                    \
		compared(KCOV_CMP_SIZE(log) | KCOV_CMP_CONST, a, b, CALLER); \
	}
COMPARISON(1, u8, 0)
COMPARISON(2, u16, 1)
COMPARISON(4, u32, 2)
COMPARISON(8, u64, 3)

/* cases: how many, bits of the value, then each. */
void __sanitizer_cov_trace_switch(u64 value, const u64 *cases)
{
	unsigned int log = cases[1] == 8 ? 0 : cases[1] == 16 ? 1 : cases[1] == 32 ? 2 : 3;

	for (u64 i = 0; i < cases[0]; i++)
		compared(KCOV_CMP_SIZE(log) | KCOV_CMP_CONST, cases[2 + i], value, CALLER);
}
