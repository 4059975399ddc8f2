/* SPDX-License-Identifier: MIT */
/*
 * The name of a socket in a directory: what bind(2) makes.
 */
#include <kernel/process.h>
#include <fs/files.h>
#include <uapi/fcntl.h>

#include "internal.h"
#include "mount.h"

int kern_mksocket(const char *name, u32 mode, struct path *path)
{
	struct path parent;
	struct pathname pathname;
	struct dentry *dentry;
	int error = pathname_from_kernel(&pathname, name);

	if (error)
		return error;
	dentry = path_create(AT_FDCWD, &pathname, 0, &parent);
	error = PTR_ERR_OR_ZERO(dentry);
	if (error)
		goto put_name;
	error = vfs_mknod(parent.dentry->inode, dentry,
			  S_IFSOCK | (mode & S_IALLUGO & ~current->fs->umask), 0);
	if (!error) {
		path->mount = mntget(parent.mount);
		path->dentry = dget(dentry);
	}
	path_create_done(&parent, dentry);
put_name:
	pathname_put(&pathname);
	return error;
}
