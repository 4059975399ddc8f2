/* SPDX-License-Identifier: MIT */
/*
 * Locks on files: POSIX (fcntl F_SETLK, owned by a descriptor table), open file description (F_OFD_SETLK, owned by the open file) and flock(2).
 * Leases are not there.
 *
 * POSIX and OFD locks share one list in an inode, sorted by start; an owner's locks on it do not overlap, and a new one replaces, splits or
 * joins them. flock locks are a list of their own. A waiter sleeps on the context's queue and looks again whenever a lock goes.
 *
 * context->mutex guards both lists. Deadlocks between POSIX locks are found by following who waits for whom (blocked_mutex).
 */
#include <fs/files.h>
#include <fs/locks.h>
#include <fs/vfs.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/wait.h>
#include <lib/kernel.h>
#include <lib/list.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/fcntl.h>
#include <uapi/fs.h>

#include "internal.h"

#define OFFSET_MAX	S64_MAX

struct file_lock {
	struct list_head node; /* context->mutex */
	void *owner;	       /* I: struct files or struct file */
	bool ofd;	       /* I */
	bool write;	       /* context->mutex */
	s32 pid;	       /* I: -1 for OFD */
	loff_t start, end;     /* context->mutex; both included */
};

struct file_lock_context {
	struct mutex mutex;
	struct list_head posix; /* mutex; by start */
	struct list_head flock; /* mutex */
	wait_queue_head_t wait;
	u64 changes; /* mutex: counts up when a lock goes */
};

/* A thread that waits for a POSIX lock of `holder`. */
struct blocked {
	struct list_head node; /* blocked_mutex */
	void *owner, *holder;
};
static DEFINE_MUTEX(blocked_mutex);
static LIST_HEAD(all_blocked);
static struct kmem_cache *lock_cache;

static struct file_lock_context *context_of(struct inode *inode)
{
	struct file_lock_context *c = READ_ONCE(inode->locks), *old = NULL;

	if (likely(c))
		return c;
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return NULL;
	mutex_init(&c->mutex);
	INIT_LIST_HEAD(&c->posix);
	INIT_LIST_HEAD(&c->flock);
	init_waitqueue_head(&c->wait);
	if (try_cmpxchg(&inode->locks, &old, c))
		return c;
	kfree(c);
	return old;
}

void file_locks_free(struct inode *inode)
{
	/* each lock's file held the inode, so both lists are empty */
	kfree(inode->locks);
	inode->locks = NULL;
}

static void lock_gone(struct file_lock_context *c)
{
	c->changes++;
	wake_up_all(&c->wait);
}

/* --- POSIX and OFD --- */

static bool overlap(const struct file_lock *a, const struct file_lock *b) { return a->start <= b->end && b->start <= a->end; }
static bool same_owner(const struct file_lock *a, const struct file_lock *b) { return a->owner == b->owner && a->ofd == b->ofd; }

static struct file_lock *conflict(struct file_lock_context *c, const struct file_lock *want)
{
	struct file_lock *l;

	list_for_each_entry(l, &c->posix, node)
		if (overlap(l, want) && !same_owner(l, want) && (l->write || want->write))
			return l;
	return NULL;
}

static void insert_sorted(struct file_lock_context *c, struct file_lock *new)
{
	struct file_lock *l;

	list_for_each_entry(l, &c->posix, node)
		if (l->start > new->start)
			break;
	list_add_tail(&new->node, &l->node);
}

static void delete (struct file_lock *l)
{
	list_del(&l->node);
	kmem_cache_free(lock_cache, l);
}

/*
 * Makes [want->start, want->end] what want says: `type` F_RDLCK, F_WRLCK or F_UNLCK. spare: two locks made beforehand, so that this cannot
 * fail half-way; what was used is set to NULL.
 */
static void apply(struct file_lock_context *c, struct file_lock *want, int type,
		  struct file_lock *spare[2])
{
	bool write = type == F_WRLCK, gone = type == F_UNLCK;
	struct file_lock *l, *tmp, *new = spare[0];

	*new = *want;
	new->write = write;
	list_for_each_entry_safe(l, tmp, &c->posix, node) {
		if (!same_owner(l, new))
			continue;
		if (!gone && l->write == write) {
			/* the same kind, touching or overlapping: becomes part of the new one */
			if (l->start > (new->end == OFFSET_MAX ? new->end : new->end + 1) ||
			    new->start > (l->end == OFFSET_MAX ? l->end : l->end + 1))
				continue;
			new->start = min(new->start, l->start);
			new->end = max(new->end, l->end);
			delete (l);
			continue;
		}
		if (!overlap(l, new))
			continue;
		if (l->start < new->start && l->end > new->end) {
			struct file_lock *right = spare[1];

			spare[1] = NULL;
			*right = *l;
			right->start = new->end + 1;
			l->end = new->start - 1;
			insert_sorted(c, right);
		} else if (l->start < new->start) {
			l->end = new->start - 1;
		} else if (l->end > new->end) {
			l->start = new->end + 1;
			list_del(&l->node);
			insert_sorted(c, l);
		} else {
			delete (l);
		}
	}
	if (!gone) {
		insert_sorted(c, new);
		spare[0] = NULL;
	}
	lock_gone(c);
}

/* Would waiting for `holder` close a circle? blocked_mutex held. */
static bool would_deadlock(void *owner, void *holder)
{
	struct blocked *b;
	unsigned int steps = 0;

again:
	list_for_each_entry(b, &all_blocked, node) {
		if (b->owner != holder)
			continue;
		if (b->holder == owner)
			return true;
		holder = b->holder;
		if (++steps > 10) /* longer chains than that are not looked into */
			return false;
		goto again;
	}
	return false;
}

static bool changed(struct file_lock_context *c, u64 since) { return READ_ONCE(c->changes) != since; }

/* Sleeps until a lock of the inode goes. mutex held, let go and taken again. */
static int wait_for_change(struct file_lock_context *c, const struct file_lock *want,
			   const struct file_lock *holder) __must_hold(&c->mutex)
{
	struct blocked b = { .owner = want->owner, .holder = holder->owner };
	bool watched = !want->ofd && !holder->ofd;
	u64 since = c->changes;
	int error = 0;

	if (watched) {
		mutex_lock(&blocked_mutex);
		if (would_deadlock(b.owner, b.holder))
			error = -EDEADLK;
		else
			list_add(&b.node, &all_blocked);
		mutex_unlock(&blocked_mutex);
		if (error)
			return error;
	}
	mutex_unlock(&c->mutex);
	error = wait_event_interruptible(&c->wait, changed(c, since));
	if (watched) {
		mutex_lock(&blocked_mutex);
		list_del(&b.node);
		mutex_unlock(&blocked_mutex);
	}
	mutex_lock(&c->mutex);
	return error;
}

static int set_lock(struct inode *inode, struct file_lock *want, int type, bool wait)
{
	struct file_lock_context *c = context_of(inode);
	struct file_lock *spare[2], *holder;
	int error = 0;

	if (!c)
		return -ENOMEM;
	spare[0] = kmem_cache_alloc(lock_cache, GFP_KERNEL);
	spare[1] = kmem_cache_alloc(lock_cache, GFP_KERNEL);
	if (!spare[0] || !spare[1]) {
		error = -ENOLCK;
		goto free;
	}
	want->write = type == F_WRLCK;
	mutex_lock(&c->mutex);
	while (type != F_UNLCK && (holder = conflict(c, want))) {
		error = wait ? wait_for_change(c, want, holder) : -EAGAIN;
		if (error)
			break;
	}
	if (!error)
		apply(c, want, type, spare);
	mutex_unlock(&c->mutex);
free:
	if (spare[0])
		kmem_cache_free(lock_cache, spare[0]);
	if (spare[1])
		kmem_cache_free(lock_cache, spare[1]);
	return error;
}

/* struct flock's range: start relative to whence, negative lengths count backwards. */
static int parse_range(struct file *file, const struct flock *f, struct file_lock *l)
{
	loff_t start;

	switch (f->l_whence) {
	case SEEK_SET: start = 0; break;
	case SEEK_CUR: start = file->pos; break;
	case SEEK_END: start = file->inode->size; break;
	default: return -EINVAL;
	}
	if (__builtin_add_overflow(start, f->l_start, &start))
		return -EOVERFLOW;
	if (start < 0)
		return -EINVAL;
	l->start = start;
	if (f->l_len > 0) {
		if (f->l_len - 1 > OFFSET_MAX - start)
			return -EOVERFLOW;
		l->end = start + f->l_len - 1;
	} else if (f->l_len < 0) {
		if (start + f->l_len < 0)
			return -EINVAL;
		l->start = start + f->l_len;
		l->end = start - 1;
	} else {
		l->end = OFFSET_MAX;
	}
	return 0;
}

static void set_owner(struct file *file, struct file_lock *l, bool ofd)
{
	l->ofd = ofd;
	l->owner = ofd ? (void *)file : (void *)current->files;
	l->pid = ofd ? -1 : thread_tgid(current);
}

long fcntl_getlk(struct file *file, struct flock *f, bool ofd)
{
	struct file_lock want, *holder = NULL;
	struct file_lock_context *c;
	int error;

	if ((f->l_type != F_RDLCK && f->l_type != F_WRLCK) || (ofd && f->l_pid))
		return -EINVAL;
	error = parse_range(file, f, &want);
	if (error)
		return error;
	set_owner(file, &want, ofd);
	want.write = f->l_type == F_WRLCK;
	c = READ_ONCE(file->inode->locks);
	if (c) {
		mutex_lock(&c->mutex);
		holder = conflict(c, &want);
		if (holder) {
			f->l_type = holder->write ? F_WRLCK : F_RDLCK;
			f->l_whence = SEEK_SET;
			f->l_start = holder->start;
			f->l_len = holder->end == OFFSET_MAX ? 0 : holder->end - holder->start + 1;
			f->l_pid = holder->pid;
		}
		mutex_unlock(&c->mutex);
	}
	if (!holder)
		f->l_type = F_UNLCK;
	return 0;
}

long fcntl_setlk(unsigned int fd, struct file *file, const struct flock *f, bool ofd, bool wait)
{
	struct file_lock want;
	int error;

	if (ofd && f->l_pid)
		return -EINVAL;
	error = parse_range(file, f, &want);
	if (error)
		return error;
	switch (f->l_type) {
	case F_RDLCK:
		if (!(file->mode & FMODE_READ))
			return -EBADF;
		break;
	case F_WRLCK:
		if (!(file->mode & FMODE_WRITE))
			return -EBADF;
		break;
	case F_UNLCK: break;
	default: return -EINVAL;
	}
	set_owner(file, &want, ofd);
	error = set_lock(file->inode, &want, f->l_type, wait);
	/* closed by another thread meanwhile: nobody would ever drop the lock */
	if (!error && !ofd && f->l_type != F_UNLCK) {
		struct file *now = fget(fd);

		if (now != file) {
			set_lock(file->inode, &want, F_UNLCK, false);
			error = -EBADF;
		}
		if (now)
			fput(now);
	}
	return error;
}

/* close(2): every POSIX lock of the table on the inode goes, whichever descriptor made it. */
void file_locks_close(struct file *file, void *owner)
{
	struct file_lock_context *c = READ_ONCE(file->inode->locks);
	struct file_lock *l, *tmp;
	bool any = false;

	if (!c || list_empty(&c->posix))
		return;
	mutex_lock(&c->mutex);
	list_for_each_entry_safe(l, tmp, &c->posix, node) {
		if (l->owner == owner && !l->ofd) {
			delete (l);
			any = true;
		}
	}
	if (any)
		lock_gone(c);
	mutex_unlock(&c->mutex);
}

/* The open file ends: its OFD locks and its flock lock. */
void file_flock_release(struct file *file)
{
	struct file_lock_context *c = READ_ONCE(file->inode->locks);
	struct file_lock *l, *tmp;

	if (!c)
		return;
	mutex_lock(&c->mutex);
	list_for_each_entry_safe(l, tmp, &c->posix, node)
		if (l->ofd && l->owner == file)
			delete (l);
	list_for_each_entry_safe(l, tmp, &c->flock, node)
		if (l->owner == file)
			delete (l);
	lock_gone(c);
	mutex_unlock(&c->mutex);
}

/* --- flock --- */

static struct file_lock *flock_of(struct file_lock_context *c, struct file *file)
{
	struct file_lock *l;

	list_for_each_entry(l, &c->flock, node)
		if (l->owner == file)
			return l;
	return NULL;
}

static bool flock_conflicts(struct file_lock_context *c, struct file *file, bool write)
{
	struct file_lock *l;

	list_for_each_entry(l, &c->flock, node)
		if (l->owner != file && (write || l->write))
			return true;
	return false;
}

static int flock_locked(struct file_lock_context *c, struct file *file, struct file_lock **new,
			bool write, bool wait) __must_hold(&c->mutex)
{
	struct file_lock *mine = flock_of(c, file);

	if (mine && mine->write == write)
		return 0;
	/* changing the kind gives the old one up first, as flock(2) says */
	if (mine) {
		delete (mine);
		lock_gone(c);
	}
	while (flock_conflicts(c, file, write)) {
		u64 since = c->changes;
		int error;

		if (!wait)
			return -EAGAIN;
		mutex_unlock(&c->mutex);
		error = wait_event_interruptible(&c->wait, changed(c, since));
		mutex_lock(&c->mutex);
		if (error)
			return error;
		if (flock_of(c, file))
			return 0; /* another thread got it by the same open file */
	}
	(*new)->owner = file;
	(*new)->write = write;
	(*new)->pid = thread_tgid(current);
	list_add_tail(&(*new)->node, &c->flock);
	*new = NULL;
	return 0;
}

long do_flock(struct file *file, unsigned int operation)
{
	struct file_lock_context *c;
	struct file_lock *new, *mine;
	bool wait = !(operation & LOCK_NB);
	int error = 0;

	operation &= ~LOCK_NB;
	if (operation != LOCK_SH && operation != LOCK_EX && operation != LOCK_UN)
		return -EINVAL;
	if (operation != LOCK_UN && !(file->mode & (FMODE_READ | FMODE_WRITE)))
		return -EBADF;
	c = context_of(file->inode);
	new = kmem_cache_alloc(lock_cache, GFP_KERNEL);
	if (!c || !new) {
		if (new)
			kmem_cache_free(lock_cache, new);
		return -ENOMEM;
	}
	mutex_lock(&c->mutex);
	if (operation == LOCK_UN) {
		mine = flock_of(c, file);
		if (mine) {
			delete (mine);
			lock_gone(c);
		}
	} else {
		error = flock_locked(c, file, &new, operation == LOCK_EX, wait);
	}
	mutex_unlock(&c->mutex);
	if (new)
		kmem_cache_free(lock_cache, new);
	return error;
}

void file_locks_init(void)
{
	lock_cache = KMEM_CACHE(file_lock, SLAB_PANIC);
}
