/* SPDX-License-Identifier: MIT */
/* Directories of tmpfs. The directory's rwsem is held for writing by the VFS in all that changes it. */
#include <fs/calls.h>
#include <fs/tmpfs.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/dirent.h>
#include <uapi/fcntl.h>
#include <uapi/fs.h>

#include "tmpfs.h"

#define ENTRY_SIZE	20		/* what one counts for in a directory's st_size */

/* --- entries --- */

static int entry_add(struct inode *dir, struct dentry *dentry)
{
	struct tmpfs_inode *d = tmpfs_i(dir);
	u64 offset = d->next_offset;
	int error = xa_insert(&d->entries, offset, dentry, GFP_KERNEL);

	if (error)
		return error;
	d->next_offset++;
	dentry->private = (void *)offset;
	WRITE_ONCE(dir->size, dir->size + ENTRY_SIZE);
	return 0;
}

static void entry_del(struct inode *dir, struct dentry *dentry)
{
	xa_erase(&tmpfs_i(dir)->entries, (unsigned long)dentry->private);
	dentry->private = NULL;
	WRITE_ONCE(dir->size, dir->size - ENTRY_SIZE);
}

static void touch_dir(struct inode *dir)
{
	u64 now = inode_now_ns(dir);

	WRITE_ONCE(dir->mtime_ns, now);
	WRITE_ONCE(dir->ctime_ns, now);
}

static void touch_inode(struct inode *inode)
{
	WRITE_ONCE(inode->ctime_ns, inode_now_ns(inode));
}

/* The name gets the inode and the reference that keeps it. */
int tmpfs_dir_link(struct inode *dir, struct dentry *dentry, struct inode *inode)
{
	int error = entry_add(dir, dentry);

	if (error)
		return error;
	touch_dir(dir);
	dget(dentry);
	d_instantiate(dentry, inode);
	return 0;
}

/* --- operations --- */

/* All names that exist are in the dentry cache; so this one does not. */
static struct dentry *tmpfs_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	d_add(dentry, NULL);
	return NULL;
}

static int tmpfs_mknod(struct inode *dir, struct dentry *dentry, u32 mode, dev_t_kernel dev)
{
	struct inode *inode = tmpfs_new_inode(dir->sb, dir, mode, dev);
	int error;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	error = tmpfs_dir_link(dir, dentry, inode);
	if (error) {
		clear_nlink(inode);
		iput(inode);
	}
	return error;
}

static int tmpfs_create(struct inode *dir, struct dentry *dentry, u32 mode, bool excl)
{
	return tmpfs_mknod(dir, dentry, mode | S_IFREG, 0);
}

static int tmpfs_mkdir(struct inode *dir, struct dentry *dentry, u32 mode)
{
	int error = tmpfs_mknod(dir, dentry, mode | S_IFDIR, 0);

	if (!error)
		inc_nlink(dir);
	return error;
}

static int tmpfs_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	size_t len = strlen(target);
	struct inode *inode;
	char *link;
	int error;

	if (len >= PAGE_SIZE)
		return -ENAMETOOLONG;
	link = kmalloc(ALIGN(len + 1, 8), GFP_KERNEL);
	if (!link)
		return -ENOMEM;
	memcpy(link, target, len + 1);
	inode = tmpfs_new_inode(dir->sb, dir, S_IFLNK | 0777, 0);
	if (IS_ERR(inode)) {
		kfree(link);
		return PTR_ERR(inode);
	}
	inode->link = link;
	inode->size = len;
	error = tmpfs_dir_link(dir, dentry, inode);
	if (error) {
		clear_nlink(inode);
		iput(inode);
	}
	return error;
}

static int tmpfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = old->inode;
	int error;

	ihold(inode);
	error = tmpfs_dir_link(dir, dentry, inode);
	if (error) {
		iput(inode);
		return error;
	}
	touch_inode(inode);
	inc_nlink(inode);
	return 0;
}

static int tmpfs_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->inode;

	entry_del(dir, dentry);
	touch_dir(dir);
	touch_inode(inode);
	drop_nlink(inode);
	dput(dentry); /* the name's; the caller has one too */
	return 0;
}

static bool is_empty(struct inode *dir)
{
	return xa_empty(&tmpfs_i(dir)->entries);
}

static int tmpfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	if (!is_empty(dentry->inode))
		return -ENOTEMPTY;
	drop_nlink(dentry->inode);
	drop_nlink(dir);
	return tmpfs_unlink(dir, dentry);
}

static int exchange(struct inode *old_dir, struct dentry *old, struct inode *new_dir,
		    struct dentry *new)
{
	void *old_offset = old->private, *new_offset = new->private;

	/* both slots exist: storing cannot fail */
	xa_store(&tmpfs_i(old_dir)->entries, (unsigned long)old_offset, new, GFP_KERNEL);
	xa_store(&tmpfs_i(new_dir)->entries, (unsigned long)new_offset, old, GFP_KERNEL);
	old->private = new_offset;
	new->private = old_offset;
	if (old_dir != new_dir && d_is_dir(old) != d_is_dir(new)) {
		struct inode *gains = d_is_dir(old) ? new_dir : old_dir,
			     *loses = d_is_dir(old) ? old_dir : new_dir;

		inc_nlink(gains);
		drop_nlink(loses);
	}
	touch_dir(old_dir);
	touch_dir(new_dir);
	touch_inode(old->inode);
	touch_inode(new->inode);
	return 0;
}

static int tmpfs_rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir,
			struct dentry *new, unsigned int flags)
{
	bool isdir = d_is_dir(old);
	void *old_offset = old->private;
	int error;

	if (flags & RENAME_EXCHANGE)
		return exchange(old_dir, old, new_dir, new);
	if (new->inode && d_is_dir(new) && !is_empty(new->inode))
		return -ENOTEMPTY;
	error = entry_add(new_dir, old);
	if (error)
		return error;
	xa_erase(&tmpfs_i(old_dir)->entries, (unsigned long)old_offset);
	WRITE_ONCE(old_dir->size, old_dir->size - ENTRY_SIZE);
	if (new->inode) {
		if (isdir) {
			drop_nlink(new->inode);
			drop_nlink(new_dir);
		}
		tmpfs_unlink(new_dir, new);
	}
	if (isdir) {
		drop_nlink(old_dir);
		inc_nlink(new_dir);
	}
	touch_dir(old_dir);
	touch_dir(new_dir);
	touch_inode(old->inode);
	return 0;
}

static int tmpfs_tmpfile(struct inode *dir, struct file *file, u32 mode)
{
	struct inode *inode = tmpfs_new_inode(dir->sb, dir, mode, 0);

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	clear_nlink(inode);
	d_instantiate(file->path.dentry, inode);
	return 0;
}

static int tmpfs_iterate(struct file *file, struct dir_context *ctx)
{
	struct xarray *entries = &tmpfs_i(file->inode)->entries;
	unsigned long offset;
	struct dentry *dentry;

	if (!dir_emit_dots(file, ctx))
		return 0;
	xa_for_each_start(entries, offset, dentry, ctx->pos) {
		struct inode *inode = dentry->inode;

		ctx->pos = offset;
		if (!dir_emit(ctx, dentry->name.name, dentry->name.len, inode->ino,
			      (inode->mode & S_IFMT) >> 12))
			return 0;
		ctx->pos = offset + 1;
	}
	return 0;
}

static loff_t tmpfs_dir_llseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_CUR)
		offset += file->pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (offset < 0)
		return -EINVAL;
	file->pos = offset;
	return offset;
}

static ssize_t dir_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	return -EISDIR;
}

static const char *tmpfs_get_link(struct dentry *dentry, struct inode *inode, void (**done)(void *),
				  void **arg)
{
	return inode->link;
}

const struct inode_operations tmpfs_dir_inode_operations = {
	.lookup = tmpfs_lookup,
	.create = tmpfs_create,
	.link = tmpfs_link,
	.unlink = tmpfs_unlink,
	.symlink = tmpfs_symlink,
	.mkdir = tmpfs_mkdir,
	.rmdir = tmpfs_rmdir,
	.mknod = tmpfs_mknod,
	.rename = tmpfs_rename,
	.tmpfile = tmpfs_tmpfile,
	.setattr = tmpfs_setattr,
	TMPFS_XATTR_OPS,
};

const struct inode_operations tmpfs_symlink_inode_operations = {
	.get_link = tmpfs_get_link,
	.setattr = tmpfs_setattr,
	TMPFS_XATTR_OPS,
};

const struct inode_operations tmpfs_special_inode_operations = {
	.setattr = tmpfs_setattr,
	TMPFS_XATTR_OPS,
};

const struct file_operations tmpfs_dir_operations = {
	.llseek = tmpfs_dir_llseek,
	.read_iter = dir_read,
	.iterate = tmpfs_iterate,
	.fsync = noop_fsync,
};
