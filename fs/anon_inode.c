/* SPDX-License-Identifier: MIT */
/*
 * Files that are no part of any tree: descriptors of eventfd and its kin share one inode, which has nothing but the name that /proc shows.
 */
#include <fs/files.h>
#include <fs/vfs.h>
#include <kernel/log.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <uapi/fcntl.h>
#include <uapi/magic.h>
#include <uapi/stat.h>

#include "internal.h"
#include "mount.h"
#include "pseudo.h"

static struct mount *anon_mount;
static struct inode *anon_inode;

static char *anon_name(struct dentry *dentry, char *buf, int len)
{
	int n = snprintf(buf, len, "anon_inode:%s", dentry->name.name);

	return n < len ? buf : ERR_PTR(-ENAMETOOLONG);
}

static const struct dentry_operations anon_dentry_operations = { .name = anon_name };
static const struct super_operations anon_super_operations = { .statfs = simple_statfs };
static const struct inode_operations anon_inode_operations = { };

static int anon_fill(struct super_block *sb, void *data, bool silent)
{
	struct inode *root;

	sb->magic = ANON_INODE_FS_MAGIC;
	sb->flags |= SB_NOUSER;
	sb->ops = &anon_super_operations;
	sb->dentry_ops = &anon_dentry_operations;
	root = new_inode(sb);
	if (!root)
		return -ENOMEM;
	root->ino = get_next_ino();
	root->mode = S_IFDIR | 0500;
	root->ops = &anon_inode_operations;
	sb->root = d_make_root(root);
	return sb->root ? 0 : -ENOMEM;
}

static struct dentry *anon_mount_fs(struct file_system_type *type, unsigned int flags,
				    const char *device, char *options)
{
	return mount_nodev(type, flags, NULL, anon_fill);
}

static struct file_system_type anon_fs_type = { .name = "anon_inodefs", .mount = anon_mount_fs, .kill_sb = kill_anon_super };

/* A file on an inode of the caller's, whose reference passes over when it succeeds. */
static struct file *pseudo_file(struct mount *mount, struct inode *inode, const char *name,
				int flags, const struct file_operations *ops)
{
	struct path path = { .dentry = d_alloc_pseudo(inode->sb, name, strlen(name)) };
	struct file *file;

	if (!path.dentry)
		return ERR_PTR(-ENOMEM);
	path.mount = mntget(mount);
	ihold(inode);
	d_instantiate(path.dentry, inode);
	file = alloc_file(&path, flags, ops);
	if (IS_ERR(file)) {
		path_put(&path);
		return file;
	}
	iput(inode);
	return file;
}

struct file *alloc_file_on(struct mount *mount, struct inode *inode, const char *name, int flags,
			   const struct file_operations *ops)
{
	return pseudo_file(mount, inode, name, flags, ops);
}

struct file *anon_inode_file(const char *name, const struct file_operations *ops, void *private,
			     int flags)
{
	struct file *file;

	ihold(anon_inode);
	file = pseudo_file(anon_mount, anon_inode, name, flags & (O_ACCMODE | O_NONBLOCK), ops);
	if (IS_ERR(file)) {
		iput(anon_inode);
		return file;
	}
	file->private = private;
	return file;
}

/* Sockets and the like, with an inode each; it belongs to the anonymous file system. */
struct inode *anon_new_inode(u32 mode)
{
	struct inode *inode = new_inode_pseudo(anon_mount->sb);

	if (!inode)
		return NULL;
	inode->ino = get_next_ino();
	inode->mode = mode;
	inode->uid = current_cred()->fsuid;
	inode->gid = current_cred()->fsgid;
	inode->flags = S_PRIVATE;
	inode->ops = &anon_inode_operations;
	inode->atime_ns = inode->mtime_ns = inode->ctime_ns = inode_now_ns(inode);
	return inode;
}

struct file *alloc_file_pseudo(struct inode *inode, const char *name, int flags,
			       const struct file_operations *ops)
{
	return pseudo_file(anon_mount, inode, name, flags, ops);
}

int anon_inode_fd(const char *name, const struct file_operations *ops, void *private, int flags)
{
	int fd = get_unused_fd_flags(flags & O_CLOEXEC);
	struct file *file;

	if (fd < 0)
		return fd;
	file = anon_inode_file(name, ops, private, flags & ~O_CLOEXEC);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

void anon_inode_init(void)
{
	anon_mount = kern_mount(&anon_fs_type);
	anon_inode = IS_ERR(anon_mount) ? NULL : anon_new_inode(0600);
	if (!anon_inode)
		panic("vfs: no memory for anonymous inodes");
}
