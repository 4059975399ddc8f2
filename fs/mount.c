/* SPDX-License-Identifier: MIT */
/*
 * The tree of mounts. See mount.h for the locking.
 */
#include <fs/files.h>
#include <fs/vfs.h>
#include <kernel/cpumask.h>
#include <kernel/log.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <lib/hash.h>
#include <lib/idr.h>
#include <lib/rculist.h>
#include <lib/string.h>
#include <mm/space.h>
#include <mm/slab.h>
#include <uapi/capability.h>
#include <uapi/fcntl.h>
#include <uapi/mount.h>
#include <uapi/poll.h>
#include <uapi/stat.h>

#include "internal.h"
#include "mount.h"

/* All mounts that stand on one dentry; keeps its DENTRY_MOUNTED right. */
struct mountpoint {
	struct hlist_node hash;
	struct dentry *dentry;
	struct hlist_head mounts;
};

#define MOUNT_HASH_BITS	8

DEFINE_SEQLOCK(mount_lock, LOCK_RANK_MOUNT);
DECLARE_RWSEM(namespace_sem);
struct mount_namespace init_mount_namespace = {
	.refs = ATOMIC_INIT(1),
	.mounts = LIST_HEAD_INIT(init_mount_namespace.mounts),
	.event_wait = WAIT_QUEUE_HEAD_INIT(init_mount_namespace.event_wait),
};
/* mount_lock; RCU readers */
static struct hlist_head mount_hash[1 << MOUNT_HASH_BITS];
static struct hlist_head mountpoint_hash[1 << MOUNT_HASH_BITS]; /* mount_lock */
static DEFINE_MUTEX(mount_ids_mutex);
static DEFINE_IDA(mount_ids);
static struct kmem_cache *mount_cache;

static struct hlist_head *mount_chain(const struct mount *m, const struct dentry *d)
{
	return &mount_hash[hash_64((unsigned long)m + ((unsigned long)d >> 3), MOUNT_HASH_BITS)];
}

/* --- life --- */

static struct mount *alloc_mount(const char *device)
{
	struct mount *m = kmem_cache_zalloc(mount_cache, GFP_KERNEL);

	if (!m)
		return NULL;
	m->counts = alloc_percpu(struct mount_counts);
	m->device = kstrdup(device && *device ? device : "none", GFP_KERNEL);
	mutex_lock(&mount_ids_mutex);
	m->id = ida_alloc_min(&mount_ids, 1, GFP_KERNEL);
	mutex_unlock(&mount_ids_mutex);
	if (!m->counts || !m->device || m->id < 0) {
		if (m->id >= 0) {
			mutex_lock(&mount_ids_mutex);
			ida_free(&mount_ids, m->id);
			mutex_unlock(&mount_ids_mutex);
		}
		percpu_free(m->counts);
		kfree(m->device);
		kmem_cache_free(mount_cache, m);
		return NULL;
	}
	m->parent = m;
	INIT_HLIST_NODE(&m->hash);
	INIT_HLIST_NODE(&m->mp_node);
	INIT_LIST_HEAD(&m->children);
	INIT_LIST_HEAD(&m->child);
	INIT_LIST_HEAD(&m->all_node);
	this_cpu_inc(m->counts->refs);
	return m;
}

static void free_mount_rcu(struct rcu_head *head)
{
	struct mount *m = container_of(head, struct mount, rcu);

	kfree(m->device);
	percpu_free(m->counts);
	kmem_cache_free(mount_cache, m);
}

/* Each instance knows its mounts: remounting it looks at their writers. */
static void mount_join_super(struct mount *m)
{
	spin_lock(&mount_lock.lock);
	list_add_tail(&m->sb_node, &m->sb->mounts);
	spin_unlock(&mount_lock.lock);
}

/* Nobody can find it any more. */
static void cleanup_mount(struct mount *m)
{
	struct super_block *sb = m->sb;

	spin_lock(&mount_lock.lock);
	list_del(&m->sb_node);
	spin_unlock(&mount_lock.lock);
	dput(m->root);
	mutex_lock(&mount_ids_mutex);
	ida_free(&mount_ids, m->id);
	mutex_unlock(&mount_ids_mutex);
	call_rcu(&m->rcu, free_mount_rcu);
	deactivate_super(sb);
}

static int count_refs(struct mount *m)
{
	unsigned int cpu;
	int sum = 0;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(m->counts, cpu)->refs;
	return sum;
}

static void put_attached_or_last(struct mount *m)
{
	bool last = false;

	rcu_read_lock();
	if (likely(READ_ONCE(m->flags) & (MNT_ATTACHED | MNT_INTERNAL))) {
		/* umount clears MNT_ATTACHED and waits a grace period before it drops the tree's reference */
		this_cpu_dec(m->counts->refs);
		rcu_read_unlock();
		return;
	}
	spin_lock(&mount_lock.lock);
	smp_mb(); /* pairs with the one in mount_legitimize_rcu */
	this_cpu_dec(m->counts->refs);
	if (!count_refs(m) && !(m->flags & MNT_DOOMED)) {
		m->flags |= MNT_DOOMED;
		last = true;
	}
	spin_unlock(&mount_lock.lock);
	rcu_read_unlock();
	if (last)
		cleanup_mount(m);
}

void mount_put_no_expire(struct mount *m)
{
	if (m)
		put_attached_or_last(m);
}

void mntput(struct mount *m)
{
	if (!m)
		return;
	if (unlikely(READ_ONCE(m->flags) & MNT_EXPIRE_MARK)) {
		spin_lock(&mount_lock.lock);
		m->flags &= ~MNT_EXPIRE_MARK;
		spin_unlock(&mount_lock.lock);
	}
	put_attached_or_last(m);
}

struct mount *kern_mount(struct file_system_type *type)
{
	struct mount *m = alloc_mount(type->name);
	struct dentry *root;

	if (!m)
		return ERR_PTR(-ENOMEM);
	if (!type->supers.next) /* a type that is not registered: nobody else mounts it */
		INIT_LIST_HEAD(&type->supers);
	root = type->mount(type, 0, type->name, NULL);
	if (IS_ERR(root)) {
		m->flags |= MNT_DOOMED;
		free_mount_rcu(&m->rcu);
		return ERR_CAST(root);
	}
	m->root = root;
	m->sb = root->sb;
	m->mountpoint = root;
	m->flags = MNT_INTERNAL;
	mount_join_super(m);
	return m;
}

/* --- writers --- */

static int count_writers(struct mount *m)
{
	unsigned int cpu;
	int sum = 0;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(m->counts, cpu)->writers;
	return sum;
}

int mnt_want_write(struct mount *m)
{
	int error = 0;

	preempt_disable();
	this_cpu_inc(m->counts->writers);
	smp_mb(); /* count first, look after: the remount does it the other way round */
	while (unlikely(READ_ONCE(m->flags) & MNT_WRITE_HOLD))
		cpu_relax();
	if (unlikely(mount_is_readonly(m))) {
		this_cpu_dec(m->counts->writers);
		error = -EROFS;
	}
	preempt_enable();
	return error;
}

void mnt_drop_write(struct mount *m)
{
	this_cpu_dec(m->counts->writers);
}

static int make_readonly(struct mount *m)
{
	int error = 0;

	spin_lock(&mount_lock.lock);
	WRITE_ONCE(m->flags, m->flags | MNT_WRITE_HOLD);
	smp_mb();
	if (count_writers(m) > 0)
		error = -EBUSY;
	else
		WRITE_ONCE(m->flags, m->flags | MNT_READONLY);
	smp_wmb();
	WRITE_ONCE(m->flags, m->flags & ~MNT_WRITE_HOLD);
	spin_unlock(&mount_lock.lock);
	return error;
}

/* --- lookup --- */

struct mount *mount_lookup_rcu(const struct mount *m, const struct dentry *dentry)
{
	struct mount *child;

	hlist_for_each_entry_rcu(child, mount_chain(m, dentry), hash)
		if (READ_ONCE(child->parent) == m && READ_ONCE(child->mountpoint) == dentry)
			return child;
	return NULL;
}

int mount_legitimize_rcu(struct mount *m, unsigned int seq)
{
	if (read_seqretry(&mount_lock, seq))
		return 1;
	if (!m)
		return 0;
	this_cpu_inc(m->counts->refs);
	smp_mb();
	if (likely(!read_seqretry(&mount_lock, seq)))
		return 0;
	if (READ_ONCE(m->flags) & MNT_SYNC_UMOUNT) {
		this_cpu_dec(m->counts->refs);
		return 1;
	}
	spin_lock(&mount_lock.lock);
	if (m->flags & MNT_DOOMED) {
		this_cpu_dec(m->counts->refs);
		spin_unlock(&mount_lock.lock);
		return 1;
	}
	spin_unlock(&mount_lock.lock);
	return -1;
}

/* The mount on path, with a reference; NULL: none. */
static struct mount *lookup_mount(const struct path *path)
{
	struct mount *child;
	unsigned int seq;
	int r;

	for (;;) {
		rcu_read_lock();
		seq = read_seqbegin(&mount_lock);
		child = mount_lookup_rcu(path->mount, path->dentry);
		r = mount_legitimize_rcu(child, seq);
		rcu_read_unlock();
		if (!r)
			return child;
		if (r < 0)
			mntput(child);
	}
}

bool path_follow_mounts(struct path *path)
{
	bool moved = false;
	struct mount *m;

	while ((READ_ONCE(path->dentry->flags) & DENTRY_MOUNTED) && (m = lookup_mount(path))) {
		dput(path->dentry);
		mntput(path->mount);
		path->mount = m;
		path->dentry = dget(m->root);
		moved = true;
	}
	return moved;
}

/* From a mount's root to the place where it stands. False: it is the top. */
bool path_follow_up(struct path *path)
{
	struct mount *m = path->mount, *parent;
	struct dentry *mountpoint;

	spin_lock(&mount_lock.lock);
	parent = m->parent;
	if (parent == m) {
		spin_unlock(&mount_lock.lock);
		return false;
	}
	mntget(parent);
	mountpoint = dget(m->mountpoint);
	spin_unlock(&mount_lock.lock);
	dput(path->dentry);
	path->dentry = mountpoint;
	mntput(path->mount);
	path->mount = parent;
	return true;
}

/* --- tree (namespace_sem and mount_lock for writing) --- */

static struct hlist_head *mountpoint_chain(const struct dentry *d)
{
	return &mountpoint_hash[hash_ptr(d, MOUNT_HASH_BITS)];
}

static struct mountpoint *mountpoint_find(struct dentry *d)
{
	struct mountpoint *mp;

	hlist_for_each_entry(mp, mountpoint_chain(d), hash)
		if (mp->dentry == d)
			return mp;
	return NULL;
}

/* The mount gets the reference on the mountpoint's dentry and on the parent that the caller holds. */
static void attach_locked(struct mount *m, struct mount *parent, struct mountpoint *mp)
{
	m->mountpoint = mp->dentry;
	m->mp = mp;
	WRITE_ONCE(m->parent, parent);
	hlist_add_head(&m->mp_node, &mp->mounts);
	hlist_add_head_rcu(&m->hash, mount_chain(parent, mp->dentry));
	list_add_tail(&m->child, &parent->children);
	spin_lock(&mp->dentry->lock);
	mp->dentry->flags |= DENTRY_MOUNTED;
	spin_unlock(&mp->dentry->lock);
}

/* Leaves its place; what it held there is dropped later by release_left. */
static void unlink_locked(struct mount *m)
{
	struct mountpoint *mp = m->mp;

	hlist_del_init_rcu(&m->hash);
	list_del_init(&m->child);
	hlist_del_init(&m->mp_node);
	m->left_dentry = m->mountpoint;
	m->left_parent = m->parent;
	WRITE_ONCE(m->parent, m);
	WRITE_ONCE(m->mountpoint, m->root);
	m->mp = NULL;
	if (!hlist_empty(&mp->mounts))
		return;
	spin_lock(&mp->dentry->lock);
	mp->dentry->flags &= ~DENTRY_MOUNTED;
	spin_unlock(&mp->dentry->lock);
	hlist_del(&mp->hash);
	m->left_mp = mp;
}

static void release_left(struct mount *m)
{
	struct dentry *dentry = m->left_dentry;
	struct mount *parent = m->left_parent;

	kfree(m->left_mp);
	m->left_dentry = NULL;
	m->left_parent = NULL;
	m->left_mp = NULL;
	dput(dentry);
	mntput(parent);
}

static struct mount *next_in_tree(struct mount *m, struct mount *root)
{
	struct list_head *next = m->children.next;

	if (next == &m->children) {
		for (;;) {
			if (m == root)
				return NULL;
			next = m->child.next;
			if (next != &m->parent->children)
				break;
			m = m->parent;
		}
	}
	return list_entry(next, struct mount, child);
}

static void tree_changed(struct mount_namespace *ns)
{
	WRITE_ONCE(ns->event, ns->event + 1);
	wake_up_poll(&ns->event_wait, EPOLLERR | EPOLLPRI);
}

static struct mount_namespace *current_ns(void)
{
	return current->fs->ns;
}

/* Is it part of the tree that current sees? Only such mounts may it change. */
static bool is_ours(const struct mount *m)
{
	return mount_is_attached(m) && m->ns == current_ns();
}

/*
 * Takes the whole tree at m down into list; mounts in it come apart. Under mount_lock for writing. The caller then lets go of the locks
 * and calls release_tree.
 */
static void umount_tree_locked(struct mount *m, struct list_head *list, bool sync)
{
	struct mount *p;
	LIST_HEAD(all);

	for (p = m; p; p = next_in_tree(p, m)) {
		list_del_init(&p->all_node);
		list_add_tail(&p->all_node, &all);
	}
	list_for_each_entry(p, &all, all_node) {
		WRITE_ONCE(p->flags, (p->flags & ~MNT_ATTACHED) | (sync ? MNT_SYNC_UMOUNT : 0));
		p->ns = NULL;
		if (p->mp)
			unlink_locked(p);
	}
	list_splice_tail_init(&all, list);
}

static void release_tree(struct list_head *list)
{
	struct mount *m, *tmp;

	if (list_empty(list))
		return;
	synchronize_rcu();
	list_for_each_entry_safe_reverse(m, tmp, list, all_node) {
		list_del_init(&m->all_node);
		release_left(m);
		mount_put_no_expire(m);
	}
}

/* --- attaching --- */

struct place {
	struct path path; /* uncovered: what the new mount will cover */
	struct mountpoint *mp;
};

/*
 * Takes the locks and makes path, whose references pass to place, the topmost mount there. -ENOENT: the place was removed.
 */
/* lint: context: 0: both locks are held */
static int place_lock(struct path *path, struct place *place)
{
	struct mountpoint *new = kmalloc(sizeof(*new), GFP_KERNEL), *mp;

	if (!new)
		return -ENOMEM;
	for (;;) {
		struct inode *inode = path->dentry->inode;

		down_write(&inode->rwsem);
		if (unlikely((path->dentry->flags & DENTRY_CANT_MOUNT) ||
			     d_unlinked(path->dentry))) {
			up_write(&inode->rwsem);
			kfree(new);
			return -ENOENT;
		}
		down_write(&namespace_sem);
		if (!path_follow_mounts(path))
			break;
		up_write(&namespace_sem);
		/* that of the covered one, which stays by its mount */
		up_write(&inode->rwsem);
	}
	write_seqlock(&mount_lock);
	mp = mountpoint_find(path->dentry);
	if (!mp) {
		mp = new;
		new = NULL;
		mp->dentry = path->dentry;
		INIT_HLIST_HEAD(&mp->mounts);
		hlist_add_head(&mp->hash, mountpoint_chain(path->dentry));
	}
	write_sequnlock(&mount_lock);
	kfree(new);
	place->path = *path;
	place->mp = mp;
	return 0;
}

/* lint: context: what place_lock() took */
static void place_unlock(struct place *place)
{
	struct mountpoint *unused = NULL;

	write_seqlock(&mount_lock);
	if (hlist_empty(&place->mp->mounts)) {
		hlist_del(&place->mp->hash);
		unused = place->mp;
	}
	write_sequnlock(&mount_lock);
	up_write(&namespace_sem);
	up_write(&place->path.dentry->inode->rwsem);
	kfree(unused);
}

/* Puts the tree of m at the place; everything in it becomes part of the namespace. */
static int graft(struct mount *m, struct place *place)
{
	struct dentry *at = place->path.dentry;

	if (m->sb->flags & SB_NOUSER)
		return -EINVAL;
	if (d_is_dir(at) != d_is_dir(m->root))
		return -ENOTDIR;
	if (!is_ours(place->path.mount))
		return -EINVAL;
	dget(at);
	mntget(place->path.mount);
	write_seqlock(&mount_lock);
	attach_locked(m, place->path.mount, place->mp);
	for (struct mount *p = m; p; p = next_in_tree(p, m)) {
		WRITE_ONCE(p->flags, p->flags | MNT_ATTACHED);
		p->ns = current_ns();
		list_del_init(&p->all_node);
		list_add_tail(&p->all_node, &p->ns->mounts);
	}
	write_sequnlock(&mount_lock);
	tree_changed(current_ns());
	return 0;
}

/* --- cloning --- */

static struct mount *clone_mount(struct mount *old, struct dentry *root)
{
	struct mount *m = alloc_mount(old->device);

	if (!m)
		return NULL;
	atomic_inc(&old->sb->active);
	m->sb = old->sb;
	m->root = dget(root);
	m->mountpoint = m->root;
	m->flags = old->flags & MNT_USER_FLAGS;
	mount_join_super(m);
	return m;
}

static void drop_tree(struct mount *m)
{
	LIST_HEAD(list);

	write_seqlock(&mount_lock);
	umount_tree_locked(m, &list, true);
	write_sequnlock(&mount_lock);
	release_tree(&list);
}

static struct mount *find_clone(struct mount *top, struct mount *old, struct mount **map,
				unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i += 2)
		if (map[i] == old)
			return map[i + 1];
	return top;
}

/* The tree at (old, root), mounts below included when recursive. namespace_sem held for writing. */
static struct mount *copy_tree(struct mount *old, struct dentry *root, bool recursive)
{
	struct mount *top = clone_mount(old, root), *p, **map;
	unsigned int nr = 0, size = 2;

	if (!top || !recursive)
		return top;
	for (p = old; p; p = next_in_tree(p, old))
		size += 2;
	map = kvmalloc(size * sizeof(*map), GFP_KERNEL);
	if (!map)
		goto drop;
	map[nr++] = old;
	map[nr++] = top;
	for (p = next_in_tree(old, old); p; p = next_in_tree(p, old)) {
		struct mount *parent = find_clone(NULL, p->parent, map, nr), *m;
		struct mountpoint *mp;

		if (!parent || (p->parent == old && !is_subdir(p->mountpoint, root)))
			continue;
		m = clone_mount(p, p->root);
		if (!m)
			goto free_map;
		map[nr++] = p;
		map[nr++] = m;
		dget(p->mountpoint);
		mntget(parent);
		write_seqlock(&mount_lock);
		mp = mountpoint_find(p->mountpoint); /* there, as p stands on it */
		attach_locked(m, parent, mp);
		write_sequnlock(&mount_lock);
	}
	kvfree(map);
	return top;
free_map:
	kvfree(map);
drop:
	drop_tree(top);
	return NULL;
}

/* --- mount(2) --- */

static unsigned int flags_to_mount(unsigned long flags)
{
	unsigned int m = 0;

	if (!(flags & MS_NOATIME))
		m |= MNT_RELATIME;
	if (flags & MS_NOSUID)
		m |= MNT_NOSUID;
	if (flags & MS_NODEV)
		m |= MNT_NODEV;
	if (flags & MS_NOEXEC)
		m |= MNT_NOEXEC;
	if (flags & MS_NOATIME)
		m |= MNT_NOATIME;
	if (flags & MS_NODIRATIME)
		m |= MNT_NODIRATIME;
	if (flags & MS_STRICTATIME)
		m &= ~(MNT_RELATIME | MNT_NOATIME);
	if (flags & MS_RDONLY)
		m |= MNT_READONLY;
	if (flags & MS_NOSYMFOLLOW)
		m |= MNT_NOSYMFOLLOW;
	return m;
}

static int set_mount_flags(struct mount *m, unsigned int new)
{
	int error = 0;

	if ((new &MNT_READONLY) && !(m->flags & MNT_READONLY))
		error = make_readonly(m);
	if (error)
		return error;
	write_seqlock(&mount_lock);
	WRITE_ONCE(m->flags, (m->flags & ~MNT_USER_FLAGS) | new);
	write_sequnlock(&mount_lock);
	tree_changed(current_ns());
	return 0;
}

static int remount_super(struct super_block *sb, unsigned int flags, char *options)
{
	int error = 0;

	if ((flags & SB_RDONLY) && !sb_rdonly(sb)) {
		struct mount *m;
		int writers = 0;

		list_for_each_entry(m, &sb->mounts, sb_node)
			writers += count_writers(m);
		if (writers > 0)
			return -EBUSY;
	}
	if (sb->ops && sb->ops->remount)
		error = sb->ops->remount(sb, &flags, options);
	if (!error)
		sb->flags = (sb->flags & ~(unsigned long)(SB_RDONLY | SB_SYNCHRONOUS | SB_MANDLOCK |
							  SB_LAZYTIME)) |
			    (flags & (SB_RDONLY | SB_SYNCHRONOUS | SB_MANDLOCK | SB_LAZYTIME));
	return error;
}

static int do_remount(struct path *path, unsigned long flags, char *options)
{
	struct mount *m = path->mount;
	unsigned int new = flags_to_mount(flags);
	int error = 0;

	if (path->dentry != m->root || !is_ours(m))
		return -EINVAL;
	/* without a word about access times they stay as they are */
	if (!(flags & (MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME)))
		new = (new & ~(MNT_NOATIME | MNT_NODIRATIME | MNT_RELATIME)) |
		      (m->flags & (MNT_NOATIME | MNT_NODIRATIME | MNT_RELATIME));
	down_write(&namespace_sem);
	if (!(flags & MS_BIND)) {
		down_write(&m->sb->umount_lock);
		error = remount_super(m->sb,
				      flags & (MS_RDONLY | MS_SYNCHRONOUS | MS_MANDLOCK |
					       MS_LAZYTIME),
				      options);
		up_write(&m->sb->umount_lock);
	}
	if (!error)
		error = set_mount_flags(m, new);
	up_write(&namespace_sem);
	return error;
}

static int do_change_type(struct path *path, unsigned long flags)
{
	if (path->dentry != path->mount->root)
		return -EINVAL;
	/* every mount is private; a slave without a master is a private mount too */
	return flags & (MS_PRIVATE | MS_SLAVE) ? 0 : -EINVAL;
}

static int do_bind(struct path *path, const char *source, bool recursive)
{
	struct path from;
	struct place place;
	struct mount *m;
	int error = kern_path(source, LOOKUP_FOLLOW, &from);

	if (error)
		return error;
	error = place_lock(path, &place);
	if (error)
		goto put_from;
	error = -EINVAL;
	if (!is_ours(from.mount) || !is_ours(place.path.mount))
		goto unlock;
	error = -ENOMEM;
	m = copy_tree(from.mount, from.dentry, recursive);
	if (!m)
		goto unlock;
	error = graft(m, &place);
	if (error)
		drop_tree(m);
unlock:
	place_unlock(&place);
put_from:
	path_put(&from);
	return error;
}

static bool mount_below(struct mount *m, struct mount *above)
{
	for (; m != above; m = m->parent)
		if (m->parent == m)
			return false;
	return true;
}

static int do_move(struct path *path, const char *source)
{
	struct path from;
	struct place place;
	struct mount *m;
	int error = kern_path(source, LOOKUP_FOLLOW, &from);

	if (error)
		return error;
	error = place_lock(path, &place);
	if (error)
		goto put_from;
	m = from.mount;
	error = -EINVAL;
	if (from.dentry != m->root || !is_ours(m) || m->parent == m || !is_ours(place.path.mount))
		goto unlock;
	if (d_is_dir(place.path.dentry) != d_is_dir(m->root))
		goto unlock;
	error = -ELOOP;
	if (mount_below(place.path.mount, m))
		goto unlock;
	write_seqlock(&mount_lock);
	unlink_locked(m);
	write_sequnlock(&mount_lock);
	release_left(m);
	error = graft(m, &place);
unlock:
	place_unlock(&place);
put_from:
	path_put(&from);
	return error;
}

static int do_new_mount(struct path *path, const char *type_name, unsigned long flags,
			const char *device, char *options)
{
	struct file_system_type *type;
	struct place place;
	struct dentry *root;
	struct mount *m;
	int error;

	if (!type_name)
		return -EINVAL;
	type = get_fs_type(type_name);
	if (!type)
		return -ENODEV;
	root = type->mount(type,
			   flags & (MS_RDONLY | MS_SYNCHRONOUS | MS_MANDLOCK | MS_DIRSYNC |
				    MS_SILENT | MS_LAZYTIME),
			   device, options);
	put_fs_type(type);
	if (IS_ERR(root))
		return PTR_ERR(root);
	m = alloc_mount(device);
	if (!m) {
		struct super_block *sb = root->sb;

		dput(root);
		deactivate_super(sb);
		return -ENOMEM;
	}
	m->root = root;
	m->sb = root->sb;
	m->mountpoint = root;
	m->flags = flags_to_mount(flags);
	mount_join_super(m);
	error = place_lock(path, &place);
	if (error) {
		mntput(m);
		return error;
	}
	if (place.path.mount->sb == m->sb && place.path.mount->root == place.path.dentry)
		error = -EBUSY;
	else if (d_is_symlink(m->root))
		error = -EINVAL;
	else
		error = graft(m, &place);
	place_unlock(&place);
	if (error)
		mntput(m);
	return error;
}

long do_mount(const char *device, struct pathname *dir, const char *type, unsigned long flags,
	      char *options)
{
	struct path path;
	long error;

	if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
		flags &= ~MS_MGC_MSK;
	if (flags & MS_NOUSER)
		return -EINVAL;
	error = path_lookup(AT_FDCWD, dir, LOOKUP_FOLLOW, &path);
	if (error)
		return error;
	if (!capable(CAP_SYS_ADMIN))
		error = -EPERM;
	else if (flags & MS_REMOUNT)
		error = do_remount(&path, flags, options);
	else if (flags & (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE))
		error = do_change_type(&path, flags);
	else if (flags & (MS_BIND | MS_MOVE))
		error = !device || !*device ? -EINVAL
			: flags & MS_BIND   ? do_bind(&path, device, flags & MS_REC)
					    : do_move(&path, device);
	else
		error = do_new_mount(&path, type, flags, device, options);
	path_put(&path);
	return error;
}

/* --- umount(2) --- */

static int umount_checked(struct mount *m, int flags)
{
	LIST_HEAD(list);
	int error = 0;

	if (m == current->fs->root.mount && !(flags & MNT_DETACH)) {
		/* the root cannot go while somebody runs on it: it becomes read-only, which is what shutting down wants */
		down_write(&namespace_sem);
		down_write(&m->sb->umount_lock);
		if (!sb_rdonly(m->sb))
			error = remount_super(m->sb, SB_RDONLY, NULL);
		up_write(&m->sb->umount_lock);
		up_write(&namespace_sem);
		return error;
	}
	down_write(&namespace_sem);
	if (!is_ours(m) || m->parent == m) {
		up_write(&namespace_sem);
		return -EINVAL;
	}
	write_seqlock(&mount_lock);
	if (flags & MNT_DETACH) {
		umount_tree_locked(m, &list, false);
	} else if (count_refs(m) > 2 || !list_empty(&m->children)) {
		error = -EBUSY;
	} else if ((flags & MNT_EXPIRE) && !(m->flags & MNT_EXPIRE_MARK)) {
		m->flags |= MNT_EXPIRE_MARK;
		error = -EAGAIN;
	} else {
		umount_tree_locked(m, &list, true);
	}
	write_sequnlock(&mount_lock);
	if (!list_empty(&list))
		tree_changed(current_ns());
	up_write(&namespace_sem);
	release_tree(&list);
	return error;
}

long do_umount(struct pathname *dir, int flags)
{
	struct path path;
	long error;

	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	error = path_lookup(AT_FDCWD, dir, flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW, &path);
	if (error)
		return error;
	if (path.dentry != path.mount->root || !is_ours(path.mount))
		error = -EINVAL;
	else if ((flags & MNT_EXPIRE) && (flags & (MNT_FORCE | MNT_DETACH)))
		error = -EINVAL;
	else
		error = umount_checked(path.mount, flags);
	dput(path.dentry);
	mount_put_no_expire(path.mount);
	return error;
}

/* --- pivot_root(2) --- */

static void move_process_roots(const struct path *old, const struct path *new)
{
	fs_contexts_replace(old, new);
}

/* put_old must be reachable from new. */
static bool is_path_below(const struct path *path, const struct path *top)
{
	struct mount *m = path->mount;
	struct dentry *d = path->dentry;

	while (m != top->mount && m->parent != m) {
		d = m->mountpoint;
		m = m->parent;
	}
	return m == top->mount && is_subdir(d, top->dentry);
}

static long pivot_locked(struct path *new, struct path *root, struct place *old)
{
	struct mount *new_mount = new->mount, *old_root = root->mount;
	struct place at;

	if (!is_ours(new_mount) || !is_ours(old_root) || !is_ours(old->path.mount))
		return -EINVAL;
	if (d_unlinked(new->dentry))
		return -ENOENT;
	if (new_mount == old_root || old->path.mount == old_root)
		return -EBUSY;
	if (old_root->root != root->dentry || old_root->parent == old_root ||
	    new_mount->root != new->dentry || new_mount->parent == new_mount)
		return -EINVAL;
	if (!is_path_below(&old->path, new) || !is_path_below(new, root))
		return -EINVAL;
	at.path.mount = old_root->parent;
	at.path.dentry = old_root->mountpoint;
	at.mp = old_root->mp;
	path_get(&at.path);
	mntget(old->path.mount);
	dget(old->path.dentry);
	write_seqlock(&mount_lock);
	unlink_locked(new_mount);
	/* the root's mountpoint gets its new mount before the old one leaves, so that it stays */
	attach_locked(new_mount, at.path.mount, at.mp);
	unlink_locked(old_root);
	attach_locked(old_root, old->path.mount, old->mp);
	write_sequnlock(&mount_lock);
	release_left(new_mount);
	release_left(old_root);
	tree_changed(current_ns());
	return 0;
}

long do_pivot_root(struct pathname *new_root, struct pathname *put_old)
{
	struct path new, old, root;
	struct place place;
	long error;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	error = path_lookup(AT_FDCWD, new_root, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &new);
	if (error)
		return error;
	error = path_lookup(AT_FDCWD, put_old, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &old);
	if (error)
		goto put_new;
	fs_get_root(current->fs, &root);
	error = place_lock(&old, &place);
	if (!error) {
		error = pivot_locked(&new, &root, &place);
		place_unlock(&place);
		if (!error)
			move_process_roots(&root, &new);
	}
	path_put(&root);
	path_put(&old);
put_new:
	path_put(&new);
	return error;
}

/* --- namespaces --- */

struct mount_namespace *mount_namespace_get(struct mount_namespace *ns)
{
	atomic_inc(&ns->refs);
	return ns;
}

void mount_namespace_put(struct mount_namespace *ns)
{
	LIST_HEAD(list);

	if (!atomic_dec_and_test(&ns->refs))
		return;
	down_write(&namespace_sem);
	write_seqlock(&mount_lock);
	umount_tree_locked(ns->root, &list, false);
	write_sequnlock(&mount_lock);
	up_write(&namespace_sem);
	release_tree(&list);
	kfree(ns);
}

/* A place in the old tree becomes the same place in the copy. */
static void translate(struct path *path, struct mount *from, struct mount *to, struct path *left)
{
	if (path->mount != from)
		return;
	*left = *path;
	path->mount = mntget(to);
	dget(path->dentry);
}

/*
 * CLONE_NEWNS: gives fs, which is the caller's alone, a namespace of its own with a copy of every mount; its root and working directory move
 * into that.
 */
int fs_context_new_namespace(struct fs_context *fs)
{
	struct mount_namespace *ns, *old = fs->ns;
	struct path left_root = { NULL, NULL }, left_pwd = { NULL, NULL };
	struct mount *p, *q, *top;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	ns = kzalloc(sizeof(*ns), GFP_KERNEL);
	if (!ns)
		return -ENOMEM;
	atomic_set(&ns->refs, 1);
	INIT_LIST_HEAD(&ns->mounts);
	init_waitqueue_head(&ns->event_wait);
	down_write(&namespace_sem);
	top = copy_tree(old->root, old->root->root, true);
	if (!top) {
		up_write(&namespace_sem);
		kfree(ns);
		return -ENOMEM;
	}
	ns->root = top;
	/* both trees have the same shape and order */
	write_seqlock(&mount_lock);
	for (p = old->root, q = top; q; p = next_in_tree(p, old->root), q = next_in_tree(q, top)) {
		q->ns = ns;
		WRITE_ONCE(q->flags, q->flags | MNT_ATTACHED);
		list_del_init(&q->all_node);
		list_add_tail(&q->all_node, &ns->mounts);
		translate(&fs->root, p, q, &left_root);
		translate(&fs->pwd, p, q, &left_pwd);
	}
	write_sequnlock(&mount_lock);
	up_write(&namespace_sem);
	fs->ns = ns;
	path_put(&left_root);
	path_put(&left_pwd);
	mount_namespace_put(old);
	return 0;
}

/* --- start: an empty tmpfs is the root --- */

/* For mmap: may the file's pages be executed? */
static bool mount_forbids_exec(const struct file *file)
{
	return (READ_ONCE(file->path.mount->flags) & MNT_NOEXEC) ||
	       (file->inode->sb->flags & SB_NOEXEC);
}

void mount_init(void)
{
	struct file_system_type *type;
	struct mount *m;
	struct dentry *root;

	file_forbids_exec = mount_forbids_exec;
	mount_cache = KMEM_CACHE(mount, SLAB_PANIC);
	type = get_fs_type("rootfs");
	root = type ? type->mount(type, 0, "rootfs", NULL) : ERR_PTR(-ENODEV);
	m = alloc_mount("rootfs");
	if (IS_ERR(root) || !m)
		panic("vfs: no root file system");
	m->root = root;
	m->sb = root->sb;
	m->mountpoint = root;
	m->flags = MNT_ATTACHED;
	m->ns = &init_mount_namespace;
	list_add(&m->all_node, &init_mount_namespace.mounts);
	init_mount_namespace.root = m;
	mount_join_super(m);
	init_fs_context.ns = &init_mount_namespace;
	init_fs_context.root = (struct path){ mntget(m), dget(root) };
	init_fs_context.pwd = (struct path){ mntget(m), dget(root) };
}
