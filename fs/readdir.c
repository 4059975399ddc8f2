/* SPDX-License-Identifier: MIT */
/* Listing directories: getdents(2) in its two layouts. */
#include <fs/calls.h>
#include <fs/files.h>
#include <fs/vfs.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <uapi/dirent.h>
#include <uapi/stat.h>

#include "internal.h"
#include "notify.h"

bool dir_emit_dots(struct file *file, struct dir_context *ctx)
{
	if (ctx->pos == 0) {
		if (!dir_emit(ctx, ".", 1, file->inode->ino, DT_DIR))
			return false;
		ctx->pos = 1;
	}
	if (ctx->pos == 1) {
		struct dentry *parent = dget_parent(file->path.dentry);
		u64 ino = parent->inode->ino;

		dput(parent);
		if (!dir_emit(ctx, "..", 2, ino, DT_DIR))
			return false;
		ctx->pos = 2;
	}
	return true;
}

int iterate_dir(struct file *file, struct dir_context *ctx)
{
	struct inode *inode = file->inode;
	int error = -ENOTDIR;

	if (!file->ops->iterate)
		return error;
	error = down_read_killable(&inode->rwsem);
	if (error)
		return error;
	error = -ENOENT;
	if (!(inode->flags & S_DEAD)) {
		ctx->pos = file->pos;
		error = file->ops->iterate(file, ctx);
		file->pos = ctx->pos;
		notify_file(file, IN_ACCESS | IN_ISDIR);
		touch_atime(&file->path);
	}
	up_read(&inode->rwsem);
	return error;
}

/*
 * Entries are put together in a small kernel buffer and copied out one by one. d_off of an entry is the position behind it, known only when
 * the next one comes.
 */
struct getdents {
	struct dir_context ctx;
	char __user *buf;
	unsigned int left;
	char __user *last_off; /* where the last entry's d_off is */
	int error;
	bool wide; /* linux_dirent64 */
};

static bool put_entry(struct dir_context *ctx, const char *name, int len, loff_t pos, u64 ino,
		      unsigned int type)
{
	struct getdents *g = container_of(ctx, struct getdents, ctx);
	union {
		struct linux_dirent64 d64;
		struct linux_dirent d;
		char bytes[ALIGN(offsetof(struct linux_dirent64, d_name) + 255 + 2, 8)];
	} e;
	size_t head = g->wide ? offsetof(struct linux_dirent64, d_name)
			      : offsetof(struct linux_dirent, d_name);
	/* the old layout has the type in the last byte */
	unsigned int size = ALIGN(head + len + (g->wide ? 1 : 2), sizeof(long));

	g->error = -EINVAL;
	if (size > g->left || len > 255)
		return false;
	if (g->last_off && signal_pending(current)) {
		g->error = -EINTR;
		return false;
	}
	g->error = -EFAULT;
	if (g->last_off && put_user((u64)pos, (u64 __user *)g->last_off))
		return false;
	memset(e.bytes + head, 0, size - head);
	memcpy(e.bytes + head, name, len);
	if (g->wide) {
		e.d64.d_ino = ino;
		e.d64.d_off = 0;
		e.d64.d_reclen = size;
		e.d64.d_type = type;
		g->last_off = g->buf + offsetof(struct linux_dirent64, d_off);
	} else {
		e.d.d_ino = ino;
		e.d.d_off = 0;
		e.d.d_reclen = size;
		e.bytes[size - 1] = type;
		g->last_off = g->buf + offsetof(struct linux_dirent, d_off);
	}
	if (copy_to_user(g->buf, e.bytes, size))
		return false;
	g->buf += size;
	g->left -= size;
	g->error = 0;
	return true;
}

long do_getdents(struct file *file, void __user *buf, unsigned int count, bool wide)
{
	struct getdents g = { .ctx.actor = put_entry, .buf = buf, .left = count, .wide = wide };
	int error = iterate_dir(file, &g.ctx);

	if (error >= 0)
		error = g.error;
	if (g.last_off) {
		if (put_user((u64)g.ctx.pos, (u64 __user *)g.last_off))
			return -EFAULT;
		return count - g.left;
	}
	return error;
}
