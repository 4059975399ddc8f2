/* SPDX-License-Identifier: MIT */
/* Who may do what: mode bits, capabilities, the sticky bit. */
#include <fs/vfs.h>
#include <uapi/capability.h>
#include <uapi/stat.h>

#include "internal.h"

static int mode_permits(struct inode *inode, int mask)
{
	unsigned int mode = READ_ONCE(inode->mode);

	mask &= MAY_READ | MAY_WRITE | MAY_EXEC;
	if (likely(current_cred()->fsuid == READ_ONCE(inode->uid))) {
		mode >>= 6;
	} else if (((mode >> 3) ^ mode) & mask) {
		/* group and others differ in what is asked */
		if (in_group(READ_ONCE(inode->gid)))
			mode >>= 3;
	}
	return mask & ~mode ? -EACCES : 0;
}

int inode_mode_permission(struct inode *inode, int mask)
{
	int error = mode_permits(inode, mask);
	unsigned int mode = READ_ONCE(inode->mode);

	if (likely(!error))
		return 0;
	if (S_ISDIR(mode)) {
		if (!(mask & MAY_WRITE) && capable(CAP_DAC_READ_SEARCH))
			return 0;
		return capable(CAP_DAC_OVERRIDE) ? 0 : -EACCES;
	}
	if ((mask & (MAY_READ | MAY_WRITE | MAY_EXEC)) == MAY_READ && capable(CAP_DAC_READ_SEARCH))
		return 0;
	/* what nobody may execute is no program */
	if ((!(mask & MAY_EXEC) || (mode & S_IXUGO)) && capable(CAP_DAC_OVERRIDE))
		return 0;
	return -EACCES;
}

int inode_permission(struct inode *inode, int mask)
{
	if (unlikely(mask & MAY_WRITE)) {
		unsigned int mode = READ_ONCE(inode->mode);

		if (sb_rdonly(inode->sb) && (S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode)))
			return -EROFS;
		if (inode->flags & S_IMMUTABLE)
			return -EPERM;
	} else if ((mask & (MAY_EXEC | MAY_READ)) == MAY_EXEC &&
		   (READ_ONCE(inode->mode) & S_IXUGO) == S_IXUGO && !inode->ops->permission) {
		return 0; /* the usual directory: everybody may pass */
	}
	if (inode->ops && inode->ops->permission)
		return inode->ops->permission(inode, mask);
	return inode_mode_permission(inode, mask);
}

int check_sticky(struct inode *dir, struct inode *inode)
{
	u32 fsuid = current_cred()->fsuid;

	if (!(dir->mode & S_ISVTX) || inode->uid == fsuid || dir->uid == fsuid ||
	    capable(CAP_FOWNER))
		return 0;
	return -EPERM;
}

/* May the name be taken out of dir, whose rwsem is held for writing? */
int may_delete(struct inode *dir, struct dentry *victim, bool isdir)
{
	struct inode *inode = victim->inode;
	int error;

	if (!inode)
		return -ENOENT;
	error = inode_permission(dir, MAY_WRITE | MAY_EXEC);
	if (error)
		return error;
	if (dir->flags & S_APPEND)
		return -EPERM;
	if (check_sticky(dir, inode) || (inode->flags & (S_APPEND | S_IMMUTABLE)))
		return -EPERM;
	if (isdir) {
		if (!S_ISDIR(inode->mode))
			return -ENOTDIR;
		if (d_is_root(victim))
			return -EBUSY;
	} else if (S_ISDIR(inode->mode)) {
		return -EISDIR;
	}
	return dir->flags & S_DEAD ? -ENOENT : 0;
}

int may_create(struct inode *dir)
{
	if (dir->flags & S_DEAD)
		return -ENOENT;
	return inode_permission(dir, MAY_WRITE | MAY_EXEC);
}
