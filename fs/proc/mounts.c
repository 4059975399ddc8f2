/* SPDX-License-Identifier: MIT */
/* /proc/PID/mounts and mountinfo: what is mounted below the process's root. Poll tells when it changed. */
#include <fs/files.h>
#include <fs/poll.h>
#include <fs/seq_file.h>
#include <lib/string.h>
#include <mm/slab.h>

#include "../mount.h"
#include "internal.h"

#define ESCAPED	" \t\n\\#"

struct mounts_state {
	struct path root;	    /* with references */
	struct mount_namespace *ns; /* with a reference */
	bool info;
	u64 seen; /* ns->event when it was read last */
};

static const struct {
	unsigned int bit;
	const char *text;
} mount_words[] = {
	{ MNT_NOSUID, ",nosuid" }, { MNT_NODEV, ",nodev" }, { MNT_NOEXEC, ",noexec" }, { MNT_NOATIME, ",noatime" },
	{ MNT_NODIRATIME, ",nodiratime" }, { MNT_RELATIME, ",relatime" }, { MNT_NOSYMFOLLOW, ",nosymfollow" },
}, super_words[] = {
	{ SB_SYNCHRONOUS, ",sync" }, { SB_DIRSYNC, ",dirsync" }, { SB_MANDLOCK, ",mand" }, { SB_LAZYTIME, ",lazytime" },
};

static void show_mount_flags(struct seq_file *m, const struct mount *mnt)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(mount_words); i++)
		if (mnt->flags & mount_words[i].bit)
			seq_puts(m, mount_words[i].text);
}

static void show_super_flags(struct seq_file *m, const struct mount *mnt)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(super_words); i++)
		if (mnt->sb->flags & super_words[i].bit)
			seq_puts(m, super_words[i].text);
}

static void show_options(struct seq_file *m, const struct mount *mnt)
{
	if (mnt->sb->ops && mnt->sb->ops->show_options)
		mnt->sb->ops->show_options(m, mnt->root);
}

/* The path of dentry as seen from root. False: it lies outside. */
static bool show_path(struct seq_file *m, struct mount *mnt, struct dentry *dentry,
		      const struct path *root)
{
	struct path path = { mnt, dentry };
	bool reached = true;
	int size;
	char *p, *room = seq_room(m, &size);

	p = size ? d_absolute_path(&path, root, room, size, &reached) : ERR_PTR(-ENAMETOOLONG);
	if (reached)
		seq_commit_name(m, p, ESCAPED);
	return reached;
}

static void show_device(struct seq_file *m, const struct mount *mnt)
{
	const char *name = mnt->device;

	if (mnt->sb->ops && mnt->sb->ops->show_devname)
		name = mnt->sb->ops->show_devname(mnt->sb);
	seq_escape(m, name, ESCAPED);
}

static int show_mounts_line(struct seq_file *m, struct mount *mnt, const struct path *root)
{
	show_device(m, mnt);
	seq_putc(m, ' ');
	if (!show_path(m, mnt, mnt->root, root))
		return SEQ_SKIP;
	seq_putc(m, ' ');
	seq_escape(m, mnt->sb->type->name, ESCAPED);
	seq_puts(m, mount_is_readonly(mnt) ? " ro" : " rw");
	show_super_flags(m, mnt);
	show_mount_flags(m, mnt);
	show_options(m, mnt);
	seq_puts(m, " 0 0\n");
	return 0;
}

static int show_info_line(struct seq_file *m, struct mount *mnt, const struct path *root)
{
	struct super_block *sb = mnt->sb;
	char *room;
	int size;

	seq_printf(m, "%i %i %u:%u ", mnt->id, mnt->parent->id, MAJOR(sb->dev), MINOR(sb->dev));
	room = seq_room(m, &size);
	seq_commit_name(m, size ? dentry_path(mnt->root, room, size) : ERR_PTR(-ENAMETOOLONG),
			ESCAPED);
	seq_putc(m, ' ');
	if (!show_path(m, mnt, mnt->root, root))
		return SEQ_SKIP;
	seq_puts(m, mnt->flags & MNT_READONLY ? " ro" : " rw");
	show_mount_flags(m, mnt);
	seq_puts(m, " - ");
	seq_escape(m, sb->type->name, ESCAPED);
	seq_putc(m, ' ');
	show_device(m, mnt);
	seq_puts(m, sb_rdonly(sb) ? " ro" : " rw");
	show_super_flags(m, mnt);
	show_options(m, mnt);
	seq_putc(m, '\n');
	return 0;
}

static void *mounts_start(struct seq_file *m, loff_t *pos) __acquires(&namespace_sem)
{
	struct mounts_state *s = m->private;
	loff_t n = *pos;
	struct mount *mnt;

	down_read(&namespace_sem);
	list_for_each_entry(mnt, &s->ns->mounts, all_node)
		if (!n--)
			return mnt;
	return NULL;
}

static void *mounts_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct mounts_state *s = m->private;
	struct mount *mnt = v;

	++*pos;
	return list_is_last(&mnt->all_node, &s->ns->mounts) ? NULL : list_next_entry(mnt, all_node);
}

static void mounts_stop(struct seq_file *m, void *v) __releases(&namespace_sem)
{
	up_read(&namespace_sem);
}

static int mounts_show(struct seq_file *m, void *v)
{
	struct mounts_state *s = m->private;

	return s->info ? show_info_line(m, v, &s->root) : show_mounts_line(m, v, &s->root);
}

static const struct seq_operations mounts_ops = {
	.start = mounts_start,
	.next = mounts_next,
	.stop = mounts_stop,
	.show = mounts_show,
};

static int open_mounts(struct inode *inode, struct file *file, bool info)
{
	struct thread *t = proc_thread(inode);
	struct fs_context *fs;
	struct mounts_state *s;
	int error;

	if (!t)
		return -EINVAL;
	fs = fs_context_of(t);
	put_thread(t);
	if (!fs)
		return -EINVAL;
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	error = s ? seq_open(file, &mounts_ops) : -ENOMEM;
	if (error) {
		kfree(s);
		fs_context_put(fs);
		return error;
	}
	fs_get_root(fs, &s->root);
	s->ns = mount_namespace_get(fs->ns);
	fs_context_put(fs);
	s->info = info;
	s->seen = READ_ONCE(s->ns->event);
	((struct seq_file *)file->private)->private = s;
	return 0;
}

static int mounts_open(struct inode *inode, struct file *file) { return open_mounts(inode, file, false); }
static int mountinfo_open(struct inode *inode, struct file *file) { return open_mounts(inode, file, true); }

static void mounts_release(struct inode *inode, struct file *file)
{
	struct mounts_state *s = ((struct seq_file *)file->private)->private;

	path_put(&s->root);
	mount_namespace_put(s->ns);
	kfree(s);
	seq_release(inode, file);
}

static u32 mounts_poll(struct file *file, struct poll_table *table)
{
	struct mounts_state *s = ((struct seq_file *)file->private)->private;
	u64 now;

	poll_wait(file, &s->ns->event_wait, table);
	now = READ_ONCE(s->ns->event);
	if (xchg(&s->seen, now) != now)
		return EPOLLIN | EPOLLRDNORM | EPOLLERR | EPOLLPRI;
	return EPOLLIN | EPOLLRDNORM;
}

const struct file_operations proc_mounts_fops = {
	.open = mounts_open,
	.read_iter = seq_read_iter,
	.llseek = seq_lseek,
	.poll = mounts_poll,
	.release = mounts_release,
};
const struct file_operations proc_mountinfo_fops = {
	.open = mountinfo_open,
	.read_iter = seq_read_iter,
	.llseek = seq_lseek,
	.poll = mounts_poll,
	.release = mounts_release,
};
