/* SPDX-License-Identifier: MIT */
/*
 * Interval trees: an augmented red-black tree ordered by the start of closed
 * intervals, each node knowing the greatest end in its subtree. Finds all that overlap a
 * query in O(log n + matches). The caller supplies the locking.
 *
 * INTERVAL_TREE_DEFINE makes the functions for a structure of one's own
 * (start(node) and last(node) are macros or functions):
 *
 *   void   PREFIX_insert(type *node, struct rb_root_cached *root);
 *   void   PREFIX_remove(type *node, struct rb_root_cached *root);
 *   type  *PREFIX_iter_first(struct rb_root_cached *root, value start, value last);
 *   type  *PREFIX_iter_next(type *node, value start, value last);
 */
#ifndef LIB_INTERVAL_TREE_H
#define LIB_INTERVAL_TREE_H

#include <lib/rbtree.h>

#define INTERVAL_TREE_DEFINE(type, field, value_type, subtree_last, start_of, last_of, \
			     storage, prefix)                                  \
RB_DECLARE_CALLBACKS_MAX(static, prefix##_augment, type, field, value_type,    \
			 subtree_last, last_of);                               \
									       \
storage void prefix##_insert(type *node, struct rb_root_cached *root)          \
{                                                                              \
	struct rb_node **link = &root->rb_root.rb_node;                        \
	struct rb_node *parent = NULL;                                         \
	value_type start = start_of(node), last = last_of(node);               \
	bool leftmost = true;                                                  \
									       \
	while (*link) {                                                        \
		type *above = rb_entry(*link, type, field);                    \
									       \
		parent = *link;                                                \
		if (above->subtree_last < last)                                \
			above->subtree_last = last;                            \
		if (start < start_of(above)) {                                 \
			link = &parent->rb_left;                               \
		} else {                                                       \
			link = &parent->rb_right;                              \
			leftmost = false;                                      \
		}                                                              \
	}                                                                      \
	node->subtree_last = last;                                             \
	rb_link_node(&node->field, parent, link);                              \
	rb_insert_augmented_cached(&node->field, root, leftmost, &prefix##_augment); \
}                                                                              \
									       \
storage void prefix##_remove(type *node, struct rb_root_cached *root)          \
{                                                                              \
	rb_erase_augmented_cached(&node->field, root, &prefix##_augment);      \
}                                                                              \
									       \
/* The first overlap within this subtree; its greatest end is at or behind start. */ \
static type *prefix##_subtree_first(type *node, value_type start, value_type last) \
{                                                                              \
	for (;;) {                                                             \
		type *left = rb_entry_safe(node->field.rb_left, type, field);  \
									       \
		if (left && start <= left->subtree_last) {                     \
			node = left;                                           \
			continue;                                              \
		}                                                              \
		if (start_of(node) > last)                                     \
			return NULL;                                           \
		if (start <= last_of(node))                                    \
			return node;                                           \
		node = rb_entry_safe(node->field.rb_right, type, field);       \
		if (!node || start > node->subtree_last)                       \
			return NULL;                                           \
	}                                                                      \
}                                                                              \
									       \
storage type *prefix##_iter_first(struct rb_root_cached *root, value_type start, \
				  value_type last)                             \
{                                                                              \
	type *node = rb_entry_safe(root->rb_root.rb_node, type, field);        \
									       \
	if (!node || node->subtree_last < start)                               \
		return NULL;                                                   \
	return prefix##_subtree_first(node, start, last);                      \
}                                                                              \
									       \
storage type *prefix##_iter_next(type *node, value_type start, value_type last) \
{                                                                              \
	struct rb_node *from, *rb = node->field.rb_right;                      \
									       \
	for (;;) {                                                             \
		if (rb) {                                                      \
			type *right = rb_entry(rb, type, field);               \
									       \
			if (start <= right->subtree_last)                      \
				return prefix##_subtree_first(right, start, last); \
		}                                                              \
		/* Up, until a parent is reached from its left side. */        \
		do {                                                           \
			rb = rb_parent(&node->field);                          \
			if (!rb)                                               \
				return NULL;                                   \
			from = &node->field;                                   \
			node = rb_entry(rb, type, field);                      \
			rb = node->field.rb_right;                             \
		} while (from == rb);                                          \
		if (start_of(node) > last)                                     \
			return NULL;                                           \
		if (start <= last_of(node))                                    \
			return node;                                           \
	}                                                                      \
}                                                                              \
struct prefix##_defined

struct interval_tree_node {
	struct rb_node rb;
	unsigned long start; /* first value within the interval */
	unsigned long last;  /* last value within the interval */
	unsigned long subtree_last;
};

void interval_tree_insert(struct interval_tree_node *node, struct rb_root_cached *root);
void interval_tree_remove(struct interval_tree_node *node, struct rb_root_cached *root);
struct interval_tree_node *interval_tree_iter_first(struct rb_root_cached *root,
						    unsigned long start, unsigned long last);
struct interval_tree_node *interval_tree_iter_next(struct interval_tree_node *node,
						   unsigned long start, unsigned long last);

#endif
