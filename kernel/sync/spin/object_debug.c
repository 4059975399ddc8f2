/* SPDX-License-Identifier: MIT */
/*
 * Armed objects by address: kernel/object_debug.h.
 *
 * A table of buckets, each for some granules of memory (256 bytes), each under a raw word of its
 * own. What does not fit its bucket is not watched, and counted: a check that is now and then blind
 * is better than one that allocates while a timer is armed.
 */
#include <kernel/bug.h>
#include <kernel/log.h>
#include <kernel/object_debug.h>
#include <kernel/spinlock.h>
#include <lib/hash.h>
#include <lib/kernel.h>

#define BUCKET_BITS   9
#define GRANULE_SHIFT 8
#define IN_BUCKET     10

struct armed {
	const void *object; /* NULL: free slot */
	const void *function;
	enum object_kind kind;
};

struct bucket {
	spinlock_t lock; /* word alone */
	struct armed armed[IN_BUCKET];
};

static struct bucket buckets[1 << BUCKET_BITS];
static unsigned long nr_unwatched; /* atomic: armings for which there was no room */
static const char *const kind_names[] = {[OBJECT_TIMER] = "timer", [OBJECT_WORK] = "work item"};

/* lint: context: the bucket is returned locked */
static struct bucket *lock_bucket(const void *object, unsigned long *flags)
{
	struct bucket *b = &buckets[hash_64((unsigned long)object >> GRANULE_SHIFT, BUCKET_BITS)];

	local_irq_save(*flags);
	raw_spin_lock(&b->lock);
	return b;
}

/* lint: context: what lock_bucket() took */
static void unlock_bucket(struct bucket *b, unsigned long flags)
{
	raw_spin_unlock(&b->lock);
	local_irq_restore(flags);
}

static struct armed *find(struct bucket *b, const void *object)
{
	for (unsigned int i = 0; i < IN_BUCKET; i++)
		if (b->armed[i].object == object)
			return &b->armed[i];
	return NULL;
}

void object_armed(const void *object, enum object_kind kind, const void *function)
{
	unsigned long flags;
	struct bucket *b = lock_bucket(object, &flags);
	struct armed *slot = find(b, object) ?: find(b, NULL);

	if (slot)
		*slot = (struct armed){ .object = object, .kind = kind, .function = function };
	else
		__atomic_fetch_add(&nr_unwatched, 1, __ATOMIC_RELAXED);
	unlock_bucket(b, flags);
}

void object_disarmed(const void *object)
{
	unsigned long flags;
	struct bucket *b = lock_bucket(object, &flags);
	struct armed *slot = find(b, object);

	if (slot)
		slot->object = NULL;
	unlock_bucket(b, flags);
}

static bool find_between(const void *start, size_t size, struct armed *found)
{
	unsigned long flags;
	struct bucket *b = lock_bucket(start, &flags);
	bool any = false;

	for (unsigned int i = 0; i < IN_BUCKET && !any; i++) {
		any = b->armed[i].object &&
		      (unsigned long)b->armed[i].object - (unsigned long)start < size;
		if (any)
			*found = b->armed[i];
	}
	unlock_bucket(b, flags);
	return any;
}

static void report(const struct armed *armed, const char *what)
{
	WARN(true,
	     "object debug: %s %px with function %pS is %s while armed (%lu armings were not watched)\n",
	     kind_names[armed->kind], armed->object, armed->function, what,
	     READ_ONCE(nr_unwatched));
}

bool object_initialised(const void *object)
{
	struct armed found;

	if (!find_between(object, 1, &found))
		return false;
	report(&found, "initialised");
	return true;
}

bool objects_freed(const void *start, size_t size)
{
	unsigned long at = (unsigned long)start, end = at + size;

	while (at < end) {
		unsigned long next =
			min(ALIGN_DOWN(at, 1ul << GRANULE_SHIFT) + (1ul << GRANULE_SHIFT), end);
		struct armed found;

		if (find_between((void *)at, next - at, &found)) {
			report(&found, "freed");
			return true;
		}
		at = next;
	}
	return false;
}
