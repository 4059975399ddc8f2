/* SPDX-License-Identifier: MIT */
/*
 * Super blocks: mounted instances of file systems.
 *
 * refs keeps the structure, active keeps the instance: every mount holds one active reference. When the last goes, the type's kill_sb takes
 * the instance down. umount_lock is held for reading by whoever works on an instance that it found in the list, and for writing while it is
 * filled, remounted and taken down.
 */
#include <drivers/block.h>
#include <fs/vfs.h>
#include <kernel/log.h>
#include <lib/idr.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/stat.h>

#include "internal.h"
#include "notify.h"

static DEFINE_SPINLOCK(supers_lock, LOCK_RANK_SUPER);
static LIST_HEAD(all_supers); /* supers_lock */
static DEFINE_MUTEX(types_mutex);
static LIST_HEAD(fs_types); /* types_mutex */
static DEFINE_MUTEX(anon_dev_mutex);
static DEFINE_IDA(anon_devs); /* anon_dev_mutex */

/* --- types --- */

static struct file_system_type *find_type(const char *name, size_t len)
{
	struct file_system_type *t;

	list_for_each_entry(t, &fs_types, list)
		if (strlen(t->name) == len && !memcmp(t->name, name, len))
			return t;
	return NULL;
}

int register_filesystem(struct file_system_type *type)
{
	int error = 0;

	INIT_LIST_HEAD(&type->supers);
	mutex_lock(&types_mutex);
	if (find_type(type->name, strlen(type->name)))
		error = -EBUSY;
	else
		list_add_tail(&type->list, &fs_types);
	mutex_unlock(&types_mutex);
	return error;
}

int unregister_filesystem(struct file_system_type *type)
{
	int error = 0;

	mutex_lock(&types_mutex);
	if (find_type(type->name, strlen(type->name)) == type)
		list_del(&type->list);
	else
		error = -EINVAL;
	mutex_unlock(&types_mutex);
	return error;
}

/* Module loader's hooks: a type's owner is kept while it is in use; an unknown type is asked of modprobe by its alias. */
bool (*fs_module_get)(struct module *owner);
void (*fs_module_put)(struct module *owner);
int (*fs_request_module)(const char *type_name);

static struct file_system_type *get_type(const char *name, size_t len)
{
	struct file_system_type *t;

	mutex_lock(&types_mutex);
	t = find_type(name, len);
	if (t && t->owner && fs_module_get && !fs_module_get(t->owner))
		t = NULL;
	mutex_unlock(&types_mutex);
	return t;
}

/* "fuse.sshfs" is of type fuse. */
struct file_system_type *get_fs_type(const char *name)
{
	size_t len = strchrnul(name, '.') - name;
	struct file_system_type *t = get_type(name, len);

	if (!t && fs_request_module && !fs_request_module(name))
		t = get_type(name, len);
	return t;
}

void put_fs_type(struct file_system_type *type)
{
	if (type->owner && fs_module_put)
		fs_module_put(type->owner);
}

void for_each_fs_type(void (*fn)(struct file_system_type *type, void *arg), void *arg)
{
	struct file_system_type *t;

	mutex_lock(&types_mutex);
	list_for_each_entry(t, &fs_types, list)
		fn(t, arg);
	mutex_unlock(&types_mutex);
}

/* --- instances --- */

static void free_super_rcu(struct rcu_head *head)
{
	kfree(container_of(head, struct super_block, rcu));
}

static void put_super(struct super_block *sb)
{
	if (refcount_dec_and_test(&sb->refs))
		call_rcu(&sb->rcu, free_super_rcu);
}

/* lint: context: returns NULL, or the instance locked */
static struct super_block *alloc_super(struct file_system_type *type, unsigned int flags)
{
	struct super_block *sb = kzalloc(sizeof(*sb), GFP_KERNEL);

	if (!sb)
		return NULL;
	sb->type = type;
	sb->flags = flags;
	sb->block_size = PAGE_SIZE;
	sb->block_bits = PAGE_SHIFT;
	sb->max_bytes = S64_MAX;
	sb->time_granularity_ns = 1;
	init_rwsem(&sb->umount_lock);
	mutex_init(&sb->rename_mutex);
	refcount_set(&sb->refs, 1);
	atomic_set(&sb->active, 1);
	INIT_LIST_HEAD(&sb->inodes);
	INIT_LIST_HEAD(&sb->mounts);
	spin_lock_init(&sb->inodes_lock, LOCK_RANK_SUPER);
	strscpy(sb->id, type->name, sizeof(sb->id));
	down_write(&sb->umount_lock);
	return sb;
}

static void publish_super(struct super_block *sb)
{
	spin_lock(&supers_lock);
	list_add_tail(&sb->list, &all_supers);
	list_add_tail(&sb->instance, &sb->type->supers);
	spin_unlock(&supers_lock);
}

static int set_anon_dev(struct super_block *sb)
{
	int id;

	mutex_lock(&anon_dev_mutex);
	id = ida_alloc_range(&anon_devs, 1, 0xfffff, GFP_KERNEL);
	mutex_unlock(&anon_dev_mutex);
	if (id < 0)
		return id == -ENOSPC ? -EMFILE : id;
	sb->dev = MKDEV(0, id);
	return 0;
}

static void free_anon_dev(dev_t_kernel dev)
{
	mutex_lock(&anon_dev_mutex);
	ida_free(&anon_devs, MINOR(dev));
	mutex_unlock(&anon_dev_mutex);
}

/* Names, inodes, then the file system's own. umount_lock is held for writing. */
/* lint: context: for kill_sb(), which is called with the lock and lets go of it */
static void shutdown_super(struct super_block *sb)
{
	sb->flags &= ~SB_ACTIVE;
	if (sb->root) {
		notify_unmount(sb);
		shrink_dcache_for_umount(sb);
		if (sb->ops && sb->ops->sync_fs)
			sb->ops->sync_fs(sb, true);
	}
	evict_inodes(sb);
	if (sb->ops && sb->ops->put_super)
		sb->ops->put_super(sb);
	if (!list_empty(&sb->inodes))
		pr_err("vfs: %s: inodes are still in use after the unmount\n", sb->id);
	if (!list_empty(&sb->list)) {
		spin_lock(&supers_lock);
		list_del_init(&sb->list);
		list_del_init(&sb->instance);
		spin_unlock(&supers_lock);
	}
	up_write(&sb->umount_lock);
}

void kill_anon_super(struct super_block *sb)
{
	dev_t_kernel dev = sb->dev;

	shutdown_super(sb);
	if (dev)
		free_anon_dev(dev);
}

void kill_litter_super(struct super_block *sb)
{
	if (sb->root)
		d_genocide(sb->root);
	kill_anon_super(sb);
}

/* Consumes the lock and the last active reference. */
static void deactivate_locked(struct super_block *sb) __releases(&sb->umount_lock)
{
	struct file_system_type *type = sb->type;

	if (!atomic_dec_and_test(&sb->active)) {
		up_write(&sb->umount_lock);
		return;
	}
	type->kill_sb(sb);
	__release(&sb->umount_lock);
	put_fs_type(type);
	put_super(sb);
}

void deactivate_super(struct super_block *sb)
{
	if (atomic_add_unless(&sb->active, -1, 1))
		return;
	down_write(&sb->umount_lock);
	deactivate_locked(sb);
}

/* On a device, which is open and is closed by kill_block_super, or (bdev NULL) on none. */
/* lint: context: what alloc_super() took, if there is an instance */
static struct dentry *fill_new(struct file_system_type *type, unsigned int flags, struct bdev *bdev,
			       void *data,
			       int (*fill)(struct super_block *sb, void *data, bool silent))
{
	struct super_block *sb = alloc_super(type, flags & (SB_RDONLY | SB_NOSUID | SB_NODEV |
							    SB_NOEXEC | SB_SYNCHRONOUS |
							    SB_DIRSYNC | SB_LAZYTIME | SB_NOUSER));
	int error;

	if (!sb) {
		error = -ENOMEM;
		goto close;
	}
	INIT_LIST_HEAD(&sb->list);
	INIT_LIST_HEAD(&sb->instance);
	if (type->owner && fs_module_get && !fs_module_get(type->owner)) {
		up_write(&sb->umount_lock);
		put_super(sb);
		error = -ENODEV;
		goto close;
	}
	sb->bdev = bdev;
	if (bdev) {
		sb->dev = bdev->device.devt;
		strscpy(sb->id, bdev->device.name, sizeof(sb->id));
	}
	error = bdev ? 0 : set_anon_dev(sb);
	if (!error)
		error = fill(sb, data, flags & SB_SILENT);
	if (error) {
		deactivate_locked(sb);
		return ERR_PTR(error);
	}
	sb->flags |= SB_ACTIVE | SB_BORN;
	publish_super(sb);
	up_write(&sb->umount_lock);
	return dget(sb->root);

close:
	if (bdev) {
		bdev_close(bdev, type);
		bdev_put(bdev);
	}
	return ERR_PTR(error);
}

struct dentry *mount_nodev(struct file_system_type *type, unsigned int flags, void *data,
			   int (*fill)(struct super_block *sb, void *data, bool silent))
{
	return fill_new(type, flags, NULL, data, fill);
}

/* A reference that keeps the instance going, unless it is going down. */
bool super_trylock_active(struct super_block *sb)
{
	return atomic_inc_not_zero(&sb->active);
}

/* One instance for everybody. */
struct dentry *mount_single(struct file_system_type *type, unsigned int flags, void *data,
			    int (*fill)(struct super_block *sb, void *data, bool silent))
{
	static DEFINE_MUTEX(single_mutex);
	struct super_block *sb;
	struct dentry *root = NULL;

	mutex_lock(&single_mutex);
	spin_lock(&supers_lock);
	list_for_each_entry(sb, &type->supers, instance) {
		if (super_trylock_active(sb)) {
			root = sb->root;
			break;
		}
	}
	spin_unlock(&supers_lock);
	root = root ? dget(root) : fill_new(type, flags, NULL, data, fill);
	mutex_unlock(&single_mutex);
	return root;
}

/* --- on block devices --- */

/* The running instance on that device, with an active reference. */
static struct super_block *find_on(struct file_system_type *type, struct bdev *bdev)
{
	struct super_block *sb, *found = NULL;

	spin_lock(&supers_lock);
	list_for_each_entry(sb, &type->supers, instance) {
		if (sb->bdev == bdev && super_trylock_active(sb)) {
			found = sb;
			break;
		}
	}
	spin_unlock(&supers_lock);
	return found;
}

/* A device that is mounted already is shown a second time, as it is. */
struct dentry *mount_bdev(struct file_system_type *type, unsigned int flags, const char *device,
			  void *data, int (*fill)(struct super_block *sb, void *data, bool silent))
{
	static DEFINE_MUTEX(bdev_mount_mutex);
	struct bdev *bdev = device ? bdev_open_path(device, !(flags & SB_RDONLY), type)
				   : ERR_PTR(-ENOTBLK);
	struct super_block *sb;
	struct dentry *root;

	if (IS_ERR(bdev))
		return ERR_CAST(bdev);
	mutex_lock(&bdev_mount_mutex);
	sb = find_on(type, bdev);
	if (!sb) {
		root = fill_new(type, flags, bdev, data, fill);
	} else {
		bdev_close(bdev, type);
		bdev_put(bdev);
		root = dget(sb->root);
		if ((flags ^ sb->flags) & SB_RDONLY) {
			dput(root);
			deactivate_super(sb);
			root = ERR_PTR(-EBUSY);
		}
	}
	mutex_unlock(&bdev_mount_mutex);
	return root;
}

void kill_block_super(struct super_block *sb)
{
	struct bdev *bdev = sb->bdev;

	shutdown_super(sb);
	bdev_close(bdev, sb->type);
	bdev_put(bdev);
}

/* fn may sleep; the instance is held and locked against going down. */
void for_each_super(void (*fn)(struct super_block *sb, void *arg), void *arg)
{
	struct super_block *sb, *prev = NULL;

	spin_lock(&supers_lock);
	list_for_each_entry(sb, &all_supers, list) {
		refcount_inc(&sb->refs);
		spin_unlock(&supers_lock);
		down_read(&sb->umount_lock);
		if ((sb->flags & SB_BORN) && sb->root)
			fn(sb, arg);
		up_read(&sb->umount_lock);
		if (prev)
			put_super(prev);
		prev = sb;
		spin_lock(&supers_lock);
		if (list_empty(&sb->list))
			break;
	}
	spin_unlock(&supers_lock);
	if (prev)
		put_super(prev);
}
