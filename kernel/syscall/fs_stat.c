/* SPDX-License-Identifier: MIT */
/* System calls: attributes, access, links' targets, file system statistics, listing. */
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/limits.h>
#include <uapi/stat.h>
#include <uapi/statfs.h>

#include "fs.h"

static int put_stat(struct stat __user *user, const struct kstat *k)
{
	struct stat s;

	memset(&s, 0, sizeof(s));
	s.st_dev = user_dev(k->dev);
	s.st_ino = k->ino;
	s.st_mode = k->mode;
	s.st_nlink = k->nlink;
	s.st_uid = k->uid;
	s.st_gid = k->gid;
	s.st_rdev = user_dev(k->rdev);
	s.st_size = k->size;
	s.st_blksize = k->blksize;
	s.st_blocks = k->blocks;
	s.st_atime = k->atime_ns / NSEC_PER_SEC;
	s.st_atime_nsec = k->atime_ns % NSEC_PER_SEC;
	s.st_mtime = k->mtime_ns / NSEC_PER_SEC;
	s.st_mtime_nsec = k->mtime_ns % NSEC_PER_SEC;
	s.st_ctime = k->ctime_ns / NSEC_PER_SEC;
	s.st_ctime_nsec = k->ctime_ns % NSEC_PER_SEC;
	return copy_to_user(user, &s, sizeof(s)) ? -EFAULT : 0;
}

static struct statx_timestamp timestamp(u64 ns)
{
	return (struct statx_timestamp){ .tv_sec = ns / NSEC_PER_SEC,
					 .tv_nsec = ns % NSEC_PER_SEC };
}

static int put_statx(struct statx __user *user, const struct kstat *k)
{
	struct statx s;

	memset(&s, 0, sizeof(s));
	s.stx_mask = k->result_mask;
	s.stx_blksize = k->blksize;
	s.stx_attributes = k->attributes;
	s.stx_attributes_mask = k->attributes_mask;
	s.stx_nlink = k->nlink;
	s.stx_uid = k->uid;
	s.stx_gid = k->gid;
	s.stx_mode = k->mode;
	s.stx_ino = k->ino;
	s.stx_size = k->size;
	s.stx_blocks = k->blocks;
	s.stx_atime = timestamp(k->atime_ns);
	s.stx_btime = timestamp(k->btime_ns);
	s.stx_ctime = timestamp(k->ctime_ns);
	s.stx_mtime = timestamp(k->mtime_ns);
	s.stx_rdev_major = MAJOR(k->rdev);
	s.stx_rdev_minor = MINOR(k->rdev);
	s.stx_dev_major = MAJOR(k->dev);
	s.stx_dev_minor = MINOR(k->dev);
	s.stx_mnt_id = k->mount_id;
	return copy_to_user(user, &s, sizeof(s)) ? -EFAULT : 0;
}

/* By name, or of the descriptor itself when the name is empty and AT_EMPTY_PATH says that this is meant. */
static int stat_at(int dfd, const char __user *path, int flags, u32 mask, struct kstat *k)
{
	struct pathname name;
	int error;

	if (flags & AT_EMPTY_PATH) {
		u8 first;

		if (dfd >= 0 && (!path || (!__get_user_1(&first, path) && !first)))
			return do_fstat(dfd, mask, k);
	}
	error = pathname_from_user(&name, path, flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	if (unlikely(error))
		return error;
	error = do_stat(dfd, &name, flags, mask, k);
	pathname_put(&name);
	return error;
}

static long new_stat(int dfd, const char __user *path, int flags, struct stat __user *buf)
{
	struct kstat k;
	int error = stat_at(dfd, path, flags, STATX_BASIC_STATS, &k);

	return error ?: put_stat(buf, &k);
}

long sys_stat(const char __user *path, struct stat __user *buf) { return new_stat(AT_FDCWD, path, 0, buf); }
long sys_lstat(const char __user *path, struct stat __user *buf) { return new_stat(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, buf); }

long sys_fstat(unsigned int fd, struct stat __user *buf)
{
	struct kstat k;
	int error = do_fstat(fd, STATX_BASIC_STATS, &k);

	return error ?: put_stat(buf, &k);
}

long sys_newfstatat(int dfd, const char __user *path, struct stat __user *buf, int flags)
{
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
		return -EINVAL;
	return new_stat(dfd, path, flags, buf);
}

long sys_statx(int dfd, const char __user *path, unsigned int flags, unsigned int mask,
	       struct statx __user *buf)
{
	struct kstat k;
	int error;

	if (mask & STATX__RESERVED)
		return -EINVAL;
	if ((flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
		return -EINVAL;
	error = stat_at(dfd, path, flags, mask, &k);
	return error ?: put_statx(buf, &k);
}

/* --- access, readlink --- */

static long access_at(int dfd, const char __user *path, int mode, int flags)
{
	struct pathname name;
	long error = pathname_from_user(&name, path, flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);

	if (error)
		return error;
	error = do_access(dfd, &name, mode, flags);
	pathname_put(&name);
	return error;
}

long sys_access(const char __user *path, int mode) { return access_at(AT_FDCWD, path, mode, 0); }
long sys_faccessat(int dfd, const char __user *path, int mode) { return access_at(dfd, path, mode, 0); }
long sys_faccessat2(int dfd, const char __user *path, int mode, int flags) { return access_at(dfd, path, mode, flags); }

long sys_readlinkat(int dfd, const char __user *path, char __user *buf, int size)
{
	struct pathname name;
	char *text;
	long n;

	if (size <= 0)
		return -EINVAL;
	n = pathname_from_user(&name, path, LOOKUP_EMPTY);
	if (n)
		return n;
	text = kmalloc(PATH_MAX, GFP_KERNEL);
	n = text ? do_readlink(dfd, &name, text, min(size, PATH_MAX)) : -ENOMEM;
	/* the descriptor itself: there must be a link behind it */
	if (n == -EINVAL && !name.len)
		n = -ENOENT;
	pathname_put(&name);
	if (n > 0 && copy_to_user(buf, text, n))
		n = -EFAULT;
	kfree(text);
	return n;
}

long sys_readlink(const char __user *path, char __user *buf, int size) { return sys_readlinkat(AT_FDCWD, path, buf, size); }

/* --- file systems --- */

static long put_statfs(struct statfs __user *user, const struct kstatfs *k)
{
	struct statfs s;

	memset(&s, 0, sizeof(s));
	s.f_type = k->type;
	s.f_bsize = k->bsize;
	s.f_blocks = k->blocks;
	s.f_bfree = k->bfree;
	s.f_bavail = k->bavail;
	s.f_files = k->files;
	s.f_ffree = k->ffree;
	s.f_fsid.val[0] = (u32)k->fsid;
	s.f_fsid.val[1] = (u32)(k->fsid >> 32);
	s.f_namelen = k->namelen;
	s.f_frsize = k->frsize;
	s.f_flags = k->flags;
	return copy_to_user(user, &s, sizeof(s)) ? -EFAULT : 0;
}

long sys_statfs(const char __user *user, struct statfs __user *buf)
{
	struct kstatfs k;
	struct path path;
	long error = user_path_at(AT_FDCWD, user, LOOKUP_FOLLOW, &path);

	if (error)
		return error;
	error = do_statfs(&path, &k);
	path_put(&path);
	return error ?: put_statfs(buf, &k);
}

long sys_fstatfs(unsigned int nr, struct statfs __user *buf)
{
	struct fd fd = fd_get_raw(nr);
	struct kstatfs k;
	long error;

	if (!fd.file)
		return -EBADF;
	error = do_statfs(&fd.file->path, &k);
	fd_put(fd);
	return error ?: put_statfs(buf, &k);
}

/* --- directories --- */

static long getdents(unsigned int nr, void __user *buf, unsigned int count, bool wide)
{
	struct fd fd = fd_get_pos(nr);
	long n;

	if (!fd.file)
		return -EBADF;
	n = do_getdents(fd.file, buf, count, wide);
	fd_put_pos(fd);
	return n;
}

long sys_getdents(unsigned int fd, struct linux_dirent __user *buf, unsigned int count) { return getdents(fd, buf, count, false); }
long sys_getdents64(unsigned int fd, struct linux_dirent64 __user *buf, unsigned int count) { return getdents(fd, buf, count, true); }
