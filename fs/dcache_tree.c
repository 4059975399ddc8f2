/* SPDX-License-Identifier: MIT */
/*
 * The dentry tree as a whole: walking it, giving unused dentries back, taking it down at an unmount.
 */
#include <fs/vfs.h>
#include <kernel/log.h>
#include <kernel/sched.h>
#include <lib/hash.h>
#include <mm/slab.h>

#include "internal.h"

/* --- unused dentries, in several lists so that CPUs do not meet --- */

#define NR_LRU_LISTS	16u
static struct lru_list {
	spinlock_t lock;
	struct list_head list; /* lock; the oldest at the end */
	unsigned long nr;      /* lock */
} lru_lists[NR_LRU_LISTS] __aligned(64);

static struct lru_list *lru_of(const struct dentry *dentry) { return &lru_lists[hash_ptr(dentry, 4)]; }

/* dentry.lock held. */
void d_lru_add(struct dentry *dentry)
{
	struct lru_list *l = lru_of(dentry);

	dentry->flags |= DENTRY_LRU;
	spin_lock(&l->lock);
	list_add(&dentry->lru, &l->list);
	l->nr++;
	spin_unlock(&l->lock);
}

void d_lru_del(struct dentry *dentry)
{
	struct lru_list *l = lru_of(dentry);

	dentry->flags &= ~(DENTRY_LRU | DENTRY_REFERENCED);
	spin_lock(&l->lock);
	list_del_init(&dentry->lru);
	l->nr--;
	spin_unlock(&l->lock);
}

unsigned long dentry_unused_count(void)
{
	unsigned long sum = 0;

	for (unsigned int i = 0; i < NR_LRU_LISTS; i++)
		sum += READ_ONCE(lru_lists[i].nr);
	return sum;
}

#define SHRINK_BATCH	32

/* Takes up to a batch of dentries off the end that nobody used since the last look, each with a reference. */
static unsigned int lru_isolate(struct lru_list *l, struct dentry **batch, unsigned long *to_scan)
{
	unsigned int n = 0;

	spin_lock(&l->lock);
	while (n < SHRINK_BATCH && *to_scan && !list_empty(&l->list)) {
		struct dentry *dentry = list_last_entry(&l->list, struct dentry, lru);

		--*to_scan;
		list_move(&dentry->lru, &l->list);
		if (!spin_trylock(&dentry->lock))
			continue;
		if (dentry->flags & DENTRY_REFERENCED) {
			dentry->flags &= ~DENTRY_REFERENCED;
		} else {
			list_del_init(&dentry->lru);
			l->nr--;
			dentry->flags &= ~DENTRY_LRU;
			if (!dentry->count) {
				dentry->count = 1;
				batch[n++] = dentry;
			}
		}
		spin_unlock(&dentry->lock);
	}
	spin_unlock(&l->lock);
	return n;
}

static unsigned long dentry_shrink_count(struct shrinker *s)
{
	return dentry_unused_count();
}

static unsigned long dentry_shrink_scan(struct shrinker *s, unsigned long nr, gfp_t gfp)
{
	struct dentry *batch[SHRINK_BATCH];
	unsigned long freed = 0;

	/* killing a dentry may write an inode back */
	if (!(gfp & __GFP_FS))
		return 0;
	for (unsigned int i = 0; i < NR_LRU_LISTS; i++) {
		unsigned long left = DIV_ROUND_UP(nr, NR_LRU_LISTS);
		unsigned int n;

		while ((n = lru_isolate(&lru_lists[i], batch, &left)) > 0) {
			for (unsigned int k = 0; k < n; k++)
				dput_and_kill(batch[k]);
			freed += n;
			cond_resched();
		}
	}
	return freed;
}

static struct shrinker dentry_shrinker = {
	.name = "dentry",
	.count = dentry_shrink_count,
	.scan = dentry_shrink_scan,
};

void dcache_tree_init(void)
{
	for (unsigned int i = 0; i < NR_LRU_LISTS; i++) {
		spin_lock_init(&lru_lists[i].lock, LOCK_RANK_DCACHE_LRU);
		INIT_LIST_HEAD(&lru_lists[i].list);
	}
	shrinker_register(&dentry_shrinker);
}

/* --- walking --- */

/* The next sibling that is alive; the parent's lock is held. NULL: that was the last. */
static struct dentry *next_child(struct dentry *parent, struct list_head *after)
{
	struct list_head *next = after->next;

	while (next != &parent->children) {
		struct dentry *child = list_entry(next, struct dentry, child);

		if (!(child->flags & DENTRY_KILLED))
			return child;
		next = next->next;
	}
	return NULL;
}

/*
 * Depth first, hand over hand: the lock of the directory in which it stands is held, and that of the child that enter() sees. On the way
 * up the child's lock is dropped before the parent's is taken; RCU keeps both in memory, and when the tree was changed by a rename at
 * that moment, the walk starts over, the second time with renames held off.
 */
/* lint: context: the second try holds rename_lock */
void d_walk(struct dentry *root, void *arg,
	    enum d_walk_result (*enter)(void *arg, struct dentry *dentry))
{
	bool locked = false;
	unsigned int seq = read_seqbegin(&rename_lock);
	struct dentry *dir, *child;
	enum d_walk_result result;

again:
	dir = root;
	spin_lock(&dir->lock);
	result = enter(arg, dir);
	if (result != D_WALK_CONTINUE)
		goto out;
	child = next_child(dir, &dir->children);
	for (;;) {
		if (child) {
			spin_lock_nested(&child->lock);
			result = enter(arg, child);
			if (result == D_WALK_QUIT) {
				spin_unlock(&child->lock);
				goto out;
			}
			if (result == D_WALK_CONTINUE && !list_empty(&child->children)) {
				spin_unlock(&dir->lock);
				dir = child;
				child = next_child(dir, &dir->children);
				continue;
			}
			spin_unlock(&child->lock);
			child = next_child(dir, &child->child);
			continue;
		}
		if (dir == root)
			goto out;
		child = dir;
		rcu_read_lock();
		dir = child->parent;
		spin_unlock(&child->lock);
		spin_lock(&dir->lock);
		rcu_read_unlock();
		if (!locked && read_seqretry(&rename_lock, seq)) {
			spin_unlock(&dir->lock);
			spin_lock(&rename_lock.lock);
			locked = true;
			goto again;
		}
		child = next_child(dir, &child->child);
	}
out:
	spin_unlock(&dir->lock);
	if (locked)
		spin_unlock(&rename_lock.lock);
}

struct collect {
	struct dentry *root;
	struct dentry *batch[SHRINK_BATCH];
	unsigned int nr;
};

static enum d_walk_result collect_unused(void *arg, struct dentry *dentry)
{
	struct collect *c = arg;

	if (dentry == c->root || dentry->count)
		return D_WALK_CONTINUE;
	if (dentry->flags & DENTRY_LRU)
		d_lru_del(dentry);
	dentry->count = 1;
	c->batch[c->nr++] = dentry;
	return c->nr == SHRINK_BATCH ? D_WALK_QUIT : D_WALK_CONTINUE;
}

/* Frees all unused dentries below parent. A directory becomes unused when its last child goes, so the killing climbs by itself. */
void shrink_dcache_parent(struct dentry *parent)
{
	struct collect c = { .root = parent };

	do {
		c.nr = 0;
		d_walk(parent, &c, collect_unused);
		for (unsigned int i = 0; i < c.nr; i++)
			dput_and_kill(c.batch[i]);
		cond_resched();
	} while (c.nr);
}

static enum d_walk_result report_busy(void *arg, struct dentry *dentry)
{
	if (list_empty(&dentry->children) && dentry->count > (dentry == arg ? 1 : 0))
		pr_err("vfs: %s: dentry '%s' is still in use (%d)\n", dentry->sb->id,
		       dentry->name.name, dentry->count);
	return D_WALK_CONTINUE;
}

void shrink_dcache_for_umount(struct super_block *sb)
{
	struct dentry *root = sb->root;

	if (!root)
		return;
	sb->root = NULL;
	shrink_dcache_parent(root);
	d_walk(root, root, report_busy);
	d_drop(root);
	dput(root);
}

static enum d_walk_result genocide_one(void *arg, struct dentry *dentry)
{
	if (dentry == arg)
		return D_WALK_CONTINUE;
	if (d_unhashed(dentry) || !dentry->inode)
		return D_WALK_SKIP;
	if (!(dentry->flags & DENTRY_CANT_MOUNT)) {
		dentry->flags |= DENTRY_CANT_MOUNT; /* once, should the walk start over */
		dentry->count--;
	}
	return D_WALK_CONTINUE;
}

/* Drops the reference by which a file system without a store of its own keeps each of its names. */
void d_genocide(struct dentry *root)
{
	d_walk(root, root, genocide_one);
}

static enum d_walk_result find_mounted(void *arg, struct dentry *dentry)
{
	if (!(dentry->flags & DENTRY_MOUNTED))
		return D_WALK_CONTINUE;
	*(bool *)arg = true;
	return D_WALK_QUIT;
}

/* The name is not what it was (the file system says): hide it and drop what hangs unused below. */
void d_invalidate(struct dentry *dentry)
{
	bool mounted = false;

	if (dentry->inode && d_is_dir(dentry)) {
		shrink_dcache_parent(dentry);
		d_walk(dentry, &mounted, find_mounted);
	}
	if (!mounted)
		d_drop(dentry);
}

/* The child of ancestor that is, or lies above, dentry; NULL when dentry is not below it. rename_lock or rename_mutex. */
struct dentry *d_ancestor(struct dentry *ancestor, struct dentry *dentry)
{
	for (struct dentry *d = dentry;; d = d->parent) {
		if (d->parent == ancestor && d != ancestor)
			return d;
		if (d->parent == d)
			return NULL;
	}
}

/* Is dentry root or below it? */
bool is_subdir(struct dentry *dentry, struct dentry *root)
{
	unsigned int seq;
	bool below;

	if (dentry == root)
		return true;
	do {
		struct dentry *d = dentry;

		seq = read_seqbegin(&rename_lock);
		rcu_read_lock();
		below = false;
		for (;;) {
			struct dentry *parent = READ_ONCE(d->parent);

			if (parent == root) {
				below = true;
				break;
			}
			if (parent == d)
				break;
			d = parent;
		}
		rcu_read_unlock();
	} while (read_seqretry(&rename_lock, seq));
	return below;
}
