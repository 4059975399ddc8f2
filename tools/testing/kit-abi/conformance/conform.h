/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the conformance modules share. A case is a sentence that a comment of a stable kit header promises, in the main; it is a line of the log:
 *
 *	MODULE: ok - NAME
 *	MODULE: not ok - NAME		behind a line for each expectation that did not hold
 *
 * The binaries are kept (Documentation/abi/releases) and loaded by the kernels of years later, together with the program use.c of the same commit. So they
 * take nothing but stable headers, and rely on nothing that these do not say.
 */
#ifndef CONFORM_H
#define CONFORM_H

#include <kit/lock.h>
#include <kit/log.h>
#include <kit/module.h>
#include <kit/types.h>

#define NS_PER_MS	1000000ull
#define LONG_MS		20000u	/* what is to come, comes before: the limit for a machine that is busy */
#define NEVER_NS	(3600 * 1000 * NS_PER_MS)

/* Behind a structure of the kit's: what only a much younger kit knows. Kernels of years later know more of its beginning than this one. */
struct conform_tail {
	u8 bytes[512];
};
#define CONFORM_USED	{ { [511] = 1 } }

struct conform_case {
	const char *name;
	void (*run)(void);
};

static atomic_t conform_wrong; /* expectations of the case that did not hold, in this file */

/* Any context. */
static inline bool conform_expect(bool holds, const char *what, u32 line)
{
	if (!holds &&
	    atomic_inc_return(&conform_wrong) <= 4) /* so that the log keeps the others' */
		pr_err("# line %u: %s\n", line, what);
	return holds;
}

#define EXPECT(condition)	conform_expect(condition, #condition, __LINE__)

static inline void conform_end(const char *name)
{
	pr_info("%s - %s\n", atomic_xchg(&conform_wrong, 0) ? "not ok" : "ok", name);
}

static inline void conform_run(const struct conform_case *cases, u32 nr)
{
	for (u32 i = 0; i < nr; i++) {
		cases[i].run();
		conform_end(cases[i].name);
	}
}

/* Of conform.ko, in this order. */
void ground_run(void);
void running_run(void);
int device_run(void);
void char_run(void);
void char_end(void);
void device_end(void);

struct device;

s64 running_interrupted(void);
s64 device_input(u64 step);
void device_note(char letter);
void device_unbound(void);
int char_device_node(struct device *device);

#endif
