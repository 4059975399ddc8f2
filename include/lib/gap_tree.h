/* SPDX-License-Identifier: MIT */
/*
 * Ranges of addresses that do not overlap, and the gaps between them: an augmented red-black tree ordered by address. Holds the
 * mappings of a process and the kernel's own virtual areas.
 *
 * Each node knows the size of the gap right in front of it and the largest such gap in its subtree, so that a free range of a given
 * size is found in O(log n), from below or from above. The caller supplies the locking.
 */
#ifndef LIB_GAP_TREE_H
#define LIB_GAP_TREE_H

#include <lib/rbtree.h>

struct gap_node {
	unsigned long start, end; /* end: first address behind */
	struct rb_node node;
	unsigned long before; /* free bytes between the node in front (or 0) and start */
	unsigned long gap;    /* the largest `before` in this subtree */
};

struct gap_tree {
	struct rb_root root;
};

#define gap_entry(rb)	rb_entry_safe(rb, struct gap_node, node)

static inline struct gap_node *gap_next(const struct gap_node *n)
{
	return gap_entry(rb_next(&n->node));
}

static inline struct gap_node *gap_prev(const struct gap_node *n)
{
	return gap_entry(rb_prev(&n->node));
}

static inline struct gap_node *gap_first(const struct gap_tree *t)
{
	return gap_entry(rb_first(&t->root));
}

static inline struct gap_node *gap_last(const struct gap_tree *t)
{
	return gap_entry(rb_last(&t->root));
}

/* The first node that ends behind addr (it may begin behind it too), or NULL. */
static inline struct gap_node *gap_find(const struct gap_tree *t, unsigned long addr)
{
	struct rb_node *rb = t->root.rb_node;
	struct gap_node *found = NULL;

	while (rb) {
		struct gap_node *n = rb_entry(rb, struct gap_node, node);

		if (addr < n->end) {
			found = n;
			if (addr >= n->start)
				break;
			rb = rb->rb_left;
		} else {
			rb = rb->rb_right;
		}
	}
	return found;
}

/* start and end are set and overlap nothing in the tree. */
void gap_insert(struct gap_tree *t, struct gap_node *n);
void gap_remove(struct gap_tree *t, struct gap_node *n);
/* Moves the bounds of a node in its place: it still overlaps nothing. */
void gap_resize(struct gap_tree *t, struct gap_node *n, unsigned long start, unsigned long end);
/* `to`, with the same bounds, takes the place of `from`. */
void gap_replace(struct gap_tree *t, struct gap_node *from, struct gap_node *to);

/*
 * The lowest or highest start of a free range of len bytes within [low, high), aligned to align (a power of two). False: none.
 */
bool gap_alloc_low(const struct gap_tree *t, unsigned long low, unsigned long high,
		   unsigned long len, unsigned long align, unsigned long *start);
bool gap_alloc_high(const struct gap_tree *t, unsigned long low, unsigned long high,
		    unsigned long len, unsigned long align, unsigned long *start);

#endif
