/* SPDX-License-Identifier: MIT */
/*
 * Opening files.
 */
#include <fs/calls.h>
#include <fs/files.h>
#include <fs/vfs.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/capability.h>
#include <uapi/fcntl.h>
#include <uapi/stat.h>

#include "notify.h"
#include "walk.h"

#define O_TMPFILE_BIT	(O_TMPFILE & ~O_DIRECTORY)
#define VALID_OPEN_FLAGS (O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC | O_DSYNC | FASYNC | \
			  O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE)
#define O_PATH_FLAGS	(O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC)
#define FMODE_CREATED_	0x10000		/* within an open: this call made the file */

/* --- flags --- */

static unsigned int resolve_to_lookup(u64 resolve)
{
	return (resolve & RESOLVE_NO_XDEV ? LOOKUP_NO_XDEV : 0) |
	       (resolve & RESOLVE_NO_MAGICLINKS ? LOOKUP_NO_MAGICLINKS : 0) |
	       (resolve & RESOLVE_NO_SYMLINKS ? LOOKUP_NO_SYMLINKS | LOOKUP_NO_MAGICLINKS : 0) |
	       (resolve & RESOLVE_BENEATH ? LOOKUP_BENEATH : 0) |
	       (resolve & RESOLVE_IN_ROOT ? LOOKUP_IN_ROOT : 0) |
	       (resolve & RESOLVE_CACHED ? LOOKUP_CACHED : 0);
}

/* As openat2 checks them; open() and openat() drop unknown bits first. */
int build_open_how(int flags_, u32 mode, u64 resolve, struct open_how_kernel *how)
{
	static const u8 acc_of[4] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE,
				      MAY_READ | MAY_WRITE };
	unsigned int flags = flags_, lookup = 0;

	if (flags & ~VALID_OPEN_FLAGS)
		return -EINVAL;
	if ((resolve & RESOLVE_BENEATH) && (resolve & RESOLVE_IN_ROOT))
		return -EINVAL;
	if (flags & (O_CREAT | O_TMPFILE_BIT)) {
		if (mode & ~S_IALLUGO)
			return -EINVAL;
		how->mode = mode | S_IFREG;
	} else {
		if (mode)
			return -EINVAL;
		how->mode = 0;
	}
	if (flags & O_TMPFILE_BIT) {
		/* the bit comes with O_DIRECTORY, so that kernels which do not know it fail */
		if ((flags & O_TMPFILE) != O_TMPFILE || (flags & O_CREAT) ||
		    !(acc_of[flags & O_ACCMODE] & MAY_WRITE))
			return -EINVAL;
	}
	if (flags & O_PATH) {
		if (flags & ~O_PATH_FLAGS)
			return -EINVAL;
		how->acc_mode = 0;
	} else {
		how->acc_mode = MAY_OPEN | acc_of[flags & O_ACCMODE];
	}
	if (flags & O_SYNC & ~O_DSYNC)
		flags |= O_DSYNC;
	if (flags & O_TRUNC)
		how->acc_mode |= MAY_WRITE;
	if (flags & O_APPEND)
		how->acc_mode |= MAY_APPEND;
	if (flags & O_DIRECTORY)
		lookup |= LOOKUP_DIRECTORY;
	if (!(flags & O_NOFOLLOW) && !((flags & O_CREAT) && (flags & O_EXCL)))
		lookup |= LOOKUP_FOLLOW;
	lookup |= resolve_to_lookup(resolve);
	if ((lookup & LOOKUP_CACHED) && (flags & (O_TRUNC | O_CREAT | O_TMPFILE_BIT)))
		return -EAGAIN;
	how->open_flags = flags;
	how->lookup_flags = lookup;
	return 0;
}

/* --- the file itself --- */

static bool is_special(unsigned int mode)
{
	return S_ISCHR(mode) || S_ISBLK(mode) || S_ISFIFO(mode) || S_ISSOCK(mode);
}

static unsigned int mode_from_flags(unsigned int flags)
{
	switch (flags & O_ACCMODE) {
	case O_RDONLY: return FMODE_READ;
	case O_WRONLY: return FMODE_WRITE;
	case O_RDWR: return FMODE_READ | FMODE_WRITE;
	default: return 0; /* 3: ioctl only */
	}
}

static int count_writer(struct file *file, struct inode *inode)
{
	int error = get_write_access(inode);

	if (error)
		return error;
	error = mnt_want_write(file->path.mount);
	if (error) {
		put_write_access(inode);
		return error;
	}
	file->mode |= FMODE_WRITER;
	return 0;
}

/* file->path is set and holds its references, also after an error. */
int do_dentry_open(struct file *file, struct inode *inode)
{
	int error;

	file->inode = inode;
	file->mapping = inode->mapping;
	if (unlikely(file->flags & O_PATH)) {
		file->mode = FMODE_PATH | FMODE_OPENED;
		file->ops = &no_open_fops;
		return 0;
	}
	file->mode |= mode_from_flags(file->flags) | FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	if ((file->mode & FMODE_WRITE) && !is_special(inode->mode)) {
		error = count_writer(file, inode);
		if (error)
			return error;
	}
	if (S_ISREG(inode->mode) || S_ISDIR(inode->mode))
		file->mode |= FMODE_ATOMIC_POS;
	file->ops = inode->fops;
	/* tmpfs and the views of the kernel have no device that could be read directly */
	error = -EINVAL;
	if (unlikely(file->flags & O_DIRECT) && S_ISREG(inode->mode) &&
	    !(inode->sb->type->flags & FS_ALLOW_DIRECT))
		goto fail;
	if (file->ops->open) {
		error = file->ops->open(inode, file);
		if (error)
			goto fail;
	}
	file->mode |= FMODE_OPENED;
	if ((file->mode & FMODE_READ) && file->ops->read_iter)
		file->mode |= FMODE_CAN_READ;
	if ((file->mode & FMODE_WRITE) && file->ops->write_iter)
		file->mode |= FMODE_CAN_WRITE;
	if ((file->mode & FMODE_LSEEK) && !file->ops->llseek)
		file->mode &= ~FMODE_LSEEK;
	file->flags &= ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
	file->readahead.prev_pos = -1;
	return 0;
fail:
	if (file->mode & FMODE_WRITER) {
		put_write_access(inode);
		mnt_drop_write(file->path.mount);
		file->mode &= ~FMODE_WRITER;
	}
	return error;
}

static int may_open(const struct path *path, unsigned int acc_mode, unsigned int flags)
{
	struct inode *inode = path->dentry->inode;
	unsigned int mnt = READ_ONCE(path->mount->flags);
	int error;

	if (!inode)
		return -ENOENT;
	switch (inode->mode & S_IFMT) {
	case S_IFLNK: return -ELOOP;
	case S_IFDIR:
		if (acc_mode & MAY_WRITE)
			return -EISDIR;
		if (acc_mode & MAY_EXEC)
			return -EACCES;
		break;
	case S_IFBLK:
	case S_IFCHR:
		if ((mnt & MNT_NODEV) || (path->mount->sb->flags & SB_NODEV))
			return -EACCES;
		fallthrough;
	case S_IFIFO:
	case S_IFSOCK:
		if (acc_mode & MAY_EXEC)
			return -EACCES;
		break;
	case S_IFREG:
		if ((acc_mode & MAY_EXEC) &&
		    ((mnt & MNT_NOEXEC) || (path->mount->sb->flags & SB_NOEXEC)))
			return -EACCES;
		break;
	}
	error = inode_permission(inode, MAY_OPEN | acc_mode);
	if (error)
		return error;
	if (inode->flags & S_APPEND) {
		if ((flags & O_ACCMODE) != O_RDONLY && !(flags & O_APPEND))
			return -EPERM;
		if (flags & O_TRUNC)
			return -EPERM;
	}
	if ((flags & O_NOATIME) && !inode_owner_or_capable(inode))
		return -EPERM;
	return 0;
}

/* --- the last component --- */

/* With O_CREAT the directory's rwsem is held for writing. The dentry found or made; FMODE_CREATED_ in file->mode when it was made. */
static struct dentry *lookup_or_create(struct walk *w, struct file *file,
				       const struct open_how_kernel *how, int write_error)
{
	struct dentry *dir = w->path.dentry, *dentry = lookup_locked(&w->last, dir, w->flags);
	int error;

	if (IS_ERR(dentry) || d_is_positive(dentry))
		return dentry;
	if (dir->inode->flags & S_DEAD)
		error = -ENOENT;
	else if (write_error)
		error = write_error;
	else
		error = vfs_create(dir->inode, dentry, how->mode & ~current->fs->umask,
				   how->open_flags & O_EXCL);
	if (error) {
		dput(dentry);
		return ERR_PTR(error);
	}
	file->mode |= FMODE_CREATED_;
	return dentry;
}

static const char *open_last(struct walk *w, struct file *file, const struct open_how_kernel *how)
{
	struct dentry *dentry;
	int write_error;

	if (w->last_type != LAST_NORM) {
		if (w->depth)
			walk_put_link(w);
		if (w->last_type == LAST_ROOT)
			return NULL;
		return walk_dots(w);
	}
	if (!(how->open_flags & O_CREAT)) {
		return walk_last(w);
	}
	if (unlikely(w->last.name[w->last.len])) {
		if ((w->flags & LOOKUP_RCU) && !walk_unlazy(w))
			return ERR_PTR(-ECHILD);
		return ERR_PTR(-EISDIR);
	}
	if (!(how->open_flags & O_EXCL)) {
		/* most often it is there: no need for the directory's lock then */
		dentry = walk_lookup_cached(w);
		if (IS_ERR(dentry))
			return ERR_CAST(dentry);
		if (dentry) {
			if (d_is_positive(dentry))
				goto found;
			if (w->flags & LOOKUP_RCU) {
				if (!walk_unlazy(w))
					return ERR_PTR(-ECHILD);
			} else {
				dput(dentry);
			}
		}
	} else if ((w->flags & LOOKUP_RCU) && !walk_unlazy(w)) {
		return ERR_PTR(-ECHILD);
	}
	write_error = mnt_want_write(w->path.mount);
	down_write(&w->path.dentry->inode->rwsem);
	dentry = lookup_or_create(w, file, how, write_error);
	up_write(&w->path.dentry->inode->rwsem);
	if (!write_error)
		mnt_drop_write(w->path.mount);
	if (IS_ERR(dentry))
		return ERR_CAST(dentry);
	if (file->mode & FMODE_CREATED_) {
		if (w->depth)
			walk_put_link(w);
		dput(w->path.dentry);
		w->path.dentry = dentry;
		w->inode = dentry->inode;
		return NULL;
	}
found:
	if (w->depth)
		walk_put_link(w);
	return walk_into(w, dentry, STEP_TRAILING);
}

/* The place is found: check, open, truncate. The file takes over the walk's references. */
static int open_found(struct walk *w, struct file *file, const struct open_how_kernel *how)
{
	unsigned int flags = how->open_flags, acc_mode = how->acc_mode;
	bool created = file->mode & FMODE_CREATED_, truncate = false;
	int error;

	file->mode &= ~FMODE_CREATED_;
	error = walk_complete(w);
	if (error)
		return error;
	if (flags & O_CREAT) {
		if ((flags & O_EXCL) && !created)
			return -EEXIST;
		if (d_is_dir(w->path.dentry))
			return -EISDIR;
	}
	if ((w->flags & LOOKUP_DIRECTORY) && !d_is_dir(w->path.dentry))
		return -ENOTDIR;
	if (created) {
		flags &= ~O_TRUNC;
		acc_mode = 0;
	} else if ((flags & O_TRUNC) && S_ISREG(w->inode->mode)) {
		error = mnt_want_write(w->path.mount);
		if (error)
			return error;
		truncate = true;
	}
	if (!(flags & O_PATH))
		error = may_open(&w->path, acc_mode, flags);
	if (!error) {
		struct mount *m = w->path.mount;

		file->path = w->path;
		/* for mnt_drop_write below */
		w->path = (struct path){ truncate ? mntget(m) : NULL, NULL };
		error = do_dentry_open(file, file->path.dentry->inode);
		if (!error && truncate)
			error = do_truncate(file->path.dentry, 0,
					    ATTR_MTIME | ATTR_CTIME | ATTR_OPEN, file);
	}
	if (truncate)
		mnt_drop_write(w->path.mount);
	return error;
}

static int open_tmpfile(struct walk *w, struct file *file, const struct open_how_kernel *how,
			const char *text)
{
	struct inode *dir;
	struct dentry *child;
	int error = walk_all(w, text);

	if (!error)
		error = walk_complete(w);
	if (error)
		return error;
	dir = w->path.dentry->inode;
	if (!S_ISDIR(dir->mode))
		return -ENOTDIR;
	error = mnt_want_write(w->path.mount);
	if (error)
		return error;
	error = inode_permission(dir, MAY_WRITE | MAY_EXEC);
	if (!error && !dir->ops->tmpfile)
		error = -EOPNOTSUPP;
	if (error)
		goto drop;
	error = -ENOMEM;
	child = d_alloc(w->path.dentry, &(struct qstr){ .len = 1, .name = "/" });
	if (!child)
		goto drop;
	file->path.mount = mntget(w->path.mount);
	file->path.dentry = child;
	error = dir->ops->tmpfile(dir, file, how->mode & ~current->fs->umask);
	if (!error)
		error = do_dentry_open(file, child->inode);
	if (!error && !(how->open_flags & O_EXCL)) {
		spin_lock(&child->inode->lock);
		child->inode->state |= I_LINKABLE;
		spin_unlock(&child->inode->lock);
	}
drop:
	mnt_drop_write(w->path.mount);
	return error;
}

static struct file *open_once(int dfd, struct pathname *name, const struct open_how_kernel *how,
			      unsigned int flags)
{
	struct file *file = alloc_empty_file(how->open_flags, current_cred());
	struct walk w;
	const char *text;
	int error;

	if (IS_ERR(file))
		return file;
	text = walk_begin(&w, dfd, name, flags);
	if (unlikely(how->open_flags & O_TMPFILE_BIT)) {
		error = open_tmpfile(&w, file, how, text);
	} else {
		error = IS_ERR(text) ? (int)PTR_ERR(text) : 0;
		while (!error && (error = walk_to_last(&w, text)) == 0 &&
		       (text = open_last(&w, file, how)) != NULL)
			error = IS_ERR(text) ? (int)PTR_ERR(text) : 0;
		if (!error)
			error = open_found(&w, file, how);
	}
	walk_end(&w);
	if (likely(!error)) {
		notify_file(file, IN_OPEN);
		return file;
	}
	fput_sync(file);
	if (error == -EOPENSTALE)
		error = flags & LOOKUP_RCU ? -ECHILD : -ESTALE;
	return ERR_PTR(error);
}

struct file *do_file_open(int dfd, struct pathname *name, const struct open_how_kernel *how)
{
	struct file *file = open_once(dfd, name, how, how->lookup_flags | LOOKUP_RCU);

	if (unlikely(file == ERR_PTR(-ECHILD)))
		file = open_once(dfd, name, how, how->lookup_flags);
	if (unlikely(file == ERR_PTR(-ESTALE)))
		file = open_once(dfd, name, how, how->lookup_flags | LOOKUP_REVAL);
	return file;
}

/* --- for the kernel --- */

struct file *file_open_at(int dfd, const char *name, int flags, u32 mode)
{
	struct open_how_kernel how;
	struct pathname p;
	struct file *file;
	int error = build_open_how(flags | O_LARGEFILE,
				   flags & (O_CREAT | O_TMPFILE_BIT) ? mode & S_IALLUGO : 0, 0,
				   &how);

	if (!error)
		error = pathname_from_kernel(&p, name);
	if (error)
		return ERR_PTR(error);
	file = do_file_open(dfd, &p, &how);
	pathname_put(&p);
	return file;
}

struct file *filp_open(const char *name, int flags, u32 mode)
{
	return file_open_at(AT_FDCWD, name, flags, mode);
}

/* On a place that is known already. */
struct file *dentry_open(const struct path *path, int flags)
{
	struct file *file = alloc_empty_file(flags, current_cred());
	int error;

	if (IS_ERR(file))
		return file;
	file->path = *path;
	path_get(path);
	error = do_dentry_open(file, path->dentry->inode);
	if (error) {
		fput_sync(file);
		return ERR_PTR(error);
	}
	return file;
}

/* A program: must be a regular file that may be executed; nobody can write it until exec_file_put(). */
static struct file *exec_open(int dfd, struct pathname *p, unsigned int lookup)
{
	const struct open_how_kernel how = {
		.open_flags = O_LARGEFILE | O_RDONLY,
		.acc_mode = MAY_EXEC | MAY_OPEN,
		.lookup_flags = lookup,
	};
	struct file *file = do_file_open(dfd, p, &how);
	int error;

	if (IS_ERR(file))
		return file;
	error = S_ISREG(file->inode->mode) ? deny_write_access(file->inode) : -EACCES;
	if (error) {
		fput(file);
		return ERR_PTR(error);
	}
	file->mode |= FMODE_EXEC;
	return file;
}

struct file *open_exec(const char *name)
{
	struct pathname p;
	struct file *file;
	int error = pathname_from_kernel(&p, name);

	if (error)
		return ERR_PTR(error);
	file = exec_open(AT_FDCWD, &p, LOOKUP_FOLLOW);
	pathname_put(&p);
	return file;
}

/* execveat's: flags AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW. */
struct file *open_exec_at(int dfd, const char *name, int flags)
{
	struct pathname p;
	struct file *file;
	int error;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return ERR_PTR(-EINVAL);
	error = pathname_from_kernel(&p, name);
	if (error && !(error == -ENOENT && (flags & AT_EMPTY_PATH)))
		return ERR_PTR(error);
	file = exec_open(dfd, &p,
			 (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
				 (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0));
	pathname_put(&p);
	return file;
}

void exec_file_put(struct file *file)
{
	if (!file)
		return;
	allow_write_access(file->inode);
	fput(file);
}

/* Another holder of a program that is denied writing already: exe_file of a forked space. */
struct file *exec_file_get(struct file *file)
{
	atomic_dec(&file->inode->write_count);
	return get_file(file);
}

static int fail_open(struct inode *inode, struct file *file)
{
	return -ENXIO;
}

const struct file_operations no_open_fops = { .open = fail_open };

int nonseekable_open(struct inode *inode, struct file *file)
{
	file->mode &= ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	return 0;
}

int stream_open(struct inode *inode, struct file *file)
{
	file->mode &= ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE | FMODE_ATOMIC_POS);
	file->mode |= FMODE_STREAM;
	return 0;
}
