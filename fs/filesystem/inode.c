/* SPDX-License-Identifier: MIT */
/* Inodes of the filesystem class: attributes, where their bytes lie, and their end. */
#include <kernel/log.h>
#include <uapi/stat.h>

#include "internal.h"

/* --- where its bytes lie --- */

/* map_lock is held for writing. */
static void room_changed(struct inode *inode)
{
	struct filesystem_attributes a = { .size = sizeof(a) };

	if (!CALL(mount_of(inode), read_inode, inode->ino, &a))
		inode->blocks = a.sectors;
}

/* Room that a file gets may have been the file system's own before: what the device's cache has of it must not be written over the file. */
static void forget_cached_blocks(struct inode *inode, const struct filesystem_extent *k, u64 offset,
				 u64 length)
{
	struct bdev *bdev = inode->sb->bdev;
	u64 disk = k->disk + (offset - k->offset),
	    end = disk + min(length, k->offset + k->length - offset);
	unsigned long index = disk >> PAGE_SHIFT;
	struct page *page = find_get_next_page(bdev->inode->mapping, &index,
					       (end - 1) >> PAGE_SHIFT);

	if (!page)
		return;
	put_page(page);
	truncate_pagecache_range(bdev->inode->mapping, disk, end);
}

static int map(struct inode *inode, u64 offset, u64 length, bool write, struct file_extent *e)
{
	struct filesystem_mount *fs = mount_of(inode);
	struct filesystem_extent k = { .size = sizeof(k) };
	struct rw_semaphore *lock = &class_inode(inode)->map_lock;
	u64 block = fs->info.block_size, end = ALIGN(offset + length, block);
	int error;

	offset &= -block;
	/* Most often it is there already. */
	down_read(lock);
	error = CALL(fs, map, inode->ino, offset, end - offset, false, &k);
	up_read(lock);
	if (!error && write && k.type == FILESYSTEM_HOLE) {
		down_write(lock);
		error = CALL(fs, map, inode->ino, offset, min(end, k.offset + k.length) - offset,
			     true, &k);
		if (!error) {
			room_changed(inode);
			forget_cached_blocks(inode, &k, offset, end - offset);
		}
		up_write(lock);
	}
	if (error)
		return error;
	if (offset < k.offset || offset >= k.offset + k.length ||
	    (k.offset | k.length | k.disk) & (block - 1) || (write && k.type == FILESYSTEM_HOLE) ||
	    k.type > FILESYSTEM_UNWRITTEN || (k.type == FILESYSTEM_UNWRITTEN && !fs->ops->commit)) {
		pr_err_ratelimited("%s: the driver maps inode %llu to nonsense\n", inode->sb->id,
				   (unsigned long long)inode->ino);
		return -EIO;
	}
	*e = (struct file_extent){ .offset = k.offset,
				   .length = k.length,
				   .disk = k.disk,
				   .type = (enum file_extent_type)k.type };
	return 0;
}

static int commit(struct inode *inode, u64 offset, u64 length)
{
	struct filesystem_mount *fs = mount_of(inode);
	int error;

	down_write(&class_inode(inode)->map_lock);
	error = CALL(fs, commit, inode->ino, offset, length);
	up_write(&class_inode(inode)->map_lock);
	return error;
}

static struct bdev *bdev_of(const struct inode *inode) { return inode->sb->bdev; }
static u32 block_size(const struct inode *inode) { return inode->sb->block_size; }

static const struct extent_ops class_extents = { .map = map, .commit = commit, .bdev = bdev_of, .block_size = block_size };

/* --- attributes --- */

static void to_kit(const struct inode *inode, struct filesystem_attributes *a)
{
	*a = (struct filesystem_attributes){
		.size = sizeof(*a),
		.mode = inode->mode,
		.bytes = inode->size,
		.sectors = inode->blocks,
		.uid = inode->uid,
		.gid = inode->gid,
		.links = inode->nlink,
		.generation = inode->generation,
		.device = inode->rdev,
		.accessed_ns = inode->atime_ns,
		.modified_ns = inode->mtime_ns,
		.changed_ns = inode->ctime_ns,
		.created_ns = inode->btime_ns,
	};
}

static int from_kit(struct inode *inode, const struct filesystem_attributes *a)
{
	if (a->bytes > (u64)inode->sb->max_bytes)
		return -EIO;
	inode->uid = a->uid;
	inode->gid = a->gid;
	inode->size = a->bytes;
	inode->blocks = a->sectors;
	inode->generation = a->generation;
	inode->atime_ns = a->accessed_ns;
	inode->mtime_ns = a->modified_ns;
	inode->ctime_ns = a->changed_ns;
	inode->btime_ns = a->created_ns;
	inode->nlink = a->links;
	switch (a->mode & S_IFMT) {
	case S_IFREG:
		inode->ops = &class_file_inode_operations;
		inode->fops = &class_file_operations;
		inode->data.ops = &extent_mapping_ops;
		inode->data.extents = &class_extents;
		break;
	case S_IFDIR:
		inode->ops = &class_dir_operations;
		inode->fops = &class_dir_file_operations;
		break;
	case S_IFLNK: inode->ops = &class_link_operations; break;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		inode->ops = &class_file_inode_operations;
		init_special_inode(inode, a->mode, a->device);
		break;
	default: return -EIO;
	}
	inode->mode = a->mode;
	return 0;
}

struct inode *class_iget(struct super_block *sb, u64 number)
{
	struct filesystem_mount *fs = sb->fs_info;
	struct filesystem_attributes a = { .size = sizeof(a) };
	struct inode *inode = iget_locked(sb, number);
	int error;

	if (!inode)
		return ERR_PTR(-ENOMEM);
	if (!(inode->state & I_NEW))
		return inode;
	error = CALL(fs, read_inode, number, &a);
	if (!error && !a.links)
		error = -ESTALE;
	if (!error)
		error = from_kit(inode, &a);
	if (error) {
		inode->state |= I_NEW;
		inode->mode = 0;
		iget_failed(inode);
		return ERR_PTR(error);
	}
	unlock_new_inode(inode);
	return inode;
}

int class_write_inode(struct inode *inode)
{
	struct filesystem_attributes a;
	int error;

	down_write(&class_inode(inode)->map_lock);
	to_kit(inode, &a);
	error = CALL(mount_of(inode), write_inode, inode->ino, &a);
	up_write(&class_inode(inode)->map_lock);
	return error;
}

int class_refresh(struct inode *inode)
{
	struct filesystem_attributes a = { .size = sizeof(a) };
	int error = CALL(mount_of(inode), read_inode, inode->ino, &a);

	if (!error) {
		WRITE_ONCE(inode->size, a.bytes);
		inode->blocks = a.sectors;
	}
	return error;
}

void class_touch(struct inode *inode)
{
	WRITE_ONCE(inode->mtime_ns, inode_now_ns(inode));
	WRITE_ONCE(inode->ctime_ns, inode->mtime_ns);
	if (class_write_inode(inode))
		pr_err_ratelimited("%s: inode %llu cannot be written\n", inode->sb->id,
				   (unsigned long long)inode->ino);
}

/* Bit 0: accessed: kept in memory until something else is written; bits 1 and 2: modified, changed. */
int class_update_time(struct inode *inode, unsigned int which)
{
	u64 now = inode_now_ns(inode);

	if (which & 1)
		WRITE_ONCE(inode->atime_ns, now);
	if (!(which & 6))
		return 0;
	WRITE_ONCE(inode->mtime_ns, now);
	WRITE_ONCE(inode->ctime_ns, now);
	return class_write_inode(inode);
}

/* The new end lies in a page: what is behind it there becomes zero, on the device too. */
static int cut_last_page(struct inode *inode, loff_t size)
{
	struct page *page;

	if (!(size & ~PAGE_MASK) || size >= inode->size)
		return 0;
	page = mapping_read_page(inode->mapping, NULL, size >> PAGE_SHIFT);
	if (IS_ERR(page))
		return PTR_ERR(page);
	put_page(page);
	return 0;
}

static int set_size(struct inode *inode, loff_t size)
{
	struct filesystem_mount *fs = mount_of(inode);
	int error = cut_last_page(inode, size);

	if (error)
		return error;
	if (size >= inode->size) {
		WRITE_ONCE(inode->size, size);
		return 0;
	}
	WRITE_ONCE(inode->size, size);
	truncate_pagecache(inode->mapping, size);
	down_write(&class_inode(inode)->map_lock);
	error = CALL(fs, truncate, inode->ino, size);
	room_changed(inode);
	up_write(&class_inode(inode)->map_lock);
	return error;
}

int class_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = dentry->inode;
	int error = setattr_prepare(dentry, attr);

	if (error)
		return error;
	if (attr->valid & ATTR_SIZE && attr->size != inode->size) {
		error = set_size(inode, attr->size);
		if (error)
			return error;
	}
	setattr_copy(inode, attr);
	return class_write_inode(inode);
}

/* --- the instance --- */

static struct inode *alloc(struct super_block *sb)
{
	struct class_inode *i = kzalloc(sizeof(*i), GFP_KERNEL);

	if (!i)
		return NULL;
	init_rwsem(&i->map_lock);
	return &i->inode;
}

static void free_inode(struct inode *inode)
{
	kfree(class_inode(inode));
}

static void evict(struct inode *inode)
{
	struct filesystem_mount *fs = mount_of(inode);
	bool was;

	if (inode->nlink && inode->data.extents)
		mapping_write_and_wait(&inode->data, 0, S64_MAX);
	mapping_evict(&inode->data);
	if (fs->live && inode->mode) {
		was = thread_scope_enter(TF_NO_FS);
		fs->ops->evict(fs, inode->ino, !inode->nlink);
		thread_scope_leave(TF_NO_FS, was);
	}
	clear_inode(inode);
}

/* The one behind prev that has pages; RCU keeps its memory. */
static struct inode *find_cached(struct super_block *sb, struct inode *prev)
{
	struct inode *at, *found = NULL;
	bool take = !prev;

	spin_lock(&sb->inodes_lock);
	list_for_each_entry(at, &sb->inodes, sb_list) {
		if (take && at->data.nr_pages && at->data.extents) {
			found = at;
			break;
		}
		take = take || at == prev;
	}
	spin_unlock(&sb->inodes_lock);
	return found;
}

/* The same, held; prev is let go. One that is going away leaves the list by itself. */
static struct inode *next_cached(struct super_block *sb, struct inode *prev)
{
	struct inode *inode;
	bool held = true;

	do {
		if (!held)
			cond_resched();
		rcu_read_lock();
		inode = find_cached(sb, prev);
		held = !inode || mapping_grab(&inode->data);
		rcu_read_unlock();
	} while (!held);
	iput(prev);
	return inode;
}

int class_sync(struct super_block *sb, bool wait)
{
	struct filesystem_mount *fs = sb->fs_info;
	struct inode *inode = NULL;
	int error = 0, result;

	if (!wait || !fs->live)
		return 0;
	while ((inode = next_cached(sb, inode))) {
		result = mapping_write_and_wait(&inode->data, 0, S64_MAX);
		error = error ?: result;
	}
	if (fs->ops->sync) {
		result = CALL(fs, sync);
		error = error ?: result;
	}
	result = bdev_sync(sb->bdev);
	return error ?: result;
}

static int statfs(struct dentry *root, struct kstatfs *buf)
{
	struct filesystem_mount *fs = root->sb->fs_info;
	struct filesystem_space s = { .size = sizeof(s) };
	int error = CALL(fs, space, &s);

	buf->type = fs->info.magic;
	buf->bsize = buf->frsize = s.block_size ?: fs->info.block_size;
	buf->blocks = s.blocks;
	buf->bfree = s.free;
	buf->bavail = s.available;
	buf->files = s.files;
	buf->ffree = s.files_free;
	buf->namelen = fs->info.name_max;
	return error;
}

static int remount(struct super_block *sb, unsigned int *flags, char *options)
{
	struct filesystem_mount *fs = sb->fs_info;
	bool read_only = *flags & SB_RDONLY;
	int error = 0;

	if (!read_only && bdev_read_only(sb->bdev))
		return -EROFS;
	if (read_only)
		error = class_sync(sb, true);
	if (!error && fs->ops->remount)
		error = CALL(fs, remount, options ?: "", read_only);
	return error;
}

static void put(struct super_block *sb)
{
	struct filesystem_mount *fs = sb->fs_info;

	if (!fs)
		return;
	if (fs->live) {
		bool was = thread_scope_enter(TF_NO_FS);

		fs->ops->unmount(fs);
		thread_scope_leave(TF_NO_FS, was);
		bdev_sync(sb->bdev);
	}
	kfree(fs);
	sb->fs_info = NULL;
}

const struct super_operations class_super_operations = {
	.alloc_inode = alloc,
	.free_inode = free_inode,
	.evict_inode = evict,
	.sync_fs = class_sync,
	.statfs = statfs,
	.remount = remount,
	.put_super = put,
};
