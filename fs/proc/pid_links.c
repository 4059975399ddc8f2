/* SPDX-License-Identifier: MIT */
/* A process's descriptors and places: fd/, fdinfo/, cwd, root, exe. */
#include <fs/calls.h>
#include <fs/files.h>
#include <fs/seq_file.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/space.h>
#include <uapi/dirent.h>
#include <uapi/fcntl.h>
#include <uapi/stat.h>

#include "../internal.h"
#include "../mount.h"
#include "internal.h"

/* The thread, if current may look into it; with a reference. */
static struct thread *thread_for(const struct inode *inode)
{
	struct thread *t = proc_thread(inode);

	if (!t)
		return ERR_PTR(-ENOENT);
	if (!thread_may_access(t, ACCESS_READ | ACCESS_FSCREDS))
		return t;
	put_thread(t);
	return ERR_PTR(-EACCES);
}

static int link_setattr(struct dentry *dentry, struct iattr *attr)
{
	return attr->valid & (ATTR_MODE | ATTR_UID | ATTR_GID) ? -EPERM : 0;
}

/* --- cwd, root, exe --- */

static int fs_path(struct inode *inode, struct path *path, bool root)
{
	struct thread *t = thread_for(inode);
	struct fs_context *fs;

	if (IS_ERR(t))
		return PTR_ERR(t);
	fs = fs_context_of(t);
	put_thread(t);
	if (!fs)
		return -ENOENT;
	if (root)
		fs_get_root(fs, path);
	else
		fs_get_pwd(fs, path);
	fs_context_put(fs);
	return 0;
}

static int cwd_path(struct dentry *dentry, struct inode *inode, struct path *path) { return fs_path(inode, path, false); }
static int root_path(struct dentry *dentry, struct inode *inode, struct path *path) { return fs_path(inode, path, true); }

static int exe_path(struct dentry *dentry, struct inode *inode, struct path *path)
{
	struct thread *t = thread_for(inode);
	struct address_space *s;
	int error = -ENOENT;

	if (IS_ERR(t))
		return PTR_ERR(t);
	s = get_thread_space(t);
	put_thread(t);
	if (!s)
		return -ENOENT;
	down_read(&s->mmap_lock);
	if (s->exe_file) {
		*path = s->exe_file->path;
		path_get(path);
		error = 0;
	}
	up_read(&s->mmap_lock);
	space_put(s);
	return error;
}

const struct inode_operations proc_cwd_iops = { .get_path = cwd_path, .setattr = link_setattr };
const struct inode_operations proc_root_iops = { .get_path = root_path, .setattr = link_setattr };
const struct inode_operations proc_exe_iops = { .get_path = exe_path, .setattr = link_setattr };

/* --- fd/N --- */

static int fd_path(struct dentry *dentry, struct inode *inode, struct path *path)
{
	struct thread *t = thread_for(inode);
	struct file *file;

	if (IS_ERR(t))
		return PTR_ERR(t);
	file = fget_thread(t, proc_pid_of(inode)->fd);
	put_thread(t);
	if (!file)
		return -ENOENT;
	*path = file->path;
	path_get(path);
	fput(file);
	return 0;
}

static int fd_getattr(struct inode *inode, struct kstat *stat, u32 mask, unsigned int flags)
{
	generic_fillattr(inode, stat);
	stat->size = 64;
	return 0;
}

static const struct inode_operations fd_link_iops = { .get_path = fd_path, .getattr = fd_getattr, .setattr = link_setattr };
static const struct pid_entry fd_link_entry = { NULL, S_IFLNK, &fd_link_iops, NULL, NULL };

static int fdinfo_show(struct seq_file *m, struct thread *t, struct proc_pid *p);
static const struct pid_entry fdinfo_entry = { NULL, S_IFREG | 0444, NULL, NULL, fdinfo_show };

static int fdinfo_show(struct seq_file *m, struct thread *t, struct proc_pid *p)
{
	struct file *file;
	unsigned int flags;

	if (thread_may_access(t, ACCESS_READ | ACCESS_FSCREDS))
		return -EACCES;
	file = fget_thread(t, p->fd);
	if (!file)
		return -ENOENT;
	flags = file->flags;
	if (t == current && fd_get_cloexec(p->fd))
		flags |= O_CLOEXEC;
	seq_printf(m, "pos:\t%lli\nflags:\t0%o\nmnt_id:\t%i\nino:\t%llu\n", (long long)file->pos,
		   flags, file->path.mount->id, (unsigned long long)file->inode->ino);
	if (file->ops->show_fdinfo)
		file->ops->show_fdinfo(m, file);
	fput(file);
	return 0;
}

static struct dentry *lookup_number(struct inode *dir, struct dentry *dentry,
				    const struct pid_entry *entry)
{
	struct proc_pid *p = proc_pid_of(dir);
	struct thread *t = thread_for(dir);
	struct inode *inode;
	struct file *file;
	unsigned int nr;

	if (IS_ERR(t))
		return ERR_CAST(t);
	file = parse_number(&dentry->name, &nr) ? fget_thread(t, nr) : NULL;
	put_thread(t);
	if (!file)
		return ERR_PTR(-ENOENT);
	inode = proc_pid_inode(dir->sb, p->pid, entry, nr, p->is_thread);
	if (inode && S_ISLNK(entry->mode))
		inode->mode = S_IFLNK | (file->mode & (FMODE_READ | FMODE_PATH) ? 0500 : 0) |
			      (file->mode & FMODE_WRITE ? 0300 : 0);
	fput(file);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	d_add(dentry, inode);
	return NULL;
}

static struct dentry *fd_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	return lookup_number(dir, dentry, &fd_link_entry);
}

static struct dentry *fdinfo_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	return lookup_number(dir, dentry, &fdinfo_entry);
}

static int iterate_fds(struct file *dir, struct dir_context *ctx, unsigned int type)
{
	struct thread *t = thread_for(dir->inode);
	unsigned int fd;
	struct file *file;

	if (IS_ERR(t))
		return PTR_ERR(t);
	if (!dir_emit_dots(dir, ctx))
		goto out;
	for (fd = ctx->pos - 2; (file = fget_next_thread(t, &fd)); fd++) {
		char name[12];
		int len = snprintf(name, sizeof(name), "%u", fd);

		fput(file);
		ctx->pos = (loff_t)fd + 2;
		if (!dir_emit(ctx, name, len, dir->inode->ino + fd + 1, type))
			goto out;
		ctx->pos = (loff_t)fd + 3;
	}
out:
	put_thread(t);
	return 0;
}

static int fd_iterate(struct file *file, struct dir_context *ctx) { return iterate_fds(file, ctx, DT_LNK); }
static int fdinfo_iterate(struct file *file, struct dir_context *ctx) { return iterate_fds(file, ctx, DT_REG); }

/* A process may always look at its own, whatever its credentials are now. */
static int fd_permission(struct inode *inode, int mask)
{
	struct thread *t;
	bool own;

	rcu_read_lock();
	t = READ_ONCE(proc_pid_of(inode)->pid->thread);
	own = t && t->process == current->process;
	rcu_read_unlock();
	if (own)
		return mask & MAY_WRITE ? -EACCES : 0;
	return inode_mode_permission(inode, mask);
}

static loff_t dir_llseek(struct file *file, loff_t offset, int whence)
{
	return generic_file_llseek_size(file, offset, whence, S64_MAX, S64_MAX);
}

const struct inode_operations proc_fd_dir_iops = { .lookup = fd_lookup, .permission = fd_permission, .setattr = link_setattr };
const struct inode_operations proc_fdinfo_dir_iops = { .lookup = fdinfo_lookup, .setattr = link_setattr };
const struct file_operations proc_fd_dir_fops = { .iterate = fd_iterate, .llseek = dir_llseek };
const struct file_operations proc_fdinfo_dir_fops = { .iterate = fdinfo_iterate, .llseek = dir_llseek };
