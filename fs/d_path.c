/* SPDX-License-Identifier: MIT */
/*
 * Paths as text. The name is put together from its end, under RCU; when a rename or a mount came between, again, and the second
 * time with both held off.
 */
#include <fs/files.h>
#include <fs/vfs.h>
#include <lib/printf.h>
#include <lib/string.h>

#include "internal.h"
#include "mount.h"

struct text {
	char *start; /* of what is there so far */
	int room;    /* before it; negative: it did not fit */
};

static void text_prepend(struct text *t, const char *s, int len)
{
	t->room -= len;
	if (t->room < 0)
		return;
	t->start -= len;
	memcpy(t->start, s, len);
}

/* "/name". The name may be changing: copy no more than its zero allows; the sequence check throws wrong text away. */
static void text_prepend_name(struct text *t, const struct dentry *dentry)
{
	const char *name = READ_ONCE(dentry->name.name);
	u32 len = READ_ONCE(dentry->name.len);

	len = strnlen(name, len);
	text_prepend(t, name, len);
	text_prepend(t, "/", 1);
}

enum reached { REACHED_ROOT, REACHED_TOP, REACHED_DETACHED };

static enum reached prepend_path(struct text *t, const struct dentry *dentry,
				 const struct mount *mount, const struct path *root)
{
	while (dentry != root->dentry || mount != root->mount) {
		/* lint: clang-analyzer-core.NullDereference: a mount has its root above every dentry in it */
		const struct dentry *parent = READ_ONCE(dentry->parent);

		if (dentry == mount->root) {
			const struct mount *up = READ_ONCE(mount->parent);

			if (up == mount)
				return mount_is_attached(mount) ? REACHED_TOP : REACHED_DETACHED;
			dentry = READ_ONCE(mount->mountpoint);
			mount = up;
			continue;
		}
		if (parent == dentry)
			return REACHED_DETACHED; /* escaped from its mount */
		text_prepend_name(t, dentry);
		dentry = parent;
	}
	return REACHED_ROOT;
}

static enum reached path_text(struct text *t, const struct path *path, const struct path *root)
{
	const struct text begin = *t;
	unsigned int mount_seq, rename_seq;
	enum reached reached;

	rcu_read_lock();
	mount_seq = read_seqbegin(&mount_lock);
	rename_seq = read_seqbegin(&rename_lock);
	reached = prepend_path(t, path->dentry, path->mount, root);
	if (read_seqretry(&rename_lock, rename_seq) || read_seqretry(&mount_lock, mount_seq)) {
		spin_lock(&mount_lock.lock);
		spin_lock(&rename_lock.lock);
		*t = begin;
		reached = prepend_path(t, path->dentry, path->mount, root);
		spin_unlock(&rename_lock.lock);
		spin_unlock(&mount_lock.lock);
	}
	rcu_read_unlock();
	if (t->room == begin.room)
		text_prepend(t, "/", 1);
	return reached;
}

static void fs_root_get_rcu(struct path *root)
{
	struct fs_context *fs = current->fs;
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&fs->seq);
		*root = fs->root;
	} while (read_seqcount_retry(&fs->seq, seq));
}

char *d_path(const struct path *path, char *buf, int len)
{
	struct text t = { .start = buf + len, .room = len };
	const struct dentry *dentry = path->dentry;
	struct path root = { NULL, NULL };

	/* pipes, sockets and their kin name themselves */
	if (dentry->ops && dentry->ops->name && (!d_is_root(dentry) || dentry != path->mount->root))
		return dentry->ops->name((struct dentry *)dentry, buf, len);
	rcu_read_lock();
	if (current->fs)
		fs_root_get_rcu(&root);
	text_prepend(&t, "", 1);
	if (d_unlinked(dentry))
		text_prepend(&t, " (deleted)", 10);
	path_text(&t, path, &root);
	rcu_read_unlock();
	return t.room < 0 ? ERR_PTR(-ENAMETOOLONG) : t.start;
}

char *d_absolute_path(const struct path *path, const struct path *root, char *buf, int len,
		      bool *reached)
{
	struct text t = { .start = buf + len, .room = len };
	enum reached r;

	text_prepend(&t, "", 1);
	r = path_text(&t, path, root);
	if (reached)
		*reached = r == REACHED_ROOT || (r == REACHED_TOP && !root->mount);
	return t.room < 0 ? ERR_PTR(-ENAMETOOLONG) : t.start;
}

/* From the root of its file system. */
/* lint: context: the second try holds rename_lock */
char *dentry_path(struct dentry *dentry, char *buf, int len)
{
	struct text t = { .start = buf + len, .room = len };
	struct text begin;
	bool locked = false;
	unsigned int seq;

	text_prepend(&t, "", 1);
	begin = t;
	rcu_read_lock();
	seq = read_seqbegin(&rename_lock);
	for (;;) {
		t = begin;
		for (const struct dentry *d = dentry, *parent; (parent = READ_ONCE(d->parent)) != d;
		     d = parent)
			text_prepend_name(&t, d);
		if (locked || !read_seqretry(&rename_lock, seq))
			break;
		spin_lock(&rename_lock.lock);
		locked = true;
	}
	if (locked)
		spin_unlock(&rename_lock.lock);
	rcu_read_unlock();
	if (t.room == begin.room)
		text_prepend(&t, "/", 1);
	return t.room < 0 ? ERR_PTR(-ENAMETOOLONG) : t.start;
}

/* For %pd: the name as it is at some moment. */
int printf_name(char *to, size_t size, const void *pointer)
{
	const struct dentry *dentry = pointer;
	unsigned int seq;
	size_t len;

	if (!dentry)
		return scnprintf(to, size, "(null)");
	rcu_read_lock();
	do {
		const char *name;

		seq = read_seqbegin(&rename_lock);
		name = READ_ONCE(dentry->name.name);
		len = min_t(size_t, strnlen(name, READ_ONCE(dentry->name.len)), size - 1);
		memcpy(to, name, len);
	} while (read_seqretry(&rename_lock, seq));
	rcu_read_unlock();
	to[len] = 0;
	return len;
}

/* getcwd(2)'s text, with its zero: bytes or -errno. */
long fs_getcwd(char *buf, int len)
{
	struct fs_context *fs = current->fs;
	struct text t = { .start = buf + len, .room = len };
	struct path root, pwd;
	enum reached reached;
	unsigned int seq;
	long error = 0;

	rcu_read_lock();
	do {
		seq = read_seqcount_begin(&fs->seq);
		root = fs->root;
		pwd = fs->pwd;
	} while (read_seqcount_retry(&fs->seq, seq));
	if (d_unlinked(pwd.dentry)) {
		error = -ENOENT;
	} else {
		text_prepend(&t, "", 1);
		reached = path_text(&t, &pwd, &root);
		if (reached != REACHED_ROOT)
			text_prepend(&t, "(unreachable)", 13);
		if (t.room < 0)
			error = -ENAMETOOLONG;
	}
	rcu_read_unlock();
	if (error)
		return error;
	len -= t.room;
	memmove(buf, t.start, len);
	return len;
}
