/* SPDX-License-Identifier: MIT */
/*
 * Changing attributes: notify_change() checks and hands on to the file system, with the inode's rwsem held for writing. Above it the
 * operations of the system calls.
 */
#include <fs/calls.h>
#include <fs/files.h>
#include <fs/vfs.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <uapi/capability.h>
#include <uapi/fcntl.h>
#include <uapi/resource.h>
#include <uapi/stat.h>

#include "internal.h"
#include "mount.h"
#include "notify.h"

/* May the change be made? Strips what the caller may not set. */
int setattr_prepare(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = dentry->inode;
	unsigned int valid = attr->valid;
	u32 fsuid = current_cred()->fsuid;

	if (valid & ATTR_SIZE) {
		if (attr->size > inode->sb->max_bytes)
			return -EFBIG;
		if (attr->size > inode->size) {
			unsigned long limit = rlimit(RLIMIT_FSIZE);

			if (limit != RLIM_INFINITY && attr->size > (loff_t)limit) {
				send_signal_thread(current, SIGXFSZ, SEND_SIG_PRIV);
				return -EFBIG;
			}
		}
	}
	if (valid & ATTR_FORCE)
		return 0;
	if ((valid & ATTR_UID) && (fsuid != inode->uid || attr->uid != inode->uid) &&
	    !capable(CAP_CHOWN))
		return -EPERM;
	if ((valid & ATTR_GID) &&
	    (fsuid != inode->uid || (!in_group(attr->gid) && attr->gid != inode->gid)) &&
	    !capable(CAP_CHOWN))
		return -EPERM;
	if (valid & ATTR_MODE) {
		u32 gid = valid & ATTR_GID ? attr->gid : inode->gid;

		if (!inode_owner_or_capable(inode))
			return -EPERM;
		if (!in_group(gid) && !capable(CAP_FSETID))
			attr->mode &= ~S_ISGID;
	}
	if ((valid & (ATTR_MTIME_SET | ATTR_ATIME_SET | ATTR_TIMES_SET)) &&
	    !inode_owner_or_capable(inode))
		return -EPERM;
	return 0;
}

void setattr_copy(struct inode *inode, const struct iattr *attr)
{
	unsigned int valid = attr->valid;

	if (valid & ATTR_UID)
		WRITE_ONCE(inode->uid, attr->uid);
	if (valid & ATTR_GID)
		WRITE_ONCE(inode->gid, attr->gid);
	if (valid & ATTR_ATIME)
		WRITE_ONCE(inode->atime_ns, attr->atime_ns);
	if (valid & ATTR_MTIME)
		WRITE_ONCE(inode->mtime_ns, attr->mtime_ns);
	if (valid & ATTR_CTIME)
		WRITE_ONCE(inode->ctime_ns, attr->ctime_ns);
	if (valid & ATTR_MODE) {
		u32 mode = attr->mode;

		if (!in_group(inode->gid) && !capable(CAP_FSETID))
			mode &= ~S_ISGID;
		WRITE_ONCE(inode->mode, mode);
	}
}

/* Which set-id bits must go when somebody else writes or changes the owner. */
static u32 kill_setid_bits(const struct inode *inode)
{
	u32 kill = 0;

	if (inode->mode & S_ISUID)
		kill |= S_ISUID;
	if ((inode->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		kill |= S_ISGID;
	return kill;
}

static u32 notify_mask(unsigned int valid)
{
	u32 mask = 0;

	if (valid & (ATTR_UID | ATTR_GID | ATTR_MODE))
		mask |= IN_ATTRIB;
	if (valid & ATTR_SIZE)
		mask |= IN_MODIFY;
	if ((valid & (ATTR_ATIME | ATTR_MTIME)) == (ATTR_ATIME | ATTR_MTIME))
		mask |= IN_ATTRIB;
	else if (valid & ATTR_ATIME)
		mask |= IN_ACCESS;
	else if (valid & ATTR_MTIME)
		mask |= IN_MODIFY;
	return mask;
}

int notify_change(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = dentry->inode;
	u64 now = inode_now_ns(inode);
	int error;

	if (attr->valid & (ATTR_MODE | ATTR_UID | ATTR_GID | ATTR_TIMES_SET))
		if (inode->flags & (S_IMMUTABLE | S_APPEND))
			return -EPERM;
	/* touching a file to now takes write permission or ownership */
	if ((attr->valid & (ATTR_ATIME | ATTR_MTIME)) &&
	    !(attr->valid &
	      (ATTR_ATIME_SET | ATTR_MTIME_SET | ATTR_TIMES_SET | ATTR_SIZE | ATTR_FORCE))) {
		if (inode->flags & S_IMMUTABLE)
			return -EPERM;
		if (!inode_owner_or_capable(inode)) {
			error = inode_permission(inode, MAY_WRITE);
			if (error)
				return error;
		}
	}
	attr->ctime_ns = now;
	attr->valid |= ATTR_CTIME;
	if (!(attr->valid & ATTR_ATIME_SET))
		attr->atime_ns = now;
	if (!(attr->valid & ATTR_MTIME_SET))
		attr->mtime_ns = now;
	if ((attr->valid & ATTR_KILL_PRIV) && S_ISREG(inode->mode)) {
		u32 kill = kill_setid_bits(inode);

		if (kill && !(attr->valid & ATTR_MODE)) {
			attr->valid |= ATTR_MODE |
				       (attr->valid & (ATTR_UID | ATTR_GID) ? 0 : ATTR_FORCE);
			attr->mode = inode->mode & ~kill;
		}
	}
	attr->valid &= ~ATTR_KILL_PRIV;
	if (inode->ops->setattr) {
		error = inode->ops->setattr(dentry, attr);
	} else {
		error = attr->valid & ATTR_SIZE ? -EINVAL : setattr_prepare(dentry, attr);
		if (!error)
			setattr_copy(inode, attr);
	}
	if (!error)
		notify_dentry(dentry, notify_mask(attr->valid));
	return error;
}

/* A write by somebody who may not keep them takes the set-id bits away. The rwsem is held. */
int file_remove_privs(struct file *file)
{
	struct inode *inode = file->inode;
	u32 kill;

	if (!S_ISREG(inode->mode) || !(inode->mode & (S_ISUID | S_ISGID)))
		return 0;
	kill = kill_setid_bits(inode);
	if (kill && !capable(CAP_FSETID)) {
		struct iattr attr = { .valid = ATTR_MODE | ATTR_FORCE | ATTR_CTIME,
				      .mode = inode->mode & ~kill };

		return notify_change(file->path.dentry, &attr);
	}
	return 0;
}

/* --- sizes --- */

int do_truncate(struct dentry *dentry, loff_t length, unsigned int time_attrs, struct file *file)
{
	struct iattr attr = { .valid = ATTR_SIZE | time_attrs, .size = length, .file = file };
	int error;

	if (length < 0)
		return -EINVAL;
	if (!capable(CAP_FSETID))
		attr.valid |= ATTR_KILL_PRIV;
	down_write(&dentry->inode->rwsem);
	error = notify_change(dentry, &attr);
	up_write(&dentry->inode->rwsem);
	return error;
}

int vfs_truncate(const struct path *path, loff_t length)
{
	struct inode *inode = path->dentry->inode;
	int error;

	if (S_ISDIR(inode->mode))
		return -EISDIR;
	if (!S_ISREG(inode->mode))
		return -EINVAL;
	error = mnt_want_write(path->mount);
	if (error)
		return error;
	error = inode_permission(inode, MAY_WRITE);
	if (!error && (inode->flags & S_APPEND))
		error = -EPERM;
	if (!error)
		error = get_write_access(inode);
	if (!error) {
		error = do_truncate(path->dentry, length, 0, NULL);
		put_write_access(inode);
	}
	mnt_drop_write(path->mount);
	return error;
}

long do_sys_truncate(struct pathname *name, loff_t len)
{
	struct path path;
	long error;

	if (len < 0)
		return -EINVAL;
	error = path_lookup(AT_FDCWD, name, LOOKUP_FOLLOW, &path);
	if (error)
		return error;
	error = vfs_truncate(&path, len);
	path_put(&path);
	return error;
}

long do_sys_ftruncate(struct file *file, loff_t len)
{
	if (len < 0 || !S_ISREG(file->inode->mode) || !(file->mode & FMODE_WRITE))
		return -EINVAL;
	if (file->inode->flags & S_APPEND)
		return -EPERM;
	return do_truncate(file->path.dentry, len, ATTR_MTIME | ATTR_CTIME, file);
}

long do_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = file->inode;
	long error;

	if (offset < 0 || len <= 0)
		return -EINVAL;
	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_COLLAPSE_RANGE |
		     FALLOC_FL_ZERO_RANGE | FALLOC_FL_INSERT_RANGE | FALLOC_FL_UNSHARE_RANGE))
		return -EOPNOTSUPP;
	if ((mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) ==
	    (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		return -EOPNOTSUPP;
	if ((mode & FALLOC_FL_PUNCH_HOLE) && !(mode & FALLOC_FL_KEEP_SIZE))
		return -EOPNOTSUPP;
	if ((mode & FALLOC_FL_COLLAPSE_RANGE) && (mode & ~FALLOC_FL_COLLAPSE_RANGE))
		return -EINVAL;
	if ((mode & FALLOC_FL_INSERT_RANGE) && (mode & ~FALLOC_FL_INSERT_RANGE))
		return -EINVAL;
	if ((mode & FALLOC_FL_UNSHARE_RANGE) &&
	    (mode & ~(FALLOC_FL_UNSHARE_RANGE | FALLOC_FL_KEEP_SIZE)))
		return -EINVAL;
	if (!(file->mode & FMODE_WRITE))
		return -EBADF;
	if (mode && (inode->flags & S_APPEND))
		return -EPERM;
	if (inode->flags & S_IMMUTABLE)
		return -EPERM;
	if (S_ISFIFO(inode->mode))
		return -ESPIPE;
	if (S_ISDIR(inode->mode))
		return -EISDIR;
	if (!S_ISREG(inode->mode) && !S_ISBLK(inode->mode))
		return -ENODEV;
	if (offset + len > inode->sb->max_bytes || offset + len < 0)
		return -EFBIG;
	if (!file->ops->fallocate)
		return -EOPNOTSUPP;
	error = file->ops->fallocate(file, mode, offset, len);
	if (!error)
		notify_file(file, IN_MODIFY);
	return error;
}

/* --- modes, owners, times --- */

static long change(const struct path *path, struct iattr *attr)
{
	struct inode *inode = path->dentry->inode;
	long error = mnt_want_write(path->mount);

	if (error)
		return error;
	down_write(&inode->rwsem);
	error = notify_change(path->dentry, attr);
	up_write(&inode->rwsem);
	mnt_drop_write(path->mount);
	return error;
}

long do_chmod(const struct path *path, u32 mode)
{
	struct inode *inode = path->dentry->inode;
	struct iattr attr = { .valid = ATTR_MODE | ATTR_CTIME };
	long error = mnt_want_write(path->mount);

	if (error)
		return error;
	if (S_ISLNK(inode->mode)) {
		mnt_drop_write(path->mount);
		return -EOPNOTSUPP;
	}
	down_write(&inode->rwsem);
	attr.mode = (mode & S_IALLUGO) | (inode->mode & ~S_IALLUGO);
	error = notify_change(path->dentry, &attr);
	up_write(&inode->rwsem);
	mnt_drop_write(path->mount);
	return error;
}

long do_chown(const struct path *path, u32 uid, u32 gid)
{
	struct iattr attr = { .valid = ATTR_CTIME };

	if (uid != (u32)-1) {
		attr.valid |= ATTR_UID;
		attr.uid = uid;
	}
	if (gid != (u32)-1) {
		attr.valid |= ATTR_GID;
		attr.gid = gid;
	}
	if (!S_ISDIR(path->dentry->inode->mode))
		attr.valid |= ATTR_KILL_PRIV;
	return change(path, &attr);
}

long do_utimes(const struct path *path, const u64 *times)
{
	struct iattr attr = { .valid = ATTR_CTIME | ATTR_MTIME | ATTR_ATIME };

	if (!times)
		return change(path, &attr);
	if (times[0] == TIME_OMIT_NS && times[1] == TIME_OMIT_NS)
		return 0;
	if (times[0] == TIME_OMIT_NS) {
		attr.valid &= ~ATTR_ATIME;
	} else if (times[0] != TIME_NOW_NS) {
		attr.atime_ns = times[0];
		attr.valid |= ATTR_ATIME_SET;
	}
	if (times[1] == TIME_OMIT_NS) {
		attr.valid &= ~ATTR_MTIME;
	} else if (times[1] != TIME_NOW_NS) {
		attr.mtime_ns = times[1];
		attr.valid |= ATTR_MTIME_SET;
	}
	/* anything but "both to now" takes ownership */
	if (times[0] != TIME_NOW_NS || times[1] != TIME_NOW_NS)
		attr.valid |= ATTR_TIMES_SET;
	return change(path, &attr);
}

/* --- directories of the process --- */

long do_chdir(const struct path *path)
{
	int error = inode_permission(path->dentry->inode, MAY_EXEC | MAY_CHDIR);

	if (!error)
		fs_set_pwd(current->fs, path);
	return error;
}

long do_chroot(const struct path *path)
{
	int error = inode_permission(path->dentry->inode, MAY_EXEC | MAY_CHDIR);

	if (!error && !capable(CAP_SYS_CHROOT))
		error = -EPERM;
	if (!error)
		fs_set_root(current->fs, path);
	return error;
}
