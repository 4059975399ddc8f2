/* SPDX-License-Identifier: MIT */
/* Reference counts gone wrong: kernel/refcount.h. */
#include <kernel/atomic.h>
#include <kernel/bug.h>
#include <kernel/log.h>
#include <kernel/refcount.h>

/* The object is never freed: from here on every increment and decrement stays far from 0. */
void refcount_report(refcount_t *r, const char *what)
{
	static unsigned long places[BUG_PLACES];
	unsigned long place = (unsigned long)__builtin_return_address(0);

	atomic_set(&r->refs, REFCOUNT_SATURATED);
	WARN(bug_place_note(places, BUG_PLACES, place) == BUG_PLACE_NEW, "refcount %p: %s\n", r,
	     what);
}
