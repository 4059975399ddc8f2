/* SPDX-License-Identifier: MIT */
/*
 * devtmpfs: one tmpfs instance in which device nodes appear by themselves. It exists from the start, mounted or not; mounting it shows it.
 *
 * Folders that were made for a node go with the last node in them; what a program made in it stays.
 */
#include <fs/tmpfs.h>
#include <fs/vfs.h>
#include <lib/string.h>
#include <uapi/stat.h>

#include "internal.h"
#include "mount.h"
#include "tmpfs/tmpfs.h"

static struct mount *dev_mount;
static DEFINE_MUTEX(dev_mutex); /* one change at a time; outside the directories' rwsems */

static int fill(struct super_block *sb, void *data, bool silent)
{
	int error = tmpfs_fill(sb, NULL, silent);

	if (!error)
		sb->root->inode->mode = S_IFDIR | 0755;
	return error;
}

static struct dentry *dev_mount_fs(struct file_system_type *type, unsigned int flags,
				   const char *device, char *options)
{
	return mount_single(type, flags, NULL, fill);
}

static struct file_system_type dev_type = { .name = "devtmpfs", .mount = dev_mount_fs, .kill_sb = kill_litter_super };

/* The entry of that name in dir, made by the kernel if it is not there. Both with a reference. */
static struct dentry *make(struct dentry *dir, const char *name, size_t len, u32 mode,
			   dev_t_kernel dev)
{
	struct inode *parent = dir->inode, *inode;
	struct dentry *dentry;
	int error = -EEXIST;

	down_write(&parent->rwsem);
	dentry = lookup_one_locked(name, dir, len);
	if (IS_ERR(dentry))
		goto unlock;
	if (d_is_positive(dentry)) {
		if (S_ISDIR(mode) && d_is_dir(dentry))
			goto unlock;
		goto drop;
	}
	error = -ENOENT;
	if (parent->flags & S_DEAD)
		goto drop;
	inode = tmpfs_new_inode(parent->sb, NULL, mode, dev);
	error = PTR_ERR_OR_ZERO(inode);
	if (error)
		goto drop;
	inode->uid = inode->gid = 0;
	tmpfs_i(inode)->by_kernel = true;
	error = tmpfs_dir_link(parent, dentry, inode);
	if (error) {
		clear_nlink(inode);
		iput(inode);
		goto drop;
	}
	if (S_ISDIR(mode))
		inc_nlink(parent);
	goto unlock;
drop:
	dput(dentry);
	dentry = ERR_PTR(error);
unlock:
	up_write(&parent->rwsem);
	return dentry;
}

int devtmpfs_create(const char *path, u32 mode, dev_t_kernel dev)
{
	struct dentry *dir = dget(dev_mount->root), *next;
	const char *slash;
	int error;

	if (!(mode & S_IFMT))
		mode |= S_IFCHR;
	mutex_lock(&dev_mutex);
	while ((slash = strchr(path, '/'))) {
		next = make(dir, path, slash - path, S_IFDIR | 0755, 0);
		dput(dir);
		dir = next;
		if (IS_ERR(dir))
			break;
		path = slash + 1;
	}
	if (!IS_ERR(dir)) {
		next = make(dir, path, strlen(path), mode, dev);
		dput(dir);
		dir = next;
	}
	mutex_unlock(&dev_mutex);
	error = PTR_ERR_OR_ZERO(dir);
	if (!error)
		dput(dir);
	return error;
}

/* Takes an entry out of its directory, whose rwsem is not held. */
static int take_out(struct dentry *dentry, bool isdir)
{
	struct dentry *parent = dget_parent(dentry);
	struct inode *dir = parent->inode, *inode = dentry->inode;
	int error = -ENOENT;

	down_write(&dir->rwsem);
	if (inode && !d_unhashed(dentry) && dentry->parent == parent && tmpfs_i(inode)->by_kernel) {
		down_write_nested(&inode->rwsem, RWSEM_CHILD);
		if (READ_ONCE(dentry->flags) & DENTRY_MOUNTED)
			error = -EBUSY;
		else
			error = isdir ? dir->ops->rmdir(dir, dentry)
				      : dir->ops->unlink(dir, dentry);
		if (!error && isdir)
			inode->flags |= S_DEAD;
		up_write(&inode->rwsem);
		if (!error)
			d_delete(dentry);
	}
	up_write(&dir->rwsem);
	dput(parent);
	return error;
}

static struct dentry *walk(const char *path)
{
	struct dentry *dir = dget(dev_mount->root);

	while (*path) {
		const char *end = strchrnul(path, '/');
		struct inode *inode = dir->inode;
		struct dentry *next = ERR_PTR(-ENOENT);

		if (inode && S_ISDIR(inode->mode)) {
			down_write(&inode->rwsem);
			next = lookup_one_locked(path, dir, end - path);
			up_write(&inode->rwsem);
		}
		dput(dir);
		if (IS_ERR(next))
			return next;
		dir = next;
		path = *end ? end + 1 : end;
	}
	return dir;
}

int devtmpfs_remove(const char *path)
{
	struct dentry *dentry, *parent;
	int error;

	mutex_lock(&dev_mutex);
	dentry = walk(path);
	error = PTR_ERR_OR_ZERO(dentry);
	if (!error) {
		parent = dget_parent(dentry);
		error = take_out(dentry, false);
		dput(dentry);
		/* folders that nobody needs any more; rmdir refuses the others */
		while (!error && parent != dev_mount->root) {
			dentry = parent;
			parent = dget_parent(dentry);
			if (take_out(dentry, true)) {
				dput(dentry);
				break;
			}
			dput(dentry);
		}
		dput(parent);
	}
	mutex_unlock(&dev_mutex);
	return error;
}

void __init devtmpfs_init(void)
{
	if (register_filesystem(&dev_type))
		panic("devtmpfs: cannot register");
	dev_mount = kern_mount(&dev_type);
	if (IS_ERR(dev_mount))
		panic("devtmpfs: no memory");
}
