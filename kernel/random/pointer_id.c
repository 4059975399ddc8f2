/* SPDX-License-Identifier: MIT */
/*
 * What %p prints: a number that is the same for the same pointer until the next boot, and tells nothing of where it points. 0 until the generator
 * is ready; code that must show an address says %px.
 */
#include <kernel/random.h>
#include <kernel/spinlock.h>
#include <lib/hash.h>
#include <lib/printf.h>

static siphash_key_t key;
static bool have_key;

/* Two that come at once write the same key only if one of them waits; a log line may come from anywhere, so neither does. */
static bool make_key(void)
{
	static bool busy;
	bool free = false;

	if (smp_load_acquire(&have_key))
		return true;
	if (!random_is_ready() || !try_cmpxchg(&busy, &free, true))
		return false;
	get_random_bytes(&key, sizeof(key));
	smp_store_release(&have_key, true);
	return true;
}

unsigned long printf_pointer_id(const void *ptr)
{
	return ptr && make_key() ? (u32)siphash_1u64((unsigned long)ptr, &key) : 0;
}
