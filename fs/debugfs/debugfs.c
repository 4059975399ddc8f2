// SPDX-License-Identifier: MIT
/* debugfs: see include/fs/debugfs.h. A kernfs tree of its own, with a place to mount it at in /sys.
 */
#include <fs/debugfs.h>
#include <fs/sysfs.h>
#include <kernel/log.h>
#include <lib/err.h>
#include <uapi/magic.h>

static struct kernfs_node *root;

struct kernfs_node *debugfs_create_dir(struct kernfs_node *parent, const char *name)
{
	return kernfs_create_dir(parent ?: root, name, 0755, NULL);
}

struct kernfs_node *debugfs_create_file(struct kernfs_node *parent, const char *name, u16 mode,
					const struct file_operations *ops, void *private)
{
	return kernfs_create_file(parent ?: root, name, mode, 0, ops, private);
}

static int debugfs_fill(struct super_block *sb, void *data, bool silent)
{
	sb->magic = DEBUGFS_MAGIC;
	return kernfs_fill_super(sb, root);
}

static struct dentry *debugfs_mount(struct file_system_type *type, unsigned int flags,
				    const char *device, char *options)
{
	return mount_single(type, flags, NULL, debugfs_fill);
}

static struct file_system_type debugfs_type = { .name = "debugfs",
						.mount = debugfs_mount,
						.kill_sb = kill_anon_super };

void __init debugfs_init(void)
{
	root = kernfs_create_root(0700);
	if (!root || IS_ERR(sysfs_create_dir(sysfs_kernel, "debug", NULL)) ||
	    register_filesystem(&debugfs_type))
		panic("debugfs: no memory");
}
