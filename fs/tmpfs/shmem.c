/* SPDX-License-Identifier: MIT */
/* Files of an internal tmpfs instance: shared anonymous memory, memfd and its seals. */
#include <fs/files.h>
#include <fs/tmpfs.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/space.h>
#include <uapi/fcntl.h>
#include <uapi/mman.h>

#include "../mount.h"
#include "../pseudo.h"
#include "tmpfs.h"

static struct mount *shmem_mount;

static char *shmem_name(struct dentry *dentry, char *buf, int len)
{
	int n = snprintf(buf, len, "/%s (deleted)", dentry->name.name);

	return n < len ? buf : ERR_PTR(-ENAMETOOLONG);
}

static const struct dentry_operations shmem_dentry_operations = { .name = shmem_name };

static int shmem_fill(struct super_block *sb, void *data, bool silent)
{
	sb->dentry_ops = &shmem_dentry_operations;
	sb->flags |= SB_NOUSER;
	return tmpfs_fill(sb, data, silent);
}

static struct dentry *shmem_mount_fs(struct file_system_type *type, unsigned int flags,
				     const char *device, char *options)
{
	return mount_nodev(type, flags, NULL, shmem_fill);
}

static struct file_system_type shmem_type = { .name = "shmem", .mount = shmem_mount_fs, .kill_sb = kill_litter_super };

struct file *shmem_file_create(const char *name, loff_t size)
{
	struct inode *inode;
	struct file *file;

	if (size < 0)
		return ERR_PTR(-EINVAL);
	inode = tmpfs_new_inode(shmem_mount->sb, NULL, S_IFREG | 0777, 0);
	if (IS_ERR(inode))
		return ERR_CAST(inode);
	clear_nlink(inode);
	inode->size = size;
	file = alloc_file_on(shmem_mount, inode, name, O_RDWR, &tmpfs_file_operations);
	if (IS_ERR(file))
		iput(inode);
	return file;
}

/* --- seals --- */

static long add_seals(struct file *file, unsigned int seals)
{
	struct inode *inode = file->inode;
	struct tmpfs_inode *i = tmpfs_i(inode);
	long error = 0;

	if (!(file->mode & FMODE_WRITE))
		return -EPERM;
	if (seals &
	    ~(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
		return -EINVAL;
	down_write(&inode->rwsem);
	if (i->seals & F_SEAL_SEAL) {
		error = -EPERM;
	} else if ((seals & F_SEAL_WRITE) && !(i->seals & F_SEAL_WRITE)) {
		int free = 0;

		/* denies shared writable mappings from now on; there must be none */
		if (!atomic_try_cmpxchg(&inode->mapping->nr_writable_maps, &free, -1))
			error = -EBUSY;
	}
	if (!error)
		i->seals |= seals;
	up_write(&inode->rwsem);
	return error;
}

long shmem_fcntl(struct file *file, unsigned int command, unsigned long arg)
{
	if (file->inode->fops != &tmpfs_file_operations)
		return -EINVAL;
	if (command == F_GET_SEALS)
		return tmpfs_i(file->inode)->seals;
	return arg >> 32 ? -EINVAL : add_seals(file, arg);
}

long do_memfd_create(const char *name, unsigned int flags)
{
	char text[256];
	struct file *file;
	int fd;

	if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING))
		return -EINVAL; /* huge pages are not there */
	if (strlen(name) > 249)
		return -EINVAL;
	snprintf(text, sizeof(text), "memfd:%s", name);
	fd = get_unused_fd_flags(flags & MFD_CLOEXEC ? O_CLOEXEC : 0);
	if (fd < 0)
		return fd;
	file = shmem_file_create(text, 0);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	file->flags |= O_LARGEFILE;
	file->mode |= FMODE_ATOMIC_POS;
	if (flags & MFD_ALLOW_SEALING)
		tmpfs_i(file->inode)->seals &= ~F_SEAL_SEAL;
	fd_install(fd, file);
	return fd;
}

void shmem_init(void)
{
	shmem_mount = kern_mount(&shmem_type);
	if (IS_ERR(shmem_mount))
		panic("tmpfs: no memory for shared memory");
	shared_memory_file = shmem_file_create;
}
