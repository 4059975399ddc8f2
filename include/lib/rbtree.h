/* SPDX-License-Identifier: MIT */
/*
 * Red-black trees. A node is embedded in the user's structure; the user walks
 * down and compares, links with rb_link_node and balances with
 * rb_insert_color. The caller supplies the locking.
 *
 * Augmented trees keep in each node a summary of its subtree (the greatest end
 * of an interval, the largest gap): see struct rb_augment_callbacks.
 *
 * Lock-free readers may walk down while a writer changes the tree (links are
 * single stores); they may miss nodes, never run in circles for ever, and must
 * confirm what they found by a sequence count.
 */
#ifndef LIB_RBTREE_H
#define LIB_RBTREE_H

#include <lib/compiler.h>

struct rb_node {
	unsigned long __rb_parent_color; /* the parent's address; bit 0: black */
	struct rb_node *rb_right;
	struct rb_node *rb_left;
} __aligned(sizeof(long));

struct rb_root {
	struct rb_node *rb_node;
};

/* Also knows the first node. */
struct rb_root_cached {
	struct rb_root rb_root;
	struct rb_node *rb_leftmost;
};

#define RB_ROOT		((struct rb_root){ NULL })
#define RB_ROOT_CACHED	((struct rb_root_cached){ { NULL }, NULL })

#define RB_RED		0
#define RB_BLACK	1

#define rb_parent(node)		((struct rb_node *)((node)->__rb_parent_color & ~3UL))
#define rb_entry(ptr, type, member)	container_of(ptr, type, member)
#define rb_entry_safe(ptr, type, member) ({                                    \
	__typeof__(ptr) __rbs_ptr = (ptr);                                     \
	__rbs_ptr ? rb_entry(__rbs_ptr, type, member) : NULL; })
#define RB_EMPTY_ROOT(root)	(READ_ONCE((root)->rb_node) == NULL)
#define RB_EMPTY_NODE(node)	((node)->__rb_parent_color == (unsigned long)(node))
#define RB_CLEAR_NODE(node)	((node)->__rb_parent_color = (unsigned long)(node))

void rb_insert_color(struct rb_node *node, struct rb_root *root);
void rb_erase(struct rb_node *node, struct rb_root *root);

struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
/* Children before parents: for freeing a whole tree. */
struct rb_node *rb_first_postorder(const struct rb_root *root);
struct rb_node *rb_next_postorder(const struct rb_node *node);

/* `node` takes the place of `victim`, whose key must be equal. */
void rb_replace_node(struct rb_node *victim, struct rb_node *node, struct rb_root *root);

static inline void rb_link_node(struct rb_node *node, struct rb_node *parent, struct rb_node **link)
{
	node->__rb_parent_color = (unsigned long)parent;
	node->rb_left = NULL;
	node->rb_right = NULL;
	__atomic_store_n(link, node, __ATOMIC_RELEASE);
}

#define rb_link_node_rcu(node, parent, link)	rb_link_node(node, parent, link)

#define rb_first_cached(root)	((root)->rb_leftmost)

static inline void rb_insert_color_cached(struct rb_node *node, struct rb_root_cached *root,
					  bool leftmost)
{
	if (leftmost)
		root->rb_leftmost = node;
	rb_insert_color(node, &root->rb_root);
}

static inline void rb_erase_cached(struct rb_node *node, struct rb_root_cached *root)
{
	if (root->rb_leftmost == node)
		root->rb_leftmost = rb_next(node);
	rb_erase(node, &root->rb_root);
}

static inline void rb_replace_node_cached(struct rb_node *victim, struct rb_node *node,
					  struct rb_root_cached *root)
{
	if (root->rb_leftmost == victim)
		root->rb_leftmost = node;
	rb_replace_node(victim, node, &root->rb_root);
}

/* Inserts behind equal nodes. */
static __always_inline void rb_add(struct rb_node *node, struct rb_root *root,
				   bool (*less)(struct rb_node *, const struct rb_node *))
{
	struct rb_node **link = &root->rb_node;
	struct rb_node *parent = NULL;

	while (*link) {
		parent = *link;
		link = less(node, parent) ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(node, parent, link);
	rb_insert_color(node, root);
}

/* Returns node if it is now the first one, else NULL. */
static __always_inline struct rb_node *rb_add_cached(struct rb_node *node,
						     struct rb_root_cached *root,
						     bool (*less)(struct rb_node *,
								  const struct rb_node *))
{
	struct rb_node **link = &root->rb_root.rb_node;
	struct rb_node *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (less(node, parent)) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(node, parent, link);
	rb_insert_color_cached(node, root, leftmost);
	return leftmost ? node : NULL;
}

/* Returns the node that was there already, or NULL: inserted. */
static __always_inline struct rb_node *rb_find_add(struct rb_node *node, struct rb_root *root,
						   int (*cmp)(struct rb_node *,
							      const struct rb_node *))
{
	struct rb_node **link = &root->rb_node;
	struct rb_node *parent = NULL;

	while (*link) {
		int order;

		parent = *link;
		order = cmp(node, parent);
		if (!order)
			return parent;
		link = order < 0 ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(node, parent, link);
	rb_insert_color(node, root);
	return NULL;
}

static __always_inline struct rb_node *rb_find(const void *key, const struct rb_root *root,
					       int (*cmp)(const void *key, const struct rb_node *))
{
	struct rb_node *node = root->rb_node;

	while (node) {
		int order = cmp(key, node);

		if (!order)
			return node;
		node = order < 0 ? node->rb_left : node->rb_right;
	}
	return NULL;
}

#define rbtree_postorder_for_each_entry_safe(pos, tmp, root, field)            \
	for (pos = rb_entry_safe(rb_first_postorder(root), __typeof__(*pos), field); \
	     pos && ({ tmp = rb_entry_safe(rb_next_postorder(&pos->field),     \
					   __typeof__(*pos), field); 1; });    \
	     pos = tmp)

/*
 * Augmented trees. `propagate` recomputes the summaries from `node` up to but
 * not including `stop` (NULL: the root), and may stop where nothing changes. `copy`
 * gives the summary of `old` to `new`; `rotate` does that and recomputes old,
 * which has become a child of new.
 *
 * To insert: on the way down, or before rb_insert_augmented, bring the
 * summaries of all ancestors up to date with the new node.
 */
struct rb_augment_callbacks {
	void (*propagate)(struct rb_node *node, struct rb_node *stop);
	void (*copy)(struct rb_node *old, struct rb_node *new);
	void (*rotate)(struct rb_node *old, struct rb_node *new);
};

void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
			 const struct rb_augment_callbacks *augment);
void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
			const struct rb_augment_callbacks *augment);

static inline void rb_insert_augmented_cached(struct rb_node *node, struct rb_root_cached *root,
					      bool leftmost,
					      const struct rb_augment_callbacks *augment)
{
	if (leftmost)
		root->rb_leftmost = node;
	rb_insert_augmented(node, &root->rb_root, augment);
}

static inline void rb_erase_augmented_cached(struct rb_node *node, struct rb_root_cached *root,
					     const struct rb_augment_callbacks *augment)
{
	if (root->rb_leftmost == node)
		root->rb_leftmost = rb_next(node);
	rb_erase_augmented(node, &root->rb_root, augment);
}

/*
 * Defines callbacks `name` for trees of `type` with the rb_node `field` and the
 * summary `summary`. compute(node, exit) sets the summary of one node from its own values
 * and its children's; with `exit` it returns true when nothing changed.
 */
#define RB_DECLARE_CALLBACKS(storage, name, type, field, summary, compute)     \
static void name##_propagate(struct rb_node *rb, struct rb_node *stop)         \
{                                                                              \
	while (rb != stop) {                                                   \
		type *node = rb_entry(rb, type, field);                        \
									       \
		if (compute(node, true))                                       \
			break;                                                 \
		rb = rb_parent(&node->field);                                  \
	}                                                                      \
}                                                                              \
static void name##_copy(struct rb_node *rb_old, struct rb_node *rb_new)        \
{                                                                              \
	rb_entry(rb_new, type, field)->summary =                               \
		rb_entry(rb_old, type, field)->summary;                        \
}                                                                              \
static void name##_rotate(struct rb_node *rb_old, struct rb_node *rb_new)      \
{                                                                              \
	name##_copy(rb_old, rb_new);                                           \
	compute(rb_entry(rb_old, type, field), false);                         \
}                                                                              \
storage const struct rb_augment_callbacks name = {                             \
	.propagate = name##_propagate,                                         \
	.copy = name##_copy,                                                   \
	.rotate = name##_rotate,                                               \
}

/* The summary is the greatest value(node) in the subtree. */
#define RB_DECLARE_CALLBACKS_MAX(storage, name, type, field, summary_type, summary, value) \
static inline bool name##_compute_max(type *node, bool exit)                   \
{                                                                              \
	summary_type greatest = value(node);                                   \
	type *child;                                                           \
									       \
	child = rb_entry_safe(node->field.rb_left, type, field);               \
	if (child && child->summary > greatest)                                \
		greatest = child->summary;                                     \
	child = rb_entry_safe(node->field.rb_right, type, field);              \
	if (child && child->summary > greatest)                                \
		greatest = child->summary;                                     \
	if (exit && node->summary == greatest)                                 \
		return true;                                                   \
	node->summary = greatest;                                              \
	return false;                                                          \
}                                                                              \
RB_DECLARE_CALLBACKS(storage, name, type, field, summary, name##_compute_max)

#endif
