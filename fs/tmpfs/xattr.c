/* SPDX-License-Identifier: MIT */
/* Extended attributes of tmpfs: a list in memory, changed under the inode's rwsem (the VFS holds it), which reading takes here. */
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/fs.h>

#include "tmpfs.h"

static struct tmpfs_xattr *find(struct inode *inode, const char *name)
{
	struct tmpfs_xattr *x;

	list_for_each_entry(x, &tmpfs_i(inode)->xattrs, node)
		if (!strcmp(x->name, name))
			return x;
	return NULL;
}

ssize_t tmpfs_getxattr(struct inode *inode, const char *name, void *buf, size_t size)
{
	struct tmpfs_xattr *x;
	ssize_t n = -ENODATA;

	down_read(&inode->rwsem);
	x = find(inode, name);
	if (x) {
		n = x->size;
		if (size && size < x->size)
			n = -ERANGE;
		else if (size)
			memcpy(buf, x->value, x->size);
	}
	up_read(&inode->rwsem);
	return n;
}

int tmpfs_setxattr(struct inode *inode, const char *name, const void *value, size_t size, int flags)
{
	struct tmpfs_xattr *x = find(inode, name), *new;
	char *copy;

	if ((flags & XATTR_CREATE) && x)
		return -EEXIST;
	if ((flags & XATTR_REPLACE) && !x)
		return -ENODATA;
	copy = kmalloc(size ?: 1, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, value, size);
	if (!x) {
		new = kmalloc(sizeof(*new) + strlen(name) + 1, GFP_KERNEL);
		if (!new) {
			kfree(copy);
			return -ENOMEM;
		}
		strscpy(new->name, name, strlen(name) + 1);
		new->value = NULL;
		list_add_tail(&new->node, &tmpfs_i(inode)->xattrs);
		x = new;
	}
	kfree(x->value);
	x->value = copy;
	x->size = size;
	WRITE_ONCE(inode->ctime_ns, inode_now_ns(inode));
	return 0;
}

ssize_t tmpfs_listxattr(struct inode *inode, char *buf, size_t size)
{
	struct tmpfs_xattr *x;
	ssize_t n = 0;

	down_read(&inode->rwsem);
	list_for_each_entry(x, &tmpfs_i(inode)->xattrs, node) {
		size_t len = strlen(x->name) + 1;

		if (str_has_prefix(x->name, "trusted.") && !capable(21 /* CAP_SYS_ADMIN */))
			continue;
		if (size && n + len > size) {
			n = -ERANGE;
			break;
		}
		if (size)
			memcpy(buf + n, x->name, len);
		n += len;
	}
	up_read(&inode->rwsem);
	return n;
}

int tmpfs_removexattr(struct inode *inode, const char *name)
{
	struct tmpfs_xattr *x = find(inode, name);

	if (!x)
		return -ENODATA;
	list_del(&x->node);
	kfree(x->value);
	kfree(x);
	WRITE_ONCE(inode->ctime_ns, inode_now_ns(inode));
	return 0;
}

void tmpfs_free_xattrs(struct inode *inode)
{
	struct tmpfs_xattr *x, *tmp;

	list_for_each_entry_safe(x, tmp, &tmpfs_i(inode)->xattrs, node) {
		kfree(x->value);
		kfree(x);
	}
	INIT_LIST_HEAD(&tmpfs_i(inode)->xattrs);
}
