// SPDX-License-Identifier: MIT
/*
 * Call chains of allocations and frees. The same few thousand come again and again, so each is kept
 * once, in a table that only grows: readers and writers need no lock, a new one is put in front of
 * its bucket by compare-and-exchange.
 *
 * All memory is taken at boot; when it is used up, later chains are not kept, and reports say so.
 */
#include "kasan.h"

#include <kernel/atomic.h>
#include <kernel/backtrace.h>
#include <lib/kernel.h>
#include <mm/page.h>
#include <mm/stat.h>
#include <mm/zone.h>

#define DEPTH   16
#define BUCKETS 8192

static struct kept_stack *buckets[BUCKETS];
static char *pool;
static unsigned long pool_size, pool_used; /* used: atomic */

static u32 hash_of(const unsigned long *calls, u32 nr)
{
	u64 hash = nr;

	for (u32 i = 0; i < nr; i++)
		hash = (hash ^ calls[i]) * 0x9e3779b97f4a7c15ull;
	return hash >> 32;
}

static bool is_same(const struct kept_stack *stack, const unsigned long *calls, u32 nr, u32 hash)
{
	if (stack->hash != hash || stack->nr != nr)
		return false;
	for (u32 i = 0; i < nr; i++)
		if (stack->calls[i] != calls[i])
			return false;
	return true;
}

static struct kept_stack *find(struct kept_stack *stack, const unsigned long *calls, u32 nr,
			       u32 hash)
{
	for (; stack; stack = stack->next)
		if (is_same(stack, calls, nr, hash))
			return stack;
	return NULL;
}

/* What does not fit takes nothing: what was added and taken off again would hide what others add meanwhile. */
static void *pool_take(size_t bytes)
{
	unsigned long at = READ_ONCE(pool_used);

	do {
		if (bytes > pool_size - at)
			return NULL;
	} while (!try_cmpxchg(&pool_used, &at, at + bytes));
	return pool + at;
}

static struct kept_stack *new_stack(const unsigned long *calls, u32 nr, u32 hash)
{
	size_t bytes = sizeof(struct kept_stack) + nr * sizeof(calls[0]);
	struct kept_stack *stack = pool_take(bytes);

	if (!stack)
		return NULL;
	stack->hash = hash;
	stack->nr = nr;
	for (u32 i = 0; i < nr; i++)
		stack->calls[i] = calls[i];
	return stack;
}

const struct kept_stack *stack_keep(void)
{
	unsigned long calls[DEPTH];
	struct kept_stack *found, *first, *new = NULL;
	u32 nr, hash;

	if (!pool)
		return NULL;
	nr = backtrace_save_calls(calls, DEPTH);
	hash = hash_of(calls, nr);
	first = __atomic_load_n(&buckets[hash % BUCKETS], __ATOMIC_ACQUIRE);
	do {
		found = find(first, calls, nr, hash);
		if (found)
			return found; /* if another CPU was quicker, ours is lost: a few bytes */
		if (!new)
			new = new_stack(calls, nr, hash);
		if (!new)
			return NULL;
		new->next = first;
	} while (!__atomic_compare_exchange_n(&buckets[hash % BUCKETS], &first, new, false,
					      __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
	return new;
}

void stacks_init(void)
{
	pool_size = clamp_t(unsigned long, (total_ram_pages() << PAGE_SHIFT) / 128, 256 << 10,
			    PAGE_SIZE << MAX_ORDER);
	pool = (char *)__get_free_pages(GFP_KERNEL | __GFP_NOWARN, get_order(pool_size));
}
