/* SPDX-License-Identifier: MIT */
/*
 * Walking paths.
 *
 * A walk begins in RCU mode: it takes no reference and writes nothing. At each step it reads the child and its sequence number and then
 * checks that the parent's number has not changed, so that the pair was true at one moment; mounts are checked by mount_lock's number. What may
 * sleep (a name that is not cached, a permission check of a file system, reading a link) makes the walk take references on
 * everything it holds, provided that all numbers still agree (walk_unlazy), and go on in ref mode. If they do not agree, the walk answers
 * -ECHILD and its caller starts it over in ref mode.
 *
 * Symbolic links are kept on a stack of at most 40; a link within a link's last component replaces it.
 */
#include <fs/files.h>
#include <fs/vfs.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/fcntl.h>
#include <uapi/stat.h>

#include "walk.h"

#define NAME_MAX_	255
#define PATH_MAX_	4096

/* --- path names --- */

int pathname_from_user(struct pathname *p, const char __user *name, unsigned int flags)
{
	long len = strncpy_from_user(p->inline_buf, name, PATHNAME_INLINE);

	p->heap = NULL;
	p->name = p->inline_buf;
	if (unlikely(len == PATHNAME_INLINE)) {
		p->heap = kmalloc(PATH_MAX_ + 8, GFP_KERNEL);
		if (!p->heap)
			return -ENOMEM;
		len = strncpy_from_user(p->heap, name, PATH_MAX_);
		if (len == PATH_MAX_)
			len = -ENAMETOOLONG;
		p->name = p->heap;
	}
	if (likely(len > 0)) {
		p->len = len;
		return 0;
	}
	if (!len && (flags & LOOKUP_EMPTY)) {
		p->len = 0;
		return 0;
	}
	kfree(p->heap);
	p->heap = NULL;
	return len ? len : -ENOENT;
}

int pathname_from_kernel(struct pathname *p, const char *name)
{
	size_t len = strlen(name);

	p->heap = NULL;
	if (len >= PATH_MAX_)
		return -ENAMETOOLONG;
	if (len >= PATHNAME_INLINE) {
		p->heap = kmalloc(len + 8, GFP_KERNEL);
		if (!p->heap)
			return -ENOMEM;
	}
	memcpy(p->heap ?: p->inline_buf, name, len + 1);
	p->name = p->heap ?: p->inline_buf;
	p->len = len;
	return len ? 0 : -ENOENT;
}

void pathname_put(struct pathname *p)
{
	if (unlikely(p->heap))
		kfree(p->heap);
}

/* --- references --- */

void path_get(const struct path *path)
{
	mntget(path->mount);
	dget(path->dentry);
}

void path_put(const struct path *path)
{
	dput(path->dentry);
	mntput(path->mount);
}

bool path_equal(const struct path *a, const struct path *b)
{
	return a->mount == b->mount && a->dentry == b->dentry;
}

/* --- from RCU mode to ref mode --- */

/* On failure what must still be put is left in *path, the rest is NULL. */
static bool legitimize(struct walk *w, struct path *path, unsigned int seq)
{
	int r = mount_legitimize_rcu(path->mount, w->mount_seq);

	if (unlikely(r)) {
		if (r > 0)
			path->mount = NULL;
		path->dentry = NULL;
		return false;
	}
	if (unlikely(!d_get_unless_dead(path->dentry))) {
		path->dentry = NULL;
		return false;
	}
	return !read_seqcount_retry(&path->dentry->seq, seq);
}

static bool legitimize_links(struct walk *w)
{
	for (unsigned int i = 0; i < w->depth; i++) {
		if (unlikely(!legitimize(w, &w->stack[i].link, w->stack[i].seq))) {
			for (unsigned int k = i + 1; k < w->depth; k++)
				w->stack[k].link = (struct path){ NULL, NULL };
			return false;
		}
	}
	return true;
}

static bool legitimize_root(struct walk *w)
{
	if (!w->root.mount || w->root_held)
		return true;
	w->root_held = true;
	return legitimize(w, &w->root, w->root_seq);
}

static bool unlazy(struct walk *w, struct dentry *next)
{
	bool ok = false;

	w->flags &= ~LOOKUP_RCU;
	if (unlikely(w->flags & LOOKUP_CACHED) || unlikely(!legitimize_links(w))) {
		if (w->flags & LOOKUP_CACHED)
			for (unsigned int i = 0; i < w->depth; i++)
				w->stack[i].link = (struct path){ NULL, NULL };
		w->path = (struct path){ NULL, NULL };
		goto forget_root;
	}
	if (unlikely(!legitimize(w, &w->path, w->seq)))
		goto forget_root;
	if (unlikely(!legitimize_root(w)))
		goto out;
	ok = true;
	if (next && unlikely(!d_get_unless_dead(next)))
		ok = false;
	else if (next && read_seqcount_retry(&next->seq, w->next_seq)) {
		rcu_read_unlock();
		dput(next);
		return false;
	}
	goto out;
forget_root:
	if (!w->root_held)
		w->root = (struct path){ NULL, NULL };
out:
	rcu_read_unlock();
	return ok;
}

bool walk_unlazy(struct walk *w)
{
	return unlazy(w, NULL);
}

/* --- beginning and end --- */

static void set_root(struct walk *w)
{
	struct fs_context *fs = current->fs;

	if (w->flags & LOOKUP_RCU) {
		unsigned int seq;

		do {
			seq = read_seqcount_begin(&fs->seq);
			w->root = fs->root;
			w->root_seq = read_seqcount_begin(&w->root.dentry->seq);
		} while (read_seqcount_retry(&fs->seq, seq));
	} else {
		fs_get_root(fs, &w->root);
		w->root_held = true;
	}
}

/* To the root: at a leading slash, also one of a link's text. */
static int jump_root(struct walk *w)
{
	if (unlikely(w->flags & LOOKUP_BENEATH))
		return -EXDEV;
	if (unlikely(w->flags & LOOKUP_NO_XDEV) && w->path.mount && w->root.mount &&
	    w->path.mount != w->root.mount)
		return -EXDEV;
	if (!w->root.mount)
		set_root(w);
	if (unlikely(w->flags & LOOKUP_NO_XDEV) && w->path.mount && w->path.mount != w->root.mount)
		return -EXDEV;
	if (w->flags & LOOKUP_RCU) {
		w->path = w->root;
		w->inode = w->path.dentry->inode;
		w->seq = w->root_seq;
		if (read_seqcount_retry(&w->path.dentry->seq, w->seq))
			return -ECHILD;
	} else {
		path_put(&w->path);
		w->path = w->root;
		path_get(&w->path);
		w->inode = w->path.dentry->inode;
	}
	w->jumped = true;
	return 0;
}

static int begin_at_cwd(struct walk *w)
{
	struct fs_context *fs = current->fs;
	unsigned int seq;

	if (!(w->flags & LOOKUP_RCU)) {
		fs_get_pwd(fs, &w->path);
		w->inode = w->path.dentry->inode;
		return 0;
	}
	do {
		seq = read_seqcount_begin(&fs->seq);
		w->path = fs->pwd;
		w->inode = w->path.dentry->inode;
		w->seq = read_seqcount_begin(&w->path.dentry->seq);
	} while (read_seqcount_retry(&fs->seq, seq));
	return 0;
}

static int begin_at_fd(struct walk *w, int dfd, bool empty)
{
	struct fd fd = fd_get_raw(dfd);
	int error = 0;

	if (!fd.file)
		return -EBADF;
	if (!empty && !d_is_dir(fd.file->path.dentry)) {
		error = -ENOTDIR;
	} else {
		w->path = fd.file->path;
		w->inode = w->path.dentry->inode;
		if (w->flags & LOOKUP_RCU)
			w->seq = read_seqcount_begin(&w->path.dentry->seq);
		else
			path_get(&w->path);
	}
	fd_put(fd);
	return error;
}

const char *walk_begin(struct walk *w, int dfd, const struct pathname *name, unsigned int flags)
{
	const char *s = name->name;
	int error;

	w->path = (struct path){ NULL, NULL };
	w->root = (struct path){ NULL, NULL };
	w->inode = NULL;
	w->flags = flags;
	w->root_held = false;
	w->jumped = false;
	w->last_type = LAST_ROOT;
	w->depth = w->links = 0;
	w->stack = w->inline_stack;
	if ((flags & (LOOKUP_CACHED | LOOKUP_RCU)) == LOOKUP_CACHED)
		return ERR_PTR(-EAGAIN);
	if (flags & LOOKUP_RCU)
		rcu_read_lock();
	w->mount_seq = read_seqbegin(&mount_lock);
	w->rename_seq = read_seqbegin(&rename_lock);
	if (*s == '/' && !(flags & LOOKUP_IN_ROOT)) {
		error = jump_root(w);
		return error ? ERR_PTR(error) : s;
	}
	error = dfd == AT_FDCWD ? begin_at_cwd(w) : begin_at_fd(w, dfd, !*s);
	if (unlikely(error))
		return ERR_PTR(error);
	if (unlikely(flags & LOOKUP_SCOPED)) {
		w->root = w->path;
		if (flags & LOOKUP_RCU) {
			w->root_seq = w->seq;
		} else {
			path_get(&w->root);
			w->root_held = true;
		}
	}
	return s;
}

static void drop_links(struct walk *w)
{
	for (unsigned int i = 0; i < w->depth; i++)
		if (w->stack[i].done)
			w->stack[i].done(w->stack[i].arg);
}

void walk_end(struct walk *w)
{
	drop_links(w);
	if (w->flags & LOOKUP_RCU) {
		w->flags &= ~LOOKUP_RCU;
		rcu_read_unlock();
	} else {
		for (unsigned int i = 0; i < w->depth; i++)
			path_put(&w->stack[i].link);
		path_put(&w->path);
		if (w->root_held)
			path_put(&w->root);
	}
	w->depth = 0;
	if (unlikely(w->stack != w->inline_stack))
		kfree(w->stack);
	w->stack = w->inline_stack;
}

int walk_complete(struct walk *w)
{
	if (w->flags & LOOKUP_RCU) {
		if (!(w->flags & LOOKUP_SCOPED) && !w->root_held)
			w->root = (struct path){ NULL, NULL };
		if (!walk_unlazy(w))
			return -ECHILD;
	}
	if (unlikely(w->flags & LOOKUP_SCOPED)) {
		struct mount *m = w->path.mount;
		struct dentry *d = w->path.dentry;

		spin_lock(&mount_lock.lock);
		while (m != w->root.mount && m->parent != m) {
			d = m->mountpoint;
			m = m->parent;
		}
		spin_unlock(&mount_lock.lock);
		if (m != w->root.mount || !is_subdir(d, w->root.dentry))
			return -EXDEV;
	}
	return 0;
}

/* --- one component --- */

static struct dentry *revalidate(struct dentry *dentry, unsigned int flags, int *status)
{
	*status = 1;
	if (unlikely(dentry->flags & DENTRY_OP_REVALIDATE))
		*status = dentry->ops->revalidate(dentry, flags);
	return dentry;
}

struct dentry *walk_lookup_cached(struct walk *w)
{
	struct dentry *parent = w->path.dentry, *dentry;
	int status;

	if (w->flags & LOOKUP_RCU) {
		dentry = d_lookup_rcu(parent, &w->last, &w->next_seq);
		if (unlikely(!dentry))
			return walk_unlazy(w) ? NULL : ERR_PTR(-ECHILD);
		/* the child was this parent's while the parent was where we came from */
		if (unlikely(read_seqcount_retry(&parent->seq, w->seq)))
			return ERR_PTR(-ECHILD);
		revalidate(dentry, w->flags, &status);
		if (likely(status > 0))
			return dentry;
		if (!unlazy(w, dentry))
			return ERR_PTR(-ECHILD);
		if (status == -ECHILD)
			revalidate(dentry, w->flags, &status);
	} else {
		dentry = d_lookup(parent, &w->last);
		if (!dentry)
			return NULL;
		revalidate(dentry, w->flags, &status);
	}
	if (unlikely(status <= 0)) {
		if (!status)
			d_invalidate(dentry);
		dput(dentry);
		return ERR_PTR(status); /* 0: NULL */
	}
	return dentry;
}

/* Asks the file system. Ref mode; the directory's rwsem held. */
static struct dentry *ask_file_system(struct dentry *dentry, struct inode *dir, unsigned int flags)
{
	struct dentry *other;

	if (unlikely(!dir->ops->lookup)) {
		if (dentry->flags & DENTRY_IN_LOOKUP)
			d_lookup_done(dentry);
		dput(dentry);
		return ERR_PTR(-ENOTDIR);
	}
	other = dir->ops->lookup(dir, dentry, flags);
	if (dentry->flags & DENTRY_IN_LOOKUP)
		d_lookup_done(dentry);
	if (unlikely(other)) {
		dput(dentry);
		dentry = other;
	}
	return dentry;
}

static struct dentry *lookup_slow(const struct qstr *name, struct dentry *parent,
				  unsigned int flags)
{
	struct inode *dir = parent->inode;
	struct dentry *dentry;
	bool is_new;
	int status;

	down_read(&dir->rwsem);
again:
	if (unlikely(dir->flags & S_DEAD)) {
		dentry = ERR_PTR(-ENOENT);
	} else {
		dentry = d_alloc_parallel(parent, name, &is_new);
		if (!IS_ERR(dentry)) {
			if (is_new) {
				dentry = ask_file_system(dentry, dir, flags);
			} else {
				revalidate(dentry, flags, &status);
				if (status <= 0) {
					if (!status)
						d_invalidate(dentry);
					dput(dentry);
					if (!status)
						goto again;
					dentry = ERR_PTR(status);
				}
			}
		}
	}
	up_read(&dir->rwsem);
	return dentry;
}

/* For creation and removal: the parent's rwsem is held for writing. */
struct dentry *lookup_locked(const struct qstr *name, struct dentry *parent, unsigned int flags)
{
	struct dentry *dentry = d_lookup(parent, name);
	struct inode *dir = parent->inode;
	int status;

	if (dentry) {
		revalidate(dentry, flags, &status);
		if (likely(status > 0))
			return dentry;
		if (!status)
			d_invalidate(dentry);
		dput(dentry);
		if (status)
			return ERR_PTR(status);
	}
	if (unlikely(dir->flags & S_DEAD))
		return ERR_PTR(-ENOENT);
	dentry = d_alloc(parent, name);
	return dentry ? ask_file_system(dentry, dir, flags) : ERR_PTR(-ENOMEM);
}

void walk_put_link(struct walk *w)
{
	struct walk_link *l = &w->stack[--w->depth];

	if (l->done)
		l->done(l->arg);
	if (!(w->flags & LOOKUP_RCU))
		path_put(&l->link);
}

static int reserve_link(struct walk *w)
{
	struct walk_link *bigger;

	if (unlikely(w->links++ >= MAX_SYMLINKS))
		return -ELOOP;
	if (likely(w->depth != ARRAY_SIZE(w->inline_stack)) || w->stack != w->inline_stack)
		return 0;
	bigger = kmalloc_array(MAX_SYMLINKS, sizeof(*bigger),
			       w->flags & LOOKUP_RCU ? GFP_ATOMIC : GFP_KERNEL);
	if (!bigger)
		return w->flags & LOOKUP_RCU ? -ECHILD : -ENOMEM;
	memcpy(bigger, w->inline_stack, sizeof(w->inline_stack));
	w->stack = bigger;
	return 0;
}

/* A link into the kernel's tables (/proc/PID/fd/N): it names no path but a place. */
static const char *jump_to_place(struct walk *w, struct dentry *dentry, struct inode *inode)
{
	struct path to;
	int error;

	if (w->flags & LOOKUP_NO_MAGICLINKS)
		return ERR_PTR(-ELOOP);
	error = inode->ops->get_path(dentry, inode, &to);
	if (error)
		return ERR_PTR(error);
	if (((w->flags & LOOKUP_NO_XDEV) && to.mount != w->path.mount) ||
	    (w->flags & LOOKUP_SCOPED)) {
		path_put(&to);
		return ERR_PTR(-EXDEV);
	}
	path_put(&w->path);
	w->path = to;
	w->inode = to.dentry->inode;
	w->jumped = true;
	walk_put_link(w);
	return NULL;
}

/* Follows the link at p; in ref mode p has references (its mount's only if it is not w->path's). */
static const char *follow_link(struct walk *w, struct path *p, struct inode *inode,
			       unsigned int step)
{
	int error = reserve_link(w);
	struct walk_link *l;
	const char *text;

	if (unlikely(error)) {
		if (!(w->flags & LOOKUP_RCU)) {
			dput(p->dentry);
			if (p->mount != w->path.mount)
				mntput(p->mount);
		}
		return ERR_PTR(error);
	}
	l = &w->stack[w->depth++];
	l->link = *p;
	l->done = NULL;
	l->seq = w->next_seq;
	if (!(w->flags & LOOKUP_RCU) && p->mount == w->path.mount)
		mntget(p->mount);
	if (unlikely(w->flags & LOOKUP_NO_SYMLINKS) ||
	    unlikely(READ_ONCE(p->mount->flags) & MNT_NOSYMFOLLOW))
		return ERR_PTR(-ELOOP);
	if (atime_needs_update(&l->link, inode)) {
		if ((w->flags & LOOKUP_RCU) && !walk_unlazy(w))
			return ERR_PTR(-ECHILD);
		touch_atime(&w->stack[w->depth - 1].link);
	}
	if (unlikely(inode->ops->get_path)) {
		if ((w->flags & LOOKUP_RCU) && !walk_unlazy(w))
			return ERR_PTR(-ECHILD);
		return jump_to_place(w, l->link.dentry, inode);
	}
	text = inode->ops->get_link(w->flags & LOOKUP_RCU ? NULL : l->link.dentry, inode, &l->done,
				    &l->arg);
	if (text == ERR_PTR(-ECHILD) && (w->flags & LOOKUP_RCU)) {
		if (!walk_unlazy(w))
			return ERR_PTR(-ECHILD);
		text = inode->ops->get_link(l->link.dentry, inode, &l->done, &l->arg);
	}
	if (IS_ERR(text))
		return text;
	if (*text == '/') {
		error = jump_root(w);
		if (unlikely(error))
			return ERR_PTR(error);
		while (*++text == '/')
			;
	}
	if (*text)
		return text;
	walk_put_link(w); /* the root itself */
	return NULL;
}

/* Goes to dentry (in ref mode the reference is consumed), across mounts; a link's text is returned when it is to be followed. */
const char *walk_into(struct walk *w, struct dentry *dentry, unsigned int step)
{
	struct path p = { w->path.mount, dentry };
	struct inode *inode;
	bool is_link;

	if (w->flags & LOOKUP_RCU) {
		while (unlikely(READ_ONCE(p.dentry->flags) & DENTRY_MOUNTED)) {
			struct mount *m = mount_lookup_rcu(p.mount, p.dentry);

			if (!m)
				break;
			if (unlikely(w->flags & LOOKUP_NO_XDEV))
				return ERR_PTR(-EXDEV);
			p.mount = m;
			p.dentry = m->root;
			w->next_seq = read_seqcount_begin(&p.dentry->seq);
		}
		if (unlikely(p.dentry->flags & DENTRY_MOUNTED) &&
		    read_seqretry(&mount_lock, w->mount_seq))
			return ERR_PTR(-ECHILD);
		inode = READ_ONCE(p.dentry->inode);
		is_link = d_is_symlink(p.dentry);
		if (read_seqcount_retry(&p.dentry->seq, w->next_seq))
			return ERR_PTR(-ECHILD);
		if (unlikely(!inode))
			return ERR_PTR(-ENOENT);
	} else {
		if (unlikely(READ_ONCE(dentry->flags) & DENTRY_MOUNTED)) {
			mntget(p.mount);
			path_follow_mounts(&p);
			if (p.mount == w->path.mount) {
				mntput(p.mount);
			} else if (w->flags & LOOKUP_NO_XDEV) {
				path_put(&p);
				return ERR_PTR(-EXDEV);
			}
		}
		inode = p.dentry->inode;
		is_link = d_is_symlink(p.dentry);
		if (unlikely(!inode || d_is_negative(p.dentry))) {
			dput(p.dentry);
			if (p.mount != w->path.mount)
				mntput(p.mount);
			return ERR_PTR(-ENOENT);
		}
	}
	if (unlikely(is_link) && !(step & STEP_NOFOLLOW) &&
	    (!(step & STEP_TRAILING) || (w->flags & LOOKUP_FOLLOW)))
		return follow_link(w, &p, inode, step);
	if (w->flags & LOOKUP_RCU) {
		w->seq = w->next_seq;
	} else {
		dput(w->path.dentry);
		if (w->path.mount != p.mount)
			mntput(w->path.mount);
	}
	w->path = p;
	w->inode = inode;
	return NULL;
}

/* A rename may have taken a bind-mounted folder out of the tree that its mount shows. */
static bool is_connected(const struct mount *m, struct dentry *dentry)
{
	return m->root == m->sb->root || is_subdir(dentry, m->root);
}

/* ".." in RCU mode; the walk's own dentry when it cannot go up. */
static struct dentry *parent_rcu(struct walk *w)
{
	struct dentry *parent, *old;

	while (!path_equal(&w->path, &w->root)) {
		struct mount *m = w->path.mount;

		if (w->path.dentry != m->root) {
			old = w->path.dentry;
			parent = READ_ONCE(old->parent);
			w->next_seq = read_seqcount_begin(&parent->seq);
			if (read_seqcount_retry(&old->seq, w->seq))
				return ERR_PTR(-ECHILD);
			if (unlikely(!is_connected(m, parent)))
				return ERR_PTR(-ECHILD);
			return parent;
		}
		if (READ_ONCE(m->parent) == m)
			break;
		if (unlikely(w->flags & LOOKUP_NO_XDEV))
			return ERR_PTR(-ECHILD);
		w->path.dentry = READ_ONCE(m->mountpoint);
		w->path.mount = READ_ONCE(m->parent);
		w->inode = w->path.dentry->inode;
		w->seq = read_seqcount_begin(&w->path.dentry->seq);
		if (read_seqretry(&mount_lock, w->mount_seq))
			return ERR_PTR(-ECHILD);
	}
	if (read_seqretry(&mount_lock, w->mount_seq) || unlikely(w->flags & LOOKUP_BENEATH))
		return ERR_PTR(-ECHILD);
	w->next_seq = w->seq;
	return w->path.dentry;
}

struct dentry *dget_parent(struct dentry *dentry)
{
	struct dentry *parent;

	rcu_read_lock();
	parent = READ_ONCE(dentry->parent);
	if (!d_get_unless_dead(parent))
		parent = NULL;
	rcu_read_unlock();
	if (likely(parent && parent == READ_ONCE(dentry->parent)))
		return parent;
	/* it moved between the two looks */
	dput(parent);
	rcu_read_lock();
	for (;;) {
		parent = READ_ONCE(dentry->parent);
		spin_lock(&parent->lock);
		if (parent == dentry->parent)
			break;
		spin_unlock(&parent->lock);
	}
	parent->count++;
	spin_unlock(&parent->lock);
	rcu_read_unlock();
	return parent;
}

static struct dentry *parent_ref(struct walk *w)
{
	while (!path_equal(&w->path, &w->root)) {
		if (w->path.dentry != w->path.mount->root) {
			struct dentry *parent = dget_parent(w->path.dentry);

			if (unlikely(!is_connected(w->path.mount, parent))) {
				dput(parent);
				return ERR_PTR(-ENOENT);
			}
			return parent;
		}
		if (READ_ONCE(w->path.mount->parent) == w->path.mount)
			break;
		if (unlikely(w->flags & LOOKUP_NO_XDEV))
			return ERR_PTR(-EXDEV);
		if (!path_follow_up(&w->path))
			break;
		w->inode = w->path.dentry->inode;
	}
	if (unlikely(w->flags & LOOKUP_BENEATH))
		return ERR_PTR(-EXDEV);
	return dget(w->path.dentry);
}

const char *walk_dots(struct walk *w)
{
	struct dentry *parent;
	const char *r;

	if (w->last_type != LAST_DOTDOT)
		return NULL;
	if (!w->root.mount)
		set_root(w);
	parent = w->flags & LOOKUP_RCU ? parent_rcu(w) : parent_ref(w);
	if (IS_ERR(parent))
		return ERR_CAST(parent);
	r = walk_into(w, parent, STEP_NOFOLLOW);
	if (unlikely(r))
		return r;
	/* a rename or a mount may have let ".." out of the scope: start over, or have the program do so */
	if (unlikely(w->flags & LOOKUP_SCOPED)) {
		smp_rmb();
		if (read_seqretry(&mount_lock, w->mount_seq) ||
		    read_seqretry(&rename_lock, w->rename_seq))
			return ERR_PTR(-EAGAIN);
	}
	return NULL;
}

static const char *walk_step(struct walk *w, unsigned int step)
{
	struct dentry *dentry;

	if (unlikely(w->last_type != LAST_NORM)) {
		if (!(step & STEP_MORE) && w->depth)
			walk_put_link(w);
		return walk_dots(w);
	}
	dentry = walk_lookup_cached(w);
	if (IS_ERR(dentry))
		return ERR_CAST(dentry);
	if (unlikely(!dentry)) {
		dentry = lookup_slow(&w->last, w->path.dentry, w->flags);
		if (IS_ERR(dentry))
			return ERR_CAST(dentry);
	}
	if (!(step & STEP_MORE) && w->depth)
		walk_put_link(w);
	return walk_into(w, dentry, step);
}

/* May the directory be searched? */
static int may_search(struct walk *w)
{
	int error;

	if (w->flags & LOOKUP_RCU) {
		error = inode_permission(w->inode, MAY_EXEC | MAY_NOT_BLOCK);
		if (likely(!error))
			return 0;
		if (!walk_unlazy(w))
			return -ECHILD;
		if (error != -ECHILD)
			return error;
	}
	return inode_permission(w->inode, MAY_EXEC);
}

static void classify(struct walk *w, const char *name, u32 len)
{
	w->last_type = LAST_NORM;
	w->jumped = false;
	if (likely(name[0] != '.'))
		return;
	if (len == 1) {
		w->last_type = LAST_DOT;
	} else if (len == 2 && name[1] == '.') {
		w->last_type = LAST_DOTDOT;
		w->jumped = true;
	}
}

int walk_to_last(struct walk *w, const char *name)
{
	unsigned int depth = 0; /* links whose rest is still to come */

	while (*name == '/')
		name++;
	if (!*name)
		return 0;
	for (;;) {
		struct dentry *parent = w->path.dentry;
		const char *link;
		int error = may_search(w);

		if (unlikely(error))
			return error;
		w->last.hash_len = name_hash_len(name);
		w->last.name = name;
		classify(w, name, w->last.len);
		if (unlikely(w->last.len > NAME_MAX_))
			return -ENAMETOOLONG;
		if (unlikely(parent->flags & DENTRY_OP_HASH) && w->last_type == LAST_NORM) {
			error = parent->ops->hash(parent, &w->last);
			if (error < 0)
				return error;
		}
		name += w->last.len;
		if (*name) {
			while (*++name == '/')
				;
		}
		if (!*name) {
			if (!depth)
				return 0;
			name = w->stack[--depth].rest;
			link = walk_step(w, 0);
		} else {
			link = walk_step(w, STEP_MORE);
		}
		if (unlikely(link)) {
			if (IS_ERR(link))
				return PTR_ERR(link);
			w->stack[depth++].rest = name;
			name = link;
			continue;
		}
		if (unlikely(!S_ISDIR(w->inode->mode))) {
			if ((w->flags & LOOKUP_RCU) && !walk_unlazy(w))
				return -ECHILD;
			return -ENOTDIR;
		}
	}
}

const char *walk_last(struct walk *w)
{
	/* "name/" wants a directory, and the one behind a link */
	if (w->last_type == LAST_NORM && w->last.name[w->last.len])
		w->flags |= LOOKUP_FOLLOW | LOOKUP_DIRECTORY;
	return walk_step(w, STEP_TRAILING);
}

int walk_all(struct walk *w, const char *text)
{
	int error;

	if (IS_ERR(text))
		return PTR_ERR(text);
	do {
		error = walk_to_last(w, text);
		if (unlikely(error))
			return error;
		if (w->last_type == LAST_ROOT)
			return 0;
		text = walk_last(w);
	} while (unlikely(text) && !IS_ERR(text));
	return IS_ERR(text) ? (int)PTR_ERR(text) : 0;
}

/* --- whole lookups --- */

static int lookup_once(int dfd, struct pathname *name, unsigned int flags, struct path *path)
{
	struct walk w;
	int error = walk_all(&w, walk_begin(&w, dfd, name, flags));

	if (!error)
		error = walk_complete(&w);
	if (!error && (w.flags & LOOKUP_DIRECTORY) && !d_is_dir(w.path.dentry))
		error = -ENOTDIR;
	if (!error) {
		*path = w.path;
		w.path = (struct path){ NULL, NULL };
	}
	walk_end(&w);
	return error;
}

int path_lookup(int dfd, struct pathname *name, unsigned int flags, struct path *path)
{
	int error = lookup_once(dfd, name, flags | LOOKUP_RCU, path);

	if (unlikely(error == -ECHILD))
		error = lookup_once(dfd, name, flags, path);
	if (unlikely(error == -ESTALE))
		error = lookup_once(dfd, name, flags | LOOKUP_REVAL, path);
	return error;
}

static int apply_once(int dfd, struct pathname *name, unsigned int flags, path_op_t op, void *arg)
{
	struct walk w;
	int error = walk_all(&w, walk_begin(&w, dfd, name, flags));

	if (unlikely(error))
		goto out;
	if (unlikely(!(w.flags & LOOKUP_RCU)) || unlikely(w.flags & LOOKUP_SCOPED)) {
		error = walk_complete(&w);
		if (error)
			goto out;
	}
	if ((w.flags & LOOKUP_DIRECTORY) && !S_ISDIR(w.inode->mode)) {
		error = -ENOTDIR;
	} else if (!(w.flags & LOOKUP_RCU)) {
		error = op(&w.path, w.inode, false, arg);
		goto out;
	} else {
		error = op(&w.path, w.inode, true, arg);
	}
	if ((w.flags & LOOKUP_RCU) && (read_seqcount_retry(&w.path.dentry->seq, w.seq) ||
				       read_seqretry(&mount_lock, w.mount_seq)))
		error = -ECHILD;
out:
	walk_end(&w);
	return error;
}

int path_apply(int dfd, struct pathname *name, unsigned int flags, path_op_t op, void *arg)
{
	int error = apply_once(dfd, name, flags | LOOKUP_RCU, op, arg);

	if (unlikely(error == -ECHILD))
		error = apply_once(dfd, name, flags, op, arg);
	if (unlikely(error == -ESTALE))
		error = apply_once(dfd, name, flags | LOOKUP_REVAL, op, arg);
	return error;
}

int kern_path(const char *name, unsigned int flags, struct path *path)
{
	struct pathname p;
	int error = pathname_from_kernel(&p, name);

	if (!error)
		error = path_lookup(AT_FDCWD, &p, flags, path);
	pathname_put(&p);
	return error;
}

int user_path_at(int dfd, const char __user *name, unsigned int flags, struct path *path)
{
	struct pathname p;
	int error = pathname_from_user(&p, name, flags);

	if (error)
		return error;
	error = path_lookup(dfd, &p, flags, path);
	pathname_put(&p);
	return error;
}
