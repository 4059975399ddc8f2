/* SPDX-License-Identifier: MIT */
/* System calls: reading, writing, positions, moving data, syncing. */
#include <fs/pipe.h>
#include <fs/uio.h>
#include <mm/mapping.h>
#include <mm/slab.h>
#include <uapi/fs.h>
#include <uapi/stat.h>
#include <uapi/uio.h>

#include "fs.h"

/* At the file's own position, which moves on. `writing` is known where these are called: each becomes two functions. */
static __always_inline long buffer_at_position(unsigned int nr, void __user *buf, size_t count,
					       bool writing)
{
	struct fd fd = fd_get_pos(nr);
	loff_t pos;
	long n;

	if (unlikely(!fd.file))
		return -EBADF;
	pos = fd.file->pos;
	n = writing ? vfs_write(fd.file, buf, count, &pos) : vfs_read(fd.file, buf, count, &pos);
	if (n > 0 && !(fd.file->mode & FMODE_STREAM))
		fd.file->pos = pos;
	fd_put_pos(fd);
	return n;
}

static __always_inline long buffer_at_offset(unsigned int nr, void __user *buf, size_t count,
					     loff_t pos, bool writing)
{
	struct fd fd;
	long n = -ESPIPE;

	if (pos < 0)
		return -EINVAL;
	fd = fd_get(nr);
	if (!fd.file)
		return -EBADF;
	if (fd.file->mode & (writing ? FMODE_PWRITE : FMODE_PREAD))
		n = writing ? vfs_write(fd.file, buf, count, &pos)
			    : vfs_read(fd.file, buf, count, &pos);
	fd_put(fd);
	return n;
}

long sys_read(unsigned int nr, char __user *buf, size_t count)
{
	return buffer_at_position(nr, buf, count, false);
}

long sys_write(unsigned int nr, const char __user *buf, size_t count)
{
	return buffer_at_position(nr, (void __user *)buf, count, true);
}

long sys_pread64(unsigned int nr, char __user *buf, size_t count, loff_t pos)
{
	return buffer_at_offset(nr, buf, count, pos, false);
}

long sys_pwrite64(unsigned int nr, const char __user *buf, size_t count, loff_t pos)
{
	return buffer_at_offset(nr, (void __user *)buf, count, pos, true);
}

typedef ssize_t (*vector_op)(struct file *file, const struct iovec __user *vec, unsigned long nr,
			     loff_t *pos, unsigned int flags);

static long at_position(unsigned long nr, const struct iovec __user *vec, unsigned long count,
			unsigned int flags, vector_op op)
{
	struct fd fd = fd_get_pos(nr);
	loff_t pos;
	long n;

	if (!fd.file)
		return -EBADF;
	pos = fd.file->pos;
	n = op(fd.file, vec, count, &pos, flags);
	if (n > 0 && !(fd.file->mode & FMODE_STREAM))
		fd.file->pos = pos;
	fd_put_pos(fd);
	return n;
}

static long at_offset(unsigned long nr, const struct iovec __user *vec, unsigned long count,
		      loff_t pos, unsigned int flags, vector_op op, unsigned int mode)
{
	struct fd fd;
	long n = -ESPIPE;

	if (pos < 0)
		return -EINVAL;
	fd = fd_get(nr);
	if (!fd.file)
		return -EBADF;
	if (fd.file->mode & mode)
		n = op(fd.file, vec, count, &pos, flags);
	fd_put(fd);
	return n;
}

long sys_readv(unsigned long fd, const struct iovec __user *vec, unsigned long nr)
{
	return at_position(fd, vec, nr, 0, vfs_readv);
}

long sys_writev(unsigned long fd, const struct iovec __user *vec, unsigned long nr)
{
	return at_position(fd, vec, nr, 0, vfs_writev);
}

/* The position is whole in pos_low on a 64-bit machine. */
long sys_preadv(unsigned long fd, const struct iovec __user *vec, unsigned long nr,
		unsigned long pos_low, unsigned long pos_high)
{
	return at_offset(fd, vec, nr, pos_low, 0, vfs_readv, FMODE_PREAD);
}

long sys_pwritev(unsigned long fd, const struct iovec __user *vec, unsigned long nr,
		 unsigned long pos_low, unsigned long pos_high)
{
	return at_offset(fd, vec, nr, pos_low, 0, vfs_writev, FMODE_PWRITE);
}

long sys_preadv2(unsigned long fd, const struct iovec __user *vec, unsigned long nr,
		 unsigned long pos_low, unsigned long pos_high, int flags)
{
	if ((loff_t)pos_low == -1)
		return at_position(fd, vec, nr, flags, vfs_readv);
	return at_offset(fd, vec, nr, pos_low, flags, vfs_readv, FMODE_PREAD);
}

long sys_pwritev2(unsigned long fd, const struct iovec __user *vec, unsigned long nr,
		  unsigned long pos_low, unsigned long pos_high, int flags)
{
	if ((loff_t)pos_low == -1)
		return at_position(fd, vec, nr, flags, vfs_writev);
	return at_offset(fd, vec, nr, pos_low, flags, vfs_writev, FMODE_PWRITE);
}

long sys_lseek(unsigned int nr, loff_t offset, unsigned int whence)
{
	struct fd fd = fd_get_pos(nr);
	long pos;

	if (!fd.file)
		return -EBADF;
	pos = whence <= SEEK_HOLE ? vfs_llseek(fd.file, offset, whence) : -EINVAL;
	fd_put_pos(fd);
	return pos;
}

/* --- from file to file --- */

static int get_pos(const loff_t __user *user, loff_t *pos)
{
	return user && copy_from_user(pos, user, sizeof(*pos)) ? -EFAULT : 0;
}

static int put_pos(loff_t __user *user, const loff_t *pos)
{
	return user && copy_to_user(user, pos, sizeof(*pos)) ? -EFAULT : 0;
}

long sys_sendfile(int out_fd, int in_fd, loff_t __user *offset, size_t count)
{
	struct fd in, out;
	loff_t pos = 0;
	long n = get_pos(offset, &pos);

	if (n)
		return n;
	in = fd_get(in_fd);
	if (!in.file)
		return -EBADF;
	out = fd_get(out_fd);
	n = -EBADF;
	if (out.file) {
		if (!offset)
			pos = in.file->pos;
		n = offset && !(in.file->mode & FMODE_PREAD)
			    ? -ESPIPE
			    : do_sendfile(out.file, in.file, &pos, min(count, 0x7ffff000ul));
		if (n > 0 && !offset)
			in.file->pos = pos;
		fd_put(out);
	}
	fd_put(in);
	if (n >= 0 && put_pos(offset, &pos))
		n = -EFAULT;
	return n;
}

long sys_copy_file_range(int in_fd, loff_t __user *in_user, int out_fd, loff_t __user *out_user,
			 size_t len, unsigned int flags)
{
	loff_t in_pos = 0, out_pos = 0;
	struct fd in, out;
	long n = get_pos(in_user, &in_pos) ?: get_pos(out_user, &out_pos);

	if (n)
		return n;
	in = fd_get(in_fd);
	if (!in.file)
		return -EBADF;
	out = fd_get(out_fd);
	n = -EBADF;
	if (out.file) {
		if (!in_user)
			in_pos = in.file->pos;
		if (!out_user)
			out_pos = out.file->pos;
		n = do_copy_file_range(in.file, &in_pos, out.file, &out_pos, min(len, 0x7ffff000ul),
				       flags);
		if (n > 0 && !in_user)
			in.file->pos = in_pos;
		if (n > 0 && !out_user)
			out.file->pos = out_pos;
		fd_put(out);
	}
	fd_put(in);
	if (n > 0 && (put_pos(in_user, &in_pos) || put_pos(out_user, &out_pos)))
		n = -EFAULT;
	return n;
}

long sys_splice(int in_fd, loff_t __user *in_user, int out_fd, loff_t __user *out_user, size_t len,
		unsigned int flags)
{
	loff_t in_pos = 0, out_pos = 0;
	struct fd in, out;
	long n = get_pos(in_user, &in_pos) ?: get_pos(out_user, &out_pos);

	if (n)
		return n;
	if (!len)
		return 0;
	if (flags & ~0xfu)
		return -EINVAL;
	in = fd_get(in_fd);
	if (!in.file)
		return -EBADF;
	out = fd_get(out_fd);
	n = -EBADF;
	if (out.file) {
		n = do_splice(in.file, in_user ? &in_pos : NULL, out.file,
			      out_user ? &out_pos : NULL, len, flags);
		fd_put(out);
	}
	fd_put(in);
	if (n > 0 && (put_pos(in_user, &in_pos) || put_pos(out_user, &out_pos)))
		n = -EFAULT;
	return n;
}

long sys_tee(int in_fd, int out_fd, size_t len, unsigned int flags)
{
	struct fd in, out;
	long n = -EBADF;

	if (flags & ~0xfu)
		return -EINVAL;
	if (!len)
		return 0;
	in = fd_get(in_fd);
	if (!in.file)
		return -EBADF;
	out = fd_get(out_fd);
	if (out.file) {
		n = do_tee(in.file, out.file, len, flags);
		fd_put(out);
	}
	fd_put(in);
	return n;
}

/* User memory into a pipe and out of one: by copying, whatever the flags hint at. */
long sys_vmsplice(int fd, const struct iovec __user *vec, unsigned long nr, unsigned int flags)
{
	struct fd pipe;
	loff_t pos = 0;
	long n = -EBADF;

	if (flags & ~0xfu)
		return -EINVAL;
	pipe = fd_get(fd);
	if (!pipe.file)
		return -EBADF;
	if (file_pipe(pipe.file))
		n = pipe.file->mode & FMODE_WRITE ? vfs_writev(pipe.file, vec, nr, &pos, 0)
						  : vfs_readv(pipe.file, vec, nr, &pos, 0);
	fd_put(pipe);
	return n;
}

/* --- syncing and hints --- */

static long sync_fd(unsigned int nr, bool datasync)
{
	struct fd fd = fd_get(nr);
	long error;

	if (!fd.file)
		return -EBADF;
	error = vfs_fsync(fd.file, datasync);
	fd_put(fd);
	return error;
}

long sys_fsync(unsigned int fd) { return sync_fd(fd, false); }
long sys_fdatasync(unsigned int fd) { return sync_fd(fd, true); }

long sys_sync(void)
{
	do_sync();
	return 0;
}

long sys_syncfs(int nr)
{
	struct fd fd = fd_get(nr);
	long error;

	if (!fd.file)
		return -EBADF;
	error = do_syncfs(fd.file);
	fd_put(fd);
	return error;
}

long sys_sync_file_range(int nr, loff_t offset, loff_t len, unsigned int flags)
{
	struct fd fd;
	long error = -ESPIPE;

	/* lint: invalidTestForOverflow: -fwrapv */
	if (flags & ~7u || offset < 0 || len < 0 || offset + len < offset)
		return -EINVAL;
	fd = fd_get(nr);
	if (!fd.file)
		return -EBADF;
	if (S_ISREG(fd.file->inode->mode) || S_ISBLK(fd.file->inode->mode) ||
	    S_ISDIR(fd.file->inode->mode) || S_ISLNK(fd.file->inode->mode))
		error = flags ? mapping_write_and_wait(fd.file->mapping, offset,
						       len ? offset + len - 1 : S64_MAX)
			      : 0;
	fd_put(fd);
	return error;
}

long sys_readahead(int nr, loff_t offset, size_t count)
{
	struct fd fd = fd_get(nr);
	long error;

	if (!fd.file || !(fd.file->mode & FMODE_READ))
		error = -EBADF;
	else if (!S_ISREG(fd.file->inode->mode) && !S_ISBLK(fd.file->inode->mode))
		error = -EINVAL;
	else
		error = vfs_fadvise(fd.file, offset, (loff_t)count, POSIX_FADV_WILLNEED);
	if (fd.file)
		fd_put(fd);
	return error;
}

long sys_fadvise64(int nr, loff_t offset, size_t len, int advice)
{
	struct fd fd = fd_get(nr);
	long error;

	if (!fd.file)
		return -EBADF;
	error = vfs_fadvise(fd.file, offset, (loff_t)len, advice);
	fd_put(fd);
	return error;
}
