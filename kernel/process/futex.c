// SPDX-License-Identifier: MIT
/* Futexes: keys, buckets, waiting and waking. See futex.h for the locking. */
#include <kernel/hrtimer.h>
#include <kernel/log.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <lib/err.h>
#include <lib/hash.h>
#include <lib/math64.h>
#include <mm/mapping.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/futex.h>
#include "futex.h"

static struct futex_bucket *buckets;
static unsigned int bucket_bits;

void futex_init(void)
{
	unsigned int nr = 256 * num_possible_cpus();

	while (1u << bucket_bits < nr)
		bucket_bits++;
	while (!(buckets = kvmalloc(sizeof(*buckets) << bucket_bits, GFP_KERNEL))) {
		if (!bucket_bits)
			panic("futex: no memory for a single bucket");
		bucket_bits--;
	}
	for (unsigned int i = 0; i < 1u << bucket_bits; i++) {
		atomic_set(&buckets[i].waiters, 0);
		spin_lock_init(&buckets[i].lock, LOCK_RANK_FUTEX);
		INIT_LIST_HEAD(&buckets[i].queue);
		INIT_LIST_HEAD(&buckets[i].pi_states);
	}
}

/* --- keys --- */

/* A mapping gets a number when the first futex in it is used: unlike its address it is never used again. */
static u64 mapping_number(struct mapping *mapping)
{
	static atomic64_t next = ATOMIC64_INIT(1);
	u64 number = READ_ONCE(mapping->futex_number), none = 0;

	if (number)
		return number;
	number = atomic64_inc_return(&next);
	return try_cmpxchg(&mapping->futex_number, &none, number) ? number : none;
}

static int shared_key(unsigned long address, bool write, struct futex_key *key)
{
	unsigned long page_start = address & PAGE_MASK, index;
	struct mapping *mapping;
	struct page *page;
	long got;

	got = get_user_pages(page_start, 1, true, &page);
	if (got == -EFAULT && !write)
		got = get_user_pages(page_start, 1, false, &page);
	if (got < 0)
		return got;
	if (page_test(page, PG_ANON)) {
		key->object = (unsigned long)current->space;
		key->place = address;
		put_page(page);
		return 0;
	}
	lock_page(page);
	mapping = page->mapping;
	index = page->index;
	if (mapping) {
		key->object = mapping_number(mapping);
		key->place = index << PAGE_SHIFT | (address & ~PAGE_MASK) | 1;
	}
	unlock_page(page);
	put_page(page);
	/* Without a mapping: truncated just now, or a page of the kernel's own, such as the vdso's. Nobody could be found by it. */
	return mapping ? 0 : -EFAULT;
}

int futex_get_key(u32 __user *uaddr, bool shared, bool write, struct futex_key *key)
{
	unsigned long address = (unsigned long)uaddr;

	if (address % sizeof(u32))
		return -EINVAL;
	if (!access_ok(uaddr, sizeof(u32)))
		return -EFAULT;
	if (shared)
		return shared_key(address, write, key);
	key->object = (unsigned long)current->space;
	key->place = address;
	return 0;
}

struct futex_bucket *futex_bucket_of(const struct futex_key *key)
{
	return &buckets[hash_64(key->object ^ rol64(key->place, 29) * GOLDEN_RATIO_64,
				bucket_bits)];
}

/* --- queueing --- */

/* lint: context: returns with the bucket locked */
struct futex_bucket *futex_lock_waiter(const struct futex_key *key)
{
	struct futex_bucket *bucket = futex_bucket_of(key);

	atomic_inc(&bucket->waiters);
	smp_mb__after_atomic();
	spin_lock(&bucket->lock);
	return bucket;
}

/* lint: context: what futex_lock_waiter() took */
void futex_unlock_waiter(struct futex_bucket *bucket)
{
	spin_unlock(&bucket->lock);
	atomic_dec(&bucket->waiters);
}

/* lint: context: what futex_lock_waiter() took */
void futex_queue_unlock(struct futex_waiter *waiter, struct futex_bucket *bucket)
{
	waiter->thread = current;
	WRITE_ONCE(waiter->bucket, bucket);
	list_add_tail(&waiter->list, &bucket->queue);
	spin_unlock(&bucket->lock);
}

/* lint: context: futex_unlock_waiter() lets go of the lock */
bool futex_unqueue(struct futex_waiter *waiter)
{
	struct futex_bucket *bucket;

	/* A requeue may move it while we go for the lock. */
	while ((bucket = READ_ONCE(waiter->bucket))) {
		spin_lock(&bucket->lock);
		if (waiter->bucket == bucket) {
			list_del(&waiter->list);
			futex_unlock_waiter(bucket);
			return true;
		}
		spin_unlock(&bucket->lock);
	}
	/* The waker's last access to the entry was the store of NULL: we may leave. */
	smp_rmb();
	return false;
}

struct thread *futex_take_off(struct futex_waiter *waiter)
{
	struct thread *t = get_thread(waiter->thread);

	list_del(&waiter->list);
	atomic_dec(&waiter->bucket->waiters);
	smp_store_release(&waiter->bucket, NULL);
	return t;
}

/* Threads to wake once no bucket is locked. */
struct wake_list {
	struct thread *threads[16];
	unsigned int nr;
};

static void wake_list_flush(struct wake_list *list)
{
	for (unsigned int i = 0; i < list->nr; i++) {
		wake_up_state(list->threads[i], THREAD_INTERRUPTIBLE | THREAD_UNINTERRUPTIBLE);
		put_thread(list->threads[i]);
	}
	list->nr = 0;
}

static void wake_list_add(struct wake_list *list, struct futex_waiter *waiter)
{
	/* Full: wake under the lock rather than forget anybody. */
	if (list->nr == ARRAY_SIZE(list->threads))
		wake_list_flush(list);
	list->threads[list->nr++] = futex_take_off(waiter);
}

static int wake_matching(struct futex_bucket *bucket, const struct futex_key *key, int nr,
			 u32 bitset, struct wake_list *list)
{
	struct futex_waiter *waiter, *next;
	int woken = 0;

	list_for_each_entry_safe(waiter, next, &bucket->queue, list) {
		if (woken >= nr)
			break;
		if (!futex_key_equal(&waiter->key, key))
			continue;
		if (waiter->requeue)
			return -EINVAL;
		if (!(waiter->bitset & bitset))
			continue;
		wake_list_add(list, waiter);
		woken++;
	}
	return woken;
}

int futex_wake(u32 __user *uaddr, unsigned int flags, int nr, u32 bitset)
{
	struct wake_list list = { .nr = 0 };
	struct futex_bucket *bucket;
	struct futex_key key;
	int result;

	if (!bitset)
		return -EINVAL;
	result = futex_get_key(uaddr, flags & FUTEX_FLAG_SHARED, false, &key);
	if (result)
		return result;
	bucket = futex_bucket_of(&key);
	smp_mb();
	if (!atomic_read(&bucket->waiters))
		return 0;
	spin_lock(&bucket->lock);
	result = wake_matching(bucket, &key, max(nr, 1), bitset, &list);
	spin_unlock(&bucket->lock);
	wake_list_flush(&list);
	return result;
}

int futex_wake_user(u32 __user *uaddr, int nr)
{
	return futex_wake(uaddr, FUTEX_FLAG_SHARED, nr, FUTEX_BITSET_MATCH_ANY);
}

/* --- waiting --- */

int futex_read_word(u32 *value, u32 __user *uaddr)
{
	int err;

	pagefault_disable();
	err = get_user(*value, uaddr);
	pagefault_enable();
	return err;
}

int futex_wait_setup(u32 __user *uaddr, u32 value, bool shared, struct futex_key *key,
		     struct futex_bucket **bucket)
{
	u32 found;
	int err = futex_get_key(uaddr, shared, false, key);

	if (err)
		return err;
	*bucket = futex_lock_waiter(key);
	err = futex_read_word(&found, uaddr);
	if (!err && found == value)
		return 0;
	futex_unlock_waiter(*bucket);
	if (!err)
		return -EWOULDBLOCK;
	return get_user(found, uaddr) ? -EFAULT : -ERESTART;
}

int futex_sleep(const u64 *expires_ns, unsigned int flags)
{
	clockid_t clock = flags & FUTEX_FLAG_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;

	if (!expires_ns) {
		schedule();
		return -EINTR;
	}
	return schedule_hrtimeout_range(*expires_ns, current->timer_slack_ns, HRTIMER_MODE_ABS,
					clock);
}

static int wait_once(u32 __user *uaddr, unsigned int flags, u32 value, const u64 *expires_ns,
		     u32 bitset)
{
	struct futex_waiter waiter = { .bitset = bitset };
	struct futex_bucket *bucket;
	int err;

	do {
		err = futex_wait_setup(uaddr, value, flags & FUTEX_FLAG_SHARED, &waiter.key,
				       &bucket);
	} while (err == -ERESTART);
	if (err)
		return err;
	set_current_state(THREAD_INTERRUPTIBLE);
	futex_queue_unlock(&waiter, bucket);
	/* A waker that came in between has set the state back: then this returns at once. */
	err = signal_pending(current) ? -EINTR : futex_sleep(expires_ns, flags);
	__set_current_state(THREAD_RUNNING);
	if (!futex_unqueue(&waiter))
		return 0;
	if (!err)
		return -ETIMEDOUT;
	return signal_pending(current) ? -ERESTARTSYS : -ERESTART;
}

static long restart_futex_wait(struct restart_block *block)
{
	return futex_wait(block->futex.uaddr, block->futex.flags, block->futex.value,
			  &block->futex.time_ns, block->futex.bitset);
}

int futex_wait(u32 __user *uaddr, unsigned int flags, u32 value, const u64 *expires_ns, u32 bitset)
{
	struct restart_block *block = &current->restart;
	int err;

	if (!bitset)
		return -EINVAL;
	do {
		err = wait_once(uaddr, flags, value, expires_ns, bitset);
	} while (err == -ERESTART); /* woken by nobody we know */
	if (err != -ERESTARTSYS || !expires_ns)
		return err;
	block->futex.uaddr = uaddr;
	block->futex.flags = flags;
	block->futex.value = value;
	block->futex.bitset = bitset;
	block->futex.time_ns = *expires_ns;
	return set_restart_fn(restart_futex_wait);
}

/* --- two futexes --- */

/* lint: context: one lock where both are the same */
void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	if (a > b)
		swap(a, b);
	spin_lock(&a->lock);
	if (a != b)
		spin_lock_nested(&b->lock);
}

/* lint: context: what futex_lock_two() took */
void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	spin_unlock(&a->lock);
	if (a != b)
		spin_unlock(&b->lock);
}

/* Moves a waiter; both buckets locked. */
static void move_waiter(struct futex_waiter *waiter, struct futex_bucket *from,
			struct futex_bucket *to, const struct futex_key *key)
{
	if (from != to) {
		list_move_tail(&waiter->list, &to->queue);
		atomic_dec(&from->waiters);
		atomic_inc(&to->waiters);
		WRITE_ONCE(waiter->bucket, to);
	}
	waiter->key = *key;
}

int futex_requeue(u32 __user *uaddr, unsigned int flags, u32 __user *uaddr2, int nr_wake,
		  int nr_requeue, const u32 *compare)
{
	bool shared = flags & FUTEX_FLAG_SHARED;
	struct wake_list list = { .nr = 0 };
	struct futex_waiter *waiter, *next;
	struct futex_bucket *from, *to;
	struct futex_key key, key2;
	int err, done = 0;
	u32 found;

	if (nr_wake < 0 || nr_requeue < 0)
		return -EINVAL;
again:
	err = futex_get_key(uaddr, shared, false, &key);
	if (!err)
		err = futex_get_key(uaddr2, shared, false, &key2);
	if (err)
		return err;
	from = futex_bucket_of(&key);
	to = futex_bucket_of(&key2);
	/* Counted as a waiter of the target while anything moves there: its waker must not pass it by. */
	atomic_inc(&to->waiters);
	futex_lock_two(from, to);
	if (compare) {
		err = futex_read_word(&found, uaddr);
		if (err || found != *compare) {
			futex_unlock_two(from, to);
			atomic_dec(&to->waiters);
			if (!err)
				return -EAGAIN;
			if (get_user(found, uaddr))
				return -EFAULT;
			goto again;
		}
	}
	list_for_each_entry_safe(waiter, next, &from->queue, list) {
		if (done - nr_wake >= nr_requeue)
			break;
		if (!futex_key_equal(&waiter->key, &key))
			continue;
		if (waiter->requeue) {
			done = -EINVAL;
			break;
		}
		if (++done <= nr_wake)
			wake_list_add(&list, waiter);
		else
			move_waiter(waiter, from, to, &key2);
	}
	futex_unlock_two(from, to);
	atomic_dec(&to->waiters);
	wake_list_flush(&list);
	return done;
}

static int op_argument(u32 field)
{
	return (int)(field << 20) >> 20; /* 12 bits with sign */
}

static int apply_op(u32 op, u32 arg, u32 old, u32 *new)
{
	switch (op >> 28 & 7) {
	case FUTEX_OP_SET: *new = arg; return 0;
	case FUTEX_OP_ADD: *new = old + arg; return 0;
	case FUTEX_OP_OR: *new = old | arg; return 0;
	case FUTEX_OP_ANDN: *new = old & ~arg; return 0;
	case FUTEX_OP_XOR: *new = old ^ arg; return 0;
	}
	return -ENOSYS;
}

static int compare_op(u32 op, int old)
{
	int arg = op_argument(op);

	switch (op >> 24 & 15) {
	case FUTEX_OP_CMP_EQ: return old == arg;
	case FUTEX_OP_CMP_NE: return old != arg;
	case FUTEX_OP_CMP_LT: return old < arg;
	case FUTEX_OP_CMP_LE: return old <= arg;
	case FUTEX_OP_CMP_GT: return old > arg;
	case FUTEX_OP_CMP_GE: return old >= arg;
	}
	return -ENOSYS;
}

/* Buckets locked. Changes the word; 1 or 0 as the old value compares; -EFAULT: to be brought in. */
static int modify_word(u32 op, u32 __user *uaddr)
{
	u32 arg = op_argument(op >> 12), old, found, new;
	int err;

	if (op >> 28 & FUTEX_OP_OPARG_SHIFT)
		arg = 1u << (arg & 31);
	pagefault_disable();
	err = get_user(old, uaddr);
	while (!err) {
		err = apply_op(op, arg, old, &new);
		if (err)
			break;
		err = futex_cmpxchg_user(&found, uaddr, old, new);
		if (err || found == old)
			break;
		old = found;
	}
	pagefault_enable();
	return err ?: compare_op(op, old);
}

int futex_wake_op(u32 __user *uaddr, unsigned int flags, u32 __user *uaddr2, int nr, int nr2,
		  u32 op)
{
	bool shared = flags & FUTEX_FLAG_SHARED;
	struct wake_list list = { .nr = 0 };
	struct futex_bucket *bucket, *bucket2;
	struct futex_key key, key2;
	int result, matches;
	u32 word;

again:
	result = futex_get_key(uaddr, shared, false, &key);
	if (!result)
		result = futex_get_key(uaddr2, shared, true, &key2);
	if (result)
		return result;
	bucket = futex_bucket_of(&key);
	bucket2 = futex_bucket_of(&key2);
	futex_lock_two(bucket, bucket2);
	matches = modify_word(op, uaddr2);
	if (matches < 0) {
		futex_unlock_two(bucket, bucket2);
		if (matches != -EFAULT)
			return matches;
		/* Brings the page in for writing, without changing it. */
		if (get_user(word, uaddr2) || futex_cmpxchg_user(&word, uaddr2, word, word))
			return -EFAULT;
		cond_resched();
		goto again;
	}
	result = wake_matching(bucket, &key, max(nr, 1), FUTEX_BITSET_MATCH_ANY, &list);
	if (matches)
		result += wake_matching(bucket2, &key2, max(nr2, 1), FUTEX_BITSET_MATCH_ANY, &list);
	futex_unlock_two(bucket, bucket2);
	wake_list_flush(&list);
	return result;
}
