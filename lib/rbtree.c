/* SPDX-License-Identifier: MIT */
/*
 * Red-black trees.
 *
 * Rules: the root is black; a red node has black children; every path from a
 * node down to NULL passes the same number of black nodes (its black height).
 * So the longest path is at most twice the shortest.
 *
 * A node's parent and colour share a word. Links to children are written by
 * single stores, in an order that never hides a subtree's nodes behind a cycle,
 * so a reader without the lock ends; it may miss nodes while a rotation is
 * under way.
 */
#include <lib/rbtree.h>

static __always_inline bool is_black(const struct rb_node *node)
{
	return node->__rb_parent_color & RB_BLACK;
}

static __always_inline bool is_red(const struct rb_node *node)
{
	return node && !is_black(node);
}

static __always_inline void set_parent_color(struct rb_node *node, struct rb_node *parent,
					     unsigned long color)
{
	node->__rb_parent_color = (unsigned long)parent | color;
}

static __always_inline void set_parent(struct rb_node *node, struct rb_node *parent)
{
	/* lint: analyzer-null-dereference: a black node has a sibling */
	set_parent_color(node, parent, node->__rb_parent_color & RB_BLACK);
}

static __always_inline void set_black(struct rb_node *node)
{
	node->__rb_parent_color |= RB_BLACK;
}

static __always_inline void set_red(struct rb_node *node)
{
	node->__rb_parent_color &= ~(unsigned long)RB_BLACK;
}

/* The link in `parent` (NULL: the root) that held `old` now holds `new`. */
static __always_inline void replace_child(struct rb_node *parent, struct rb_node *old,
					  struct rb_node *new, struct rb_root *root)
{
	if (!parent)
		WRITE_ONCE(root->rb_node, new);
	else if (parent->rb_left == old)
		WRITE_ONCE(parent->rb_left, new);
	else
		WRITE_ONCE(parent->rb_right, new);
}

/*
 * Rotations. `down` sinks and its child `up` takes its place; colours stay with
 * the nodes.
 *
 *       down             up
 *      /    \           /  \
 *     a      up  -->  down  c      (left; right is the mirror image)
 *           /  \      /  \
 *          b    c    a    b
 */
static __always_inline void rotate_left(struct rb_node *down, struct rb_root *root,
					const struct rb_augment_callbacks *augment)
{
	struct rb_node *up = down->rb_right;
	struct rb_node *inner = up->rb_left;
	struct rb_node *parent = rb_parent(down);

	WRITE_ONCE(down->rb_right, inner);
	if (inner)
		set_parent(inner, down);
	WRITE_ONCE(up->rb_left, down);
	set_parent(up, parent);
	set_parent(down, up);
	replace_child(parent, down, up, root);
	if (augment)
		augment->rotate(down, up);
}

static __always_inline void rotate_right(struct rb_node *down, struct rb_root *root,
					 const struct rb_augment_callbacks *augment)
{
	struct rb_node *up = down->rb_left;
	struct rb_node *inner = up->rb_right;
	struct rb_node *parent = rb_parent(down);

	WRITE_ONCE(down->rb_left, inner);
	if (inner)
		set_parent(inner, down);
	WRITE_ONCE(up->rb_right, down);
	set_parent(up, parent);
	set_parent(down, up);
	replace_child(parent, down, up, root);
	if (augment)
		augment->rotate(down, up);
}

/*
 * `node` is red and new at its place; its parent may be red too. Either the uncle is red: recolour
 * and go on two levels up; or one or two rotations end it.
 */
static __always_inline void insert_fixup(struct rb_node *node, struct rb_root *root,
					 const struct rb_augment_callbacks *augment)
{
	for (;;) {
		struct rb_node *parent = rb_parent(node);
		struct rb_node *grand, *uncle;

		if (!parent) {
			set_black(node);
			return;
		}
		if (is_black(parent))
			return;
		/* A red parent is not the root, so there is a grandparent, black. */
		grand = rb_parent(parent);
		uncle = grand->rb_left == parent ? grand->rb_right : grand->rb_left;
		if (is_red(uncle)) {
			set_black(parent);
			set_black(uncle);
			set_red(grand);
			node = grand;
			continue;
		}
		if (grand->rb_left == parent) {
			if (parent->rb_right == node) {
				rotate_left(parent, root, augment);
				parent = node;
			}
			set_black(parent);
			set_red(grand);
			rotate_right(grand, root, augment);
		} else {
			if (parent->rb_left == node) {
				rotate_right(parent, root, augment);
				parent = node;
			}
			set_black(parent);
			set_red(grand);
			rotate_left(grand, root, augment);
		}
		return;
	}
}

/*
 * The subtree `node` (perhaps empty) below `parent` lacks one black. It is handed up until a red node
 * can be made black or rotations supply one.
 */
static __always_inline void erase_fixup(struct rb_node *node, struct rb_node *parent,
					struct rb_root *root,
					const struct rb_augment_callbacks *augment)
{
	while (parent && !is_red(node)) {
		bool left = parent->rb_left == node;
		struct rb_node *sibling = left ? parent->rb_right : parent->rb_left;
		struct rb_node *near, *far;

		if (is_red(sibling)) {
			/* Make the sibling black: its black child becomes the new one. */
			set_black(sibling);
			set_red(parent);
			if (left)
				rotate_left(parent, root, augment);
			else
				rotate_right(parent, root, augment);
			sibling = left ? parent->rb_right : parent->rb_left;
		}
		/* lint: analyzer-null-dereference: a black node has a sibling */
		near = left ? sibling->rb_left : sibling->rb_right;
		far = left ? sibling->rb_right : sibling->rb_left;
		if (!is_red(near) && !is_red(far)) {
			set_red(sibling);
			node = parent;
			parent = rb_parent(node);
			continue;
		}
		if (!is_red(far)) {
			set_black(near);
			set_red(sibling);
			if (left)
				rotate_right(sibling, root, augment);
			else
				rotate_left(sibling, root, augment);
			far = sibling;
			sibling = near;
		}
		/* The sibling takes the parent's place and colour. */
		if (is_black(parent))
			set_black(sibling);
		else
			set_red(sibling);
		set_black(parent);
		set_black(far);
		if (left)
			rotate_left(parent, root, augment);
		else
			rotate_right(parent, root, augment);
		return;
	}
	if (node)
		set_black(node);
}

static __always_inline void erase(struct rb_node *node, struct rb_root *root,
				  const struct rb_augment_callbacks *augment)
{
	struct rb_node *parent = rb_parent(node);
	struct rb_node *child, *successor;
	bool removed_black;

	if (!node->rb_left || !node->rb_right) {
		child = node->rb_left ? node->rb_left : node->rb_right;
		removed_black = is_black(node);
		if (child)
			set_parent(child, parent);
		replace_child(parent, node, child, root);
		if (augment && parent)
			augment->propagate(parent, NULL);
		if (removed_black)
			erase_fixup(child, parent, root, augment);
		return;
	}
	/* Two children: the successor, which has no left child, takes the place and colour. */
	successor = node->rb_right;
	while (successor->rb_left)
		successor = successor->rb_left;
	child = successor->rb_right;
	removed_black = is_black(successor);
	if (successor == node->rb_right) {
		parent = successor;
	} else {
		parent = rb_parent(successor);
		WRITE_ONCE(parent->rb_left, child);
		if (child)
			set_parent(child, parent);
		WRITE_ONCE(successor->rb_right, node->rb_right);
		set_parent(node->rb_right, successor);
	}
	WRITE_ONCE(successor->rb_left, node->rb_left);
	set_parent(node->rb_left, successor);
	successor->__rb_parent_color = node->__rb_parent_color;
	replace_child(rb_parent(node), node, successor, root);
	if (augment) {
		augment->copy(node, successor);
		if (parent != successor)
			augment->propagate(parent, successor);
		augment->propagate(successor, NULL);
	}
	if (removed_black)
		erase_fixup(child, parent, root, augment);
}

void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	insert_fixup(node, root, NULL);
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	erase(node, root, NULL);
}

void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
			 const struct rb_augment_callbacks *augment)
{
	insert_fixup(node, root, augment);
}

void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
			const struct rb_augment_callbacks *augment)
{
	erase(node, root, augment);
}

struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *node = root->rb_node;

	while (node && node->rb_left)
		node = node->rb_left;
	return node;
}

struct rb_node *rb_last(const struct rb_root *root)
{
	struct rb_node *node = root->rb_node;

	while (node && node->rb_right)
		node = node->rb_right;
	return node;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	struct rb_node *parent;

	if (RB_EMPTY_NODE(node))
		return NULL;
	if (node->rb_right) {
		node = node->rb_right;
		while (node->rb_left)
			node = node->rb_left;
		return (struct rb_node *)node;
	}
	while ((parent = rb_parent(node)) && node == parent->rb_right)
		node = parent;
	return parent;
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	struct rb_node *parent;

	if (RB_EMPTY_NODE(node))
		return NULL;
	if (node->rb_left) {
		node = node->rb_left;
		while (node->rb_right)
			node = node->rb_right;
		return (struct rb_node *)node;
	}
	while ((parent = rb_parent(node)) && node == parent->rb_left)
		node = parent;
	return parent;
}

/* Down to a leaf, left first. */
static struct rb_node *deepest_left(const struct rb_node *node)
{
	for (;;) {
		if (node->rb_left)
			node = node->rb_left;
		else if (node->rb_right)
			node = node->rb_right;
		else
			return (struct rb_node *)node;
	}
}

struct rb_node *rb_first_postorder(const struct rb_root *root)
{
	return root->rb_node ? deepest_left(root->rb_node) : NULL;
}

struct rb_node *rb_next_postorder(const struct rb_node *node)
{
	const struct rb_node *parent;

	if (!node)
		return NULL;
	parent = rb_parent(node);
	if (parent && node == parent->rb_left && parent->rb_right)
		return deepest_left(parent->rb_right);
	return (struct rb_node *)parent;
}

void rb_replace_node(struct rb_node *victim, struct rb_node *node, struct rb_root *root)
{
	*node = *victim;
	if (node->rb_left)
		set_parent(node->rb_left, node);
	if (node->rb_right)
		set_parent(node->rb_right, node);
	replace_child(rb_parent(victim), victim, node, root);
}
