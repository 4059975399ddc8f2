/* SPDX-License-Identifier: MIT */
/* /sys: the tree. Attributes are in file.c. */
#include <fs/sysfs.h>
#include <kernel/log.h>
#include <lib/string.h>
#include <uapi/magic.h>

#include "internal.h"

sysfs_dir_t *sysfs_root, *sysfs_devices, *sysfs_bus, *sysfs_class, *sysfs_dev_block,
	*sysfs_dev_char, *sysfs_module, *sysfs_kernel, *sysfs_firmware, *sysfs_block, *sysfs_fs,
	*sysfs_power;

sysfs_dir_t *sysfs_create_dir(sysfs_dir_t *parent, const char *name, void *object)
{
	return kernfs_create_dir(parent ?: sysfs_root, name, 0755, object);
}

int sysfs_create_link(sysfs_dir_t *dir, sysfs_dir_t *target, const char *name)
{
	return PTR_ERR_OR_ZERO(kernfs_create_link(dir ?: sysfs_root, name, target));
}

void sysfs_remove_file(sysfs_dir_t *dir, const char *name)
{
	kernfs_remove_by_name(dir ?: sysfs_root, name);
}

void sysfs_remove(sysfs_dir_t *dir)
{
	kernfs_remove(dir);
}

int sysfs_rename(sysfs_dir_t *dir, const char *name)
{
	return kernfs_rename(dir, name);
}

int sysfs_path(sysfs_dir_t *dir, char *buf, size_t size)
{
	size_t len = 0;
	char *p;

	rcu_read_lock();
	for (sysfs_dir_t *n = dir; n->parent; n = n->parent)
		len += strlen(READ_ONCE(n->name)) + 1;
	if (len + 1 > size) {
		rcu_read_unlock();
		return -ENAMETOOLONG;
	}
	p = buf + len;
	*p = 0;
	for (sysfs_dir_t *n = dir; n->parent && p > buf; n = n->parent) {
		size_t l = strlen(n->name);

		p -= l + 1;
		*p = '/';
		memcpy(p + 1, n->name, l);
	}
	rcu_read_unlock();
	return len;
}

static int sysfs_fill(struct super_block *sb, void *data, bool silent)
{
	sb->magic = SYSFS_MAGIC;
	return kernfs_fill_super(sb, sysfs_root);
}

static struct dentry *sysfs_mount(struct file_system_type *type, unsigned int flags,
				  const char *device, char *options)
{
	return mount_single(type, flags, NULL, sysfs_fill);
}

static struct file_system_type sysfs_type = { .name = "sysfs", .mount = sysfs_mount, .kill_sb = kill_anon_super };

void __init sysfs_init(void)
{
	sysfs_dir_t *dev;

	sysfs_root = kernfs_create_root(0755);
	if (!sysfs_root)
		panic("sysfs: no memory");
	sysfs_block = sysfs_create_dir(NULL, "block", NULL);
	sysfs_bus = sysfs_create_dir(NULL, "bus", NULL);
	sysfs_class = sysfs_create_dir(NULL, "class", NULL);
	dev = sysfs_create_dir(NULL, "dev", NULL);
	sysfs_devices = sysfs_create_dir(NULL, "devices", NULL);
	sysfs_firmware = sysfs_create_dir(NULL, "firmware", NULL);
	sysfs_fs = sysfs_create_dir(NULL, "fs", NULL);
	sysfs_kernel = sysfs_create_dir(NULL, "kernel", NULL);
	sysfs_module = sysfs_create_dir(NULL, "module", NULL);
	sysfs_power = sysfs_create_dir(NULL, "power", NULL);
	if (IS_ERR(dev))
		panic("sysfs: no memory");
	sysfs_dev_block = sysfs_create_dir(dev, "block", NULL);
	sysfs_dev_char = sysfs_create_dir(dev, "char", NULL);
	if (register_filesystem(&sysfs_type) || IS_ERR(sysfs_dev_char) || IS_ERR(sysfs_power))
		panic("sysfs: cannot start");
}
