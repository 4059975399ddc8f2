/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/interval_tree.h>
#include <lib/kernel.h>

KTEST_SUITE("rbtree");

#define COUNT	128

struct entry {
	struct rb_node node;
	u32 key;
	u32 greatest; /* of the keys in this subtree */
	bool in;
};

static bool less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct entry, node)->key < rb_entry(b, struct entry, node)->key;
}

static int order(struct rb_node *a, const struct rb_node *b)
{
	u32 x = rb_entry(a, struct entry, node)->key, y = rb_entry(b, struct entry, node)->key;

	return x < y ? -1 : x > y;
}

static int order_key(const void *key, const struct rb_node *b)
{
	u32 x = *(const u32 *)key, y = rb_entry(b, struct entry, node)->key;

	return x < y ? -1 : x > y;
}

/* Black height, or -1 when a rule is broken. */
static int black_height(const struct rb_node *node, const struct rb_node *parent)
{
	bool black;
	int left, right;

	if (!node)
		return 0;
	black = node->__rb_parent_color & RB_BLACK;
	if (rb_parent(node) != parent)
		return -1;
	if (!black && (!parent || !(parent->__rb_parent_color & RB_BLACK)))
		return -1;
	left = black_height(node->rb_left, node);
	right = black_height(node->rb_right, node);
	return left < 0 || left != right ? -1 : left + black;
}

static u32 check_greatest(const struct rb_node *node)
{
	const struct entry *entry = rb_entry_safe((struct rb_node *)node, struct entry, node);
	u32 greatest;

	if (!node)
		return 0;
	greatest = max3(entry->key, check_greatest(node->rb_left), check_greatest(node->rb_right));
	KTEST_EXPECT_EQ(entry->greatest, greatest);
	return greatest;
}

/* Rules, order both ways, postorder. */
static void check(const struct rb_root *root, unsigned int count)
{
	struct entry *entry, *tmp, *before = NULL;
	unsigned int seen = 0;

	KTEST_EXPECT(black_height(root->rb_node, NULL) >= 0);
	for (struct rb_node *rb = rb_first(root); rb; rb = rb_next(rb), seen++) {
		entry = rb_entry(rb, struct entry, node);
		KTEST_EXPECT(!before || before->key <= entry->key);
		KTEST_EXPECT(rb_prev(rb) == (before ? &before->node : NULL));
		before = entry;
	}
	KTEST_EXPECT_EQ(seen, count);
	KTEST_EXPECT(rb_last(root) == (before ? &before->node : NULL));
	seen = 0;
	/* lint: uninitvar: the loop sets it */
	rbtree_postorder_for_each_entry_safe(entry, tmp, root, node)
		seen++;
	KTEST_EXPECT_EQ(seen, count);
}

KTEST_CASE(random_changes_keep_the_rules)
{
	static struct entry entries[COUNT];
	struct rb_root root = RB_ROOT;
	unsigned int count = 0;

	for (int round = 0; round < 4000; round++) {
		struct entry *e = &entries[host_random() % COUNT];

		if (e->in) {
			rb_erase(&e->node, &root);
			count--;
		} else {
			e->key = (u32)host_random() % 64;
			rb_add(&e->node, &root, less);
			count++;
		}
		e->in = !e->in;
		check(&root, count);
	}
}

#define key_of(entry)	((entry)->key)
RB_DECLARE_CALLBACKS_MAX(static, greatest_key, struct entry, node, u32, greatest, key_of);

static void insert_augmented(struct entry *e, struct rb_root_cached *root)
{
	struct rb_node **link = &root->rb_root.rb_node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		struct entry *above = rb_entry(*link, struct entry, node);

		parent = *link;
		above->greatest = max(above->greatest, e->key);
		if (e->key < above->key) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	e->greatest = e->key;
	rb_link_node(&e->node, parent, link);
	rb_insert_augmented_cached(&e->node, root, leftmost, &greatest_key);
}

KTEST_CASE(augmented_trees_keep_their_summaries)
{
	static struct entry entries[COUNT];
	struct rb_root_cached root = RB_ROOT_CACHED;
	unsigned int count = 0;

	for (int round = 0; round < 4000; round++) {
		struct entry *e = &entries[host_random() % COUNT];

		if (e->in) {
			rb_erase_augmented_cached(&e->node, &root, &greatest_key);
			count--;
		} else {
			e->key = (u32)host_random() % 1000;
			insert_augmented(e, &root);
			count++;
		}
		e->in = !e->in;
		check(&root.rb_root, count);
		check_greatest(root.rb_root.rb_node);
		KTEST_EXPECT(rb_first_cached(&root) == rb_first(&root.rb_root));
	}
}

KTEST_CASE(finding_replacing_and_the_first)
{
	static struct entry entries[COUNT], other;
	struct rb_root_cached root = RB_ROOT_CACHED;
	struct rb_node lone;

	RB_CLEAR_NODE(&lone);
	KTEST_EXPECT(RB_EMPTY_NODE(&lone) && !rb_next(&lone) && !rb_prev(&lone));
	KTEST_EXPECT(RB_EMPTY_ROOT(&root.rb_root) && !rb_first(&root.rb_root) &&
		     !rb_last(&root.rb_root));
	KTEST_EXPECT(!rb_first_postorder(&root.rb_root) && !rb_next_postorder(NULL));
	for (u32 i = COUNT; i-- > 0;) {
		entries[i].key = 2 * i;
		KTEST_EXPECT(rb_add_cached(&entries[i].node, &root, less) == &entries[i].node);
	}
	for (u32 key = 0; key < 2 * COUNT; key++) {
		struct rb_node *found = rb_find(&key, &root.rb_root, order_key);

		KTEST_EXPECT(found == (key % 2 ? NULL : &entries[key / 2].node));
	}
	other.key = 20;
	KTEST_EXPECT(rb_find_add(&other.node, &root.rb_root, order) == &entries[10].node);
	rb_replace_node(&entries[10].node, &other.node, &root.rb_root);
	check(&root.rb_root, COUNT);
	other.key = 21;
	rb_erase(&other.node, &root.rb_root);
	KTEST_EXPECT(!rb_find_add(&other.node, &root.rb_root, order));
	check(&root.rb_root, COUNT);
	entries[10] = entries[0];
	rb_replace_node_cached(&entries[0].node, &entries[10].node, &root);
	KTEST_EXPECT(rb_first_cached(&root) == &entries[10].node);
	rb_erase_cached(&entries[10].node, &root);
	KTEST_EXPECT(rb_first_cached(&root) == &entries[1].node);
	check(&root.rb_root, COUNT - 1);
}

KTEST_CASE(intervals_are_found_in_order)
{
	static struct interval_tree_node nodes[COUNT];
	static bool in[COUNT];
	struct rb_root_cached root = RB_ROOT_CACHED;

	for (int round = 0; round < 3000; round++) {
		unsigned long i = host_random() % COUNT, start, last, found = 0, want = 0,
			      before = 0;
		struct interval_tree_node *n;

		if (in[i]) {
			interval_tree_remove(&nodes[i], &root);
		} else {
			nodes[i].start = host_random() % 1000;
			nodes[i].last = nodes[i].start + host_random() % 100;
			interval_tree_insert(&nodes[i], &root);
		}
		in[i] = !in[i];
		start = host_random() % 1100;
		last = start + host_random() % 50;
		for (i = 0; i < COUNT; i++)
			want += in[i] && nodes[i].start <= last && nodes[i].last >= start;
		for (n = interval_tree_iter_first(&root, start, last); n;
		     n = interval_tree_iter_next(n, start, last)) {
			KTEST_EXPECT(n->start <= last && n->last >= start && n->start >= before);
			before = n->start;
			found++;
		}
		KTEST_EXPECT_EQ(found, want);
	}
}
