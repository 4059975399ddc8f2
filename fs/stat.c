/* SPDX-License-Identifier: MIT */
/*
 * Attributes of files. By path they are read under RCU: a cached stat takes no reference and no lock.
 */
#include <fs/calls.h>
#include <fs/files.h>
#include <fs/vfs.h>
#include <uapi/fcntl.h>
#include <uapi/stat.h>

#include "internal.h"
#include "mount.h"

void generic_fillattr(const struct inode *inode, struct kstat *stat)
{
	stat->dev = inode->sb->dev;
	stat->ino = inode->ino;
	stat->mode = READ_ONCE(inode->mode);
	stat->nlink = READ_ONCE(inode->nlink);
	stat->uid = READ_ONCE(inode->uid);
	stat->gid = READ_ONCE(inode->gid);
	stat->rdev = inode->rdev;
	stat->size = READ_ONCE(inode->size);
	stat->atime_ns = READ_ONCE(inode->atime_ns);
	stat->mtime_ns = READ_ONCE(inode->mtime_ns);
	stat->ctime_ns = READ_ONCE(inode->ctime_ns);
	stat->blksize = 1u << inode->block_bits;
	stat->blocks = READ_ONCE(inode->blocks);
}

static int get_attributes(const struct path *path, struct inode *inode, struct kstat *stat,
			  u32 mask, unsigned int flags)
{
	stat->result_mask = STATX_BASIC_STATS | STATX_MNT_ID;
	stat->attributes = 0;
	stat->attributes_mask = STATX_ATTR_MOUNT_ROOT | STATX_ATTR_APPEND | STATX_ATTR_IMMUTABLE;
	stat->btime_ns = 0;
	stat->mount_id = path->mount->id;
	if (path->dentry == path->mount->root)
		stat->attributes |= STATX_ATTR_MOUNT_ROOT;
	if (unlikely(inode->flags & (S_APPEND | S_IMMUTABLE)))
		stat->attributes |= (inode->flags & S_APPEND ? STATX_ATTR_APPEND : 0) |
				    (inode->flags & S_IMMUTABLE ? STATX_ATTR_IMMUTABLE : 0);
	if (inode->ops && inode->ops->getattr)
		return inode->ops->getattr(inode, stat, mask, flags);
	generic_fillattr(inode, stat);
	if (inode->btime_ns) {
		stat->btime_ns = inode->btime_ns;
		stat->result_mask |= STATX_BTIME;
	}
	return 0;
}

int vfs_getattr(const struct path *path, struct kstat *stat, u32 mask, unsigned int flags)
{
	return get_attributes(path, path->dentry->inode, stat, mask, flags);
}

struct stat_request {
	struct kstat *stat;
	u32 mask;
	unsigned int flags;
};

static int stat_op(const struct path *path, struct inode *inode, bool rcu, void *arg)
{
	struct stat_request *r = arg;

	return get_attributes(path, inode, r->stat, r->mask, r->flags);
}

/* flags: AT_SYMLINK_NOFOLLOW, AT_NO_AUTOMOUNT, AT_EMPTY_PATH, AT_STATX_SYNC_TYPE */
int do_stat(int dfd, struct pathname *name, int flags, u32 mask, struct kstat *stat)
{
	struct stat_request r = { .stat = stat, .mask = mask, .flags = flags };

	return path_apply(dfd, name, flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW, stat_op, &r);
}

int do_fstat(unsigned int nr, u32 mask, struct kstat *stat)
{
	struct fd fd = fd_get_raw(nr);
	int error;

	if (!fd.file)
		return -EBADF;
	error = get_attributes(&fd.file->path, fd.file->inode, stat, mask, 0);
	fd_put(fd);
	return error;
}

/* --- access(2) --- */

static int access_op(const struct path *path, struct inode *inode, bool rcu, void *arg)
{
	int mode = *(int *)arg, error;

	if ((mode & MAY_EXEC) && S_ISREG(inode->mode) &&
	    (READ_ONCE(path->mount->flags) & MNT_NOEXEC))
		return -EACCES;
	error = inode_permission(inode, mode | MAY_ACCESS | (rcu ? MAY_NOT_BLOCK : 0));
	/* a read-only mount says so only to those whom the mode would let write */
	if (!error && (mode & MAY_WRITE) && !S_ISCHR(inode->mode) && !S_ISBLK(inode->mode) &&
	    !S_ISFIFO(inode->mode) && !S_ISSOCK(inode->mode) && mount_is_readonly(path->mount))
		error = -EROFS;
	return error;
}

/* The real identifiers in place of the effective ones, and the capabilities that go with them. */
static const struct credentials *real_credentials(void)
{
	const struct credentials *cred = current_cred();
	struct credentials *real;

	if (cred->fsuid == cred->uid && cred->fsgid == cred->gid &&
	    (cred->uid ? !cred->cap_effective : true))
		return NULL;
	real = prepare_creds();
	if (!real)
		return ERR_PTR(-ENOMEM);
	real->fsuid = real->uid;
	real->fsgid = real->gid;
	real->cap_effective = real->uid ? 0 : real->cap_permitted;
	return real;
}

int do_access(int dfd, struct pathname *name, int mode, int flags)
{
	const struct credentials *old = current_cred(), *real = NULL;
	int error;

	if ((mode & ~7) || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
		return -EINVAL;
	if (!(flags & AT_EACCESS)) {
		real = real_credentials();
		if (IS_ERR(real))
			return PTR_ERR(real);
	}
	if (real)
		rcu_assign_pointer(current->cred, real);
	error = path_apply(dfd, name, flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW, access_op,
			   &mode);
	if (real) {
		rcu_assign_pointer(current->cred, old);
		put_cred(real);
	}
	return error;
}

/* --- readlink(2) --- */

struct readlink_request {
	char *buf; /* PATH_MAX bytes */
	int len;
};

static int copy_link(struct readlink_request *r, const char *text)
{
	int len = 0;

	while (len < r->len && text[len]) {
		r->buf[len] = text[len];
		len++;
	}
	return len;
}

static int readlink_op(const struct path *path, struct inode *inode, bool rcu, void *arg)
{
	struct readlink_request *r = arg;
	void (*done)(void *) = NULL;
	void *done_arg = NULL;
	const char *text;
	int len;

	if (!S_ISLNK(inode->mode))
		return -EINVAL;
	if (inode->ops->get_path) {
		struct path to;
		char *page, *p;

		if (rcu)
			return -ECHILD;
		len = inode->ops->get_path(path->dentry, inode, &to);
		if (len)
			return len;
		page = (char *)__get_free_page(GFP_KERNEL);
		if (!page) {
			path_put(&to);
			return -ENOMEM;
		}
		p = d_path(&to, page, PAGE_SIZE);
		len = IS_ERR(p) ? (int)PTR_ERR(p) : copy_link(r, p);
		free_page(page);
		path_put(&to);
		return len;
	}
	if (atime_needs_update(path, inode)) {
		if (rcu)
			return -ECHILD;
		touch_atime(path);
	}
	text = inode->ops->get_link(rcu ? NULL : path->dentry, inode, &done, &done_arg);
	len = IS_ERR(text) ? (int)PTR_ERR(text) : copy_link(r, text);
	if (done)
		done(done_arg);
	return len;
}

/* Bytes, or -errno. */
int do_readlink(int dfd, struct pathname *name, char *buf, int len)
{
	struct readlink_request r = { .buf = buf, .len = len };

	return path_apply(dfd, name, 0, readlink_op, &r);
}
