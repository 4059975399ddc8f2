/* SPDX-License-Identifier: MIT */
/*
 * Making, removing and renaming names: first the operations on dentries (the directory's rwsem is held for writing by the caller), then
 * those on paths, as the system calls have them.
 */
#include <fs/calls.h>
#include <fs/files.h>
#include <fs/vfs.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/capability.h>
#include <uapi/fcntl.h>
#include <uapi/fs.h>
#include <uapi/stat.h>

#include "notify.h"
#include "walk.h"

/* --- on dentries --- */

int vfs_create(struct inode *dir, struct dentry *dentry, u32 mode, bool excl)
{
	int error = may_create(dir);

	if (error)
		return error;
	if (!dir->ops->create)
		return -EACCES;
	error = dir->ops->create(dir, dentry, (mode & S_IALLUGO) | S_IFREG, excl);
	if (!error)
		notify_dirent(dir, IN_CREATE, &dentry->name, 0);
	return error;
}

int vfs_mknod(struct inode *dir, struct dentry *dentry, u32 mode, dev_t_kernel dev)
{
	int error = may_create(dir);

	if (error)
		return error;
	if ((S_ISCHR(mode) || S_ISBLK(mode)) && !capable(CAP_MKNOD))
		return -EPERM;
	if (!dir->ops->mknod)
		return -EPERM;
	error = dir->ops->mknod(dir, dentry, mode, dev);
	if (!error)
		notify_dirent(dir, IN_CREATE, &dentry->name, 0);
	return error;
}

int vfs_mkdir(struct inode *dir, struct dentry *dentry, u32 mode)
{
	int error = may_create(dir);

	if (error)
		return error;
	if (!dir->ops->mkdir)
		return -EPERM;
	error = dir->ops->mkdir(dir, dentry, (mode & (S_IRWXUGO | S_ISVTX)) | S_IFDIR);
	if (!error)
		notify_dirent(dir, IN_CREATE | IN_ISDIR, &dentry->name, 0);
	return error;
}

int vfs_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	int error = may_create(dir);

	if (error)
		return error;
	if (!dir->ops->symlink)
		return -EPERM;
	error = dir->ops->symlink(dir, dentry, target);
	if (!error)
		notify_dirent(dir, IN_CREATE, &dentry->name, 0);
	return error;
}

int vfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = old->inode;
	int error;

	if (!inode)
		return -ENOENT;
	error = may_create(dir);
	if (error)
		return error;
	if (dir->sb != inode->sb)
		return -EXDEV;
	if (inode->flags & (S_APPEND | S_IMMUTABLE))
		return -EPERM;
	if (!dir->ops->link || S_ISDIR(inode->mode))
		return -EPERM;
	down_write_nested(&inode->rwsem, RWSEM_CHILD);
	if (!inode->nlink && !(inode->state & I_LINKABLE))
		error = -ENOENT;
	else
		error = dir->ops->link(old, dir, dentry);
	if (!error && (inode->state & I_LINKABLE)) {
		spin_lock(&inode->lock);
		inode->state &= ~I_LINKABLE;
		spin_unlock(&inode->lock);
	}
	up_write(&inode->rwsem);
	if (!error) {
		notify_inode(inode, IN_ATTRIB);
		notify_dirent(dir, IN_CREATE, &dentry->name, 0);
	}
	return error;
}

static bool is_mountpoint(const struct dentry *dentry)
{
	return READ_ONCE(dentry->flags) & DENTRY_MOUNTED;
}

/* Nothing can be mounted on it from now on. Caller holds the victim's rwsem, as mounting does. */
static void forbid_mounts(struct dentry *dentry)
{
	spin_lock(&dentry->lock);
	dentry->flags |= DENTRY_CANT_MOUNT;
	spin_unlock(&dentry->lock);
}

int vfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	int error = may_delete(dir, dentry, true);
	struct inode *inode;

	if (error)
		return error;
	if (!dir->ops->rmdir)
		return -EPERM;
	dget(dentry);
	inode = dentry->inode;
	down_write_nested(&inode->rwsem, RWSEM_CHILD);
	error = is_mountpoint(dentry) ? -EBUSY : dir->ops->rmdir(dir, dentry);
	if (!error) {
		shrink_dcache_parent(dentry);
		inode->flags |= S_DEAD;
		forbid_mounts(dentry);
	}
	up_write(&inode->rwsem);
	if (!error) {
		notify_dirent(dir, IN_DELETE | IN_ISDIR, &dentry->name, 0);
		notify_inode_gone(inode);
		dput(dentry);
		d_delete(dentry);
		return 0;
	}
	dput(dentry);
	return error;
}

int vfs_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->inode;
	int error = may_delete(dir, dentry, false);

	if (error)
		return error;
	if (!dir->ops->unlink)
		return -EPERM;
	down_write_nested(&inode->rwsem, RWSEM_CHILD);
	error = is_mountpoint(dentry) ? -EBUSY : dir->ops->unlink(dir, dentry);
	if (!error)
		forbid_mounts(dentry);
	up_write(&inode->rwsem);
	if (error)
		return error;
	if (unlikely(READ_ONCE(notify_watches))) {
		if (inode->nlink)
			notify_inode(inode, IN_ATTRIB);
		else
			notify_inode(inode, IN_ATTRIB), notify_inode_gone(inode);
		notify_dirent(dir, IN_DELETE, &dentry->name, 0);
	}
	d_delete(dentry);
	return 0;
}

/* lint: context: none, one or two */
static void lock_two(struct inode *a, struct inode *b)
{
	if (a > b)
		swap(a, b);
	if (a)
		down_write_nested(&a->rwsem, RWSEM_CHILD);
	if (b && b != a)
		down_write_nested(&b->rwsem, RWSEM_CHILD2);
}

/* lint: context: what lock_two() took */
static void unlock_two(struct inode *a, struct inode *b)
{
	if (a)
		up_write(&a->rwsem);
	if (b && b != a)
		up_write(&b->rwsem);
}

/* What the file at hand keeps from changing: non-directories, and the one that is replaced. Directories are guarded by rename_mutex. */
static int rename_locked(struct inode *old_dir, struct dentry *old, struct inode *new_dir,
			 struct dentry *new, unsigned int flags)
{
	struct inode *source = old->inode, *target = new->inode;
	bool exchange = flags & RENAME_EXCHANGE;
	int error;

	if (is_mountpoint(old) || is_mountpoint(new))
		return -EBUSY;
	if (S_ISDIR(source->mode) && !exchange && target)
		shrink_dcache_parent(new);
	error = old_dir->ops->rename(old_dir, old, new_dir, new, flags);
	if (error)
		return error;
	if (!exchange && target) {
		if (S_ISDIR(source->mode)) {
			shrink_dcache_parent(new);
			target->flags |= S_DEAD;
		}
		forbid_mounts(new);
	}
	if (exchange)
		d_exchange(old, new);
	else
		d_move(old, new);
	return 0;
}

static void notify_rename(struct inode *old_dir, const struct qstr *old_name, struct inode *new_dir,
			  struct dentry *moved, bool isdir)
{
	u32 cookie = notify_cookie();
	u32 extra = isdir ? IN_ISDIR : 0;

	notify_dirent(old_dir, IN_MOVED_FROM | extra, old_name, cookie);
	notify_dirent(new_dir, IN_MOVED_TO | extra, &moved->name, cookie);
	notify_inode(moved->inode, IN_MOVE_SELF);
}

/* lint: context: the target, if there is one */
int vfs_rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new,
	       unsigned int flags)
{
	struct inode *source = old->inode, *target = new->inode;
	bool isdir = d_is_dir(old), exchange = flags & RENAME_EXCHANGE, new_isdir = d_is_dir(new);
	char *old_name = NULL;
	struct qstr q;
	int error;

	if (source == target)
		return 0;
	error = may_delete(old_dir, old, isdir);
	if (error)
		return error;
	if (!target)
		error = may_create(new_dir);
	else
		error = may_delete(new_dir, new, exchange ? new_isdir : isdir);
	if (error)
		return error;
	if (!old_dir->ops->rename)
		return -EPERM;
	/* a directory that gets another parent has its ".." rewritten */
	if (new_dir != old_dir) {
		if (isdir && (error = inode_permission(source, MAY_WRITE)))
			return error;
		if (exchange && new_isdir && (error = inode_permission(target, MAY_WRITE)))
			return error;
	}
	if (unlikely(READ_ONCE(notify_watches))) {
		old_name = kmemdup(old->name.name, old->name.len + 1, GFP_KERNEL);
		q = old->name;
		q.name = old_name;
	}
	dget(new);
	if (!isdir || exchange)
		lock_two(isdir ? NULL : source, target && !d_is_dir(new) ? target : NULL);
	else if (target)
		down_write_nested(&target->rwsem, RWSEM_CHILD);
	error = rename_locked(old_dir, old, new_dir, new, flags);
	if (!isdir || exchange)
		unlock_two(isdir ? NULL : source, target && !new_isdir ? target : NULL);
	else if (target)
		up_write(&target->rwsem);
	if (!error && old_name) {
		notify_rename(old_dir, &q, new_dir, old, isdir);
		if (target && !exchange)
			notify_inode_gone(target);
	}
	kfree(old_name);
	dput(new);
	return error;
}

/* --- two directories at once --- */

/* The directory of the two that lies above the other's entry, NULL: neither. */
/* lint: context: one lock where both are the same */
static struct dentry *lock_rename(struct dentry *a, struct dentry *b)
{
	struct dentry *p;

	if (a == b) {
		down_write(&a->inode->rwsem);
		return NULL;
	}
	mutex_lock(&a->sb->rename_mutex);
	p = d_ancestor(b, a);
	if (p) {
		down_write(&b->inode->rwsem);
		down_write_nested(&a->inode->rwsem, RWSEM_PARENT2);
		return p;
	}
	p = d_ancestor(a, b);
	if (p || a->inode < b->inode) {
		down_write(&a->inode->rwsem);
		down_write_nested(&b->inode->rwsem, RWSEM_PARENT2);
	} else {
		down_write(&b->inode->rwsem);
		down_write_nested(&a->inode->rwsem, RWSEM_PARENT2);
	}
	return p;
}

/* lint: context: what lock_rename() took */
static void unlock_rename(struct dentry *a, struct dentry *b)
{
	up_write(&a->inode->rwsem);
	if (a != b) {
		up_write(&b->inode->rwsem);
		mutex_unlock(&a->sb->rename_mutex);
	}
}

/* --- on paths --- */

/* The directory in which the last component stands; *w stays open for it. */
static int walk_parent(struct walk *w, int dfd, struct pathname *name, unsigned int flags)
{
	const char *text;
	int error = -ECHILD;

	for (int attempt = 0; attempt < 3; attempt++) {
		text = walk_begin(w, dfd, name,
				  flags | LOOKUP_PARENT |
					  (attempt == 0	  ? LOOKUP_RCU
					   : attempt == 2 ? LOOKUP_REVAL
							  : 0));
		error = IS_ERR(text) ? (int)PTR_ERR(text) : walk_to_last(w, text);
		if (!error)
			error = walk_complete(w);
		if (!error)
			return 0;
		walk_end(w);
		if ((error != -ECHILD && error != -ESTALE) || attempt == 2)
			break;
		if (error == -ESTALE)
			attempt = 1;
	}
	return error;
}

/* lint: context: returns with the directory locked, or an error without */
static struct dentry *create_locked(struct walk *w, struct path *parent, unsigned int flags)
{
	bool want_dir = flags & LOOKUP_DIRECTORY;
	struct dentry *dentry;
	int ro, error;

	if (w->last_type != LAST_NORM)
		return ERR_PTR(-EEXIST);
	ro = mnt_want_write(w->path.mount);
	down_write(&w->path.dentry->inode->rwsem);
	dentry = lookup_locked(&w->last, w->path.dentry, 0);
	if (IS_ERR(dentry)) {
		error = PTR_ERR(dentry);
		goto unlock;
	}
	error = 0;
	if (d_is_positive(dentry))
		error = -EEXIST;
	else if (!want_dir && w->last.name[w->last.len])
		error = -ENOENT; /* "name/" for what will be no directory */
	else if (ro)
		error = ro;
	if (!error) {
		*parent = w->path;
		w->path = (struct path){ NULL, NULL };
		return dentry;
	}
	dput(dentry);
unlock:
	up_write(&w->path.dentry->inode->rwsem);
	if (!ro)
		mnt_drop_write(w->path.mount);
	return ERR_PTR(error);
}

struct dentry *path_create(int dfd, struct pathname *name, unsigned int flags, struct path *parent)
{
	struct walk w;
	struct dentry *dentry;
	int error = walk_parent(&w, dfd, name, 0);

	if (error)
		return ERR_PTR(error);
	dentry = create_locked(&w, parent, flags);
	walk_end(&w);
	return dentry;
}

/* lint: context: what create_locked() took */
void path_create_done(struct path *parent, struct dentry *dentry)
{
	dput(dentry);
	up_write(&parent->dentry->inode->rwsem);
	mnt_drop_write(parent->mount);
	path_put(parent);
}

long do_mkdirat(int dfd, struct pathname *name, u32 mode)
{
	struct path parent;
	struct dentry *dentry = path_create(dfd, name, LOOKUP_DIRECTORY, &parent);
	long error;

	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	/* lint: clang-analyzer-core.NullDereference: path_create() fills it unless it returns an error */
	error = vfs_mkdir(parent.dentry->inode, dentry, mode & ~current->fs->umask);
	path_create_done(&parent, dentry);
	return error;
}

/* dev: in the kernel's own encoding. */
long do_mknodat(int dfd, struct pathname *name, u32 mode, dev_t_kernel dev)
{
	struct path parent;
	struct dentry *dentry;
	long error;

	switch (mode & S_IFMT) {
	case 0:
	case S_IFREG:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK: break;
	case S_IFDIR: return -EPERM;
	default: return -EINVAL;
	}
	dentry = path_create(dfd, name, 0, &parent);
	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	mode &= ~current->fs->umask;
	if (!(mode & S_IFMT) || S_ISREG(mode))
		/* lint: clang-analyzer-core.NullDereference: path_create() fills it unless it returns an error */
		error = vfs_create(parent.dentry->inode, dentry, mode, true);
	else
		/* lint: clang-analyzer-core.NullDereference: path_create() fills it unless it returns an error */
		error = vfs_mknod(parent.dentry->inode, dentry, mode,
				  S_ISCHR(mode) || S_ISBLK(mode) ? dev : 0);
	path_create_done(&parent, dentry);
	return error;
}

long do_symlinkat(const char *target, int dfd, struct pathname *name)
{
	struct path parent;
	struct dentry *dentry = path_create(dfd, name, 0, &parent);
	long error;

	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	/* lint: clang-analyzer-core.NullDereference: path_create() fills it unless it returns an error */
	error = vfs_symlink(parent.dentry->inode, dentry, target);
	path_create_done(&parent, dentry);
	return error;
}

long do_linkat(int old_dfd, struct pathname *old_name, int new_dfd, struct pathname *new_name,
	       int flags)
{
	struct path old, parent;
	struct dentry *dentry;
	long error;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if ((flags & AT_EMPTY_PATH) && !capable(CAP_DAC_READ_SEARCH))
		return -ENOENT;
	error = path_lookup(old_dfd, old_name, flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0, &old);
	if (error)
		return error;
	dentry = path_create(new_dfd, new_name, 0, &parent);
	error = PTR_ERR_OR_ZERO(dentry);
	if (!error) {
		/* lint: clang-analyzer-core.UndefinedBinaryOperatorResult: path_create() fills it unless it returns an error */
		if (old.mount != parent.mount)
			error = -EXDEV;
		else
			error = vfs_link(old.dentry, parent.dentry->inode, dentry);
		path_create_done(&parent, dentry);
	}
	path_put(&old);
	return error;
}

static long remove_locked(struct walk *w, bool isdir)
{
	struct dentry *dir = w->path.dentry, *dentry;
	struct inode *inode = NULL;
	long error = mnt_want_write(w->path.mount);

	if (error)
		return error;
	down_write(&dir->inode->rwsem);
	dentry = lookup_locked(&w->last, dir, 0);
	error = PTR_ERR_OR_ZERO(dentry);
	if (error)
		goto unlock;
	if (d_is_negative(dentry)) {
		error = -ENOENT;
	} else if (isdir) {
		error = vfs_rmdir(dir->inode, dentry);
	} else if (w->last.name[w->last.len]) {
		error = d_is_dir(dentry) ? -EISDIR : -ENOTDIR;
	} else {
		inode = dentry->inode;
		ihold(inode); /* what truncates the file happens outside the lock */
		error = vfs_unlink(dir->inode, dentry);
	}
	dput(dentry);
unlock:
	up_write(&dir->inode->rwsem);
	if (inode)
		iput(inode);
	mnt_drop_write(w->path.mount);
	return error;
}

long do_rmdirat(int dfd, struct pathname *name)
{
	struct walk w;
	long error = walk_parent(&w, dfd, name, 0);

	if (error)
		return error;
	switch (w.last_type) {
	case LAST_DOTDOT: error = -ENOTEMPTY; break;
	case LAST_DOT: error = -EINVAL; break;
	case LAST_ROOT: error = -EBUSY; break;
	case LAST_NORM: error = remove_locked(&w, true); break;
	}
	walk_end(&w);
	return error;
}

long do_unlinkat(int dfd, struct pathname *name)
{
	struct walk w;
	long error = walk_parent(&w, dfd, name, 0);

	if (error)
		return error;
	error = w.last_type == LAST_NORM ? remove_locked(&w, false) : -EISDIR;
	walk_end(&w);
	return error;
}

static long rename_between(struct walk *from, struct walk *to, unsigned int flags)
{
	struct dentry *old_dir = from->path.dentry, *new_dir = to->path.dentry, *old, *new, *trap;
	long error = mnt_want_write(from->path.mount);

	if (error)
		return error;
	trap = lock_rename(new_dir, old_dir);
	old = lookup_locked(&from->last, old_dir, 0);
	error = PTR_ERR_OR_ZERO(old);
	if (error)
		goto unlock;
	error = -ENOENT;
	if (d_is_negative(old))
		goto put_old;
	new = lookup_locked(&to->last, new_dir, 0);
	error = PTR_ERR_OR_ZERO(new);
	if (error)
		goto put_old;
	error = -EEXIST;
	if ((flags & RENAME_NOREPLACE) && d_is_positive(new))
		goto put_new;
	if (flags & RENAME_EXCHANGE) {
		error = -ENOENT;
		if (d_is_negative(new))
			goto put_new;
		error = -ENOTDIR;
		if (!d_is_dir(new) && to->last.name[to->last.len])
			goto put_new;
	}
	if (!d_is_dir(old)) {
		error = -ENOTDIR;
		if (from->last.name[from->last.len])
			goto put_new;
		if (!(flags & RENAME_EXCHANGE) && to->last.name[to->last.len])
			goto put_new;
	}
	/* neither may lie within the other */
	error = -EINVAL;
	if (old == trap)
		goto put_new;
	error = flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	if (new == trap)
		goto put_new;
	error = vfs_rename(old_dir->inode, old, new_dir->inode, new, flags);
put_new:
	dput(new);
put_old:
	dput(old);
unlock:
	unlock_rename(new_dir, old_dir);
	mnt_drop_write(from->path.mount);
	return error;
}

long do_renameat2(int old_dfd, struct pathname *old_name, int new_dfd, struct pathname *new_name,
		  unsigned int flags)
{
	struct walk from, to;
	long error;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	if ((flags & (RENAME_NOREPLACE | RENAME_WHITEOUT)) && (flags & RENAME_EXCHANGE))
		return -EINVAL;
	if (flags & RENAME_WHITEOUT)
		return -EINVAL; /* no file system here has them */
	error = walk_parent(&from, old_dfd, old_name, 0);
	if (error)
		return error;
	error = walk_parent(&to, new_dfd, new_name, 0);
	if (error)
		goto end_from;
	if (from.path.mount != to.path.mount)
		error = -EXDEV;
	else if (from.last_type != LAST_NORM)
		error = -EBUSY;
	else if (to.last_type != LAST_NORM)
		error = flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	else
		error = rename_between(&from, &to, flags);
	walk_end(&to);
end_from:
	walk_end(&from);
	return error;
}

/* By name in a directory whose rwsem is held; no permission checks: for the kernel's own trees. */
struct dentry *lookup_one_locked(const char *name, struct dentry *parent, size_t len)
{
	struct qstr q = qstr_of(name, len);

	return lookup_locked(&q, parent, 0);
}
