// SPDX-License-Identifier: MIT
/*
 * Credentials and users.
 *
 * A thread's credentials are a pointer to a structure that is never changed while others can see it. A change copies (prepare_creds), edits
 * the copy, and publishes it (commit_creds); readers of another thread's see the old or the new ones, whole.
 *
 * user_lock (LOCK_RANK_USERS): the table of users. A user whose last reference goes leaves it under the lock.
 */
#include <kernel/cred.h>
#include <kernel/process.h>
#include <lib/errno.h>
#include <lib/xarray.h>
#include <mm/slab.h>
#include <uapi/capability.h>

#define CAP_FULL	((1ull << (CAP_LAST_CAP + 1)) - 1)

static struct user_struct root_user = {
	.refs = REFCOUNT_INIT(1),
	.nr_processes = ATOMIC_INIT(1),
};

static struct group_info init_groups = { .refs = REFCOUNT_INIT(1) };

struct credentials init_cred = {
	.refs = REFCOUNT_INIT(1),
	.cap_permitted = CAP_FULL,
	.cap_effective = CAP_FULL,
	.cap_bounding = CAP_FULL,
	.user = &root_user,
	.groups = &init_groups,
};

static DEFINE_SPINLOCK(user_lock, LOCK_RANK_USERS);
static DEFINE_XARRAY(users);
static struct kmem_cache *cred_cache;

void cred_init(void)
{
	cred_cache = KMEM_CACHE(credentials, SLAB_HWCACHE_ALIGN | SLAB_PANIC);
	xa_store(&users, 0, &root_user, GFP_KERNEL);
}

static struct user_struct *user_get_existing(u32 uid)
{
	struct user_struct *user = xa_load(&users, uid);

	return user && refcount_inc_not_zero(&user->refs) ? user : NULL;
}

struct user_struct *find_user(u32 uid)
{
	struct user_struct *new, *user;
	unsigned long flags;

	spin_lock_irqsave(&user_lock, flags);
	user = user_get_existing(uid);
	spin_unlock_irqrestore(&user_lock, flags);
	if (user)
		return user;
	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return NULL;
	refcount_set(&new->refs, 1);
	new->uid = uid;
	spin_lock_irqsave(&user_lock, flags);
	user = user_get_existing(uid);
	/* A dying one may still stand in the table: it finds itself replaced. */
	if (!user && !xa_is_err(xa_store(&users, uid, new, GFP_ATOMIC))) {
		user = new;
		new = NULL;
	}
	spin_unlock_irqrestore(&user_lock, flags);
	kfree(new);
	return user;
}

void put_user_struct(struct user_struct *user)
{
	unsigned long flags;

	if (!refcount_dec_and_test(&user->refs))
		return;
	spin_lock_irqsave(&user_lock, flags);
	xa_cmpxchg(&users, user->uid, user, NULL, GFP_ATOMIC);
	spin_unlock_irqrestore(&user_lock, flags);
	kfree_rcu(user, rcu);
}

static void put_group_info(struct group_info *groups)
{
	if (refcount_dec_and_test(&groups->refs))
		kvfree(groups);
}

static void cred_free_rcu(struct rcu_head *head)
{
	struct credentials *cred = container_of(head, struct credentials, rcu);

	put_group_info(cred->groups);
	put_user_struct(cred->user);
	kmem_cache_free(cred_cache, cred);
}

void put_cred(const struct credentials *c)
{
	struct credentials *cred = (struct credentials *)c;

	if (cred && refcount_dec_and_test(&cred->refs))
		call_rcu(&cred->rcu, cred_free_rcu);
}

#define SPARE_CREDS 16 /* taken at once; twice as many are kept */

void put_spare_creds(struct thread *t)
{
	struct credentials *cred = (struct credentials *)t->spare_cred;

	t->spare_cred = NULL;
	if (cred && t->nr_spare_creds && refcount_sub_and_test(t->nr_spare_creds, &cred->refs))
		call_rcu(&cred->rcu, cred_free_rcu);
	t->nr_spare_creds = 0;
}

const struct credentials *get_cred_of_hand(const struct credentials *cred)
{
	struct thread *t = current;

	/* Kernel threads own no reference of their credentials; another's are rare. */
	if (unlikely(!t->process || cred != t->cred))
		return get_cred(cred);
	if (unlikely(cred != t->spare_cred || !t->nr_spare_creds)) {
		put_spare_creds(t);
		refcount_add(SPARE_CREDS, &((struct credentials *)cred)->refs);
		t->spare_cred = cred;
		t->nr_spare_creds = SPARE_CREDS;
	}
	t->nr_spare_creds--;
	return cred;
}

void put_cred_to_hand(const struct credentials *cred)
{
	struct thread *t = current;

	if (likely(cred == t->spare_cred && t->nr_spare_creds < 2 * SPARE_CREDS))
		t->nr_spare_creds++;
	else
		put_cred(cred);
}

const struct credentials *get_thread_cred(struct thread *t)
{
	const struct credentials *cred;

	rcu_read_lock();
	do {
		cred = rcu_dereference(t->cred);
	} while (!refcount_inc_not_zero(&((struct credentials *)cred)->refs));
	rcu_read_unlock();
	return cred;
}

struct credentials *prepare_creds(void)
{
	struct credentials *new = kmem_cache_alloc(cred_cache, GFP_KERNEL);

	if (!new)
		return NULL;
	*new = *current->cred;
	refcount_set(&new->refs, 1);
	get_user_struct(new->user);
	refcount_inc(&new->groups->refs);
	return new;
}

void abort_creds(struct credentials *new)
{
	put_cred(new);
}

static bool caps_within(u64 part, u64 whole)
{
	return !(part & ~whole);
}

/* A program that gives rights up, or changes who it is, may hold secrets of its former self: nobody may look into it. */
static bool creds_change_identity(const struct credentials *old, const struct credentials *new)
{
	return old->euid != new->euid || old->egid != new->egid || old->fsuid != new->fsuid ||
	       old->fsgid != new->fsgid || !caps_within(new->cap_permitted, old->cap_permitted);
}

int commit_creds(struct credentials *new)
{
	struct thread *t = current;
	const struct credentials *old = t->cred;

	if (creds_change_identity(old, new)) {
		if (t->process)
			WRITE_ONCE(t->process->dumpable, DUMPABLE_NO);
		t->pdeath_signal = 0;
		smp_wmb();
	}
	if (new->user != old->user)
		atomic_inc(&new->user->nr_processes);
	rcu_assign_pointer(t->cred, new);
	if (new->user != old->user)
		atomic_dec(&old->user->nr_processes);
	put_spare_creds(t);
	put_cred(old);
	return 0;
}

const struct credentials *override_creds(const struct credentials *new)
{
	const struct credentials *old = current->cred;

	get_cred(new);
	rcu_assign_pointer(current->cred, new);
	return old;
}

void revert_creds(const struct credentials *old)
{
	const struct credentials *override = current->cred;

	rcu_assign_pointer(current->cred, old);
	put_cred(override);
}

bool cred_has_cap(const struct credentials *cred, int cap)
{
	return cred->cap_effective >> cap & 1;
}

bool capable(int cap)
{
	return cred_has_cap(current->cred, cap);
}

bool cred_in_group(const struct credentials *cred, u32 gid)
{
	const struct group_info *groups = cred->groups;
	unsigned int low = 0, high = groups->count;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (groups->gid[mid] == gid)
			return true;
		if (groups->gid[mid] < gid)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

bool in_group(u32 gid)
{
	return gid == current->cred->fsgid || cred_in_group(current->cred, gid);
}

bool in_egroup(u32 gid)
{
	return gid == current->cred->egid || cred_in_group(current->cred, gid);
}
