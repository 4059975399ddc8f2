/* SPDX-License-Identifier: MIT */
/* Reference counts gone wrong: kernel/refcount.h. */
#include <kernel/atomic.h>
#include <kernel/bug.h>
#include <kernel/log.h>
#include <kernel/refcount.h>

#define MAX_PLACES 32

/*
 * One place is one fault, however often it happens: the next report is of another. When all are in
 * use the last one, which stands for many, has been said.
 */
static bool is_new(unsigned long place)
{
	static unsigned long places[MAX_PLACES]; /* atomic words, filled from the front */

	for (unsigned int i = 0; i < MAX_PLACES; i++) {
		unsigned long free = 0;

		if (try_cmpxchg(&places[i], &free, place))
			return true;
		if (free == place)
			return false;
	}
	return false;
}

/* The object is never freed: from here on every increment and decrement stays far from 0. */
void refcount_report(refcount_t *r, const char *what)
{
	atomic_set(&r->refs, REFCOUNT_SATURATED);
	WARN(is_new((unsigned long)__builtin_return_address(0)), "refcount %p: %s\n", r, what);
}
