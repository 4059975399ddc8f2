/* SPDX-License-Identifier: MIT */
/* Trees of ranges and of the gaps between them: see lib/gap_tree.h. */
#include <lib/gap_tree.h>
#include <lib/kernel.h>

#define gap_value(n)	((n)->before)
RB_DECLARE_CALLBACKS_MAX(static, gap_augment, struct gap_node, node, unsigned long, gap, gap_value);

static void set_before(struct gap_node *n, unsigned long before)
{
	n->before = before;
	gap_augment_propagate(&n->node, NULL);
}

void gap_insert(struct gap_tree *t, struct gap_node *n)
{
	struct rb_node **link = &t->root.rb_node, *parent = NULL;
	struct gap_node *prev = NULL, *next = NULL;

	while (*link) {
		struct gap_node *above = rb_entry(*link, struct gap_node, node);

		parent = *link;
		if (n->start < above->start) {
			next = above;
			link = &parent->rb_left;
		} else {
			prev = above;
			link = &parent->rb_right;
		}
	}
	n->before = n->gap = n->start - (prev ? prev->end : 0);
	if (next)
		next->before = next->start - n->end;
	rb_link_node(&n->node, parent, link);
	/*
	 * next is an ancestor of n, or the leftmost of a right subtree above it; either way the path from n up does not hold all that
	 * changed, so both paths are brought up to date before balancing relies on them.
	 */
	if (parent)
		gap_augment_propagate(parent, NULL);
	if (next)
		gap_augment_propagate(&next->node, NULL);
	rb_insert_augmented(&n->node, &t->root, &gap_augment);
}

void gap_remove(struct gap_tree *t, struct gap_node *n)
{
	struct gap_node *prev = gap_prev(n), *next = gap_next(n);

	rb_erase_augmented(&n->node, &t->root, &gap_augment);
	if (next)
		set_before(next, next->start - (prev ? prev->end : 0));
}

void gap_resize(struct gap_tree *t, struct gap_node *n, unsigned long start, unsigned long end)
{
	if (start != n->start) {
		unsigned long before = n->before + start - n->start;

		n->start = start;
		set_before(n, before);
	}
	if (end != n->end) {
		struct gap_node *next = gap_next(n);

		n->end = end;
		if (next)
			set_before(next, next->start - end);
	}
}

void gap_replace(struct gap_tree *t, struct gap_node *from, struct gap_node *to)
{
	to->before = from->before;
	to->gap = from->gap;
	rb_replace_node(&from->node, &to->node, &t->root);
}

static unsigned long subtree_gap(const struct rb_node *rb)
{
	return rb ? rb_entry(rb, struct gap_node, node)->gap : 0;
}

/* Does the gap [gap_start, gap_end), cut to [low, high), hold len bytes? From its low end up, or from its high end down. */
static bool fits(unsigned long gap_start, unsigned long gap_end, const unsigned long bounds[2],
		 unsigned long len, unsigned long align, bool from_top, unsigned long *start)
{
	unsigned long low = max(gap_start, bounds[0]), high = min(gap_end, bounds[1]), at;

	if (low >= high || high - low < len)
		return false;
	at = from_top ? ALIGN_DOWN(high - len, align) : ALIGN(low, align);
	if (at < low || at > high - len)
		return false;
	*start = at;
	return true;
}

/*
 * Both searches walk the gaps in order of address, but skip subtrees that have no gap of the size. Alignment can make a large enough
 * gap unfit; the walk then goes on to the next.
 */
bool gap_alloc_low(const struct gap_tree *t, unsigned long low, unsigned long high,
		   unsigned long len, unsigned long align, unsigned long *start)
{
	const unsigned long bounds[2] = { low, high };
	struct rb_node *rb = t->root.rb_node;
	struct gap_node *last, *n;

	if (!rb)
		return fits(0, ~0ul, bounds, len, align, false, start);
	if (subtree_gap(rb) < len)
		goto behind_last;
	n = rb_entry(rb, struct gap_node, node);
	for (;;) {
		/* Into the left subtree, if a gap there is large enough and not wholly below low. */
		if (n->start > low && n->node.rb_left && subtree_gap(n->node.rb_left) >= len) {
			n = rb_entry(n->node.rb_left, struct gap_node, node);
			continue;
		}
visit:
		if (n->start - n->before >= high)
			return false;
		if (n->before >= len &&
		    fits(n->start - n->before, n->start, bounds, len, align, false, start))
			return true;
		if (n->node.rb_right && subtree_gap(n->node.rb_right) >= len) {
			n = rb_entry(n->node.rb_right, struct gap_node, node);
			continue;
		}
		/* Up, to the first ancestor of which this is the left side. */
		for (;;) {
			struct rb_node *from = &n->node;

			rb = rb_parent(from);
			if (!rb)
				goto behind_last;
			n = rb_entry(rb, struct gap_node, node);
			if (rb->rb_left == from)
				goto visit;
		}
	}
behind_last:
	last = gap_last(t);
	/* lint: analyzer-null-dereference: the tree is not empty */
	return fits(last->end, ~0ul, bounds, len, align, false, start);
}

bool gap_alloc_high(const struct gap_tree *t, unsigned long low, unsigned long high,
		    unsigned long len, unsigned long align, unsigned long *start)
{
	const unsigned long bounds[2] = { low, high };
	struct rb_node *rb = t->root.rb_node;
	struct gap_node *n;

	if (!rb)
		return fits(0, ~0ul, bounds, len, align, true, start);
	n = gap_last(t);
	/* lint: analyzer-null-dereference: the tree is not empty */
	if (fits(n->end, ~0ul, bounds, len, align, true, start))
		return true;
	if (subtree_gap(rb) < len)
		return false;
	n = rb_entry(rb, struct gap_node, node);
	for (;;) {
		/* Into the right subtree, if a gap there is large enough and not wholly above high. */
		if (n->end < high && n->node.rb_right && subtree_gap(n->node.rb_right) >= len) {
			n = rb_entry(n->node.rb_right, struct gap_node, node);
			continue;
		}
visit:
		if (n->start <= low)
			return false;
		if (n->before >= len &&
		    fits(n->start - n->before, n->start, bounds, len, align, true, start))
			return true;
		if (n->node.rb_left && subtree_gap(n->node.rb_left) >= len) {
			n = rb_entry(n->node.rb_left, struct gap_node, node);
			continue;
		}
		/* Up, to the first ancestor of which this is the right side. */
		for (;;) {
			struct rb_node *from = &n->node;

			rb = rb_parent(from);
			if (!rb)
				return false;
			n = rb_entry(rb, struct gap_node, node);
			if (rb->rb_right == from)
				goto visit;
		}
	}
}
