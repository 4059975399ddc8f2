/* SPDX-License-Identifier: MIT */
/* Directories of the filesystem class. The directory's rwsem is held by the VFS: shared for lookup and iterate, exclusive for changes. */
#include <uapi/fs.h>
#include <uapi/stat.h>

#include "internal.h"

#define NAME(dentry)	(dentry)->name.name, (dentry)->name.len

static struct dentry *lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct filesystem_mount *fs = mount_of(dir);
	struct inode *inode = NULL;
	u64 number;
	int error;

	if (dentry->name.len > fs->info.name_max)
		return ERR_PTR(-ENAMETOOLONG);
	error = CALL(fs, lookup, dir->ino, NAME(dentry), &number);
	if (!error) {
		inode = class_iget(dir->sb, number);
		if (IS_ERR(inode) && PTR_ERR(inode) == -ESTALE)
			return ERR_PTR(-EIO); /* a name of nothing */
	} else if (error != -ENOENT) {
		return ERR_PTR(error);
	}
	return d_splice_alias(inode, dentry);
}

/* The directory has been changed: its size may be another, its times are. */
static void dir_changed(struct inode *dir)
{
	/* An old size must not be written over the new one. */
	if (!class_refresh(dir))
		class_touch(dir);
}

/* What was just created, and cannot be used: the name goes, then the inode. */
static void take_back(struct filesystem_mount *fs, struct inode *dir, struct dentry *dentry,
		      u64 number)
{
	bool was = thread_scope_enter(TF_NO_FS);

	if (!fs->ops->remove(fs, dir->ino, NAME(dentry), number))
		fs->ops->evict(fs, number, true);
	thread_scope_leave(TF_NO_FS, was);
}

static int create_any(struct inode *dir, struct dentry *dentry, u32 mode, dev_t_kernel device,
		      const char *target)
{
	struct filesystem_mount *fs = mount_of(dir);
	struct inode new = { .sb = dir->sb };
	struct filesystem_attributes a;
	struct inode *inode;
	u64 number, now = inode_now_ns(dir);
	int error;

	if (dentry->name.len > fs->info.name_max)
		return -ENAMETOOLONG;
	inode_init_owner(&new, dir, mode);
	a = (struct filesystem_attributes){
		.size = sizeof(a),
		.mode = new.mode,
		.uid = new.uid,
		.gid = new.gid,
		.links = S_ISDIR(mode) ? 2 : 1,
		.device = device,
		.bytes = target ? strlen(target) : 0,
		.accessed_ns = now,
		.modified_ns = now,
		.changed_ns = now,
		.created_ns = now,
	};
	error = CALL(fs, create, dir->ino, NAME(dentry), &a, target, &number);
	if (error)
		return error;
	inode = class_iget(dir->sb, number);
	if (IS_ERR(inode)) {
		take_back(fs, dir, dentry, number);
		return PTR_ERR(inode);
	}
	if (S_ISDIR(mode))
		inc_nlink(dir);
	dir_changed(dir);
	d_instantiate(dentry, inode);
	return 0;
}

static int create(struct inode *dir, struct dentry *dentry, u32 mode, bool excl)
{
	return create_any(dir, dentry, mode | S_IFREG, 0, NULL);
}

static int make_dir(struct inode *dir, struct dentry *dentry, u32 mode)
{
	return create_any(dir, dentry, mode | S_IFDIR, 0, NULL);
}

static int make_node(struct inode *dir, struct dentry *dentry, u32 mode, dev_t_kernel device)
{
	return create_any(dir, dentry, mode, device, NULL);
}

static int make_link(struct inode *dir, struct dentry *dentry, const char *target)
{
	return strlen(target) > 4095 ? -ENAMETOOLONG
				     : create_any(dir, dentry, S_IFLNK | 0777, 0, target);
}

static int link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct filesystem_mount *fs = mount_of(dir);
	struct inode *inode = old->inode;
	int error;

	if (dentry->name.len > fs->info.name_max)
		return -ENAMETOOLONG;
	error = CALL(fs, link, dir->ino, NAME(dentry), inode->ino);
	if (error)
		return error;
	inc_nlink(inode);
	WRITE_ONCE(inode->ctime_ns, inode_now_ns(inode));
	class_write_inode(inode);
	dir_changed(dir);
	ihold(inode);
	d_instantiate(dentry, inode);
	return 0;
}

/* It has lost its name in dir. */
static void name_lost(struct inode *dir, struct inode *inode)
{
	if (S_ISDIR(inode->mode)) {
		drop_nlink(inode); /* its own "." */
		drop_nlink(dir);
	}
	drop_nlink(inode);
	WRITE_ONCE(inode->ctime_ns, inode_now_ns(inode));
	class_write_inode(inode);
}

static int remove(struct inode *dir, struct dentry *dentry)
{
	struct filesystem_mount *fs = mount_of(dir);
	int error = CALL(fs, remove, dir->ino, NAME(dentry), dentry->inode->ino);

	if (error)
		return error;
	name_lost(dir, dentry->inode);
	dir_changed(dir);
	return 0;
}

static int rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir,
		  struct dentry *new, unsigned int flags)
{
	struct filesystem_mount *fs = mount_of(old_dir);
	struct inode *inode = old->inode, *replaced = new->inode;
	int error;

	if (flags & ~RENAME_NOREPLACE)
		return -EINVAL;
	if (new->name.len > fs->info.name_max)
		return -ENAMETOOLONG;
	error = CALL(fs, rename, old_dir->ino, NAME(old), new_dir->ino, NAME(new), inode->ino,
		     replaced ? replaced->ino : 0);
	if (error)
		return error;
	if (replaced)
		name_lost(new_dir, replaced);
	if (S_ISDIR(inode->mode)) {
		drop_nlink(old_dir);
		inc_nlink(new_dir);
	}
	WRITE_ONCE(inode->ctime_ns, inode_now_ns(inode));
	class_write_inode(inode);
	dir_changed(old_dir);
	if (new_dir != old_dir)
		dir_changed(new_dir);
	return 0;
}

/* --- listing --- */

struct filesystem_sink {
	struct dir_context *ctx;
	bool full;
};

bool filesystem_emit(struct filesystem_sink *sink, const char *name, u32 length, u64 inode,
		     u32 mode)
{
	if (!sink->full)
		sink->full = !dir_emit(sink->ctx, name, length, inode, (mode & S_IFMT) >> 12);
	return !sink->full;
}

static int iterate(struct file *file, struct dir_context *ctx)
{
	struct filesystem_mount *fs = mount_of(file->inode);
	struct filesystem_sink sink = { .ctx = ctx };
	u64 position;
	int error = 0;

	if (!dir_emit_dots(file, ctx))
		return 0;
	/* Positions 0 and 1 are the dots; the entries' own positions follow. */
	do {
		position = ctx->pos - 2;
		error = CALL(fs, iterate, file->inode->ino, &position, &sink);
		if (error || position + 2 == (u64)ctx->pos)
			break;
		ctx->pos = position + 2;
	} while (!sink.full);
	return error;
}

static ssize_t read_dir(struct file *file, struct iov_iter *to, loff_t *pos)
{
	return -EISDIR;
}

/* --- symbolic links --- */

static void free_target(void *target)
{
	kfree(target);
}

static const char *get_link(struct dentry *dentry, struct inode *inode, void (**done)(void *),
			    void **arg)
{
	char *target;
	int n;

	if (!dentry)
		return ERR_PTR(-ECHILD);
	target = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!target)
		return ERR_PTR(-ENOMEM);
	n = CALL(mount_of(inode), read_link, inode->ino, target, PAGE_SIZE - 1);
	if (n <= 0) {
		kfree(target);
		return ERR_PTR(n ?: -EIO);
	}
	target[n] = '\0';
	*done = free_target;
	*arg = target;
	return target;
}

const struct inode_operations class_dir_operations = {
	.lookup = lookup,
	.create = create,
	.link = link,
	.unlink = remove,
	.symlink = make_link,
	.mkdir = make_dir,
	.rmdir = remove,
	.mknod = make_node,
	.rename = rename,
	.setattr = class_setattr,
	.update_time = class_update_time,
};

const struct inode_operations class_link_operations = {
	.get_link = get_link,
	.setattr = class_setattr,
	.update_time = class_update_time,
};

const struct file_operations class_dir_file_operations = {
	.llseek = generic_file_llseek,
	.read_iter = read_dir,
	.iterate = iterate,
	.fsync = class_fsync,
};
