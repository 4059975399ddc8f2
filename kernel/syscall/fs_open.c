/* SPDX-License-Identifier: MIT */
/* System calls: opening, closing, descriptors, locks. */
#include <fs/locks.h>
#include <fs/pipe.h>
#include <fs/tmpfs.h>
#include <kernel/process.h>
#include <lib/err.h>
#include <lib/string.h>
#include <uapi/fs.h>
#include <uapi/resource.h>

#include "fs.h"

static long open_how(int dfd, const char __user *path, const struct open_how_kernel *how)
{
	struct pathname name;
	struct file *file;
	long fd = pathname_from_user(&name, path, 0);

	if (unlikely(fd))
		return fd;
	fd = get_unused_fd_flags(how->open_flags);
	if (likely(fd >= 0)) {
		file = do_file_open(dfd, &name, how);
		if (unlikely(IS_ERR(file))) {
			put_unused_fd(fd);
			fd = PTR_ERR(file);
		} else {
			fd_install(fd, file);
		}
	}
	pathname_put(&name);
	return fd;
}

#define OPEN_KNOWN	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC | O_DSYNC | FASYNC | O_DIRECT | \
			 O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE)

/* open and openat have always let unknown bits pass, and bits that make no sense together. */
long sys_openat(int dfd, const char __user *path, int flags, unsigned int mode)
{
	struct open_how_kernel how;
	int error;

	flags &= OPEN_KNOWN;
	if (flags & O_PATH)
		flags &= O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;
	mode = flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)) ? mode & 07777 : 0;
	error = build_open_how(flags | (flags & O_PATH ? 0 : O_LARGEFILE), mode, 0, &how);
	return error ?: open_how(dfd, path, &how);
}

long sys_open(const char __user *path, int flags, unsigned int mode) { return sys_openat(AT_FDCWD, path, flags, mode); }

long sys_creat(const char __user *path, unsigned int mode)
{
	return sys_openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

long sys_openat2(int dfd, const char __user *path, struct open_how __user *user, size_t size)
{
	struct open_how_kernel how;
	struct open_how copy;
	int error;

	if (size < sizeof(copy))
		return -EINVAL;
	error = copy_struct_from_user(&copy, sizeof(copy), user, size);
	if (error)
		return error;
	if (copy.flags >> 32 || copy.mode & ~07777ull)
		return -EINVAL;
	if (copy.resolve & ~(u64)(RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS |
				  RESOLVE_BENEATH | RESOLVE_IN_ROOT | RESOLVE_CACHED))
		return -EINVAL;
	error = build_open_how(copy.flags, copy.mode, copy.resolve, &how);
	if (error)
		return error;
	if (!(how.open_flags & O_PATH))
		how.open_flags |= O_LARGEFILE;
	return open_how(dfd, path, &how);
}

long sys_close(unsigned int fd)
{
	long error = close_fd(fd);

	/* the descriptor is gone already: there is nothing to call again */
	if (unlikely(error == -ERESTARTSYS || error == -ERESTARTNOINTR ||
		     error == -ERESTARTNOHAND || error == -ERESTART_RESTARTBLOCK))
		error = -EINTR;
	return error;
}

long sys_close_range(unsigned int first, unsigned int last, unsigned int flags) { return do_close_range(first, last, flags); }

long sys_dup(unsigned int nr)
{
	struct fd fd = fd_get_raw(nr);
	long new;

	if (!fd.file)
		return -EBADF;
	new = do_dupfd(0, fd.file, 0);
	fd_put(fd);
	return new == -EINVAL ? -EMFILE : new;
}

long sys_dup2(unsigned int old, unsigned int new)
{
	struct fd fd;

	if (old != new)
		return do_dup3(old, new, 0);
	fd = fd_get_raw(old);
	if (!fd.file)
		return -EBADF;
	fd_put(fd);
	return new;
}

long sys_dup3(unsigned int old, unsigned int new, int flags)
{
	if ((flags & ~O_CLOEXEC) || old == new)
		return -EINVAL;
	return do_dup3(old, new, flags);
}

long sys_fcntl(unsigned int fd, unsigned int command, unsigned long arg) { return do_fcntl(fd, command, arg); }
long sys_ioctl(unsigned int fd, unsigned int command, unsigned long arg) { return do_ioctl(fd, command, arg); }

long sys_flock(unsigned int nr, unsigned int operation)
{
	struct fd fd = fd_get(nr);
	long error;

	if (!fd.file)
		return -EBADF;
	error = do_flock(fd.file, operation);
	fd_put(fd);
	return error;
}

long sys_pipe2(int __user *fds, int flags)
{
	struct file *files[2];
	int fd[2], error;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	error = create_pipe_files(files, flags);
	if (error)
		return error;
	fd[0] = get_unused_fd_flags(flags);
	fd[1] = fd[0] < 0 ? fd[0] : get_unused_fd_flags(flags);
	error = fd[1] < 0 ? fd[1] : 0;
	if (!error && copy_to_user(fds, fd, sizeof(fd)))
		error = -EFAULT;
	if (error) {
		if (fd[0] >= 0)
			put_unused_fd(fd[0]);
		if (fd[1] >= 0)
			put_unused_fd(fd[1]);
		fput(files[0]);
		fput(files[1]);
		return error;
	}
	fd_install(fd[0], files[0]);
	fd_install(fd[1], files[1]);
	return 0;
}

long sys_pipe(int __user *fds) { return sys_pipe2(fds, 0); }

long sys_memfd_create(const char __user *user, unsigned int flags)
{
	char name[251];
	long len = strncpy_from_user(name, user, sizeof(name));

	if (len < 0)
		return len;
	return len == sizeof(name) ? -EINVAL : do_memfd_create(name, flags);
}
