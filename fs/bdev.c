/* SPDX-License-Identifier: MIT */
/*
 * Block special files: the inode that caches a device's bytes, who has it open and who has it alone.
 *
 * All names of one device (nodes made by mknod, the one in /dev) lead to one inode of a file system that is never mounted; its mapping is the
 * cache. It lives as long as the bdev. With the last close what is dirty is written and the cache is dropped, so that a partition and its
 * disk, which do not share pages, agree between users.
 *
 * Locks: bdev->open_mutex over an open or close of one device; claim_mutex, inside it, for who has what alone.
 */
#include <drivers/block.h>
#include <fs/extent.h>
#include <kernel/log.h>
#include <kernel/module.h>
#include <lib/err.h>
#include <uapi/stat.h>

#include "bdev.h"
#include "internal.h"
#include "mount.h"

static struct mount *bdev_mount;
static DEFINE_MUTEX(claim_mutex); /* holder, holders, part_claims of all bdevs */

/* --- the inode --- */

static int map(struct inode *inode, u64 offset, u64 length, bool write, struct file_extent *e)
{
	*e = (struct file_extent){
		.offset = 0, .length = READ_ONCE(inode->size), .disk = 0, .type = EXTENT_MAPPED
	};
	return 0;
}

static struct bdev *bdev_of(const struct inode *inode) { return inode->bdev; }
static u32 block_size(const struct inode *inode) { return bdev_logical_block(inode->bdev); }

static const struct extent_ops device_extents = { .map = map, .bdev = bdev_of, .block_size = block_size };

struct inode *bdev_inode_create(struct bdev *bdev)
{
	struct inode *inode = new_inode(bdev_mount->sb);

	mutex_init(&bdev->open_mutex);
	if (!inode)
		return NULL;
	inode->ino = bdev->device.devt;
	inode->mode = S_IFBLK | 0600;
	inode->rdev = bdev->device.devt;
	inode->size = bdev_bytes(bdev);
	inode->flags = S_PRIVATE | S_NOATIME | S_NOCMTIME;
	inode->bdev = bdev;
	inode->data.ops = &extent_mapping_ops;
	/* A class of its own for the lock checker: file systems read their metadata with locks held that come behind that of a file's pages. */
	init_rwsem(&inode->data.invalidate_lock);
	inode->data.extents = &device_extents;
	return inode;
}

void bdev_inode_kill(struct bdev *bdev)
{
	truncate_pagecache(bdev->inode->mapping, 0);
}

void bdev_inode_put(struct bdev *bdev)
{
	iput(bdev->inode);
}

int bdev_sync(struct bdev *bdev)
{
	int error = mapping_write_and_wait(bdev->inode->mapping, 0, S64_MAX);

	return error ?: bdev_flush(bdev);
}

unsigned long bdev_cached_pages(void)
{
	struct super_block *sb = bdev_mount->sb;
	unsigned long nr = 0;
	struct inode *inode;

	spin_lock(&sb->inodes_lock);
	list_for_each_entry(inode, &sb->inodes, sb_list)
		nr += READ_ONCE(inode->data.nr_pages);
	spin_unlock(&sb->inodes_lock);
	return nr;
}

void bdev_invalidate(struct bdev *bdev)
{
	mapping_drop_clean(bdev->inode->mapping);
}

void bdev_resized(struct bdev *bdev)
{
	loff_t old = bdev->inode->size, new = bdev_bytes(bdev);

	WRITE_ONCE(bdev->inode->size, new);
	if (new < old)
		truncate_pagecache(bdev->inode->mapping, new);
}

/* --- who has it open --- */

bool bdev_is_open(struct bdev *bdev)
{
	return READ_ONCE(bdev->openers) != 0;
}

/* Alone means: nobody else has it, its disk, or (of a disk) a partition of it alone. */
static int claim(struct bdev *bdev, const void *holder)
{
	struct bdev *whole = block_whole(bdev);
	int error = -EBUSY;

	mutex_lock(&claim_mutex);
	if (bdev->holder && bdev->holder != holder)
		goto out;
	if (bdev == whole ? bdev->part_claims != 0 : whole->holder != NULL)
		goto out;
	bdev->holder = holder;
	bdev->holders++;
	if (bdev != whole)
		whole->part_claims++;
	error = 0;
out:
	mutex_unlock(&claim_mutex);
	return error;
}

static void unclaim(struct bdev *bdev)
{
	mutex_lock(&claim_mutex);
	if (!--bdev->holders)
		bdev->holder = NULL;
	if (bdev != block_whole(bdev))
		block_whole(bdev)->part_claims--;
	mutex_unlock(&claim_mutex);
}

int bdev_open(struct bdev *bdev, bool write, const void *holder)
{
	int error = 0;

	if (!try_module_get(block_owner(bdev)))
		return -ENXIO;
	mutex_lock(&bdev->open_mutex);
	if (bdev_gone(bdev))
		error = -ENXIO;
	else if (write && holder && bdev_read_only(bdev))
		error = -EACCES;
	else if (holder)
		error = claim(bdev, holder);
	if (!error)
		WRITE_ONCE(bdev->openers, bdev->openers + 1);
	mutex_unlock(&bdev->open_mutex);
	if (error)
		module_put(block_owner(bdev));
	return error;
}

void bdev_close(struct bdev *bdev, const void *holder)
{
	struct module *owner = block_owner(bdev);

	mutex_lock(&bdev->open_mutex);
	if (holder)
		unclaim(bdev);
	if (bdev->openers == 1) {
		bdev_sync(bdev);
		truncate_pagecache(bdev->inode->mapping, 0);
	}
	WRITE_ONCE(bdev->openers, bdev->openers - 1);
	mutex_unlock(&bdev->open_mutex);
	module_put(owner);
}

struct bdev *bdev_open_path(const char *name, bool write, const void *holder)
{
	struct bdev *bdev = NULL;
	struct path path;
	int error = kern_path(name, LOOKUP_FOLLOW, &path);

	if (error)
		return ERR_PTR(error);
	if (!S_ISBLK(path.dentry->inode->mode))
		error = -ENOTBLK;
	else if (path.mount->flags & MNT_NODEV)
		error = -EACCES;
	else
		bdev = bdev_find(path.dentry->inode->rdev);
	path_put(&path);
	if (!error && !bdev)
		error = -ENXIO;
	if (!error) {
		error = bdev_open(bdev, write, holder);
		if (error)
			bdev_put(bdev);
	}
	return error ? ERR_PTR(error) : bdev;
}

/* --- where the inodes live --- */

static const struct super_operations bdev_super_operations = { .statfs = simple_statfs };

static int fill(struct super_block *sb, void *data, bool silent)
{
	static const struct inode_operations nothing = {};
	struct inode *root;

	sb->magic = 0x62646576; /* "bdev" */
	sb->flags |= SB_NOUSER;
	sb->ops = &bdev_super_operations;
	root = new_inode(sb);
	if (!root)
		return -ENOMEM;
	root->ino = get_next_ino();
	root->mode = S_IFDIR | 0500;
	root->ops = &nothing;
	sb->root = d_make_root(root);
	return sb->root ? 0 : -ENOMEM;
}

static struct dentry *mount_fs(struct file_system_type *type, unsigned int flags,
			       const char *device, char *options)
{
	return mount_nodev(type, flags, NULL, fill);
}

static struct file_system_type bdev_type = { .name = "bdev", .mount = mount_fs, .kill_sb = kill_anon_super };

static void sync_bdev(struct bdev *bdev, void *wait)
{
	if (*(bool *)wait && bdev_is_open(bdev))
		bdev_sync(bdev);
}

static void sync_all(bool wait)
{
	for_each_bdev(sync_bdev, &wait);
}

void __init bdev_init(void)
{
	bdev_mount = kern_mount(&bdev_type);
	if (IS_ERR(bdev_mount))
		panic("bdev: no memory");
	def_blk_fops = &bdev_fops;
	sync_block_devices = sync_all;
}
