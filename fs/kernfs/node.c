/* SPDX-License-Identifier: MIT */
/* Nodes and trees of kernfs. See fs/kernfs.h. */
#include <fs/kernfs.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <lib/hash.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/stat.h>

#include "internal.h"

DECLARE_RWSEM(kernfs_lock);
static DECLARE_WAIT_QUEUE_HEAD(deactivate_wait);
static struct kmem_cache *node_cache;

/* --- references --- */

void kernfs_get(struct kernfs_node *node)
{
	atomic_inc(&node->refs);
}

static void node_free_rcu(struct rcu_head *head)
{
	struct kernfs_node *node = container_of(head, struct kernfs_node, rcu);

	kfree(node->name);
	kfree(node->link);
	kmem_cache_free(node_cache, node);
}

void kernfs_put(struct kernfs_node *node)
{
	while (node && atomic_dec_and_test(&node->refs)) {
		struct kernfs_node *parent = node->parent;

		if (node->free)
			node->free(node);
		if (node->type == KERNFS_LINK)
			kernfs_put(node->target);
		call_rcu(&node->rcu, node_free_rcu);
		node = parent;
	}
}

bool kernfs_get_active(struct kernfs_node *node)
{
	int v = atomic_read(&node->active);

	do {
		if (v < 0)
			return false;
	} while (!atomic_try_cmpxchg(&node->active, &v, v + 1));
	return true;
}

void kernfs_put_active(struct kernfs_node *node)
{
	if (unlikely(atomic_dec_return(&node->active) == KERNFS_DEAD))
		wake_up_all(&deactivate_wait);
}

/* --- names --- */

static u32 hash_of(const char *name, size_t len)
{
	u32 h = 2166136261u;

	while (len--)
		h = (h ^ (u8)*name++) * 16777619u;
	return h;
}

static int compare(u32 hash, const char *name, size_t len, const struct kernfs_node *node)
{
	int r;

	if (hash != node->name_hash)
		return hash < node->name_hash ? -1 : 1;
	r = strncmp(name, node->name, len);
	return r ?: (node->name[len] ? -1 : 0);
}

struct kernfs_node *kernfs_child(struct kernfs_node *dir, const char *name, size_t len)
{
	u32 hash = hash_of(name, len);
	struct rb_node *n = dir->children.rb_node;

	while (n) {
		struct kernfs_node *node = rb_entry(n, struct kernfs_node, node);
		int r = compare(hash, name, len, node);

		if (!r)
			return node;
		n = r < 0 ? n->rb_left : n->rb_right;
	}
	return NULL;
}

static int link_child(struct kernfs_node *dir, struct kernfs_node *new)
{
	struct rb_node **p = &dir->children.rb_node, *above = NULL;
	size_t len = strlen(new->name);

	while (*p) {
		int r = compare(new->name_hash, new->name, len,
				rb_entry(*p, struct kernfs_node, node));

		if (!r)
			return -EEXIST;
		above = *p;
		p = r < 0 ? &above->rb_left : &above->rb_right;
	}
	rb_link_node(&new->node, above, p);
	rb_insert_color(&new->node, &dir->children);
	if (new->type == KERNFS_DIR)
		dir->nr_subdirs++;
	dir->mtime_ns = ktime_get_real_ns();
	return 0;
}

static void unlink_child(struct kernfs_node *node)
{
	struct kernfs_node *dir = node->parent;

	if (RB_EMPTY_NODE(&node->node))
		return;
	rb_erase(&node->node, &dir->children);
	RB_CLEAR_NODE(&node->node);
	if (node->type == KERNFS_DIR)
		dir->nr_subdirs--;
	dir->mtime_ns = ktime_get_real_ns();
}

struct kernfs_node *kernfs_find_get(struct kernfs_node *parent, const char *name)
{
	struct kernfs_node *node;

	down_read(&kernfs_lock);
	node = kernfs_child(parent, name, strlen(name));
	if (node)
		kernfs_get(node);
	up_read(&kernfs_lock);
	return node;
}

/* --- making --- */

static struct kernfs_node *node_new(const char *name, enum kernfs_type type, u16 mode)
{
	struct kernfs_node *node = kmem_cache_zalloc(node_cache, GFP_KERNEL);

	if (!node)
		return NULL;
	node->name = kstrdup(name, GFP_KERNEL);
	if (!node->name) {
		kmem_cache_free(node_cache, node);
		return NULL;
	}
	node->name_hash = hash_of(name, strlen(name));
	node->type = type;
	node->mode = mode;
	node->ino = get_next_ino();
	node->mtime_ns = ktime_get_real_ns();
	atomic_set(&node->refs, 1);
	RB_CLEAR_NODE(&node->node);
	INIT_LIST_HEAD(&node->openers);
	return node;
}

/* Makes it visible. Consumes the node when it fails. */
static struct kernfs_node *node_add(struct kernfs_node *parent, struct kernfs_node *node)
{
	int error = -ENOENT;

	down_write(&kernfs_lock);
	node->parent = parent;
	kernfs_get(parent);
	if (atomic_read(&parent->active) >= 0)
		error = link_child(parent, node);
	up_write(&kernfs_lock);
	if (!error)
		return node;
	node->free = NULL;
	kernfs_put(node);
	return ERR_PTR(error);
}

struct kernfs_node *kernfs_create_root(u16 mode)
{
	return node_new("", KERNFS_DIR, S_IFDIR | mode);
}

struct kernfs_node *kernfs_create_dir(struct kernfs_node *parent, const char *name, u16 mode,
				      void *private)
{
	struct kernfs_node *node = node_new(name, KERNFS_DIR, S_IFDIR | (mode & 07777));

	if (!node)
		return ERR_PTR(-ENOMEM);
	node->private = private;
	return node_add(parent, node);
}

struct kernfs_node *kernfs_create_file(struct kernfs_node *parent, const char *name, u16 mode,
				       loff_t size, const struct file_operations *ops,
				       void *private)
{
	struct kernfs_node *node = node_new(name, KERNFS_FILE, S_IFREG | (mode & 07777));

	if (!node)
		return ERR_PTR(-ENOMEM);
	node->ops = ops;
	node->private = private;
	node->size = size;
	return node_add(parent, node);
}

struct kernfs_node *kernfs_create_link(struct kernfs_node *parent, const char *name,
				       struct kernfs_node *target)
{
	struct kernfs_node *node = node_new(name, KERNFS_LINK, S_IFLNK | 0777);

	if (!node)
		return ERR_PTR(-ENOMEM);
	node->target = target;
	kernfs_get(target);
	return node_add(parent, node);
}

struct kernfs_node *kernfs_create_text_link(struct kernfs_node *parent, const char *name,
					    const char *text)
{
	struct kernfs_node *node = node_new(name, KERNFS_LINK, S_IFLNK | 0777);

	if (!node)
		return ERR_PTR(-ENOMEM);
	node->link = kstrdup(text, GFP_KERNEL);
	node->size = strlen(text);
	if (!node->link) {
		kernfs_put(node);
		return ERR_PTR(-ENOMEM);
	}
	return node_add(parent, node);
}

struct kernfs_node *kernfs_create_asked_link(struct kernfs_node *parent, const char *name,
					     const char *(*get_link)(struct kernfs_node *node,
								     char *buf, size_t size))
{
	struct kernfs_node *node = node_new(name, KERNFS_LINK, S_IFLNK | 0777);

	if (!node)
		return ERR_PTR(-ENOMEM);
	node->get_link = get_link;
	return node_add(parent, node);
}

/* --- removing --- */

/* The first leaf of the tree at node, in the order in which they may go. */
static struct kernfs_node *first_leaf(struct kernfs_node *node)
{
	struct rb_node *n;

	while ((n = rb_first(&node->children)))
		node = rb_entry(n, struct kernfs_node, node);
	return node;
}

/*
 * Every node of the tree is first closed to new calls, so that nothing is added below; then leaf by leaf is waited for and dropped.
 * self: calls that the caller itself has inside.
 */
static void deactivate_tree(struct kernfs_node *node)
{
	struct rb_node *n;

	if (atomic_read(&node->active) >= 0)
		atomic_add(KERNFS_DEAD, &node->active);
	for (n = rb_first(&node->children); n; n = rb_next(n))
		deactivate_tree(rb_entry(n, struct kernfs_node, node));
}

static void remove_tree(struct kernfs_node *top)
{
	struct kernfs_node *node;

	kernfs_get(top);
	down_write(&kernfs_lock);
	if (RB_EMPTY_NODE(&top->node) && top->parent) { /* somebody else removed it */
		up_write(&kernfs_lock);
		kernfs_put(top);
		return;
	}
	deactivate_tree(top);
	do {
		node = first_leaf(top);
		kernfs_get(node);
		up_write(&kernfs_lock);
		wait_event(&deactivate_wait, atomic_read(&node->active) == KERNFS_DEAD);
		kernfs_drain_openers(node);
		down_write(&kernfs_lock);
		if (node->parent && !RB_EMPTY_NODE(&node->node)) {
			unlink_child(node);
			kernfs_put(node); /* the tree's */
		}
		kernfs_put(node);
	} while (node != top);
	up_write(&kernfs_lock);
	kernfs_put(top);
}

void kernfs_remove(struct kernfs_node *node)
{
	if (!IS_ERR_OR_NULL(node))
		remove_tree(node);
}

/* From within an operation of the node: its own call does not count. */
void kernfs_remove_self(struct kernfs_node *node)
{
	kernfs_put_active(node);
	remove_tree(node);
	/* the caller's put is still to come */
	atomic_inc(&node->active);
}

int kernfs_remove_by_name(struct kernfs_node *parent, const char *name)
{
	struct kernfs_node *node = kernfs_find_get(parent, name);

	if (!node)
		return -ENOENT;
	kernfs_remove(node);
	kernfs_put(node);
	return 0;
}

static void name_free_rcu(struct rcu_head *head);
struct old_name {
	struct rcu_head rcu;
	const char *name;
};

static void name_free_rcu(struct rcu_head *head)
{
	struct old_name *old = container_of(head, struct old_name, rcu);

	kfree(old->name);
	kfree(old);
}

int kernfs_rename(struct kernfs_node *node, const char *new_name)
{
	struct old_name *old = kmalloc(sizeof(*old), GFP_KERNEL);
	char *name = kstrdup(new_name, GFP_KERNEL);
	int error = -ENOMEM;

	if (!old || !name)
		goto free;
	down_write(&kernfs_lock);
	error = -ENOENT;
	if (!node->parent || RB_EMPTY_NODE(&node->node))
		goto unlock;
	error = -EEXIST;
	if (kernfs_child(node->parent, name, strlen(name)))
		goto unlock;
	unlink_child(node);
	old->name = node->name;
	WRITE_ONCE(node->name, name);
	node->name_hash = hash_of(name, strlen(name));
	link_child(node->parent, node);
	up_write(&kernfs_lock);
	call_rcu(&old->rcu, name_free_rcu);
	return 0;
unlock:
	up_write(&kernfs_lock);
free:
	kfree(old);
	kfree(name);
	return error;
}

void kernfs_init(void)
{
	node_cache = KMEM_CACHE(kernfs_node, SLAB_PANIC);
}
