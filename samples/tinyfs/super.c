// SPDX-License-Identifier: MIT
/* tinyfs: mounting. */
#include "tinyfs.h"

#include <kit/log.h>
#include <kit/memory.h>
#include <kit/module.h>

static int check(struct tinyfs *t, const struct tinyfs_super *s, u64 device_blocks)
{
	u64 table_blocks = le32_to_cpu(s->table_blocks);

	if (le64_to_cpu(s->magic) != TINYFS_MAGIC)
		return -EINVAL;
	t->blocks = le32_to_cpu(s->blocks);
	t->inodes = le32_to_cpu(s->inodes);
	t->bitmap = le32_to_cpu(s->bitmap);
	t->bitmap_blocks = le32_to_cpu(s->bitmap_blocks);
	t->table = le32_to_cpu(s->table);
	if (t->blocks > device_blocks || t->bitmap != 1 || t->table != 1 + t->bitmap_blocks ||
	    !t->inodes || (u64)t->bitmap_blocks * TINYFS_BLOCK * 8 < t->blocks ||
	    table_blocks * (TINYFS_BLOCK / TINYFS_INODE) < t->inodes ||
	    t->table + table_blocks >= t->blocks) {
		pr_err("the super block is damaged\n");
		return -EINVAL;
	}
	t->first_data = t->block_hint = t->table + (u32)table_blocks;
	return 0;
}

static int read_super(struct tinyfs *t, bool read_only)
{
	struct tinyfs_super *s = filesystem_block_get(t->fs, 0);
	int error;

	if (IS_ERR(s))
		return PTR_ERR(s);
	error = check(t, s, filesystem_device_bytes(t->fs) / TINYFS_BLOCK);
	filesystem_block_put(t->fs, s, false);
	return error ? error : tinyfs_count(t, read_only);
}

static int mount(struct filesystem_mount *fs, const char *options, bool read_only,
		 struct filesystem_info *info)
{
	struct tinyfs *t;
	int error;

	if (*options)
		return -EINVAL; /* there are none */
	t = kzalloc(sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->fs = fs;
	error = read_super(t, read_only);
	if (error) {
		kfree(t);
		return error;
	}
	info->block_size = TINYFS_BLOCK;
	info->root = TINYFS_ROOT;
	info->max_bytes = (u64)0xfffffffe * TINYFS_BLOCK;
	info->magic = (u32)TINYFS_MAGIC;
	info->name_max = TINYFS_NAME_MAX;
	info->data = t;
	return 0;
}

static void unmount(struct filesystem_mount *fs)
{
	kfree(tinyfs_of(fs));
}

static int space(struct filesystem_mount *fs, struct filesystem_space *s)
{
	struct tinyfs *t = tinyfs_of(fs);

	mutex_lock(&t->lock);
	s->block_size = TINYFS_BLOCK;
	s->blocks = t->blocks - t->first_data;
	s->free = s->available = t->free_blocks;
	s->files = t->inodes;
	s->files_free = t->free_inodes;
	mutex_unlock(&t->lock);
	return 0;
}

static const struct filesystem_operations operations = {
	.size = sizeof(operations),
	.mount = mount,
	.unmount = unmount,
	.space = space,
	.read_inode = tinyfs_read_inode,
	.write_inode = tinyfs_write_inode,
	.truncate = tinyfs_truncate,
	.evict = tinyfs_evict,
	.map = tinyfs_map,
	.lookup = tinyfs_lookup,
	.create = tinyfs_create,
	.link = tinyfs_link,
	.remove = tinyfs_remove,
	.rename = tinyfs_rename,
	.iterate = tinyfs_iterate,
	.read_link = tinyfs_read_link,
};

static int __init tinyfs_init(void)
{
	return filesystem_register(THIS_MODULE, "tinyfs", &operations);
}

static void tinyfs_exit(void)
{
}

module_init(tinyfs_init);
module_exit(tinyfs_exit);
MODULE_ALIAS("fs-tinyfs");
MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Mortise authors");
MODULE_DESCRIPTION("A small file system");
MODULE_VERSION("1.0");
