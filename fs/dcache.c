/* SPDX-License-Identifier: MIT */
/*
 * The cache of names: struct dentry.
 *
 * A dentry is found by (parent, name) in a hash table that readers walk under RCU. dentry.lock guards a dentry's fields; its sequence
 * counter tells lock-free readers that name, parent and inode belong together. A dentry holds a reference on its parent, so that the
 * path to the root is always there. Count 0 means unused: such a dentry stays hashed and on the LRU list until memory is short. Count -128:
 * dead, about to be freed after a grace period.
 *
 * The count and the lock are one word. dget() and dput() change it by compare-and-exchange as long as nobody holds the lock.
 *
 * Locks: rename_lock, dentry.lock (parent, then child), inode.lock, bucket lock, LRU lock.
 */
#include <fs/vfs.h>
#include <kernel/cpumask.h>
#include <kernel/log.h>
#include <kernel/random.h>
#include <kernel/wait.h>
#include <lib/hash.h>
#include <lib/rculist.h>
#include <lib/string.h>
#include <mm/slab.h>

#include "internal.h"
#include "name_hash.h"

#define DENTRY_DEAD	(-128)
#define NR_BUCKET_LOCKS	256u

/* A name too long for the dentry. Shared by dentries after a rename. */
struct long_name {
	refcount_t refs;
	struct rcu_head rcu;
	char name[] __aligned(8);
};

static struct kmem_cache *dentry_cache;
static struct hlist_head *buckets; /* I: the array; bucket lock: chains */
static unsigned int bucket_bits;
static spinlock_t bucket_locks[NR_BUCKET_LOCKS];
static u64 name_key;
DEFINE_SEQLOCK(rename_lock, LOCK_RANK_RENAME);
static DEFINE_PER_CPU(long, nr_dentries);

unsigned long dentry_count(void)
{
	unsigned int cpu;
	long sum = 0;

	for_each_possible_cpu(cpu)
		sum += per_cpu(nr_dentries, cpu);
	return sum;
}

/* --- names --- */

u64 name_hash_len(const char *name)
{
	u64 h = name_key;
	const char *p = name;

	for (;;) {
		u64 w = load_word(p);
		u64 end = word_zeroes(w) | word_zeroes(w ^ WORD_SLASHES);

		if (end) {
			unsigned int n = __builtin_ctzll(end) >> 3;

			h = hash_mix(h, w & word_mask(n));
			return NAME_HASH_LEN((u32)(h ^ (h >> 29)), p + n - name);
		}
		h = hash_mix(h, w);
		p += 8;
	}
}

struct qstr qstr_of(const char *name, size_t len)
{
	u64 h = name_key, w;
	size_t left = len;
	const char *p = name;

	for (; left >= 8; left -= 8, p += 8) {
		memcpy(&w, p, 8);
		h = hash_mix(h, w);
	}
	w = 0;
	memcpy(&w, p, left);
	h = hash_mix(h, w);
	return (struct qstr){ .hash_len = NAME_HASH_LEN((u32)(h ^ (h >> 29)), len), .name = name };
}

static inline unsigned int bucket_of(const struct dentry *parent, u32 hash)
{
	return hash_64(hash + (unsigned long)parent, bucket_bits);
}

static inline struct long_name *long_name_of(struct dentry *dentry)
{
	return dentry->name.name == dentry->inline_name
		       ? NULL
		       : container_of(dentry->name.name, struct long_name, name[0]);
}

static void long_name_put(struct long_name *ln)
{
	if (ln && refcount_dec_and_test(&ln->refs))
		kfree_rcu(ln, rcu);
}

/* --- references --- */

/* Adds to the count in one step if the lock is free and the count is at least min. */
static inline bool count_add_unlocked(struct dentry *dentry, int delta, int min, int *left)
{
#ifndef CONFIG_DEBUG_LOCKS
	u64 old = READ_ONCE(dentry->lock_count);

	for (int tries = 0; tries < 64; tries++) {
		int count = (int)(old >> 32);

		if ((u32)old || count < min)
			return false;
		*left = count + delta;
		if (likely(try_cmpxchg(&dentry->lock_count, &old, (u64)(u32)*left << 32)))
			return true;
	}
#endif
	return false;
}

struct dentry *dget(struct dentry *dentry)
{
	int left;

	if (dentry && !count_add_unlocked(dentry, 1, 0, &left)) {
		spin_lock(&dentry->lock);
		dentry->count++;
		spin_unlock(&dentry->lock);
	}
	return dentry;
}

bool d_get_unless_dead(struct dentry *dentry)
{
	int left;
	bool alive;

	if (count_add_unlocked(dentry, 1, 0, &left))
		return true;
	spin_lock(&dentry->lock);
	alive = dentry->count >= 0;
	if (alive)
		dentry->count++;
	spin_unlock(&dentry->lock);
	return alive;
}

static void dentry_free_rcu(struct rcu_head *head)
{
	struct dentry *dentry = container_of(head, struct dentry, rcu);

	/* after the grace period nobody can look at the name either */
	struct long_name *ln = long_name_of(dentry);

	if (ln && refcount_dec_and_test(&ln->refs))
		kfree(ln);
	kmem_cache_free(dentry_cache, dentry);
}

static void set_inode_seq(struct dentry *dentry, struct inode *inode, unsigned int type)
{
	write_seqcount_begin(&dentry->seq);
	WRITE_ONCE(dentry->inode, inode);
	WRITE_ONCE(dentry->flags, (dentry->flags & ~DENTRY_TYPE) | type);
	write_seqcount_end(&dentry->seq);
}

static void alias_del(struct dentry *dentry, struct inode *inode)
{
	spin_lock(&inode->lock);
	hlist_del_init(&dentry->alias);
	spin_unlock(&inode->lock);
}

/* Should an unused dentry stay? Lock held. */
static bool retain(struct dentry *dentry)
{
	if (d_unhashed(dentry) || (dentry->flags & (DENTRY_DONTCACHE | DENTRY_SHRINKING)))
		return false;
	if ((dentry->flags & DENTRY_OP_DELETE) && dentry->ops->delete (dentry))
		return false;
	if (!(dentry->flags & DENTRY_LRU))
		d_lru_add(dentry);
	else if (!(dentry->flags & DENTRY_REFERENCED))
		dentry->flags |= DENTRY_REFERENCED;
	return true;
}

/* Takes the parent's lock while the child's is held, letting go of the child's if it must. NULL: it is a root. */
/* lint: context: returns NULL, or the parent locked */
static struct dentry *lock_parent(struct dentry *dentry)
{
	struct dentry *parent = dentry->parent;

	if (parent == dentry)
		return NULL;
	if (spin_trylock(&parent->lock))
		return parent;
	rcu_read_lock();
	spin_unlock(&dentry->lock);
	for (;;) {
		parent = READ_ONCE(dentry->parent);
		spin_lock(&parent->lock);
		if (likely(parent == dentry->parent))
			break;
		spin_unlock(&parent->lock);
	}
	if (parent != dentry)
		spin_lock_nested(&dentry->lock);
	else
		parent = NULL;
	rcu_read_unlock();
	return parent;
}

/* Lock held, count 0. Frees the dentry unless somebody took it meanwhile; returns the parent, whose reference is now the caller's. */
/* lint: context: the parent is locked if there is one; lets go of both */
static struct dentry *dentry_kill(struct dentry *dentry)
{
	struct dentry *parent = lock_parent(dentry);
	struct inode *inode;

	if (dentry->count || retain(dentry)) {
		if (parent)
			spin_unlock(&parent->lock);
		spin_unlock(&dentry->lock);
		return NULL;
	}
	dentry->count = DENTRY_DEAD;
	if (dentry->flags & DENTRY_LRU)
		d_lru_del(dentry);
	dentry_unhash_locked(dentry);
	dentry->flags |= DENTRY_KILLED;
	if (parent)
		__list_del_entry(&dentry->child); /* next stays, for d_walk */
	inode = dentry->inode;
	if (inode) {
		set_inode_seq(dentry, NULL, DENTRY_NEGATIVE);
		alias_del(dentry, inode);
	}
	spin_unlock(&dentry->lock);
	if (parent)
		spin_unlock(&parent->lock);
	if (inode)
		iput(inode);
	if (dentry->ops && dentry->ops->release)
		dentry->ops->release(dentry);
	this_cpu_dec(nr_dentries);
	call_rcu(&dentry->rcu, dentry_free_rcu);
	return parent;
}

/* Drops a reference. True: nothing left to do. False: the count is 0 and the lock is held. RCU. */
/* lint: context: false: the reference was the last one, and the lock is held */
static bool put_unlocked(struct dentry *dentry)
{
	const unsigned int care = DENTRY_LRU | DENTRY_REFERENCED | DENTRY_OP_DELETE |
				  DENTRY_DONTCACHE | DENTRY_SHRINKING;
	int left;

	if (likely(count_add_unlocked(dentry, -1, 1, &left))) {
		if (left)
			return true;
		/* nothing would change: it is hashed and marked already */
		if ((READ_ONCE(dentry->flags) & care) == (DENTRY_LRU | DENTRY_REFERENCED) &&
		    !d_unhashed(dentry))
			return true;
		spin_lock(&dentry->lock);
	} else {
		spin_lock(&dentry->lock);
		dentry->count--;
	}
	if (dentry->count) {
		spin_unlock(&dentry->lock);
		return true;
	}
	return false;
}

/* lint: context: holds the lock after put_unlocked() has returned false */
void dput(struct dentry *dentry)
{
	while (dentry) {
		rcu_read_lock();
		if (likely(put_unlocked(dentry))) {
			rcu_read_unlock();
			return;
		}
		rcu_read_unlock();
		if (retain(dentry)) {
			spin_unlock(&dentry->lock);
			return;
		}
		dentry = dentry_kill(dentry);
	}
}

/* lint: context: dentry_kill() lets go of the lock */
void dput_and_kill(struct dentry *dentry)
{
	spin_lock(&dentry->lock);
	dentry->flags |= DENTRY_SHRINKING;
	if (--dentry->count) {
		/* back in use: it lives on as before */
		dentry->flags &= ~DENTRY_SHRINKING;
		spin_unlock(&dentry->lock);
		return;
	}
	dput(dentry_kill(dentry));
}

/* --- hash --- */

static void hash_insert(struct dentry *dentry)
{
	unsigned int b = bucket_of(dentry->parent, dentry->name.hash);
	spinlock_t *lock = &bucket_locks[b % NR_BUCKET_LOCKS];

	spin_lock(lock);
	hlist_add_head_rcu(&dentry->hash, &buckets[b]);
	spin_unlock(lock);
}

/* Lock held. */
void dentry_unhash_locked(struct dentry *dentry)
{
	unsigned int b;

	if (d_unhashed(dentry))
		return;
	b = bucket_of(dentry->parent, dentry->name.hash);
	spin_lock(&bucket_locks[b % NR_BUCKET_LOCKS]);
	hlist_del_init_rcu(&dentry->hash);
	spin_unlock(&bucket_locks[b % NR_BUCKET_LOCKS]);
	write_seqcount_invalidate(&dentry->seq);
}

void d_drop(struct dentry *dentry)
{
	spin_lock(&dentry->lock);
	dentry_unhash_locked(dentry);
	spin_unlock(&dentry->lock);
}

static struct dentry *lookup_rcu_compare(const struct dentry *parent, const struct qstr *name,
					 struct hlist_head *chain, unsigned int *seqp)
{
	struct dentry *dentry;

	hlist_for_each_entry_rcu(dentry, chain, hash) {
		unsigned int seq;
		const char *text;
		u32 len;

		if (dentry->name.hash != name->hash)
			continue;
		do {
			seq = read_seqcount_begin(&dentry->seq);
			text = READ_ONCE(dentry->name.name);
			len = READ_ONCE(dentry->name.len);
		} while (read_seqcount_retry(&dentry->seq, seq));
		if (READ_ONCE(dentry->parent) != parent || d_unhashed(dentry))
			continue;
		if (parent->ops->compare(dentry, len, text, name))
			continue;
		*seqp = seq;
		return dentry;
	}
	return NULL;
}

struct dentry *d_lookup_rcu(const struct dentry *parent, const struct qstr *name,
			    unsigned int *seqp)
{
	u64 hash_len = name->hash_len;
	struct hlist_head *chain = &buckets[bucket_of(parent, (u32)hash_len)];
	struct dentry *dentry;

	if (unlikely(parent->flags & DENTRY_OP_COMPARE))
		return lookup_rcu_compare(parent, name, chain, seqp);
	hlist_for_each_entry_rcu(dentry, chain, hash) {
		unsigned int seq;

		if (READ_ONCE(dentry->name.hash_len) != hash_len)
			continue;
		seq = raw_seqcount_begin(&dentry->seq);
		if (READ_ONCE(dentry->parent) != parent || d_unhashed(dentry))
			continue;
		if (READ_ONCE(dentry->name.hash_len) != hash_len)
			continue;
		if (!name_equal(READ_ONCE(dentry->name.name), name->name, name->len))
			continue;
		*seqp = seq;
		return dentry;
	}
	return NULL;
}

/* May miss what is being renamed. */
static struct dentry *lookup_once(const struct dentry *parent, const struct qstr *name)
{
	struct dentry *dentry;
	unsigned int seq;

	rcu_read_lock();
	for (;;) {
		dentry = d_lookup_rcu(parent, name, &seq);
		if (!dentry || !d_get_unless_dead(dentry)) {
			rcu_read_unlock();
			return NULL;
		}
		if (likely(!read_seqcount_retry(&dentry->seq, seq)))
			break;
		rcu_read_unlock();
		dput(dentry);
		rcu_read_lock();
	}
	rcu_read_unlock();
	return dentry;
}

struct dentry *d_lookup(const struct dentry *parent, const struct qstr *name)
{
	struct dentry *dentry;
	unsigned int seq;

	do {
		seq = read_seqbegin(&rename_lock);
		dentry = lookup_once(parent, name);
	} while (!dentry && read_seqretry(&rename_lock, seq));
	return dentry;
}

/* --- making --- */

static bool name_set(struct dentry *dentry, const struct qstr *name)
{
	char *to = dentry->inline_name;

	if (name->len >= DENTRY_INLINE_NAME) {
		struct long_name *ln = kmalloc(sizeof(*ln) + ALIGN(name->len + 1, 8), GFP_KERNEL);

		if (!ln)
			return false;
		refcount_set(&ln->refs, 1);
		memset(ln->name + (name->len & ~7u), 0, 8);
		to = ln->name;
	} else {
		memset(to, 0, DENTRY_INLINE_NAME);
	}
	memcpy(to, name->name, name->len);
	dentry->name.hash_len = name->hash_len;
	dentry->name.name = to;
	return true;
}

static struct dentry *alloc(struct super_block *sb, const struct qstr *name)
{
	struct dentry *dentry = kmem_cache_alloc(dentry_cache, GFP_KERNEL);

	if (!dentry)
		return NULL;
	if (!name_set(dentry, name)) {
		kmem_cache_free(dentry_cache, dentry);
		return NULL;
	}
	dentry->flags = 0;
	seqcount_init(&dentry->seq);
	INIT_HLIST_NODE(&dentry->hash);
	dentry->parent = dentry;
	dentry->inode = NULL;
	spin_lock_init(&dentry->lock, LOCK_RANK_DENTRY);
	dentry->count = 1;
	dentry->ops = NULL;
	dentry->sb = sb;
	dentry->private = NULL;
	INIT_LIST_HEAD(&dentry->lru);
	INIT_LIST_HEAD(&dentry->child);
	INIT_LIST_HEAD(&dentry->children);
	INIT_HLIST_NODE(&dentry->alias);
	this_cpu_inc(nr_dentries);
	return dentry;
}

static void set_ops(struct dentry *dentry, const struct dentry_operations *ops)
{
	dentry->ops = ops;
	if (!ops)
		return;
	dentry->flags |= (ops->hash ? DENTRY_OP_HASH : 0) | (ops->compare ? DENTRY_OP_COMPARE : 0) |
			 (ops->revalidate ? DENTRY_OP_REVALIDATE : 0) |
			 (ops->delete ? DENTRY_OP_DELETE : 0);
}

struct dentry *d_alloc(struct dentry *parent, const struct qstr *name)
{
	struct dentry *dentry = alloc(parent->sb, name);

	if (!dentry)
		return NULL;
	set_ops(dentry, parent->sb->dentry_ops);
	spin_lock(&parent->lock);
	parent->count++;
	dentry->parent = parent;
	list_add(&dentry->child, &parent->children);
	spin_unlock(&parent->lock);
	return dentry;
}

struct dentry *d_alloc_name(struct dentry *parent, const char *name)
{
	struct qstr q = qstr_of(name, strlen(name));

	return d_alloc(parent, &q);
}

struct dentry *d_alloc_root(struct super_block *sb)
{
	struct qstr q = qstr_of("/", 1);
	struct dentry *dentry = alloc(sb, &q);

	if (dentry)
		set_ops(dentry, sb->dentry_ops);
	return dentry;
}

/* For files without a place in the tree: never hashed, so gone with the last reference. */
struct dentry *d_alloc_pseudo(struct super_block *sb, const char *name, size_t len)
{
	struct qstr q = { .len = len, .hash = 0, .name = name };
	struct dentry *dentry = alloc(sb, &q);

	if (dentry)
		set_ops(dentry, sb->dentry_ops);
	return dentry;
}

/* --- inodes --- */

static unsigned int inode_dentry_type(const struct inode *inode)
{
	switch (inode->mode & 0170000) {
	case 0040000: return DENTRY_DIR;
	case 0100000: return DENTRY_REG;
	case 0120000: return DENTRY_SYMLINK;
	default: return DENTRY_SPECIAL;
	}
}

/* Lock held; consumes the reference on the inode. */
void d_set_instantiated(struct dentry *dentry, struct inode *inode)
{
	spin_lock(&inode->lock);
	hlist_add_head(&dentry->alias, &inode->aliases);
	spin_unlock(&inode->lock);
	set_inode_seq(dentry, inode, inode_dentry_type(inode));
}

void d_instantiate(struct dentry *dentry, struct inode *inode)
{
	if (!inode)
		return;
	spin_lock(&dentry->lock);
	d_set_instantiated(dentry, inode);
	spin_unlock(&dentry->lock);
}

void d_add(struct dentry *dentry, struct inode *inode)
{
	spin_lock(&dentry->lock);
	if (inode)
		d_set_instantiated(dentry, inode);
	if (d_unhashed(dentry))
		hash_insert(dentry);
	spin_unlock(&dentry->lock);
}

struct dentry *d_make_root(struct inode *root)
{
	struct dentry *dentry;

	if (!root)
		return NULL;
	dentry = d_alloc_root(root->sb);
	if (dentry)
		d_instantiate(dentry, root);
	else
		iput(root);
	return dentry;
}

/* An alias that is alive, with a reference. */
struct dentry *d_find_alias(struct inode *inode)
{
	struct dentry *dentry;

again:
	spin_lock(&inode->lock);
	hlist_for_each_entry(dentry, &inode->aliases, alias) {
		/* dentry.lock comes first in the order, so only try */
		if (!spin_trylock(&dentry->lock)) {
			spin_unlock(&inode->lock);
			cpu_relax();
			goto again;
		}
		if (dentry->count >= 0) {
			dentry->count++;
			spin_unlock(&dentry->lock);
			spin_unlock(&inode->lock);
			return dentry;
		}
		spin_unlock(&dentry->lock);
	}
	spin_unlock(&inode->lock);
	return NULL;
}

/* As d_add, for file systems that may find a directory which has a dentry already: that one is moved to the new place and returned. */
struct dentry *d_splice_alias(struct inode *inode, struct dentry *dentry)
{
	struct dentry *alias;

	if (IS_ERR(inode))
		return ERR_CAST(inode);
	if (inode && (inode->mode & 0170000) == 0040000) {
		alias = d_find_alias(inode);
		if (alias) {
			if (d_is_root(alias) || d_ancestor(alias, dentry)) {
				dput(alias);
				iput(inode);
				return ERR_PTR(-ELOOP);
			}
			d_move(alias, dentry);
			iput(inode);
			return alias;
		}
	}
	d_add(dentry, inode);
	return NULL;
}

/* The name was unlinked. Turns the dentry negative if the caller alone has it, else hides it. */
void d_delete(struct dentry *dentry)
{
	struct inode *inode = NULL;

	spin_lock(&dentry->lock);
	if (dentry->count == 1 && dentry->inode && !d_unhashed(dentry)) {
		inode = dentry->inode;
		dentry->flags &= ~DENTRY_CANT_MOUNT;
		set_inode_seq(dentry, NULL, DENTRY_NEGATIVE);
		alias_del(dentry, inode);
	} else {
		dentry_unhash_locked(dentry);
	}
	spin_unlock(&dentry->lock);
	if (inode)
		iput(inode);
}

/* --- two lookups of one name at a time: one asks the file system, the others wait --- */

#define NR_LOOKUP_BUCKETS	64u
static struct lookup_bucket {
	spinlock_t lock;
	struct list_head pending;
	wait_queue_head_t wait;
} lookup_buckets[NR_LOOKUP_BUCKETS];

static struct lookup_bucket *lookup_bucket(const struct dentry *parent, u32 hash)
{
	return &lookup_buckets[hash_64(hash + (unsigned long)parent, 6)];
}

static bool same_name(const struct dentry *dentry, const struct dentry *parent,
		      const struct qstr *name)
{
	if (dentry->parent != parent || dentry->name.hash != name->hash)
		return false;
	if (parent->flags & DENTRY_OP_COMPARE)
		return !parent->ops->compare(dentry, dentry->name.len, dentry->name.name, name);
	return dentry->name.len == name->len && !memcmp(dentry->name.name, name->name, name->len);
}

static struct dentry *pending_find(struct lookup_bucket *b, const struct dentry *parent,
				   const struct qstr *name)
{
	struct dentry *dentry;

	list_for_each_entry(dentry, &b->pending, lru)
		if (same_name(dentry, parent, name))
			return dentry;
	return NULL;
}

static bool pending_gone(struct lookup_bucket *b, const struct dentry *parent,
			 const struct qstr *name)
{
	bool gone;

	spin_lock(&b->lock);
	gone = !pending_find(b, parent, name);
	spin_unlock(&b->lock);
	return gone;
}

/*
 * The dentry of the name: a cached one, or, *is_new, one that the caller has to look up and then pass to d_lookup_done. A cached one may have
 * DENTRY_IN_LOOKUP still: whoever looked it up has hashed it, but not said yet that it is done. The directory's rwsem is held for reading.
 */
struct dentry *d_alloc_parallel(struct dentry *parent, const struct qstr *name, bool *is_new)
{
	struct lookup_bucket *b = lookup_bucket(parent, name->hash);
	struct dentry *new = d_alloc(parent, name), *found;

	*is_new = false;
	if (!new)
		return ERR_PTR(-ENOMEM);
	for (;;) {
		found = d_lookup(parent, name);
		if (found)
			break;
		spin_lock(&b->lock);
		if (!pending_find(b, parent, name)) {
			unsigned int seq;

			/* one that finished between the two looks is hashed by now */
			rcu_read_lock();
			found = d_lookup_rcu(parent, name, &seq);
			rcu_read_unlock();
			if (!found) {
				new->flags |= DENTRY_IN_LOOKUP;
				list_add(&new->lru, &b->pending);
				spin_unlock(&b->lock);
				*is_new = true;
				return new;
			}
			spin_unlock(&b->lock);
			continue;
		}
		spin_unlock(&b->lock);
		wait_event(&b->wait, pending_gone(b, parent, name));
	}
	dput(new);
	return found;
}

void d_lookup_done(struct dentry *dentry)
{
	struct lookup_bucket *b = lookup_bucket(dentry->parent, dentry->name.hash);

	spin_lock(&b->lock);
	list_del_init(&dentry->lru);
	spin_unlock(&b->lock);
	spin_lock(&dentry->lock);
	dentry->flags &= ~DENTRY_IN_LOOKUP;
	spin_unlock(&dentry->lock);
	wake_up_all(&b->wait);
}

/* --- moving: the places of two dentries --- */

static void names_swap(struct dentry *a, struct dentry *b)
{
	struct long_name *la = long_name_of(a), *lb = long_name_of(b);
	char text[DENTRY_INLINE_NAME];
	u64 hash_len = a->name.hash_len;

	memcpy(text, a->inline_name, sizeof(text));
	memcpy(a->inline_name, b->inline_name, sizeof(text));
	memcpy(b->inline_name, text, sizeof(text));
	WRITE_ONCE(a->name.name, lb ? lb->name : a->inline_name);
	WRITE_ONCE(b->name.name, la ? la->name : b->inline_name);
	WRITE_ONCE(a->name.hash_len, b->name.hash_len);
	WRITE_ONCE(b->name.hash_len, hash_len);
}

/* to gets from's name, from keeps it. */
static struct long_name *name_copy(struct dentry *to, struct dentry *from)
{
	struct long_name *old = long_name_of(to), *ln = long_name_of(from);

	if (ln) {
		refcount_inc(&ln->refs);
		WRITE_ONCE(to->name.name, ln->name);
	} else {
		memcpy(to->inline_name, from->inline_name, DENTRY_INLINE_NAME);
		WRITE_ONCE(to->name.name, to->inline_name);
	}
	WRITE_ONCE(to->name.hash_len, from->name.hash_len);
	return old;
}

/* Both parents, then both dentries; whoever is an ancestor comes first. rename_lock keeps the tree still. */
/* lint: context: fewer where some are the same */
static void lock_four(struct dentry *dentry, struct dentry *target)
{
	struct dentry *p = dentry->parent, *q = target->parent;

	if (p == q) {
		if (p != dentry)
			spin_lock(&p->lock);
	} else if (d_ancestor(q, p)) {
		spin_lock(&q->lock);
		if (p != dentry)
			spin_lock_nested(&p->lock);
	} else {
		if (p != dentry)
			spin_lock(&p->lock);
		spin_lock_nested(&q->lock);
	}
	if (target < dentry) {
		spin_lock_nested(&target->lock);
		spin_lock_nested(&dentry->lock);
	} else {
		spin_lock_nested(&dentry->lock);
		spin_lock_nested(&target->lock);
	}
}

/* lint: context: lets go of what lock_four() took */
static void move_locked(struct dentry *dentry, struct dentry *target, bool exchange)
{
	struct dentry *old_parent = dentry->parent, *new_parent = target->parent;
	struct long_name *old_name = NULL;

	lock_four(dentry, target);
	dentry_unhash_locked(dentry);
	dentry_unhash_locked(target);
	write_seqcount_begin(&dentry->seq);
	write_seqcount_begin(&target->seq);
	WRITE_ONCE(dentry->parent, new_parent);
	if (exchange) {
		WRITE_ONCE(target->parent, old_parent);
		names_swap(dentry, target);
		list_move(&target->child, &old_parent->children);
		hash_insert(target);
	} else {
		old_name = name_copy(dentry, target);
		new_parent->count++;
		if (old_parent != dentry)
			old_parent->count--; /* not the last: the caller holds one */
	}
	if (list_empty(&dentry->child))
		list_add(&dentry->child, &new_parent->children);
	else
		list_move(&dentry->child, &new_parent->children);
	hash_insert(dentry);
	write_seqcount_end(&target->seq);
	write_seqcount_end(&dentry->seq);
	spin_unlock(&target->lock);
	spin_unlock(&dentry->lock);
	if (old_parent != dentry)
		spin_unlock(&old_parent->lock);
	if (new_parent != old_parent)
		spin_unlock(&new_parent->lock);
	long_name_put(old_name);
}

/* dentry gets target's place, target is unhashed. The caller holds both directories and references on both parents. */
void d_move(struct dentry *dentry, struct dentry *target)
{
	write_seqlock(&rename_lock);
	move_locked(dentry, target, false);
	write_sequnlock(&rename_lock);
}

void d_exchange(struct dentry *a, struct dentry *b)
{
	write_seqlock(&rename_lock);
	move_locked(a, b, true);
	write_sequnlock(&rename_lock);
}

/* --- start --- */

void dcache_init(void)
{
	unsigned long pages = total_ram_pages();

	/* one chain for each 8 KiB of memory, between 8 and 8,192 KiB for the table */
	bucket_bits = 10;
	while (bucket_bits < 20 && (1ul << (bucket_bits + 2)) < pages)
		bucket_bits++;
	buckets = vzalloc(sizeof(*buckets) << bucket_bits);
	if (!buckets)
		panic("dcache: no memory for the hash table");
	for (unsigned int i = 0; i < NR_BUCKET_LOCKS; i++)
		spin_lock_init(&bucket_locks[i], LOCK_RANK_DCACHE_HASH);
	for (unsigned int i = 0; i < NR_LOOKUP_BUCKETS; i++) {
		spin_lock_init(&lookup_buckets[i].lock, LOCK_RANK_DCACHE_LRU);
		INIT_LIST_HEAD(&lookup_buckets[i].pending);
		init_waitqueue_head(&lookup_buckets[i].wait);
	}
	name_key = get_random_u64();
	dentry_cache = KMEM_CACHE(dentry, SLAB_RECLAIM_ACCOUNT | SLAB_HWCACHE_ALIGN | SLAB_PANIC);
}
