/* SPDX-License-Identifier: MIT */
/* Nodes as dentries and inodes. */
#include <fs/calls.h>
#include <fs/kernfs.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/dirent.h>
#include <uapi/fcntl.h>

#include "internal.h"

struct kernfs_node *inode_kernfs(const struct inode *inode) { return inode->private; }

struct inode *kernfs_inode(struct super_block *sb, struct kernfs_node *node)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	kernfs_get(node);
	inode->private = node;
	inode->ino = node->ino;
	inode->mode = node->mode;
	inode->uid = node->uid;
	inode->gid = node->gid;
	inode->size = node->size;
	inode->atime_ns = inode->mtime_ns = inode->ctime_ns = node->mtime_ns;
	inode->flags = S_NOATIME | S_NOCMTIME;
	switch (node->type) {
	case KERNFS_DIR:
		inode->ops = node->dir_ops ?: &kernfs_dir_inode_operations;
		inode->fops = &kernfs_dir_operations;
		inode->nlink = 2 + node->nr_subdirs;
		break;
	case KERNFS_FILE:
		inode->ops = &kernfs_file_inode_operations;
		inode->fops = &kernfs_file_operations;
		break;
	case KERNFS_LINK: inode->ops = &kernfs_link_inode_operations; break;
	}
	return inode;
}

void kernfs_evict_inode(struct inode *inode)
{
	mapping_evict(&inode->data);
	clear_inode(inode);
	kernfs_put(inode->private);
}

/* A cached name is true as long as the node is there under it; a negative one as long as there is none. */
int kernfs_revalidate(struct dentry *dentry, unsigned int flags)
{
	struct kernfs_node *node;
	struct inode *inode;
	bool valid;

	if (flags & LOOKUP_RCU) {
		inode = READ_ONCE(dentry->inode);
		if (!inode)
			return -ECHILD;
		node = inode->private;
		if (atomic_read(&node->active) < 0)
			return -ECHILD;
		/* the name itself: compared when it may have been changed */
		return READ_ONCE(dentry->private) == READ_ONCE(node->name) ? 1 : -ECHILD;
	}
	down_read(&kernfs_lock);
	if (!dentry->inode) {
		struct dentry *parent = dget_parent(dentry);

		node = parent->inode ? parent->inode->private : NULL;
		valid = node && !kernfs_child(node, dentry->name.name, dentry->name.len);
		dput(parent);
	} else {
		node = dentry->inode->private;
		valid = atomic_read(&node->active) >= 0 && !strcmp(node->name, dentry->name.name);
		if (valid)
			WRITE_ONCE(dentry->private, (void *)node->name);
	}
	up_read(&kernfs_lock);
	return valid;
}

const struct dentry_operations kernfs_dentry_operations = { .revalidate = kernfs_revalidate };

/* NULL: no such node. The caller goes on by itself then. */
struct dentry *kernfs_lookup_node(struct inode *dir, struct dentry *dentry, bool *found)
{
	struct kernfs_node *parent = dir->private, *node;
	struct inode *inode = NULL;

	down_read(&kernfs_lock);
	node = kernfs_child(parent, dentry->name.name, dentry->name.len);
	*found = node && atomic_read(&node->active) >= 0;
	if (*found) {
		inode = kernfs_inode(dir->sb, node);
		dentry->private = (void *)node->name;
	}
	up_read(&kernfs_lock);
	if (!*found)
		return NULL;
	if (!inode)
		return ERR_PTR(-ENOMEM);
	d_add(dentry, inode);
	return NULL;
}

static struct dentry *lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	bool found;
	struct dentry *r = kernfs_lookup_node(dir, dentry, &found);

	if (!found)
		d_add(dentry, NULL);
	return r;
}

int kernfs_getattr(struct inode *inode, struct kstat *stat, u32 mask, unsigned int flags)
{
	struct kernfs_node *node = inode->private;

	generic_fillattr(inode, stat);
	stat->size = READ_ONCE(node->size);
	if (node->type == KERNFS_DIR) {
		stat->nlink = 2 + READ_ONCE(node->nr_subdirs);
		stat->mtime_ns = stat->ctime_ns = READ_ONCE(node->mtime_ns);
	}
	return 0;
}

int kernfs_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct kernfs_node *node = dentry->inode->private;
	int error = setattr_prepare(dentry, attr);

	if (error)
		return error;
	setattr_copy(dentry->inode, attr);
	/* kept beyond the inode's life in the cache */
	if (attr->valid & ATTR_MODE)
		node->mode = dentry->inode->mode;
	if (attr->valid & ATTR_UID)
		node->uid = attr->uid;
	if (attr->valid & ATTR_GID)
		node->gid = attr->gid;
	return 0;
}

static void set_group_of_nodes(struct kernfs_node *node, u32 gid)
{
	node->gid = gid;
	for (struct rb_node *n = rb_first(&node->children); n; n = rb_next(n))
		set_group_of_nodes(rb_entry(n, struct kernfs_node, node), gid);
}

/* An inode takes its node's group with kernfs_lock held, so that none is in between. */
void kernfs_set_group(struct super_block *sb, u32 gid)
{
	struct inode *inode;

	down_write(&kernfs_lock);
	set_group_of_nodes(sb->root->inode->private, gid);
	spin_lock(&sb->inodes_lock);
	list_for_each_entry(inode, &sb->inodes, sb_list)
		WRITE_ONCE(inode->gid, gid);
	spin_unlock(&sb->inodes_lock);
	up_write(&kernfs_lock);
}

/* --- reading directories: in tree order, the position being the entry's hash, so that changes do not disturb it --- */

#define POS_FIRST	2

static loff_t pos_of(const struct kernfs_node *node) { return (loff_t)node->name_hash + POS_FIRST; }

/* The first at or after a position; of equal hashes those at or after `name`. */
static struct kernfs_node *first_from(struct kernfs_node *dir, loff_t pos)
{
	struct rb_node *n = dir->children.rb_node;
	struct kernfs_node *best = NULL;

	while (n) {
		struct kernfs_node *node = rb_entry(n, struct kernfs_node, node);

		if (pos_of(node) >= pos) {
			best = node;
			n = n->rb_left;
		} else {
			n = n->rb_right;
		}
	}
	return best;
}

static int iterate(struct file *file, struct dir_context *ctx)
{
	struct kernfs_node *dir = file->inode->private, *node;

	if (!dir_emit_dots(file, ctx))
		return 0;
	if (ctx->pos < KERNFS_POS_BEYOND) {
		down_read(&kernfs_lock);
		for (node = first_from(dir, ctx->pos); node;) {
			struct rb_node *next;

			if (atomic_read(&node->active) >= 0) {
				ctx->pos = pos_of(node);
				if (!dir_emit(ctx, node->name, strlen(node->name), node->ino,
					      (node->mode & S_IFMT) >> 12)) {
					up_read(&kernfs_lock);
					return 0;
				}
			}
			ctx->pos = pos_of(node) + 1;
			next = rb_next(&node->node);
			node = next ? rb_entry(next, struct kernfs_node, node) : NULL;
		}
		up_read(&kernfs_lock);
		ctx->pos = KERNFS_POS_BEYOND;
	}
	return dir->iterate ? dir->iterate(file, ctx) : 0;
}

static loff_t dir_llseek(struct file *file, loff_t offset, int whence)
{
	return generic_file_llseek_size(file, offset, whence, S64_MAX, S64_MAX);
}

/* --- links --- */

/* "../../b/c" from the link's directory to the target, whose name always stands last, also above the link. kernfs_lock held. */
static int relative_path(struct kernfs_node *link, struct kernfs_node *target, char *buf,
			 size_t size)
{
	struct kernfs_node *base = link->parent, *n;
	size_t len = 0, up = 0;
	char *p;

	for (; base->parent; base = base->parent) {
		for (n = target->parent; n && n != base; n = n->parent)
			;
		if (n == base)
			break;
		up += 3;
	}
	for (n = target; n && n != base; n = n->parent)
		len += strlen(n->name) + 1;
	if (!len || up + len > size)
		return -ENAMETOOLONG;
	for (size_t i = 0; i < up; i += 3)
		memcpy(buf + i, "../", 3);
	p = buf + up + len - 1;
	*p = 0;
	for (n = target; n != base; n = n->parent) {
		/* lint: clang-analyzer-core.NullDereference: base is an ancestor */
		size_t l = strlen(n->name);

		p -= l;
		memcpy(p, n->name, l);
		if (n->parent != base)
			*--p = '/';
	}
	return 0;
}

static void free_text(void *arg) { kfree(arg); }

static const char *get_link(struct dentry *dentry, struct inode *inode, void (**done)(void *),
			    void **arg)
{
	struct kernfs_node *node = inode->private;
	const char *text;
	char *buf;
	int error;

	if (node->link)
		return node->link;
	if (!dentry)
		return ERR_PTR(-ECHILD);
	buf = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!buf)
		return ERR_PTR(-ENOMEM);
	if (node->get_link) {
		text = node->get_link(node, buf, PAGE_SIZE);
		error = PTR_ERR_OR_ZERO(text);
	} else {
		down_read(&kernfs_lock);
		error = relative_path(node, node->target, buf, PAGE_SIZE);
		up_read(&kernfs_lock);
		text = buf;
	}
	if (error) {
		kfree(buf);
		return ERR_PTR(error);
	}
	*done = free_text;
	*arg = buf;
	return text;
}

const struct inode_operations kernfs_dir_inode_operations = { .lookup = lookup, .getattr = kernfs_getattr, .setattr = kernfs_setattr };
const struct inode_operations kernfs_file_inode_operations = { .getattr = kernfs_getattr, .setattr = kernfs_setattr };
const struct inode_operations kernfs_link_inode_operations = { .get_link = get_link, .setattr = kernfs_setattr };
const struct file_operations kernfs_dir_operations = { .llseek = dir_llseek, .iterate = iterate, .fsync = noop_fsync };

static const struct super_operations super_operations = { .evict_inode = kernfs_evict_inode, .statfs = simple_statfs };

int kernfs_fill_super(struct super_block *sb, struct kernfs_node *root)
{
	struct inode *inode;

	if (!sb->ops)
		sb->ops = &super_operations;
	if (!sb->dentry_ops)
		sb->dentry_ops = &kernfs_dentry_operations;
	inode = kernfs_inode(sb, root);
	if (!inode)
		return -ENOMEM;
	sb->root = d_make_root(inode);
	return sb->root ? 0 : -ENOMEM;
}
