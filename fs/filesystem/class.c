/* SPDX-License-Identifier: MIT */
/* The filesystem class: registration, mounting, the device's cached blocks. */
#include <kernel/log.h>
#include <kernel/init.h>
#include <uapi/mount.h>

#include "internal.h"

static void start_info(struct filesystem_mount *fs)
{
	fs->info = (struct filesystem_info){
		.size = sizeof(fs->info),
		.block_size = PAGE_SIZE,
		.max_bytes = S64_MAX,
		.time_granularity_ns = 1,
		.name_max = FILESYSTEM_NAME_MAX,
	};
}

static int check_info(const struct filesystem_mount *fs, const struct bdev *bdev)
{
	const struct filesystem_info *i = &fs->info;

	/* Blocks smaller than a page would have to be kept dirty one by one in the device's cache. */
	if (i->block_size != PAGE_SIZE || i->block_size < bdev_logical_block(bdev) || !i->root ||
	    i->max_bytes > S64_MAX || !i->time_granularity_ns || !i->name_max ||
	    i->name_max > FILESYSTEM_NAME_MAX)
		return -EINVAL;
	return 0;
}

static int set_root(struct super_block *sb)
{
	struct filesystem_mount *fs = sb->fs_info;
	struct inode *root = class_iget(sb, fs->info.root);

	if (IS_ERR(root))
		return PTR_ERR(root);
	if (!S_ISDIR(root->mode)) {
		iput(root);
		return -EINVAL;
	}
	sb->root = d_make_root(root);
	return sb->root ? 0 : -ENOMEM;
}

static int fill(struct super_block *sb, void *options, bool silent)
{
	struct filesystem_class *class = container_of(sb->type, struct filesystem_class, type);
	struct filesystem_mount *fs = kzalloc(sizeof(*fs), GFP_KERNEL);
	int error;

	if (!fs)
		return -ENOMEM;
	fs->sb = sb;
	fs->ops = &class->ops;
	sb->fs_info = fs;
	sb->ops = &class_super_operations;
	start_info(fs);
	error = CALL(fs, mount, options ?: "", sb_rdonly(sb), &fs->info);
	if (error)
		return error;
	fs->live = true;
	error = check_info(fs, sb->bdev);
	if (error)
		return error;
	sb->block_size = fs->info.block_size;
	sb->block_bits = __builtin_ctz(fs->info.block_size);
	sb->max_bytes = fs->info.max_bytes;
	sb->magic = fs->info.magic;
	sb->time_granularity_ns = fs->info.time_granularity_ns;
	return set_root(sb);
}

static struct dentry *mount(struct file_system_type *type, unsigned int flags, const char *device,
			    char *options)
{
	return mount_bdev(type, flags, device, options, fill);
}

/* --- registration --- */

static void release(struct owned_resource *resource)
{
	struct filesystem_class *class = container_of(resource, struct filesystem_class, resource);

	unregister_filesystem(&class->type);
	kfree(class);
}

static bool is_complete(const struct filesystem_operations *ops)
{
	return ops->mount && ops->unmount && ops->space && ops->read_inode && ops->write_inode &&
	       ops->truncate && ops->evict && ops->map && ops->lookup && ops->create && ops->link &&
	       ops->remove && ops->rename && ops->iterate && ops->read_link;
}

int filesystem_register(struct module *owner, const char *name,
			const struct filesystem_operations *ops)
{
	struct filesystem_class *class;
	int error;

	might_sleep();
	if (!name || !*name || strlen(name) > 31)
		return -EINVAL;
	class = kzalloc(sizeof(*class) + strlen(name) + 1, GFP_KERNEL);
	if (!class)
		return -ENOMEM;
	memcpy(class->name, name, strlen(name) + 1);
	error = KIT_COPY("filesystem_operations", &class->ops, ops, read_link);
	if (!error && !is_complete(&class->ops))
		error = -EINVAL;
	if (error) {
		kfree(class);
		return error;
	}
	class->type = (struct file_system_type){
		.name = class->name,
		.flags = FS_REQUIRES_DEV | FS_ALLOW_DIRECT,
		.owner = owner,
		.mount = mount,
		.kill_sb = kill_block_super,
	};
	class->resource.release = release;
	class->resource.what = class->name;
	error = register_filesystem(&class->type);
	if (error) {
		kfree(class);
		return error == -EBUSY ? -EEXIST : error;
	}
	resource_add(module_resources(owner), &class->resource);
	return 0;
}

/* --- what drivers call --- */

void *filesystem_data(const struct filesystem_mount *fs) { return fs->info.data; }
u64 filesystem_device_bytes(const struct filesystem_mount *fs) { return bdev_bytes(fs->sb->bdev); }

void *filesystem_block_get(struct filesystem_mount *fs, u64 number)
{
	struct bdev *bdev = fs->sb->bdev;
	u64 at = number * fs->info.block_size;
	struct page *page;

	might_sleep();
	if (number > U64_MAX / fs->info.block_size || at + fs->info.block_size > bdev_bytes(bdev))
		return ERR_PTR(-EIO);
	page = mapping_read_page(bdev->inode->mapping, NULL, at >> PAGE_SHIFT);
	return IS_ERR(page) ? ERR_CAST(page) : (char *)page_address(page) + (at & ~PAGE_MASK);
}

void filesystem_block_put(struct filesystem_mount *fs, void *block, bool changed)
{
	struct page *page = virt_to_page(block);

	if (changed)
		set_page_dirty(page);
	put_page(page);
}

int filesystem_flush(struct filesystem_mount *fs)
{
	might_sleep();
	return bdev_sync(fs->sb->bdev);
}

void __init filesystem_class_init(void)
{
	fs_module_get = module_get_live;
	fs_module_put = module_put;
}

EXPORT_KIT(filesystem_register, 0, 1);
EXPORT_KIT(filesystem_data, 0, 1);
EXPORT_KIT(filesystem_device_bytes, 0, 1);
EXPORT_KIT(filesystem_emit, 0, 1);
EXPORT_KIT(filesystem_block_get, 0, 1);
EXPORT_KIT(filesystem_block_put, 0, 1);
EXPORT_KIT(filesystem_flush, 0, 1);
