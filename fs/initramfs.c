// SPDX-License-Identifier: MIT
/*
 * Unpacking the initramfs: one or more cpio archives ("newc"), each plain or in gzip, one after the other with zeros between them, become
 * files of the first root.
 *
 * Runs once, in the boot thread, whose file system context stands at that root. Names are taken below it whatever they look like; an entry that
 * cannot be made is reported and skipped, a damaged archive ends the unpacking there.
 */
#include <fs/calls.h>
#include <fs/vfs.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/time.h>
#include <lib/cpio.h>
#include <lib/err.h>
#include <lib/gzip.h>
#include <lib/unzstd.h>
#include <lib/list.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/fcntl.h>
#include <uapi/limits.h>
#include <uapi/stat.h>

#include "internal.h"

struct hard_link { /* the first name of an inode that has several */
	struct list_head node;
	u32 ino, major, minor;
	char name[];
};

/* set when all is there: making a file touches its directory */
struct dir_time {
	struct list_head node;
	u32 mtime;
	char name[];
};

struct unpack {
	struct cpio_reader reader;
	struct cpio_entry entry; /* the present one; its name is kept in name */
	char name[CPIO_NAME_MAX + 1];
	struct file *file; /* being written; NULL: contents are skipped */
	loff_t pos;
	char *target; /* of a symbolic link being read */
	u32 target_length;
	struct list_head links, times;
	unsigned int entries, failed;
};

static int __init report(struct unpack *u, const char *what, long error)
{
	if (error) {
		u->failed++;
		pr_err("initramfs: %s: cannot make the %s: error %ld\n", u->name, what, error);
	}
	return 0;
}

static int __init set_attributes(const char *name, const struct cpio_entry *e, bool with_time)
{
	struct iattr attr = { .valid = ATTR_UID | ATTR_GID | ATTR_CTIME,
			      .uid = e->uid,
			      .gid = e->gid };
	struct path path;
	int error = kern_path(name, 0, &path);

	if (error)
		return error;
	attr.ctime_ns = ktime_get_real_ns();
	if (!S_ISLNK(e->mode)) {
		attr.valid |= ATTR_MODE;
		attr.mode = e->mode;
	}
	if (with_time) {
		attr.valid |= ATTR_MTIME | ATTR_MTIME_SET | ATTR_ATIME | ATTR_ATIME_SET;
		attr.mtime_ns = attr.atime_ns = e->mtime * NSEC_PER_SEC;
	}
	down_write(&path.dentry->inode->rwsem);
	error = notify_change(path.dentry, &attr);
	up_write(&path.dentry->inode->rwsem);
	path_put(&path);
	return error;
}

static const char *__init first_name(struct unpack *u)
{
	struct hard_link *l;

	list_for_each_entry(l, &u->links, node)
		if (l->ino == u->entry.ino && l->major == u->entry.major &&
		    l->minor == u->entry.minor)
			return l->name;
	return NULL;
}

static void __init remember_name(struct unpack *u)
{
	struct hard_link *l = kmalloc(sizeof(*l) + strlen(u->name) + 1, GFP_KERNEL);

	if (!l)
		return;
	l->ino = u->entry.ino;
	l->major = u->entry.major;
	l->minor = u->entry.minor;
	memcpy(l->name, u->name, strlen(u->name) + 1);
	list_add(&l->node, &u->links);
}

static void __init remember_time(struct unpack *u)
{
	struct dir_time *t = kmalloc(sizeof(*t) + strlen(u->name) + 1, GFP_KERNEL);

	if (!t)
		return;
	t->mtime = u->entry.mtime;
	memcpy(t->name, u->name, strlen(u->name) + 1);
	list_add(&t->node, &u->times);
}

static long __init make_link(const char *old_name, const char *new_name)
{
	struct pathname old, new;
	long error = pathname_from_kernel(&old, old_name);

	if (error)
		return error;
	error = pathname_from_kernel(&new, new_name);
	if (!error) {
		error = do_linkat(AT_FDCWD, &old, AT_FDCWD, &new, 0);
		pathname_put(&new);
	}
	pathname_put(&old);
	return error;
}

static long __init make_node(const char *name, const struct cpio_entry *e)
{
	struct pathname p;
	long error = pathname_from_kernel(&p, name);

	if (error)
		return error;
	if (S_ISDIR(e->mode))
		error = do_mkdirat(AT_FDCWD, &p, e->mode & 07777);
	else
		error = do_mknodat(AT_FDCWD, &p, e->mode, MKDEV(e->rmajor, e->rminor));
	pathname_put(&p);
	return S_ISDIR(e->mode) && error == -EEXIST ? 0 : error;
}

static long __init make_symlink(const char *target, const char *name)
{
	struct pathname p;
	long error = pathname_from_kernel(&p, name);

	if (error)
		return error;
	error = do_symlinkat(target, AT_FDCWD, &p);
	pathname_put(&p);
	return error;
}

/* A later archive may replace what an earlier one brought. */
static void __init remove_old(const char *name, u32 mode)
{
	struct pathname p;
	struct path path;
	u32 old;

	if (kern_path(name, 0, &path))
		return;
	old = path.dentry->inode->mode;
	path_put(&path);
	if ((S_ISDIR(old) && S_ISDIR(mode)) || pathname_from_kernel(&p, name))
		return;
	if (S_ISDIR(old))
		do_rmdirat(AT_FDCWD, &p);
	else
		do_unlinkat(AT_FDCWD, &p);
	pathname_put(&p);
}

static int __init open_file(struct unpack *u)
{
	const char *first = u->entry.nlink > 1 ? first_name(u) : NULL;
	long error;

	if (first && strcmp(first, u->name)) {
		error = make_link(first, u->name);
		if (error || !u->entry.size)
			return report(u, "link", error);
	} else if (u->entry.nlink > 1) {
		remember_name(u);
	}
	u->file = filp_open(u->name, O_WRONLY | O_CREAT | O_TRUNC | O_LARGEFILE,
			    u->entry.mode & 0777);
	u->pos = 0;
	if (IS_ERR(u->file)) {
		error = PTR_ERR(u->file);
		u->file = NULL;
		return report(u, "file", error);
	}
	return 0;
}

static int __init entry(void *context, const struct cpio_entry *e)
{
	struct unpack *u = context;
	const char *name = e->name;
	long error;

	while (*name == '/')
		name++;
	snprintf(u->name, sizeof(u->name), "/%s", name);
	u->entry = *e;
	u->entry.name = u->name;
	u->entries++;
	if (!strcmp(u->name, "/") || !strcmp(u->name, "/."))
		return 0;
	if (!(S_ISREG(e->mode) && e->nlink > 1))
		remove_old(u->name, e->mode);
	switch (e->mode & S_IFMT) {
	case S_IFREG: return open_file(u);
	case S_IFLNK:
		if (!e->size || e->size >= PATH_MAX)
			return report(u, "symbolic link", -ENAMETOOLONG);
		u->target = kmalloc(e->size + 1, GFP_KERNEL);
		u->target_length = 0;
		return u->target ? 0 : report(u, "symbolic link", -ENOMEM);
	case S_IFDIR: remember_time(u); fallthrough;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		error = make_node(u->name, e);
		if (!error)
			error = set_attributes(u->name, e, !S_ISDIR(e->mode));
		return report(u, "node", error);
	default: return report(u, "entry of an unknown type", -EINVAL);
	}
}

static int __init data(void *context, const void *bytes, size_t count)
{
	struct unpack *u = context;
	ssize_t n;

	if (u->target) {
		memcpy(u->target + u->target_length, bytes, count);
		u->target_length += count;
	}
	if (!u->file)
		return 0;
	n = kernel_write(u->file, bytes, count, &u->pos);
	if (n == (ssize_t)count)
		return 0;
	report(u, "contents", n < 0 ? n : -ENOSPC);
	fput_sync(u->file);
	u->file = NULL;
	return n == -ENOMEM ? -ENOMEM : 0;
}

static int __init end(void *context)
{
	struct unpack *u = context;
	long error;

	if (u->target) {
		u->target[u->target_length] = '\0';
		error = make_symlink(u->target, u->name);
		kfree(u->target);
		u->target = NULL;
		if (!error)
			error = set_attributes(u->name, &u->entry, true);
		return report(u, "symbolic link", error);
	}
	if (u->file) {
		fput_sync(u->file);
		u->file = NULL;
		return report(u, "file", set_attributes(u->name, &u->entry, true));
	}
	return 0;
}

static const struct cpio_ops ops = { .entry = entry, .data = data, .end = end };

/* Unpacked bytes of a gzip member or a zstd frame. */
static int __init feed(void *context, const void *bytes, size_t count)
{
	struct unpack *u = context;
	ssize_t n = cpio_feed(&u->reader, bytes, count);

	return n < 0 ? (int)n : 0;
}

static void __init restart(struct unpack *u)
{
	cpio_init(&u->reader, &ops, u);
}

static ssize_t __init unpack_gzip(struct unpack *u, const u8 *bytes, size_t size)
{
	struct gunzip_workspace *workspace = kvmalloc(sizeof(*workspace), GFP_KERNEL);
	ssize_t n = workspace ? gunzip(bytes, size, workspace, feed, u) : -ENOMEM;

	kvfree(workspace);
	return n;
}

static ssize_t __init unpack_zstd(struct unpack *u, const u8 *bytes, size_t size)
{
	ssize_t n = unzstd_workspace(bytes, size);
	void *workspace;

	if (n < 0)
		return n;
	workspace = kvmalloc(n, GFP_KERNEL);
	n = workspace ? unzstd(bytes, size, workspace, n, feed, u) : -ENOMEM;
	kvfree(workspace);
	return n;
}

/* One archive from the start of the bytes: how long it is, or a negative errno. */
static ssize_t __init unpack_one(struct unpack *u, const u8 *bytes, size_t size)
{
	ssize_t n;

	restart(u);
	if (is_gzip(bytes, size))
		n = unpack_gzip(u, bytes, size);
	else if (is_zstd(bytes, size))
		n = unpack_zstd(u, bytes, size);
	else
		n = cpio_feed(&u->reader, bytes, size);
	return n >= 0 && !cpio_is_done(&u->reader) ? -EINVAL : n;
}

static void __init finish(struct unpack *u)
{
	struct dir_time *t, *next_time;
	struct hard_link *l, *next_link;

	if (u->file)
		fput_sync(u->file);
	kfree(u->target);
	list_for_each_entry_safe(t, next_time, &u->times, node) {
		struct iattr attr = {
			.valid = ATTR_MTIME | ATTR_MTIME_SET,
			.mtime_ns = t->mtime * NSEC_PER_SEC,
		};
		struct path path;

		if (!kern_path(t->name, 0, &path)) {
			down_write(&path.dentry->inode->rwsem);
			notify_change(path.dentry, &attr);
			up_write(&path.dentry->inode->rwsem);
			path_put(&path);
		}
		kfree(t);
	}
	list_for_each_entry_safe(l, next_link, &u->links, node)
		kfree(l);
}

int __init populate_rootfs(const void *archive, size_t size)
{
	struct unpack *u = kvzalloc(sizeof(*u), GFP_KERNEL);
	const u8 *bytes = archive;
	u64 start = ktime_get_ns();
	ssize_t n = 0;

	if (!u)
		return -ENOMEM;
	INIT_LIST_HEAD(&u->links);
	INIT_LIST_HEAD(&u->times);
	while (size) {
		if (!*bytes) { /* padding between archives */
			bytes++;
			size--;
			continue;
		}
		n = unpack_one(u, bytes, size);
		if (n < 0)
			break;
		bytes += n;
		size -= n;
	}
	finish(u);
	if (n < 0)
		pr_err("initramfs: damaged %zu bytes before its end: error %zd\n", size, n);
	pr_info("initramfs: %u entries in %llu ms, %u failed\n", u->entries,
		(ktime_get_ns() - start) / NSEC_PER_MSEC, u->failed);
	kvfree(u);
	return n < 0 ? (int)n : 0;
}
