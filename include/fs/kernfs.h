/* SPDX-License-Identifier: MIT */
/*
 * Trees of names that live in memory and whose files are views of kernel data: the core of /proc and /sys (fs/kernfs).
 *
 * A node is a directory, a file or a symbolic link. A file has the file operations of its owner; every call into them holds the node
 * active. kernfs_remove() hides a node and all below it, waits until no call is inside, and runs the release of files that are still open; when
 * it returns nothing of the owner's will be called again, and open descriptors of the node answer ENODEV.
 *
 * kernfs_remove may not be called from within an operation of the same node (it would wait for itself): use kernfs_remove_self.
 */
#ifndef FS_KERNFS_H
#define FS_KERNFS_H

#include <fs/vfs.h>
#include <lib/rbtree.h>

struct kernfs_node;
struct kernfs_opener;

enum kernfs_type { KERNFS_DIR, KERNFS_FILE, KERNFS_LINK };

struct kernfs_node {
	atomic_t refs;	 /* an inode, a child, the creator */
	atomic_t active; /* calls inside; KERNFS_DEAD added once removal began */
	enum kernfs_type type;
	u16 mode; /* attr_lock below */
	u32 uid, gid;
	u64 ino;
	u64 mtime_ns;
	const char *name; /* kernfs_lock */
	u32 name_hash;
	struct kernfs_node *parent; /* kernfs_lock; RCU readers */
	struct rb_node node;	    /* in parent's children, by hash and name; kernfs_lock */
	struct rb_root children;
	unsigned int nr_subdirs;
	loff_t size;
	const struct file_operations *ops; /* file */
	/* a directory with lookup of its own, after its own children */
	const struct inode_operations *dir_ops;
	/* entries after the children */
	int (*iterate)(struct file *file, struct dir_context *ctx);
	struct kernfs_node *target; /* link between nodes */
	const char *link;	    /* link with text */
	/* link whose text depends on who asks */
	const char *(*get_link)(struct kernfs_node *node, char *buf, size_t size);
	void *private; /* the owner's */
	void (*free)(struct kernfs_node *node);
	struct list_head openers; /* kernfs_open_lock */
	struct rcu_head rcu;
};

#define KERNFS_DEAD	(-0x40000000)

struct kernfs_node *kernfs_create_root(u16 mode);
/* ERR_PTR: -EEXIST, -ENOMEM, -ENOENT (the parent is being removed). The name is copied. */
struct kernfs_node *kernfs_create_dir(struct kernfs_node *parent, const char *name, u16 mode,
				      void *private);
struct kernfs_node *kernfs_create_file(struct kernfs_node *parent, const char *name, u16 mode,
				       loff_t size, const struct file_operations *ops,
				       void *private);
struct kernfs_node *kernfs_create_link(struct kernfs_node *parent, const char *name,
				       struct kernfs_node *target);
struct kernfs_node *kernfs_create_text_link(struct kernfs_node *parent, const char *name,
					    const char *text);
struct kernfs_node *kernfs_create_asked_link(struct kernfs_node *parent, const char *name,
					     const char *(*get_link)(struct kernfs_node *node,
								     char *buf, size_t size));
void kernfs_remove(struct kernfs_node *node);
void kernfs_remove_self(struct kernfs_node *node);
int kernfs_remove_by_name(struct kernfs_node *parent, const char *name);
int kernfs_rename(struct kernfs_node *node, const char *new_name);
/* NULL: none */
struct kernfs_node *kernfs_find_get(struct kernfs_node *parent, const char *name);
void kernfs_get(struct kernfs_node *node);
void kernfs_put(struct kernfs_node *node);
bool kernfs_get_active(struct kernfs_node *node); /* false: being removed */
void kernfs_put_active(struct kernfs_node *node);

/* For the file systems that stand on it. */
int kernfs_fill_super(struct super_block *sb, struct kernfs_node *root);
struct kernfs_node *inode_kernfs(const struct inode *inode);
/* For directories with a lookup of their own: found tells whether a node has that name; if so the dentry is done. */
struct dentry *kernfs_lookup_node(struct inode *dir, struct dentry *dentry, bool *found);
int kernfs_revalidate(struct dentry *dentry, unsigned int flags);
void kernfs_evict_inode(struct inode *inode);
int kernfs_getattr(struct inode *inode, struct kstat *stat, u32 mask, unsigned int flags);
int kernfs_setattr(struct dentry *dentry, struct iattr *attr);
void kernfs_set_group(struct super_block *sb, u32 gid); /* of all that there is */
extern const struct file_operations kernfs_dir_operations;
#define KERNFS_POS_BEYOND	(((loff_t)1 << 32) + 2)	/* position of the first entry that iterate() of a node adds */
void kernfs_init(void);

#endif
