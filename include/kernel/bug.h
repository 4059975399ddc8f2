/* SPDX-License-Identifier: MIT */
/*
 * Assertions.
 *
 *	BUG_ON(x)	the kernel's state is wrong beyond repair: an oops, which ends the thread
 *	WARN_ON(x)	wrong, but one can go on: a report with a backtrace; the value is x
 *	WARN_ON_ONCE(x)	the same, reported the first time only
 *	WARN(x, fmt...)	with a message
 *
 * Each is an invalid instruction and an entry in a table: nothing but the test stands in the code's way. Never for what a
 * device, a disk, a packet or a program may do.
 */
#ifndef KERNEL_BUG_H
#define KERNEL_BUG_H

#include <lib/compiler.h>
#include <lib/types.h>

struct trap_frame;

#define BUG_FLAG_WARNING	0x1

/* Addresses relative to their own place. */
struct bug_entry {
	s32 address;
	s32 file;
	u16 line;
	u16 flags;
};

#define BUG_TRAP(flags)								\
	asm volatile("1: ud2\n"							\
		     ".pushsection __bug_table, \"a\"\n"			\
		     ".balign 4\n"						\
		     "2: .long 1b - .\n"					\
		     ".long %c0 - .\n"						\
		     ".word %c1, %c2\n"						\
		     ".popsection" : : "i"(__FILE__), "i"(__LINE__), "i"(flags))

#define BUG() do { BUG_TRAP(0); unreachable(); } while (0)
#define BUG_ON(condition) do { if (unlikely(condition)) BUG(); } while (0)

#define WARN_ON(condition) ({				\
	bool warn_ = !!(condition);			\
	if (unlikely(warn_))				\
		BUG_TRAP(BUG_FLAG_WARNING);		\
	unlikely(warn_);				\
})

#define WARN_ONCE_TEST_(condition, report) ({							\
	static bool warned_;									\
	bool warn_ = !!(condition);								\
	if (unlikely(warn_) && !__atomic_exchange_n(&warned_, true, __ATOMIC_RELAXED))		\
		report;										\
	unlikely(warn_);									\
})
#define WARN_ON_ONCE(condition)	WARN_ONCE_TEST_(condition, BUG_TRAP(BUG_FLAG_WARNING))

void warn_print(const char *fmt, ...) __printf(1, 2);
#define WARN(condition, fmt, ...) ({			\
	bool warn_ = !!(condition);			\
	if (unlikely(warn_)) {				\
		warn_print(fmt, ##__VA_ARGS__);		\
		BUG_TRAP(BUG_FLAG_WARNING);		\
	}						\
	unlikely(warn_);				\
})
#define WARN_ONCE(condition, fmt, ...) \
	WARN_ONCE_TEST_(condition, ({ warn_print(fmt, ##__VA_ARGS__); BUG_TRAP(BUG_FLAG_WARNING); }))

/*
 * One place is one fault, however often it happens: new the first time, for the report. The table is of nr words, 0 at first, which
 * fill from the front; when it is full, no more is new. Any context, without a lock.
 */
#define BUG_PLACES 32
enum bug_place { BUG_PLACE_NEW, BUG_PLACE_KNOWN, BUG_PLACES_FULL };
enum bug_place bug_place_note(unsigned long *places, unsigned int nr, unsigned long place);

/* An invalid instruction in the kernel: true when it was a warning and the frame is set behind it. */
bool bug_trap(struct trap_frame *frame);
/* "file:line" of a BUG at the address, for reports. */
bool bug_location(unsigned long address, const char **file, unsigned int *line);

/* Set by the module loader: a module's entry for an address, or NULL. */
extern const struct bug_entry *(*bug_find_in_modules)(unsigned long address);

#endif
