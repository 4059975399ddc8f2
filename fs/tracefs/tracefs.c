/* SPDX-License-Identifier: MIT */
/* The file system tracefs: its root, and files that print and take a text. */
#include "internal.h"

#include <fs/calls.h>
#include <fs/seq_file.h>
#include <fs/sysfs.h>
#include <fs/tracefs.h>
#include <fs/uio.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/err.h>
#include <lib/parse.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/fcntl.h>
#include <uapi/magic.h>
#include <uapi/stat.h>

#define TEXT_MAX	(64 * 1024)

DEFINE_MUTEX(trace_mutex);
DEFINE_MUTEX(trace_read_mutex);
struct kernfs_node *tracefs_root;

/* ---- control files ---- */

static const struct tracefs_control *control_of(const struct file *file)
{
	return inode_kernfs(file->inode)->private;
}

void *tracefs_object(const struct file *file)
{
	return inode_kernfs(file->inode)->parent->private;
}

static int control_show(struct seq_file *m, void *v)
{
	const struct tracefs_control *control = control_of(m->file);

	if (control->show)
		return control->show(m, m->private);
	seq_printf(m, "%lu\n", control->get(m->private));
	return 0;
}

static int control_open(struct inode *inode, struct file *file)
{
	const struct tracefs_control *control = inode_kernfs(inode)->private;

	if ((file->mode & FMODE_READ) && !control->show && !control->get)
		return -EACCES;
	if ((file->mode & FMODE_WRITE) && !control->store && !control->set)
		return -EACCES;
	if (control->truncate && (file->mode & FMODE_WRITE) && (file->flags & O_TRUNC))
		control->truncate(inode_kernfs(inode)->parent->private);
	return single_open(file, control_show, inode_kernfs(inode)->parent->private);
}

char *tracefs_text(struct iov_iter *from, size_t max)
{
	size_t count = min(from->count, max);
	char *text = kvmalloc(count + 1, GFP_KERNEL);

	if (!text)
		return ERR_PTR(-ENOMEM);
	if (copy_from_iter(text, count, from) != count) {
		kvfree(text);
		return ERR_PTR(-EFAULT);
	}
	text[count] = 0;
	return text;
}

static int set_number(const struct tracefs_control *control, void *object, const char *text)
{
	unsigned long value;
	bool on;
	int error = control->max == 1 ? kstrtobool(text, &on) : kstrtoul(text, 10, &value);

	if (error)
		return error;
	if (control->max == 1)
		value = on;
	if (value > control->max)
		return -EINVAL;
	mutex_lock(&trace_mutex);
	error = control->set(object, value);
	mutex_unlock(&trace_mutex);
	return error;
}

static ssize_t control_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	const struct tracefs_control *control = control_of(file);
	size_t count = from->count;
	char *text;
	int error;

	if (count > TEXT_MAX) /* cut, it would say something else */
		return -EINVAL;
	text = tracefs_text(from, TEXT_MAX);
	if (IS_ERR(text))
		return PTR_ERR(text);
	if (control->store)
		error = control->store(tracefs_object(file), strim(text));
	else
		error = set_number(control, tracefs_object(file), strim(text));
	kvfree(text);
	if (error)
		return error;
	*pos += count;
	return count;
}

static const struct file_operations control_operations = {
	.open = control_open,
	.release = single_release,
	.read_iter = seq_read_iter,
	.write_iter = control_write,
	.llseek = seq_lseek,
};

/* ---- making the tree ---- */

static void must_be(const void *node)
{
	if (IS_ERR(node))
		panic("tracefs: no memory");
}

void __init tracefs_add(struct kernfs_node *dir, const struct tracefs_control *controls, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		must_be(kernfs_create_file(dir, controls[i].name, controls[i].mode, 0,
					   &control_operations, (void *)&controls[i]));
}

struct kernfs_node *__init tracefs_dir(struct kernfs_node *parent, const char *name, void *object)
{
	struct kernfs_node *node = kernfs_create_dir(parent, name, 0750, object);

	must_be(node);
	return node;
}

void __init tracefs_file(struct kernfs_node *dir, const char *name, u16 mode,
			 const struct file_operations *ops)
{
	must_be(kernfs_create_file(dir, name, mode, 0, ops, NULL));
}

/* ---- mounting: one instance, which all mounts show ---- */

#define DEFAULT_MODE	0700

enum { OPT_UID, OPT_GID, OPT_MODE, NR_OPTIONS };

struct tracefs_options {
	bool given[NR_OPTIONS];
	u32 value[NR_OPTIONS];
};

/* Others than these, and values that are no numbers, have always been ignored here, on Linux too. */
static int parse_options(char *text, struct tracefs_options *options)
{
	static const char *const names[] = { "uid", "gid", "mode" };
	char *name, *value;

	while ((name = next_option(&text, &value))) {
		for (int i = 0; i < NR_OPTIONS; i++) {
			if (strcmp(name, names[i]) || !value ||
			    kstrtouint(value, i == OPT_MODE ? 8 : 10, &options->value[i]))
				continue;
			if (i != OPT_MODE && options->value[i] == U32_MAX)
				return -EINVAL;
			options->given[i] = true;
		}
	}
	return 0;
}

/* The group is that of all files, owner and mode are the root's. */
static void apply_options(struct super_block *sb, const struct tracefs_options *options)
{
	static DEFINE_MUTEX(apply_mutex);
	struct inode *inode = sb->root->inode;

	mutex_lock(&apply_mutex);
	if (options->given[OPT_UID]) {
		WRITE_ONCE(inode->uid, options->value[OPT_UID]);
		tracefs_root->uid = options->value[OPT_UID];
	}
	if (options->given[OPT_MODE]) {
		WRITE_ONCE(inode->mode, S_IFDIR | (options->value[OPT_MODE] & 07777));
		tracefs_root->mode = inode->mode;
	}
	if (options->given[OPT_GID])
		kernfs_set_group(sb, options->value[OPT_GID]);
	mutex_unlock(&apply_mutex);
}

static int tracefs_remount(struct super_block *sb, unsigned int *flags, char *text)
{
	struct tracefs_options options = { 0 };
	int error = parse_options(text, &options);

	if (!error)
		apply_options(sb, &options);
	return error;
}

static int tracefs_show_options(struct seq_file *m, struct dentry *root)
{
	const struct inode *inode = root->inode;

	if (READ_ONCE(inode->uid))
		seq_printf(m, ",uid=%u", READ_ONCE(inode->uid));
	if (READ_ONCE(inode->gid))
		seq_printf(m, ",gid=%u", READ_ONCE(inode->gid));
	if ((READ_ONCE(inode->mode) & 07777) != DEFAULT_MODE)
		seq_printf(m, ",mode=%o", READ_ONCE(inode->mode) & 07777);
	return 0;
}

static const struct super_operations tracefs_super_operations = {
	.evict_inode = kernfs_evict_inode,
	.statfs = simple_statfs,
	.remount = tracefs_remount,
	.show_options = tracefs_show_options,
};

static int tracefs_fill(struct super_block *sb, void *data, bool silent)
{
	sb->magic = TRACEFS_MAGIC;
	sb->ops = &tracefs_super_operations;
	return kernfs_fill_super(sb, tracefs_root);
}

static struct dentry *tracefs_mount(struct file_system_type *type, unsigned int flags,
				    const char *device, char *text)
{
	struct tracefs_options options = { 0 };
	int error = parse_options(text, &options);
	struct dentry *root;

	if (error)
		return ERR_PTR(error);
	root = mount_single(type, flags, NULL, tracefs_fill);
	if (!IS_ERR(root))
		apply_options(root->sb, &options);
	return root;
}

static struct file_system_type tracefs_type = {
	.name = "tracefs",
	.mount = tracefs_mount,
	.kill_sb = kill_anon_super,
};

void __init tracefs_init(void)
{
	tracefs_root = kernfs_create_root(DEFAULT_MODE);
	if (!tracefs_root)
		panic("tracefs: no memory");
	trace_events_make();
	trace_filters_make();
	trace_settings_make();
	trace_latency_make();
	trace_profile_make();
	must_be(sysfs_create_dir(sysfs_kernel, "tracing", NULL)); /* where it is mounted */
	if (register_filesystem(&tracefs_type))
		panic("tracefs: cannot start");
}
