/* SPDX-License-Identifier: MIT */
/* Inodes of tmpfs. */
#include <fs/tmpfs.h>
#include <lib/string.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <uapi/fcntl.h>

#include "tmpfs.h"

static struct kmem_cache *cache;

void tmpfs_cache_init(void)
{
	cache = KMEM_CACHE(tmpfs_inode, SLAB_RECLAIM_ACCOUNT | SLAB_PANIC);
}

struct inode *tmpfs_alloc_inode(struct super_block *sb)
{
	struct tmpfs_inode *i = kmem_cache_alloc(cache, GFP_KERNEL);

	if (!i)
		return NULL;
	xa_init(&i->entries);
	i->next_offset = 2;
	i->seals = F_SEAL_SEAL;
	i->by_kernel = false;
	INIT_LIST_HEAD(&i->xattrs);
	return &i->vfs;
}

/* A grace period after the last use: RCU walks may have been reading the link. */
void tmpfs_free_inode(struct inode *inode)
{
	if (S_ISLNK(inode->mode))
		kfree(inode->link);
	kmem_cache_free(cache, tmpfs_i(inode));
}

static int count_inode(struct tmpfs_super *s)
{
	if (!s->max_inodes)
		return 0;
	if ((u64)atomic64_inc_return(&s->inodes) <= s->max_inodes)
		return 0;
	atomic64_dec(&s->inodes);
	return -ENOSPC;
}

struct inode *tmpfs_new_inode(struct super_block *sb, const struct inode *dir, u32 mode,
			      dev_t_kernel dev)
{
	struct tmpfs_super *s = tmpfs_s(sb);
	struct inode *inode;
	int error = count_inode(s);

	if (error)
		return ERR_PTR(error);
	inode = new_inode(sb);
	if (!inode) {
		if (s->max_inodes)
			atomic64_dec(&s->inodes);
		return ERR_PTR(-ENOMEM);
	}
	inode_init_owner(inode, dir, mode);
	inode->ino = get_next_ino();
	inode->atime_ns = inode->mtime_ns = inode->ctime_ns = inode->btime_ns = inode_now_ns(inode);
	inode->data.ops = &tmpfs_mapping_ops;
	inode->data.gfp = GFP_USER;
	inode->data.flags = 1ul << MAPPING_UNEVICTABLE;
	switch (mode & S_IFMT) {
	case S_IFREG:
		inode->ops = &tmpfs_file_inode_operations;
		inode->fops = &tmpfs_file_operations;
		break;
	case S_IFDIR:
		inode->ops = &tmpfs_dir_inode_operations;
		inode->fops = &tmpfs_dir_operations;
		inc_nlink(inode);
		break;
	case S_IFLNK: inode->ops = &tmpfs_symlink_inode_operations; break;
	default:
		inode->ops = &tmpfs_special_inode_operations;
		init_special_inode(inode, inode->mode, dev);
		break;
	}
	return inode;
}

void tmpfs_evict_inode(struct inode *inode)
{
	struct tmpfs_super *s = tmpfs_s(inode->sb);

	if (S_ISREG(inode->mode))
		mapping_evict(&inode->data);
	xa_destroy(&tmpfs_i(inode)->entries);
	tmpfs_free_xattrs(inode);
	clear_inode(inode);
	if (s && s->max_inodes)
		atomic64_dec(&s->inodes);
}

int tmpfs_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = dentry->inode;
	int error = setattr_prepare(dentry, attr);

	if (error)
		return error;
	if ((attr->valid & ATTR_SIZE) && S_ISREG(inode->mode)) {
		loff_t old = inode->size, new = attr->size;
		unsigned int seals = tmpfs_i(inode)->seals;

		if ((new < old && (seals & F_SEAL_SHRINK)) || (new > old && (seals & F_SEAL_GROW)))
			return -EPERM;
		if (new != old) {
			WRITE_ONCE(inode->size, new);
			inode->mtime_ns = inode->ctime_ns = inode_now_ns(inode);
			if (new < old)
				truncate_pagecache(inode->mapping, new);
		}
	}
	setattr_copy(inode, attr);
	return 0;
}

/* --- space --- */

static int new_page(struct mapping *m, unsigned long index)
{
	struct tmpfs_super *s = tmpfs_s(m->host->sb);

	if (s->max_blocks && (u64)atomic64_inc_return(&s->blocks) > s->max_blocks) {
		atomic64_dec(&s->blocks);
		return -ENOSPC;
	}
	__atomic_fetch_add(&m->host->blocks, PAGE_SIZE / 512, __ATOMIC_RELAXED);
	return 0;
}

static void uncount_page(struct mapping *m)
{
	struct tmpfs_super *s = tmpfs_s(m->host->sb);

	if (s->max_blocks)
		atomic64_dec(&s->blocks);
	__atomic_fetch_sub(&m->host->blocks, PAGE_SIZE / 512, __ATOMIC_RELAXED);
}

static void cancel_page(struct mapping *m, unsigned long index)
{
	uncount_page(m);
}

static void page_left(struct mapping *m, struct page *page)
{
	uncount_page(m);
}

static int write_begin(struct mapping *m, struct page *page, unsigned int offset, unsigned int len)
{
	struct inode *inode = m->host;
	unsigned int seals = tmpfs_i(inode)->seals;

	if (likely(seals <= F_SEAL_SEAL))
		return 0;
	if (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
		return -EPERM;
	if ((seals & F_SEAL_GROW) &&
	    (loff_t)(page->index << PAGE_SHIFT) + offset + len > inode->size)
		return -EPERM;
	return 0;
}

const struct mapping_ops tmpfs_mapping_ops = {
	.new_page = new_page,
	.cancel_page = cancel_page,
	.free_page = page_left,
	.write_begin = write_begin,
};
