/* SPDX-License-Identifier: MIT */
/*
 * Checks of lists (CONFIG_DEBUG_LIST), called by kit/list.h in the image's own code. A list whose
 * links do not fit each other is reported, and the operation left undone: what is broken stays as
 * it is.
 */
#include <kernel/bug.h>
#include <kernel/log.h>
#include <kit/list.h>

bool list_add_valid(struct list_head *entry, const struct list_head *prev,
		    const struct list_head *next)
{
	if (WARN(next->prev != prev,
		 "list corruption: adding %px: next->prev is %px, should be %px (next %px)\n",
		 entry, next->prev, prev, next))
		return false;
	if (WARN(prev->next != next,
		 "list corruption: adding %px: prev->next is %px, should be %px (prev %px)\n",
		 entry, prev->next, next, prev))
		return false;
	return !WARN(entry == prev || entry == next, "list corruption: %px is added twice\n",
		     entry);
}

bool list_del_valid(const struct list_head *entry)
{
	const struct list_head *prev = entry->prev, *next = entry->next;

	if (WARN(next == LIST_POISON1 || prev == LIST_POISON2,
		 "list corruption: %px is removed twice\n", entry))
		return false;
	if (WARN(prev->next != entry,
		 "list corruption: removing %px: prev->next is %px (prev %px)\n", entry, prev->next,
		 prev))
		return false;
	return !WARN(next->prev != entry,
		     "list corruption: removing %px: next->prev is %px (next %px)\n", entry,
		     next->prev, next);
}
