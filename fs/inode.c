/* SPDX-License-Identifier: MIT */
/*
 * Inodes: life cycle, lookup by number, times, link counts.
 *
 * An inode is referenced by dentries and by whoever called ihold(). When the last reference goes, it is evicted at once if nothing can
 * find it again (no links, or not hashed by number), else it stays on the LRU list until memory is short. It is freed after a grace period,
 * so that RCU walks can look at its fields.
 *
 * Locks: inode hash lock, inode.lock, super block's list lock, LRU lock.
 */
#include <fs/vfs.h>
#include <kernel/cpumask.h>
#include <kernel/log.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <lib/hash.h>
#include <lib/rculist.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/stat.h>

#include "internal.h"
#include "mount.h"
#include "notify.h"

#define NR_INODE_BUCKET_BITS	12
#define NR_INODE_LOCKS		64u

static struct kmem_cache *inode_cache;
static struct hlist_head *inode_buckets; /* hash lock */
static spinlock_t inode_hash_locks[NR_INODE_LOCKS];
static wait_queue_head_t inode_new_wait;
static DEFINE_SPINLOCK(inode_lru_lock, LOCK_RANK_DCACHE_LRU);
static LIST_HEAD(inode_lru);	/* inode_lru_lock */
static unsigned long nr_unused; /* inode_lru_lock */
static DEFINE_PER_CPU(long, nr_inodes);

unsigned long inode_count(void)
{
	unsigned int cpu;
	long sum = 0;

	for_each_possible_cpu(cpu)
		sum += per_cpu(nr_inodes, cpu);
	return sum;
}

unsigned long inode_unused_count(void) { return READ_ONCE(nr_unused); }

/* Numbers for file systems without any of their own: each CPU takes them in lots. Never 0. */
#define INO_LOT	1024u
u64 get_next_ino(void)
{
	static DEFINE_PER_CPU(u64, next);
	static atomic64_t lots;
	u64 ino, *mine;

	preempt_disable();
	mine = this_cpu_ptr(&next);
	if (!(*mine % INO_LOT))
		*mine = (u64)(atomic64_inc_return(&lots) - 1) * INO_LOT;
	ino = ++*mine;
	preempt_enable();
	return ino;
}

static void inode_init_once(struct inode *inode, struct super_block *sb)
{
	memset(inode, 0, sizeof(*inode));
	inode->sb = sb;
	inode->mapping = &inode->data;
	inode->nlink = 1;
	inode->block_bits = sb->block_bits;
	spin_lock_init(&inode->lock, LOCK_RANK_INODE);
	init_rwsem(&inode->rwsem);
	atomic_set(&inode->refs, 1);
	INIT_HLIST_NODE(&inode->hash);
	INIT_LIST_HEAD(&inode->sb_list);
	INIT_LIST_HEAD(&inode->lru);
	INIT_HLIST_HEAD(&inode->aliases);
	inode->fops = &no_open_fops;
	mapping_init(&inode->data, inode, NULL);
}

struct inode *alloc_inode(struct super_block *sb)
{
	struct inode *inode;

	if (sb->ops && sb->ops->alloc_inode)
		inode = sb->ops->alloc_inode(sb);
	else
		inode = kmem_cache_alloc(inode_cache, GFP_KERNEL);
	if (!inode)
		return NULL;
	inode_init_once(inode, sb);
	this_cpu_inc(nr_inodes);
	return inode;
}

static void inode_free_rcu(struct rcu_head *head)
{
	struct inode *inode = container_of(head, struct inode, rcu);

	if (inode->free)
		inode->free(inode);
	else
		kmem_cache_free(inode_cache, inode);
}

static void destroy_inode(struct inode *inode)
{
	if (inode->locks)
		file_locks_free(inode);
	if (unlikely(inode->watches))
		notify_free_list(inode);
	this_cpu_dec(nr_inodes);
	inode->free = inode->sb->ops ? inode->sb->ops->free_inode : NULL;
	call_rcu(&inode->rcu, inode_free_rcu);
}

/* Not in the super block's list: for pipes and their kin. */
struct inode *new_inode_pseudo(struct super_block *sb)
{
	return alloc_inode(sb);
}

struct inode *new_inode(struct super_block *sb)
{
	struct inode *inode = alloc_inode(sb);

	if (inode) {
		spin_lock(&sb->inodes_lock);
		list_add(&inode->sb_list, &sb->inodes);
		spin_unlock(&sb->inodes_lock);
	}
	return inode;
}

void ihold(struct inode *inode)
{
	atomic_inc(&inode->refs);
}

static void lru_del(struct inode *inode)
{
	spin_lock(&inode_lru_lock);
	if (!list_empty(&inode->lru)) {
		list_del_init(&inode->lru);
		nr_unused--;
	}
	spin_unlock(&inode_lru_lock);
}

static unsigned int inode_bucket(const struct super_block *sb, u64 ino)
{
	return hash_64(ino ^ ((unsigned long)sb >> 6), NR_INODE_BUCKET_BITS);
}

static spinlock_t *bucket_lock(unsigned int b) { return &inode_hash_locks[b % NR_INODE_LOCKS]; }

void insert_inode_hash(struct inode *inode)
{
	unsigned int b = inode_bucket(inode->sb, inode->ino);

	spin_lock(bucket_lock(b));
	spin_lock(&inode->lock);
	inode->state |= I_HASHED;
	hlist_add_head_rcu(&inode->hash, &inode_buckets[b]);
	spin_unlock(&inode->lock);
	spin_unlock(bucket_lock(b));
}

static void remove_inode_hash(struct inode *inode)
{
	unsigned int b = inode_bucket(inode->sb, inode->ino);

	if (hlist_unhashed(&inode->hash))
		return;
	spin_lock(bucket_lock(b));
	spin_lock(&inode->lock);
	hlist_del_init_rcu(&inode->hash);
	inode->state &= ~I_HASHED;
	spin_unlock(&inode->lock);
	spin_unlock(bucket_lock(b));
}

/* What every evict_inode ends with: the pages are gone. */
void clear_inode(struct inode *inode)
{
	spin_lock(&inode->lock);
	inode->state |= I_FREEING | I_CLEAR;
	spin_unlock(&inode->lock);
}

static void evict(struct inode *inode)
{
	struct super_block *sb = inode->sb;

	lru_del(inode);
	if (!list_empty(&inode->sb_list)) {
		spin_lock(&sb->inodes_lock);
		list_del_init(&inode->sb_list);
		spin_unlock(&sb->inodes_lock);
	}
	if (sb->ops && sb->ops->evict_inode) {
		sb->ops->evict_inode(inode);
	} else {
		mapping_evict(&inode->data);
		clear_inode(inode);
	}
	remove_inode_hash(inode);
	wake_up_all(&inode_new_wait); /* those who wait to read it in again */
	destroy_inode(inode);
}

static bool should_drop(struct inode *inode)
{
	if (inode->sb->ops && inode->sb->ops->drop_inode)
		return inode->sb->ops->drop_inode(inode);
	return !inode->nlink || !(inode->state & I_HASHED);
}

void iput(struct inode *inode)
{
	if (!inode || atomic_add_unless(&inode->refs, -1, 1))
		return;
	spin_lock(&inode->lock);
	if (!atomic_dec_and_test(&inode->refs)) {
		spin_unlock(&inode->lock);
		return;
	}
	if (!should_drop(inode) && (inode->sb->flags & SB_ACTIVE)) {
		inode->state |= I_REFERENCED;
		spin_lock(&inode_lru_lock);
		if (list_empty(&inode->lru)) {
			list_add(&inode->lru, &inode_lru);
			nr_unused++;
		}
		spin_unlock(&inode_lru_lock);
		spin_unlock(&inode->lock);
		return;
	}
	inode->state |= I_FREEING;
	spin_unlock(&inode->lock);
	if (inode->nlink && (inode->state & (I_DIRTY_INODE | I_DIRTY_PAGES)) &&
	    inode->sb->ops->write_inode)
		inode->sb->ops->write_inode(inode, true);
	evict(inode);
}

/* --- by number --- */

static struct inode *find_locked(struct super_block *sb, u64 ino, unsigned int b)
{
	struct inode *inode;

	hlist_for_each_entry(inode, &inode_buckets[b], hash)
		if (inode->ino == ino && inode->sb == sb)
			return inode;
	return NULL;
}

static bool inode_settled(struct super_block *sb, u64 ino, unsigned int b)
{
	struct inode *inode;
	bool settled;

	spin_lock(bucket_lock(b));
	inode = find_locked(sb, ino, b);
	settled = !inode || !(READ_ONCE(inode->state) & (I_NEW | I_DYING));
	spin_unlock(bucket_lock(b));
	return settled;
}

/* With a reference, read in; NULL when it is not cached. */
struct inode *ilookup(struct super_block *sb, u64 ino)
{
	unsigned int b = inode_bucket(sb, ino);
	struct inode *inode;

	for (;;) {
		spin_lock(bucket_lock(b));
		inode = find_locked(sb, ino, b);
		if (!inode) {
			spin_unlock(bucket_lock(b));
			return NULL;
		}
		spin_lock(&inode->lock);
		if (!(inode->state & (I_NEW | I_DYING))) {
			atomic_inc(&inode->refs);
			spin_unlock(&inode->lock);
			spin_unlock(bucket_lock(b));
			return inode;
		}
		spin_unlock(&inode->lock);
		spin_unlock(bucket_lock(b));
		wait_event(&inode_new_wait, inode_settled(sb, ino, b));
	}
}

/* The inode of that number; a fresh one has I_NEW, and the caller fills it and calls unlock_new_inode or iget_failed. */
struct inode *iget_locked(struct super_block *sb, u64 ino)
{
	unsigned int b = inode_bucket(sb, ino);
	struct inode *inode, *new;

	for (;;) {
		inode = ilookup(sb, ino);
		if (inode)
			return inode;
		new = new_inode(sb);
		if (!new)
			return NULL;
		new->ino = ino;
		new->state = I_NEW | I_HASHED;
		spin_lock(bucket_lock(b));
		if (!find_locked(sb, ino, b)) {
			hlist_add_head_rcu(&new->hash, &inode_buckets[b]);
			spin_unlock(bucket_lock(b));
			return new;
		}
		spin_unlock(bucket_lock(b));
		new->state = I_FREEING;
		spin_lock(&sb->inodes_lock);
		list_del_init(&new->sb_list);
		spin_unlock(&sb->inodes_lock);
		destroy_inode(new);
	}
}

void unlock_new_inode(struct inode *inode)
{
	spin_lock(&inode->lock);
	inode->state &= ~I_NEW;
	spin_unlock(&inode->lock);
	wake_up_all(&inode_new_wait);
}

void iget_failed(struct inode *inode)
{
	remove_inode_hash(inode);
	clear_nlink(inode);
	unlock_new_inode(inode);
	iput(inode);
}

/* --- shrinking --- */

static unsigned long inode_shrink_count(struct shrinker *s) { return READ_ONCE(nr_unused); }

static unsigned long inode_shrink_scan(struct shrinker *s, unsigned long nr, gfp_t gfp)
{
	unsigned long freed = 0;

	if (!(gfp & __GFP_FS))
		return 0;
	while (nr--) {
		struct inode *inode;

		spin_lock(&inode_lru_lock);
		if (list_empty(&inode_lru)) {
			spin_unlock(&inode_lru_lock);
			break;
		}
		inode = list_last_entry(&inode_lru, struct inode, lru);
		list_move(&inode->lru, &inode_lru);
		if (!spin_trylock(&inode->lock)) {
			spin_unlock(&inode_lru_lock);
			continue;
		}
		if (atomic_read(&inode->refs) || (inode->state & I_DYING)) {
			list_del_init(&inode->lru); /* used or going: iput puts it back */
			nr_unused--;
			inode = (spin_unlock(&inode->lock), NULL);
		} else if (inode->state & (I_REFERENCED | I_DIRTY_INODE | I_DIRTY_PAGES)) {
			inode->state &= ~I_REFERENCED;
			inode = (spin_unlock(&inode->lock), NULL);
		} else {
			inode->state |= I_FREEING;
			spin_unlock(&inode->lock);
		}
		spin_unlock(&inode_lru_lock);
		if (inode) {
			evict(inode);
			freed++;
		}
		cond_resched();
	}
	return freed;
}

/* For the write-back thread, which finds mappings by its own list; under RCU. */
static bool inode_grab_mapping(struct mapping *m)
{
	struct inode *inode = m->host;
	bool alive;

	spin_lock(&inode->lock);
	alive = !(inode->state & I_FREEING);
	if (alive)
		atomic_inc(&inode->refs);
	spin_unlock(&inode->lock);
	return alive;
}

static void inode_release_mapping(struct mapping *m)
{
	iput(m->host);
}

static struct shrinker inode_shrinker = { .name = "inode", .count = inode_shrink_count, .scan = inode_shrink_scan };

/* The file system goes away: everything unused. */
void evict_inodes(struct super_block *sb)
{
	struct inode *inode;

again:
	spin_lock(&sb->inodes_lock);
	list_for_each_entry(inode, &sb->inodes, sb_list) {
		if (atomic_read(&inode->refs))
			continue;
		spin_unlock(&sb->inodes_lock);
		spin_lock(&inode->lock);
		if (inode->state & I_DYING) {
			spin_unlock(&inode->lock);
			cond_resched();
			goto again;
		}
		inode->state |= I_FREEING;
		spin_unlock(&inode->lock);
		evict(inode);
		goto again;
	}
	spin_unlock(&sb->inodes_lock);
}

/* --- fields --- */

void inode_init_owner(struct inode *inode, const struct inode *dir, u32 mode)
{
	inode->uid = current_cred()->fsuid;
	if (dir && (dir->mode & S_ISGID)) {
		inode->gid = dir->gid;
		if (S_ISDIR(mode))
			mode |= S_ISGID;
	} else {
		inode->gid = current_cred()->fsgid;
	}
	inode->mode = mode;
}

void inc_nlink(struct inode *inode) { WRITE_ONCE(inode->nlink, inode->nlink + 1); }
void clear_nlink(struct inode *inode) { WRITE_ONCE(inode->nlink, 0); }

void drop_nlink(struct inode *inode)
{
	if (inode->nlink)
		WRITE_ONCE(inode->nlink, inode->nlink - 1);
	else
		pr_warn_once("vfs: link count of inode %llu below 0\n",
			     (unsigned long long)inode->ino);
}

u64 inode_now_ns(const struct inode *inode)
{
	u64 now = ktime_get_real_ns();
	u32 grain = inode->sb->time_granularity_ns;

	return grain > 1 ? now - now % grain : now;
}

bool inode_owner_or_capable(const struct inode *inode)
{
	return current_cred()->fsuid == READ_ONCE(inode->uid) || capable(3 /* CAP_FOWNER */);
}

#define DAY_NS	(24 * 3600ull * NSEC_PER_SEC)

bool atime_needs_update(const struct path *path, struct inode *inode)
{
	unsigned int mnt = READ_ONCE(path->mount->flags);

	if ((inode->flags & S_NOATIME) || (inode->sb->flags & SB_NOATIME) || (mnt & MNT_NOATIME))
		return false;
	if (S_ISDIR(inode->mode) && ((inode->sb->flags & SB_NODIRATIME) || (mnt & MNT_NODIRATIME)))
		return false;
	if (mnt & MNT_RELATIME) {
		u64 atime = READ_ONCE(inode->atime_ns);

		/* Each read of a file comes here, and none need know the time to less than a moment. */
		return inode->mtime_ns >= atime || inode->ctime_ns >= atime ||
		       (s64)(sched_clock_ns() + READ_ONCE(clock_real_offset_ns) - atime) >=
			       (s64)DAY_NS;
	}
	return inode_now_ns(inode) != inode->atime_ns;
}

void touch_atime(const struct path *path)
{
	struct inode *inode = path->dentry->inode;

	if (!atime_needs_update(path, inode) || mnt_want_write(path->mount))
		return;
	if (inode->ops->update_time)
		inode->ops->update_time(inode, 1);
	else
		WRITE_ONCE(inode->atime_ns, inode_now_ns(inode));
	mnt_drop_write(path->mount);
}

/* Data were written: modification and change time. */
int file_update_time(struct file *file)
{
	struct inode *inode = file->inode;
	u64 now;

	if (inode->flags & S_NOCMTIME)
		return 0;
	now = inode_now_ns(inode);
	if (now == inode->mtime_ns && now == inode->ctime_ns)
		return 0;
	if (inode->ops && inode->ops->update_time)
		return inode->ops->update_time(inode, 2 | 4);
	WRITE_ONCE(inode->mtime_ns, now);
	WRITE_ONCE(inode->ctime_ns, now);
	return 0;
}

/* --- writers against executers --- */

int get_write_access(struct inode *inode)
{
	int v = atomic_read(&inode->write_count);

	do {
		if (v < 0)
			return -ETXTBSY;
	} while (!atomic_try_cmpxchg(&inode->write_count, &v, v + 1));
	return 0;
}

void put_write_access(struct inode *inode) { atomic_dec(&inode->write_count); }

int deny_write_access(struct inode *inode)
{
	int v = atomic_read(&inode->write_count);

	do {
		if (v > 0)
			return -ETXTBSY;
	} while (!atomic_try_cmpxchg(&inode->write_count, &v, v - 1));
	return 0;
}

void allow_write_access(struct inode *inode) { atomic_inc(&inode->write_count); }

void init_special_inode(struct inode *inode, u32 mode, dev_t_kernel rdev)
{
	inode->mode = mode;
	if (S_ISCHR(mode)) {
		inode->fops = &def_chr_fops;
		inode->rdev = rdev;
	} else if (S_ISBLK(mode)) {
		inode->fops = def_blk_fops ?: &no_open_fops;
		inode->rdev = rdev;
	} else if (S_ISFIFO(mode)) {
		inode->fops = &def_fifo_fops;
	}
	/* sockets keep the operations whose open says ENXIO */
}

void inode_init_caches(void)
{
	inode_cache = KMEM_CACHE(inode, SLAB_RECLAIM_ACCOUNT | SLAB_PANIC);
	inode_buckets = vzalloc(sizeof(*inode_buckets) << NR_INODE_BUCKET_BITS);
	if (!inode_buckets)
		panic("vfs: no memory for the inode table");
	for (unsigned int i = 0; i < NR_INODE_LOCKS; i++)
		spin_lock_init(&inode_hash_locks[i], LOCK_RANK_INODE_HASH);
	init_waitqueue_head(&inode_new_wait);
	shrinker_register(&inode_shrinker);
	mapping_grab = inode_grab_mapping;
	mapping_release = inode_release_mapping;
}
