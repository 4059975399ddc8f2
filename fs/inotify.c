/* SPDX-License-Identifier: MIT */
/*
 * inotify(7).
 *
 * A watch ties an inode to a group (an open inotify descriptor). It stands on the inode's list (inode->watches), where the VFS's hooks find
 * it under RCU, and in the group's array by its number. An event is put at the end of the group's queue, unless it equals the last one.
 *
 * A watch keeps its inode. It goes with IN_IGNORED when it is removed, when the inode is deleted, and when its file system is unmounted.
 *
 * Locks: group->mutex (watches of the group; may sleep), then watches_mutex (lists of the inodes), then group->lock (the queue).
 */
#include <fs/calls.h>
#include <fs/files.h>
#include <fs/poll.h>
#include <fs/seq_file.h>
#include <fs/uio.h>
#include <fs/vfs.h>
#include <kernel/cred.h>
#include <kernel/sched.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/rculist.h>
#include <lib/string.h>
#include <lib/xarray.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/fcntl.h>
#include <uapi/ioctls.h>

#include "internal.h"
#include "notify.h"

unsigned int inotify_max_instances = 128, inotify_max_watches = 65536, inotify_max_events = 16384;
int notify_watches; /* watches_mutex; hooks read it without */
static DEFINE_MUTEX(watches_mutex);
static struct kmem_cache *watch_cache;
static atomic_t nr_groups, nr_all_watches;
static atomic_t cookies;

struct group {
	struct mutex mutex;
	struct xarray watches; /* mutex: by number */
	u32 next_wd;	       /* mutex */
	spinlock_t lock;
	struct list_head events; /* lock */
	unsigned int nr_events;	 /* lock */
	bool overflowed;	 /* lock: an overflow event is queued */
	wait_queue_head_t wait;
	atomic_t refs; /* the file, and each watch */
	bool dead;     /* mutex */
};

struct watch {
	struct list_head inode_node; /* watches_mutex; RCU */
	struct group *group;	     /* I: with a reference */
	struct inode *inode;	     /* I: with a reference */
	u32 mask;		     /* group->mutex; hooks read it without */
	int wd;			     /* I */
	bool gone;		     /* group->mutex */
	atomic_t refs;		     /* group's array, and hooks */
	struct rcu_head rcu;
};

/* What inode->watches points to. */
struct watch_list {
	struct list_head head; /* watches_mutex; RCU */
	struct rcu_head rcu;
};

struct event {
	struct list_head node;
	struct inotify_event info; /* last: its name follows; len: padded */
};

u32 notify_cookie(void) { return atomic_inc_return(&cookies); }

static void put_group(struct group *g)
{
	struct event *e, *tmp;

	if (!atomic_dec_and_test(&g->refs))
		return;
	/* no hook is at work for it any more: each has a watch, and each watch the group */
	list_for_each_entry_safe(e, tmp, &g->events, node)
		kfree(e);
	atomic_dec(&nr_groups);
	kfree(g);
}

static void watch_free_rcu(struct rcu_head *head)
{
	kmem_cache_free(watch_cache, container_of(head, struct watch, rcu));
}

static void put_watch(struct watch *w)
{
	if (atomic_dec_and_test(&w->refs)) {
		put_group(w->group);
		call_rcu(&w->rcu, watch_free_rcu);
	}
}

/* --- events --- */

static struct event *new_event(int wd, u32 mask, u32 cookie, const struct qstr *name, gfp_t gfp)
{
	/* padded to the header's size, as readers step by it */
	u32 room = name ? name->len + 1 : 0, len = ALIGN(room, (u32)sizeof(struct inotify_event));
	struct event *e = kzalloc(sizeof(*e) + len, gfp);

	if (!e)
		return NULL;
	e->info = (struct inotify_event){ .wd = wd, .mask = mask, .cookie = cookie, .len = len };
	if (name)
		memcpy(e->info.name, name->name, name->len);
	return e;
}

static bool same_event(const struct event *a, const struct event *b)
{
	return a->info.wd == b->info.wd && a->info.mask == b->info.mask &&
	       a->info.cookie == b->info.cookie && a->info.len == b->info.len &&
	       !memcmp(a->info.name, b->info.name, a->info.len);
}

/* e may be NULL: there was no memory, which is told like a full queue. */
static void queue_event(struct group *g, struct event *e)
{
	struct event *overflow = NULL;

	spin_lock(&g->lock);
	if (e && !list_empty(&g->events) &&
	    same_event(list_last_entry(&g->events, struct event, node), e)) {
		spin_unlock(&g->lock);
		kfree(e);
		return;
	}
	if (!e || g->nr_events >= inotify_max_events) {
		kfree(e);
		e = NULL;
		if (!g->overflowed)
			e = overflow = kzalloc(sizeof(*e), GFP_NOWAIT);
		if (!e) {
			spin_unlock(&g->lock);
			return;
		}
		g->overflowed = true;
		overflow->info = (struct inotify_event){ .wd = -1, .mask = IN_Q_OVERFLOW };
	}
	list_add_tail(&e->node, &g->events);
	g->nr_events++;
	spin_unlock(&g->lock);
	wake_up_interruptible_poll(&g->wait, EPOLLIN | EPOLLRDNORM);
}

static void remove_watch(struct watch *w, bool tell);

#define ONESHOT_BATCH	16

/*
 * Each watch of the inode that wants the event. Under RCU, so nothing sleeps here; one-shot watches are switched off at once and taken away
 * afterwards.
 */
static void notify_list(struct inode *inode, u32 mask, u32 cookie, const struct qstr *name)
{
	struct watch *used_up[ONESHOT_BATCH];
	u32 what = mask & IN_ALL_EVENTS;
	struct watch_list *list;
	unsigned int n = 0;
	struct watch *w;

	rcu_read_lock();
	list = READ_ONCE(inode->watches);
	if (!list)
		goto out;
	list_for_each_entry_rcu(w, &list->head, inode_node) {
		u32 wanted = READ_ONCE(w->mask);

		if (!(wanted & what) || !atomic_inc_not_zero(&w->refs))
			continue;
		if ((wanted & IN_ONESHOT) && !try_cmpxchg(&w->mask, &wanted, IN_ONESHOT)) {
			put_watch(w); /* another event was first */
			continue;
		}
		queue_event(w->group, new_event(w->wd, mask, cookie, name, GFP_NOWAIT));
		if ((wanted & IN_ONESHOT) && n < ONESHOT_BATCH)
			used_up[n++] = w;
		else
			put_watch(w);
	}
out:
	rcu_read_unlock();
	while (n--) {
		remove_watch(used_up[n], true);
		put_watch(used_up[n]);
	}
}

void notify_inode_slow(struct inode *inode, u32 mask)
{
	if (inode && READ_ONCE(inode->watches))
		notify_list(inode, mask, 0, NULL);
}

void notify_dirent_slow(struct inode *dir, u32 mask, const struct qstr *name, u32 cookie)
{
	if (READ_ONCE(dir->watches))
		notify_list(dir, mask, cookie, name);
}

void notify_dentry_slow(struct dentry *dentry, u32 mask)
{
	struct inode *inode = dentry->inode;
	struct dentry *parent;

	if (!inode || (inode->flags & S_PRIVATE) || !mask)
		return;
	if (S_ISDIR(inode->mode))
		mask |= IN_ISDIR;
	if (!d_is_root(dentry)) {
		parent = dget_parent(dentry);
		if (parent->inode && READ_ONCE(parent->inode->watches) && !d_unlinked(dentry)) {
			struct qstr name;
			char *copy;

			/* the name may change at any time: a copy under the lock */
			spin_lock(&dentry->lock);
			name = dentry->name;
			copy = kmemdup(name.name, name.len + 1, GFP_NOWAIT);
			spin_unlock(&dentry->lock);
			name.name = copy;
			if (copy)
				notify_list(parent->inode, mask, 0, &name);
			kfree(copy);
		}
		dput(parent);
	}
	if (READ_ONCE(inode->watches))
		notify_list(inode, mask, 0, NULL);
}

/* --- watches --- */

/* Takes the watch out of everything; the group's and the inode's references are dropped. */
static void remove_watch(struct watch *w, bool tell)
{
	struct group *g = w->group;
	struct inode *inode = w->inode;

	mutex_lock(&g->mutex);
	if (w->gone) {
		mutex_unlock(&g->mutex);
		return;
	}
	w->gone = true;
	xa_erase(&g->watches, w->wd);
	mutex_lock(&watches_mutex);
	list_del_rcu(&w->inode_node);
	notify_watches--;
	mutex_unlock(&watches_mutex);
	if (tell)
		queue_event(g, new_event(w->wd, IN_IGNORED, 0, NULL, GFP_KERNEL));
	mutex_unlock(&g->mutex);
	atomic_dec(&nr_all_watches);
	put_watch(w);
	iput(inode);
}

static void remove_all(struct inode *inode, u32 last_words)
{
	struct watch_list *list;
	struct watch *w;

again:
	rcu_read_lock();
	list = READ_ONCE(inode->watches);
	if (list) {
		list_for_each_entry_rcu(w, &list->head, inode_node) {
			if (READ_ONCE(w->gone) || !atomic_inc_not_zero(&w->refs))
				continue;
			rcu_read_unlock();
			if (last_words == IN_UNMOUNT || (READ_ONCE(w->mask) & last_words))
				queue_event(w->group,
					    new_event(w->wd, last_words, 0, NULL, GFP_KERNEL));
			remove_watch(w, true);
			put_watch(w);
			goto again;
		}
	}
	rcu_read_unlock();
}

void notify_inode_gone(struct inode *inode)
{
	if (unlikely(READ_ONCE(inode->watches)) && (!inode->nlink || S_ISDIR(inode->mode)))
		remove_all(inode, IN_DELETE_SELF);
}

/* The file system is being taken down: watches may not keep its inodes. */
void notify_unmount(struct super_block *sb)
{
	struct inode *inode, *prev = NULL;

	if (!READ_ONCE(notify_watches))
		return;
	spin_lock(&sb->inodes_lock);
	list_for_each_entry(inode, &sb->inodes, sb_list) {
		if (!READ_ONCE(inode->watches) || !atomic_inc_not_zero(&inode->refs))
			continue;
		spin_unlock(&sb->inodes_lock);
		iput(prev);
		prev = inode;
		remove_all(inode, IN_UNMOUNT);
		spin_lock(&sb->inodes_lock);
	}
	spin_unlock(&sb->inodes_lock);
	iput(prev);
}

void notify_free_list(struct inode *inode)
{
	struct watch_list *list = inode->watches;

	inode->watches = NULL;
	if (list)
		kfree_rcu(list, rcu);
}

static struct watch *find_watch(struct group *g, struct inode *inode)
{
	struct watch_list *list;
	struct watch *w, *found = NULL;

	mutex_lock(&watches_mutex);
	list = inode->watches;
	if (list) {
		list_for_each_entry(w, &list->head, inode_node) {
			if (w->group == g) {
				found = w;
				break;
			}
		}
	}
	mutex_unlock(&watches_mutex);
	return found;
}

static int update_watch(struct watch *w, u32 mask)
{
	if (mask & IN_MASK_CREATE)
		return -EEXIST;
	if (mask & IN_MASK_ADD)
		WRITE_ONCE(w->mask, w->mask | (mask & ~IN_MASK_ADD));
	else
		WRITE_ONCE(w->mask, mask);
	return w->wd;
}

static int new_watch(struct group *g, struct inode *inode, u32 mask)
{
	struct watch_list *list = kzalloc(sizeof(*list), GFP_KERNEL);
	struct watch *w = kmem_cache_zalloc(watch_cache, GFP_KERNEL);
	int error = -ENOMEM;
	u32 wd;

	if (!list || !w)
		goto free;
	error = -ENOSPC;
	if ((unsigned int)atomic_inc_return(&nr_all_watches) > inotify_max_watches)
		goto uncount;
	w->inode = inode;
	w->group = g;
	w->mask = mask;
	atomic_set(&w->refs, 1);
	error = xa_alloc_cyclic(&g->watches, &wd, w, XA_LIMIT(1, INT_MAX), &g->next_wd, GFP_KERNEL);
	if (error < 0)
		goto uncount;
	w->wd = wd;
	atomic_inc(&g->refs);
	ihold(inode);
	mutex_lock(&watches_mutex);
	if (!inode->watches) {
		INIT_LIST_HEAD(&list->head);
		rcu_assign_pointer(inode->watches, (void *)list);
		list = NULL;
	}
	list_add_rcu(&w->inode_node, &((struct watch_list *)inode->watches)->head);
	notify_watches++;
	mutex_unlock(&watches_mutex);
	kfree(list);
	return wd;
uncount:
	atomic_dec(&nr_all_watches);
free:
	kfree(list);
	if (w)
		kmem_cache_free(watch_cache, w);
	return error;
}

/* --- the file --- */

static struct event *take_event(struct group *g, size_t room, ssize_t *error)
{
	struct event *e = NULL;

	*error = 0;
	spin_lock(&g->lock);
	if (!list_empty(&g->events)) {
		e = list_first_entry(&g->events, struct event, node);
		if (sizeof(e->info) + e->info.len > room) {
			e = NULL;
			*error = -EINVAL;
		} else {
			list_del(&e->node);
			g->nr_events--;
			if (e->info.mask == IN_Q_OVERFLOW)
				g->overflowed = false;
		}
	}
	spin_unlock(&g->lock);
	return e;
}

static ssize_t inotify_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct group *g = file->private;
	ssize_t done = 0, error;

	for (;;) {
		struct event *e = take_event(g, to->count, &error);

		if (e) {
			size_t size = sizeof(e->info) + e->info.len, copied;

			copied = copy_to_iter(&e->info, sizeof(e->info), to);
			copied += copy_to_iter(e->info.name, e->info.len, to);
			kfree(e);
			if (copied != size)
				return done ?: -EFAULT;
			done += size;
			continue;
		}
		if (done)
			return done;
		if (error)
			return error;
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		error = wait_event_interruptible(&g->wait, !list_empty_careful(&g->events));
		if (error)
			return error;
	}
}

static u32 inotify_poll(struct file *file, struct poll_table *table)
{
	struct group *g = file->private;

	poll_wait(file, &g->wait, table);
	return list_empty_careful(&g->events) ? 0 : EPOLLIN | EPOLLRDNORM;
}

static long inotify_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	struct group *g = file->private;
	struct event *e;
	size_t bytes = 0;

	if (command != FIONREAD)
		return -ENOIOCTLCMD;
	spin_lock(&g->lock);
	list_for_each_entry(e, &g->events, node)
		bytes += sizeof(e->info) + e->info.len;
	spin_unlock(&g->lock);
	return put_user((int)bytes, (int __user *)arg);
}

static void inotify_release(struct inode *inode, struct file *file)
{
	struct group *g = file->private;
	struct watch *w;

	for (;;) {
		unsigned long wd = 0;

		mutex_lock(&g->mutex);
		w = xa_find(&g->watches, &wd, ULONG_MAX, XA_PRESENT);
		if (w)
			atomic_inc(&w->refs);
		mutex_unlock(&g->mutex);
		if (!w)
			break;
		remove_watch(w, false);
		put_watch(w);
	}
	xa_destroy(&g->watches);
	put_group(g);
}

static void inotify_fdinfo(struct seq_file *m, struct file *file)
{
	struct group *g = file->private;
	unsigned long wd;
	struct watch *w;

	mutex_lock(&g->mutex);
	xa_for_each(&g->watches, wd, w)
		seq_printf(m, "inotify wd:%lx ino:%llx sdev:%x mask:%x ignored_mask:0 \n", wd,
			   (unsigned long long)w->inode->ino, w->inode->sb->dev, w->mask);
	mutex_unlock(&g->mutex);
}

static const struct file_operations inotify_fops = {
	.read_iter = inotify_read,
	.poll = inotify_poll,
	.ioctl = inotify_ioctl,
	.release = inotify_release,
	.show_fdinfo = inotify_fdinfo,
	.llseek = noop_llseek,
};

long do_inotify_init(int flags)
{
	struct group *g;
	struct file *file;
	int fd;

	if (flags & ~(IN_CLOEXEC | IN_NONBLOCK))
		return -EINVAL;
	if ((unsigned int)atomic_inc_return(&nr_groups) > inotify_max_instances) {
		atomic_dec(&nr_groups);
		return -EMFILE;
	}
	g = kzalloc(sizeof(*g), GFP_KERNEL);
	if (!g) {
		atomic_dec(&nr_groups);
		return -ENOMEM;
	}
	mutex_init(&g->mutex);
	xa_init(&g->watches);
	g->next_wd = 1;
	spin_lock_init(&g->lock, LOCK_RANK_EPOLL);
	INIT_LIST_HEAD(&g->events);
	init_waitqueue_head(&g->wait);
	atomic_set(&g->refs, 1);
	fd = get_unused_fd_flags(flags & O_CLOEXEC);
	if (fd < 0)
		goto put;
	file = anon_inode_file("inotify", &inotify_fops, g, O_RDONLY | (flags & O_NONBLOCK));
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		fd = PTR_ERR(file);
		goto put;
	}
	fd_install(fd, file);
	return fd;
put:
	put_group(g);
	return fd;
}

static struct group *group_of(int nr, struct fd *fd)
{
	*fd = fd_get(nr);
	if (!fd->file)
		return ERR_PTR(-EBADF);
	if (fd->file->ops == &inotify_fops)
		return fd->file->private;
	fd_put(*fd);
	return ERR_PTR(-EINVAL);
}

long do_inotify_add_watch(int nr, const char __user *name, u32 mask)
{
	struct group *g;
	struct watch *w;
	struct path path;
	struct fd fd;
	long r;

	if (!(mask & IN_ALL_EVENTS) ||
	    (mask & (IN_MASK_ADD | IN_MASK_CREATE)) == (IN_MASK_ADD | IN_MASK_CREATE))
		return -EINVAL;
	g = group_of(nr, &fd);
	if (IS_ERR(g))
		return PTR_ERR(g);
	r = user_path_at(AT_FDCWD, name,
			 (mask & IN_DONT_FOLLOW ? 0 : LOOKUP_FOLLOW) |
				 (mask & IN_ONLYDIR ? LOOKUP_DIRECTORY : 0),
			 &path);
	if (r)
		goto put;
	r = inode_permission(path.dentry->inode, MAY_READ);
	if (!r) {
		u32 kept = mask & (IN_ALL_EVENTS | IN_ONESHOT | IN_EXCL_UNLINK | IN_MASK_ADD |
				   IN_MASK_CREATE);

		mutex_lock(&g->mutex);
		w = find_watch(g, path.dentry->inode);
		r = w ? update_watch(w, kept)
		      : new_watch(g, path.dentry->inode, kept & ~(IN_MASK_ADD | IN_MASK_CREATE));
		mutex_unlock(&g->mutex);
	}
	path_put(&path);
put:
	fd_put(fd);
	return r;
}

long do_inotify_rm_watch(int nr, int wd)
{
	struct group *g;
	struct watch *w;
	struct fd fd;
	long r = -EINVAL;

	g = group_of(nr, &fd);
	if (IS_ERR(g))
		return PTR_ERR(g);
	mutex_lock(&g->mutex);
	w = xa_load(&g->watches, (unsigned int)wd);
	if (w)
		atomic_inc(&w->refs);
	mutex_unlock(&g->mutex);
	if (w) {
		remove_watch(w, true);
		put_watch(w);
		r = 0;
	}
	fd_put(fd);
	return r;
}

void inotify_init(void)
{
	watch_cache = kmem_cache_create("inotify_watch", sizeof(struct watch), 8, SLAB_PANIC, NULL);
}
