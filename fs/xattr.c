/* SPDX-License-Identifier: MIT */
/* Extended attributes: names and permissions; the file system keeps them. */
#include <fs/calls.h>
#include <fs/vfs.h>
#include <lib/err.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/fs.h>
#include <uapi/limits.h>
#include <uapi/stat.h>

#include "internal.h"
#include "mount.h"
#include "notify.h"

static int name_permission(struct inode *inode, const char *name, int mask)
{
	if (mask & MAY_WRITE) {
		if (inode->flags & (S_IMMUTABLE | S_APPEND))
			return -EPERM;
	}
	if (str_has_prefix(name, "trusted."))
		return capable(CAP_SYS_ADMIN) ? 0 : mask & MAY_WRITE ? -EPERM : -ENODATA;
	if (str_has_prefix(name, "user.")) {
		if (!S_ISREG(inode->mode) && !S_ISDIR(inode->mode))
			return mask & MAY_WRITE ? -EPERM : -ENODATA;
		if (S_ISDIR(inode->mode) && (inode->mode & S_ISVTX) && (mask & MAY_WRITE) &&
		    !inode_owner_or_capable(inode))
			return -EPERM;
		return inode_permission(inode, mask);
	}
	/* security., system.: nobody here gives them a meaning */
	return -EOPNOTSUPP;
}

static int get_name(char *to, const char __user *from)
{
	long n = strncpy_from_user(to, from, XATTR_NAME_MAX + 1);

	if (n == 0 || n == XATTR_NAME_MAX + 1)
		return -ERANGE;
	return n < 0 ? n : 0;
}

static int set(const struct path *path, const char *name, const void *value, size_t size, int flags)
{
	struct inode *inode = path->dentry->inode;
	int error;

	if (!inode->ops || !inode->ops->setxattr)
		return -EOPNOTSUPP;
	error = mnt_want_write(path->mount);
	if (error)
		return error;
	down_write(&inode->rwsem);
	error = name_permission(inode, name, MAY_WRITE);
	if (!error)
		error = inode->ops->setxattr(inode, name, value, size, flags);
	up_write(&inode->rwsem);
	mnt_drop_write(path->mount);
	if (!error)
		notify_dentry(path->dentry, IN_ATTRIB);
	return error;
}

long do_setxattr(const struct path *path, const char __user *user_name, const void __user *value,
		 size_t size, int flags)
{
	char name[XATTR_NAME_MAX + 1];
	void *copy = NULL;
	long error;

	if (flags & ~(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	error = get_name(name, user_name);
	if (error)
		return error;
	if (size > XATTR_SIZE_MAX)
		return -E2BIG;
	if (size) {
		copy = kvmalloc(size, GFP_KERNEL);
		if (!copy)
			return -ENOMEM;
		if (copy_from_user(copy, value, size)) {
			kvfree(copy);
			return -EFAULT;
		}
	}
	error = set(path, name, copy ?: "", size, flags);
	kvfree(copy);
	return error;
}

long do_getxattr(const struct path *path, const char __user *user_name, void __user *value,
		 size_t size)
{
	struct inode *inode = path->dentry->inode;
	char name[XATTR_NAME_MAX + 1];
	void *buf = NULL;
	long n = get_name(name, user_name);

	if (n)
		return n;
	n = name_permission(inode, name, MAY_READ);
	if (n)
		return n;
	if (!inode->ops || !inode->ops->getxattr)
		return -EOPNOTSUPP;
	size = min(size, (size_t)XATTR_SIZE_MAX);
	if (size) {
		buf = kvzalloc(size, GFP_KERNEL);
		if (!buf)
			return -ENOMEM;
	}
	n = inode->ops->getxattr(inode, name, buf, size);
	if (n > 0 && size && copy_to_user(value, buf, n))
		n = -EFAULT;
	kvfree(buf);
	return n;
}

long do_listxattr(const struct path *path, char __user *list, size_t size)
{
	struct inode *inode = path->dentry->inode;
	char *buf = NULL;
	long n;

	size = min(size, (size_t)XATTR_LIST_MAX);
	if (size) {
		buf = kvmalloc(size, GFP_KERNEL);
		if (!buf)
			return -ENOMEM;
	}
	n = inode->ops && inode->ops->listxattr ? inode->ops->listxattr(inode, buf, size) : 0;
	if (n > 0 && size && copy_to_user(list, buf, n))
		n = -EFAULT;
	kvfree(buf);
	return n;
}

long do_removexattr(const struct path *path, const char __user *user_name)
{
	struct inode *inode = path->dentry->inode;
	char name[XATTR_NAME_MAX + 1];
	long error = get_name(name, user_name);

	if (error)
		return error;
	error = mnt_want_write(path->mount);
	if (error)
		return error;
	down_write(&inode->rwsem);
	error = name_permission(inode, name, MAY_WRITE);
	if (!error)
		error = inode->ops && inode->ops->removexattr ? inode->ops->removexattr(inode, name)
							      : -EOPNOTSUPP;
	up_write(&inode->rwsem);
	mnt_drop_write(path->mount);
	if (!error)
		notify_dentry(path->dentry, IN_ATTRIB);
	return error;
}
