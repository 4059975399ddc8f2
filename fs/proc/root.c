/* SPDX-License-Identifier: MIT */
/* The root of /proc and its super block. */
#include <fs/seq_file.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <lib/parse.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <uapi/magic.h>
#include <uapi/stat.h>

#include "internal.h"

struct kernfs_node *proc_root_node;

static struct dentry *root_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	bool found;
	struct dentry *r = kernfs_lookup_node(dir, dentry, &found);

	return found ? r : proc_pid_lookup(dir, dentry);
}

static int root_getattr(struct inode *inode, struct kstat *stat, u32 mask, unsigned int flags)
{
	kernfs_getattr(inode, stat, mask, flags);
	stat->nlink += READ_ONCE(nr_user_threads.counter);
	return 0;
}

static const struct inode_operations root_iops = { .lookup = root_lookup, .getattr = root_getattr, .setattr = kernfs_setattr };

static int revalidate(struct dentry *dentry, unsigned int flags)
{
	struct inode *inode = READ_ONCE(dentry->inode);

	if (inode && (inode->flags & S_PROC_PID))
		return proc_pid_revalidate(inode, flags);
	if (!inode && (flags & LOOKUP_RCU))
		return -ECHILD;
	if (!inode) {
		struct dentry *parent = dget_parent(dentry);
		struct inode *dir = parent->inode;
		/* a number may have become a process; what is missing in a process's directory stays so */
		bool stale = dir && !(dir->flags & S_PROC_PID) && dentry->name.name[0] >= '0' &&
			     dentry->name.name[0] <= '9';

		if (stale || !dir || (dir->flags & S_PROC_PID)) {
			dput(parent);
			return 0;
		}
		dput(parent);
	}
	return kernfs_revalidate(dentry, flags);
}

static void evict(struct inode *inode)
{
	if (inode->flags & S_PROC_PID)
		proc_pid_evict(inode);
	else
		kernfs_evict_inode(inode);
}

static const struct dentry_operations dentry_operations = { .revalidate = revalidate };
static const struct super_operations super_operations = { .evict_inode = evict, .statfs = simple_statfs };

static int fill(struct super_block *sb, void *data, bool silent)
{
	sb->magic = PROC_SUPER_MAGIC;
	sb->ops = &super_operations;
	sb->dentry_ops = &dentry_operations;
	return kernfs_fill_super(sb, proc_root_node);
}

/* hidepid= and gid= are accepted at their default, which is what there is. */
static int check_options(char *text)
{
	char *name, *value;

	while ((name = next_option(&text, &value)))
		if (*name && !(value && !strcmp(name, "hidepid") &&
			       (!strcmp(value, "0") || !strcmp(value, "off"))))
			return -EINVAL;
	return 0;
}

static struct dentry *mount(struct file_system_type *type, unsigned int flags, const char *device,
			    char *options)
{
	int error = check_options(options);

	return error ? ERR_PTR(error) : mount_single(type, flags, NULL, fill);
}

static struct file_system_type proc_type = { .name = "proc", .mount = mount, .kill_sb = kill_anon_super };

static const char *self_link(struct kernfs_node *node, char *buf, size_t size)
{
	if (!current->process)
		return ERR_PTR(-ENOENT);
	snprintf(buf, size, "%d", current->process->pid->nr);
	return buf;
}

static const char *thread_self_link(struct kernfs_node *node, char *buf, size_t size)
{
	if (!current->process)
		return ERR_PTR(-ENOENT);
	snprintf(buf, size, "%d/task/%d", current->process->pid->nr, current->tid);
	return buf;
}

void __init proc_init(void)
{
	proc_root_node = kernfs_create_root(0555);
	if (!proc_root_node)
		panic("proc: no memory");
	proc_root_node->dir_ops = &root_iops;
	proc_root_node->iterate = proc_pid_iterate;
	kernfs_create_asked_link(proc_root_node, "self", self_link);
	kernfs_create_asked_link(proc_root_node, "thread-self", thread_self_link);
	proc_symlink("mounts", "self/mounts");
	if (register_filesystem(&proc_type))
		panic("proc: cannot register");
	proc_pid_init();
	proc_kernel_files();
	proc_sys_files();
	proc_alloc_fault_init();
	proc_lockup_init();
	proc_hung_init();
	proc_sysrq_init();
	proc_lock_stat_init();
}
