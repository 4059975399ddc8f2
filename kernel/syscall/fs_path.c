/* SPDX-License-Identifier: MIT */
/* System calls: making, removing and renaming names; attributes by name. */
#include <kernel/cred.h>
#include <lib/err.h>
#include <mm/slab.h>
#include <uapi/limits.h>
#include <uapi/stat.h>

#include "fs.h"

/* Runs `call` with the name in kernel memory. */
#define WITH_NAME(user, flags, call) ({				\
	struct pathname name;					\
	long with_error_ = pathname_from_user(&name, user, flags);	\
	if (!with_error_) {					\
		with_error_ = (call);				\
		pathname_put(&name);				\
	}							\
	with_error_;						\
})

long sys_mkdirat(int dfd, const char __user *path, unsigned int mode)
{
	return WITH_NAME(path, 0, do_mkdirat(dfd, &name, mode));
}

long sys_mkdir(const char __user *path, unsigned int mode) { return sys_mkdirat(AT_FDCWD, path, mode); }

long sys_mknodat(int dfd, const char __user *path, unsigned int mode, unsigned int dev)
{
	return WITH_NAME(path, 0, do_mknodat(dfd, &name, mode, kernel_dev(dev)));
}

long sys_mknod(const char __user *path, unsigned int mode, unsigned int dev) { return sys_mknodat(AT_FDCWD, path, mode, dev); }

long sys_rmdir(const char __user *path)
{
	return WITH_NAME(path, 0, do_rmdirat(AT_FDCWD, &name));
}

long sys_unlink(const char __user *path)
{
	return WITH_NAME(path, 0, do_unlinkat(AT_FDCWD, &name));
}

long sys_unlinkat(int dfd, const char __user *path, int flags)
{
	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	if (flags & AT_REMOVEDIR)
		return WITH_NAME(path, 0, do_rmdirat(dfd, &name));
	return WITH_NAME(path, 0, do_unlinkat(dfd, &name));
}

long sys_symlinkat(const char __user *target, int dfd, const char __user *path)
{
	struct pathname to;
	long error = pathname_from_user(&to, target, 0);

	if (error)
		return error;
	error = WITH_NAME(path, 0, do_symlinkat(to.name, dfd, &name));
	pathname_put(&to);
	return error;
}

long sys_symlink(const char __user *target, const char __user *path) { return sys_symlinkat(target, AT_FDCWD, path); }

long sys_linkat(int old_dfd, const char __user *old_path, int new_dfd, const char __user *new_path,
		int flags)
{
	struct pathname old;
	long error = pathname_from_user(&old, old_path, flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);

	if (error)
		return error;
	error = WITH_NAME(new_path, 0, do_linkat(old_dfd, &old, new_dfd, &name, flags));
	pathname_put(&old);
	return error;
}

long sys_link(const char __user *old_path, const char __user *new_path)
{
	return sys_linkat(AT_FDCWD, old_path, AT_FDCWD, new_path, 0);
}

long sys_renameat2(int old_dfd, const char __user *old_path, int new_dfd,
		   const char __user *new_path, unsigned int flags)
{
	struct pathname old;
	long error = pathname_from_user(&old, old_path, 0);

	if (error)
		return error;
	error = WITH_NAME(new_path, 0, do_renameat2(old_dfd, &old, new_dfd, &name, flags));
	pathname_put(&old);
	return error;
}

long sys_renameat(int old_dfd, const char __user *old_path, int new_dfd,
		  const char __user *new_path)
{
	return sys_renameat2(old_dfd, old_path, new_dfd, new_path, 0);
}

long sys_rename(const char __user *old_path, const char __user *new_path)
{
	return sys_renameat2(AT_FDCWD, old_path, AT_FDCWD, new_path, 0);
}

/* --- attributes --- */

/* path_put()s after the call; flags LOOKUP_*. */
#define WITH_PATH(dfd, user, flags, call) ({			\
	struct path path;					\
	long with_error_ = user_path_at(dfd, user, flags, &path);	\
	if (!with_error_) {					\
		with_error_ = (call);				\
		path_put(&path);				\
	}							\
	with_error_;						\
})

#define WITH_FD(nr, raw, call) ({				\
	struct fd fd = raw ? fd_get_raw(nr) : fd_get(nr);	\
	long with_error_ = -EBADF;				\
	if (fd.file) {						\
		with_error_ = (call);				\
		fd_put(fd);					\
	}							\
	with_error_;						\
})

long sys_fchmodat(int dfd, const char __user *user, unsigned int mode)
{
	return WITH_PATH(dfd, user, LOOKUP_FOLLOW, do_chmod(&path, mode));
}

long sys_chmod(const char __user *path, unsigned int mode) { return sys_fchmodat(AT_FDCWD, path, mode); }
long sys_fchmod(unsigned int nr, unsigned int mode) { return WITH_FD(nr, false, do_chmod(&fd.file->path, mode)); }

static unsigned int at_lookup(int flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
	       (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

long sys_fchownat(int dfd, const char __user *user, unsigned int uid, unsigned int gid, int flags)
{
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return WITH_PATH(dfd, user, at_lookup(flags), do_chown(&path, uid, gid));
}

long sys_chown(const char __user *path, unsigned int uid, unsigned int gid) { return sys_fchownat(AT_FDCWD, path, uid, gid, 0); }

long sys_lchown(const char __user *path, unsigned int uid, unsigned int gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

long sys_fchown(unsigned int nr, unsigned int uid, unsigned int gid) { return WITH_FD(nr, false, do_chown(&fd.file->path, uid, gid)); }

/* --- times --- */

#define UTIME_NOW	0x3fffffff	/* in tv_nsec */
#define UTIME_OMIT	0x3ffffffe

static int time_to_ns(s64 sec, s64 nsec, u64 *ns)
{
	if (nsec == UTIME_NOW) {
		*ns = TIME_NOW_NS;
	} else if (nsec == UTIME_OMIT) {
		*ns = TIME_OMIT_NS;
	} else if (nsec < 0 || nsec >= NSEC_PER_SEC) {
		return -EINVAL;
	} else {
		/* before 1970 and after 2554 the clock of files does not go */
		if (sec < 0)
			sec = nsec = 0;
		if ((u64)sec > ~0ull / NSEC_PER_SEC - 2)
			sec = ~0ull / NSEC_PER_SEC - 2;
		*ns = (u64)sec * NSEC_PER_SEC + nsec;
	}
	return 0;
}

static long utimes_at(int dfd, const char __user *user, const u64 *times, int flags)
{
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (!user && dfd != AT_FDCWD)
		return flags ? -EINVAL : WITH_FD(dfd, false, do_utimes(&fd.file->path, times));
	return WITH_PATH(dfd, user, at_lookup(flags), do_utimes(&path, times));
}

long sys_utimensat(int dfd, const char __user *path, struct __kernel_timespec __user *user,
		   int flags)
{
	struct __kernel_timespec t[2];
	u64 times[2];

	if (!user)
		return utimes_at(dfd, path, NULL, flags);
	if (copy_from_user(t, user, sizeof(t)))
		return -EFAULT;
	if (time_to_ns(t[0].tv_sec, t[0].tv_nsec, &times[0]) ||
	    time_to_ns(t[1].tv_sec, t[1].tv_nsec, &times[1]))
		return -EINVAL;
	return utimes_at(dfd, path, times, flags);
}

long sys_futimesat(int dfd, const char __user *path, struct __kernel_old_timeval __user *user)
{
	struct __kernel_old_timeval t[2];
	u64 times[2];

	if (!user)
		return utimes_at(dfd, path, NULL, 0);
	if (copy_from_user(t, user, sizeof(t)))
		return -EFAULT;
	for (int i = 0; i < 2; i++)
		if (t[i].tv_usec < 0 || t[i].tv_usec >= USEC_PER_SEC ||
		    time_to_ns(t[i].tv_sec, t[i].tv_usec * NSEC_PER_USEC, &times[i]))
			return -EINVAL;
	return utimes_at(dfd, path, times, 0);
}

long sys_utimes(char __user *path, struct __kernel_old_timeval __user *times) { return sys_futimesat(AT_FDCWD, path, times); }

long sys_utime(const char __user *path, struct utimbuf __user *user)
{
	__kernel_old_time_t t[2]; /* access, modification */
	u64 times[2];

	if (!user)
		return utimes_at(AT_FDCWD, path, NULL, 0);
	if (copy_from_user(t, user, sizeof(t)))
		return -EFAULT;
	time_to_ns(t[0], 0, &times[0]);
	time_to_ns(t[1], 0, &times[1]);
	return utimes_at(AT_FDCWD, path, times, 0);
}

/* --- sizes --- */

long sys_truncate(const char __user *path, long len)
{
	return WITH_NAME(path, 0, do_sys_truncate(&name, len));
}

long sys_ftruncate(unsigned int nr, unsigned long len) { return WITH_FD(nr, false, do_sys_ftruncate(fd.file, len)); }

long sys_fallocate(int nr, int mode, loff_t offset, loff_t len) { return WITH_FD(nr, false, do_fallocate(fd.file, mode, offset, len)); }

/* --- directories of the process --- */

long sys_chdir(const char __user *user)
{
	return WITH_PATH(AT_FDCWD, user, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, do_chdir(&path));
}

static long fchdir(struct file *file)
{
	return S_ISDIR(file->inode->mode) ? do_chdir(&file->path) : -ENOTDIR;
}

long sys_fchdir(unsigned int nr) { return WITH_FD(nr, true, fchdir(fd.file)); }

long sys_chroot(const char __user *user)
{
	return WITH_PATH(AT_FDCWD, user, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, do_chroot(&path));
}

long sys_umask(int mask)
{
	return xchg(&current->fs->umask, mask & 0777);
}

long sys_getcwd(char __user *user, unsigned long size)
{
	char *page = kmalloc(PATH_MAX, GFP_KERNEL);
	long len;

	if (!page)
		return -ENOMEM;
	len = fs_getcwd(page, PATH_MAX);
	if (len >= 0 && (unsigned long)len > size)
		len = -ERANGE;
	else if (len >= 0 && copy_to_user(user, page, len))
		len = -EFAULT;
	kfree(page);
	return len;
}

/* --- extended attributes --- */

#define XATTR_CALLS(op, args, ...)											\
long sys_##op(const char __user *user args) { return WITH_PATH(AT_FDCWD, user, LOOKUP_FOLLOW, do_##op(&path, __VA_ARGS__)); }	\
long sys_l##op(const char __user *user args) { return WITH_PATH(AT_FDCWD, user, 0, do_##op(&path, __VA_ARGS__)); }		\
long sys_f##op(int nr args) { return WITH_FD(nr, false, do_##op(&fd.file->path, __VA_ARGS__)); }
#define COMMA_ARGS(...) , __VA_ARGS__

XATTR_CALLS(setxattr,
	    COMMA_ARGS(const char __user *xname, const void __user *value, size_t size, int flags),
	    xname, value, size, flags)
XATTR_CALLS(getxattr, COMMA_ARGS(const char __user *xname, void __user *value, size_t size), xname,
	    value, size)
XATTR_CALLS(listxattr, COMMA_ARGS(char __user *list, size_t size), list, size)
XATTR_CALLS(removexattr, COMMA_ARGS(const char __user *xname), xname)
