/* SPDX-License-Identifier: MIT */
/* Operations that simple file systems share. */
#include <fs/calls.h>
#include <fs/vfs.h>
#include <uapi/stat.h>
#include <uapi/statfs.h>

#include "internal.h"
#include "mount.h"

const struct file_operations *def_blk_fops;
void (*sync_block_devices)(bool wait);

int simple_statfs(struct dentry *root, struct kstatfs *buf)
{
	buf->type = root->sb->magic;
	buf->bsize = root->sb->block_size;
	buf->namelen = 255;
	return 0;
}

/* A file without contents of its own: size 0, link count and times as the inode has them. */
int simple_getattr(struct inode *inode, struct kstat *stat, u32 mask, unsigned int flags)
{
	generic_fillattr(inode, stat);
	return 0;
}

int do_statfs(const struct path *path, struct kstatfs *buf)
{
	struct super_block *sb = path->dentry->sb;
	unsigned int m = READ_ONCE(path->mount->flags);
	int error;

	*buf = (struct kstatfs){ 0 };
	if (!sb->ops || !sb->ops->statfs)
		return -ENOSYS;
	error = sb->ops->statfs(path->dentry, buf);
	if (error)
		return error;
	if (!buf->frsize)
		buf->frsize = buf->bsize;
	if (!buf->fsid)
		buf->fsid = sb->dev;
	buf->flags = ST_VALID | (mount_is_readonly(path->mount) ? ST_RDONLY : 0) |
		     (m & MNT_NOSUID ? ST_NOSUID : 0) | (m & MNT_NODEV ? ST_NODEV : 0) |
		     (m & MNT_NOEXEC ? ST_NOEXEC : 0) | (m & MNT_NOATIME ? ST_NOATIME : 0) |
		     (m & MNT_NODIRATIME ? ST_NODIRATIME : 0) |
		     (m & MNT_RELATIME ? ST_RELATIME : 0) |
		     (sb->flags & SB_SYNCHRONOUS ? ST_SYNCHRONOUS : 0) |
		     (m & MNT_NOSYMFOLLOW ? ST_NOSYMFOLLOW : 0);
	return 0;
}
